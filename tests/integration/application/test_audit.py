"""The audit: looking through the events, checking their chain, and checking cached columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click.testing
import pytest
import time_machine
from sqlalchemy import delete, update

from charter.config import Settings
from charter.console import InputProblem
from charter.database.assessments import Assessment, AssessmentState
from charter.database.events import Event
from charter.database.people import Person, Role
from charter.services.audit import recompute
from charter.services.events import record_event, verify_chain
from tests.integration.application.worlds import World


@pytest.fixture
def client(world: World) -> Any:
    return world.client(world.person("Chan Maly", Role.COORDINATOR))


def broken_links(world: World) -> list[tuple[int, str]]:
    with world.reading() as db:
        return [(each.event_id, each.why) for each in verify_chain(db)[1]]


def change(world: World, event_id: int, **values: Any) -> None:
    with world.writing() as db:
        db.execute(update(Event).where(Event.id == event_id).values(**values))


def test_every_event_is_shown_with_who_what_and_why(world: World, client: Any) -> None:
    member = world.organization("Hope House")
    with world.writing() as db:
        who = world.actor(db, world.rows(Person)[0])
        record_event(db, "MemberPraised", actor=who, organization_id=member.id, reason="A good year", data={"n": 7})
    page = client.get("/coalition/audit").text
    for text in ("MemberPraised", "Chan Maly", "Hope House", "A good year", "n: 7"):
        assert text in page


def test_filters_by_organization_name_and_day(world: World, client: Any) -> None:
    one, other = world.organization("Hope House"), world.organization("Mekong Kids")
    with time_machine.travel("2026-03-01T18:30:00Z"), world.writing() as db:  # the 2nd of March in Phnom Penh
        record_event(db, "MarchEvent", actor=None, organization_id=one.id)
    rows = client.get("/coalition/audit?day=2026-03-02").text
    assert "<td>MarchEvent</td>" in rows
    assert "<td>Member added</td>" not in rows
    assert "No event fits" in client.get("/coalition/audit?day=2026-03-01").text
    assert "<td>MarchEvent</td>" not in client.get(f"/coalition/audit?organization={other.id}").text
    assert "<td>MarchEvent</td>" in client.get("/coalition/audit?name=MarchEvent").text
    assert client.get("/coalition/audit?day=never&organization=x&before=y").status_code == 200


def test_older_events_are_a_page_further_and_none_is_missed(world: World, client: Any) -> None:
    with world.writing() as db:
        for number in range(230):
            record_event(db, f"Number{number:03}", actor=None)
    few = world.count_statements(lambda: client.get("/coalition/audit?name=Number001"))
    assert world.count_statements(lambda: client.get("/coalition/audit")) == few
    seen: list[str] = []
    address: str | None = "/coalition/audit"
    while address:
        page = client.get(address).text
        seen += [text for text in page.split("<td>") if text.startswith("Number")]
        _, found, rest = page.partition('class="pages"><a href="')
        address = rest.partition('"')[0].replace("&amp;", "&") if found else None
    assert len(seen) == len(set(seen)) == 230


def test_an_untouched_chain_holds(world: World) -> None:
    world.organization("Hope House", leads=(world.person("Sok Dara"),))
    assert broken_links(world) == []


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"name": "Harmless"}, "was changed after it was written"),
        ({"actor_id": None}, "was changed after it was written"),
        ({"reason": "another"}, "has another reason or other data"),
        ({"data": {"person": 9}}, "has another reason or other data"),
        ({"salt": None, "reason": None, "data": {}}, "was erased"),
        ({"salt": "0" * 32}, "has another reason or other data"),
    ],
)
def test_a_changed_event_is_named(world: World, values: dict[str, Any], why: str) -> None:
    person = world.person("Sok Dara")
    with world.writing() as db:
        event = record_event(db, "Happened", actor=world.actor(db, person), reason="one")
        record_event(db, "Later", actor=None)
    change(world, event.id, **values)
    ((number, said),) = broken_links(world)
    assert number == event.id
    assert why in said


def test_a_missing_event_is_named(world: World) -> None:
    world.organization("Hope House", leads=(world.person("Sok Dara"),))
    with world.writing() as db:
        db.execute(delete(Event).where(Event.id == 2))
    assert (3, "event 2 is missing") in broken_links(world)


def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, command: click.Command, *arguments: str) -> Any:
    monkeypatch.setattr("charter.config.Settings", lambda: settings)
    return click.testing.CliRunner().invoke(command, arguments)


def test_the_command_verifies_and_fails_with_every_broken_link(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from charter.audit_commands import verify_command

    world.organization("Hope House", leads=(world.person("Sok Dara"),))
    good = run(settings, monkeypatch, verify_command)
    assert (good.exit_code, good.output) == (0, "3 events, all as they were written\n")
    change(world, 1, name="Harmless")
    change(world, 3, reason="changed")
    bad = run(settings, monkeypatch, verify_command)
    assert isinstance(bad.exception, InputProblem)
    assert bad.exception.exit_code == 1
    assert [line.split(":")[0] for line in str(bad.exception).splitlines()] == ["event 1", "event 3"]


def test_what_is_stored_is_what_recomputing_gives(world: World) -> None:
    members = [world.organization(name) for name in ("Hope House", "Mekong Kids")]
    _, (one, _other) = world.cycle(*members)
    with world.writing() as db:
        assert list(recompute(db)) == []
        db.get_one(Assessment, one.id).answered = 77
    with world.writing() as db:
        (found,) = recompute(db)
    assert (found.assessment_id, found.column, found.stored, found.right) == (one.id, "answered", "77", "0")
    with world.writing() as db:
        assert list(recompute(db)) == []


def test_the_command_says_what_differed_and_mends_it(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from charter.audit_commands import recompute_command

    _, (one,) = world.cycle(world.organization("Hope House"))
    with world.writing() as db:
        db.get_one(Assessment, one.id).state = AssessmentState.CLOSED
    ran = run(settings, monkeypatch, recompute_command)
    assert ran.exit_code == 0
    assert f"assessment {one.id}: result was –" in ran.output
    again = run(settings, monkeypatch, recompute_command)
    assert again.output == "0 differences\n"


def test_packs_are_published_and_listed_from_the_command_line(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from charter.pack_commands import list_command, publish_command

    made = run(settings, monkeypatch, publish_command, "safeguarding-basics")
    assert made.exit_code == 0
    assert "is published" in made.output
    twice = run(settings, monkeypatch, publish_command, "safeguarding-basics")
    assert "never changes" in str(twice.exception)
    (tmp_path / "pack.yaml").write_text("pack: broken\n")
    broken = run(settings, monkeypatch, publish_command, str(tmp_path))
    assert "not published" in str(broken.exception)
    assert "missing-key" in broken.output
    assert "no such folder" in str(run(settings, monkeypatch, publish_command, "nowhere").exception)
    listed = run(settings, monkeypatch, list_command).output.splitlines()
    assert [line.split("\t")[:2] for line in listed] == [["pack", "safeguarding-basics"]]
