"""Releases: drafted by one coordinator, attacked, approved by another, and then as they are for good."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, undefer

from charter.config import Settings
from charter.database.assessments import Assessment, FactAnswer
from charter.database.events import Event
from charter.database.jobs import Job, JobState
from charter.database.people import Membership, Mentorship, Person
from charter.database.releases import BenchmarkChoice, FrozenReleaseError, Release, ReleaseState
from charter.jobs import make_worker
from charter.services import leaving, release_attack, releases
from charter.services.errors import Invalid, Refused
from charter.services.events import verify_chain
from charter.services.organizations import find_organization
from charter.services.peer_groups import declaration_of, declaration_text, peer_groups
from charter.services.release_attack import target_of
from charter.services.release_drafts import gather
from charter.services.release_history import past
from charter.services.release_parties import parties
from scoring.benchmarks import RowReader, make_release, read_declaration
from tests.integration.application.coalitions import Coalition
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.worlds import World, post_form

START = datetime(2026, 9, 1, 3, tzinfo=UTC)
DAY = START.date()
FEW_MEET = 25
"""In a coalition with such a mean hardly anybody meets, which says something of everybody."""


@pytest.fixture(autouse=True)
def small_effort(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few attacks of each kind, so that a test takes seconds."""
    for name, value in {"METRICS": 1, "MEMBERS": 2, "PARTIES": 3, "PAIRS": 1, "COALITIONS": 1, "VICTIMS": 100}.items():
        monkeypatch.setattr(release_attack, name, value)


@pytest.fixture
def coalition(world: World) -> Coalition:
    made = Coalition(world)
    made.groups()
    made.cycle()
    return made


@pytest.fixture
def run_jobs(world: World, settings: Settings) -> Callable[[], int]:
    return make_worker(settings, world.engine).run_waiting


def lets_pass(coalition: Coalition, release: Release) -> None:
    """As if the attack had found nothing: of rules for what follows it."""
    with coalition.world.writing() as db:
        found = db.get_one(Release, release.id)
        found.state, found.attack = ReleaseState.CHECKED, {"finished": True, "adversaries": {}}


def approve(coalition: Coalition, release: Release, who: Person | None = None, *, day: date = DAY) -> None:
    world = coalition.world
    with world.writing() as db:
        found = releases.find_release(db, release.id)
        assert found is not None
        releases.approve_release(db, world.actor(db, who or coalition.second), found, today=day)


def published(coalition: Coalition, name: str, *, day: date = DAY) -> dict[str, Any]:
    release = coalition.draft(name)
    lets_pass(coalition, release)
    approve(coalition, release, day=day)
    return json.loads(stored(coalition.world, release.id).release_text)  # type: ignore[no-any-return]


def stored(world: World, release_id: int) -> Release:
    with world.reading() as db:
        return db.get_one(Release, release_id, options=[undefer("*")])


def record(world: World, release_id: int) -> dict[str, Any]:
    return json.loads(stored(world, release_id).record_text)  # type: ignore[no-any-return]


def test_from_draft_to_publication_on_the_pages(coalition: Coalition, run_jobs: Callable[[], int]) -> None:
    world = coalition.world
    first, second = world.client(coalition.first), world.client(coalition.second)
    answer = post_form(first, "/coalition/releases/add", {"name": "2026", "pack": coalition.pack.id, "meets_from": 75})
    (release,) = world.rows(Release)
    address = f"/coalition/releases/{release.id}"
    assert answer.location == address
    waiting = first.get(address)
    assert waiting.headers["Refresh"] == "3" and "being attacked" in waiting.text
    assert post_form(second, f"{address}/approve", {}).status_code == 409  # not before it was attacked
    assert run_jobs() == 1
    assert world.rows(Release)[0].state is ReleaseState.CHECKED
    page = second.get(address)
    assert "Refresh" not in page.headers and "Approve and publish" in page.text
    assert "another coordinator has to approve it" in first.get(address).text
    assert post_form(first, f"{address}/approve", {}).status_code == 409
    assert post_form(second, f"{address}/approve", {}).status_code == 302
    assert post_form(second, f"{address}/approve", {}).status_code == 302  # a second click
    (release,) = world.rows(Release)
    assert (release.state, release.number, release.approved_by_id) == (ReleaseState.PUBLISHED, 1, coalition.second.id)
    assert "Published" in second.get("/coalition/releases").text
    names = [event.name for event in world.rows(Event)]
    assert [name for name in names if name.startswith("Release")] == [
        "ReleaseDrafted",
        "ReleaseChecked",
        "ReleasePublished",
    ]
    with world.reading() as db:
        assert verify_chain(db)[1] == []


