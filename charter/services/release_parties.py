"""Who sees whose scores by name, from the permission tables and all that they ever were (K(p) of the rules)."""

from __future__ import annotations

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from charter.database.people import Membership, Mentorship
from charter.services.release_history import organization_name


def parties(db: Session) -> dict[str, tuple[str, ...]]:
    """Organizations by party, for each person who ever worked for or accompanied one; one statement.

    What somebody has once seen is not forgotten, so rows that have ended count like others. Coordinators see every
    score; they are trusted, and are no parties. Each organization is a party of its own without being listed.
    """
    pairs = union(
        select(Membership.person_id.label("person"), Membership.organization_id.label("organization")),
        select(Mentorship.mentor_id, Mentorship.organization_id),
    ).order_by("person", "organization")
    found: dict[str, list[str]] = {}
    for person, organization in db.execute(pairs):
        found.setdefault(f"person-{person}", []).append(organization_name(organization))
    # Who sees one organization only is no other party than that organization.
    return {name: tuple(seen) for name, seen in found.items() if len(seen) > 1}
