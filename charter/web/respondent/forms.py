"""The form of one page of the questionnaire, built from the pack."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from wtforms import RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from charter.services.sheets import Page, Rating
from charter.web.forms import CharterForm
from charter.web.labels import label
from charter.web.rendering import said
from questionnaires.model import Scale
from scoring.model import Choice

TAKEN_BACK = "open"
"""What is sent to take an answer back. A question that is not touched sends nothing and stays as it is."""


class RatingForm(CharterForm):
    """The base of these forms; the rating of criterion X is the field `r-X`."""

    def ratings(self) -> dict[str, Rating | None]:
        """What was chosen, by criterion; None where an answer was taken back."""
        found: dict[str, Rating | None] = {}
        for name, field in self._fields.items():
            if name.startswith("r-") and field.data:
                found[name[2:]] = None if field.data == TAKEN_BACK else _rating(field.data)
        return found


def rating_form(page: Page) -> type[RatingForm]:
    """The form of that page."""
    return _form(tuple((criterion.id, criterion.scale.values) for criterion in page.criteria))


def choices(scale: Scale) -> list[tuple[str, str]]:
    """What can be said of a criterion, in the reader's language: value and words."""
    return [
        *((str(level.value), level.title) for level in scale.levels),
        *((each.value, said(label(each))) for each in (Choice.DONT_KNOW, Choice.NOT_APPLICABLE)),
    ]


@lru_cache(maxsize=512)
def _form(asked: tuple[tuple[str, tuple[int, ...]], ...]) -> type[RatingForm]:
    # From ids and levels only, so that one class serves every language and every organization that is asked the same.
    return type("PageForm", (RatingForm,), {f"r-{name}": _field(values) for name, values in asked})


def _field(values: Iterable[int]) -> RadioField:
    allowed = [*(str(value) for value in values), *(choice.value for choice in Choice), TAKEN_BACK]
    return RadioField(choices=[SelectChoice(each) for each in allowed], validators=[Optional()])


def _rating(value: str) -> Rating:
    return Choice(value) if value in tuple(Choice) else int(value)
