"""`python -m bench.reports`: reports and forms; written to docs/performance/0002-reports.md.

The floor of a PDF is WeasyPrint alone on the same finished HTML with the same pictures, none of ours around it.
"""

from __future__ import annotations

import base64
import io
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from unittest.mock import patch

import pypdf
from playwright.sync_api import sync_playwright

from bench.generated import write_pack
from bench.measure import Goal, Section, interleaved, milliseconds, on_the_clock, ratio, times
from bench.page import as_text, write_page
from bench.startup import CHARTER
from bench.subjects import PACK, ROOT, STAFF_EXAMPLE
from charter.reports import pdf
from charter.reports.assessment import assessment_report
from charter.reports.browser import FLAGS, local_font_faces
from charter.reports.fonts import font_face_css
from charter.reports.picture_store import SETTING as CHART_FOLDER
from questionnaires import load_pack
from questionnaires.model import Pack
from questionnaires.xlsform import write_xlsform
from scoring import read_answers, score

PAGE = ROOT / "docs" / "performance" / "0002-reports.md"
TITLE = "0002 Reports and forms"

RUNS = 5
MOST_TIMES_FLOOR = 1.15
MOST_MS_A_PAGE = 90
MOST_TIMES_CHROMIUM = 1.6
MOST_PEAK = 160
MOST_KB = 400
MOST_GROWTH = 1.1
MOST_MORE_MEMORY = 1.1
SIZES = (85, 500)
REPORTS = 50
WORKERS = 2
SETTLED = 5
"""After so many reports a worker has loaded whatever it needs."""

_FLOOR = "WeasyPrint alone (floor)"
_OURS = "`pdf`: the same HTML"
_PICTURE = re.compile(rf"{pdf.SCHEME}[0-9a-f]+")
_ANSWERS = STAFF_EXAMPLE.read_bytes()


def twenty_pages() -> Section:
    section = Section(
        "A report of some twenty pages",
        f"In process, everything being loaded and the charts drawn before: the assessment report of "
        f"`examples/{STAFF_EXAMPLE.name}`. Floor: WeasyPrint alone with the same HTML, style sheet, fonts and charts, "
        "tagged too. It reads and draws the charts each time; a second row leaves them out altogether, so that it has "
        "less to do than we. In Khmer there is no floor, because alone it breaks no lines.",
        ("work", "pages", "KB", "median, ms", "spread, ms", "ms a page", "of the floor"),
    )
    english, khmer = (partial(_report, load_pack(PACK), _ANSWERS, language) for language in ("en", "km"))
    html, css = _finished(english)
    works: dict[str, Callable[[], bytes]] = {
        _FLOOR: lambda: _weasyprint(html, css),
        "WeasyPrint alone, without the charts": lambda: _weasyprint(re.sub("<img[^>]*>", "", html), css),
        _OURS: lambda: pdf.pdf(html, css=css),
        "`assessment_report`, English": english,
        "`assessment_report`, Khmer": khmer,
    }
    found = interleaved(works, runs=RUNS)
    for name, work in works.items():
        made = work()
        pages = _pages(made)
        a_page = found[name].median * 1000 / pages
        factor = ratio(found[name], found[_FLOOR])
        row = (name, str(pages), f"{len(made) / 1000:.0f}", str(found[name]), found[name].spread, f"{a_page:.0f}")
        section.rows.append((*row, "" if work is khmer else times(factor)))
        if work in (english, khmer):
            size = len(made) / 1000
            section.goals += [
                Goal(f"{name}: at most {MOST_MS_A_PAGE} ms a page", f"{a_page:.0f} ms", a_page <= MOST_MS_A_PAGE),
                Goal(f"{name}: at most {MOST_KB} KB", f"{size:.0f} KB", size <= MOST_KB),
            ]
    factor = ratio(found[_OURS], found[_FLOOR])
    section.goals.append(
        Goal(f"at most {MOST_TIMES_FLOOR} × WeasyPrint alone", times(factor), factor <= MOST_TIMES_FLOOR)
    )
    return section


