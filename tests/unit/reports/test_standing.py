"""What a report says of its ratings before anything else: nobody's word but the organization's, or looked at."""

from __future__ import annotations

from io import BytesIO

import openpyxl

from charter.reports.assessment import assessment_context
from charter.reports.result_workbook import result_xlsx
from tests.unit.reports import made_up


def test_a_report_says_that_nobody_has_verified_it_until_a_mentor_has() -> None:
    plain = assessment_context(made_up.pack(), made_up.answers(), made_up.result(), language="en")["standing"]
    closed = assessment_context(made_up.pack(), made_up.answers(), made_up.result(), language="en", verified=True)[
        "standing"
    ]
    assert plain[0] == "Self-assessed." and "Nobody outside it has verified" in plain[1]
    assert closed[0] == "Self-assessed and verified." and "Nobody" not in closed[1]


def test_so_does_the_workbook() -> None:
    def about(*, verified: bool) -> str:
        content = result_xlsx(made_up.pack(), made_up.answers(), made_up.result(), language="en", verified=verified)
        sheet = openpyxl.load_workbook(BytesIO(content)).worksheets[0]
        return "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell)

    assert "Nobody outside it has verified" in about(verified=False)
    assert "Nobody outside it has verified" not in about(verified=True)
    assert "a mentor of the coalition has looked at it" in about(verified=True)
