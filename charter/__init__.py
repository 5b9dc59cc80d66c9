"""Charter: the application. `create_app` makes the web application; everything else is imported where it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from charter.config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """The web application, on a database that is up to date; settings come from the environment unless given."""
    from charter.api import blueprint
    from charter.web import build_app, csrf

    app = build_app(settings)
    csrf.exempt(blueprint)  # no cookie opens it, so nobody else's page can use one
    app.register_blueprint(blueprint)
    return app