@on_sqlite_only
def test_what_an_attack_finds_stops_the_release(world: World, run_jobs: Callable[[], int], monkeypatch: Any) -> None:
    monkeypatch.setattr(release_attack, "VICTIMS", 300)
    coalition = Coalition(world, middle=FEW_MEET)
    coalition.groups()
    coalition.cycle()
    release = coalition.draft("2026")
    run_jobs()
    found = stored(world, release.id)
    assert found.state is ReleaseState.BREACHED
    assert found.attack is not None and not found.attack["adversaries"]["A5"]["holds"]
    client = world.client(coalition.second)
    page = client.get(f"/coalition/releases/{release.id}").text
    assert "have to be mended first" in page and "Approve and publish" not in page
    assert post_form(client, f"/coalition/releases/{release.id}/approve", {}).status_code == 409
    assert stored(world, release.id).state is ReleaseState.BREACHED
    with pytest.raises(Refused), world.writing() as db:  # nor another try beside it
        releases.draft_release(
            db,
            world.actor(db, coalition.first),
            name="2026b",
            published=coalition.pack,
            meets_from=75,
            main_language="en",
        )


@on_sqlite_only
def test_an_attack_that_does_not_end_in_time_counts_as_found(
    coalition: Coalition, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release_attack, "LONGEST", 0.0)
    release = coalition.draft("2026")
    run_jobs()
    found = stored(coalition.world, release.id)
    assert found.state is ReleaseState.BREACHED and found.attack is not None and not found.attack["finished"]


