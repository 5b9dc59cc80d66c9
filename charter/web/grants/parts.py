"""What the pages of grants share."""

from __future__ import annotations

from typing import Any

from flask import g, url_for
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import StopValidation

from charter.services.action_details import read_money, shown_money
from charter.services.plan_limits import MOST_MONEY
from charter.web.rendering import said
from questionnaires.message import Message, message

Page = str | Response | tuple[str, int]


class MoneyField(StringField):
    """An amount; its `data` is in hundredths of the currency, None for nothing."""

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0] if valuelist else ""
        try:
            self.data = read_money(typed)
        except ValueError:
            self.typed = typed
            text = message("Please give an amount, such as 250 or 99.50, of at most {most}.", most=MOST_MONEY)
            raise ValueError(said(text)) from None

    def pre_validate(self, form: Any) -> None:
        if self.process_errors:
            raise StopValidation  # or it would be said to be empty

    def _value(self) -> str:
        typed: str | None = getattr(self, "typed", None)
        return shown_money(self.data) if typed is None else typed


def to_grant() -> str:
    """The address of the page of the grant at hand."""
    return url_for("grants.grant", grant_id=g.grant.id)


def back() -> tuple[Message | str, str]:
    """The link to that page."""
    return g.grant.title, to_grant()
