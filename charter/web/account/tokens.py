"""One's tokens for programs: making, seeing once, ending."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectMultipleField, StringField

from charter.services import api_tokens
from charter.services.api_tokens import Scope
from charter.services.errors import Invalid
from charter.web.access import allow, signed_in
from charter.web.account import blueprint
from charter.web.forms import AtMost, CharterForm, Needed, clean_text
from charter.web.rendering import flash, said
from charter.web.requests import actor, database, settings
from questionnaires.message import message

SCOPES = {
    Scope.ASSESSMENTS: message("Organizations, assessments, ratings and results that you may read"),
    Scope.PLANS: message("Plans and actions that you may read"),
    Scope.COALITION: message("Cycles of the coalition"),
}


class TokenForm(CharterForm):
    """A new token."""

    name = StringField(message("What is it for?"), [Needed(), AtMost(api_tokens.LONGEST_NAME)], filters=[clean_text])
    scopes = SelectMultipleField(message("What may it read?"))
    days = RadioField(message("How long does it work?"), coerce=int, default=90)


@blueprint.get("/account/tokens")
@allow(signed_in)
def tokens() -> str:
    """The list, and the form for a new one."""
    return _page(_form())


@blueprint.post("/account/tokens")
@allow(signed_in)
def make_token() -> tuple[str, int]:
    """The new token is on the answer itself, and nowhere else ever after."""
    form = _form()
    if form.validate_on_submit():
        try:
            row, text = api_tokens.make_token(
                database(),
                actor(),
                settings(),
                name=form.name.data or "",
                scopes=form.scopes.data or [],
                days=form.days.data,
            )
        except Invalid as problem:
            form.take(problem)
        else:
            return render_template("account/token_made.html.j2", token=row, text=text), 200
    return _page(form), 422


@blueprint.post("/account/tokens/<int:token_id>/end")
@allow(signed_in)
def end_token(token_id: int) -> Response:
    """End one."""
    api_tokens.end_token(database(), actor(), token_id)
    flash(message("The token works no longer."))
    return redirect(url_for("account.tokens"))


def _form() -> TokenForm:
    form = TokenForm()
    form.scopes.choices = [(scope.value, said(SCOPES[scope])) for scope in api_tokens.scopes_for(actor())]
    form.days.choices = [(days, said(message("{days} days", days=days))) for days in api_tokens.LIFETIMES]
    return form


def _page(form: TokenForm) -> str:
    return render_template(
        "account/tokens.html.j2",
        form=form,
        tokens=api_tokens.tokens_of(database(), actor(), settings()),
        scope_texts={scope.value: said(text) for scope, text in SCOPES.items()},
    )
