"""A page with one task: what it is, what will happen, the form, and one button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, url_for
from wtforms import SelectChoice, SelectField

from charter.config import Settings
from charter.i18n import language_name, translator
from charter.services.errors import Invalid
from charter.web.forms import CharterForm
from charter.web.languages import offered
from charter.web.requests import settings
from questionnaires.message import Message, message

Page = tuple[str, int]


class Nothing(CharterForm):
    """A form that only guards against forgery: the button is the answer."""


def language_field() -> SelectField:
    """One of the languages that the installation offers; `set_languages` fills it."""
    return SelectField(message("Language"), choices=[])


def set_languages(form: CharterForm, where: Settings | None = None) -> None:
    """Fill the form's `language` field: each language under its own name."""
    codes = offered(where or settings())
    form["language"].choices = [SelectChoice(code, language_name(code, within=translator(code))) for code in codes]


def task_page(
    form: CharterForm,
    *,
    title: Message,
    button: Message,
    back: tuple[Message | str, str],
    lead: Message | None = None,
    consequences: Sequence[Message] = (),
    hints: Mapping[str, Message] | None = None,
    kind: str = "primary",
) -> Page:
    """The page; 422 once the form has problems. `consequences`: what will happen, one sentence each."""
    page = render_template(
        "coalition/task.html.j2",
        form=form,
        title=title,
        button=button,
        back=back,
        lead=lead,
        consequences=consequences,
        hints=dict(hints or {}),
        kind=kind,
    )
    return page, 422 if form.problems else 200


def moved(problem: Invalid, **fields: str) -> Invalid:
    """The same objections, at fields that this form calls otherwise."""
    return Invalid({fields.get(key, key): text for key, text in problem.messages.items()})


def to_member(organization_id: int) -> str:
    """The address of a member's page."""
    return url_for("coalition.member", organization_id=organization_id)


def text_or_none(field: Any) -> str | None:
    """What was typed, None for nothing."""
    return (field.data or "").strip() or None
