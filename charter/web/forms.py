"""Forms: Flask-WTF checks them and guards against forgery; our own macros draw them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g
from flask_wtf import FlaskForm
from wtforms import DateField, Field, HiddenField
from wtforms.validators import DataRequired, Length, StopValidation

from charter.services.errors import Invalid
from charter.web.rendering import said
from questionnaires.khmer import one_order
from questionnaires.message import Message, message


class CharterForm(FlaskForm):
    """Base of all forms. Labels and errors are `Message`s, said in the reader's language when they are shown."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: Any) -> Any:
            return g.translator

    def take(self, problem: Invalid) -> None:
        """Put a service's objections at their fields, or at the top of the form."""
        for name, text in problem.messages.items():
            field = self._fields.get(name)
            if field is None:
                self.form_errors.append(said(text))
            else:
                field.errors = [*field.errors, said(text)]

    @property
    def problems(self) -> list[tuple[str | None, str]]:
        """For the summary: id of the field and what is wrong, in the order of the form."""
        found: list[tuple[str | None, str]] = [(None, text) for text in self.form_errors]
        for field in self:
            found += [(field.id, str(text)) for text in _flat(field.errors)]
        return found


def _flat(errors: Any) -> list[str]:
    if isinstance(errors, Mapping):
        return [text for inner in errors.values() for text in _flat(inner)]
    return [each for error in errors for each in (_flat(error) if isinstance(error, list | tuple | dict) else [error])]


def whole(text: str | None) -> int | None:
    """A whole number as it was typed; None for anything else."""
    stripped = (text or "").strip()
    return int(stripped) if stripped.isascii() and stripped.isdigit() and len(stripped) < 9 else None


class SeenVersion(HiddenField):
    """Which version the author of the form had before their eyes. Never set anew when the form comes back."""

    @property
    def known(self) -> int:
        """0, which no version is, if somebody sent something else."""
        return whole(self.data) or 0


class Needed(DataRequired):
    """The field must be filled in; says so in the reader's language."""

    def __init__(self, text: Message | None = None) -> None:
        super().__init__()
        self.text = text or message("Please fill this in.")

    def __call__(self, form: Any, field: Field) -> None:
        if not field.data or (isinstance(field.data, str) and not field.data.strip()):
            field.errors[:] = []
            raise StopValidation(said(self.text))


class AtMost(Length):
    """So many characters and no more."""

    def __init__(self, longest: int) -> None:
        super().__init__(max=longest)

    def __call__(self, form: Any, field: Field) -> None:
        if field.data and len(field.data) > self.max:
            text = message(
                "This has {count} characters; there is room for {most}.", count=len(field.data), most=self.max
            )
            raise StopValidation(said(text))


YEARS = range(1900, 3000)
"""Any other year is a slip, and would be too much for what is worked out from it."""


class DayField(DateField):
    """A day, or None where nothing is written; what is no day is refused in the reader's language."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist and not any(each.strip() for each in valuelist):
            self.data = None
            return
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(said(message("Write the day like this: 2026-11-30."))) from error
        if self.data is not None and self.data.year not in YEARS:
            self.data = None
            raise ValueError(said(message("Please check the year.")))

    def pre_validate(self, form: Any) -> None:
        if self.process_errors:
            raise StopValidation  # or it would be said to be empty


def clean_text(value: str | None) -> str | None:
    """A filter for text fields: ends trimmed, line ends alike, one order of Khmer marks; None if nothing is left."""
    if value is None:
        return None
    return one_order(value.replace("\r\n", "\n").strip()) or None
