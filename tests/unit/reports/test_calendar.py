"""A plan as a calendar that can be imported again and again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from action_plans.model import Plan
from charter.reports.plan_calendar import event_uid, plan_ics
from scoring.model import Answers
from tests.unit.reports import made_up
from tests.unit.reports.forms import LANGUAGES, made_up_plan


def ics(language: str = "en", plan: Plan | None = None, answers: Answers | None = None) -> bytes:
    return plan_ics(
        made_up.pack(), answers or made_up.answers(), made_up.result(), plan or made_up_plan(), language=language
    )


def events(data: bytes):
    calendar = Calendar.from_ical(data)
    assert not calendar.errors
    assert all(not event.errors for event in calendar.walk("VEVENT"))
    return calendar.walk("VEVENT")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_action_is_an_all_day_event_over_its_months(language: str) -> None:
    first, second = events(ics(language))
    assert (first["DTSTART"].dt, first["DTEND"].dt) == (date(2027, 1, 1), date(2027, 2, 1))
    assert (second["DTSTART"].dt, second["DTEND"].dt) == (date(2027, 2, 1), date(2027, 4, 1))
    assert first["SUMMARY"].params["LANGUAGE"] == language
    assert first["TRANSP"] == "TRANSPARENT"
    assert first["PRIORITY"] == 1


def test_texts_are_in_the_language_and_come_back_whole() -> None:
    action = events(ics("km"))[1]
    assert str(action["SUMMARY"]) == made_up.pack().translated("km").actions[0].title
    assert "P1.1" in str(action["DESCRIPTION"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_is_longer_than_75_bytes_and_no_letter_is_torn(language: str) -> None:
    lines = ics(language).split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    for line in lines:
        line.decode()


def test_a_calendar_given_the_file_again_finds_the_same_events_whatever_the_language() -> None:
    def uids(data: bytes) -> list[str]:
        return [str(event["UID"]) for event in events(data)]

    assert uids(ics("en")) == uids(ics("km"))
    assert len(set(uids(ics()))) == 2
    other = made_up.answers(organization="Another House")
    assert not set(uids(ics())) & set(uids(ics(answers=other)))


def test_the_uid_changes_with_pack_organization_action_and_start_only() -> None:
    uid = event_uid("harbour", "Hope House", "A1", date(2027, 1, 1))
    assert uid == event_uid("harbour", " hope  HOUSE ", "A1", date(2027, 1, 1))
    others = {
        event_uid("other", "Hope House", "A1", date(2027, 1, 1)),
        event_uid("harbour", "Hope", "A1", date(2027, 1, 1)),
        event_uid("harbour", "Hope House", "A2", date(2027, 1, 1)),
        event_uid("harbour", "Hope House", "A1", date(2027, 2, 1)),
    }
    assert len(others | {uid}) == 5


def test_nothing_comes_from_the_clock() -> None:
    assert ics() == ics()
    assert {event["DTSTAMP"].dt for event in events(ics())} == {datetime(2027, 1, 1, tzinfo=UTC)}


def test_a_plan_without_actions_is_an_empty_calendar() -> None:
    empty = replace(made_up_plan(), actions=())
    assert events(ics(plan=empty)) == []


@settings(max_examples=30)
@given(name=st.text(max_size=300))
def test_any_name_of_an_organization_gives_a_calendar_that_can_be_read(name: str) -> None:
    data = ics(answers=made_up.answers(organization=name.encode("utf-8", "replace").decode()))
    assert len(events(data)) == 2
    assert str(Calendar.from_ical(data)["NAME"]).startswith("Proposed improvement plan –")
    assert data.count(b"BEGIN:VEVENT") == 2
