"""Slips with the codes of a staff round: eight on a page of A4, to be cut apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import segno

from charter.i18n import translator
from charter.reports.common import in_language
from charter.reports.render import report
from charter.reports.report_folder import SHIPPED, ReportFolder
from charter.reports.spoken import pack_mark
from questionnaires.model import Pack

ON_A_PAGE = 8


@dataclass(frozen=True, slots=True)
class Slip:
    """One code as people read it, and the link that carries it."""

    code: str
    link: str

    @property
    def picture(self) -> str:
        """The link as a QR code. As an address of its own: a picture that is kept would keep the code."""
        return str(segno.make(self.link, error="m", micro=False).png_data_uri(scale=8, border=1))


def slips_pdf(
    slips: Sequence[Slip],
    *,
    pack: Pack,
    organization: str,
    closes_on: date,
    address: str,
    language: str,
    folder: ReportFolder = SHIPPED,
) -> bytes:
    """The PDF in `language`; `address` is where a code can be typed. ReportError if it cannot be made."""
    shown = in_language(pack, language)
    context = {
        "pages": [slips[start : start + ON_A_PAGE] for start in range(0, len(slips), ON_A_PAGE)],
        "pack": shown,
        "foreign": pack_mark(shown, within=language),
        "organization": organization,
        "closes_on": translator(language).day(closes_on),
        "least": pack.defaults.minimum_sheets,
        "address": address.partition("//")[2],
    }
    return report("slips", context, language=language, folder=folder)
