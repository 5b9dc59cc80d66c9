"""One request to the API: who asks, whether the token opens it, the answer, and what is told where there is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from flask import Response, current_app, g, jsonify, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.exceptions import HTTPException

from charter.api import blueprint
from charter.api.operations import OPERATIONS, Operation
from charter.clock import today
from charter.config import Settings
from charter.database.row_security import EVERYTHING, NOTHING, see
from charter.services import api_tokens
from charter.services.actors import Actor, scope_of
from charter.services.errors import NotFound

MOST = 100
"""Items of one answer."""
USUAL = 50
_MOST_NUMBER = 2**31 - 1
_NUMBER = re.compile(r"[0-9]{1,10}")


class Problem(Exception):
    """Why there is no answer; told as RFC 9457 says."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(title)
        self.status, self.title, self.detail = status, title, detail


def settings() -> Settings:
    """The settings of this application."""
    return cast(Settings, current_app.extensions["charter.settings"])


def database() -> Session:
    """The session of this request, which only reads."""
    if "db" not in g:
        g.db = cast("sessionmaker[Session]", current_app.extensions["charter.sessions"])()
    return cast(Session, g.db)


def actor() -> Actor:
    """Who the token stands for."""
    return cast(Actor, g.api_actor)


def scopes() -> list[str]:
    """What the token opens."""
    return cast("list[str]", g.api_scopes)


def page() -> tuple[int, int]:
    """What `after` and `limit` of the address say. Problem if they are no whole numbers in range."""
    after = _parameter("after", usual=0, least=0, most=_MOST_NUMBER)
    return after, _parameter("limit", usual=USUAL, least=1, most=MOST)


def listed(rows: list[Any], shown: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """A page of a list; `next` is the address of the one after it, or null."""
    _, limit = page()
    further = None
    if len(rows) == limit:
        arguments = {**request.args.to_dict(), "after": str(rows[-1].id), "limit": str(limit)}
        further = f"{request.path}?{'&'.join(f'{name}={value}' for name, value in sorted(arguments.items()))}"
    return {"items": [shown(row) for row in rows], "next": further}


def number(name: str) -> int | None:
    """A whole number that the address may have as a parameter. Problem if it is none."""
    return _parameter(name, usual=0, least=1, most=_MOST_NUMBER) if name in request.args else None


def answering(operation: Operation) -> Callable[..., Response]:
    """The view of an operation: checks first, then asks it."""

    @wraps(operation.handler)
    def view(**parts: str) -> Response:
        if operation.needs_token:
            _recognize(operation)
        numbers = {name: value if name == "name" else _identifier(value) for name, value in parts.items()}
        _check_parameters(operation)
        found = operation.handler(**numbers)
        return found if isinstance(found, Response) else jsonify(found)

    return view


def _recognize(operation: Operation) -> None:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    found = None
    if scheme.lower() == "bearer":
        see(database(), EVERYTHING)  # who asks, and so what they may see, is what we are about to read
        found = api_tokens.actor_of_api_token(database(), settings(), text.strip())
        see(database(), NOTHING if found is None else scope_of(found[1]))
    if found is None:
        raise Problem(401, "No valid token", "Send a token that works: Authorization: Bearer charter_…")
    token, g.api_actor = found
    granted = set(token.scopes) & set(api_tokens.scopes_for(g.api_actor))
    if operation.scope is not None and operation.scope not in granted:
        raise Problem(403, "The token does not open this", f"It needs the scope {operation.scope}.")
    g.api_scopes = sorted(granted)
    g.api_token = (token.id, token.last_used_on)


def _check_parameters(operation: Operation) -> None:
    known = {"after", "limit", *operation.filters} if operation.is_list else set()
    unknown = sorted(set(request.args) - known)
    if unknown:
        raise Problem(400, "Unknown parameter", f"This address takes no parameter {unknown[0][:80]!r}.")


def _identifier(value: str) -> int:
    if not _NUMBER.fullmatch(value) or not 1 <= int(value) <= _MOST_NUMBER:
        raise NotFound
    return int(value)


def _parameter(name: str, *, usual: int, least: int, most: int) -> int:
    given = request.args.getlist(name)
    if not given:
        return usual
    if len(given) > 1 or not _NUMBER.fullmatch(given[0]) or not least <= int(given[0]) <= most:
        raise Problem(400, "Wrong parameter", f"{name} is a whole number from {least} to {most}, given once.")
    return int(given[0])


@blueprint.after_request
def _headers(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "private, no-store")
    response.vary.add("Authorization")
    return response


@blueprint.teardown_request
def _note_use(_error: BaseException | None) -> None:
    used = g.pop("api_token", None)
    if used is None:
        return
    db = cast("Session | None", g.pop("db", None))
    if db is not None:
        db.close()  # it has read, and on SQLite nobody can write while somebody reads
    sessions = cast("sessionmaker[Session]", current_app.extensions["charter.sessions"])
    try:
        api_tokens.was_used(sessions, used[0], last=used[1], on=today(settings().zone))
    except OperationalError:
        current_app.logger.warning("the last use of a token could not be kept")


def _told(status: int, title: str, detail: str) -> Response:
    answer = jsonify(type="about:blank", title=title, status=status, detail=detail)
    answer.status_code = status
    answer.content_type = "application/problem+json"
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="charter"'
    return answer


@blueprint.errorhandler(Problem)
def _problem(problem: Problem) -> Response:
    return _told(problem.status, problem.title, problem.detail)


@blueprint.errorhandler(NotFound)
def _not_found(_error: NotFound) -> Response:
    return _told(404, "Not found", "There is no such thing, or it is not for you to see.")


@blueprint.errorhandler(OperationalError)
def _busy(_error: OperationalError) -> Response:
    return _told(503, "The service is busy", "Ask again in half a minute.")


@blueprint.errorhandler(HTTPException)
def _http(error: HTTPException) -> Response:
    return _told(error.code or 500, error.name, error.description or "")


@blueprint.errorhandler(Exception)
def _unexpected(error: Exception) -> Response:
    current_app.logger.exception("unexpected", exc_info=error)
    return _told(500, "Something went wrong here", "It is not your fault. Tell the coalition if it happens again.")


@blueprint.route("/", defaults={"rest": ""}, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@blueprint.route("/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def unknown(rest: str) -> Response:
    """Every address that is none; and every one that is, asked for in another way than to be read."""
    if any(_matches(each.path, f"/{rest}") for each in OPERATIONS.values()):
        answer = _told(405, "Only reading", "This address can only be read: ask with GET.")
        answer.headers["Allow"] = "GET, HEAD, OPTIONS"
        return answer
    raise NotFound


def _matches(path: str, asked: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), asked) is not None
