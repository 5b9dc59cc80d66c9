"""Where people land after logging in, and what they are told to do next."""

from __future__ import annotations

from charter.database.people import Role
from charter.services.assessments import move
from charter.services.home import Task, member_home
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.worlds import World

pytestmark = on_sqlite_only
"""Pages and their words; what they ask of the database is asked on both in the tests of its services."""


def test_everybody_is_sent_to_their_own_start_page(world: World) -> None:
    lead = world.person("Sok Dara")
    house = world.organization("Hope House", leads=(lead,))
    assert world.client(lead).get("/").location == f"/member/{house.id}"
    assert world.client(world.person("Ana Lim", Role.MENTOR)).get("/").location == "/mentor"
    assert world.client(world.person("Chan Maly", Role.COORDINATOR)).get("/").location == "/coalition"


def test_whoever_works_for_several_chooses_and_whoever_works_for_none_is_told_why(world: World) -> None:
    lead = world.person("Sok Dara")
    for name in ("Hope House", "River Home"):
        world.organization(name, leads=(lead,))
    page = world.client(lead).get("/").text
    assert "Hope House" in page
    assert "River Home" in page
    assert "no organization is connected" in world.client(world.person("Lim Vanna")).get("/").text


def test_an_organization_is_shown_to_its_own_people_only(world: World) -> None:
    house = world.organization("Hope House", leads=(world.person("Sok Dara"),))
    stranger = world.person("Keo Sophea")
    world.organization("River Home", leads=(stranger,))
    assert world.client(stranger).get(f"/member/{house.id}").status_code == 404


def test_the_next_step_follows_the_assessment(world: World) -> None:
    lead, mentor = world.person("Sok Dara"), world.person("Ana Lim", Role.MENTOR)
    house = world.organization("Hope House", leads=(lead,), mentors=(mentor,))
    assert "No assessment yet" in world.client(lead).get(f"/member/{house.id}").text
    world.cycle(house)
    with world.writing() as db:
        actor = world.actor(db, lead)
        (current,) = member_home(db, actor, house.id).current
        assert current.task is Task.BEGIN
        move(db, actor, current.assessment, "begin")
        db.flush()
        (current,) = member_home(db, actor, house.id).current
        assert current.task is Task.PROFILE
        move(db, actor, current.assessment, "submit")
        db.flush()
        (current,) = member_home(db, actor, house.id).current
        assert current.task is Task.WAIT_FOR_MENTOR
    assert "your mentor is reading it" in world.client(lead).get(f"/member/{house.id}").text


def test_earlier_years_cost_no_more_statements(world: World) -> None:
    lead = world.person("Sok Dara")
    house = world.organization("Hope House", leads=(lead,))
    world.cycle(house)
    client = world.client(lead)
    client.get(f"/member/{house.id}")
    once = world.count_statements(lambda: client.get(f"/member/{house.id}"))
    for year in range(4):
        world.cycle(house, title=f"Year {year}")
    assert world.count_statements(lambda: client.get(f"/member/{house.id}")) == once
