"""The web application under load: requests per second and waiting times, beside a Flask route that does nothing.

Both are served by gunicorn in the same way, and are loaded in turns from a client that does as little as it can.
"""

from __future__ import annotations

import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from bench.load import CONNECTIONS, Load, Requests, put_load_on, served
from bench.measure import Goal, Section, milliseconds
from bench.page import as_text, write_page
from bench.subjects import ROOT
from charter import create_app
from charter.clock import now
from charter.config import Settings
from charter.database.assessments import AgreedRating, Assessment, RatingVersion
from charter.database.engine import transaction
from charter.database.organizations import Organization
from charter.database.people import MemberRole, Person
from charter.database.upgrade import upgrade
from charter.services import accounts, agreement, cycles, logins, organizations, packs, staff_rounds
from charter.services.actors import actor_for
from questionnaires.model import Pack

PAGE = ROOT / "docs" / "performance" / "0004-web.md"
TITLE = "0004 The web application"
PACK = "chab-dai-charter"
SIZES = (10, 1_000, 10_000)
ROUNDS = 5
SECONDS = 2.0
FLOOR = "empty route (floor)"
PAGE_GOAL, SAVE_GOAL, FLAT_GOAL = 0.25, 0.10, 0.8

Row = Mapping[str, Any]


def main() -> None:
    """Measure, print and write the page."""
    section = loaded()
    print(as_text(section), flush=True)
    print(f"written: {write_page([section], page=PAGE, title=TITLE, runs=ROUNDS).relative_to(ROOT)}")


def floor() -> Flask:
    """An application with one route that does nothing."""
    app = Flask("floor")
    app.add_url_rule("/", view_func=lambda: "ok")
    return app


def loaded() -> Section:
    section = Section(
        "Pages and saves",
        f"gunicorn with 2 workers of 4 threads, SQLite with its durable settings, the questionnaire {PACK}; time on "
        f"the clock, {CONNECTIONS} connections at once from a client on the same machine, {ROUNDS} rounds of "
        f"{SECONDS:g} s each, in turns with an empty Flask route (floor) that is served in the same way. Requests per "
        "second are medians of the rounds. Waiting times, which half and 99 of 100 requests kept, are of all of them, "
        "and long because more is asked for at once than two workers can do. A lead's page and save are those of "
        "somebody logged in, for one principle and one answer; a respondent's those of a staff code, its save that of "
        "a whole page. As many assessments as the first column says lie in the database, each answered in full.",
        ("assessments", "request", "per second", "of the floor", "p50, ms", "p99, ms"),
    )
    found: dict[int, dict[str, Load]] = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        for size in SIZES:
            place.grow(size)
            found[size] = _measured(place)
            for name, load in found[size].items():
                section.rows.append(
                    (
                        f"{size:,}",
                        name,
                        f"{load.rate:,.0f}",
                        f"{_of_floor(found[size], name):.2f} ×",
                        milliseconds(load.wait(50)),
                        milliseconds(load.wait(99)),
                    )
                )
    section.goals += _goals(found)
    return section


def _goals(found: Mapping[int, Mapping[str, Load]]) -> Iterator[Goal]:
    names = [name for name in found[SIZES[0]] if name != FLOOR]
    for name in names:
        least = SAVE_GOAL if "save" in name else PAGE_GOAL
        share = min(_of_floor(each, name) for each in found.values())
        yield Goal(f"{name}: at least {least:.2f} × the floor's requests per second", f"{share:.2f} ×", share >= least)
    for name in names:
        kept = _of_floor(found[SIZES[-1]], name) / _of_floor(found[SIZES[0]], name)
        yield Goal(
            f"{name}: with {SIZES[-1]:,} assessments at least {FLAT_GOAL:g} × as many as with {SIZES[0]}",
            f"{kept:.2f} ×",
            kept >= FLAT_GOAL,
        )


def _of_floor(loads: Mapping[str, Load], name: str) -> float:
    return loads[name].rate / loads[FLOOR].rate


def _measured(place: Place) -> dict[str, Load]:
    with served("bench.web:floor()", {}) as empty, served("charter:create_app()", place.environment) as site:
        subjects: dict[str, tuple[int, Requests]] = {FLOOR: (empty, _always(_get("/")))}
        subjects |= {name: (site, requests) for name, requests in place.requests().items()}
        loads = {name: Load() for name in subjects}
        for turn in range(ROUNDS + 1):  # not counting the first, in which both workers get warm
            for name, (port, requests) in subjects.items():
                load = loads[name] if turn else Load()
                put_load_on(port, requests, load, seconds=SECONDS, sent=place.sent[name])
    return loads


