"""The description of the API in OpenAPI 3.1, made from the table of operations."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import Any

from charter.api.operations import OPERATIONS, Operation, operation
from charter.api.requests import MOST, USUAL

_PROBLEM = {
    "type": "object",
    "description": "Why there is no answer (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail"],
}
_PROBLEMS = {
    "400": "The address has a parameter that it does not take, or one with a wrong value.",
    "401": "No token was sent, or one that does not work.",
    "403": "The token does not open this address.",
    "404": "There is no such thing, or it is not for you to see.",
    "503": "The service is busy; ask again.",
}


@operation("/openapi.json", summary="This description", schema={"type": "object"})
def openapi() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Charter",
            "version": version("charter"),
            "description": "Reading what you may read on the site, for programs. Tokens are made under Your account.",
        },
        "servers": [{"url": "/api/v1"}],
        "paths": {each.path: {"get": _described(each)} for each in OPERATIONS.values()},
        "components": {
            "schemas": {"Problem": _PROBLEM},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A personal token, charter_…"}
            },
        },
    }


def _described(each: Operation) -> dict[str, Any]:
    parts = re.findall(r"\{(\w+)\}", each.path)
    problems = ["400", "503"]
    problems += ["401"] if each.needs_token else []
    problems += ["403"] if each.scope else []
    problems += ["404"] if parts or each.is_list else []
    described: dict[str, Any] = {
        "operationId": each.name,
        "summary": each.summary,
        "security": [{"token": []}] if each.needs_token else [],
        "parameters": [_part(name) for name in parts]
        + ([*_PAGING, *(_FILTERS[name] for name in each.filters)] if each.is_list else []),
        "responses": {
            "200": {
                "description": each.summary,
                "content": {"application/json": {"schema": _listed(each) if each.is_list else each.schema}},
            },
            **{status: _problem(_PROBLEMS[status]) for status in sorted(problems)},
        },
    }
    if each.scope:
        described["description"] = f"Needs the scope `{each.scope}`."
    return described


def _part(name: str) -> dict[str, Any]:
    schema = {"type": "string"} if name == "name" else {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


def _parameter(name: str, description: str, least: int, most: int, usual: int | None = None) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer", "minimum": least, "maximum": most}
    if usual is not None:
        schema["default"] = usual
    return {"name": name, "in": "query", "description": description, "schema": schema}


_PAGING = [
    _parameter("after", "Only items after the one with this number.", 0, 2**31 - 1, 0),
    _parameter("limit", "How many items at most.", 1, MOST, USUAL),
]
_FILTERS = {"organization": _parameter("organization", "Only what belongs to this organization.", 1, 2**31 - 1)}


def _listed(each: Operation) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": each.schema},
            "next": {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "The address of the next page."},
        },
        "required": ["items", "next"],
        "additionalProperties": False,
    }
