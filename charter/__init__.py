"""Charter: the application. `create_app` makes the web application; everything else is imported where it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from charter.config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """The web application, on a database that is up to date; settings come from the environment unless given."""
    from charter.web import build_app

    return build_app(settings)
