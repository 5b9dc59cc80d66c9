"""Pages for everybody."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("public", __name__)

from charter.web.public import (  # noqa: E402, F401 - views register themselves
    apply,
    benchmark_files,
    benchmarks,
    directory,
    home,
    offline,
    site,
)
