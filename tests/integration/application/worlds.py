"""A small coalition for tests, made through the services, and clients that are logged in as its people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import html5lib
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session, sessionmaker

from charter.clock import now
from charter.database.assessments import Assessment
from charter.database.cycles import Cycle
from charter.database.engine import session_factory, transaction
from charter.database.organizations import Organization
from charter.database.people import MemberRole, Person, Role
from charter.database.row_security import EVERYTHING, SET_SCOPE
from charter.database.sessions import LoginSession
from charter.security import token_hash
from charter.services import accounts, cycles, logins, organizations, packs
from charter.services.actors import Actor, actor_for
from questionnaires import load_pack

PASSWORD = "seven quiet rivers"  # noqa: S105 - of made-up people
Row = TypeVar("Row")


OFTEN_ENOUGH = 5
"""Times that a page is parsed in its different shapes."""

_parsed: set[str] = set()
_looked_at: Counter[tuple[str, int]] = Counter()


class ParsingClient(FlaskClient):
    """Every page must be HTML that a strict parser takes.

    The parser is slow: a page that differs from an earlier one only in numbers and tokens is not parsed again, nor
    one of which several shapes were.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        response = super().open(*args, **kwargs)
        # A large upload stands in a temporary file, which nobody else closes.
        response.request.environ["wsgi.input"].close()
        if response.mimetype == "text/html" and response.data:
            page = response.get_data(as_text=True)
            shape = re.sub(r"[0-9]+|[\w.-]{40,}", "0", page)
            place = (re.sub(r"[0-9]+", "0", response.request.path), response.status_code)
            if shape not in _parsed and _looked_at[place] < OFTEN_ENOUGH:
                html5lib.HTMLParser(strict=True).parse(page)
                _parsed.add(shape)
                _looked_at[place] += 1
        return response


class World:
    """The coalition. Objects are detached: read them again in a session before changing them."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        app.test_client_class = ParsingClient
        info = app.extensions["charter.sessions"].kw["info"]
        self.sessions: sessionmaker[Session] = session_factory(self.engine, info=info, scope=EVERYTHING)
        self.statements: list[str] = []

    @property
    def engine(self) -> Engine:
        return cast(Engine, self.app.extensions["charter.engine"])

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with transaction(self.sessions) as db:
            yield db

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self.sessions() as db:
            yield db

    def person(self, name: str, role: Role | None = None, *, language: str = "en") -> Person:
        with self.writing() as db:
            email = f"{name.lower().replace(' ', '.')}@example.org"
            person = accounts.add_person(db, None, name=name, email=email, language=language, role=role)
            person.password_hash = _password_hash()
            return person

    def organization(
        self,
        name: str,
        *,
        leads: tuple[Person, ...] = (),
        contributors: tuple[Person, ...] = (),
        mentors: tuple[Person, ...] = (),
    ) -> Organization:
        with self.writing() as db:
            made = organizations.add_organization(db, None, name=name, language="en", joined_on=date(2024, 1, 1))
            for people, role in ((leads, MemberRole.LEAD), (contributors, MemberRole.CONTRIBUTOR)):
                for person in people:
                    organizations.add_membership(db, None, person=db.merge(person), organization=made, role=role)
            for mentor in mentors:
                organizations.assign_mentor(db, None, mentor=db.merge(mentor), organization=made)
            return made

    def cycle(
        self, *invited: Organization, pack: str | Path = "safeguarding-basics", title: str = "Year one"
    ) -> tuple[Cycle, list[Assessment]]:
        """An open cycle and the assessments of those invited, in their order."""
        with self.writing() as db:
            loaded = load_pack(pack)
            published = packs.find_published(db, loaded.id, loaded.version) or packs.publish_pack(db, None, pack)
            today = now().date()
            cycle = cycles.add_cycle(
                db, None, title=title, pack=published, opens_on=today, closes_on=today + timedelta(days=60)
            )
            made = cycles.invite(db, None, cycle=cycle, organizations=[db.merge(each) for each in invited])
            cycles.open_cycle(db, None, cycle=cycle)
            return cycle, made

    def actor(self, db: Session, person: Person) -> Actor:
        """Inside a session: who acts."""
        return actor_for(db, db.get_one(Person, person.id))

    def client(self, person: Person | None = None) -> FlaskClient:
        """A browser; logged in with every factor if a person is given."""
        client = self.app.test_client()
        if person is not None:
            with self.writing() as db:
                token = logins.start_session(db, db.get_one(Person, person.id), device="test")
                db.get_one(LoginSession, token_hash(token)).second_factor_at = now()
            with client.session_transaction() as session:
                session["token"] = token
        return client

    def count_statements(self, action: Callable[[], Any]) -> int:
        """SQL statements that the action sends, transactions aside."""
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", SET_SCOPE)):
                seen.append(statement)

        event.listen(self.engine, "before_cursor_execute", note)
        try:
            action()
        finally:
            event.remove(self.engine, "before_cursor_execute", note)
        return len(seen)

    def rows(self, table: type[Row], **equal: Any) -> list[Row]:
        """What is in a table now."""
        with self.reading() as db:
            return list(db.scalars(select(table).filter_by(**equal)))


@cache
def _password_hash() -> str:
    """Made once: it is meant to take long."""
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(PASSWORD)


def token_in(html: str) -> str:
    """The CSRF token of a page."""
    marker = 'name="csrf_token" value="'
    start = html.index(marker) + len(marker)
    return html[start : html.index('"', start)]


def post_form(client: FlaskClient, address: str, data: Mapping[str, Any], *, page: str | None = None) -> Any:
    """Load the page as a person would, then send its form."""
    html = client.get(page or address).get_data(as_text=True)
    return client.post(address, data={**data, "csrf_token": token_in(html)})