def chromium() -> Section:
    """On the clock, since Chromium is several processes."""
    html, css = _finished(partial(_report, load_pack(PACK), _ANSWERS, "en"))
    page = _PICTURE.sub(lambda match: _data_address(pdf._pictures[match[0]]), html)
    page = page.replace("</head>", f"<style>{local_font_faces()}\n{css}</style></head>")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        tab = browser.new_page()

        def printed() -> bytes:
            tab.set_content(page)
            return bytes(tab.pdf(prefer_css_page_size=True, print_background=True, tagged=True))

        works = {"`pdf`": lambda: pdf.pdf(html, css=css), "Chromium, warm": printed}
        found = on_the_clock(works, runs=RUNS, warm=True)
        made = {name: work() for name, work in works.items()}
        browser.close()
    section = Section(
        "Against a warm Chromium",
        "On the clock: the same HTML printed by a Chromium that is already running with a page open.",
        ("work", "pages", "KB", "median, ms", "spread, ms", "of Chromium"),
    )
    for name, data in made.items():
        factor = ratio(found[name], found["Chromium, warm"])
        row = (name, str(_pages(data)), f"{len(data) / 1000:.0f}", str(found[name]), found[name].spread, times(factor))
        section.rows.append(row)
    factor = ratio(found["`pdf`"], found["Chromium, warm"])
    section.goals.append(
        Goal(f"at most {MOST_TIMES_CHROMIUM} × a warm Chromium", times(factor), factor <= MOST_TIMES_CHROMIUM)
    )
    return section


def cold() -> Section:
    section = Section(
        "A process that makes one report",
        f"On the clock from start to end, files in the cache of the system; peak memory is the most that the process "
        f"held (VmHWM). Charts are drawn, or found in the folder that `{CHART_FOLDER}` names.",
        ("work", "median, s", "spread, s", "peak, MiB"),
    )
    with tempfile.TemporaryDirectory() as folder:
        command = ("report", PACK, str(STAFF_EXAMPLE), "--language", "en", "-o", f"{folder}/report.pdf")
        for name, setting in (("charts drawn", ""), ("charts found", f"{folder}/charts")):
            environment = {**os.environ, CHART_FOLDER: setting}
            run = partial(_run, (CHARTER, *command), environment)
            timing = on_the_clock({name: run}, runs=RUNS, warm=True)[name]
            code = f"from charter.cli import main\ntry: main({list(command)!r})\nexcept SystemExit: pass\n{_PEAK}"
            peaks = sorted(int(_run((sys.executable, "-c", code), environment)) for _ in range(3))
            section.rows.append(
                (
                    f"`charter report`, {name}",
                    f"{timing.median:.2f}",
                    f"{min(timing.runs):.2f} – {max(timing.runs):.2f}",
                    f"{peaks[1] / 1024:.0f}",
                )
            )
            peak = peaks[1] / 1024
            section.goals.append(Goal(f"{name}: peak at most {MOST_PEAK} MiB", f"{peak:.0f} MiB", peak <= MOST_PEAK))
    return section


def growth() -> Section:
    section = Section(
        "Questionnaires of growing size",
        "In process, charts drawn before: the assessment report in English of generated packs, every criterion rated.",
        ("criteria", "pages", "KB", "median, ms", "spread, ms", "ms a page", "ms a criterion"),
    )
    with _generated() as makes:
        found = interleaved({str(size): make for size, make in makes.items()}, runs=RUNS)
        each: list[float] = []
        for size, make in makes.items():
            made = make()
            pages = _pages(made)
            timing = found[str(size)]
            each.append(timing.median / pages)
            row = (str(size), str(pages), f"{len(made) / 1000:.0f}", str(timing), timing.spread)
            section.rows.append((*row, milliseconds(each[-1]), milliseconds(timing.median / size)))
    factor = each[-1] / each[0]
    section.goals.append(
        Goal(
            f"growth is linear: with {SIZES[-1]} criteria at most {MOST_GROWTH} × the time for each page",
            times(factor),
            factor <= MOST_GROWTH,
        )
    )
    return section


def many() -> Section:
    """All with different answers, so that every chart of ratings is drawn anew."""
    began = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(WORKERS) as pool:
        found = pool.map(_one_of_many, range(REPORTS), chunksize=1)
    seconds = time.perf_counter() - began
    section = Section(
        f"{REPORTS} reports in {WORKERS} worker processes",
        f"On the clock, the start of the processes included: {REPORTS} assessment reports of organizations that "
        "answered differently, English and Khmer in turns, so that charts are drawn anew in each. All together "
        f"{seconds:.0f} s, which is **{seconds / REPORTS:.2f} s a report**.",
        ("worker", "reports", "MiB after the first", f"after {SETTLED}", "after the last", "peak, MiB"),
    )
    for number, process in enumerate(sorted({process for process, _, _ in found}), start=1):
        held = [(now / 1024, peak / 1024) for worker, now, peak in found if worker == process]
        now = [one for one, _ in held]
        numbers = (now[0], now[SETTLED - 1], now[-1], max(peak for _, peak in held))
        section.rows.append((str(number), str(len(held)), *(f"{value:.0f}" for value in numbers)))
        factor = now[-1] / now[SETTLED - 1]
        section.goals.append(
            Goal(
                f"worker {number}: memory stays the same within {MOST_MORE_MEMORY} ×",
                times(factor),
                factor <= MOST_MORE_MEMORY,
            )
        )
    return section


