"""The form of one review page, built from the criteria on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from wtforms import SelectField, TextAreaField
from wtforms.validators import Optional as MayBeEmpty

from charter.services.review import LONGEST_TEXT
from charter.web.forms import AtMost, CharterForm, SeenVersion, clean_text
from questionnaires.model import Criterion
from scoring.model import Choice


class ReviewForm(CharterForm):
    """Per criterion: `rating-<id>`, `comment-<id>`, `change-<id>`, and `version-<id>` as the page was made from it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.objections: list[tuple[str | None, str]] = []

    @property
    def problems(self) -> list[tuple[str | None, str]]:
        return [*super().problems, *self.objections]

    def was_sent(self, criterion_id: str) -> bool:
        """Whether anything was said of it: a row left open is no answer."""
        before = request.form.get(f"version-{criterion_id}", "0")
        return bool(self.rating(criterion_id) is not None or self.comment(criterion_id) or before != "0")

    def rating(self, criterion_id: str) -> int | Choice | None:
        value = self[f"rating-{criterion_id}"].data or ""
        if value == Choice.NOT_APPLICABLE.value:
            return Choice.NOT_APPLICABLE
        return int(value) if value else None

    def comment(self, criterion_id: str) -> str | None:
        return clean_text(self[f"comment-{criterion_id}"].data)

    def change(self, criterion_id: str) -> str | None:
        return clean_text(self[f"change-{criterion_id}"].data)

    def version(self, criterion_id: str) -> int:
        return int(self[f"version-{criterion_id}"].known)


def review_form(criteria: Sequence[Criterion]) -> ReviewForm:
    """The form of these criteria, filled from the request."""
    fields: dict[str, Any] = {}
    for criterion in criteria:
        choices = ["", *(str(value) for value in criterion.scale.values), Choice.NOT_APPLICABLE.value]
        fields[f"rating-{criterion.id}"] = SelectField(choices=choices, validators=[MayBeEmpty()])
        fields[f"comment-{criterion.id}"] = TextAreaField(validators=[AtMost(LONGEST_TEXT)])
        fields[f"change-{criterion.id}"] = TextAreaField(validators=[AtMost(LONGEST_TEXT)])
        fields[f"version-{criterion.id}"] = SeenVersion()
    made: ReviewForm = type("ReviewFormOfPage", (ReviewForm,), fields)()
    return made
