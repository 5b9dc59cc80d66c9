"""Pages for what went wrong. Each says what happened, that nothing was lost or what was, and what to do now."""

from __future__ import annotations

import contextlib
import logging

from flask import Flask, Response, g, make_response, render_template
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException

from charter.i18n import translator
from charter.services.errors import NotFound, Refused
from charter.web.rendering import said
from charter.web.request_log import request_number
from questionnaires.message import Message, message

log = logging.getLogger(__name__)


def register_errors(app: Flask) -> None:
    """One handler per kind of mishap."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(NotFound, lambda _error: _not_found())
    app.register_error_handler(CSRFError, _expired_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database_down)
    app.register_error_handler(Exception, _unexpected)


def _refused(error: Refused) -> Response:
    return error_page(409, message("This cannot be done now"), error.message)


def _not_found() -> Response:
    return error_page(
        404,
        message("This page does not exist"),
        message("Or it is not for you to see. Check the address, or go to the start page."),
    )


def _expired_form(_error: CSRFError) -> Response:
    return error_page(
        400,
        message("Not saved: this form is too old"),
        message("Go back, copy what you typed, load the page again, and send it once more."),
    )


def _database_down(error: OperationalError) -> Response:
    log.error("database: %s", type(error.orig).__name__, extra={"request": request_number()})
    _let_go()
    g.actor = g.login = None  # what the page shows of a person would ask the database again
    g.recognized = False  # it is not as if nobody were logged in
    return error_page(
        503,
        message("Not saved: the service is busy"),
        message("Wait half a minute, then go back and send it again."),
    )


def _http(error: HTTPException) -> Response:
    if error.response is not None:
        return error.get_response()  # type: ignore[return-value]
    if error.code in (404, 405):
        return _not_found()
    texts: dict[int, tuple[Message, Message]] = {
        401: (message("Please log in again"), message("Not saved: you were logged out in the meantime.")),
        413: (message("Not saved: the file is too large"), message("Choose a smaller file, or give a link to it.")),
        429: (message("Too many attempts"), message("Wait some minutes, then try again.")),
    }
    other = (message("This request could not be understood"), message("Go back, load the page again, and try again."))
    title, text = texts.get(error.code or 500, other)
    return error_page(error.code or 500, title, text)


def _unexpected(error: Exception) -> Response:
    log.exception("unexpected", exc_info=error, extra={"request": request_number()})
    _let_go()
    return error_page(
        500,
        message("Not saved: something went wrong here"),
        message("It is not your fault. Go back and try again; if it happens again, tell the coalition."),
    )


def _let_go() -> None:
    """Take back what was begun: after an error in the middle nothing can be read, not even for the page about it."""
    if "db" in g:
        with contextlib.suppress(SQLAlchemyError):
            g.db.rollback()


def error_page(status: int, title: Message, text: Message) -> Response:
    """A whole page that says what happened."""
    if "translator" not in g:
        g.translator = translator("en")
    return make_response(render_template("error.html.j2", title=said(title), text=said(text), status=status), status)
