"""Pages of a member organization's lead and contributors."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("member", __name__)

from charter.web.member import (  # noqa: E402 - views register themselves
    assessment,  # noqa: F401
    benchmarks,  # noqa: F401
    directory,  # noqa: F401
    evidence,  # noqa: F401
    home,  # noqa: F401
    own_data,  # noqa: F401
    people,  # noqa: F401
    profile,  # noqa: F401
    rate,  # noqa: F401
    readiness,  # noqa: F401
    staff_round,  # noqa: F401
    workbook,  # noqa: F401
)
