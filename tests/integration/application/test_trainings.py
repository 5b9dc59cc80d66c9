"""Trainings: dates, seats, the waiting list, who was there, and who may see it."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine

from charter.clock import now
from charter.database.events import Event
from charter.database.organizations import Organization
from charter.database.outbox import OutboxMail
from charter.database.people import Person, Role
from charter.database.trainings import (
    Attendance,
    Training,
    TrainingSession,
    TrainingSignUp,
    TrainingTopic,
)
from charter.services import exports, leaving, sign_ups, trainings
from charter.services.errors import Invalid, NotFound, Refused
from charter.services.suggestions import suggestions_for
from charter.services.trainings import SessionContent, TrainingContent
from questionnaires import load_pack
from tests.integration.application.libraries import item
from tests.integration.application.worlds import World, post_form

TODAY = now().date()
SOON = TODAY + timedelta(days=20)


class Stage:
    """A coalition with a training in three weeks that has two seats."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.coordinator = world.person("Chan Maly", Role.COORDINATOR)
        self.mentor = world.person("Lim Bopha", Role.MENTOR)
        self.lead, self.colleague = world.person("Sok Dara"), world.person("Keo Nita")
        self.other_lead = world.person("Meas Vuth")
        self.lotus = world.organization(
            "Lotus House", leads=(self.lead,), contributors=(self.colleague,), mentors=(self.mentor,)
        )
        self.hope = world.organization("Hope House", leads=(self.other_lead,))
        self.training = self.add_training("child-protection", topics=("R1",))
        self.session = self.add_session(seats=2)

    def add_training(self, key: str, *, topics: tuple[str, ...] = ()) -> Training:
        with self.world.writing() as db:
            content = TrainingContent(key, {"en": f"About {key}", "km": "ការការពារកុមារ"}, {}, topics)
            return trainings.add_training(db, self.world.actor(db, self.coordinator), content=content)

    def add_session(self, *, seats: int = 2, on: date = SOON, training: Training | None = None) -> TrainingSession:
        with self.world.writing() as db:
            found = trainings.find_training(db, (training or self.training).id)
            content = SessionContent(on, None, None, False, "Office", "Kampot", seats, ("km",))
            actor = self.world.actor(db, self.coordinator)
            return trainings.add_session(db, actor, training=found, content=content, today=TODAY)

    def sign_up(self, *names: str, by: Person | None = None, of: Organization | None = None) -> sign_ups.SignedUp:
        with self.world.writing() as db:
            return sign_ups.sign_up(
                db,
                self.world.actor(db, by or self.lead),
                organization=db.get_one(Organization, (of or self.lotus).id),
                session_id=self.session.id,
                person_ids=(),
                names=names,
                today=TODAY,
            )

    @property
    def address(self) -> str:
        return f"/organizations/{self.lotus.id}/trainings/dates/{self.session.id}"

    def states(self) -> dict[str, str]:
        return {row.name: row.state.value for row in self.world.rows(TrainingSignUp)}


@pytest.fixture
def stage(world: World) -> Stage:
    return Stage(world)


def test_a_lead_signs_up_colleagues_and_names_and_the_last_ones_wait(world: World, stage: Stage) -> None:
    client = world.client(stage.lead)
    assert "Sign people up" in client.get(f"/trainings/{stage.training.id}").text
    answer = post_form(client, stage.address, {"people": [stage.colleague.id], "names": "Yim Chenda\nOu Rithy\n\n"})
    assert answer.location == f"/organizations/{stage.lotus.id}/trainings"
    assert stage.states() == {"Keo Nita": "seat", "Yim Chenda": "seat", "Ou Rithy": "waiting"}
    page = client.get(answer.location).text
    assert "On the waiting list" in page and "1 are on the waiting list" in page
    assert "Full: waiting list" in client.get("/trainings").text