@on_sqlite_only
def test_an_attack_that_failed_can_be_asked_for_again(
    coalition: Coalition, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = coalition.world
    with monkeypatch.context() as broken:
        broken.setattr(release_attack, "target_of", lambda *_: 1 / 0)
        release = coalition.draft("2026")
        run_jobs()
    client = world.client(coalition.first)
    page = f"/coalition/releases/{release.id}"
    assert "could not be carried out" in client.get(page).text
    assert post_form(client, f"{page}/check", {}, page=page).status_code == 302
    run_jobs()
    assert [job.state for job in world.rows(Job)] == [JobState.FAILED, JobState.DONE]
    assert stored(world, release.id).state is ReleaseState.CHECKED


@on_sqlite_only
def test_a_draft_that_was_discarded_while_it_was_attacked_stays_so(
    coalition: Coalition, run_jobs: Callable[[], int]
) -> None:
    world = coalition.world
    release = coalition.draft("2026")
    post_form(world.client(coalition.first), f"/coalition/releases/{release.id}/discard", {})
    run_jobs()
    assert stored(world, release.id).state is ReleaseState.DISCARDED
    assert coalition.draft("2026").name == "2026"  # its name is free again


@on_sqlite_only
def test_ninety_days_lie_between_releases(coalition: Coalition) -> None:
    world = coalition.world
    published(coalition, "2026")
    release = coalition.draft("2026b")
    lets_pass(coalition, release)
    with pytest.raises(Refused, match="Too early"):
        approve(coalition, release, day=DAY + timedelta(days=89))
    with time_machine.travel(START + timedelta(days=89), tick=False):
        page = world.client(coalition.second).get(f"/coalition/releases/{release.id}").text
        assert "30 November 2026" in page.replace("November 30, 2026", "30 November 2026")
    approve(coalition, release, day=DAY + timedelta(days=90))
    assert stored(world, release.id).number == 2


def test_each_release_names_the_one_before(coalition: Coalition) -> None:
    first = published(coalition, "2026")
    second = published(coalition, "2027", day=DAY + timedelta(days=365))
    assert first["previous"] is None and second["previous"] == first["sha256"]
    with coalition.world.reading() as db:
        assert past(db).history.names == ("2026", "2027")


@pytest.mark.parametrize("change", ["update", "delete", "bulk"])
def test_a_published_release_cannot_be_changed(coalition: Coalition, change: str) -> None:
    world = coalition.world
    published(coalition, "2026")
    (release,) = world.rows(Release)
    with pytest.raises(FrozenReleaseError), world.writing() as db:
        found = db.get_one(Release, release.id)
        if change == "update":
            found.release_text = "{}"
        elif change == "delete":
            db.delete(found)
        else:
            db.execute(update(Release).values(name="other"))
    assert world.rows(Release)[0].name == "2026"


@on_sqlite_only
def test_a_history_that_was_tampered_with_is_refused_with_its_name(coalition: Coalition) -> None:
    world = coalition.world
    published(coalition, "2026")
    table: Any = Release.__table__
    for column, old, new in (
        ("release_text", '"size": "50-99"', '"size": "30-49"'),
        ("record_text", '"2026"', '"2020"'),
    ):
        with world.writing() as db:
            before = db.execute(select(table.c[column])).scalar_one()
            assert old in before
            db.execute(update(table).values({column: before.replace(old, new, 1)}))
        with pytest.raises(Refused, match="Release 2026 has been changed"):
            coalition.draft("2027")
        page = post_form(
            world.client(coalition.first),
            "/coalition/releases/add",
            {"name": "2027", "pack": coalition.pack.id, "meets_from": 75},
        )
        assert page.status_code == 409 and "2026" in page.text
        with world.writing() as db:
            db.execute(update(table).values({column: before}))
    assert coalition.draft("2027").previous_sha256


@on_sqlite_only
def test_results_out_of_range_or_of_another_length_are_refused_with_their_place(coalition: Coalition) -> None:
    world = coalition.world
    (first, *_rest) = world.rows(Assessment)
    for wrong in (b"\x65", b"\x32\x32"):
        with world.writing() as db:
            kept = db.scalars(select(Assessment.scores).where(Assessment.id == first.id)).one()
            assert kept is not None
            db.execute(update(Assessment).where(Assessment.id == first.id).values(scores=wrong + kept[1:]))
        with pytest.raises(Refused, match="Member 0000, Year 0"):
            coalition.draft("2026")
        with world.writing() as db:
            db.execute(update(Assessment).where(Assessment.id == first.id).values(scores=kept))
    assert coalition.draft("2026").state is ReleaseState.CHECKING


@on_sqlite_only
@pytest.mark.parametrize(
    ("fields", "where"),
    [({"name": "a b"}, "name"), ({"name": "../x"}, "name"), ({"meets_from": 101}, "meets_from")],
)
def test_a_draft_with_unfit_fields_is_refused(coalition: Coalition, fields: dict[str, Any], where: str) -> None:
    world = coalition.world
    with pytest.raises(Invalid) as problem, world.writing() as db:
        releases.draft_release(
            db,
            world.actor(db, coalition.first),
            **{"name": "2026", "published": coalition.pack, "meets_from": 75, "main_language": "en", **fields},
        )
    assert list(problem.value.messages) == [where]
    sent = {"name": "2026", "pack": coalition.pack.id, "meets_from": 75, **fields}
    assert post_form(world.client(coalition.first), "/coalition/releases/add", sent).status_code == 422


@on_sqlite_only
def test_a_name_is_taken_once(coalition: Coalition) -> None:
    published(coalition, "2026")
    with pytest.raises(Invalid):
        coalition.draft("2026")


@on_sqlite_only
def test_a_new_result_changes_nothing_of_what_is_withheld(coalition: Coalition) -> None:
    world = coalition.world

    def sets() -> Any:
        with world.reading() as db:
            before = past(db)
            groups = [*_declared(db)]
            draft = gather(db, before, published=coalition.pack, groups=groups, meets_from=75).make("2026")
        return draft.record.sets, draft.record.atoms, draft.release.withheld, draft.release.groups

    *earlier, figures = sets()
    with world.writing() as db:
        rows = db.execute(select(Assessment.id, Assessment.scores)).all()
        for id_, scores in rows:
            changed = bytes(value if value == 255 else 100 - value for value in scores or b"")
            db.execute(update(Assessment).where(Assessment.id == id_).values(scores=changed))
    *later, other_figures = sets()
    assert earlier == later
    assert figures != other_figures


def _declared(db: Session) -> list[dict[str, Any]]:
    from charter.services.peer_groups import declared

    return declared(peer_groups(db), main_language="en")


@on_sqlite_only
def test_the_command_would_make_the_same_release_of_the_same_files(coalition: Coalition) -> None:
    """Except for the metric that files do not hold, whether a member improved."""
    world = coalition.world
    with world.reading() as db:
        before = past(db)
        groups = _declared(db)
        material = gather(db, before, published=coalition.pack, groups=groups, meets_from=75)
    declaration = read_declaration(declaration_text(groups, meets_from=75).encode(), "groups.yaml")
    assert declaration == declaration_of(groups, meets_from=75) == material.declaration
    reader = RowReader(declaration, before.history)
    metrics = coalition.metrics()
    for assessment, facts in _with_facts(world):
        values = dict(
            zip(metrics, [None if each == 255 else each / 100 for each in assessment.scores or b""], strict=True)
        )
        result = {
            "pack": "chab-dai-charter",
            "version": coalition.pack.version,
            "overall": {"score": values["overall"], "policy": values["policy"], "practice": values["practice"]},
            "groups": {
                name.removeprefix("group:"): {"score": value} for name, value in values.items() if "group:" in name
            },
            "standards": {
                name.removeprefix("standard:"): {"share_met": value}
                for name, value in values.items()
                if "standard:" in name
            },
        }
        row = {
            "organization": f"organization-{assessment.organization_id}",
            "version": f"assessment-{assessment.id}-1",
            "attributes": facts,
            "result": result,
        }
        reader.add(json.dumps(row).encode())
    draft = make_release("2026", declaration, reader.columns(), parties=material.parties, history=before.history)
    ours = material.make("2026")
    assert ours.record.atoms == draft.record.atoms and ours.record.versions == draft.record.versions
    for group, same in zip(ours.release.groups, draft.release.groups, strict=True):
        assert {name: figures for name, figures in group.metrics.items() if name != "improved"} == same.metrics


def _with_facts(world: World) -> list[tuple[Assessment, dict[str, Any]]]:
    with world.reading() as db:
        facts: dict[int, dict[str, Any]] = {}
        for fact in db.scalars(select(FactAnswer)):
            facts.setdefault(fact.assessment_id, {})[fact.fact_id] = fact.value
        found = db.scalars(select(Assessment).options(undefer(Assessment.scores)))
        return [(each, facts[each.id]) for each in found]


@on_sqlite_only
def test_the_table_holds_one_row_for_each_group_and_metric(coalition: Coalition) -> None:
    content = published(coalition, "2026")
    (release,) = coalition.world.rows(Release)
    rows = list(csv.DictReader(io.StringIO(stored(coalition.world, release.id).table_text)))
    assert len(rows) == sum(len(group["metrics"]) for group in content["groups"])
    assert "Member 0" not in stored(coalition.world, release.id).record_text  # ids only, no names


def test_who_ever_saw_a_member_is_a_party_for_ever(coalition: Coalition) -> None:
    world = coalition.world
    one, two, three = coalition.organizations[:3]
    with world.writing() as db:
        person = db.get_one(Person, coalition.mentors[0].id)
        ended = db.scalars(
            select(Mentorship).where(Mentorship.mentor_id == person.id, Mentorship.organization_id == one)
        ).one()
        ended.until_at = START
    worker = world.person("Works For Two")
    with world.writing() as db:
        for organization, until in ((two, START), (three, None)):
            db.add(
                Membership(
                    person_id=worker.id, organization_id=organization, role="lead", from_at=START, until_at=until
                )
            )
    with world.reading() as db:
        found = parties(db)
    assert f"organization-{one}" in found[f"person-{coalition.mentors[0].id}"]
    assert set(found[f"person-{worker.id}"]) == {f"organization-{two}", f"organization-{three}"}
    assert not any(f"person-{each.id}" in found for each in (coalition.first, coalition.second))


@on_sqlite_only
def test_a_party_that_saw_too_much_keeps_a_group_from_being_published(coalition: Coalition) -> None:
    """One mentor who has accompanied all but six members, years ago: of no group are seven unknown."""
    world = coalition.world
    with world.writing() as db:
        for organization in coalition.organizations[6:]:
            db.add(
                Mentorship(
                    mentor_id=coalition.mentors[0].id, organization_id=organization, from_at=START, until_at=START
                )
            )
    release = coalition.draft("2026")
    content = json.loads(stored(world, release.id).release_text)
    assert content["groups"] == [] and content["waiting"]


@on_sqlite_only
def test_somebody_who_saw_more_since_the_draft_stops_the_approval(coalition: Coalition) -> None:
    release = coalition.draft("2026")
    lets_pass(coalition, release)
    with coalition.world.writing() as db:
        for organization in coalition.organizations[6:]:
            db.add(
                Mentorship(
                    mentor_id=coalition.mentors[0].id, organization_id=organization, from_at=START, until_at=START
                )
            )
    with pytest.raises(Refused, match="has changed"):
        approve(coalition, release)


@on_sqlite_only
def test_a_member_that_changed_its_mind_since_the_draft_stops_the_approval(coalition: Coalition) -> None:
    release = coalition.draft("2026")
    lets_pass(coalition, release)
    with coalition.world.writing() as db:
        choice = db.get_one(BenchmarkChoice, (coalition.organizations[0], coalition.cycles[0]))
        choice.opted_in = False
    with pytest.raises(Refused, match="changed its choice"):
        approve(coalition, release)


@on_sqlite_only
def test_only_those_who_take_part_enter(world: World) -> None:
    coalition = Coalition(world)
    coalition.groups()
    coalition.cycle(opted_in=coalition.organizations[:30])
    release = coalition.draft("2026")
    assert {row[1] for row in record(world, release.id)["versions"]} == {
        f"organization-{each}" for each in coalition.organizations[:30]
    }


@on_sqlite_only
def test_without_anybody_who_takes_part_there_is_no_draft(world: World) -> None:
    coalition = Coalition(world, members=12)
    with pytest.raises(Refused, match="peer group"):
        coalition.draft("2026")
    coalition.groups()
    coalition.cycle(opted_in=())
    with pytest.raises(Refused, match="No member takes part"):
        coalition.draft("2026")


@on_sqlite_only
def test_where_few_are_assessed_anew_they_give_their_earlier_result(coalition: Coalition) -> None:
    """Three new ones alone would wait, and would keep the 52 others from staying together."""
    world = coalition.world
    published(coalition, "2026")
    coalition.cycle(coalition.organizations[:3])
    release = coalition.draft("2027")
    found = record(world, release.id)
    assert stored(world, release.id).figures["instead"] == 3
    assert sum(row[3] for row in found["versions"]) == 55
    assert found["waiting"] == []


@on_sqlite_only
def test_where_most_are_assessed_anew_a_few_go_back_so_that_nobody_waits(coalition: Coalition) -> None:
    world = coalition.world
    published(coalition, "2026")
    coalition.cycle(coalition.organizations[:50])
    release = coalition.draft("2027")
    found = record(world, release.id)
    figures = stored(world, release.id).figures
    assert figures["waiting"] == 0 and 0 < figures["instead"] < 50
    assert sum(row[3] for row in found["versions"]) == 55


@on_sqlite_only
def test_a_member_that_leaves_or_opts_out_later_keeps_nobody_out(coalition: Coalition) -> None:
    """What a release already holds of it may be used once more; later results of it may not."""
    world = coalition.world
    published(coalition, "2026")
    gone, quiet = coalition.organizations[:2]
    with world.writing() as db:
        organization = find_organization(db, gone)
        assert organization is not None
        leaving.mark_left(
            db, world.actor(db, coalition.first), organization=organization, left_on=DAY, retention_days=0
        )
    everybody = [each for each in coalition.organizations if each != gone]
    coalition.cycle(everybody[:1], opted_in=())
    release = coalition.draft("2027")
    found = record(world, release.id)
    taken = {row[0] for row in found["versions"] if row[3]}
    new = {f"assessment-{each.id}-1" for each in world.rows(Assessment, cycle_id=coalition.cycles[1])}
    assert len(taken) == 55 and not taken & new
    assert any(row[1] == f"organization-{quiet}" and row[3] for row in found["versions"])


def test_deleting_a_member_leaves_releases_and_their_history_as_they_are(
    coalition: Coalition, run_jobs: Callable[[], int]
) -> None:
    world = coalition.world
    content = published(coalition, "2026")
    gone = coalition.organizations[0]
    with world.writing() as db:
        organization = find_organization(db, gone)
        assert organization is not None
        actor = world.actor(db, coalition.first)
        leaving.mark_left(db, actor, organization=organization, left_on=DAY, retention_days=0)
        leaving.delete_data(
            db,
            actor,
            organization=organization,
            typed_name=organization.name,
            today=DAY,
            forget_file=lambda _: None,
        )
    with world.reading() as db:
        assert past(db).releases[0].sha256 == content["sha256"]
    assert not world.rows(BenchmarkChoice, organization_id=gone)
    coalition.cycle(coalition.organizations[1:])
    release = coalition.draft("2027")
    assert stored(world, release.id).figures["taken"] == 54
    run_jobs()  # the attack knows nothing of the deleted result, and works all the same
    found = stored(world, release.id).attack
    assert found is not None and all(each["outside"] == 0 for each in found["adversaries"].values())


@on_sqlite_only
def test_an_assessment_that_was_opened_again_is_another_version(coalition: Coalition) -> None:
    world = coalition.world
    release = coalition.draft("2026")
    (first, *_rest) = record(world, release.id)["versions"]
    lets_pass(coalition, release)
    assessment = int(first[0].split("-")[1])
    with world.writing() as db:
        from charter.services.events import record_event

        for _ in range(2):
            record_event(db, "AssessmentClosed", actor=None, assessment_id=assessment)
    with pytest.raises(Refused, match="opened again"):
        approve(coalition, release)


@on_sqlite_only
def test_the_attack_knows_all_results_that_are_kept(coalition: Coalition) -> None:
    published(coalition, "2026")
    coalition.cycle()
    release = coalition.draft("2027")
    with coalition.world.reading() as db:
        target = target_of(db, db.get_one(Release, release.id, options=[undefer("*")]))
    assert len(target.truth["overall"]) == 110
    assert set(target.truth["improved"].values()) <= {0, 100}
    assert {claim.at for claim in target.claims["improved"]} <= {0, 75, 101}  # type: ignore[union-attr]
    for metric, claims in target.claims.items():
        for claim in claims:
            values = [target.truth[metric][each] for each in claim.members]
            assert claim.least <= sum(value >= claim.at for value in values) <= claim.most  # type: ignore[union-attr]


def test_more_members_cost_no_more_statements(world: World) -> None:
    counts = []
    coalition = Coalition(world, members=1000)
    coalition.groups()
    for members in (55, 1000):
        with world.writing() as db:
            db.execute(delete(BenchmarkChoice))
            db.execute(delete(FactAnswer))
            db.execute(delete(Assessment))
        coalition.cycle(coalition.organizations[:members])

        def read() -> None:
            with world.reading() as db:
                groups = _declared(db)
                material = gather(db, past(db), published=coalition.pack, groups=groups, meets_from=75)
                assert len(material.columns.versions) == members  # noqa: B023 - called at once

        counts.append(world.count_statements(read))
    assert counts[0] == counts[1] <= 8


@on_sqlite_only
def test_nobody_but_the_program_gets_the_record(coalition: Coalition) -> None:
    release = coalition.draft("2026")
    page = coalition.world.client(coalition.first).get(f"/coalition/releases/{release.id}").text
    assert "assessment-" not in page and "organization-" not in page
