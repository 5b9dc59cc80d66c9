"""Formula injection: what people type stays text in every file that a spreadsheet program opens."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import update

from charter import create_app
from charter.config import Settings
from charter.database.assessments import AgreedRating, Comment
from charter.database.cycles import Cycle
from charter.database.grants import Grant, Spending
from charter.database.jobs import Job, JobState
from charter.database.organizations import Organization
from charter.database.people import Person
from charter.database.plans import Action, ProgressNote
from charter.database.records import Visit
from charter.database.trainings import TrainingSignUp
from charter.jobs import make_worker
from charter.reports.formulas import formula_safe
from charter.services.jobs import request_job
from charter.stores import store_for
from charter.web.coalition.progress import PARTS
from tests.integration.application.conftest import plain_settings
from tests.integration.application.databases import NewDatabase
from tests.integration.application.worlds import World
from tests.security.tenants import Site, fill

EVIL = "=HYPERLINK(1);+2\t@SUM(1)"
DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")
TEXTS = {
    Organization: ("name", "province", "about", "contact_name"),
    Person: ("name",),
    Cycle: ("title",),
    Action: ("title", "description", "owner_text", "indicator", "help_needed"),
    AgreedRating: ("note",),
    Comment: ("text",),
    Grant: ("title", "purpose"),
    Spending: ("what",),
    ProgressNote: ("text",),
    Visit: ("note",),
    TrainingSignUp: ("name",),
}


@pytest.fixture(scope="module")
def hostile(sqlite: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A coalition whose every text begins as a formula does."""
    settings = plain_settings(sqlite(), Path(tmp_path_factory.mktemp("hostile")))
    app = create_app(settings)
    site = fill(World(app), settings)
    with site.world.writing() as db:
        for table, names in TEXTS.items():
            values = {name: EVIL + table.__table__.c[name] for name in names}
            db.execute(update(table).values(values))
    yield site
    app.extensions["charter.engine"].dispose()


def made_by(world: World, settings: Settings, kind: str, **arguments: object) -> bytes:
    """The file that a worker makes of such a job."""
    with world.writing() as db:
        job = request_job(db, None, kind=kind, arguments=arguments)
    make_worker(settings, world.engine).run(job.id)
    (done,) = world.rows(Job, id=job.id)
    assert done.state is JobState.DONE, done.problem
    assert done.stored_name is not None
    return store_for(settings).get(done.stored_name)


def check_csv(content: bytes, *, holds: bool = True) -> None:
    """Every cell, whatever character its program splits lines at."""
    text = content.decode("utf-8-sig")
    assert EVIL[:12] in text or not holds  # it is there
    for delimiter in ",;\t":
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            for cell in row:
                plain = cell.strip().strip("\"'") if cell.lstrip().startswith('"') else cell
                is_number = plain.lstrip("-").replace(".", "", 1).isdecimal()
                assert is_number or not plain.lstrip(" ").startswith(DANGEROUS), cell


def check_workbook(content: bytes) -> int:
    """Gives how many cells begin as a formula does, and are text."""
    workbook, found = openpyxl.load_workbook(io.BytesIO(content)), 0
    for sheet in workbook:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", f"{sheet.title}!{cell.coordinate}"
                if isinstance(cell.value, str) and cell.value.startswith(DANGEROUS):
                    found += 1
                    assert cell.quotePrefix, f"{sheet.title}!{cell.coordinate}"
    return found


def test_the_table_of_grants_holds_no_formula(hostile: Site) -> None:
    answer = hostile.client("coordinator").get("/coalition/grants.csv")
    assert answer.status_code == 200
    check_csv(answer.data)


@pytest.mark.parametrize("name", sorted(PARTS))
def test_tables_of_progress_hold_no_formula(hostile: Site, name: str) -> None:
    answer = hostile.client("coordinator").get(f"/coalition/progress/{name}.csv")
    assert answer.status_code == 200
    check_csv(answer.data, holds=False)


def test_the_export_of_a_member_holds_no_formula(hostile: Site) -> None:
    own = hostile.ours.own["organization_id"]
    arguments = {"organization": own, "person": hostile.coordinator.id}
    content = made_by(hostile.world, hostile.settings, "organization-export", **arguments)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        tables = [name for name in archive.namelist() if name.endswith(".csv")]
        assert len(tables) > 5
        for name in tables:
            text = archive.read(name)
            if EVIL[:12].encode() in text:
                check_csv(text)


@pytest.mark.parametrize(
    ("kind", "holds"), [("assessment-report", True), ("plan-report", True), ("form-workbook", False)]
)
def test_a_workbook_holds_no_formula(hostile: Site, kind: str, holds: bool) -> None:
    own = hostile.ours.own
    arguments = {"assessment": own["assessment_id"], "plan": own["plan_id"], "language": "en", "format": "xlsx"}
    assert check_workbook(made_by(hostile.world, hostile.settings, kind, **arguments)) >= holds


def test_the_search_for_formulas_finds_them() -> None:
    """The control."""
    for cell in ("=1", "+1+1", "@x", "\t=1"):
        with pytest.raises(AssertionError):
            check_csv(f'"{EVIL[:12]}","{cell}"'.encode())
    made = openpyxl.Workbook()
    made.worksheets[0]["A1"] = "=1+1"
    buffer = io.BytesIO()
    made.save(buffer)
    with pytest.raises(AssertionError):
        check_workbook(buffer.getvalue())
    assert formula_safe("=1") == "'=1" and formula_safe("a-b") == "a-b"
