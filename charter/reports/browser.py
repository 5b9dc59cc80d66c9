"""Chromium, started for one task and gone again: it draws charts where the setting says so."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from charter.reports.errors import ReportError
from charter.reports.fonts import FACES

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
"""It opens one page that this program wrote, reads nothing from the network, and needs no sandbox for that."""

_SECONDS = 60
_DRAWN = re.compile(r'<pre id="drawn">(.*?)</pre>', re.DOTALL)
_PAGE = """<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><style>{css}</style>
<script src="{plotly}"></script></head><body><div id="chart"></div><pre id="drawn"></pre><script>
const figure = {figure};
Promise.all([...document.fonts].map(font => font.load()))
  .then(() => Plotly.newPlot("chart", figure.data, figure.layout, {{staticPlot: true}}))
  .then(chart => Plotly.toImage(chart, {{format: "svg", imageDataOnly: true}}))
  .then(svg => {{ document.getElementById("drawn").textContent = svg; }});
</script></body></html>"""


def draw_in_browser(figure: Mapping[str, Any], *, language: str) -> str:
    """The figure as SVG; ReportError if there is no Chromium or it does not draw."""
    import plotly

    plotly_js = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    # `<` could end the script element.
    text = json.dumps(figure).replace("<", "\\u003c")
    page = _PAGE.format(language=html.escape(language), css=local_font_faces(), plotly=plotly_js.as_uri(), figure=text)
    dom = chromium(page, "--virtual-time-budget=20000", "--dump-dom")
    match = _DRAWN.search(dom)
    if match is None or "<svg" not in (svg := html.unescape(match[1])):
        raise ReportError("Chromium did not draw a chart.")
    return svg


def chromium(page: str, *flags: str) -> str:
    """What Chromium writes to its standard output when it opens that page; ReportError if it cannot."""
    program = shutil.which("chromium")
    if program is None:
        raise ReportError(
            "There is no program chromium, which is to draw the charts. "
            "Install it, or let CHARTER_CHARTS be embedded, which needs no browser."
        )
    with tempfile.TemporaryDirectory(prefix="charter-", ignore_cleanup_errors=True) as folder:
        file = Path(folder, "page.html")
        file.write_text(page, "utf-8", "replace")
        command = [program, *FLAGS, f"--user-data-dir={folder}/profile", *flags, file.as_uri()]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=True)  # noqa: S603 - no shell
        except (OSError, subprocess.SubprocessError) as error:
            raise ReportError(f"Chromium could not draw a chart: {error}") from error
    return done.stdout.decode("utf-8", "replace")


def local_font_faces() -> str:
    """The @font-face rules of the vendored fonts, by their place on this machine."""
    return "\n".join(
        f'@font-face {{ font-family: "{face.family}"; font-weight: {face.weight}; src: url("{face.path.as_uri()}"); }}'
        for face in FACES
    )