@pytest.mark.parametrize(
    "names", ["", "Yim Chenda\nyim  chenda", "Sok Dara\n" + "x" * 121, "\n".join(map(str, range(51)))]
)
def test_what_cannot_be_taken_signs_up_nobody(world: World, stage: Stage, names: str) -> None:
    assert post_form(world.client(stage.lead), stage.address, {"names": names}).status_code == 422
    assert stage.states() == {}


def test_nobody_is_signed_up_twice(world: World, stage: Stage) -> None:
    client = world.client(stage.lead)
    assert post_form(client, stage.address, {"people": [stage.colleague.id]}).status_code == 302
    assert post_form(client, stage.address, {"people": [stage.colleague.id]}).status_code == 422
    assert post_form(client, stage.address, {"names": "keo nita"}).status_code == 422
    assert len(world.rows(TrainingSignUp)) == 1


def test_a_lead_signs_up_only_own_people(world: World, stage: Stage) -> None:
    client = world.client(stage.other_lead)
    assert client.get(stage.address).status_code == 404
    own = f"/organizations/{stage.hope.id}/trainings/dates/{stage.session.id}"
    assert post_form(client, own, {"people": [stage.colleague.id]}).status_code == 422
    with pytest.raises(NotFound), world.writing() as db:
        sign_ups.sign_up(
            db,
            world.actor(db, stage.other_lead),
            organization=db.get_one(Organization, stage.hope.id),
            session_id=stage.session.id,
            person_ids=[stage.colleague.id],
            names=(),
            today=TODAY,
        )
    stage.sign_up("Yim Chenda")
    (row,) = world.rows(TrainingSignUp)
    for organization in (stage.lotus, stage.hope):
        address = f"/organizations/{organization.id}/trainings/sign-ups/{row.id}/cancel"
        assert client.get(address).status_code == 404
    assert world.client(stage.colleague).get(stage.address).status_code == 404
    assert stage.states() == {"Yim Chenda": "seat"}


