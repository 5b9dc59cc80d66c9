"""What the lead spent, and the report."""

from __future__ import annotations

from flask import g, redirect
from wtforms import HiddenField, StringField, TextAreaField

from charter.clock import today
from charter.services import grant_money, grants
from charter.services.errors import Invalid, Stale
from charter.web.access import allow, grant_lead
from charter.web.coalition.tasks import Nothing, task_page
from charter.web.forms import AtMost, CharterForm, DayField, Needed, clean_text
from charter.web.grants import blueprint
from charter.web.grants.parts import MoneyField, Page, back, to_grant
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message


class SpendingForm(CharterForm):
    """Money that was spent."""

    spent_on = DayField(message("Day"), [Needed()])
    amount = MoneyField(message("Amount"), [Needed()])
    what = StringField(message("On what"), [Needed(), AtMost(500)], filters=[clean_text])
    receipt = StringField(message("Receipt"), [AtMost(500)], filters=[clean_text])


class ReportForm(CharterForm):
    """The report."""

    report = TextAreaField(
        message("What was done, and what came of it"), [Needed(), AtMost(20000)], filters=[clean_text]
    )
    seen = HiddenField()


@blueprint.route("/grants/<int:grant_id>/spendings/new", methods=["GET", "POST"])
@allow(grant_lead)
def add_spending(grant_id: int) -> Page:
    """Note what was spent."""
    form = SpendingForm()
    if form.validate_on_submit():
        try:
            grant_money.add_spending(
                database(),
                actor(),
                grant=g.grant,
                spent_on=form.spent_on.data,
                amount=form.amount.data or 0,
                what=form.what.data,
                receipt=form.receipt.data,
                today=today(settings().zone),
            )
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("Saved."))
            return redirect(to_grant())
    return task_page(
        form,
        title=message("Note what was spent"),
        button=message("Save"),
        back=back(),
        hints={
            "receipt": message(
                "If there is one: its number, and where you keep it. A photo of it can be added to the action."
            )
        },
    )


@blueprint.route("/grants/<int:grant_id>/spendings/<int:spending_id>/remove", methods=["GET", "POST"])
@allow(grant_lead)
def remove_spending(grant_id: int, spending_id: int) -> Page:
    """Ask, then take back what was a mistake."""
    found = grant_money.find_spending(g.grant, spending_id)
    form = Nothing()
    if form.validate_on_submit():
        grant_money.remove_spending(database(), actor(), grant=g.grant, spending_id=spending_id)
        flash(message("Saved."))
        return redirect(to_grant())
    return task_page(
        form,
        title=message("Take this back?"),
        lead=message("{what}", what=found.what),
        button=message("It was a mistake"),
        back=back(),
        consequences=[message("It no longer counts. It stays on the page, struck out.")],
        kind="danger",
    )


@blueprint.route("/grants/<int:grant_id>/report", methods=["GET", "POST"])
@allow(grant_lead)
def report(grant_id: int) -> Page:
    """Write the report, or change it."""
    form = ReportForm(report=g.grant.report, seen=grants.report_seen(g.grant))
    if form.validate_on_submit():
        try:
            grants.write_report(database(), actor(), grant=g.grant, text=form.report.data, seen=form.seen.data or "")
        except Invalid as problem:
            form.take(problem)
        except Stale:
            form.take(Invalid({"": message("Somebody else changed this grant in the meantime. Look at it again.")}))
        else:
            flash(message("Saved."))
            return redirect(to_grant())
    return task_page(
        form,
        title=message("Report on the grant"),
        button=message("Save"),
        back=back(),
        lead=message("You can change it until the coalition closes the grant."),
    )
