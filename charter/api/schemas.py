"""What the API gives, in JSON Schema 2020-12, and how rows become it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from charter.database.assessments import AgreedRating, Assessment, VerifiedRating
from charter.database.cycles import Cycle
from charter.database.organizations import Organization
from charter.database.plans import Action, Plan
from scoring.model import Choice

INTEGER = {"type": "integer"}
TEXT = {"type": "string"}
DAY = {"type": "string", "format": "date"}
MOMENT = {"type": "string", "format": "date-time"}


def thing(description: str, **parts: Mapping[str, Any]) -> dict[str, Any]:
    """An object with exactly these parts, all of them always there."""
    return {
        "type": "object",
        "description": description,
        "properties": {name: dict(part) for name, part in parts.items()},
        "required": list(parts),
        "additionalProperties": False,
    }


def maybe(schema: Mapping[str, Any]) -> dict[str, Any]:
    """That, or null."""
    return {"anyOf": [dict(schema), {"type": "null"}]}


def many(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A list of it."""
    return {"type": "array", "items": dict(schema)}


RATING = {"anyOf": [INTEGER, {"enum": [choice.value for choice in Choice]}, {"type": "null"}]}
PACK = thing("A questionnaire as it was published.", id=TEXT, version=TEXT, fingerprint=TEXT)

PERSON = thing(
    "Whose token this is.",
    id=INTEGER,
    name=TEXT,
    role=maybe(TEXT),
    organizations=many(thing("Where the person works.", id=INTEGER, role=TEXT)),
    scopes=many(TEXT),
)
ORGANIZATION = thing(
    "A member of the coalition.", id=INTEGER, name=TEXT, province=maybe(TEXT), language=TEXT, joined_on=maybe(DAY)
)
CYCLE = thing("A round of assessments.", id=INTEGER, title=TEXT, state=TEXT, opens_on=DAY, closes_on=DAY, pack=PACK)
ASSESSMENT = thing(
    "One organization in one cycle. `overall` is a share from 0 to 1, from the first submission on.",
    id=INTEGER,
    organization=INTEGER,
    cycle=thing("Its cycle.", id=INTEGER, title=TEXT),
    pack=PACK,
    state=TEXT,
    due_on=DAY,
    answered=INTEGER,
    to_answer=INTEGER,
    overall=maybe({"type": "number", "minimum": 0, "maximum": 1}),
    band=maybe(TEXT),
)
RATINGS = thing(
    "Agreed and verified ratings beside one another, by criterion.",
    assessment=INTEGER,
    criteria=many(
        thing(
            "One criterion. `rating` is the value of a level, or why there is none.",
            id=TEXT,
            agreed=maybe(
                thing("What the organization agreed on.", rating=RATING, note=maybe(TEXT), reason=maybe(TEXT))
            ),
            verified=maybe(thing("What the mentor found.", rating=RATING, comment=maybe(TEXT))),
        )
    ),
)
RESULT = thing(
    "The frozen result of a closed assessment, as `charter score --json` writes it.",
    assessment=INTEGER,
    result={"type": "object", "description": "See the documentation on scoring."},
)
PLAN = thing(
    "A committed Improvement Action Plan.",
    id=INTEGER,
    organization=INTEGER,
    assessment=INTEGER,
    state=TEXT,
    version=INTEGER,
    committed_at=maybe(MOMENT),
    agreed_at=maybe(MOMENT),
)
ACTION = thing(
    "An action. Money is in hundredths of the coalition's currency, effort in hundredths of a day.",
    id=INTEGER,
    title=TEXT,
    status=TEXT,
    percent=INTEGER,
    must_do={"type": "boolean"},
    starts_on=DAY,
    due_on=DAY,
    owner=maybe(TEXT),
    supporters=many(TEXT),
    effort_days=maybe(INTEGER),
    cost_planned=maybe(INTEGER),
    cost_spent=maybe(INTEGER),
    funding=maybe(TEXT),
    indicator=maybe(TEXT),
    criteria=many(TEXT),
    done_at=maybe(MOMENT),
    verified_at=maybe(MOMENT),
    carried_from=maybe(INTEGER),
)
PLAN_WITH_ACTIONS = {**PLAN, "properties": {**PLAN["properties"], "actions": many(ACTION)}}
PLAN_WITH_ACTIONS["required"] = [*PLAN["required"], "actions"]


def organization_json(row: Organization) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "province": row.province,
        "language": row.language,
        "joined_on": row.joined_on.isoformat() if row.joined_on else None,
    }


def cycle_json(row: Cycle) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "state": row.state.value,
        "opens_on": row.opens_on.isoformat(),
        "closes_on": row.closes_on.isoformat(),
        "pack": _pack(row.published_pack),
    }


def assessment_json(row: Assessment) -> dict[str, Any]:
    return {
        "id": row.id,
        "organization": row.organization_id,
        "cycle": {"id": row.cycle.id, "title": row.cycle.title},
        "pack": _pack(row.published_pack),
        "state": row.state.value,
        "due_on": row.due_on.isoformat(),
        "answered": row.answered,
        "to_answer": row.to_answer,
        "overall": None if row.overall is None else row.overall / 10_000,
        "band": row.band,
    }


def ratings_json(
    assessment_id: int, agreed: Mapping[str, AgreedRating], verified: Mapping[str, VerifiedRating]
) -> dict[str, Any]:
    return {
        "assessment": assessment_id,
        "criteria": [
            {"id": name, "agreed": _agreed(agreed.get(name)), "verified": _verified(verified.get(name))}
            for name in sorted({*agreed, *verified})
        ],
    }


def plan_json(row: Plan) -> dict[str, Any]:
    return {
        "id": row.id,
        "organization": row.organization_id,
        "assessment": row.assessment_id,
        "state": row.state.value,
        "version": row.version,
        "committed_at": row.committed_at.isoformat() if row.committed_at else None,
        "agreed_at": row.agreed_at.isoformat() if row.agreed_at else None,
    }


def action_json(row: Action) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "status": row.status.value,
        "percent": row.progress,
        "must_do": row.must_do,
        "starts_on": row.starts_on.isoformat(),
        "due_on": row.due_on.isoformat(),
        "owner": row.owner.name if row.owner else row.owner_text,
        "supporters": [person.name for person in row.supporters],
        "effort_days": row.effort_days,
        "cost_planned": row.cost_planned,
        "cost_spent": row.cost_spent,
        "funding": row.funding.value if row.funding else None,
        "indicator": row.indicator,
        "criteria": sorted(row.improves),
        "done_at": row.done_at.isoformat() if row.done_at else None,
        "verified_at": row.verified_at.isoformat() if row.verified_at else None,
        "carried_from": row.carried_from_id,
    }


def _pack(row: Any) -> dict[str, str]:
    return {"id": row.pack, "version": row.version, "fingerprint": row.fingerprint}


def _rating(value: int | Choice | None) -> int | str | None:
    return value.value if isinstance(value, Choice) else value


def _agreed(row: AgreedRating | None) -> dict[str, Any] | None:
    return None if row is None else {"rating": _rating(row.rating), "note": row.note, "reason": row.reason}


def _verified(row: VerifiedRating | None) -> dict[str, Any] | None:
    return None if row is None else {"rating": _rating(row.rating), "comment": row.comment}