def test_two_leads_at_once_get_one_last_seat_once(world: World, stage: Stage) -> None:
    stage.sign_up("First")
    together = threading.Barrier(2)
    found: list[sign_ups.SignedUp] = []

    def sign_up(by: Person, of: Organization) -> None:
        together.wait()
        found.append(stage.sign_up(by.name, by=by, of=of))

    threads = [
        threading.Thread(target=sign_up, args=each)
        for each in ((stage.lead, stage.lotus), (stage.other_lead, stage.hope))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((each.seats, each.waiting) for each in found) == [(0, 1), (1, 0)]
    assert sorted(stage.states().values()) == ["seat", "seat", "waiting"]


def test_a_cancelled_seat_goes_to_who_waits_longest_and_the_lead_gets_a_mail(world: World, stage: Stage) -> None:
    stage.sign_up("One", "Two")
    stage.sign_up("Three", by=stage.other_lead, of=stage.hope)
    stage.sign_up("Four")
    (first,) = world.rows(TrainingSignUp, name="One")
    address = f"/organizations/{stage.lotus.id}/trainings/sign-ups/{first.id}/cancel"
    assert post_form(world.client(stage.lead), address, {}).status_code == 302
    assert stage.states() == {"One": "cancelled", "Two": "seat", "Three": "seat", "Four": "waiting"}
    (mail,) = world.rows(OutboxMail)
    assert mail.recipient == stage.other_lead.email and "Three has a seat now" in mail.body
    assert stage.sign_up("One").waiting == 1


def test_more_seats_go_to_those_who_wait_and_fewer_than_taken_are_refused(world: World, stage: Stage) -> None:
    stage.sign_up("One", "Two", "Three")
    client = world.client(stage.coordinator)
    form = {"starts_on": SOON.isoformat(), "place": "Office", "languages": ["km"]}
    address = f"/coalition/trainings/dates/{stage.session.id}/edit"
    assert "2 people have a seat already." in post_form(client, address, {**form, "seats": "1"}).text
    assert post_form(client, address, {**form, "seats": "3"}).status_code == 302
    assert set(stage.states().values()) == {"seat"}


def test_sign_up_ends_on_its_day(world: World, stage: Stage) -> None:
    with time_machine.travel(f"{SOON + timedelta(days=1)}T03:00:00Z"):
        client = world.client(stage.lead)
        assert "Sign people up" not in client.get(f"/trainings/{stage.training.id}").text
        assert post_form(client, stage.address, {"names": "Late"}).status_code == 409
    assert stage.states() == {}


def test_a_cancelled_date_takes_nobody_and_tells_the_leads(world: World, stage: Stage) -> None:
    stage.sign_up("One", "Two")
    client = world.client(stage.coordinator)
    assert post_form(client, f"/coalition/trainings/dates/{stage.session.id}/cancel", {}).status_code == 302
    (mail,) = world.rows(OutboxMail)
    assert mail.recipient == stage.lead.email and "does not take place" in mail.body
    assert post_form(world.client(stage.lead), stage.address, {"names": "Three"}).status_code == 409
    assert "Cancelled" in world.client(stage.lead).get(f"/trainings/{stage.training.id}").text


def test_attendance_is_recorded_once_it_has_begun_and_shown_to_those_who_accompany(world: World, stage: Stage) -> None:
    stage.sign_up("One", "Two", "Three")
    one, two, three = world.rows(TrainingSignUp)
    address = f"/coalition/trainings/dates/{stage.session.id}"
    sent = {f"sign-up-{one.id}": "present", f"sign-up-{two.id}": "absent", f"sign-up-{three.id}": "present"}
    assert post_form(world.client(stage.coordinator), address, sent).status_code == 409
    with time_machine.travel(f"{SOON}T03:00:00Z"):
        client = world.client(stage.coordinator)
        assert post_form(client, address, {**sent, "sign-up-999": "present", "sign-up-x": "y"}).status_code == 302
        recorded = {row.name: row.attendance for row in world.rows(TrainingSignUp)}
        assert recorded == {"One": Attendance.PRESENT, "Two": Attendance.ABSENT, "Three": None}
        for person, page in (
            (stage.coordinator, f"/coalition/members/{stage.lotus.id}"),
            (stage.mentor, f"/organizations/{stage.lotus.id}/records"),
            (stage.colleague, f"/organizations/{stage.lotus.id}/trainings"),
        ):
            text = world.client(person).get(page).text
            assert "Was there" in text and "Did not come" in text, page
        assert "1 / 2" in client.get("/coalition/trainings").text
        lead = world.client(stage.lead)
        cancel = f"/organizations/{stage.lotus.id}/trainings/sign-ups/{one.id}/cancel"
        assert post_form(lead, cancel, {}).status_code == 409
    names = [each.name for each in world.rows(Event, organization_id=stage.lotus.id)][-2:]
    assert names == ["TrainingSignedUp", "TrainingAttendanceRecorded"]


def test_a_coordinator_keeps_the_catalogue(world: World, stage: Stage) -> None:
    client = world.client(stage.coordinator)
    form = {"key": "Trauma-Care", "title_vi": "Chăm sóc", "topics": "R2, trauma", "description_en": "Two days."}
    made = post_form(client, "/coalition/trainings/add", form).location
    assert "Chăm sóc" in client.get(made).text
    edit = made.replace("/trainings/", "/coalition/trainings/") + "/edit"
    assert post_form(client, edit, {**form, "topics": "trauma, R3"}).status_code == 302
    (training,) = world.rows(Training, key="trauma-care")
    assert {each.topic for each in world.rows(TrainingTopic, training_id=training.id)} == {"R3", "trauma"}
    again = post_form(client, "/coalition/trainings/add", form)
    assert again.status_code == 422 and "Another training has this key." in again.text
    dates = made.replace("/trainings/", "/coalition/trainings/") + "/dates/add"
    wrong = {"starts_on": SOON.isoformat(), "ends_on": TODAY.isoformat(), "seats": "0", "sign_up_until": "2999-01-01"}
    answer = post_form(client, dates, {**wrong, "seats": "-1"})
    for text in (
        "cannot be before the first",
        "Sign-up ends before",
        "from 1 to",
        "Say where",
        "at least one language",
    ):
        assert text in answer.text
    retire = made.replace("/trainings/", "/coalition/trainings/") + "/retire"
    post_form(client, retire, {}, page=made)
    assert "Chăm sóc" not in world.client(stage.lead).get("/trainings").text
    assert post_form(client, retire.replace(str(training.id), str(stage.training.id)), {}, page=made).status_code == 409


def test_pages_take_no_more_statements_for_more_dates_and_people(world: World, stage: Stage) -> None:
    addresses = (
        (stage.lead, "/trainings"),
        (stage.lead, f"/trainings/{stage.training.id}"),
        (stage.lead, f"/organizations/{stage.lotus.id}/trainings"),
        (stage.coordinator, "/coalition/trainings"),
        (stage.coordinator, f"/coalition/trainings/dates/{stage.session.id}"),
    )
    clients = {person.id: world.client(person) for person, _ in addresses}

    def counted() -> list[int]:
        return [world.count_statements(partial(clients[p.id].get, a)) for p, a in addresses]

    stage.sign_up("One")
    few = counted()
    for number in range(5):
        stage.add_session(training=stage.add_training(f"more-{number}"))
        stage.add_session()
    stage.sign_up(*(f"Somebody {number}" for number in range(40)))
    assert counted() == few


def test_what_is_suggested_is_named_by_the_action_or_on_its_topic(world: World, stage: Stage, settings: Any) -> None:
    pack = load_pack("chab-dai-charter")
    action = next(each for each in pack.actions if each.trainings and each.resources)
    criterion = next(iter(action.improves))
    stage.add_training(action.trainings[0] + "-not")
    named = stage.add_training("named-" + criterion.lower(), topics=(criterion,))
    first = stage.add_training(action.trainings[0]) if action.trainings[0] != "child-protection" else stage.training
    by = {"by": stage.coordinator}
    item(world, settings, "far", {"en": "A far thing"}, topics=("something",), **by)
    item(world, settings, "near", {"en": "B on the criterion"}, topics=(criterion,), **by)
    item(world, settings, "tagged", {"en": "C with the tag"}, topics=(action.resources[0],), **by)
    item(world, settings, action.resources[0], {"en": "D by its key"}, **by)
    with world.reading() as db:
        found = suggestions_for(db, pack=pack, pack_action=action.id, criteria=action.improves, today=TODAY)
        assert [each.training.id for each in found.trainings][:2] == [first.id, named.id]
        assert [each.key for each in found.resources] == [action.resources[0], "tagged", "near"]
        own = suggestions_for(db, pack=pack, pack_action=None, criteria=(), today=TODAY)
        assert not own


def test_the_export_has_the_attendance_and_the_deletion_takes_the_names(world: World, stage: Stage) -> None:
    stage.sign_up("Zebra One")
    stage.sign_up("Of Others", by=stage.other_lead, of=stage.hope)
    assert TrainingSignUp in exports.OF_ORGANIZATION
    with world.writing() as db:
        organization = db.get_one(Organization, stage.lotus.id)
        actor = world.actor(db, stage.coordinator)
        leaving.mark_left(db, actor, organization=organization, left_on=TODAY, retention_days=0)
        leaving.delete_data(
            db,
            actor,
            organization=organization,
            typed_name="Lotus House",
            today=TODAY,
            forget_file=lambda name: None,
        )
    assert [row.name for row in world.rows(TrainingSignUp)] == ["Of Others"]


def test_a_date_in_the_past_or_of_a_retired_training_is_refused(world: World, stage: Stage) -> None:
    with pytest.raises(Invalid):
        stage.add_session(on=TODAY - timedelta(days=1))
    retired = stage.add_training("retired")
    with world.writing() as db:
        actor = world.actor(db, stage.coordinator)
        trainings.retire_training(db, actor, training=trainings.find_training(db, retired.id), today=TODAY)
    with pytest.raises(Refused):
        stage.add_session(training=retired)
