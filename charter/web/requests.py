"""One request: a session of the database, who asks, whether they may, the commit, the headers."""

from __future__ import annotations

import secrets
from typing import cast

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.wrappers import Response as AnyResponse

from charter.config import Settings
from charter.database.engine import begin_writing, commit
from charter.database.row_security import EVERYTHING, NOTHING, Scope, only, see
from charter.security import security_headers
from charter.services.actors import Actor, scope_of
from charter.services.logins import actor_of_token
from charter.web.access import Denied, Rule, alike, rule_of
from charter.web.languages import choose_language, language_of_address

TOKEN = "token"  # noqa: S105 - the name of a key
LARGEST = 2**31 - 1
"""The largest number that a column of PostgreSQL holds."""
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def settings() -> Settings:
    """The settings of this application."""
    return cast(Settings, current_app.extensions["charter.settings"])


def database() -> Session:
    """The session of this request; begun on the first call, for writing unless the request only reads."""
    if "db" not in g:
        _open(NOTHING)
    return cast(Session, g.db)


def actor() -> Actor:
    """Who asks; only on pages whose rule demands a log-in."""
    found = cast("Actor | None", g.actor)
    if found is None:
        abort(401)
    return found


class PersonalSessions(SecureCookieSessionInterface):
    """Cookies, except on pages that are the same for everybody: these neither set one nor vary by it."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not g.get("alike"):
            super().save_session(app, session, response)


def register_requests(app: Flask) -> None:
    """Wire all of it up."""
    app.session_interface = PersonalSessions()
    app.before_request(_before)
    app.after_request(_after)
    app.teardown_request(_teardown)


def number_of_address(name: str) -> int | None:
    """What the address asks for, from 1 on; None for anything that cannot be the number of something."""
    text = request.args.get(name, "")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 11 else 0
    return number if 1 <= number <= LARGEST else None


def _before() -> AnyResponse | None:
    g.nonce = secrets.token_urlsafe(16)
    g.actor = None
    g.login = None
    g.respondent = None
    _refuse_nul(request.path, *(text for texts in request.args.listvalues() for text in texts))
    if request.endpoint == "static" or request.blueprint == "health":
        return None  # a probe is nobody, and must not wait for the database to learn it
    if request.blueprint == "api":
        return None  # it knows people by their tokens, and checks each address itself
    if request.endpoint is None:  # no such page: the error handler says so, in the reader's language
        _recognize()
        return None
    if any(isinstance(each, int) and each > LARGEST for each in (request.view_args or {}).values()):
        _recognize()
        abort(404)  # and no question to the database, which would be an error
    view = current_app.view_functions[request.endpoint]
    rule: Rule | None = rule_of(view)
    if rule is alike:
        g.alike = True
        g.translator = language_of_address(request, settings())
        return None
    _recognize()
    if rule is None:
        # A page that nobody gave a rule is a mistake, and closed.
        abort(404)
    try:
        rule(g.actor, **(request.view_args or {}))
    except Denied as denied:
        return _deny(denied)
    if "db" in g:
        see(g.db, _scope())  # a rule may leave the person out of it
    _refuse_nul(*(text for texts in request.form.listvalues() for text in texts))
    return None


def _refuse_nul(*texts: str) -> None:
    """Nobody types the character 0, no text can hold it on PostgreSQL, and HTML forbids it."""
    if any("\x00" in text for text in texts):
        if request.blueprint == "api":
            abort(400)  # told in its own way
        # The usual page repeats the address.
        abort(Response("This holds characters that no text can hold.", 400, mimetype="text/plain"))


def _recognize() -> None:
    token = session.get(TOKEN)
    if isinstance(token, str):
        _open(EVERYTHING)  # who asks, and so what they may see, is what we are about to read
        found = actor_of_token(database(), settings(), token)
        if found is None:
            session.pop(TOKEN, None)
        else:
            g.login, g.actor = found
        see(database(), _scope())
    g.translator = choose_language(request, session, g.actor, settings())
    g.recognized = True


def _open(scope: Scope) -> None:
    g.db = cast("sessionmaker[Session]", current_app.extensions["charter.sessions"])()
    see(g.db, scope)
    if request.method not in READING:
        begin_writing(g.db)


def _scope() -> Scope:
    """Whose rows this request sees on PostgreSQL, whatever a query asks for."""
    if g.respondent is not None:
        return only([g.respondent.assessment.organization_id])
    if g.actor is None or g.login is None or g.login.waits_for_second_factor:
        return NOTHING
    return scope_of(g.actor)


def _deny(denied: Denied) -> AnyResponse:
    if denied.needs_login and g.actor is None:
        if request.method in READING:
            return redirect(url_for("account.log_in", next=request.full_path.rstrip("?")))
        abort(401)
    if denied.needs_second_factor:
        return redirect(url_for("account.second_factor"))
    abort(404)  # not 403: whether there is such a thing is nobody's business


def _after(response: Response) -> Response:
    db = cast("Session | None", g.get("db"))
    if db is not None and response.status_code < 400:
        try:
            commit(db)
        except Exception as error:
            response = not_kept(db, error)
    for name, value in security_headers(nonce=g.get("nonce", ""), https=settings().is_https).items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-store" if g.get("actor") else "no-cache"
        if not g.get("alike"):
            response.vary.add("Cookie")
            response.vary.add("Accept-Language")
    return response


def not_kept(db: Session, error: Exception) -> Response:
    """The answer when the disk is full, say: the view was content, but nothing of it is stored."""
    db.rollback()
    session.pop("_flashes", None)  # it may say that something was saved
    return current_app.make_response(current_app.handle_user_exception(error))


def _teardown(_error: BaseException | None) -> None:
    db = cast("Session | None", g.pop("db", None))
    if db is not None:
        db.close()
