"""Tricks with files: what is two things at once, unpacks to very much, runs by itself, or has a name that lies."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from charter.config import Settings
from charter.database.evidence import Evidence
from charter.services.file_types import UnwantedFile, file_type
from charter.stores import store_for
from tests.integration.application import files
from tests.integration.application.agreements import Member, a_member, sent
from tests.integration.application.worlds import World

SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
HTML = b"<!doctype html><script>alert(1)</script>"


def bomb(size: int) -> bytes:
    """A workbook that unpacks to so many bytes of zeros in a part that is read."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", b"0" * size)
        made.writestr("xl/workbook.xml", b"<x/>")
    return buffer.getvalue()


@pytest.fixture
def member(world: World) -> Member:
    return a_member(world)


def upload(member: Member, content: bytes, name: str, kind: str = "application/octet-stream") -> Any:
    page = f"{member.address}/evidence/R1"
    data: dict[str, Any] = {"file-file": (io.BytesIO(content), name, kind)}
    return sent(member.world.client(member.lead), page, f"{page}/file", **data)


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (SVG, "logo.svg", "image/svg+xml"),
        (SVG, "logo.png", "image/png"),
        (b"\xef\xbb\xbf  " + SVG, "logo.txt", "text/plain"),
        (HTML, "minutes.txt", "text/plain"),
        (files.PDF + files.archive(("a.jar", "x")), "minutes.pdf", "application/pdf"),
        (b"%PDF-1.4\n" + HTML + files.PDF, "minutes.pdf", "application/pdf"),
        (files.PNG + files.archive(("a.jar", "x")), "photo.png", "image/png"),
        (files.JPEG[:20] + b"<?php system(1);" + files.JPEG[20:], "photo.jpg", "image/jpeg"),
        (b"GIF89a/*" + b"\x00" * 20 + b"*/=1;alert(1)", "photo.gif", "image/gif"),
        (files.docx(macro=True), "minutes.docx", "application/pdf"),
        (files.PDF.replace(b"/Pages 2", b"/OpenAction<</S/JavaScript/JS(x)>>/Pages 2"), "a.pdf", "application/pdf"),
        (files.PDF.replace(b"/Pages 2", b"/OpenAction<</S/J#61vaScript/#4aS(x)>>/Pages 2"), "a.pdf", "application/pdf"),
        (bomb(60 * 1024 * 1024), "table.xlsx", "application/zip"),
        (b"MZ\x90\x00" + b"\x00" * 200, "minutes.pdf", "application/pdf"),
        (b"\x7fELF" + b"\x00" * 200, "minutes", "text/plain"),
        (
            b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>",
            "a.txt",
            "text/plain",
        ),
    ],
)
def test_what_is_not_what_it_says_is_not_kept(
    member: Member, settings: Settings, content: bytes, name: str, kind: str
) -> None:
    assert upload(member, content, name, kind).status_code == 422
    assert member.world.rows(Evidence) == []
    assert list(store_for(settings).names()) == []


def test_the_kind_comes_from_the_content_whatever_the_browser_says(member: Member) -> None:
    """The control, too: a good file is kept."""
    assert upload(member, files.PDF, "page.html", "text/html").status_code == 302
    (row,) = member.world.rows(Evidence)
    assert (row.file_name, row.media_type) == ("page.pdf", "application/pdf")


@pytest.mark.parametrize(
    "name",
    [
        "a" * 5000 + ".pdf",
        "minutes\u202efdp.exe",
        "../../../../etc/cron.d/x.pdf",
        "..\\..\\windows\\x.pdf",
        "/etc/passwd",
        'x"; filename="evil.html',
        "CON.pdf",
        "\u2066a\u2069.pdf",
        ".htaccess",
        "<script>alert(1)</script>.pdf",
        "{{7*7}}.pdf",
    ],
)
def test_a_name_that_lies_is_made_harmless(member: Member, settings: Settings, name: str) -> None:
    assert upload(member, files.PDF, name).status_code == 302
    (row,) = member.world.rows(Evidence)
    assert row.file_name is not None and row.file_name.endswith(".pdf") and len(row.file_name) <= 200
    assert not any(each in row.file_name for each in "/\\\r\n\u202e\u2066\u2069")
    ((stored, _since),) = store_for(settings).names()
    assert stored == row.stored_name and stored.isalnum()
    answer = member.world.client(member.lead).get(f"/assessment/{member.assessment.id}/evidence/{row.id}")
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="') and disposition.count('"') == 2
    page = member.world.client(member.lead).get(f"{member.address}/evidence/R1").text
    assert "<script>alert" not in page and "49.pdf" not in page


def test_a_file_larger_than_the_limit_is_refused_before_it_is_read(member: Member, settings: Settings) -> None:
    client, kind = member.world.client(member.lead), "multipart/form-data; boundary=x"
    for size, status in ((settings.upload_limit + 1024 * 1024, 413), (100, 400)):
        answer = client.post(
            f"{member.address}/evidence/R1/file",
            input_stream=io.BytesIO(b"--x--".ljust(100)),
            content_type=kind,
            environ_overrides={"CONTENT_LENGTH": str(size)},
        )
        assert answer.status_code == status
    assert member.world.rows(Evidence) == []


def test_a_form_of_thousands_of_parts_is_refused(member: Member) -> None:
    fields = {f"x{number}": "1" for number in range(2100)}
    client = member.world.client(member.lead)
    answer = client.post("/account/details", data=fields, content_type="multipart/form-data")
    assert answer.status_code == 413


def test_a_bomb_is_turned_away_without_being_unpacked() -> None:
    """It would be sixty megabytes; one of them is looked at."""
    content = bomb(60 * 1024 * 1024)
    assert len(content) < 100_000
    with pytest.raises(UnwantedFile):
        file_type(content, name="table.xlsx")
