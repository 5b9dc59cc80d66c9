"""Instalments: planned and paid by coordinators."""

from __future__ import annotations

from flask import g, redirect
from wtforms import HiddenField

from charter.clock import today
from charter.services import grant_money
from charter.services.errors import Invalid
from charter.web.access import allow, grant_coordinator
from charter.web.coalition.tasks import task_page
from charter.web.forms import CharterForm, DayField, Needed
from charter.web.grants import blueprint
from charter.web.grants.parts import MoneyField, Page, back, to_grant
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message


class InstalmentForm(CharterForm):
    """A payment that is planned."""

    due_on = DayField(message("To be paid on"), [Needed()])
    amount = MoneyField(message("Amount"), [Needed()])


class PaymentForm(CharterForm):
    """When it was paid."""

    paid_on = DayField(message("Paid on"), [Needed()])


class TakeBackForm(CharterForm):
    """Asks for nothing, and knows what its reader was asked."""

    was_paid = HiddenField()


@blueprint.route("/grants/<int:grant_id>/instalments/new", methods=["GET", "POST"])
@allow(grant_coordinator)
def add_instalment(grant_id: int) -> Page:
    """Plan a payment."""
    form = InstalmentForm()
    if form.validate_on_submit():
        try:
            grant_money.add_instalment(
                database(), actor(), grant=g.grant, due_on=form.due_on.data, amount=form.amount.data or 0
            )
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("Saved."))
            return redirect(to_grant())
    return task_page(form, title=message("Plan an instalment"), button=message("Save"), back=back())


@blueprint.route("/grants/<int:grant_id>/instalments/<int:instalment_id>/pay", methods=["GET", "POST"])
@allow(grant_coordinator)
def pay(grant_id: int, instalment_id: int) -> Page:
    """Enter that it was paid."""
    grant_money.find_instalment(g.grant, instalment_id)
    form = PaymentForm(paid_on=today(settings().zone))
    if form.validate_on_submit():
        try:
            grant_money.pay_instalment(
                database(),
                actor(),
                grant=g.grant,
                instalment_id=instalment_id,
                paid_on=form.paid_on.data,
                today=today(settings().zone),
            )
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("Saved."))
            return redirect(to_grant())
    return task_page(form, title=message("Enter the payment"), button=message("It was paid"), back=back())


@blueprint.route("/grants/<int:grant_id>/instalments/<int:instalment_id>/take-back", methods=["GET", "POST"])
@allow(grant_coordinator)
def take_back(grant_id: int, instalment_id: int) -> Page:
    """Ask, then take back a payment, or an instalment that was never paid."""
    paid = grant_money.find_instalment(g.grant, instalment_id).paid_on is not None
    form = TakeBackForm(was_paid="yes" if paid else "")
    if form.validate_on_submit():
        grant_money.take_back_instalment(
            database(), actor(), grant=g.grant, instalment_id=instalment_id, was_paid=form.was_paid.data == "yes"
        )
        flash(message("Saved."))
        return redirect(to_grant())
    return task_page(
        form,
        title=message("Was it not paid?") if paid else message("Remove the instalment?"),
        button=message("It was not paid") if paid else message("Remove it"),
        back=back(),
        kind="danger",
    )
