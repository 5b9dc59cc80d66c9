"""What the office offers to learn from: the library, and trainings with dates, sign-ups and attendance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session

from charter.clock import today
from charter.database.trainings import Attendance
from charter.demo.coalition import IN_LOGINS, Coalition, Member, lead_of
from charter.demo.days import DAY
from charter.demo.library import LANGUAGES, SUBJECTS, items
from charter.demo.names import person
from charter.services import resources, sign_ups, trainings
from charter.stores import store_for

_KEYS = {
    "child-protection": "child-protection",
    "human-resources": "safe-recruitment",
    "case-management": "case-management",
    "data-protection": "data-protection",
    "trauma": "trauma-care",
    "communication": "safe-communication",
}
"""Topic by the key under which questionnaires name the training."""
_ABOUT = {
    "en": "Made up for this demo: two days with exercises from daily work.",
    "km": "ឧទាហរណ៍សម្រាប់ការសាកល្បង៖ ពីរថ្ងៃ មានលំហាត់ពីការងារប្រចាំថ្ងៃ។",
    "vi": "Ví dụ để dùng thử: hai ngày với bài tập từ công việc hằng ngày.",
}


@dataclass(frozen=True)
class _Date:
    """A date of a training: days until its first day (before today: negative), and its seats."""

    key: str
    starts_in: int
    seats: int
    guests: int
    """How many people are signed up."""


_DATES = (
    _Date("child-protection", -400, 20, 18),
    _Date("case-management", -250, 16, 16),
    _Date("safe-recruitment", -120, 20, 14),
    _Date("child-protection", -35, 20, 20),
    _Date("trauma-care", 9, 8, 12),
    _Date("data-protection", 24, 20, 7),
    _Date("case-management", 45, 16, 3),
)


def tell_learning(coalition: Coalition) -> None:
    """Plan the library, the catalogue, its dates, and who comes."""
    days = coalition.days
    catalogue: dict[str, int] = {}
    days.at(days.ago(600), partial(_fill_library, coalition))
    days.at(days.ago(590), partial(_fill_catalogue, coalition, catalogue))
    for place, each in enumerate(_DATES):
        _tell_date(coalition, catalogue, each, place)


def _fill_library(coalition: Coalition, db: Session) -> None:
    coordinator, store = coalition.coordinator(db), store_for(coalition.settings)
    for content in items():
        resources.add_resource(db, coordinator, store, content=content, limit=coalition.settings.upload_limit)


def _fill_catalogue(coalition: Coalition, catalogue: dict[str, int], db: Session) -> None:
    for subject in SUBJECTS:
        if subject.topic in _KEYS:
            content = trainings.TrainingContent(
                key=_KEYS[subject.topic], titles=subject.titles, descriptions=_ABOUT, topics=(subject.topic,)
            )
            made = trainings.add_training(db, coalition.coordinator(db), content=content)
            catalogue[made.key] = made.id


def _tell_date(coalition: Coalition, catalogue: dict[str, int], date: _Date, place: int) -> None:
    starts_on = coalition.days.today + date.starts_in * DAY
    made: list[int] = []

    def announce(db: Session) -> None:
        content = trainings.SessionContent(
            starts_on=starts_on,
            ends_on=starts_on + DAY,
            sign_up_until=starts_on - 3 * DAY,
            is_online=place % 3 == 2,
            place=None if place % 3 == 2 else "Training room of the coalition",
            province=None if place % 3 == 2 else "Phnom Penh",
            seats=date.seats,
            languages=LANGUAGES[: 1 + place % 2] if place % 3 else ("km",),
        )
        training = trainings.find_training(db, catalogue[date.key])
        day = today(coalition.settings.zone)
        session = trainings.add_session(db, coalition.coordinator(db), training=training, content=content, today=day)
        made.append(session.id)

    def note_attendance(db: Session) -> None:
        there = {
            each.id: Attendance.ABSENT if number % 6 == 5 else Attendance.PRESENT
            for number, each in enumerate(sign_ups.sign_ups_of(db, made[0]))
        }
        day = today(coalition.settings.zone)
        sign_ups.record_attendance(db, coalition.coordinator(db), session_id=made[0], attendance=there, today=day)

    coalition.days.at(starts_on - 60 * DAY, announce)
    for number, (member, guests) in enumerate(_guests(coalition, date, place)):
        day = starts_on - (50 - number) * DAY
        coalition.days.at(day, partial(_sign_up, coalition, member, guests, made))
    coalition.days.at(starts_on + 2 * DAY, note_attendance)


def _guests(coalition: Coalition, date: _Date, place: int) -> list[tuple[Member, int]]:
    """Members with how many people each sends, two or three, until there are enough."""
    others = [each for each in coalition.members if each.number != IN_LOGINS]
    turn = place * 7 % max(len(others), 1)
    found: list[tuple[Member, int]] = []
    left = date.guests
    # The one of the log-ins goes to every other training.
    for member in [*([coalition.members[IN_LOGINS]] if place % 2 == 0 else []), *others[turn:], *others[:turn]]:
        people = min(left, 2 + member.number % 2)
        if people:
            found.append((member, people))
            left -= people
    return found


def _sign_up(coalition: Coalition, member: Member, guests: int, made: list[int], db: Session) -> None:
    """The lead, and colleagues who have no account."""
    sign_ups.sign_up(
        db,
        lead_of(db, member),
        organization=coalition.organization(db, member),
        session_id=made[0],
        person_ids=[member.lead_id],
        names=[person(300 + 2 * member.number + each) for each in range(guests - 1)],
        today=today(coalition.settings.zone),
    )
