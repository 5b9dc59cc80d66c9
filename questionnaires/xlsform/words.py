"""The few words that a form needs and a pack does not have, and the names of languages in column headings."""

from __future__ import annotations

from collections.abc import Iterable

from babel import Locale, UnknownLocaleError

NOT_APPLICABLE = "not-applicable"
"""The choice that stands for a criterion that does not concern the organization."""
YES, NO = "yes", "no"

_WORDS: dict[str, dict[str, str]] = {
    "profile": {"en": "About the organization", "km": "អំពីអង្គការ", "vi": "Về tổ chức"},
    "not-applicable": {"en": "Not applicable", "km": "មិនអាចអនុវត្តបាន", "vi": "Không áp dụng"},
    "reason": {
        "en": "Why is this not applicable?",
        "km": "ហេតុអ្វីបានជាមិនអាចអនុវត្តបាន?",
        "vi": "Vì sao điều này không áp dụng?",
    },
    "note": {"en": "Note", "km": "កំណត់សម្គាល់", "vi": "Ghi chú"},
    "yes": {"en": "Yes", "km": "បាទ/ចាស", "vi": "Có"},
    "no": {"en": "No", "km": "ទេ", "vi": "Không"},
    "starting": {"en": "Starting", "km": "ទើបចាប់ផ្តើម", "vi": "Mới bắt đầu"},
    "growing": {"en": "Growing", "km": "កំពុងរីកចម្រើន", "vi": "Đang phát triển"},
    "strong": {"en": "Strong", "km": "រឹងមាំ", "vi": "Vững mạnh"},
}


def word(key: str, language: str) -> str:
    """In that language where we have it, else in English."""
    return _WORDS[key].get(language.split("-")[0], _WORDS[key]["en"])


def has_words(language: str) -> bool:
    """Whether `word` can speak that language."""
    return language.split("-")[0] in _WORDS["note"]


def headings(languages: Iterable[str]) -> dict[str, str]:
    """`English (en)` for every language tag. The form's tools know only the first part of a tag, so that alone is in
    brackets."""
    result: dict[str, str] = {}
    for tag in languages:
        code = tag.split("-")[0]
        heading = f"{english_name(tag) or tag} ({code})"
        result[tag] = heading if heading not in result.values() else f"{tag} ({code})"
    return result


def english_name(tag: str) -> str | None:
    """`Khmer` for `km`; None where nobody knows the tag."""
    try:
        name: str | None = Locale.parse(tag, sep="-").get_display_name("en")
    except (UnknownLocaleError, ValueError):
        return None
    # A column heading in brackets must hold nothing but the code.
    return name.replace("(", "").replace(")", "") if name else None


def tag_of_name(name: str) -> str | None:
    """The tag of a language by its English name or its own: `Khmer` and `ខ្មែរ` are `km`."""
    wanted = " ".join(name.split()).casefold()
    for code, english in Locale("en").languages.items():
        if english.casefold() == wanted and len(code) <= 3:
            return str(code)
    for code in ("km", "vi", "th", "lo", "my", "zh", "fr", "es", "pt", "ar", "id", "ms", "hi", "bn", "ne", "ru", "sw"):
        if Locale(code).languages[code].casefold() == wanted:
            return code
    return None
