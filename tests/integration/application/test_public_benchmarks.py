"""Published benchmarks: the same for everybody, cached, complete, and never a draft."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from frictionless import Package, system

from charter.database.assessments import Assessment
from charter.database.jobs import Job
from charter.database.organizations import Organization
from charter.database.people import MemberRole, Person
from charter.jobs import Worker
from charter.services import organizations, public_releases
from charter.stores import store_for
from tests.integration.application.coalitions import Coalition
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.publishing import publish
from tests.integration.application.worlds import World

pytestmark = on_sqlite_only
"""Pages and their words; what they ask of the database is asked on both in the tests of its services."""

PAGES = (
    "/benchmarks",
    "/benchmarks?lang=km",
    "/benchmarks/2025",
    "/benchmarks/2025/groups/all",
    "/benchmarks/2025/method?lang=vi",
    "/benchmarks/2025/charts/overall-1.svg",
    "/benchmarks/2025/release.json",
    "/benchmarks/2025/release.csv",
    "/benchmarks/2025/datapackage.json",
    "/benchmarks/2025/datapackage.zip",
    "/members",
    "/robots.txt",
    "/sitemap.xml",
)


@pytest.fixture
def coalition(world: World) -> Coalition:
    made = Coalition(world)
    made.groups()
    made.cycle()
    publish(made, "2025")
    return made


def release_of(coalition: Coalition) -> dict[str, Any]:
    with coalition.world.reading() as db:
        found = public_releases.find_published(db, "2025")
        assert found is not None
        return dict(json.loads(found.release_text))


def people(coalition: Coalition) -> list[Person]:
    """A lead, a mentor, a coordinator."""
    lead = coalition.world.person("Some Lead")
    with coalition.world.writing() as db:
        organizations.add_membership(
            db,
            None,
            person=db.merge(lead),
            organization=db.get_one(Organization, coalition.organizations[0]),
            role=MemberRole.LEAD,
        )
    return [lead, coalition.mentors[0], coalition.first]


def test_everybody_gets_the_same_bytes_and_no_cookie(coalition: Coalition) -> None:
    clients = [coalition.world.client(), *(coalition.world.client(each) for each in people(coalition))]
    for page in PAGES:
        answers = [client.get(page, headers={"Accept-Language": "vi"}) for client in clients]
        assert {answer.status_code for answer in answers} == {200}, page
        assert len({answer.data for answer in answers}) == 1, page
        assert len({answer.headers["ETag"] for answer in answers}) == 1, page
        for answer in answers:
            assert "Set-Cookie" not in answer.headers, page
            assert "Cookie" not in answer.headers.get("Vary", ""), page
            assert "Accept-Language" not in answer.headers.get("Vary", ""), page
            assert answer.headers["Cache-Control"] == "public, max-age=300", page
            assert answer.headers["X-Content-Type-Options"] == "nosniff", page
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"], page
            assert len(answer.data) < 100_000, page


def test_what_was_said_to_one_person_waits_for_the_next_page_of_their_own(coalition: Coalition) -> None:
    client = coalition.world.client(coalition.first)
    with client.session_transaction() as session:
        session["_flashes"] = [("done", "Only for you")]
    assert "Only for you" not in client.get("/benchmarks").text
    assert "Only for you" in client.get("/coalition/releases").text


def test_a_reader_who_has_a_page_is_told_that_it_has_not_changed(coalition: Coalition) -> None:
    client = FlaskClient(coalition.world.app)  # one that takes compressed pages as they come
    for page in PAGES:
        for accepted in ("identity", "br", "gzip"):
            first = client.get(page, headers={"Accept-Encoding": accepted})
            tag = first.headers["ETag"]
            assert not tag.startswith("W/"), page
            again = client.get(page, headers={"Accept-Encoding": accepted, "If-None-Match": tag})
            assert (again.status_code, again.data) == (304, b""), (page, accepted)
            assert again.headers["ETag"] == tag
    before = client.get("/benchmarks").headers["ETag"]
    coalition.cycle()
    publish(coalition, "2026")
    assert client.get("/benchmarks", headers={"If-None-Match": before}).status_code == 200


def test_the_tables_say_what_was_published_and_nothing_else(coalition: Coalition) -> None:
    page = coalition.world.client().get("/benchmarks/2025").text
    content = release_of(coalition)
    assert content["groups"] and content["withheld"]
    for group in content["groups"]:
        figures = group["metrics"]["overall"]
        row = next(line for line in page.split("<tr>") if f'scope="row">{group["title"]}</th>' in line)
        cells = re.findall(r'<td class="num">(.*?)</td>', row)
        assert cells[0] == group["size"].replace("-", "–")
        assert cells[1:4] == [f"{figures[name]}%" for name in ("median", "q1", "q3")]
    title = content["withheld"][0].title()
    row = next(line for line in page.split("<tr>") if f'scope="row">{title}</th>' in line)
    assert row.count("not published") == 5
    assert f"/groups/{content['withheld'][0]}" not in page


def test_pages_do_not_change_when_the_live_data_does(coalition: Coalition) -> None:
    client = coalition.world.client()
    before = {page: client.get(page).data for page in PAGES}
    with coalition.world.writing() as db:
        for assessment in db.query(Assessment):
            assessment.scores, assessment.overall = None, 0
    assert {page: client.get(page).data for page in PAGES} == before


def test_every_group_has_a_page_with_all_its_metrics(coalition: Coalition) -> None:
    content = release_of(coalition)
    for group in content["groups"]:
        page = coalition.world.client().get(f"/benchmarks/2025/groups/{group['id']}").text
        metrics = [name for name in group["metrics"] if name.startswith(("group:", "standard:"))]
        assert page.count('<th scope="row"') == len(metrics) > 20
        charts = re.findall(r'<img src="([^"]+)"', page)
        assert charts
        for chart in charts:
            picture = coalition.world.client().get(chart)
            assert picture.mimetype == "image/svg+xml"
            ElementTree.fromstring(picture.data)  # noqa: S314 - our own


@pytest.mark.parametrize("language", ["en", "km", "vi"])
def test_each_language_can_be_found(coalition: Coalition, language: str) -> None:
    client = coalition.world.client()
    for path in (
        "/benchmarks",
        "/benchmarks/2025",
        "/benchmarks/2025/groups/all",
        "/benchmarks/2025/method",
        "/members",
    ):
        page = client.get(f"{path}?lang={language}").text
        own = path if language == "en" else f"{path}?lang={language}"
        assert f'<html lang="{language}">' in page
        assert f'<link rel="canonical" href="http://127.0.0.1:8000{own}">' in page
        for other in ("km", "vi"):
            link = f'<link rel="alternate" hreflang="{other}" href="http://127.0.0.1:8000{path}?lang={other}">'
            assert link in page
        assert f'hreflang="x-default" href="http://127.0.0.1:8000{path}"' in page
        assert re.search(r'<meta name="description" content="[^"]{40,}"', page)
        assert '<meta property="og:title"' in page
    titles = [client.get(f"/benchmarks/2025/groups/all?lang={each}").text for each in ("en", language)]
    assert (titles[0] == titles[1]) == (language == "en")


def test_drafts_and_what_does_not_exist_look_alike(coalition: Coalition) -> None:
    coalition.cycle()
    coalition.draft("secret-2026")
    client = coalition.world.client(coalition.first)
    assert "secret-2026" not in client.get("/benchmarks").text + client.get("/sitemap.xml").text
    endings: tuple[str, ...] = ("", "/method", "/groups/all", "/charts/overall-1.svg", "/release.json", "/release.csv")
    endings += ("/datapackage.json", "/datapackage.zip", "/report.pdf")
    for name in ("secret-2026", "2031"):
        for ending in endings:
            answer = client.get(f"/benchmarks/{name}{ending}")
            assert answer.status_code == 404, (name, ending)
            assert "Set-Cookie" not in answer.headers
    for odd in ("/benchmarks/2025/groups/shelters-x", "/benchmarks/2025/charts/none.svg"):
        assert client.get(odd).status_code == 404


def test_downloads_are_the_frozen_files(coalition: Coalition) -> None:
    client = coalition.world.client()
    with coalition.world.reading() as db:
        files = public_releases.files_of_release(db, "2025")
    assert files is not None
    assert client.get("/benchmarks/2025/release.json").data == files.release.encode()
    assert client.get("/benchmarks/2025/release.csv").data == files.table.encode()
    assert b"\r\n" in client.get("/benchmarks/2025/release.csv").data
    archive = client.get("/benchmarks/2025/datapackage.zip").data
    with zipfile.ZipFile(io.BytesIO(archive)) as found:
        assert sorted(found.namelist()) == ["datapackage.json", "release.csv", "release.json"]
        assert found.read("release.csv") == files.table.encode()
    assert "private" not in archive.decode("latin-1")


def test_the_data_package_is_one(coalition: Coalition, tmp_path: Path) -> None:
    archive = coalition.world.client().get("/benchmarks/2025/datapackage.zip").data
    with zipfile.ZipFile(io.BytesIO(archive)) as found:
        found.extractall(tmp_path)
    with system.use_context(trusted=True):
        report = Package(str(tmp_path / "datapackage.json")).validate()
    assert report.valid, report.flatten(["message"])
    (tmp_path / "release.csv").write_bytes((tmp_path / "release.csv").read_bytes().replace(b"50-99", b"50-98"))
    with system.use_context(trusted=True):
        assert not Package(str(tmp_path / "datapackage.json")).validate().valid


def test_the_report_is_made_by_jobs_and_then_everybodys(coalition: Coalition) -> None:
    world, settings = coalition.world, coalition.world.app.extensions["charter.settings"]
    client = world.client()
    assert client.get("/benchmarks/2025/report.pdf").status_code == 404
    assert "report.pdf" not in client.get("/benchmarks/2025").text
    with world.writing() as db:
        public_releases.request_missing_reports(db, settings)
    with world.writing() as db:
        public_releases.request_missing_reports(db, settings)  # asking twice makes no second one
        jobs = [job for job in db.query(Job) if job.kind == public_releases.REPORT]
        english = next(job.id for job in jobs if job.arguments["language"] == "en")
        assert sorted(job.arguments["language"] for job in jobs) == ["en", "km", "vi"]
    Worker(settings, world.sessions, store_for(settings)).run(english)
    answer = client.get("/benchmarks/2025/report.pdf")
    assert answer.data.startswith(b"%PDF") and "Set-Cookie" not in answer.headers
    assert "report.pdf" in client.get("/benchmarks/2025").text
    assert "report.pdf" not in client.get("/benchmarks/2025?lang=km").text


def test_statements_do_not_grow_with_releases_and_members(coalition: Coalition) -> None:
    client = coalition.world.client(coalition.first)
    pages = ("/benchmarks", "/benchmarks/2025", "/benchmarks/2025/groups/all", "/members")
    for page in pages:
        client.get(page)  # the questionnaire is read once per process
    before = [coalition.world.count_statements(lambda page=page: client.get(page)) for page in pages]  # type: ignore[misc]
    assert max(before) <= 3
    coalition.cycle()
    publish(coalition, "2026")
    after = [coalition.world.count_statements(lambda page=page: client.get(page)) for page in pages]  # type: ignore[misc]
    assert after == before


def test_without_a_release_the_page_says_so(world: World) -> None:
    assert "Nothing is published yet" in world.client().get("/benchmarks").text


def test_search_engines_find_every_page_in_every_language(coalition: Coalition) -> None:
    client = coalition.world.client()
    robots = client.get("/robots.txt").text
    assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in robots and "Disallow: /coalition" in robots
    tree = ElementTree.fromstring(client.get("/sitemap.xml").data)  # noqa: S314 - our own
    found = [each.text or "" for each in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert len(found) == len(set(found)) == 4 * 3
    for address in found:
        assert client.get(address.removeprefix("http://127.0.0.1:8000")).status_code == 200
