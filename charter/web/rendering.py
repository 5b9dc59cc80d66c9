"""What every template finds: translations, days and times as people write them, addresses of files to keep."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_currency
from flask import Flask, current_app, g, get_flashed_messages, request, url_for
from flask import flash as flask_flash
from markupsafe import Markup

from charter.clock import now
from charter.i18n import language_name, translator
from charter.web.addresses import address
from charter.web.event_labels import event_label
from charter.web.kept import kept
from charter.web.labels import label, tone
from charter.web.languages import offered
from charter.web.navigation import account_links, here, navigation
from charter.web.public_pages import alternates, canonical, in_language, public_url
from charter.web.request_log import request_number
from charter.web.requests import settings
from questionnaires.message import Message


def register_rendering(app: Flask) -> None:
    """Give the templates their functions and filters."""
    app.jinja_env.autoescape = True  # Flask alone would not escape in files that end in .j2
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: g.translator.gettext(text),
        lambda one, many, count: g.translator.ngettext(one, many, count),
        newstyle=True,
    )
    app.jinja_env.globals.update(
        _=_say,
        gettext=_say,
        kept=kept,
        url_for=address,
        file_url=file_url,
        icon_url=icon_url,
        languages=_languages,
        language_name=_language_name,
        own_name=_own_name,
        navigation=navigation,
        account_links=account_links,
        here=here,
        settings=settings,
        now=now,
        public_url=public_url,
        in_language=in_language,
        alternates=alternates,
        canonical=canonical,
    )
    app.jinja_env.filters.update(
        said=said,
        label=label,
        tone=tone,
        event_label=event_label,
        day=day,
        short_day=short_day,
        moment=moment,
        clock=clock,
        money=money,
        number=number,
        percent=percent,
    )
    app.context_processor(
        lambda: {
            "actor": g.get("actor"),
            "language": g.translator.language,
            "nonce": g.nonce,
            "request_number": request_number(),
            "alike": g.get("alike", False),
            # What was said to one person does not belong on a page for everybody; it waits for the next own page.
            "messages": [] if g.get("alike") else get_flashed_messages(with_categories=True),
        }
    )


def _say(text: str, /, **values: Any) -> Markup:
    """A text of a template in the reader's language. As with Jinja's own, values are escaped, and `%%` is a percent."""
    language = g.translator.language
    return _text(language, text) % values if values else _finished(language, text)


@lru_cache(maxsize=4096)
def _text(language: str, text: str) -> Markup:
    return Markup(translator(language).gettext(text))  # noqa: S704 - a text of a template or of its translation


@lru_cache(maxsize=4096)
def _finished(language: str, text: str) -> Markup:
    return _text(language, text) % {}


def flash(message: Message, *, category: str = "done") -> None:
    """Say something on the next page: `done`, `warning`, or `problem` if it was not done."""
    g.refused = g.get("refused", False) or category == "problem"
    flask_flash(said(message), category)


def said(message: Message | str | int) -> str:
    """A domain sentence in the reader's language; what is no `Message` as it is."""
    return str(g.translator.render(message)) if isinstance(message, Message) else str(message)


def file_url(name: str) -> str:
    """The address of a file in charter/static/; changes when the file does, so that it may be kept for a year."""
    return _file_url(request.script_root, current_app.static_folder or "", name)


@cache
def _file_url(_root: str, folder: str, name: str) -> str:
    return url_for("static", filename=name, v=hashlib.sha256(Path(folder, name).read_bytes()).hexdigest()[:10])


@cache
def icon_url() -> str:
    """The icon of the tab, inside the page: a request less."""
    return "data:image/svg+xml," + quote(
        Path(current_app.static_folder or "", "favicon.svg").read_text("utf-8").strip()
    )


def day(value: date | datetime | None) -> str:
    """A day with the month in words."""
    return "" if value is None else str(format_date(_local(value), format="long", locale=g.translator.locale))


def short_day(value: date | datetime | None) -> str:
    """A day for tables."""
    return "" if value is None else str(format_date(_local(value), format="medium", locale=g.translator.locale))


def moment(value: datetime | None) -> Markup:
    """Day and time, in the coalition's zone."""
    return Markup("") if value is None else _moment(value, settings().zone, g.translator.language)


@lru_cache(maxsize=4096)
def _moment(value: datetime, zone: ZoneInfo, language: str) -> Markup:
    local, locale = value.astimezone(zone), translator(language).locale
    day = format_date(local.date(), format="medium", locale=locale)
    text = f"{day}, {format_time(local.time(), 'HH:mm', locale=locale)}"
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), text)


def clock(value: datetime) -> str:
    """The time of day, in the coalition's zone."""
    return str(format_time(_local(value), format="HH:mm", locale=g.translator.locale))


def number(value: Fraction | int | None, places: int = 1) -> str:
    """A number, rounded half up; nothing for None."""
    return "" if value is None else str(g.translator.number(value, places=places))


def money(hundredths: int | None) -> str:
    """An amount in the coalition's currency; nothing for None."""
    if hundredths is None:
        return ""
    exact = Decimal(hundredths).scaleb(-2)
    return str(format_currency(exact, settings().currency, locale=g.translator.locale, currency_digits=False))


def percent(share: Fraction | None) -> str:
    """A share from 0 to 1 as percent; a dash for None."""
    return "–" if share is None else str(g.translator.percent(share))


def _local(value: date | datetime) -> Any:
    return value.astimezone(settings().zone) if isinstance(value, datetime) else value


def _languages() -> list[tuple[str, str]]:
    """Code and own name of every language offered."""
    return [(code, _own_name(code)) for code in offered(settings())]


@cache
def _own_name(code: str) -> str:
    return language_name(code, within=translator(code))


def _language_name(code: str) -> str:
    return language_name(code, within=g.translator)
