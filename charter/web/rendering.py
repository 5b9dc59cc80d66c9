"""What every template finds: translations, days and times as people write them, addresses of files to keep."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from babel.dates import format_date, format_datetime, format_time
from flask import Flask, current_app, g, get_flashed_messages, url_for
from flask import flash as flask_flash
from markupsafe import Markup

from charter.clock import now
from charter.i18n import language_name, translator
from charter.web.event_labels import event_label
from charter.web.labels import label, tone
from charter.web.languages import offered
from charter.web.navigation import account_links, here, navigation
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
        number=number,
        percent=percent,
    )
    app.context_processor(
        lambda: {
            "actor": g.get("actor"),
            "language": g.translator.language,
            "nonce": g.nonce,
            "messages": get_flashed_messages(with_categories=True),
        }
    )


def flash(message: Message, *, category: str = "done") -> None:
    """Say something on the next page: `done`, `warning` or `problem`."""
    flask_flash(said(message), category)


def said(message: Message | str | int) -> str:
    """A domain sentence in the reader's language; what is no `Message` as it is."""
    return str(g.translator.render(message)) if isinstance(message, Message) else str(message)


def file_url(name: str) -> str:
    """The address of a file in charter/static/; changes when the file does, so that it may be kept for a year."""
    return url_for("static", filename=name, v=_version(str(Path(current_app.static_folder or "") / name)))


@cache
def icon_url() -> str:
    """The icon of the tab, inside the page: a request less."""
    return "data:image/svg+xml," + quote(
        Path(current_app.static_folder or "", "favicon.svg").read_text("utf-8").strip()
    )


@cache
def _version(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]


def day(value: date | datetime | None) -> str:
    """A day with the month in words."""
    return "" if value is None else str(format_date(_local(value), format="long", locale=g.translator.locale))


def short_day(value: date | datetime | None) -> str:
    """A day for tables."""
    return "" if value is None else str(format_date(_local(value), format="medium", locale=g.translator.locale))


def moment(value: datetime | None) -> Markup:
    """Day and time, in the coalition's zone."""
    if value is None:
        return Markup("")
    text = format_datetime(_local(value), format="medium", locale=g.translator.locale)
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), text)


def clock(value: datetime) -> str:
    """The time of day, in the coalition's zone."""
    return str(format_time(_local(value), format="HH:mm", locale=g.translator.locale))


def number(value: Fraction | int | None, places: int = 1) -> str:
    """A number, rounded half up; nothing for None."""
    return "" if value is None else str(g.translator.number(value, places=places))


def percent(share: Fraction | None) -> str:
    """A share from 0 to 1 as percent; a dash for None."""
    return "–" if share is None else str(g.translator.percent(share))


def _local(value: date | datetime) -> Any:
    return value.astimezone(settings().zone) if isinstance(value, datetime) else value


def _languages() -> list[tuple[str, str]]:
    """Code and own name of every language offered."""
    return [(code, _own_name(code)) for code in offered(settings())]


def _own_name(code: str) -> str:
    return language_name(code, within=translator(code))


def _language_name(code: str) -> str:
    return language_name(code, within=g.translator)
