"""What must be said wherever the texts of a pack are shown."""

from __future__ import annotations

from charter.i18n import Translator, language_name
from questionnaires.model import Pack, Status


def standing(words: Translator, *, verified: bool) -> tuple[str, str]:
    """What it is and what it means, of the ratings: the organization's own word, or looked at by a mentor."""
    _ = words.gettext
    if verified:
        return _("Self-assessed and verified."), _(
            "The organization has rated itself, and a mentor of the coalition has looked at it. Where the mentor found"
            " something else, the mentor's rating counts."
        )
    return _("Self-assessed."), _("The organization has rated itself. Nobody outside it has verified these ratings.")


def notices(pack: Pack, words: Translator) -> list[tuple[str, str]]:
    """Pairs of what it is and what it means, for the pack shown in the language of the words."""
    _ = words.gettext
    shown = pack.translated(words.language) if words.language in pack.languages else pack
    found = []
    if pack.status is Status.PROVISIONAL:
        text = _(
            "The texts of this questionnaire stand in until the coalition has published its own."
            " They are nobody's official wording."
        )
        found.append((_("Provisional wording."), text))
    if not shown.reviewed:
        text = _("No native reader has checked the questionnaire's texts in this language yet.")
        found.append((_("Unchecked translation."), text))
    if words.language not in pack.languages:
        text = _("The questionnaire has no texts in your language. They are shown in this language: %(language)s.")
        own = language_name(pack.language, within=words)
        found.append((_("Another language."), text % {"language": own}))
    return found
