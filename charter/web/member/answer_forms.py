"""The form of one answer. A page of answers is several of them, each with its criterion's id before its fields."""

from __future__ import annotations

from flask import request
from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired

from charter.services.agreement import LONGEST_TEXT, Draft, parse_rating
from charter.services.errors import Invalid
from charter.web.forms import AtMost, CharterForm, clean_text
from questionnaires.message import message
from questionnaires.model import Criterion

STORED = "stored"


class AnswerForm(CharterForm):
    """What was agreed on for one criterion, and the version that the page showed."""

    class Meta(CharterForm.Meta):
        csrf = False  # the request's one token was checked before any form is made

    rating = StringField(message("Rating"))
    note = TextAreaField(message("Note"), [AtMost(LONGEST_TEXT)], filters=[clean_text])
    reason = TextAreaField(message("Why it does not apply"), [AtMost(LONGEST_TEXT)], filters=[clean_text])
    version = IntegerField(message("Version"), [InputRequired()])
    take = StringField()
    """After a conflict: whether the stored answer stays, or this one takes its place."""

    @property
    def was_in_conflict(self) -> bool:
        return f"{self._prefix}conflict" in request.form

    def draft(self, criterion: Criterion) -> Draft:
        """What was sent. Invalid for a level that the scale lacks, or a text that is too long."""
        if not self.validate():
            problems = {name: texts[0] for name, texts in self.errors.items() if name}
            raise Invalid({name: message("{text}", text=str(text)) for name, text in problems.items()})
        return Draft(
            criterion.id,
            parse_rating(criterion, self.rating.data or ""),
            self.note.data,
            self.reason.data,
            self.version.data or 0,
        )

    def as_typed(self, criterion: Criterion) -> Draft:
        """What was sent, for showing it again; a level that the scale lacks is left out."""
        try:
            rating = parse_rating(criterion, self.rating.data or "")
        except Invalid:
            rating = None
        return Draft(criterion.id, rating, self.note.data, self.reason.data, self.version.data or 0)


def answer_form(criterion: Criterion) -> AnswerForm | None:
    """The form of that criterion as it was sent; None if it was not on the page."""
    prefix = f"{criterion.id}-"
    return AnswerForm(prefix=prefix) if f"{prefix}version" in request.form else None
