"""Texts that exist in several languages: the reader's if there is one, else the first; and fields to write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g
from markupsafe import Markup
from wtforms import SelectChoice, SelectMultipleField

from charter.i18n import LANGUAGES, language_name
from charter.web.forms import CharterForm
from charter.web.learning import blueprint
from questionnaires.message import message


@blueprint.app_template_filter("in_language")
def in_language(texts: Mapping[str, str]) -> Markup:
    """The text to show, marked with its language where that is not the page's."""
    language = text_language(texts)
    if language is None:
        return Markup("")
    if language == g.translator.language:
        return Markup("{}").format(texts[language])
    return Markup('<span lang="{}">{}</span>').format(language, texts[language])


@blueprint.app_template_filter("plain_in_language")
def plain_in_language(texts: Mapping[str, str]) -> str:
    """The text alone, for titles of pages and for attributes."""
    language = text_language(texts)
    return texts[language] if language else ""


def text_language(texts: Mapping[str, str]) -> str | None:
    """The reader's language if there is such a text, else the first in the order of languages."""
    if g.translator.language in texts:
        return str(g.translator.language)
    return next((each for each in LANGUAGES if each in texts), None)


def languages_field() -> SelectMultipleField:
    """Any of the languages; `set_languages` fills it."""
    return SelectMultipleField(message("Languages"), choices=[])


def set_languages(form: CharterForm) -> None:
    """Fill the form's `languages` field, each under its name in the reader's language."""
    form["languages"].choices = [SelectChoice(code, language_name(code, within=g.translator)) for code in LANGUAGES]


def texts_of(form: CharterForm, name: str) -> dict[str, str]:
    """What was written into the fields `<name>_<language>`."""
    return {each: form[f"{name}_{each}"].data or "" for each in LANGUAGES}


def fields_of(texts: Mapping[str, str], name: str) -> dict[str, Any]:
    """The other way round."""
    return {f"{name}_{each}": texts.get(each) for each in LANGUAGES}


def topics_of(text: str | None) -> tuple[str, ...]:
    """Topics as they are typed, separated by commas or lines."""
    return tuple(part for each in (text or "").replace("\n", ",").split(",") if (part := each.strip()))
