"""Plans until they are committed: proposed within limits, decided on, agreed to, and followed by the next one."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from charter.clock import now
from charter.config import Settings
from charter.database.events import Event
from charter.database.jobs import Job, JobState
from charter.database.outbox import OutboxMail
from charter.database.plans import (
    Action,
    ActionSource,
    ActionStatus,
    Decision,
    Plan,
    PlanState,
    PlanVersion,
)
from charter.services import plan_decisions, plan_history, plans
from charter.services.assessments import find_assessment, move
from charter.services.errors import Invalid, Refused, Stale
from charter.services.plan_decisions import ActionValues
from charter.stores import store_for
from tests.integration.application.agreements import Member, a_member, sent
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.planning import a_closed_member, a_plan, actions_of, close, next_month, run_jobs
from tests.integration.application.worlds import World

LIMITS = {"months": "12", "capacity_days": "10", "budget": "", "max_actions": "12"}


@pytest.fixture
def member(world: World) -> Member:
    return a_closed_member(world)


@pytest.fixture
def plan(member: Member, settings: Settings) -> Plan:
    return a_plan(member, settings)


def page(plan: Plan, rest: str = "") -> str:
    return f"/plan/{plan.id}{rest}"


def stored(world: World, plan: Plan) -> Plan:
    return world.rows(Plan, id=plan.id)[0]


def events(world: World, plan: Plan) -> list[str]:
    return [event.name for event in world.rows(Event) if event.data.get("plan") == plan.id]


def decide(member: Member, plan: Plan, action: Action, decision: Decision, **more: Any) -> Action:
    with member.world.writing() as db:
        found = plans.find_plan(db, plan.id)
        assert found is not None
        return plan_decisions.decide(
            db,
            member.world.actor(db, more.pop("by", member.lead)),
            plan=found,
            action_id=action.id,
            version=more.pop("version", action.version),
            decision=decision,
            **more,
        )


def decide_everything(member: Member, plan: Plan) -> None:
    for action in actions_of(member.world, plan):
        decide(member, plan, action, Decision.ACT)


def commit(member: Member, plan: Plan, *left_out: int) -> None:
    with member.world.writing() as db:
        found = plans.find_plan(db, plan.id)
        assert found is not None
        plans.commit_plan(
            db, member.world.actor(db, member.lead), plan=found, left_out=left_out, address="https://example.org/plan"
        )


def values(**more: Any) -> ActionValues:
    given: dict[str, Any] = {"title": "Ask the elders", "starts_on": date(2027, 1, 1), "due_on": date(2027, 2, 28)}
    return ActionValues(**(given | more))


def add(member: Member, plan: Plan, *, criteria: tuple[str, ...] = (), by: Any = None, **more: Any) -> Action:
    with member.world.writing() as db:
        found = plans.find_plan(db, plan.id)
        assert found is not None
        return plan_decisions.add_action(
            db, member.world.actor(db, by or member.lead), plan=found, values=values(**more), criteria=criteria
        )


# Proposing


def test_a_plan_begins_from_the_result_and_its_proposal_comes_from_a_job(member: Member, settings: Settings) -> None:
    world, client = member.world, member.world.client(member.lead)
    result = f"/assessment/{member.assessment.id}/result"
    assert "Make your plan" in client.get(result).text
    answer = sent(client, result, f"/assessment/{member.assessment.id}/plan")
    (plan,) = world.rows(Plan)
    assert answer.location == page(plan)
    waiting = client.get(page(plan))
    assert waiting.headers["Refresh"] == f"2; url={page(plan)}" and "is being worked out" in waiting.text
    assert actions_of(world, plan) == []
    run_jobs(world, settings)
    ready = client.get(page(plan))
    assert "Refresh" not in ready.headers
    found = actions_of(world, plan)
    assert found and all(action.decision is Decision.OPEN for action in found)
    assert all(action.title in ready.text for action in found)
    assert events(world, plan) == ["PlanBegun", "PlanProposed"]
    assert world.rows(Job)[0].state is JobState.DONE and world.rows(Job)[0].stored_name is None
    assert "Open the plan" in client.get(result).text


def test_beginning_twice_gives_the_same_plan(member: Member) -> None:
    client = member.world.client(member.lead)
    result = f"/assessment/{member.assessment.id}/result"
    for _ in range(2):
        sent(client, result, f"/assessment/{member.assessment.id}/plan")
    assert len(member.world.rows(Plan)) == 1
    assert len(member.world.rows(Job)) == 1


@on_sqlite_only
def test_no_plan_begins_before_the_assessment_is_closed(world: World) -> None:
    member = a_member(world)
    with world.writing() as db, pytest.raises(Refused, match="closed"):
        found = find_assessment(db, member.assessment.id)
        assert found is not None
        plans.begin_plan(db, world.actor(db, member.lead), found, today=now().date())


@on_sqlite_only
def test_contributors_do_not_begin_a_plan(member: Member) -> None:
    with member.world.writing() as db, pytest.raises(Refused):
        found = find_assessment(db, member.assessment.id)
        assert found is not None
        plans.begin_plan(db, member.world.actor(db, member.contributor), found, today=now().date())


@on_sqlite_only
def test_limits_that_make_no_sense_are_told_at_their_field(member: Member, plan: Plan) -> None:
    client = member.world.client(member.lead)
    for field, typed in (
        ("start", "1999-01"),
        ("start", "soon"),
        ("months", "0"),
        ("months", "37"),
        ("months", "1.5"),
        ("capacity_days", "0"),
        ("capacity_days", "many"),
        ("capacity_days", "1e9"),
        ("budget", "-1"),
        ("budget", "NaN"),
        ("max_actions", "61"),
        ("max_actions", ""),
    ):
        limits = {"start": next_month(now().date()), **LIMITS, field: typed}
        answer = sent(client, page(plan), page(plan, "/proposal"), **limits)
        assert answer.status_code == 422, (field, typed)
        assert f'id="{field}-error"' in answer.text
        assert len(member.world.rows(Job)) == 1


@on_sqlite_only
def test_other_limits_replace_only_what_nobody_decided_on(member: Member, plan: Plan, settings: Settings) -> None:
    world, client = member.world, member.world.client(member.mentor)
    first = actions_of(world, plan)
    kept = decide(member, plan, first[0], Decision.ACT)
    own = add(member, plan)
    limits = {"start": next_month(now().date()), **LIMITS, "months": "6", "capacity_days": "2,5", "max_actions": "2"}
    assert sent(client, page(plan), page(plan, "/proposal"), **limits).status_code == 302
    run_jobs(world, settings)
    after = actions_of(world, plan)
    assert {kept.id, own.id} <= {action.id for action in after}
    assert not {action.id for action in first[1:]} & {action.id for action in after}
    assert len([action for action in after if action.source is ActionSource.PROPOSED]) <= 3
    assert stored(world, plan).limits["capacity_days"] == "5/2"
    assert events(world, plan)[-1] == "PlanProposed"


@on_sqlite_only
def test_a_proposal_that_comes_after_the_commit_changes_nothing(member: Member, plan: Plan, settings: Settings) -> None:
    world, client = member.world, member.world.client(member.lead)
    sent(client, page(plan), page(plan, "/proposal"), **{"start": next_month(now().date()), **LIMITS, "months": "3"})
    decide_everything(member, plan)
    commit(member, plan)
    before = actions_of(world, plan)
    run_jobs(world, settings)
    assert [action.id for action in actions_of(world, plan)] == [action.id for action in before]
    assert stored(world, plan).limits["months"] == 12


@on_sqlite_only
def test_why_is_said_in_the_readers_language(world: World, settings: Settings) -> None:
    member = a_closed_member(world, pack="chab-dai-charter")
    plan = a_plan(member, settings)
    english = world.client(member.lead).get(page(plan)).text
    with world.writing() as db:
        db.merge(member.lead).language = "km"
    khmer = world.client(member.lead).get(page(plan)).text
    assert "It starts in the first month" in english
    assert "It starts in the first month" not in khmer


@on_sqlite_only
def test_a_failed_proposal_is_told(member: Member, plan: Plan, settings: Settings) -> None:
    client = member.world.client(member.lead)
    sent(client, page(plan), page(plan, "/proposal"), **{"start": next_month(now().date()), **LIMITS, "months": "3"})
    with member.world.writing() as db:
        job = next(each for each in member.world.rows(Job) if each.state is JobState.WAITING)
        db.merge(job).state = JobState.FAILED
    assert "could not be worked out" in client.get(page(plan)).text


# Deciding


def must_do(world: World, plan: Plan) -> Action:
    return next(action for action in actions_of(world, plan) if action.must_do)


@on_sqlite_only
def test_not_acting_on_a_must_do_needs_a_reason(member: Member, plan: Plan) -> None:
    world, client = member.world, member.world.client(member.lead)
    action = must_do(world, plan)
    address = page(plan, f"/suggestions/{action.id}")
    answer = sent(client, address, f"{address}/decision", decision="not-act", version=action.version)
    assert answer.status_code == 422 and "must-do" in answer.text
    assert world.rows(Action, id=action.id)[0].decision is Decision.OPEN
    answer = sent(
        client, address, f"{address}/decision", decision="not-act", version=action.version, reason="Done last year"
    )
    assert answer.status_code == 302
    (after,) = world.rows(Action, id=action.id)
    assert (after.decision, after.decision_reason) == (Decision.NOT_ACT, "Done last year")
    (event,) = [each for each in world.rows(Event) if each.name == "ActionDecided"]
    assert event.reason == "Done last year" and event.actor_id == member.lead.id


@on_sqlite_only
def test_acting_takes_one_click_and_can_be_taken_back(member: Member, plan: Plan) -> None:
    world, client = member.world, member.world.client(member.lead)
    action = actions_of(world, plan)[0]
    address = page(plan, f"/suggestions/{action.id}/decision")
    assert sent(client, page(plan), address, decision="act", version=1).status_code == 302
    assert world.rows(Action, id=action.id)[0].decision is Decision.ACT
    assert sent(client, page(plan), address, decision="open", version=2).status_code == 302
    assert world.rows(Action, id=action.id)[0].decision is Decision.OPEN


@on_sqlite_only
def test_all_must_dos_are_accepted_at_once(member: Member, plan: Plan) -> None:
    client = member.world.client(member.lead)
    assert sent(client, page(plan), page(plan, "/must-dos")).status_code == 302
    assert all((action.decision is Decision.ACT) == action.must_do for action in actions_of(member.world, plan))


def test_who_knows_an_older_version_of_an_action_does_not_overwrite_it(member: Member, plan: Plan) -> None:
    world, client = member.world, member.world.client(member.lead)
    action = actions_of(world, plan)[0]
    decide(member, plan, action, Decision.ACT, by=member.mentor)
    address = page(plan, f"/suggestions/{action.id}")
    answer = sent(client, address, f"{address}/decision", decision="not-act", version=1, reason="No")
    assert answer.status_code == 409 and "somebody else" in answer.text
    assert world.rows(Action, id=action.id)[0].decision is Decision.ACT
    with pytest.raises(Stale):
        decide(member, plan, action, Decision.NOT_ACT, version=1, reason="No")


def edited(member: Member, action: Action, **changes: Any) -> dict[str, Any]:
    return {
        "title": "Another title",
        "starts_on": "2027-03-01",
        "due_on": "2027-04-15",
        "owner": str(member.contributor.id),
        "effort_days": "3,5",
        "cost_planned": "120.50",
        "funding": "donor",
        "supporters": [str(member.lead.id)],
        "version": str(action.version),
    } | changes


def test_everything_about_a_suggestion_can_be_changed(member: Member, plan: Plan) -> None:
    world, client = member.world, member.world.client(member.lead)
    action = actions_of(world, plan)[0]
    address = page(plan, f"/suggestions/{action.id}")
    assert sent(client, address, address, **edited(member, action, help_needed="A lawyer")).status_code == 302
    with world.reading() as db:
        found = plans.find_plan(db, plan.id)
        assert found is not None
        after = plan_decisions.find_action(db, found, action.id)
        assert (after.title, after.due_on, after.owner_id) == (
            "Another title",
            date(2027, 4, 15),
            member.contributor.id,
        )
        assert (after.effort_days, after.cost_planned, after.help_needed) == (350, 12050, "A lawyer")
        assert [person.id for person in after.supporters] == [member.lead.id]
    (event,) = [each for each in world.rows(Event) if each.name == "ActionEdited"]
    assert {"title", "due_on", "owner_id", "supporters"} <= set(event.data["fields"])
    again = {**edited(member, after, help_needed="A lawyer")}
    assert sent(client, address, address, **again).status_code == 302
    assert world.rows(Action, id=action.id)[0].version == after.version, "nothing changed, so nothing was saved"


@on_sqlite_only
def test_what_cannot_be_is_told_at_its_field(member: Member, plan: Plan) -> None:
    world, client = member.world, member.world.client(member.lead)
    action = actions_of(world, plan)[0]
    address = page(plan, f"/suggestions/{action.id}")
    for field, typed in (
        ("title", " "),
        ("title", "x" * 301),
        ("due_on", "2027-02-28"),
        ("due_on", "never"),
        ("starts_on", "0207-03-01"),
        ("effort_days", "-1"),
        ("effort_days", "1.234"),
        ("cost_planned", "a lot"),
        ("owner", "999999"),
    ):
        answer = sent(client, address, address, **edited(member, action, **{field: typed}))
        assert answer.status_code == 422, (field, typed)
        assert f'id="{field}-error"' in answer.text
        assert world.rows(Action, id=action.id)[0].title == action.title


@on_sqlite_only
def test_nobody_from_elsewhere_can_own_an_action(member: Member, plan: Plan) -> None:
    stranger = member.world.person("Somebody Else")
    with pytest.raises(Invalid):
        add(member, plan, owner_id=stranger.id)


@on_sqlite_only
def test_an_own_action_raises_the_criteria_that_it_names(member: Member, plan: Plan) -> None:
    world, client = member.world, member.world.client(member.lead)
    criterion = member.pack.criteria[0].id
    address = page(plan, "/add")
    answer = sent(client, address, address, **edited(member, Action(version=0), title="Our own"), criteria=[criterion])
    assert answer.status_code == 302
    (own,) = [action for action in actions_of(world, plan) if action.source is ActionSource.OWN]
    assert own.decision is Decision.ACT
    assert own.improves[criterion]["from"] == 1 and own.improves[criterion]["to"] > 1
    assert "ActionAdded" in events(world, plan)


@on_sqlite_only
def test_an_action_of_another_plan_is_not_found_through_ones_own(
    world: World, member: Member, plan: Plan, settings: Settings
) -> None:
    other = a_closed_member(world, "River House", title="Another cycle")
    theirs = actions_of(world, a_plan(other, settings))[0]
    client = world.client(member.lead)
    for address in (
        page(plan, f"/suggestions/{theirs.id}"),
        f"/plan/{theirs.plan_id}",
        f"/plan/{theirs.plan_id}/suggestions/{theirs.id}",
        f"/plan/{theirs.plan_id}/history",
        f"/plan/{theirs.plan_id}/calendar.ics",
    ):
        assert client.get(address).status_code == 404
    answer = sent(client, page(plan), page(plan, f"/suggestions/{theirs.id}/decision"), decision="act", version=1)
    assert answer.status_code == 404
    assert world.rows(Action, id=theirs.id)[0].decision is Decision.OPEN


# Committing


@on_sqlite_only
def test_a_plan_with_an_undecided_must_do_is_not_committed(member: Member, plan: Plan) -> None:
    world, client = member.world, member.world.client(member.lead)
    waiting = must_do(world, plan)
    assert waiting.title in client.get(page(plan, "/commit")).text
    with pytest.raises(Refused) as refused:
        commit(member, plan)
    assert waiting.title in str(refused.value)
    assert stored(world, plan).state is PlanState.DRAFT


@on_sqlite_only
def test_other_undecided_suggestions_are_left_out_once_the_lead_has_seen_them(member: Member, plan: Plan) -> None:
    world, client = member.world, member.world.client(member.lead)
    sent(client, page(plan), page(plan, "/must-dos"))
    open_ones = [action for action in actions_of(world, plan) if action.decision is Decision.OPEN]
    assert open_ones, "the pack proposes more than must-dos"
    confirm = client.get(page(plan, "/commit")).text
    assert all(f'name="left_out" value="{action.id}"' in confirm for action in open_ones)
    answer = sent(client, page(plan, "/commit"), page(plan, "/commit"))
    assert answer.status_code == 409, "without the list nobody was asked"
    answer = sent(client, page(plan, "/commit"), page(plan, "/commit"), left_out=[str(each.id) for each in open_ones])
    assert answer.status_code == 302
    after = stored(world, plan)
    assert (after.state, after.committed_by_id) == (PlanState.COMMITTED, member.lead.id)
    assert all(world.rows(Action, id=each.id)[0].decision is Decision.NOT_ACT for each in open_ones)
    (mail,) = [each for each in world.rows(OutboxMail) if "committed its plan" in each.subject]
    assert mail.recipient == member.mentor.email and page(plan) in mail.body


def test_a_second_click_commits_nothing_twice(member: Member, plan: Plan) -> None:
    world, client = member.world, member.world.client(member.lead)
    decide_everything(member, plan)
    html = client.get(page(plan, "/commit")).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert token is not None
    for _ in range(2):
        answer = client.post(page(plan, "/commit"), data={"csrf_token": token[1]})
        assert answer.location == page(plan)
    assert events(world, plan).count("PlanCommitted") == 1
    assert len([each for each in world.rows(OutboxMail) if "committed its plan" in each.subject]) == 1
    with pytest.raises(Refused):
        commit(member, plan)


@on_sqlite_only
def test_only_the_lead_commits(member: Member, plan: Plan) -> None:
    decide_everything(member, plan)
    for person in (member.contributor, member.mentor):
        assert member.world.client(person).get(page(plan, "/commit")).status_code == 404


@on_sqlite_only
def test_a_committed_plan_is_decided_no_more_but_the_lead_still_adds_to_it(member: Member, plan: Plan) -> None:
    world = member.world
    decide_everything(member, plan)
    commit(member, plan)
    with pytest.raises(Refused):
        decide(member, plan, actions_of(world, plan)[0], Decision.NOT_ACT, reason="Too late")
    with pytest.raises(Refused):
        add(member, plan, by=member.mentor)
    before = stored(world, plan).version
    add(member, plan, title="Thought of later")
    assert stored(world, plan).version == before + 1
    assert world.rows(PlanVersion, plan_id=plan.id)[-1].event == "ActionAdded"


# The mentor's answer


def test_the_mentor_agrees_and_the_leads_are_told(member: Member, plan: Plan) -> None:
    world = member.world
    decide_everything(member, plan)
    commit(member, plan)
    client = world.client(member.mentor)
    assert "Do you agree to this plan?" in client.get(page(plan)).text
    assert sent(client, page(plan), page(plan, "/agree")).status_code == 302
    after = stored(world, plan)
    assert after.agreed_by_id == member.mentor.id and after.agreed_at is not None
    assert any("agrees to the plan" in each.subject for each in world.rows(OutboxMail))
    assert sent(client, page(plan), page(plan, "/agree")).status_code == 409, "once is enough"
    assert events(world, plan).count("PlanAgreed") == 1


@on_sqlite_only
def test_the_mentor_asks_back_and_the_plan_is_a_draft_again(member: Member, plan: Plan) -> None:
    world, client = member.world, member.world.client(member.mentor)
    decide_everything(member, plan)
    commit(member, plan)
    address = page(plan, "/ask-back")
    assert sent(client, address, address, comment=" ").status_code == 422
    assert sent(client, address, address, comment="Too much in March.").status_code == 302
    after = stored(world, plan)
    assert (after.state, after.committed_at, after.agreed_at) == (PlanState.DRAFT, None, None)
    assert "Too much in March." in world.client(member.lead).get(page(plan)).text
    assert any("Too much in March." in each.body for each in world.rows(OutboxMail))
    assert all(action.decision is Decision.ACT for action in actions_of(world, plan))
    commit(member, plan)
    assert events(world, plan).count("PlanCommitted") == 2


@on_sqlite_only
def test_a_draft_cannot_be_agreed_to(member: Member, plan: Plan) -> None:
    client = member.world.client(member.mentor)
    assert sent(client, page(plan), page(plan, "/agree")).status_code == 409
    assert stored(member.world, plan).agreed_at is None


# History


@on_sqlite_only
def test_every_version_stays_readable_as_it_was(member: Member, plan: Plan) -> None:
    world, client = member.world, member.world.client(member.contributor)
    decide_everything(member, plan)
    commit(member, plan)
    first = actions_of(world, plan)[0]
    with world.writing() as db:
        db.merge(first).title = "Renamed long afterwards"
    assert [row.event for row in world.rows(PlanVersion, plan_id=plan.id)] == ["PlanProposed", "PlanCommitted"]
    with world.reading() as db:
        found = plans.find_plan(db, plan.id)
        assert found is not None
        content = plan_history.version_of(db, found, 2).content
    assert content["limits"]["months"] == 12
    assert {action["id"] for action in content["actions"]} == {action.id for action in actions_of(world, plan)}
    assert all(action["decision"] == "act" for action in content["actions"])
    assert content["forecast"]["months"][-1]["score"] > content["forecast"]["today"]
    assert "Plan committed" in client.get(page(plan, "/history")).text
    old = client.get(page(plan, "/history/2")).text
    assert first.title in old and "Renamed long afterwards" not in old
    assert client.get(page(plan, "/history/9")).status_code == 404


# Taking it away


@on_sqlite_only
def test_the_plan_is_taken_away_as_pdf_workbook_and_calendar(member: Member, plan: Plan, settings: Settings) -> None:
    world, client = member.world, member.world.client(member.contributor)
    decide_everything(member, plan)
    add(member, plan, title="=Our own", owner_id=member.contributor.id)
    commit(member, plan)
    for wanted in ("pdf", "xlsx"):
        answer = sent(client, page(plan), page(plan, "/files"), format=wanted, language="en")
        run_jobs(world, settings)
        assert "It is ready." in client.get(answer.location).text
    files = {job.media_type: store_for(settings).get(job.stored_name) for job in world.rows(Job) if job.stored_name}
    assert files["application/pdf"].startswith(b"%PDF")
    (xlsx,) = [content for kind, content in files.items() if kind and "sheet" in kind]
    (settings.instance / "plan.xlsx").write_bytes(xlsx)
    sheet = load_workbook(settings.instance / "plan.xlsx")["Plan"]
    rows = {row[1].value: row for row in sheet.iter_rows(min_row=2)}
    assert "=Our own" in rows
    assert member.contributor.name in [cell.value for cell in rows["=Our own"]]
    assert {action.title for action in actions_of(world, plan)} == set(rows)
    calendar = client.get(page(plan, "/calendar.ics"))
    assert calendar.mimetype == "text/calendar"
    assert calendar.get_data(as_text=True).count("BEGIN:VEVENT") == len(rows)
    assert sent(client, page(plan), page(plan, "/files"), format="exe", language="en").status_code == 400


@on_sqlite_only
def test_an_action_that_moves_stays_the_same_event_in_a_calendar(member: Member, plan: Plan) -> None:
    world, client = member.world, member.world.client(member.contributor)
    decide_everything(member, plan)
    commit(member, plan)

    def events() -> list[str]:
        return re.findall(r"^UID:(\S+)", client.get(page(plan, "/calendar.ics")).text, re.MULTILINE)

    before = events()
    with world.writing() as db:
        for action in db.scalars(select(Action).where(Action.plan_id == plan.id)):
            action.starts_on += timedelta(days=40)
            action.due_on += timedelta(days=40)
    assert before and sorted(events()) == sorted(before)


@on_sqlite_only
def test_the_forecast_is_a_picture_too(member: Member, plan: Plan) -> None:
    client = member.world.client(member.contributor)
    html = client.get(page(plan)).text
    source = re.search(r'src="(/plan/\d+/forecast\.svg[^"]*)"', html)
    assert source is not None
    picture = client.get(source[1].replace("&amp;", "&"))
    assert picture.mimetype == "image/svg+xml" and picture.data.startswith(b"<svg")


# The plan after this one


def next_assessment(member: Member, *, rating: int) -> Member:
    _, (assessment,) = member.world.cycle(member.organization, title="Year two")
    following = Member(member.world, member.lead, member.contributor, member.mentor, member.organization, assessment)
    close(following, rating=rating)
    return following


def test_open_actions_are_offered_again_and_the_earlier_plan_ends_with_the_commit_of_the_next(
    member: Member, plan: Plan, settings: Settings
) -> None:
    world = member.world
    decide_everything(member, plan)
    late = add(member, plan, title="Late", starts_on=date(2020, 1, 1), due_on=date(2020, 1, 31))
    done = add(member, plan, title="Done with")
    commit(member, plan)
    with world.writing() as db:
        db.merge(done).status = ActionStatus.DROPPED
    following = next_assessment(member, rating=2)
    later = a_plan(following, settings)
    carried = {
        action.title: action for action in actions_of(world, later) if action.source is ActionSource.CARRIED_OVER
    }
    assert "Late" in carried and "Done with" not in carried
    again = carried["Late"]
    assert again.carried_from_id == late.id and again.decision is Decision.OPEN
    assert again.starts_on >= now().date() - timedelta(days=1)
    assert again.due_on - again.starts_on == timedelta(days=30)
    assert stored(world, plan).state is PlanState.COMMITTED
    decide_everything(following, later)
    commit(following, later)
    assert stored(world, plan).state is PlanState.ENDED
    assert "PlanEnded" in events(world, plan)
    assert stored(world, later).state is PlanState.COMMITTED


@on_sqlite_only
def test_a_plan_of_a_reopened_assessment_is_not_proposed_anew(member: Member, plan: Plan) -> None:
    world, client = member.world, member.world.client(member.lead)
    with world.writing() as db:
        found = find_assessment(db, member.assessment.id)
        assert found is not None
        move(db, world.actor(db, member.mentor), found, "reopen", reason="A mistake")
    answer = sent(
        client, page(plan), page(plan, "/proposal"), **{"start": next_month(now().date()), **LIMITS, "months": "5"}
    )
    assert answer.status_code == 409
    assert client.get(page(plan)).status_code == 200


# Pages


def test_the_page_takes_as_many_statements_for_a_hundred_actions_as_for_ten(member: Member, plan: Plan) -> None:
    world, client = member.world, member.world.client(member.lead)
    for number in range(10):
        add(member, plan, title=f"Own {number}", owner_id=member.contributor.id, supporter_ids=(member.lead.id,))
    for address in (page(plan), page(plan, "/commit"), page(plan, "/history"), page(plan, "/calendar.ics")):
        client.get(address)

    def counted() -> list[int]:
        return [
            world.count_statements(partial(client.get, page(plan, each))) for each in ("", "/commit", "/calendar.ics")
        ]

    few = counted()
    for number in range(90):
        add(member, plan, title=f"More {number}", owner_id=member.lead.id, supporter_ids=(member.contributor.id,))
    many = counted()
    assert many == few
    assert max(few) < 30


@on_sqlite_only
def test_members_find_the_plan_on_their_start_page(member: Member, plan: Plan) -> None:
    home = member.world.client(member.lead).get(f"/member/{member.organization.id}").text
    assert page(plan) in home
