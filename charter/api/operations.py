"""The table of all addresses of the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from charter.api import blueprint
from charter.services.api_tokens import Scope

Schema = Mapping[str, Any]
Handler = Callable[..., Any]


@dataclass(frozen=True)
class Operation:
    """One address that can be read, by everybody unless it needs a token; `scope` None: any token will do."""

    path: str
    """As OpenAPI writes it; every part in braces is a whole number unless it is called `name`."""
    name: str
    summary: str
    needs_token: bool
    scope: Scope | None
    schema: Schema
    """Of what it gives; for a list, of one item."""
    is_list: bool
    filters: tuple[str, ...]
    """Parameters of a list beside those of paging, each a whole number."""
    handler: Handler


OPERATIONS: dict[str, Operation] = {}
"""By name, which is also that of the endpoint."""


def operation(
    path: str,
    *,
    summary: str,
    schema: Schema,
    scope: Scope | None = None,
    with_token: bool = False,
    is_list: bool = False,
    filters: tuple[str, ...] = (),
) -> Callable[[Handler], Handler]:
    """Register the function below as what answers `GET` at `path`. It gives what becomes JSON, or a response."""

    def register(handler: Handler) -> Handler:
        from charter.api.requests import answering

        needs_token = with_token or scope is not None
        found = Operation(path, handler.__name__, summary, needs_token, scope, schema, is_list, filters, handler)
        if found.name in OPERATIONS:
            raise ValueError(f"there is an operation {found.name} already")
        OPERATIONS[found.name] = found
        blueprint.add_url_rule(_rule(path), found.name, answering(found), methods=["GET"])
        return handler

    return register


def _rule(path: str) -> str:
    """As Flask writes it. Numbers are taken as text, so that one that is none is told so instead of a missing page."""
    return path.replace("{", "<").replace("}", ">")
