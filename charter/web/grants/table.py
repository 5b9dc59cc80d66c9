"""Grants as CSV: UTF-8 with the mark by which Excel knows it, and no cell that could become a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from charter.reports.formulas import formula_safe
from charter.services.action_details import shown_money
from charter.services.grant_money import GrantRow
from charter.web.labels import label
from charter.web.rendering import said
from questionnaires.message import message

_HEADINGS = (
    message("Number"),
    message("Member"),
    message("Title"),
    message("Kind"),
    message("State"),
    message("From"),
    message("Until"),
    message("Currency"),
    message("Requested"),
    message("Own contribution"),
    message("Approved"),
    message("Paid"),
    message("Spent"),
    message("Still to pay"),
    message("Paid, not spent"),
)


def grants_csv(rows: Iterable[GrantRow], *, currency: str) -> bytes:
    """A line for each grant, in the reader's language; amounts without a currency, so that they can be added up."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([said(each) for each in _HEADINGS])
    for row in rows:
        grant, sums = row.grant, row.sums
        writer.writerow(
            [
                grant.id,
                formula_safe(grant.organization.name),
                formula_safe(grant.title),
                said(label(grant.kind)),
                said(label(grant.state)),
                grant.starts_on.isoformat(),
                grant.ends_on.isoformat(),
                currency,
                shown_money(grant.requested),
                shown_money(grant.own_contribution),
                shown_money(grant.approved),
                *(shown_money(each) for each in (sums.paid, sums.spent, sums.to_pay)),
                _signed(sums.left),
            ]
        )
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8", "replace")


def _signed(hundredths: int) -> str:
    """A number below zero stays one: it holds nothing but digits."""
    return f"-{shown_money(-hundredths)}" if hundredths < 0 else shown_money(hundredths)
