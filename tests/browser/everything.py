"""A coalition with one of everything that a page can show, made through the services."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import product
from typing import Any

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from charter.clock import now
from charter.config import Settings
from charter.database.assessments import Assessment
from charter.database.organizations import Organization
from charter.database.outbox import OutboxMail
from charter.database.people import Membership, Mentorship, Person, Role
from charter.database.sessions import LinkPurpose, Passkey
from charter.services import (
    agreement,
    applications,
    evidence,
    jobs,
    links,
    pack_uploads,
    records,
    review,
    second_factors,
    staff_rounds,
)
from charter.services.assessments import move, refresh
from charter.services.outbox import write_mail
from charter.services.packs import pack_of
from charter.web.forms import clean_text
from questionnaires.message import message
from questionnaires.model import Group, Pack
from scoring.model import Choice
from tests.browser.carried_out import CarriedOut
from tests.integration.application.worlds import PASSWORD, World, post_form

LONG = "We went through it together, with the people of both houses and with two of the children. " * 3
KHMER = "យើងបានពិភាក្សាគ្នាជាមួយបុគ្គលិកទាំងអស់ ហើយយល់ស្របលើចម្លើយនេះ។"
PACK = "safeguarding-basics"
UNPUBLISHED = "chab-dai-charter"


class Everything:
    """Who there is, and the values that the arguments of addresses can take."""

    ROLES = ("public", "respondent", "half", "newcomer", "contributor", "lead", "mentor", "coordinator")
    """Who looks at pages; `half` gave a password and no second factor."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.world = world = World(app)
        self.settings: Settings = app.extensions["charter.settings"]
        self.lead = world.person("Sok Dara")  # of all members
        self.contributor = world.person("Keo Sophea")
        self.coordinator = world.person("Chan Maly", Role.COORDINATOR)
        self.mentor = world.person("Nguyễn Thị Ánh", Role.MENTOR)
        self.newcomer = world.person("Lim Vanna")  # works for nobody yet
        names = ("Hope House", "River Children's Home", "ផ្ទះសុវត្ថិភាពភ្នំពេញ", "Three Rivers Network for Families")
        self.organizations = [self._organization(name) for name in names]
        self.cycle, (self.answering, self.submitted, self.staff_round, self.changed) = world.cycle(
            *self.organizations, pack=PACK, title="Year two"
        )
        _, (self.closed, drafted) = world.cycle(*self.organizations[:2], pack=PACK, title="Year one")
        _, (again,) = world.cycle(self.organizations[0], pack=PACK, title="Year three")
        with world.reading() as db:
            self.pack: Pack = pack_of(db, self.answering.published_pack)
        self._answer(self.answering, every=3)
        for each in (self.submitted, self.closed, drafted, again, self.changed):
            self._answer(each, every=1)
            self._as(self.lead, each, lambda db, actor, row: move(db, actor, row, "submit"))
            self._review(each)
        for each in (self.closed, drafted, again):
            self._as(self.mentor, each, lambda db, actor, row: review.close(db, actor, assessment=row, address="/"))
        self._as(self.mentor, self.changed, self._send_back)
        self._as(self.lead, self.staff_round, self._open_round)
        self._as(self.lead, self.answering, self._add_evidence)
        self._keep_records()
        self._secure()
        self.carried_out = CarriedOut(self, self.closed, drafted)
        self.arguments = self._arguments()

    @property
    def people(self) -> dict[str, Person | None]:
        """By role."""
        return {
            "public": None,
            "respondent": None,
            "half": self.mentor,
            "lead": self.lead,
            "contributor": self.contributor,
            "mentor": self.mentor,
            "coordinator": self.coordinator,
            "newcomer": self.newcomer,
        }

    @property
    def largest_group(self) -> Group:
        """The principle with the most criteria: the longest page."""
        return max(self.pack.all_groups, key=lambda each: len(each.criteria))

    def half_logged_in(self) -> FlaskClient:
        """A browser of a mentor who has given a password only."""
        client = self.world.client()
        answer = post_form(client, "/log-in", {"email": self.mentor.email, "password": PASSWORD})
        assert answer.status_code == 302
        return client

    def addresses(self, rule: Rule) -> Iterator[str]:
        """Every address of a rule that the arguments allow. KeyError for an argument of which nothing is known."""
        names = sorted(rule.arguments)
        with self.app.test_request_context():
            adapter = self.app.url_map.bind("")
            for values in product(*(self.arguments[name] for name in names)):
                try:
                    yield adapter.build(rule.endpoint, dict(zip(names, values, strict=True)))
                except ValueError:  # not one of those that the rule names
                    continue

    def _organization(self, name: str) -> Organization:
        return self.world.organization(
            name,
            leads=(self.lead,),
            contributors=(self.contributor,) if name == "Hope House" else (),
            mentors=(self.mentor,),
        )

    def _as(self, person: Person, assessment: Assessment, action: Callable[[Session, Any, Assessment], Any]) -> Any:
        with self.world.writing() as db:
            return action(db, self.world.actor(db, person), db.get_one(Assessment, assessment.id))

    def _answer(self, assessment: Assessment, *, every: int) -> None:
        def save(db: Session, actor: Any, row: Assessment) -> None:
            for number, criterion in enumerate(self.pack.criteria):
                if number % every:
                    continue
                away = number == 4
                levels = criterion.scale.levels
                agreement.save_agreed(
                    db,
                    actor,
                    assessment=row,
                    criterion_id=criterion.id,
                    rating=Choice.NOT_APPLICABLE if away else levels[number % len(levels)].value,
                    note=LONG if number % 2 else KHMER,
                    reason="We have no residents." if away else None,
                    known_version=0,
                )
            refresh(db, row)

        self._as(self.lead, assessment, save)

    def _review(self, assessment: Assessment) -> None:
        def check(db: Session, actor: Any, row: Assessment) -> None:
            criteria = self.pack.criteria
            review.confirm_rest(db, actor, assessment=row, criteria=criteria[: len(criteria) // 2])
            review.add_comment(db, actor, assessment=row, criterion_id=None, text=LONG)
            review.add_comment(db, actor, assessment=row, criterion_id=criteria[0].id, text=KHMER)

        self._as(self.mentor, assessment, check)

    def _send_back(self, db: Session, actor: Any, row: Assessment) -> None:
        for criterion in self.pack.criteria[:2]:
            review.ask_for_change(db, actor, assessment=row, criterion_id=criterion.id, comment=LONG)
        review.send_back(db, actor, assessment=row, address="/")

    def _open_round(self, db: Session, actor: Any, row: Assessment) -> None:
        until = now().date() + timedelta(days=14)
        _, self.codes = staff_rounds.open_round(db, actor, self.settings, assessment=row, closes_on=until, staff=6)

    def _add_evidence(self, db: Session, actor: Any, row: Assessment) -> None:
        self.evidence = evidence.add_link(
            db,
            actor,
            assessment=row,
            criterion_id=self.pack.criteria[0].id,
            title="The policy",
            url="https://example.org/policy",
        )
        # Done: the page of a job that waits loads itself again and again.
        self.job = jobs.request_job(db, actor, kind="assessment", arguments={"language": "km"}, assessment_id=row.id)
        db.flush()
        jobs.claim_job(db, self.job.id)
        jobs.finish_job(db, self.job.id, stored_name="0" * 32, file_name="report.pdf", media_type="application/pdf")

    def _keep_records(self) -> None:
        with self.world.writing() as db:
            actor, house = self.world.actor(db, self.mentor), db.get_one(Organization, self.organizations[0].id)
            today = now().date()
            self.visit = records.add_visit(
                db,
                actor,
                organization=house,
                visited_on=today,
                next_on=today + timedelta(days=90),
                note=LONG,
                today=today,
            )
            self.applicant = applications.apply(
                db,
                applications.Application(
                    name="Open Door",
                    language="km",
                    contact_name="Meas Bopha",
                    contact_email="bopha@example.org",
                    about=clean_text(LONG),
                ),
            )

    def _secure(self) -> None:
        with self.world.writing() as db:
            mentor = self.world.actor(db, self.mentor)
            secret = second_factors.new_secret()
            code = pyotp.TOTP(secret).at(now())
            second_factors.set_up(db, self.settings, mentor, secret=secret, code=code, password=PASSWORD)
            self.tokens = [
                links.make_link(db, db.get_one(Person, self.newcomer.id), purpose, email="vanna@example.org")
                for purpose in LinkPurpose
            ]
            self.passkey = Passkey(
                person_id=self.lead.id,
                credential_id=b"1",
                public_key=b"1",
                sign_count=0,
                name="Old phone",
                created_at=now(),
            )
            db.add(self.passkey)
            coordinator = self.world.actor(db, self.coordinator)
            self.upload = pack_uploads.keep_project_pack(db, coordinator, UNPUBLISHED)
            write_mail(
                db,
                person=self.lead,
                language="km",
                subject=message("Hello"),
                body=message("Read this: https://example.org"),
            )

    def _arguments(self) -> dict[str, Sequence[Any]]:
        world = self.world
        group = next(each for each in self.pack.all_groups if each.criteria)
        assessments = (self.answering, self.submitted, self.staff_round, self.changed, self.closed)
        of_assessments: dict[str, Sequence[Any]] = {
            "assessment_id": [each.id for each in assessments],
            "organization_id": [self.organizations[0].id, self.organizations[1].id, self.applicant.id],
            "cycle_id": [self.cycle.id],
            "person_id": [self.mentor.id],
            "membership_id": [world.rows(Membership)[0].id],
            "mentorship_id": [world.rows(Mentorship)[0].id],
            "published_id": [self.cycle.published_pack_id],
            "evidence_id": [self.evidence.id],
            "record_id": [self.visit.id],
            "job_id": [self.job.id],
            "mail_id": [world.rows(OutboxMail)[-1].id],
            "passkey_id": [self.passkey.id],
            "token": self.tokens,
            "upload_id": [self.upload.id],
            "kind": ["visit"],
            "group_id": [group.id],
            "criterion_id": [group.criteria[0].id],
            "node": ["overall", group.id, group.criteria[0].id],
            "name": ["withdraw", "reopen", "principles"],
            "form": ["profile", "staff", "lead"],
            "language": ["en"],
        }
        of_plans = self.carried_out.numbers
        names = of_assessments | of_plans
        return {name: [*of_assessments.get(name, ()), *of_plans.get(name, ())] for name in names}
