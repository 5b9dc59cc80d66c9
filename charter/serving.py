"""What gunicorn is told besides its arguments: `--config python:charter.serving`."""

from __future__ import annotations

from charter.logs import LOGGING

logconfig_dict = LOGGING
