"""The keys of the pack language, in one table: what a pack, a standard and a translation may and must hold."""

from __future__ import annotations

from typing import Any

from questionnaires.conditions import Operator
from questionnaires.model import FactType, Kind, Status
from questionnaires.shapes import AsIs, Boolean, Day, ListOf, MapOf, Name, Number, OneOf, Record, Short, Text

RESERVED = ("all", "any", "not", "overall")
MINIMUM_SHEETS = 5
"""No pack may show staff results of fewer sheets than this."""

ID = Name()
PACK_ID = Name(r"[a-z][a-z0-9-]{0,63}", "an id (at most 64 small letters, digits and hyphens, with a letter first)")
LANGUAGE = Name(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", "a language tag such as en, km or zh-Hant")
CLAUSE_REF = Name(
    r"[a-z][a-z0-9-]{0,63}/[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "a standard and its clause, such as victims-2009/privacy"
)
TEXT = Text()
SHARE = Number(least=0, most=1)
WEIGHT = Number(above=0, most=1_000_000)
DAYS = Number(least=0, most=100_000)
MONEY = Number(least=0, most=1_000_000_000_000)
MONTHS = Number(least=1, most=600, whole=True)


def _condition_schema() -> dict[str, Any]:
    condition = {"$ref": "#/$defs/condition"}
    parts = {"type": "array", "items": condition, "minItems": 1}
    comparison = {
        "type": "object",
        "properties": {operator.value: {} for operator in Operator},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {
        "type": "object",
        "properties": {"all": parts, "any": parts, "not": condition},
        "additionalProperties": comparison,
        "minProperties": 1,
        "maxProperties": 1,
    }


CONDITION = AsIs("condition", _condition_schema)

LEVEL = Record(
    "level",
    ("value", "title"),
    {"value": Number(least=-1_000, most=1_000, whole=True), "title": TEXT, "description": TEXT},
)
SCALE = Record("scale", ("title", "levels"), {"title": TEXT, "levels": ListOf(LEVEL, least=2)})
BAND = Record("band", ("id", "title", "from"), {"id": ID, "title": TEXT, "from": Number(least=0, below=1)})
FACT = Record(
    "fact",
    ("title", "type"),
    {
        "title": TEXT,
        "type": OneOf(tuple(FactType)),
        "options": MapOf(TEXT, "option"),
        "minimum": Number(whole=True, least=-1_000_000_000, most=1_000_000_000),
    },
)
DEFAULTS = Record(
    "defaults",
    (),
    {
        "scale": ID,
        "weight": WEIGHT,
        "essential_from": SHARE,
        "met_from": SHARE,
        "target_from": SHARE,
        "effort_days": DAYS,
        "duration_months": MONTHS,
        "minimum_sheets": Number(least=MINIMUM_SHEETS, most=1_000_000, whole=True),
    },
)
CRITERION = Record(
    "criterion",
    ("id", "title"),
    {
        "id": ID,
        "title": TEXT,
        "guidance": TEXT,
        "evidence": ListOf(TEXT),
        "kind": OneOf(tuple(Kind)),
        "scale": ID,
        "weight": WEIGHT,
        "essential": Boolean(),
        "essential_from": SHARE,
        "applies_when": CONDITION,
        "clauses": ListOf(CLAUSE_REF, unique=True),
        "renamed_from": ListOf(ID, unique=True),
    },
)
GROUP = Record("group", ("id", "title"), {"id": ID, "title": TEXT, "weight": WEIGHT, "applies_when": CONDITION})
GROUP.keys["groups"] = ListOf(GROUP)
GROUP.keys["criteria"] = ListOf(CRITERION)
ACTION = Record(
    "action",
    ("id", "title", "improves"),
    {
        "id": ID,
        "title": TEXT,
        "improves": MapOf(Number(least=-1_000, most=1_000, whole=True), "criterion"),
        "effort_days": DAYS,
        "cost": MONEY,
        "duration_months": MONTHS,
        "after": ListOf(ID, unique=True),
        "owner": TEXT,
        "indicator": TEXT,
        "trainings": ListOf(ID, unique=True),
        "resources": ListOf(ID, unique=True),
    },
)
PACK = Record(
    "pack",
    ("pack", "version", "status", "language", "title", "scales", "bands", "groups"),
    {
        "pack": PACK_ID,
        "version": TEXT,
        "status": OneOf(tuple(Status)),
        "language": LANGUAGE,
        "title": TEXT,
        "description": TEXT,
        "source": TEXT,
        "profile": MapOf(FACT, "fact", least=0),
        "scales": MapOf(SCALE, "scale"),
        "bands": ListOf(BAND, least=1),
        "defaults": DEFAULTS,
        "essential_cap": ID,
        "groups": ListOf(GROUP, least=1),
        "actions": ListOf(ACTION),
    },
)
CLAUSE = Record(
    "clause",
    ("id", "title"),
    {"id": ID, "number": TEXT, "title": TEXT, "text": TEXT, "met_from": SHARE, "applies_when": CONDITION},
)
STANDARD = Record(
    "standard",
    ("standard", "version", "status", "language", "title", "clauses"),
    {
        "standard": PACK_ID,
        "version": TEXT,
        "status": OneOf(tuple(Status)),
        "language": LANGUAGE,
        "title": TEXT,
        "authority": TEXT,
        "adopted": Day(),
        "source": TEXT,
        "binding": Boolean(),
        "remedy_days": Number(above=0, most=100_000, whole=True),
        "clauses": ListOf(CLAUSE, least=1),
    },
)

_TITLE = Record("translated title", (), {"title": TEXT})
_LEVEL_TEXTS = Record("translated level", (), {"title": TEXT, "description": TEXT})
_SCALE_TEXTS = Record(
    "translated scale", (), {"title": TEXT, "levels": MapOf(_LEVEL_TEXTS, "level", least=0, whole_keys=True)}
)
_FACT_TEXTS = Record("translated fact", (), {"title": TEXT, "options": MapOf(TEXT, "option", least=0)})
_CRITERION_TEXTS = Record("translated criterion", (), {"title": TEXT, "guidance": TEXT, "evidence": ListOf(TEXT)})
_ACTION_TEXTS = Record("translated action", (), {"title": TEXT, "owner": TEXT, "indicator": TEXT})
_CLAUSE_TEXTS = Record("translated clause", (), {"title": TEXT, "text": TEXT})
PACK_TEXTS = Record(
    "translation",
    (),
    {
        "reviewed": Boolean(),
        "title": TEXT,
        "description": TEXT,
        "profile": MapOf(_FACT_TEXTS, "fact", least=0),
        "scales": MapOf(_SCALE_TEXTS, "scale", least=0),
        "bands": MapOf(Short(_TITLE, "title"), "band", least=0),
        "groups": MapOf(_TITLE, "group", least=0),
        "criteria": MapOf(_CRITERION_TEXTS, "criterion", least=0),
        "actions": MapOf(_ACTION_TEXTS, "action", least=0),
    },
)
STANDARD_TEXTS = Record(
    "translation of a standard",
    (),
    {
        "reviewed": Boolean(),
        "title": TEXT,
        "authority": TEXT,
        "clauses": MapOf(_CLAUSE_TEXTS, "clause", least=0),
    },
)
