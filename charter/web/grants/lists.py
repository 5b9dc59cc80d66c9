"""Grants to read: one, those of a member, and all of them with their sums."""

from __future__ import annotations

from flask import Response, g, render_template, request

from charter.clock import today
from charter.database.grants import GrantState
from charter.services import grant_money, grants
from charter.services.grant_money import GrantRow
from charter.web.access import allow, coordinator, grant_reader, organization_reader
from charter.web.downloads import as_attachment
from charter.web.grants import blueprint
from charter.web.grants.table import grants_csv
from charter.web.requests import actor, database, number_of_address, settings

CSV = "text/csv; charset=utf-8"


@blueprint.get("/organizations/<int:organization_id>/grants")
@allow(organization_reader)
def of_member(organization_id: int) -> str:
    """Those of one member."""
    rows = grant_money.list_grants(database(), organization_id=organization_id)
    may_request = actor().is_lead_of(organization_id)
    return render_template(
        "grants/of_member.html.j2",
        organization=g.organization,
        rows=rows,
        whole=grant_money.whole(rows),
        may_request=may_request,
        possible=bool(may_request and grants.fundable_actions(database(), organization_id)),
    )


@blueprint.get("/grants/<int:grant_id>")
@allow(grant_reader)
def grant(grant_id: int) -> str:
    """Everything about one grant, and what can be done."""
    found = g.grant
    return render_template(
        "grants/grant.html.j2",
        grant=found,
        sums=grant_money.sums_of(found),
        planned=sum(each.amount for each in found.instalments),
        moves=grants.moves_of(actor(), found),
        is_lead=actor().is_lead_of(found.organization_id),
        today=today(settings().zone),
    )


@blueprint.get("/coalition/grants")
@allow(coordinator)
def totals() -> str:
    """All grants, what was asked for, approved, paid and spent, by year and kind."""
    everything = grant_money.list_grants(database())
    shown = _chosen(everything)
    return render_template(
        "grants/totals.html.j2",
        rows=shown,
        totals=grant_money.totals(shown),
        whole=grant_money.whole(shown),
        years=sorted({row.grant.starts_on.year for row in everything}, reverse=True),
        states=list(GrantState),
        year=number_of_address("year"),
        state=request.args.get("state", ""),
        waiting=sum(row.grant.state is GrantState.REQUESTED for row in everything),
    )


@blueprint.get("/coalition/grants.csv")
@allow(coordinator)
def totals_file() -> Response:
    """The same grants as a table."""
    rows = _chosen(grant_money.list_grants(database()))
    content = grants_csv(rows, currency=settings().currency)
    return as_attachment(content, name="grants.csv", media_type=CSV)


def _chosen(rows: list[GrantRow]) -> list[GrantRow]:
    """What the address asks for; all of them where it asks for nothing."""
    year, state = number_of_address("year"), request.args.get("state", "")
    return [
        row
        for row in rows
        if (year is None or row.grant.starts_on.year == year) and state in ("", row.grant.state.value)
    ]
