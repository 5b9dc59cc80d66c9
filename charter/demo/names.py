"""Made-up people and organizations. Whoever has one of these names has nothing to do with this."""

from __future__ import annotations

from dataclasses import dataclass

PROVINCES = (
    "Phnom Penh",
    "Siem Reap",
    "Battambang",
    "Kandal",
    "Preah Sihanouk",
    "Kampong Cham",
    "Kampong Thom",
    "Banteay Meanchey",
    "Poipet",
    "Kampot",
    "Takeo",
    "Prey Veng",
    "Svay Rieng",
    "Pursat",
    "Ratanakiri",
    "Mondulkiri",
)

_FIRST = (
    *("Hope", "River", "Lotus", "New Roots", "Bright Path", "Morning Star", "Bamboo", "Safe Harbour", "Open Door"),
    *("Golden Field", "Palm Tree", "Mekong", "Tonle", "Sunrise", "Living Water", "Good Neighbour", "Banyan", "Jasmine"),
)
_SECOND = ("House", "Outreach", "Families", "Community Care", "Justice Network", "Children's Home", "Skills Centre")

_FAMILY = (
    *("Sok", "Chan", "Kim", "Chea", "Heng", "Keo", "Ly", "Mao", "Nhem", "Ouk", "Pich", "Prum", "Ros", "Sam", "Seng"),
    *("Tep", "Touch", "Uch", "Vann", "Yim"),
)
_GIVEN = (
    *("Dara", "Maly", "Sophea", "Rithy", "Bopha", "Vuthy", "Srey Leak", "Piseth", "Channary", "Visal", "Kunthea"),
    *("Sovann", "Theary", "Borey", "Phalla", "Kosal", "Sreymom", "Ratana", "Makara", "Nary", "Samnang", "Chantha"),
)

OFFICE_COORDINATORS = ("Mao Theary", "Vann Kosal")
OFFICE_MENTORS = ("Chea Sophea", "Heng Piseth", "Ros Channary", "Tep Samnang", "Yim Bopha", "Keo Makara")

NOTES = (
    "We have this in writing; the last team meeting went through it again.",
    "Done in the city office, not yet in the districts.",
    "The form exists, but not everybody fills it in.",
    "New staff learn it in their first week.",
    "យើងមានឯកសារនេះ ហើយបានពិនិត្យជាមួយបុគ្គលិកកាលពីខែមុន។",
    "ត្រូវធ្វើបន្ថែមនៅតាមស្រុក។",
)


@dataclass(frozen=True)
class MadeUpMember:
    """One member with its people."""

    name: str
    province: str
    language: str
    lead: str
    contributors: tuple[str, ...]


def members(count: int = 55) -> list[MadeUpMember]:
    """So many members, always the same ones."""
    names = [f"{first} {second}" for second in _SECOND for first in _FIRST]
    found = []
    for number in range(count):
        # Steps without a common factor with the lengths, so that neighbours do not look alike.
        people = [person(3 * number + each) for each in range(3)]
        found.append(
            MadeUpMember(
                name=names[(number * 31) % len(names)],
                province=PROVINCES[(number * 5) % len(PROVINCES)],
                language="en" if number % 6 == 5 else "vi" if number % 19 == 7 else "km",
                lead=people[0],
                contributors=tuple(people[1 : 2 + number % 2]),
            )
        )
    return found


def person(number: int) -> str:
    """A name; no two numbers below 440 share one."""
    given = number % len(_GIVEN)
    return f"{_FAMILY[(number // len(_GIVEN) + 7 * given) % len(_FAMILY)]} {_GIVEN[given]}"


def address(name: str, number: int) -> str:
    """An address that no mail can reach."""
    return f"{name.lower().replace(' ', '.')}.{number}@example.org"
