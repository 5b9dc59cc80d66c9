"""What can be wrong with a backup."""

from __future__ import annotations


class CannotRestoreError(Exception):
    """A backup that cannot be read back, or must not be; the text says why. Nothing was changed."""
