"""What follows from closed assessments: plans, grants, trainings, a library, a published release; one of everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from charter.clock import now
from charter.database.assessments import Assessment
from charter.database.grants import GrantKind, Instalment, Spending
from charter.database.plans import Action, Decision, Plan
from charter.database.releases import PeerGroup, Release, ReleaseState
from charter.database.subscriptions import MailKind
from charter.database.trainings import TrainingSignUp
from charter.jobs import make_worker
from charter.services import (
    action_evidence,
    actions,
    api_tokens,
    coalition_reports,
    grant_money,
    grants,
    jobs,
    plan_decisions,
    plan_proposals,
    plans,
    resource_imports,
    sign_ups,
    trainings,
)
from charter.services.actors import Actor
from charter.services.plan_limits import default_limits
from charter.services.subscriptions import off_path
from tests.integration.application.coalitions import Coalition
from tests.integration.application.libraries import item, many, spreadsheet
from tests.integration.application.publishing import publish

if TYPE_CHECKING:
    from tests.browser.everything import Everything

LONG = "It takes longer than we thought, since two of us were ill and the rains were heavy. " * 3
FOUND = {
    "finished": True,
    "adversaries": {"A1": {"attacks": 5_100, "values": 0, "classes": 2, "allowed": 0.01, "holds": True}},
}
"""What an attack test says, which takes minutes to be found."""
Numbers = dict[str, Sequence[Any]]
"""Values of arguments of addresses, by name."""


class CarriedOut:
    """Makes it all with the people of a coalition; `numbers` says how to find it."""

    def __init__(self, everything: Everything, closed: Assessment, drafted: Assessment) -> None:
        self.everything, self.world = everything, everything.world
        self.house = everything.organizations[0]
        self.today = now().date()
        self.evidence: int
        draft, committed = self._plan(drafted), self._plan(closed)
        self._commit(committed)
        followed, waiting = self._follow(committed)
        suggestion = self.world.rows(Action, plan_id=draft.id)[0]
        found: Numbers = {
            "plan_id": [draft.id, committed.id],
            "action_id": [followed.id, waiting.id, suggestion.id],
            "evidence_id": [self.evidence],
            "number": [1],
            "rest": ["x"],
        }
        self.numbers: Numbers = found | self._grants(followed) | self._learning() | self._releases()

    def _as(self, person: Any, action: Callable[[Session, Actor], Any]) -> Any:
        with self.world.writing() as db:
            return action(db, self.world.actor(db, person))

    def _plan(self, assessment: Assessment) -> Plan:
        def begin(db: Session, actor: Actor) -> Plan:
            plan = plans.begin_plan(db, actor, db.get_one(Assessment, assessment.id), today=self.today)
            plan_proposals.request_proposal(db, actor, plan=plan, limits=default_limits(self.today))
            return plan

        made: Plan = self._as(self.everything.lead, begin)
        make_worker(self.everything.settings, self.everything.world.engine).run_waiting()
        return made

    def _commit(self, plan: Plan) -> None:
        def commit(db: Session, actor: Actor) -> None:
            row = db.get_one(Plan, plan.id)
            plan_decisions.accept_must_dos(db, actor, plan=row)
            suggestions = plans.suggestions_of(db, row)
            for each in suggestions:
                each.owner_id = actor.id
                if not each.must_do:
                    each.decision = Decision.ACT
            plans.commit_plan(db, actor, plan=row, left_out=(), address="/")

        self._as(self.everything.lead, commit)

    def _follow(self, plan: Plan) -> tuple[Action, Action]:
        """One that is late and needs help, and one that waits for its mentor."""
        first, second, *_ = self.world.rows(Action, plan_id=plan.id)

        def work(db: Session, actor: Actor) -> None:
            late, done = (db.get_one(Action, each.id) for each in (first, second))
            for each in (late, done):
                actions.move_action(db, actor, action=each, name="begin", known_version=each.version)
                actions.add_note(db, actor, action=each, text=LONG, percent=40)
                kept = action_evidence.add_action_link(
                    db, actor, action=each, title="Minutes", url="https://example.org/minutes"
                )
                self.evidence = self.evidence if each is done else kept.id
            late.starts_on, late.due_on = self.today - timedelta(days=60), self.today - timedelta(days=9)
            late.help_needed = LONG
            actions.move_action(db, actor, action=late, name="delay", known_version=late.version, reason=LONG)
            actions.move_action(db, actor, action=done, name="finish", known_version=done.version)

        self._as(self.everything.lead, work)
        return first, second

    def _grants(self, action: Action) -> Numbers:
        """One that is asked for, one that runs, and one that is closed."""
        asked, running, closed = (self._request(action, title) for title in ("Locks", "A course", "Books"))
        for number in (running, closed):
            self._as(self.everything.coordinator, partial(self._approve, number=number))
            self._as(self.everything.lead, partial(self._spend, number=number))
        self._as(
            self.everything.coordinator,
            lambda db, actor: grants.close(db, actor, grant=self._grant(db, closed), note=LONG),
        )
        return {
            "grant_id": [running, asked, closed],
            "instalment_id": [each.id for each in self.world.rows(Instalment, grant_id=running)],
            "spending_id": [each.id for each in self.world.rows(Spending, grant_id=running)],
        }

    def _request(self, action: Action, title: str) -> int:
        request = grants.Request(
            kind=GrantKind.IMPROVEMENT,
            title=title,
            purpose=LONG,
            requested=50_000,
            own_contribution=5_000,
            starts_on=self.today,
            ends_on=self.today + timedelta(days=200),
            actions=frozenset({action.id}),
        )
        made = self._as(
            self.everything.lead,
            lambda db, actor: grants.request_grant(db, actor, organization_id=self.house.id, request=request).id,
        )
        return int(made)

    def _grant(self, db: Session, number: int) -> Any:
        found = grants.find_grant(db, number)
        assert found is not None
        return found

    def _approve(self, db: Session, actor: Actor, number: int) -> None:
        grant = self._grant(db, number)
        grants.decide(
            db, actor, grant=grant, decision="approve", reason=LONG, approved=40_000, known_version=grant.version
        )
        for amount in (10_000, 20_000):
            grant_money.add_instalment(db, actor, grant=grant, due_on=self.today, amount=amount)
        db.refresh(grant)
        paid = db.query(Instalment).filter_by(grant_id=number, amount=10_000).one()
        grant_money.pay_instalment(db, actor, grant=grant, instalment_id=paid.id, paid_on=self.today, today=self.today)

    def _spend(self, db: Session, actor: Actor, number: int) -> None:
        grant = self._grant(db, number)
        grant_money.add_spending(
            db, actor, grant=grant, spent_on=self.today, amount=9_000, what="Locks", receipt="7", today=self.today
        )
        grants.write_report(db, actor, grant=grant, text=LONG, seen="")

    def _learning(self) -> Numbers:
        """A training with a date and somebody who comes, a library, and an upload that has not been imported."""
        coordinator = self.everything.coordinator

        def offer(db: Session, actor: Actor) -> tuple[int, int]:
            titles = {"en": "Safe shelters", "km": "ការការពារកុមារ"}
            content = trainings.TrainingContent("safe-shelters", titles, {"en": LONG}, ())
            training = trainings.add_training(db, actor, content=content)
            soon = self.today + timedelta(days=30)
            date = trainings.SessionContent(soon, None, None, False, "Office", "Kampot", 12, ("km", "en"))
            return training.id, trainings.add_session(db, actor, training=training, content=date, today=self.today).id

        training, session = self._as(coordinator, offer)
        self._as(
            self.everything.lead,
            lambda db, actor: sign_ups.sign_up(
                db,
                actor,
                organization=db.merge(self.house),
                session_id=session,
                person_ids=(self.everything.contributor.id,),
                names=("Meas Bopha",),
                today=self.today,
            ),
        )
        book = item(self.world, self.everything.settings, "guide", {"en": "A guide", "km": "មគ្គុទ្ទេសក៍"}, by=coordinator)
        rows = [*many(3), {**many(4)[3], "kind": "no-such-kind"}]
        upload = self._as(
            coordinator,
            lambda db, actor: resource_imports.keep_upload(db, actor, name="x.csv", content=spreadsheet(rows)).id,
        )
        imported = self._as(
            coordinator, lambda db, actor: self._done(db, actor, resource_imports.KIND, {"upload": upload})
        )
        self._as(
            self.everything.lead,
            lambda db, actor: api_tokens.make_token(
                db, actor, self.everything.settings, name="Statistics", scopes=[_first_scope(actor)], days=90
            ),
        )
        reported = self._as(coordinator, lambda db, actor: self._done(db, actor, coalition_reports.KIND, {}))
        off = off_path(self.everything.settings, self.everything.lead.id, MailKind.ACTIONS)
        return {
            "training_id": [training],
            "session_id": [session],
            "sign_up_id": [each.id for each in self.world.rows(TrainingSignUp)],
            "resource_id": [book.id],
            "upload_id": [upload],
            "job_id": [imported, reported],
            "token": [off.rpartition("/")[2]],
        }

    def _done(self, db: Session, actor: Actor, kind: str, arguments: Mapping[str, Any], **of: Any) -> str:
        """A job that has ended: the page of one that waits loads itself again and again."""
        job = jobs.request_job(db, actor, kind=kind, arguments=arguments, **of)
        db.flush()
        jobs.claim_job(db, job.id)
        jobs.finish_job(db, job.id, stored_name="0" * 32, file_name="report.pdf", media_type="application/pdf")
        return job.id

    def _releases(self) -> Numbers:
        """One that is published, and a draft that waits for the second coordinator; of members of their own."""
        members = Coalition(self.world)
        members.groups()
        members.cycle()
        publish(members, "2025")
        draft = members.draft("2026")
        with self.world.writing() as db:
            row = db.get_one(Release, draft.id)
            row.state, row.checked_at, row.attack = ReleaseState.CHECKED, now(), FOUND
        group = self.world.rows(PeerGroup)[0]
        return {
            "release_id": [draft.id],
            "peer_group_id": [group.id],
            "group": [group.key],
            "chart": ["overall-1"],
            "name": ["2025"],
        }


def _first_scope(actor: Actor) -> str:
    return next(iter(api_tokens.scopes_for(actor))).value
