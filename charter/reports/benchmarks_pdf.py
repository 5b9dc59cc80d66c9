"""The report of a published release."""

from __future__ import annotations

from datetime import date

from charter.i18n import translator
from charter.reports.benchmarks import Shown
from charter.reports.render import report
from charter.reports.report_folder import SHIPPED, ReportFolder


def benchmarks_pdf(
    shown: Shown,
    *,
    coalition: str,
    name: str,
    published_on: date,
    waiting: bool,
    hashes: tuple[str, str | None],
    language: str,
    folder: ReportFolder = SHIPPED,
) -> bytes:
    """The PDF in `language`; `hashes`: the release's own and that of the one before. ReportError if it fails."""
    context = {
        "shown": shown,
        "coalition": coalition,
        "name": name,
        "published_on": translator(language).day(published_on),
        "waiting": waiting,
        "sha256": hashes[0],
        "previous_sha256": hashes[1],
    }
    return report("benchmarks", context, language=language, folder=folder)
