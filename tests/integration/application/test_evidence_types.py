"""What an uploaded file really is; no database is needed for that."""

from __future__ import annotations

import pytest

from charter.services.file_types import (
    CSV,
    DOCX,
    JPEG,
    ODS,
    ODT,
    PDF,
    PNG,
    TEXT,
    XLSX,
    FileType,
    UnwantedFile,
    file_type,
)
from tests.integration.application import files
from tests.integration.application.databases import NewDatabase


@pytest.fixture
def database_url(sqlite: NewDatabase) -> str:
    """Little is asked of a database here, and nothing that the two answer differently."""
    return sqlite()


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (files.PDF, "a.pdf", PDF),
        (files.PDF, "a.exe", PDF),
        (files.PNG, "a.png", PNG),
        (files.JPEG, "a.jpeg", JPEG),
        (files.docx(), "a.docx", DOCX),
        (files.xlsx(), "a.xlsx", XLSX),
        (files.open_document("text"), "a.odt", ODT),
        (files.open_document("spreadsheet"), "a.ods", ODS),
        ("កំណត់ហេតុប្រជុំ\n".encode(), "a.txt", TEXT),
        (b"\xef\xbb\xbfa;b\r\n1;2\r\n", "a.CSV", CSV),
        (b"BM of the meeting in May", "a", TEXT),
    ],
)
def test_what_is_taken_is_known_by_its_content(content: bytes, name: str, kind: FileType) -> None:
    assert file_type(content, name=name) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02",
        "Türe".encode("latin-1"),
        b"<html><p>x",
        b"  <svg xmlns='x'/>",
        b"<?xml version='1.0'?><x/>",
        b"#!/bin/sh\nrm x",
        b"GIF89a\x01\x00\x01\x00\x00\xff\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x00;",
        b"\x7fELF" + b"\x00" * 60,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
        files.archive(("a.txt", "x")),
        files.open_document("graphics"),
        files.office("ppt/presentation.xml", "application/x"),
    ],
)
def test_other_kinds_are_not_taken(content: bytes) -> None:
    with pytest.raises(UnwantedFile):
        file_type(content, name="minutes.pdf")


@pytest.mark.parametrize(
    "content",
    [
        files.PDF + files.archive(("evil.jar", "x")),
        files.PNG + files.archive(("evil.jar", "x")),
        files.PNG[:-12] + files._chunk(b"tEXt", b"<script>alert(1)</script>") + files.PNG[-12:],
        files.JPEG[:20] + b"<?php system(1);" + files.JPEG[20:],
        files.JPEG[:20] + b"%PDF-1.4" + files.JPEG[20:],
        b"%PDF-1.4 <html><script>" + files.PDF,
        files.PDF.replace(b"/Pages 2", b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>/Pages 2"),
        files.PDF.replace(b"/Pages 2", b"/Names<</EmbeddedFile 3 0 R>>/Pages 2"),
        files.docx() + b"trailing",
        files.docx(macro=True),
        files.office("word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml"),
        files.open_document("text", ("Basic/Standard/Module1.xml", "x")),
    ],
)
def test_two_things_in_one_and_things_that_act_are_refused(content: bytes) -> None:
    with pytest.raises(UnwantedFile):
        file_type(content, name="minutes.pdf")


@pytest.mark.parametrize("content", [files.PDF[:-8], files.PNG[:-4], files.JPEG[:-2], files.docx()[:-30]])
def test_half_a_file_is_refused(content: bytes) -> None:
    with pytest.raises(UnwantedFile):
        file_type(content, name="minutes.pdf")
