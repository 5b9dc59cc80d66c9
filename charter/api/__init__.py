"""The API: JSON to read, at /api/v1. The same services as the pages, and never more than its person may see there.

Each address is one `Operation` (operations.py), which says what it needs and gives; the description in OpenAPI
(description.py) and the check of every request (requests.py) are made from the same table.
"""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

from charter.api import benchmarks, coalition, description, members, plans, requests  # noqa: E402, F401 - register themselves
