"""Text that people type is text: in pages, headers, mails, files and queries."""

from __future__ import annotations

import io
from email import message_from_bytes, policy
from typing import Any

import pypdf
import pytest
from jinja2 import StrictUndefined
from sqlalchemy import update

from charter.config import Settings
from charter.database.assessments import AgreedRating
from charter.database.organizations import Organization
from charter.database.outbox import OutboxMail
from charter.database.people import Person, Role
from charter.mail import Mail, as_message
from charter.services import outbox
from charter.web.downloads import as_attachment
from questionnaires.message import message
from tests.integration.application.agreements import a_member, sent
from tests.integration.application.planning import close
from tests.integration.application.worlds import World, post_form
from tests.security.tenants import Site
from tests.security.test_formulas import made_by

TEMPLATE = "{{7*7}}{%if 1%}${7*7}#{7*7}<%=7*7%>{0.__class__}%(name)s{name}"
MARKUP = "<img src=x onerror=alert(1)>\"'><script>alert(1)</script>"


def rename(world: World, name: str) -> None:
    with world.writing() as db:
        db.execute(update(Organization).values(name=f"House {name}"))


@pytest.mark.parametrize("text", [TEMPLATE, MARKUP])
def test_what_is_typed_stands_on_the_page_as_it_was_typed(world: World, text: str) -> None:
    member = a_member(world)
    rename(world, text)
    client = world.client(member.lead)
    page = f"{member.address}/rate/rules"
    answer = sent(client, page, page, **{"R1-version": "0", "R1-rating": "2", "R1-note": text})
    assert answer.status_code == 302
    (row,) = world.rows(AgreedRating)
    assert row.note == text
    sent(client, "/account/details", "/account/details", name=text[:120], language="en")
    pages = [
        client.get(path).text
        for path in (page, f"/member/{member.organization.id}", "/account", f"{member.address}/answer/R1/history")
    ]
    pages.append(world.client(world.person("Some Coordinator", Role.COORDINATOR)).get("/coalition/members").text)
    for shown in pages:
        assert ("<script>alert" not in shown and "<img src=x" not in shown and "{{7*7}}" in shown) or text == MARKUP
        assert "onerror=alert(1)>" not in shown
        assert "<class" not in shown and "49{%" not in shown
    assert any("&lt;script&gt;" in shown for shown in pages) or text == TEMPLATE


def test_what_is_typed_is_no_template_in_a_mail(world: World, settings: Settings) -> None:
    coordinator = world.person("Some Coordinator", Role.COORDINATOR)
    answer = post_form(
        world.client(coordinator),
        "/coalition/people/add",
        {"name": TEMPLATE, "email": "new@example.org", "role": "mentor", "language": "en"},
    )
    assert answer.status_code == 302
    (mail,) = world.rows(OutboxMail)
    assert TEMPLATE in mail.body
    made = as_message(settings, Mail(1, mail.recipient, mail.subject, mail.body, "en", mail.created_at))
    read = message_from_bytes(made.as_bytes(), policy=policy.default)
    assert read.get_content_type() == "text/plain"  # no mail program can be made to run anything
    assert TEMPLATE in read.get_content()


def test_what_is_typed_is_no_template_in_a_report(world: World, settings: Settings) -> None:
    member = a_member(world)
    rename(world, "{{7*7}} <b>bold</b>")
    member.save("R1", 1, note=TEMPLATE)
    close(member, rating=1)
    arguments = {"assessment": member.assessment.id, "language": "en", "format": "pdf"}
    content = made_by(world, settings, "assessment-report", **arguments)
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    assert "{{7*7}}" in text and "<b>bold</b>" in text


def test_templates_escape_and_refuse_what_they_do_not_know(world: World) -> None:
    environment = world.app.jinja_env
    assert environment.undefined is StrictUndefined
    for name in environment.list_templates():
        if name.endswith((".html.j2", ".svg.j2")):
            autoescape = environment.autoescape
            assert autoescape(name) if callable(autoescape) else autoescape, name


@pytest.mark.parametrize(
    "evil", ["x\r\nBcc: all@example.org", "x\nSubject: y", "x\r\n\r\n<script>", "x\x0bBcc: y", "x\u2028y"]
)
def test_a_line_break_makes_no_header_of_a_mail(world: World, settings: Settings, evil: str) -> None:
    with world.writing() as db:
        outbox.write_mail(
            db, recipient="a@example.org", language="en", subject=message("{name} asks", name=evil), body=message("x")
        )
    (mail,) = world.rows(OutboxMail)
    made = as_message(settings, Mail(1, mail.recipient, mail.subject, mail.body, "en", mail.created_at))
    read = message_from_bytes(made.as_bytes(), policy=policy.default)
    assert read["Bcc"] is None and len(read.get_all("Subject", [])) == 1
    with pytest.raises(ValueError):
        as_message(settings, Mail(1, "a@example.org\r\nBcc: b@example.org", "x", "x", "en", mail.created_at))


