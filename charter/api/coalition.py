"""What coordinators read of the coalition as a whole."""

from __future__ import annotations

from typing import Any

from charter.api import schemas
from charter.api.operations import operation
from charter.api.requests import database, listed, page
from charter.services.api_tokens import Scope
from charter.services.browsing import cycles_for


@operation("/cycles", summary="Cycles of the coalition", scope=Scope.COALITION, schema=schemas.CYCLE, is_list=True)
def cycles() -> dict[str, Any]:
    after, limit = page()
    return listed(cycles_for(database(), after=after, limit=limit), schemas.cycle_json)
