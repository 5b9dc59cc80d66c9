"""What some members show of themselves in the directory."""

from __future__ import annotations

from functools import partial

from sqlalchemy.orm import Session

from charter.database.directory import Audience
from charter.demo.coalition import Coalition, Member, lead_of
from charter.services.directory import Shown, save_entry
from questionnaires.model import FactType

_ABOUT = (
    "We walk with families after someone comes home, until they stand on their own feet.",
    "A house, a school and a workshop for young women, with people who listen.",
    "យើងជួយកុមារ និងគ្រួសារនៅតាមភូមិ។",
    "Chúng tôi giúp trẻ em và gia đình tại địa phương.",
)


def tell_directory(coalition: Coalition) -> None:
    """Two of five members are listed: half of them for everybody, half for members only."""
    listed = [each for each in coalition.members if each.number % 5 in (0, 3)]
    for place, member in enumerate(listed):
        coalition.days.at(coalition.days.ago(300 - 5 * place), partial(_save, coalition, member, place))


def _save(coalition: Coalition, member: Member, place: int, db: Session) -> None:
    seen_by = Audience.PUBLIC if place % 2 == 0 else Audience.MEMBERS
    shown = Shown(
        listed=seen_by,
        province=seen_by,
        about=_ABOUT[place % len(_ABOUT)],
        about_shown=seen_by,
        contact_name=member.names[0],
        contact_phone="000 000 000",
        contact_email=f"office.{member.number}@example.org",
        contact_hours="8:00-17:00",
        contact_shown=Audience.MEMBERS,
        facts={name: seen_by for name, fact in coalition.pack.profile.items() if fact.type is FactType.CHOICES},
    )
    save_entry(db, lead_of(db, member), organization=coalition.organization(db, member), shown=shown, known=0)
