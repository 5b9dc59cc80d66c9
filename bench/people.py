"""A small coalition whose leads are logged in: who saves while the server is killed, or watched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask

from charter import create_app
from charter.clock import now
from charter.config import Settings
from charter.database.engine import session_factory, transaction
from charter.database.people import MemberRole, Role
from charter.database.row_security import EVERYTHING
from charter.database.sessions import LoginSession
from charter.security import token_hash
from charter.services import accounts, cycles, logins, organizations, packs

PACK = "safeguarding-basics"
ON_ONE = 2
"""Leads of one member, who answer the same questions."""


@dataclass(frozen=True)
class LoggedIn:
    """A browser's cookie, the token of its forms, and the assessment that it is about."""

    assessment: int
    cookie: str
    csrf: str


class Place:
    """Members with two leads each, and a mentor of all of them."""

    def __init__(self, settings: Settings, leads: int) -> None:
        app = create_app(settings)
        with transaction(session_factory(app.extensions["charter.engine"], scope=EVERYTHING)) as db:
            published = packs.publish_pack(db, None, PACK)
            pack = packs.pack_of(db, published)
            self.criteria = {
                each.id: group.id for group in pack.all_groups for each in group.criteria if not each.applies_when
            }
            """Of each criterion the page where it stands."""
            today = now().date()
            cycle = cycles.add_cycle(
                db, None, title="Year one", pack=published, opens_on=today, closes_on=today + timedelta(days=60)
            )
            mentor = accounts.add_person(
                db, None, name="Mentor", email="mentor@example.org", language="en", role=Role.MENTOR
            )
            members, tokens = [], []
            for number in range(leads):
                if number % ON_ONE == 0:
                    name = f"Member {number}"
                    member = organizations.add_organization(db, None, name=name, language="en", joined_on=today)
                    organizations.assign_mentor(db, None, mentor=mentor, organization=member)
                    members.append(member)
                email = f"lead{number}@example.org"
                lead = accounts.add_person(db, None, name=f"Lead {number}", email=email, language="en")
                organizations.add_membership(db, None, person=lead, organization=members[-1], role=MemberRole.LEAD)
                tokens.append(logins.start_session(db, lead, device="bench"))
            assessments = cycles.invite(db, None, cycle=cycle, organizations=members)
            cycles.open_cycle(db, None, cycle=cycle)
            self.assessments = [each.id for each in assessments]
            of_mentor = logins.start_session(db, mentor, device="bench")
            db.get_one(LoginSession, token_hash(of_mentor)).second_factor_at = now()
        page = next(iter(self.criteria.values()))
        self.leads = [
            _logged_in(app, token, self.assessments[number // ON_ONE], f"rate/{page}")
            for number, token in enumerate(tokens)
        ]
        self.mentor = _logged_in(app, of_mentor, self.assessments[0])
        app.extensions["charter.engine"].dispose()


def _logged_in(app: Flask, token: str, assessment: int, page: str = "") -> LoggedIn:
    client = app.test_client()
    with client.session_transaction() as session:
        session["token"] = token
    address = f"/member/assessments/{assessment}/{page}" if page else f"/mentor/assessments/{assessment}"
    text = client.get(address).get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', text)
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert found is not None and cookie is not None, text[:500]
    return LoggedIn(assessment, f"{cookie.key}={cookie.value}", found[1])