class Place:
    """A database that grows, and what is sent to the application on it."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(instance=folder, coalition="Harbour Coalition")
        self.environment = {"CHARTER_INSTANCE": str(folder), "CHARTER_COALITION": "Harbour Coalition"}
        self.app = app = create_app(self.settings)
        upgrade(app.extensions["charter.engine"])
        self.sessions = app.extensions["charter.sessions"]
        self.sent: dict[str, list[int]] = defaultdict(lambda: [0] * CONNECTIONS)
        """How much each connection sent so far, by subject."""
        with transaction(self.sessions) as db:
            self._begin(db)

    def grow(self, size: int) -> None:
        """Copies of an assessment that is answered in full, each of a member of its own, until there are so many."""
        with transaction(self.sessions) as db:
            have = db.scalar(select(func.count()).select_from(Assessment)) or 0
            last = db.scalar(select(func.max(Assessment.id)))
            names = [{"name": f"Member {number}"} for number in range(have, size)]
            owners = _copied(db, Organization, self._model.organization_id, names)
            _copied(db, Assessment, self._model.id, [{"organization_id": owner} for owner in owners])
            for table in (AgreedRating, RatingVersion):
                columns = [each for each in table.__table__.columns if each.name not in ("id", "assessment_id")]
                copies = (
                    select(Assessment.id, *columns)
                    .join_from(table, Assessment, Assessment.id > last)
                    .where(table.assessment_id == self._model.id)
                )
                db.execute(insert(table).from_select(["assessment_id", *(each.name for each in columns)], copies))

    def requests(self) -> dict[str, Requests]:
        """What is sent, by subject."""
        lead = self.app.test_client()
        with lead.session_transaction() as session:
            session["token"] = self.token
            session.permanent = True
        respondent = self.app.test_client()
        page = respondent.get("/answer").get_data(as_text=True)
        answer = respondent.post("/answer", data={"code": self.code, "csrf_token": _token_in(page)})
        assert answer.status_code == 302, answer.status
        group = next(each for each in self.pack.all_groups if len(each.criteria) > 5)
        lead.get("/")  # as somebody who has seen a page before: their cookie holds what guards forms
        rate, part = f"/member/assessments/{self.assessment}/rate/{group.id}", f"/answer/part/{group.id}"
        found: dict[str, Requests] = {
            "lead's page": _always(_get(rate, _cookie(lead))),
            "lead's save": self._answers(lead, rate),
            "respondent's page": _always(_get(part, _cookie(respondent))),
            "respondent's save": self._sheets(respondent, part),
        }
        return found

    def _answers(self, client: FlaskClient, page: str) -> Requests:
        """Each connection saves one answer again and again, each time another one, on the version before."""
        token = _token_in(client.get(page).get_data(as_text=True))
        cookie = _cookie(client)
        names = [each.id for each in self.pack.criteria[:CONNECTIONS]]

        def request(connection: int, sent: int) -> bytes:
            name = names[connection]
            fields = {f"{name}-version": sent + 1, f"{name}-rating": sent % 2 + 1, f"{name}-note": f"Talk {sent}"}
            return _post(f"/member/assessments/{self.assessment}/answer/{name}", fields, cookie, token)

        return request

    def _sheets(self, client: FlaskClient, page: str) -> Requests:
        html = client.get(page).get_data(as_text=True)
        token, cookie = _token_in(html), _cookie(client)
        names = sorted(set(re.findall(r'name="(r-[^"]+)"', html)))

        def request(_connection: int, sent: int) -> bytes:
            return _post(page, {"go": "on"} | dict.fromkeys(names, sent % 2 + 1), cookie, token)

        return request

    def _begin(self, db: Session) -> None:
        published = packs.publish_pack(db, None, PACK)
        self.pack: Pack = packs.pack_of(db, published)
        lead = accounts.add_person(db, None, name="Sok Dara", email="dara@example.org", language="en", role=None)
        self.token = logins.start_session(db, db.get_one(Person, lead.id), device="bench")
        today = now().date()
        cycle = cycles.add_cycle(
            db, None, title="Year one", pack=published, opens_on=today, closes_on=today + timedelta(days=60)
        )
        members = [
            organizations.add_organization(db, None, name=name, language="en", joined_on=today)
            for name in ("Hope House", "River House", "Lotus House")
        ]
        for member in members:
            organizations.add_membership(db, None, person=lead, organization=member, role=MemberRole.LEAD)
        answered, staff, self._model = cycles.invite(db, None, cycle=cycle, organizations=members)
        cycles.open_cycle(db, None, cycle=cycle)
        actor = actor_for(db, lead)
        for assessment in (answered, self._model):
            for criterion in self.pack.criteria:
                agreement.save_agreed(
                    db,
                    actor,
                    assessment=assessment,
                    criterion_id=criterion.id,
                    rating=2,
                    note="We went through it together, with the people of both houses.",
                    reason=None,
                    known_version=0,
                )
        _, codes = staff_rounds.open_round(
            db, actor, self.settings, assessment=staff, closes_on=today + timedelta(days=14), staff=6
        )
        self.code, self.assessment = codes[0], answered.id


def _copied(db: Session, table: type[Organization | Assessment], model: int, changes: Sequence[Row]) -> list[int]:
    """Rows like the one with that id, but for the changes; their ids."""
    columns = table.__table__.columns
    row = dict(db.execute(select(*columns).where(columns["id"] == model)).mappings().one())
    del row["id"]
    return (
        list(db.scalars(insert(table).returning(columns["id"]), [{**row, **each} for each in changes]))
        if changes
        else []
    )


def _always(request: bytes) -> Requests:
    return lambda _connection, _sent: request


def _get(address: str, cookie: str = "") -> bytes:
    return _request("GET", address, cookie)


def _post(address: str, fields: Row, cookie: str, token: str) -> bytes:
    return _request("POST", address, cookie, urlencode({**fields, "csrf_token": token}))


def _request(method: str, address: str, cookie: str, body: str = "") -> bytes:
    head = [f"{method} {address} HTTP/1.1", "Host: 127.0.0.1", "Accept-Encoding: gzip, br"]
    if cookie:
        head.append(f"Cookie: {cookie}")
    if body:
        head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode("ascii")


def _cookie(client: FlaskClient) -> str:
    found = client.get_cookie(client.application.config["SESSION_COOKIE_NAME"])
    assert found is not None
    return f"{found.key}={found.value}"


def _token_in(html: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert found is not None
    return found[1]


if __name__ == "__main__":
    main()
