"""Pages of a member organization's lead and contributors."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("member", __name__)