def xlsform() -> Section:
    from pyxform.xls2xform import convert

    pack = load_pack(PACK)
    data, _ = write_xlsform(pack)
    works: dict[str, Callable[[], object]] = {
        "pyxform converts it (floor)": lambda: convert(io.BytesIO(data), file_type=".xlsx"),
        "`write_xlsform`": lambda: write_xlsform(pack),
    }
    found = interleaved(works, runs=RUNS)
    section = Section(
        "XLSForm",
        f"In process: `{PACK}` as a workbook of {len(data) / 1000:.0f} KB in all its languages; pyxform converts it.",
        ("work", "median, ms", "spread, ms", "of the floor"),
    )
    floor, own = found.values()
    section.rows += [(name, str(timing), timing.spread, times(ratio(timing, floor))) for name, timing in found.items()]
    section.goals.append(
        Goal("writing takes no longer than converting", times(ratio(own, floor)), ratio(own, floor) <= 1)
    )
    return section


def _report(pack: Pack, answers: bytes, language: str) -> bytes:
    read = read_answers(answers, pack)
    return assessment_report(pack, read, score(pack, read), language=language)


def _finished(make: Callable[[], bytes]) -> tuple[str, str]:
    """The HTML and the style sheet that the report is made from."""
    found: list[tuple[str, str]] = []

    def note(html: str, *, css: str) -> bytes:
        found.append((html, css))
        return b""

    with patch("charter.reports.render.pdf", note):
        make()
    return found[0]


def _weasyprint(html: str, css: str) -> bytes:
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    fetcher, fonts = pdf._fetcher(), FontConfiguration()
    sheet = weasyprint.CSS(
        string=f"{font_face_css()}\n{css}", base_url=pdf.BASE_URL, url_fetcher=fetcher, font_config=fonts
    )
    document = weasyprint.HTML(string=html, base_url=pdf.BASE_URL, url_fetcher=fetcher)
    return bytes(document.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/ua-1"))


def _data_address(svg: bytes) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode()


def _pages(data: bytes) -> int:
    return len(pypdf.PdfReader(io.BytesIO(data)).pages)


@contextmanager
def _generated() -> Iterator[dict[int, Callable[[], bytes]]]:
    """What makes a report, by number of criteria."""
    with tempfile.TemporaryDirectory() as folder:
        found: dict[int, Callable[[], bytes]] = {}
        for size in SIZES:
            pack = load_pack(str(write_pack(Path(folder, f"pack-{size}"), size)))
            ratings = {one.id: one.scale.values[place % 4] for place, one in enumerate(pack.criteria)}
            organization = {"name": "Seven Lanterns (made up)", "services": ["residential"], "staff": 9}
            head: Mapping[str, object] = {"pack": pack.id, "version": pack.version, "organization": organization}
            found[size] = partial(_report, pack, json.dumps({**head, "ratings": ratings}).encode(), "en")
        yield found


@cache
def _pack() -> Pack:
    return load_pack(PACK)


def _one_of_many(number: int) -> tuple[int, int, int]:
    """Make a report with answers like nobody else's; the process, and what it holds now and held at most, in KiB."""
    pack = _pack()
    answers = json.loads(_ANSWERS)
    for place, one in enumerate(pack.criteria):
        if one.id in answers["ratings"] and (place * 7 + number) % 5 == 0:
            values = one.scale.values
            answers["ratings"][one.id] = values[(place + number // 5) % len(values)]
    _report(pack, json.dumps(answers).encode(), "km" if number % 2 else "en")
    return os.getpid(), _held("VmRSS"), _held("VmHWM")


def _held(what: str) -> int:
    """KiB of memory of this process."""
    match = re.search(rf"{what}:\s+(\d+)", Path("/proc/self/status").read_text("utf-8"))
    assert match
    return int(match[1])


_PEAK = "import re; print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])"


def _run(command: tuple[str, ...], environment: Mapping[str, str]) -> str:
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


SUBJECTS: tuple[Callable[[], Section], ...] = (twenty_pages, chromium, cold, growth, many, xlsform)


def main() -> None:
    sections = []
    for subject in SUBJECTS:
        section = subject()
        print(as_text(section), flush=True)
        sections.append(section)
    print(f"written: {write_page(sections, page=PAGE, title=TITLE, runs=RUNS).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
