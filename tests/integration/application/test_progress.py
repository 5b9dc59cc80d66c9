"""How the coalition gets on: the donors' indicator, actions, gaps, demand for trainings, and the page of them."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from charter.clock import now
from charter.database.assessments import Assessment, AssessmentState
from charter.database.organizations import Organization, OrganizationState
from charter.database.people import Role
from charter.database.plans import Action, ActionSource, ActionStatus, Decision, Plan, PlanState
from charter.database.trainings import SignUpState, Training, TrainingSession, TrainingSignUp, TrainingTopic
from charter.services.coalition_progress import Demand, action_states, common_gaps, training_demand
from charter.services.events import record_event
from charter.services.improvement import Year, improved_in, improvement_by_year
from tests.integration.application.coalitions import Coalition
from tests.integration.application.plan_rows import action_values, plan_values
from tests.integration.application.planning import a_closed_member
from tests.integration.application.worlds import World

ZONE = ZoneInfo("Asia/Phnom_Penh")
TODAY = date(2028, 3, 1)
SERVED = {"PR1.1": {"from": 1, "to": 3}}


@pytest.mark.parametrize(
    ("assessments", "improved"),
    [
        ([], None),
        ([(2027, "a", 50)], None),
        ([(2026, "a", 50), (2027, "a", 51)], True),
        ([(2026, "a", 50), (2027, "a", 50)], False),
        ([(2026, "a", 50), (2027, "a", 40)], False),
        ([(2026, "a", 50), (2027, "b", 90)], None),  # another questionnaire says nothing
        ([(2026, "a", 50), (2026, "b", 10), (2027, "a", 51)], True),
        ([(2024, "a", 50), (2027, "a", 51)], True),
        ([(2026, "a", 50), (2028, "a", 90)], None),  # not assessed in the year
        ([(2026, "a", 50), (2027, "a", 60), (2027, "a", 55)], False),  # the last of the year, and the one before it
        ([(2026, "a", None), (2027, "a", 55)], None),
    ],
)
def test_improved_is_the_last_of_the_year_above_the_one_before(
    assessments: list[tuple[int, str, int | None]], improved: bool | None
) -> None:
    assert improved_in(2027, assessments) is improved


class Plans:
    """Two years of results in a small coalition, and plans with actions put straight into the tables."""

    def __init__(self, world: World, members: int = 6) -> None:
        self.world = world
        self.coalition = Coalition(world, members)
        self.organizations = self.coalition.organizations
        self.cycles = [self.coalition.cycle(), self.coalition.cycle()]  # of 2026 and 2027

    def score(self, place: int, *overall: int) -> None:
        with self.world.writing() as db:
            for cycle, score in zip(self.cycles, overall, strict=True):
                chosen = Assessment.cycle_id == cycle, Assessment.organization_id == self.organizations[place]
                db.execute(update(Assessment).where(*chosen).values(overall=score))

    def plan(
        self, place: int, *statuses: ActionStatus, committed: datetime, ended: datetime | None = None, year: int = 0
    ) -> Plan:
        organization = self.organizations[place]
        with self.world.writing() as db:
            assessment = db.scalars(
                select(Assessment).where(
                    Assessment.cycle_id == self.cycles[year], Assessment.organization_id == organization
                )
            ).one()
            plan = Plan(
                **plan_values(
                    assessment,
                    at=committed,
                    state=PlanState.ENDED if ended else PlanState.COMMITTED,
                    ended_at=ended,
                )
            )
            db.add(plan)
            db.flush()
            people = {"done_by_id": self.coalition.first.id, "verified_by_id": self.coalition.second.id}
            for number, status in enumerate(statuses):
                who = people if status in (ActionStatus.DONE, ActionStatus.VERIFIED) else {}
                db.add(Action(**action_values(plan, title=f"Action {number}", status=status, improves=SERVED, **who)))
            return plan

    def begun(self, plan: Plan, at: datetime) -> None:
        with self.world.writing() as db:
            record_event(
                db,
                "ActionBegun",
                actor=None,
                organization_id=plan.organization_id,
                assessment_id=plan.assessment_id,
                at=at,
            )

    def years(self, *, today: date = TODAY) -> tuple[Year, ...]:
        with self.world.reading() as db:
            return improvement_by_year(db, zone=ZONE, today=today)


@pytest.fixture
def plans(world: World) -> Plans:
    return Plans(world)


def at(year: int, month: int = 6, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


def test_each_member_that_pursued_a_plan_counts_once_a_year_as_improved_or_not_or_unknown(plans: Plans) -> None:
    busy = (ActionStatus.IN_PROGRESS, ActionStatus.VERIFIED)
    plans.score(0, 5000, 6000)
    plans.plan(0, *busy, committed=at(2026), ended=at(2027))
    plans.plan(0, *busy, committed=at(2027), year=1)  # two plans in one year
    plans.score(1, 5000, 5000)
    plans.plan(1, ActionStatus.DONE, committed=at(2027))
    plans.score(2, 5000, 9000)
    plans.plan(2, ActionStatus.NOT_STARTED, ActionStatus.DELAYED, committed=at(2026))  # planned, never begun
    plans.score(3, 5000, 9000)  # improved without a plan
    assert plans.years() == (
        Year(2026, improved=0, not_improved=0, unknown=1),
        Year(2027, improved=1, not_improved=1, unknown=0),
        Year(2028, improved=0, not_improved=0, unknown=2),
    )
    assert [each.share for each in plans.years()] == [None, Fraction(1, 2), None]


def test_a_plan_counts_from_the_year_in_which_something_was_begun_until_the_one_in_which_it_ended(plans: Plans) -> None:
    plan = plans.plan(0, ActionStatus.IN_PROGRESS, committed=at(2025), ended=at(2027, 1, 2))
    plans.begun(plan, at(2026, 12, 31))
    assert [each.year for each in plans.years() if each.pursued] == [2026, 2027]


def test_what_was_carried_over_half_done_counts_from_the_commit(plans: Plans) -> None:
    earlier = plans.plan(0, committed=at(2024), ended=at(2025))
    plan = plans.plan(0, committed=at(2025), year=1)
    with plans.world.writing() as db:
        half = Action(**action_values(earlier, title="Half done", status=ActionStatus.IN_PROGRESS, percent=50))
        db.add(half)
        db.flush()
        goes_on = {"status": ActionStatus.IN_PROGRESS, "carried_from_id": half.id}
        db.add(Action(**action_values(plan, title="Half done", **goes_on)))
    plans.begun(plan, at(2028))
    assert [each.year for each in plans.years() if each.pursued] == [2024, 2025, 2026, 2027, 2028]
    with plans.world.writing() as db:
        db.execute(update(Action).where(Action.plan_id == earlier.id).values(percent=0))
    assert [each.year for each in plans.years() if each.pursued] == [2024, 2025, 2028]


def test_the_year_begins_at_midnight_of_the_coalition(plans: Plans) -> None:
    plan = plans.plan(0, ActionStatus.IN_PROGRESS, committed=at(2025))
    plans.begun(plan, datetime(2026, 12, 31, 18, tzinfo=UTC))  # one o'clock in Phnom Penh
    assert [each.year for each in plans.years()] == [2027, 2028]


def test_who_left_counts_until_the_year_of_leaving_and_deleted_data_not_at_all(plans: Plans) -> None:
    for place in (0, 1):
        plans.plan(place, ActionStatus.IN_PROGRESS, committed=at(2026))
    with plans.world.writing() as db:
        left, deleted = (Organization.id == plans.organizations[place] for place in (0, 1))
        state = OrganizationState.LEFT
        db.execute(update(Organization).where(left).values(state=state, left_on=date(2027, 2, 1)))
        db.execute(update(Organization).where(deleted).values(state=OrganizationState.DELETED))
    assert [(each.year, each.pursued) for each in plans.years()] == [(2026, 1), (2027, 1), (2028, 0)]


def test_without_any_plan_there_is_no_year(plans: Plans) -> None:
    assert plans.years() == ()


def test_actions_are_counted_once_among_all_and_for_each_principle_that_they_serve(plans: Plans) -> None:
    plan = plans.plan(0, ActionStatus.VERIFIED, ActionStatus.NOT_STARTED, committed=at(2026))
    with plans.world.writing() as db:
        both = {**SERVED, "PR2.1": {"from": 1, "to": 3}}
        db.add(Action(**action_values(plan, title="Two principles", improves=both)))
        db.add(Action(**action_values(plan, title="Declined", improves=both, decision=Decision.NOT_ACT)))
    with plans.world.reading() as db:
        found = action_states(db, language="en")
    assert found.all == {ActionStatus.VERIFIED: 1, ActionStatus.NOT_STARTED: 2}
    assert [sum(counts.values()) for _, counts in found.principles] == [3, 1]
    assert found.principles[0][1] == found.all


def test_gaps_come_from_the_latest_closed_assessment_of_each_member(world: World) -> None:
    member = a_closed_member(world, rating=1)
    a_closed_member(world, "River House", rating=3, title="Year two")
    with world.reading() as db:
        found = common_gaps(db, language="en")
        stored = db.scalars(select(Assessment.gaps).order_by(Assessment.id)).all()
    assert found.members == 2
    assert "R1" in stored[0]
    assert {each.id: members for each, members in found.criteria} == Counter([*stored[0], *stored[1]])
    with world.writing() as db:
        db.execute(update(Organization).where(Organization.id == member.organization.id).values(state="left"))
    with world.reading() as db:
        assert {each.id: members for each, members in common_gaps(db, language="en").criteria} == Counter(stored[1])


def test_a_renamed_criterion_is_one_gap_and_the_most_common_is_first(plans: Plans) -> None:
    gaps: Sequence[list[str]] = (["PR1.1"], ["PR1.1", "PR1.2"], ["PR1.1"], [], ["PR1.2", "no longer asked"], [])
    with plans.world.writing() as db:
        for organization, names in zip(plans.organizations, gaps, strict=True):
            latest = Assessment.cycle_id == plans.cycles[1], Assessment.organization_id == organization
            db.execute(update(Assessment).where(*latest).values(gaps=names))
            earlier = Assessment.cycle_id == plans.cycles[0], Assessment.organization_id == organization
            db.execute(update(Assessment).where(*earlier).values(gaps=["PR2.1"]))
    with plans.world.reading() as db:
        found = common_gaps(db, language="en")
    assert (found.members, [(each.id, members) for each, members in found.criteria]) == (
        6,
        [("PR1.1", 3), ("PR1.2", 2)],
    )


def a_training(plans: Plans, key: str, *topics: str) -> int:
    with plans.world.writing() as db:
        titles = {"en": f"About {key}"}
        training = Training(key=key, titles=titles, descriptions={}, created_at=now())
        training.topics = [TrainingTopic(topic=each) for each in topics]
        db.add(training)
        db.flush()
        return training.id


def a_date(plans: Plans, training: int, starts_on: date, *states: SignUpState) -> None:
    with plans.world.writing() as db:
        session = TrainingSession(
            training_id=training,
            starts_on=starts_on,
            ends_on=starts_on,
            sign_up_until=starts_on,
            is_online=True,
            seats=5,
            languages=["en"],
            created_at=now(),
        )
        db.add(session)
        db.flush()
        for number, state in enumerate(states):
            db.add(
                TrainingSignUp(
                    session_id=session.id,
                    organization_id=plans.organizations[0],
                    name=f"Person {number}",
                    state=state,
                    signed_up_at=now(),
                    signed_up_by_id=plans.coalition.first.id,
                )
            )


def test_trainings_are_wanted_by_sign_ups_waiting_lists_and_actions(plans: Plans) -> None:
    child = a_training(plans, "child-protection")
    a_training(plans, "about-recruiting", "safe-recruitment")
    a_training(plans, "nobody-wants-it")
    seat, waits = SignUpState.SEAT, SignUpState.WAITING
    a_date(plans, child, TODAY, seat, seat, waits, SignUpState.CANCELLED)
    a_date(plans, child, TODAY - timedelta(days=1), seat)  # over
    for place, status in ((0, ActionStatus.IN_PROGRESS), (1, ActionStatus.NOT_STARTED), (2, ActionStatus.DROPPED)):
        plan = plans.plan(place, committed=at(2026))
        with plans.world.writing() as db:
            for pack_action in ("A-PR1-1", "A-PR1-5"):
                fixed = {"source": ActionSource.PROPOSED, "pack_action": pack_action, "status": status}
                db.add(Action(**action_values(plan, title="From the pack", **fixed)))
    with plans.world.reading() as db:
        found = training_demand(db, language="en", today=TODAY)
    assert found[0] == Demand("About child-protection", True, dates=1, taken=2, waiting=1, actions=2, members=2)
    assert Demand("About about-recruiting", True, dates=0, taken=0, waiting=0, actions=2, members=2) in found
    assert Demand("leadership", False, dates=0, taken=0, waiting=0, actions=2, members=2) in found
    assert not [each for each in found if "nobody" in each.title]


def test_the_page_shows_each_part_as_chart_table_and_file(plans: Plans) -> None:
    plans.score(0, 5000, 6000)
    plans.plan(0, ActionStatus.IN_PROGRESS, committed=at(2026))
    with plans.world.writing() as db:
        db.execute(update(Assessment).values(gaps=["PR1.1"]))
        db.execute(update(Organization).where(Organization.id == plans.organizations[0]).values(name="Lotus House"))
    a_date(plans, a_training(plans, "child-protection"), now().date() + timedelta(days=5), SignUpState.SEAT)
    client = plans.world.client(plans.coalition.first)
    page = client.get("/coalition/progress").text
    assert "Lotus House" not in page
    for name in ("improvement", "actions", "gaps", "trainings"):
        assert f"/coalition/progress/{name}.svg" in page
        picture = client.get(f"/coalition/progress/{name}.svg")
        assert (picture.status_code, picture.mimetype) == (200, "image/svg+xml")
        file = client.get(f"/coalition/progress/{name}.csv")
        assert file.mimetype == "text/csv"
        rows = list(csv.reader(io.StringIO(file.get_data().decode("utf-8-sig"))))
        assert len(rows) > 1
        assert {len(row) for row in rows} == {len(rows[0])}
    assert client.get("/coalition/progress/nonsense.csv").status_code == 404
    assert client.get("/coalition/progress/nonsense.svg").status_code == 404


def test_what_people_wrote_is_no_formula_in_the_file(plans: Plans) -> None:
    training = a_training(plans, "child-protection")
    with plans.world.writing() as db:
        titles = {"en": "=HYPERLINK(1)"}
        db.execute(update(Training).where(Training.id == training).values(titles=titles))
    a_date(plans, training, now().date() + timedelta(days=5), SignUpState.SEAT)
    text = plans.world.client(plans.coalition.first).get("/coalition/progress/trainings.csv").text
    assert '"\'=HYPERLINK(1)"' in text


def test_an_empty_coalition_is_told_what_is_missing(world: World) -> None:
    page = world.client(world.person("Chan Maly", Role.COORDINATOR)).get("/coalition/progress").text
    assert page.count("Nothing to show yet") == 4
    assert "<img" not in page


def test_a_thousand_members_take_no_more_statements(world: World) -> None:
    plans = Plans(world, 20)
    client = world.client(plans.coalition.first)

    def fill(places: range) -> None:
        for place in places:
            plans.plan(place, ActionStatus.IN_PROGRESS, ActionStatus.NOT_STARTED, committed=at(2026))

    with world.writing() as db:
        db.execute(update(Assessment).values(gaps=["PR1.1", "PR2.1"]))
    fill(range(5))
    client.get("/coalition/progress")
    few = world.count_statements(lambda: client.get("/coalition/progress"))
    with world.writing() as db:
        more = [
            {"name": f"More {number}", "state": "active", "language": "en", "created_at": now()}
            for number in range(980)
        ]
        db.execute(insert(Organization), more)
        made = db.scalars(select(Organization.id).where(Organization.name.startswith("More")))
        fixed = {
            "cycle_id": plans.cycles[1],
            "published_pack_id": plans.coalition.pack.id,
            "state": AssessmentState.CLOSED,
            "due_on": TODAY,
            "created_at": now(),
            "state_since": now(),
            "overall": 5000,
            "gaps": ["PR1.2"],
        }
        db.execute(insert(Assessment), [{**fixed, "organization_id": each} for each in made])
    fill(range(5, 20))
    assert world.count_statements(lambda: client.get("/coalition/progress")) == few
    assert few < 25