@pytest.mark.parametrize(
    "address", ["a@example.org\r\nBcc: b@example.org", "a@example.org, b@example.org", "a b@c", "@"]
)
def test_an_address_that_is_more_than_one_is_refused(world: World, address: str) -> None:
    coordinator = world.person("Some Coordinator", Role.COORDINATOR)
    fields = {"name": "New", "email": address, "role": "mentor", "language": "en"}
    assert post_form(world.client(coordinator), "/coalition/people/add", fields).status_code == 422
    assert world.rows(OutboxMail) == []


@pytest.mark.parametrize("name", ["x\r\nSet-Cookie: a=b", 'x"; filename="y.html', "x\u202ey", "x\x00y", "ខ្មែរ.pdf"])
def test_a_file_name_makes_no_header(world: World, name: str) -> None:
    with world.app.test_request_context():
        header = as_attachment(b"", name=name, media_type="text/plain").headers["Content-Disposition"]
    assert header.isascii() and "\r" not in header and "\n" not in header
    assert header.count('"') == 2


@pytest.mark.parametrize(
    "evil", ["' OR '1'='1", "'; DROP TABLE person; --", "%' OR 1=1 --", "\\", "%", "_", "') UNION SELECT 1--"]
)
def test_what_is_searched_for_is_no_query(site: Site, evil: str) -> None:
    client = site.client("coordinator")
    for path in (
        "/coalition/members",
        "/coalition/audit",
        "/resources",
        "/members/all",
        "/coalition/actions",
        "/trainings",
    ):
        for name in ("q", "state", "page", "cycle"):
            assert client.get(path, query_string={name: evil}).status_code in (200, 404), f"{path}?{name}"
    assert site.world.rows(Person, id=site.coordinator.id)


@pytest.mark.parametrize("where", ["path", "query", "form", "api"])
def test_the_character_zero_is_refused_wherever_it_stands(world: World, where: str) -> None:
    client = world.client(world.person("Sok Dara"))
    answer: Any
    if where == "path":
        answer = client.get("/benchmarks/a%00b")
    elif where == "api":
        answer = client.get("/api/v1/benchmarks/a%00b")
    elif where == "query":
        answer = client.get("/resources?q=a%00b")
    else:
        answer = post_form(client, "/account/details", {"name": "Sok\x00Dara", "language": "en"})
    assert answer.status_code == 400
    assert "\x00" not in answer.text


def test_a_page_number_of_any_kind_breaks_nothing(site: Site) -> None:
    client = site.client("coordinator")
    for path in ("/coalition/members", "/coalition/audit", "/resources", "/coalition/grants", "/coalition/actions"):
        for number in ("0", "-1", "9" * 40, "1e9", "NaN", "１", "0x10", ""):
            assert client.get(path, query_string={"page": number}).status_code in (200, 302, 404), f"{path} {number}"


def test_what_the_address_asks_for_is_no_argument_of_ours(site: Site) -> None:
    """Names that mean something to whoever makes addresses, numbers and days beyond all sense."""
    coordinator = site.client("coordinator")
    for path in ("/benchmarks", "/members", "/members/all", "/resources", "/coalition/audit", "/coalition/actions"):
        for query in (
            "endpoint=x&name=y",
            "_external=1&_scheme=javascript&_anchor=x&_method=z",
            "day=9999-12-31&quarter=9999-4",
            "day=0001-01-01&quarter=0001-1",
            "organization=99999999999999999999&person=99999999999999999999&year=99999999999999999999",
        ):
            answer = coordinator.get(f"{path}?{query}")
            assert answer.status_code == 200, f"{path}?{query}"
            assert "javascript:" not in answer.text


def test_a_number_larger_than_a_column_is_not_found(site: Site) -> None:
    client = site.client("coordinator")
    for path in ("/coalition/members/{}", "/grants/{}", "/plan/{}", "/action/{}", "/resources/{}", "/trainings/{}"):
        for number in (2**31, 2**63, 10**30):
            assert client.get(path.format(number)).status_code == 404, f"{path} {number}"
