"""One assessment on one day, with everybody who acts."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from charter.database.assessments import Assessment
from charter.demo.coalition import Coalition, Member, lead_of, mentor_of
from charter.services.actors import Actor
from charter.services.assessments import find_assessment, result_of
from charter.services.rating_pages import principles
from questionnaires.model import Criterion
from scoring.model import State


@dataclass(frozen=True)
class Case:
    """`year` is the number of the cycle, 0 for the first."""

    coalition: Coalition
    member: Member
    year: int
    assessment: Assessment
    lead: Actor
    mentor: Actor

    @classmethod
    def of(cls, db: Session, coalition: Coalition, member: Member, year: int, assessment_id: int) -> Case:
        """As it is stored now."""
        assessment = find_assessment(db, assessment_id)
        assert assessment is not None  # noqa: S101 - made when the cycle was opened
        return cls(coalition, member, year, assessment, lead_of(db, member), mentor_of(db, member))

    def chance(self, what: str) -> random.Random:
        """Always the same for the same thing."""
        return self.member.chance(f"{self.year} {what}")

    def address(self, path: str) -> str:
        """A page about the assessment, as mails name it; `{id}` stands for its number."""
        return f"{self.coalition.settings.public_url}/{path.format(id=self.assessment.id)}"

    def asked(self, db: Session) -> list[list[Criterion]]:
        """The criteria that apply, principle by principle."""
        _, _, result = result_of(db, self.assessment)
        pages = [
            [each for each in group.criteria if result.criteria[each.id].state is not State.EXCLUDED]
            for group in principles(self.coalition.pack)
        ]
        return [page for page in pages if page]

    def rating(self, criterion: Criterion, chance: random.Random, *, spread: float) -> int:
        """What somebody rates who looks at the member as it is; `spread` is how far people are apart."""
        # How hard a criterion is stays the same for everybody and in all years.
        hard = random.Random(f"criterion {criterion.id}").uniform(-0.18, 0.18)  # noqa: S311 - made-up data
        values = criterion.scale.values
        share = min(0.999, max(0.0, chance.gauss(self.member.strength(self.year) - hard, spread)))
        return values[int(share * len(values))]


Story = Callable[[Session, Case], None]
"""One thing that happens to an assessment."""
