"""The three yearly cycles, and how far each member comes in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from charter.database.packs import PublishedPack
from charter.demo import answering, reviewing
from charter.demo.case import Case, Story
from charter.demo.coalition import Coalition, Member, lead_of
from charter.demo.days import DAY
from charter.demo.plans import tell_plan
from charter.demo.stages import Stage, stage_of, takes_part
from charter.services import benchmark_choices, cycles

CYCLES = 3
LAST = CYCLES - 1
OPEN_SINCE = 60
"""Days since the running cycle opened."""
CLOSED_AFTER = 36
"""Days from a member's first step to the end of its review."""


@dataclass(frozen=True)
class Year:
    """A cycle: `number` 0 is the first."""

    number: int
    opens_on: date
    members: tuple[Member, ...]

    @property
    def title(self) -> str:
        return f"Charter {self.opens_on.year}"


def years_of(coalition: Coalition) -> tuple[Year, ...]:
    """The cycles with those who take part: not every member did from the first year on."""
    return tuple(
        Year(
            number,
            coalition.days.ago(OPEN_SINCE + 365 * (LAST - number)),
            tuple(each for each in coalition.members if takes_part(each.number, year=number)),
        )
        for number in range(CYCLES)
    )


def tell_year(coalition: Coalition, year: Year) -> None:
    """Plan the whole cycle."""
    made: dict[str, int] = {}
    assessments: dict[int, int] = {}

    def open_(db: Session) -> None:
        coordinator = coalition.coordinator(db)
        cycle = cycles.add_cycle(
            db,
            coordinator,
            title=year.title,
            pack=db.get_one(PublishedPack, coalition.published_id),
            opens_on=year.opens_on,
            closes_on=year.opens_on + 105 * DAY,
        )
        invited = [coalition.organization(db, each) for each in year.members]
        for assessment in cycles.invite(db, coordinator, cycle=cycle, organizations=invited):
            assessments[assessment.organization_id] = assessment.id
        cycles.open_cycle(db, coordinator, cycle=cycle)
        made["cycle"] = cycle.id

    def close(db: Session) -> None:
        cycle = cycles.find_cycle(db, made["cycle"])
        assert cycle is not None  # noqa: S101 - opened above
        cycles.close_cycle(db, coalition.coordinator(db), cycle=cycle)

    coalition.days.at(year.opens_on, open_, hour=8)
    for member in year.members:
        _tell_choice(coalition, year, member, made)
        _tell_assessment(coalition, year, member, assessments)
    if year.number < LAST:
        coalition.days.at(year.opens_on + 110 * DAY, close)


def _tell_choice(coalition: Coalition, year: Year, member: Member, made: dict[str, int]) -> None:
    """Six of seven let their result into releases, one of seven says no or nothing."""
    if (member.number + year.number) % 14 == 3:
        return

    def choose(db: Session) -> None:
        benchmark_choices.decide(
            db,
            lead_of(db, member),
            organization=coalition.organization(db, member),
            cycle_id=made["cycle"],
            opted_in=(member.number + year.number) % 14 != 10,
        )

    coalition.days.at(year.opens_on + (12 + member.number % 9) * DAY, choose)


def _tell_assessment(coalition: Coalition, year: Year, member: Member, assessments: dict[int, int]) -> None:
    stage = stage_of(member.number, of=len(coalition.members)) if year.number == LAST else Stage.CLOSED
    start = year.opens_on + (1 + member.number % 9) * DAY

    def step(day: date, story: Story) -> None:
        def run(db: Session) -> None:
            story(db, Case.of(db, coalition, member, year.number, assessments[member.organization_id]))

        coalition.days.at(day, run, hour=10)

    for days, story in _life(stage, member.number):
        step(start + days * DAY, story)
    if stage is Stage.CLOSED:
        tell_plan(coalition, member, year.number, closed_on=start + CLOSED_AFTER * DAY, step=step)


def _life(stage: Stage, number: int) -> Iterator[tuple[int, Story]]:
    """What happens, on which day after the start, until the stage is reached."""
    if stage is Stage.INVITED:
        return
    yield 0, answering.fill_profile
    if stage is Stage.STAFF_ROUND:
        yield 45, answering.open_staff_round
        return
    if number % 4 != 3:
        yield 3, answering.hold_staff_round
    if stage is Stage.WITHDRAWN:
        yield 12, reviewing.withdraw
        return
    yield 10, answering.rate_half if stage is Stage.ANSWERING else answering.rate_all
    if stage is Stage.ANSWERING:
        return
    yield 20, answering.hand_in
    if number % 3 == 0:
        yield 22, reviewing.visit
    yield from _life_of_review(stage, number)


def _life_of_review(stage: Stage, number: int) -> Iterator[tuple[int, Story]]:
    if stage is Stage.SUBMITTED:
        return
    if stage is Stage.CHANGES_REQUESTED or number % 5 == 1:
        yield 26, reviewing.ask_for_changes
        if stage is Stage.CHANGES_REQUESTED:
            return
        yield 31, answering.change
    yield CLOSED_AFTER, reviewing.review_and_close
    if stage is Stage.REOPENED:
        yield CLOSED_AFTER + 4, reviewing.open_again
