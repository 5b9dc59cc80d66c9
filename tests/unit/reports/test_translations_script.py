"""The check of the catalogues finds what it is there for."""

import pytest
from babel.messages.catalog import Catalog, Message

from scripts import translations


def _problems(message: Message) -> list[str]:
    return list(translations._check_message(message, 1))


@pytest.mark.parametrize(
    ("original", "translated", "problem"),
    [
        ("Text", "", "is not translated"),
        ("From %(a)s", "ពី %(b)s", "other placeholders"),
        ("From {a}", "ពី", "other placeholders"),
        ("<b>x</b>", "<i>x</i>", "other HTML"),
    ],
)
def test_a_broken_translation_is_named(original: str, translated: str, problem: str):
    assert problem in _problems(Message(original, translated))[0]


def test_a_good_translation_passes():
    assert _problems(Message(("One of %(num)s", "%(num)s of them"), ("%(num)s",))) == []


def test_a_fuzzy_translation_is_named():
    assert "fuzzy" in _problems(Message("Text", "x", flags={"fuzzy"}))[0]


def test_a_missing_and_a_lost_text_and_a_stale_compilation_are_named(tmp_path):
    folder = tmp_path / "km" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    po = folder / "charter.po"
    catalogue = Catalog(locale="km")
    catalogue.add("Lost", "x")
    po.write_bytes(translations._as_po(catalogue))
    template = Catalog()
    template.add("New")
    assert list(translations.check(po, template)) == [
        "lacks 'New'",
        "holds 'Lost', which is used nowhere",
        "charter.mo is not compiled from it",
    ]


def test_texts_behind_names_are_found_and_unknown_ones_are_named():
    source = 'TEXT = "b"\ntext = "a" if x else TEXT\nmessage(text)\nmessage("c")\nmessage(f())\n'
    assert translations.named_texts(source) == (["a", "b"], [5])
