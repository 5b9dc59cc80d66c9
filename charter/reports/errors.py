"""What can go wrong while a report is made, said in one sentence."""

from __future__ import annotations


class ReportError(Exception):
    """A report could not be made; the text says why and what to do, and is fit to be shown as it is."""
