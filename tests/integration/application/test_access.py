"""Who may use which page: every route, every kind of person, in every state of an assessment.

The table is written by hand and says what is meant. A route without a row fails; so does a row without a route.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.routing import Rule

from charter import create_app
from charter.clock import now
from charter.config import Settings
from charter.database import Base
from charter.database.assessments import Assessment, AssessmentState
from charter.database.grants import Grant, GrantKind, GrantState
from charter.database.people import Membership, Person, Role
from charter.database.plans import Action, Plan
from charter.database.sessions import LoginSession
from charter.security import token_hash
from charter.services import logins
from charter.services.organizations import end_membership
from charter.services.plan_limits import default_limits, limits_json
from charter.web.access import Denied, rule_of
from tests.integration.application.databases import NewDatabase
from tests.integration.application.plan_rows import action_values, plan_values
from tests.integration.application.worlds import World

OURS = "Lotus House"

EVERYBODY = frozenset(
    {"public", "half", "lead", "contributor", "mentor", "coordinator", "other_lead", "other_mentor", "former"}
)
LOGGED_IN = EVERYBODY - {"public"}
COMPLETE = LOGGED_IN - {"half"}
INSIDERS = COMPLETE - {"former"}
COORDINATORS = frozenset({"coordinator"})
MENTORS = frozenset({"mentor", "other_mentor"})
READERS = frozenset({"lead", "contributor", "mentor", "coordinator"})
COMPANIONS = frozenset({"mentor", "coordinator"})
MEMBERS = frozenset({"lead", "contributor"})
PARTNERS = frozenset({"lead", "contributor", "mentor"})
LEAD = frozenset({"lead"})
OUR_MENTOR = frozenset({"mentor"})
PLANNERS = frozenset({"lead", "mentor"})
NOBODY: frozenset[str] = frozenset()
"""Closed to all of these: a staff code opens it, or it exists in a demo only."""

TABLE = {
    "account.add_passkey": COMPLETE,
    "account.calendar_file": EVERYBODY,
    "account.change_email": COMPLETE,
    "account.change_password": COMPLETE,
    "account.choose": EVERYBODY,
    "account.details": COMPLETE,
    "account.device_key": COMPLETE,
    "account.end_other_sessions": COMPLETE,
    "account.end_session": COMPLETE,
    "account.end_token": COMPLETE,
    "account.follow_link": EVERYBODY,
    "account.forget_device": COMPLETE,
    "account.forgotten_password": EVERYBODY,
    "account.job": COMPLETE,
    "account.job_file": COMPLETE,
    "account.log_in": EVERYBODY,
    "account.log_in_with_passkey": EVERYBODY,
    "account.log_out": LOGGED_IN,
    "account.mails": COMPLETE,
    "account.make_calendar": COMPLETE,
    "account.make_token": COMPLETE,
    "account.overview": COMPLETE,
    "account.own_device": COMPLETE,
    "account.own_passkeys": COMPLETE,
    "account.own_sessions": COMPLETE,
    "account.remove_calendar": COMPLETE,
    "account.remove_passkey": COMPLETE,
    "account.rename_passkey": COMPLETE,
    "account.renew_recovery_codes": COMPLETE,
    "account.second_factor": LOGGED_IN,
    "account.set_up_second_factor": LOGGED_IN,
    "account.tokens": COMPLETE,
    "account.turn_off_second_factor": COMPLETE,
    "account.unsubscribe": EVERYBODY,
    "assessment.evidence_file": READERS,
    "assessment.explanation": READERS,
    "assessment.history": READERS,
    "assessment.interactive": READERS,
    "assessment.job": READERS,
    "assessment.job_file": READERS,
    "assessment.picture": READERS,
    "assessment.request_report": READERS,
    "assessment.result": READERS,
    "coalition.accept_application": COORDINATORS,
    "coalition.actions": COORDINATORS,
    "coalition.add_cycle": COORDINATORS,
    "coalition.add_member": COORDINATORS,
    "coalition.add_peer_group": COORDINATORS,
    "coalition.add_person": COORDINATORS,
    "coalition.add_release": COORDINATORS,
    "coalition.add_staff": COORDINATORS,
    "coalition.adopt_peer_group": COORDINATORS,
    "coalition.approve_release": COORDINATORS,
    "coalition.assessment": COORDINATORS,
    "coalition.assign_mentor": COORDINATORS,
    "coalition.audit": COORDINATORS,
    "coalition.change_dates": COORDINATORS,
    "coalition.change_due_date": COORDINATORS,
    "coalition.change_peer_group": COORDINATORS,
    "coalition.check_pack": COORDINATORS,
    "coalition.check_release": COORDINATORS,
    "coalition.choose_pack": COORDINATORS,
    "coalition.close_cycle": COORDINATORS,
    "coalition.cycle": COORDINATORS,
    "coalition.cycles": COORDINATORS,
    "coalition.delete_data": COORDINATORS,
    "coalition.disable_staff": COORDINATORS,
    "coalition.discard_pack": COORDINATORS,
    "coalition.discard_release": COORDINATORS,
    "coalition.edit_member": COORDINATORS,
    "coalition.enable_staff": COORDINATORS,
    "coalition.end_membership": COORDINATORS,
    "coalition.export": COORDINATORS,
    "coalition.invite": COORDINATORS,
    "coalition.leave": COORDINATORS,
    "coalition.mailbox": NOBODY,
    "coalition.member": COORDINATORS,
    "coalition.members": COORDINATORS,
    "coalition.move_assessment": COORDINATORS,
    "coalition.move_peer_group_up": COORDINATORS,
    "coalition.open_cycle": COORDINATORS,
    "coalition.overview": COORDINATORS,
    "coalition.pack": COORDINATORS,
    "coalition.packs": COORDINATORS,
    "coalition.peer_groups": COORDINATORS,
    "coalition.people": COORDINATORS,
    "coalition.preview": COORDINATORS,
    "coalition.preview_upload": COORDINATORS,
    "coalition.progress": COORDINATORS,
    "coalition.progress_file": COORDINATORS,
    "coalition.progress_picture": COORDINATORS,
    "coalition.publish_pack": COORDINATORS,
    "coalition.read_mail": NOBODY,
    "coalition.refuse_application": COORDINATORS,
    "coalition.release": COORDINATORS,
    "coalition.release_mentor": COORDINATORS,
    "coalition.releases": COORDINATORS,
    "coalition.report": COORDINATORS,
    "coalition.report_file": COORDINATORS,
    "coalition.report_job": COORDINATORS,
    "coalition.retire_peer_group": COORDINATORS,
    "coalition.upload_pack": COORDINATORS,
    "grants.add_instalment": COORDINATORS,
    "grants.add_spending": LEAD,
    "grants.change": LEAD,
    "grants.close": COORDINATORS,
    "grants.decide": COORDINATORS,
    "grants.grant": READERS,
    "grants.of_member": READERS,
    "grants.pay": COORDINATORS,
    "grants.remove_spending": LEAD,
    "grants.reopen": COORDINATORS,
    "grants.report": LEAD,
    "grants.request_grant": LEAD,
    "grants.take_back": COORDINATORS,
    "grants.totals": COORDINATORS,
    "grants.totals_file": COORDINATORS,
    "grants.withdraw": LEAD,
    "health.live": EVERYBODY,
    "health.metrics": EVERYBODY,
    "health.ready": EVERYBODY,
    "learning.add_resource": COORDINATORS,
    "learning.add_session": COORDINATORS,
    "learning.add_training": COORDINATORS,
    "learning.apply_import": COORDINATORS,
    "learning.attendance": COORDINATORS,
    "learning.cancel_session": COORDINATORS,
    "learning.cancel_sign_up": LEAD,
    "learning.discard_import": COORDINATORS,
    "learning.edit_resource": COORDINATORS,
    "learning.edit_session": COORDINATORS,
    "learning.edit_training": COORDINATORS,
    "learning.import_job": COORDINATORS,
    "learning.import_preview": COORDINATORS,
    "learning.import_resources": COORDINATORS,
    "learning.import_workbook": COORDINATORS,
    "learning.manage_trainings": COORDINATORS,
    "learning.remove_resource": COORDINATORS,
    "learning.resource": INSIDERS,
    "learning.resource_file": INSIDERS,
    "learning.resources": INSIDERS,
    "learning.retire_training": COORDINATORS,
    "learning.sign_up": LEAD,
    "learning.training": INSIDERS,
    "learning.trainings": INSIDERS,
    "learning.trainings_of": READERS,
    "member.add_evidence_file": MEMBERS,
    "member.add_evidence_link": MEMBERS,
    "member.answer": MEMBERS,
    "member.answer_history": READERS,
    "member.apply_workbook": MEMBERS,
    "member.assessment": MEMBERS,
    "member.benchmarks": MEMBERS,
    "member.change_last_day": LEAD,
    "member.close_staff_round": LEAD,
    "member.decide_on_benchmarks": LEAD,
    "member.directory": LEAD,
    "member.end_membership": LEAD,
    "member.evidence": MEMBERS,
    "member.home": MEMBERS,
    "member.invite": LEAD,
    "member.invite_again": LEAD,
    "member.make_form": MEMBERS,
    "member.more_codes": LEAD,
    "member.name_lead": LEAD,
    "member.open_staff_round": LEAD,
    "member.own_data": LEAD,
    "member.paper": MEMBERS,
    "member.people": MEMBERS,
    "member.profile": MEMBERS,
    "member.rate": MEMBERS,
    "member.readiness": MEMBERS,
    "member.remove_evidence": MEMBERS,
    "member.request_own_data": LEAD,
    "member.slips": LEAD,
    "member.staff_round": MEMBERS,
    "member.submit": LEAD,
    "member.unanswered": MEMBERS,
    "member.upload_workbook": MEMBERS,
    "member.workbook": MEMBERS,
    "mentor.actions": MENTORS,
    "mentor.add_certificate": COMPANIONS,
    "mentor.add_inspection": COMPANIONS,
    "mentor.add_visit": OUR_MENTOR,
    "mentor.close": OUR_MENTOR,
    "mentor.comment": OUR_MENTOR,
    "mentor.drop_change": OUR_MENTOR,
    "mentor.home": MENTORS,
    "mentor.overview": OUR_MENTOR,
    "mentor.record_list": READERS,
    "mentor.remove_record": COMPANIONS,
    "mentor.reopen": COMPANIONS,
    "mentor.review_group": OUR_MENTOR,
    "mentor.send_back": OUR_MENTOR,
    "plan.accept_must_dos": PLANNERS,
    "plan.action": READERS,
    "plan.actions": READERS,
    "plan.add_action": PLANNERS,
    "plan.add_file": MEMBERS,
    "plan.add_link": MEMBERS,
    "plan.agree": OUR_MENTOR,
    "plan.ask_back": OUR_MENTOR,
    "plan.begin": PLANNERS,
    "plan.calendar": READERS,
    "plan.change_actions": MEMBERS,
    "plan.change": READERS,
    "plan.commit": LEAD,
    "plan.decide": PLANNERS,
    "plan.details": MEMBERS,
    "plan.evidence_file": READERS,
    "plan.forecast_picture": READERS,
    "plan.history": READERS,
    "plan.move_action": MEMBERS,
    "plan.note_progress": PARTNERS,
    "plan.overview": READERS,
    "plan.propose": PLANNERS,
    "plan.remove_evidence": MEMBERS,
    "plan.request_file": READERS,
    "plan.review_action": OUR_MENTOR,
    "plan.suggestion": PLANNERS,
    "plan.version": READERS,
    "public.applied": EVERYBODY,
    "public.apply": EVERYBODY,
    "public.benchmark": EVERYBODY,
    "public.benchmark_chart": EVERYBODY,
    "public.benchmark_group": EVERYBODY,
    "public.benchmark_method": EVERYBODY,
    "public.benchmarks": EVERYBODY,
    "public.directory": EVERYBODY,
    "public.directory_of_members": INSIDERS,
    "public.home": EVERYBODY,
    "public.offline": EVERYBODY,
    "public.release_json": EVERYBODY,
    "public.release_package": EVERYBODY,
    "public.release_report": EVERYBODY,
    "public.release_table": EVERYBODY,
    "public.release_zip": EVERYBODY,
    "public.robots": EVERYBODY,
    "public.service_worker": EVERYBODY,
    "public.sitemap": EVERYBODY,
    "respondent.enter": EVERYBODY,
    "respondent.leave": EVERYBODY,
    "respondent.overview": NOBODY,
    "respondent.part": NOBODY,
    "respondent.send": NOBODY,
    "respondent.take_code": EVERYBODY,
    "respondent.thanks": EVERYBODY,
    "respondent.welcome": NOBODY,
}


@pytest.fixture
def database_url(sqlite: NewDatabase) -> str:
    """Rules ask no database of their own: one of the two is enough for so many requests."""
    return sqlite()


@dataclass
class Stage:
    """Everybody, and the numbers to put into addresses."""

    world: World
    people: dict[str, Person]
    values: dict[str, Any]

    def client(self, party: str) -> FlaskClient:
        person = self.people.get(party)
        if party == "half":
            # The password was right, the second factor is still missing.
            client = self.world.client()
            with self.world.writing() as db:
                token = logins.start_session(db, db.get_one(Person, self.people["half"].id), device="test")
            with client.session_transaction() as session:
                session["token"] = token
            return client
        return self.world.client(person)


@pytest.fixture
def stage(world: World, app: Flask) -> Stage:
    app.config["WTF_CSRF_ENABLED"] = False  # what is denied must be so by its rule, not for want of a token
    people = {
        "lead": world.person("Our Lead"),
        "contributor": world.person("Our Contributor"),
        "former": world.person("Our Former"),
        "mentor": world.person("Our Mentor", Role.MENTOR),
        "coordinator": world.person("Some Coordinator", Role.COORDINATOR),
        "half": world.person("Half Coordinator", Role.COORDINATOR),
        "other_lead": world.person("Other Lead"),
        "other_mentor": world.person("Other Mentor", Role.MENTOR),
    }
    ours = world.organization(
        OURS,
        leads=(people["lead"],),
        contributors=(people["contributor"], people["former"]),
        mentors=(people["mentor"],),
    )
    theirs = world.organization("Other House", leads=(people["other_lead"],), mentors=(people["other_mentor"],))
    with world.writing() as db:
        left = db.scalars(select(Membership).where(Membership.person_id == people["former"].id)).one()
        end_membership(db, world.actor(db, people["lead"]), membership=left)
    cycle, (assessment, _) = world.cycle(ours, theirs)
    membership = world.rows(Membership, person_id=people["contributor"].id)[0]
    plan, action = a_plan_with_one_action(world, assessment)
    return Stage(
        world,
        people,
        {
            "organization_id": ours.id,
            "assessment_id": assessment.id,
            "plan_id": plan.id,
            "action_id": action.id,
            "cycle_id": cycle.id,
            "published_id": assessment.published_pack_id,
            "membership_id": membership.id,
            "person_id": people["mentor"].id,
            "group_id": "rules",
            "criterion_id": "R1",
            "node": "overall",
            "language": "en",
            "kind": "visit",
            "filename": "x",
            "upload_id": "0" * 32,
            "job_id": "0" * 32,
            "token": "x",
            "grant_id": _grant(world, ours.id, people["lead"].id),
        },
    )


def a_plan_with_one_action(world: World, assessment: Assessment) -> tuple[Plan, Action]:
    moment = now()
    with world.writing() as db:
        plan = Plan(**plan_values(assessment, at=moment, limits=limits_json(default_limits(moment.date()))))
        db.add(plan)
        db.flush()
        action = Action(
            **action_values(plan, title="Ask the elders", improves={}, starts_on=moment.date(), due_on=moment.date())
        )
        db.add(action)
        db.flush()
        return plan, action


def _grant(world: World, organization_id: int, lead_id: int) -> int:
    with world.writing() as db:
        moment = now()
        grant = Grant(
            organization_id=organization_id,
            kind=GrantKind.LEARNING,
            state=GrantState.REQUESTED,
            state_since=moment,
            title="A course",
            purpose=OURS,
            starts_on=moment.date(),
            ends_on=moment.date(),
            requested=100,
            requested_at=moment,
            requested_by_id=lead_id,
        )
        db.add(grant)
        db.flush()
        return grant.id


def routes(app: Flask) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        # The API knows nobody by a cookie; test_api.py asks all of it.
        if rule.endpoint != "static" and not rule.endpoint.startswith("api.")
    ]


def address(rule: Rule, values: dict[str, Any]) -> str:
    """The address with every part filled in; what is not in the values is the first of its kind."""
    parts: dict[str, Any] = {}
    for name in rule.arguments:
        converter = rule._converters[name]
        options = getattr(converter, "items", None) or getattr(converter, "regex", "").strip("(?:)").split("|")
        is_choice = type(converter).__name__ == "AnyConverter"
        parts[name] = sorted(options)[0] if is_choice else values.get(name, 1 if _is_number(converter) else "x")
    built = rule.build(parts)
    assert built is not None
    return built[1]


def _is_number(converter: Any) -> bool:
    return type(converter).__name__ == "IntegerConverter"


def digest(world: World) -> str:
    """Everything that is stored, except when somebody was last seen."""
    found = hashlib.sha256()
    with world.reading() as db:
        for table in Base.metadata.sorted_tables:
            if table.name not in ("login_session", "attempt"):
                for row in db.execute(select(table).order_by(*table.primary_key)):
                    found.update(repr(tuple(row)).encode())
    return found.hexdigest()


def denied(rules: Iterable[Rule], party: str) -> list[Rule]:
    return [rule for rule in rules if party not in TABLE[rule.endpoint] and not rule.endpoint.startswith("respondent.")]


def ask(client: FlaskClient, rule: Rule, values: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    for method in sorted((rule.methods or set()) & {"GET", "POST"}):
        yield method, client.open(address(rule, values), method=method, data={} if method == "POST" else None)


def check_denied(party: str, rule: Rule, method: str, answer: Any) -> None:
    what = f"{party} {method} {rule.rule}"
    assert OURS not in answer.text, what
    if party == "public":
        expected = 302 if method == "GET" else 401
        assert answer.status_code == expected, what
        assert method == "POST" or answer.location.startswith("/log-in"), what
    elif party == "half":
        assert answer.status_code == 302 and answer.location.startswith("/second-factor"), what
    else:
        assert answer.status_code == 404, what


def test_every_route_has_a_row_and_every_row_a_route(app: Flask) -> None:
    assert {rule.endpoint for rule in routes(app)} == set(TABLE)


def test_a_view_without_a_rule_is_closed_to_everybody(settings: Settings) -> None:
    app = create_app(settings)
    world = World(app)
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    for person in (None, world.person("Some Coordinator", Role.COORDINATOR)):
        answer = world.client(person).get("/forgotten")
        assert answer.status_code == 404
        assert "secret" not in answer.text
    app.extensions["charter.engine"].dispose()


@pytest.mark.parametrize("party", sorted(EVERYBODY))
def test_what_is_denied_shows_nothing_and_changes_nothing(stage: Stage, app: Flask, party: str) -> None:
    client = stage.client(party)
    before = digest(stage.world)
    tried = 0
    for rule in denied(routes(app), party):
        for method, answer in ask(client, rule, stage.values):
            check_denied(party, rule, method, answer)
            tried += 1
    assert tried > 1
    assert digest(stage.world) == before


@pytest.mark.parametrize("state", list(AssessmentState))
def test_no_state_of_an_assessment_opens_what_is_denied(stage: Stage, app: Flask, state: AssessmentState) -> None:
    with stage.world.writing() as db:
        db.execute(update(Assessment).where(Assessment.id == stage.values["assessment_id"]).values(state=state))
    before = digest(stage.world)
    changing = [rule for rule in routes(app) if "assessment_id" in rule.arguments and "POST" in (rule.methods or ())]
    for party in ("contributor", "mentor", "other_lead", "other_mentor", "coordinator", "former"):
        client = stage.client(party)
        for rule in denied(changing, party):
            answer = client.post(address(rule, stage.values), data={})
            check_denied(party, rule, "POST", answer)
    assert digest(stage.world) == before


@pytest.mark.parametrize("party", sorted(COMPLETE))
def test_what_is_allowed_is_open(stage: Stage, app: Flask, party: str) -> None:
    with stage.world.writing() as db:
        token = logins.start_session(db, db.get_one(Person, stage.people[party].id), device="test")
        db.get_one(LoginSession, token_hash(token)).second_factor_at = now()
    with stage.world.reading() as db:
        found = logins.actor_of_token(db, app.extensions["charter.settings"], token)
    assert found is not None
    login, actor = found
    opened = 0
    for rule in routes(app):
        if party not in TABLE[rule.endpoint] or rule.endpoint.startswith("respondent."):
            continue
        view_rule = rule_of(app.view_functions[rule.endpoint])
        assert view_rule is not None
        with app.test_request_context():
            g.login, g.actor = login, actor
            arguments = {name: stage.values.get(name, 1) for name in rule.arguments}
            try:
                view_rule(actor, **arguments)
            except Denied:
                pytest.fail(f"{party} is kept out of {rule.rule}")
            opened += 1
    assert opened > 10


def test_an_address_of_another_organization_is_no_way_in(stage: Stage, app: Flask) -> None:
    """The other lead asks for everything of ours, and of numbers that do not exist: both look alike."""
    client = stage.client("other_lead")
    missing = {name: 999_999 if isinstance(value, int) else value for name, value in stage.values.items()}
    for rule in denied(routes(app), "other_lead"):
        if rule.arguments & {"assessment_id", "organization_id", "plan_id", "action_id"}:
            for (_, ours), (_, nothing) in zip(
                ask(client, rule, stage.values), ask(client, rule, missing), strict=True
            ):
                assert ours.status_code == nothing.status_code == 404
                assert _without_token(ours.text) == _without_token(nothing.text)


def _without_token(html: str) -> str:
    return "\n".join(line for line in html.splitlines() if not any(part in line for part in ("nonce", "token", "next")))
