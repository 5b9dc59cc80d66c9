"""The words that a form prints and that reading it back must know again, in every language of Charter."""

from __future__ import annotations

from collections.abc import Iterator

from charter.i18n import LANGUAGES, Translator, translator
from questionnaires.message import Message, message
from questionnaires.model import Criterion, Pack
from questionnaires.wording import condition_in_words

CODE = "code"
RATING = "rating"
NOTE = "note"
REASON = "reason"
ANSWER = "answer"

COLUMNS = {
    CODE: message("Code"),
    RATING: message("Rating"),
    NOTE: message("Note"),
    REASON: message("Reason, if not applicable"),
    ANSWER: message("Your answer"),
}
"""The headings of the columns that are read back."""

NOT_APPLICABLE = "not-applicable"
YES = "yes"
NO = "no"
WORDS = {
    NOT_APPLICABLE: message("Not applicable"),
    YES: message("Yes"),
    NO: message("No"),
}
"""The words that can be chosen besides levels and options."""

ALIASES = {
    NOT_APPLICABLE: (
        *("not applicable", "not-applicable", "n/a", "n.a.", "n.a", "na", "does not apply", "kad", "k/a"),
        *("không áp dụng", "không liên quan", "មិនអាចអនុវត្តបាន", "មិនអនុវត្ត", "មិនពាក់ព័ន្ធ"),
    ),
    YES: ("yes", "y", "true", "x", "✓", "✔", "☑", "1", "có", "đúng", "vâng", "បាទ/ចាស", "បាទ", "ចាស", "មាន", "ពិត"),
    NO: ("no", "n", "false", "0", "không", "sai", "ទេ", "គ្មាន", "មិនមែន"),
}
"""What people write instead."""

DONT_KNOW = ("don't know", "dont know", "dont-know", "don’t know", "?", "không biết", "មិនដឹង")


def words_in_all_languages(text: Message) -> Iterator[str]:
    """The text in every language of Charter."""
    for language in LANGUAGES:
        yield translator(language).render(text)


def in_all_languages(pack: Pack) -> Iterator[Pack]:
    """The pack in every language that it has."""
    yield pack
    yield from pack.translations.values()


def level_text(value: int, title: str) -> str:
    """A level as it is offered in a workbook."""
    return f"{value} – {title}"


def concerns(pack: Pack, criterion: Criterion, words: Translator) -> list[str]:
    """Conditions, in words, under which the criterion is asked: its own and those of the groups around it."""
    around = [group for group in pack.all_groups if any(criterion.id == one.id for one in group.all_criteria())]
    conditions = [*(group.applies_when for group in around), criterion.applies_when]
    return [words.render(condition_in_words(one, pack)) for one in conditions if one is not None]
