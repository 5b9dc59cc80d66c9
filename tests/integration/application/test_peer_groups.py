"""Peer groups, taking part, and the own result beside a release."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from charter.database.people import MemberRole, Membership
from charter.database.releases import BenchmarkChoice, PeerGroup, Release, ReleaseState
from charter.services import releases
from charter.services.errors import Invalid, Refused
from charter.services.own_comparison import Place, place
from charter.services.peer_group_proposals import applies_to, condition_text
from charter.services.peer_groups import condition_of, declare_group
from charter.services.plan_limits import default_limits, limits_json
from charter.services.plan_reports import plan_report_job
from questionnaires import load_pack
from scoring.benchmarks import Figures
from tests.integration.application.agreements import a_member
from tests.integration.application.coalitions import Coalition
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.plan_rows import action, committed_plan
from tests.integration.application.planning import close
from tests.integration.application.worlds import World, post_form
from tests.integration.pages import text_of

GROUPS = "/coalition/peer-groups"
DAY = datetime(2026, 9, 1, 3, tzinfo=UTC)


@pytest.fixture
def coalition(world: World) -> Coalition:
    made = Coalition(world, members=30)
    made.cycle()
    return made


def fields(**changed: object) -> dict[str, object]:
    return {"title_en": "Shelters", "key": "shelters", "weight": 2, "condition": "staff: {at_least: 5}", **changed}


def keys(world: World) -> list[str]:
    rows = [row for row in world.rows(PeerGroup) if row.retired_at is None]
    return [row.key for row in sorted(rows, key=lambda row: row.position)]


def test_a_group_is_declared_changed_moved_and_retired(coalition: Coalition) -> None:
    world = coalition.world
    client = world.client(coalition.first)
    assert post_form(client, f"{GROUPS}/add", fields()).location == GROUPS
    assert post_form(client, f"{GROUPS}/add", fields(key="all", title_en="Everybody", condition="")).status_code == 302
    page = client.get(GROUPS).text
    with_five = sum(facts["staff"] >= 5 for facts in coalition.facts.values())
    assert f"{with_five} / 30" in page and "30 / 30" in page
    shelters, everybody = sorted(world.rows(PeerGroup), key=lambda row: row.position)
    post_form(client, f"{GROUPS}/{everybody.id}/up", {}, page=GROUPS)
    assert keys(world) == ["all", "shelters"]
    post_form(client, f"{GROUPS}/{shelters.id}", fields(title_en="Homes", weight=7))
    assert world.rows(PeerGroup, id=shelters.id)[0].titles == {"en": "Homes"}
    post_form(client, f"{GROUPS}/{shelters.id}/retire", {})
    assert keys(world) == ["all"]
    assert client.get(f"{GROUPS}/{shelters.id}").status_code == 404
    assert post_form(client, f"{GROUPS}/add", fields()).status_code == 422  # its short name is not used again


def test_whom_a_condition_finds_is_shown_before_it_is_saved(coalition: Coalition) -> None:
    client = coalition.world.client(coalition.first)
    page = post_form(client, f"{GROUPS}/add", fields(condition="kind: {is: national}", look="1"))
    national = sum(facts["kind"] == "national" for facts in coalition.facts.values())
    assert f"finds {national} of 30" in page.text and not coalition.world.rows(PeerGroup)


@on_sqlite_only
@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"title_en": ""}, "Please fill this in"),
        ({"weight": 0}, "Please fill this in"),
        ({"weight": 101}, "from 1 to 100"),
        ({"key": "Two Words"}, "small letters"),
        ({"condition": "staff: {above: 3}"}, "no operator above"),
        ({"condition": "staff: {at_least: 3}\nkind: {is: x}"}, "Line 1"),
        ({"condition": "{"}, "Line"),
        ({"condition": "kind: {is: x}\n- id: evil"}, "Line 2"),
    ],
)
def test_an_unfit_group_is_refused_in_words(coalition: Coalition, changed: dict[str, object], says: str) -> None:
    page = post_form(coalition.world.client(coalition.first), f"{GROUPS}/add", fields(**changed))
    assert page.status_code == 422 and says in page.text
    assert not coalition.world.rows(PeerGroup)


def test_a_group_of_those_to_whom_a_standard_applies_is_proposed_until_it_is_adopted(coalition: Coalition) -> None:
    world = coalition.world
    client = world.client(coalition.first)
    before = client.get(GROUPS).text
    assert before.count("Declare this group") == 3
    for _ in range(2):  # a second click does nothing
        post_form(client, f"{GROUPS}/adopt", {"standard": "residential-2014"}, page=GROUPS)
    (group,) = world.rows(PeerGroup)
    assert (group.key, group.standard) == ("residential-2014", "residential-2014")
    assert set(group.titles) == {"en", "km", "vi"}
    assert client.get(GROUPS).text.count("Declare this group") == 2
    shelters = sum("residential" in facts["services"] for facts in coalition.facts.values())
    assert f"{shelters} / 30" in client.get(GROUPS).text


def test_a_condition_written_by_the_program_reads_back_the_same() -> None:
    for standard in load_pack("chab-dai-charter").standards:
        condition = applies_to(standard)
        assert condition_of(condition_text(condition)) == condition


def test_the_lead_decides_on_each_cycle_until_a_release_holds_the_result(coalition: Coalition) -> None:
    world = coalition.world
    lead, contributor = world.person("Lead"), world.person("Contributor")
    ours, theirs = coalition.organizations[:2]
    with world.writing() as db:
        for person, role in ((lead, MemberRole.LEAD), (contributor, MemberRole.CONTRIBUTOR)):
            db.add(Membership(person_id=person.id, organization_id=ours, role=role, from_at=DAY))
        declare_group(db, None, key="all", titles={"en": "All"}, weight=1, condition=None, main_language="en")
    client = world.client(lead)
    page, address = f"/member/{ours}/benchmarks", f"/member/{ours}/benchmarks/{coalition.cycles[0]}"
    assert "never published" in client.get(page).text
    assert "Only a lead can decide" in world.client(contributor).get(page).text
    assert post_form(client, address, {"take_part": "no"}, page=page).status_code == 302
    assert not world.rows(BenchmarkChoice, organization_id=ours)[0].opted_in
    assert "Your organization takes part" in _follow(client, address, page)
    assert post_form(client, address, {"take_part": "perhaps"}, page=page).status_code == 400
    assert post_form(client, f"/member/{ours}/benchmarks/999", {"take_part": "yes"}, page=page).status_code == 404
    assert post_form(client, f"/member/{theirs}/benchmarks/1", {"take_part": "no"}, page=page).status_code == 404
    release = coalition.draft("2026")
    with world.writing() as db:
        draft = db.get_one(Release, release.id)
        draft.state, draft.attack = ReleaseState.CHECKED, {"finished": True, "adversaries": {}}
    with world.writing() as db:
        found = releases.find_release(db, release.id)
        assert found is not None
        releases.approve_release(db, world.actor(db, coalition.second), found, today=DAY.date())
    assert "the decision stays" in client.get(page).text
    assert post_form(client, address, {"take_part": "no"}, page=page).status_code == 409
    assert world.rows(BenchmarkChoice, organization_id=ours)[0].opted_in


def _follow(client: object, address: str, page: str) -> str:
    post_form(client, address, {"take_part": "yes"}, page=page)  # type: ignore[arg-type]
    return client.get(page).text  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(
    ("own", "where"),
    [
        (37, Place.LOWER_QUARTER),
        (38, Place.BELOW),
        (57, Place.BELOW),
        (58, Place.MIDDLE),
        (62, Place.MIDDLE),
        (63, Place.ABOVE),
        (77, Place.ABOVE),
        (78, Place.UPPER_QUARTER),
    ],
)
def test_a_place_is_said_only_as_far_as_rounded_figures_allow(own: int, where: Place) -> None:
    assert place(own, Figures(60, 40, 75, "40")) is where


def test_without_quartiles_only_the_middle_is_compared() -> None:
    assert place(99, Figures(60)) is Place.ABOVE
    with pytest.raises(ValueError, match="median"):
        place(50, Figures())


def test_a_member_sees_itself_beside_the_published_groups_that_it_is_in(world: World) -> None:
    """The comparison is made of its own result and the release; nobody else's result is read for it."""
    coalition = Coalition(world, members=30)
    coalition.groups()
    coalition.cycle()
    release = coalition.draft("2026")
    with world.writing() as db:
        draft = db.get_one(Release, release.id)
        draft.state, draft.attack = ReleaseState.CHECKED, {"finished": True, "adversaries": {}}
    member = a_member(world, pack="chab-dai-charter", title="Later")
    close(member, rating=1)
    address = f"/assessment/{member.assessment.id}/result"
    assert "Beside others" not in world.client(member.lead).get(address).text
    with world.writing() as db:
        found = releases.find_release(db, release.id)
        assert found is not None
        releases.approve_release(db, world.actor(db, coalition.second), found, today=DAY.date())
        content = json.loads(found.release_text)
    page = world.client(member.lead).get(address).text
    assert "Beside others" in page and "All (30-49" in page
    assert str(content["groups"][0]["metrics"]["overall"]["median"]) in page
    assert "National (" not in page  # it has not said that it is one
    plan = committed_plan(
        world, member.assessment, limits=limits_json(default_limits(DAY.date())), committed_by_id=member.lead.id
    )
    action(world, plan, "Write a policy", DAY.date())
    middle = f"Middle of the group “All”: {content['groups'][0]['metrics']['overall']['median']}%"
    assert middle in world.client(member.lead).get(f"/plan/{plan.id}").text
    with world.writing() as db:
        arguments = {"plan": plan.id, "language": "en", "format": "pdf"}
        made = plan_report_job(db, arguments, lambda percent: None).content
    assert middle in text_of(made)


def test_a_thirty_first_group_is_refused(coalition: Coalition) -> None:
    with coalition.world.writing() as db:
        for number in range(30):
            _declare(db, f"group-{number}")
    with pytest.raises(Refused, match="30 groups"), coalition.world.writing() as db:
        _declare(db, "one-more")
    with pytest.raises(Invalid), coalition.world.writing() as db:
        _declare(db, "group-1")


def _declare(db: object, key: str) -> None:
    declare_group(db, None, key=key, titles={"en": key}, weight=1, condition=None, main_language="en")  # type: ignore[arg-type]
