"""Staff pages leave no line in the access log: a line has an address and a minute, and both can tell who it was."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from urllib.parse import urlsplit

PATHS = ("/answer", "/static/answer")
"""Every path that begins so, and whatever one of these pages loads."""
LOGGERS = ("gunicorn.access", "werkzeug")


def keep_staff_out_of_access_logs() -> None:
    """Tell the servers that Charter runs under; a proxy in front has to be told as docs/staff-round.md says."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(each, StaffPagesFilter) for each in logger.filters):
            logger.addFilter(StaffPagesFilter())


class StaffPagesFilter(logging.Filter):
    """Drops the whole line."""

    def filter(self, record: logging.LogRecord) -> bool:
        atoms = record.args
        if isinstance(atoms, Mapping):  # gunicorn: path and referrer have names of their own
            return not any(_is_staff_page(str(atoms.get(name, ""))) for name in ("U", "f"))
        # werkzeug: the request line stands in the text, or in its arguments
        words = record.getMessage().replace('"', " ").split()
        return not any(_is_staff_page(word) for word in words)


def _is_staff_page(address: str) -> bool:
    try:
        path = urlsplit(address).path
    except ValueError:
        return True  # what cannot be read is not written either
    return any(path == each or path.startswith((f"{each}/", f"{each}.")) for each in PATHS)
