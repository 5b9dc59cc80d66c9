"""The fingerprint names the content of a pack: layout does not matter, content does."""

import shutil
from pathlib import Path

import pytest

from questionnaires import load_pack

VALID = Path(__file__).parents[2] / "packs" / "valid"
SOURCE = VALID / "every-key"


def changed(tmp_path: Path, *changes: tuple[str, str], file: str = "pack.yaml", source: Path = SOURCE) -> str:
    """The fingerprint of the pack with each first text replaced by the second."""
    folder = tmp_path / "changed"
    shutil.copytree(source, folder)
    text = (folder / file).read_bytes().decode()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (folder / file).write_bytes(text.encode())
    return load_pack(folder).fingerprint


LAYOUT = {
    "comments and blank lines": ("title: Tiny\n", "title: Tiny   # a comment\n\n\n"),
    "quotes": ("title: First\n", 'title: "First"\n'),
    "a folded text": ("title: Write it down\n", "title: >-\n      Write\n      it down\n"),
    "lines instead of braces": ("improves: {C1: 2}", "improves:\n      C1: 2"),
    "the order of keys": ('version: "1"\nstatus: official\n', "status: official\nversion: '1'\n"),
    "the writing of a number": ("essential_from: 0.5", "essential_from: .50"),
    "yes for true": ("essential: true", "essential: yes"),
    "line ends": ("\n", "\r\n"),
    "blanks around a text": ("title: First\n", 'title: " First  "\n'),
    "an alias": ("resources: [codes, posters]", "resources: [&c codes, posters]"),
}
CONTENT = {
    "a title": ("title: First\n", "title: First of all\n"),
    "a description": ("description: What it is for.\n", ""),
    "a weight": ("weight: 5", "weight: 6"),
    "a threshold": ("met_from: 0.7", "met_from: 0.71"),
    "an operator": ("{staff: {at_least: 1}}", "{staff: {at_most: 1}}"),
    "a version": ('version: "1"', 'version: "2"'),
    "a status": ("status: official", "status: provisional"),
    "an option": ("outreach: Outreach", "outreaches: Outreach"),
    "the order of evidence": ("[A copy, A date]", "[A date, A copy]"),
    "a duration": ("duration_months: 2", "duration_months: 4"),
    "a level": ("{value: 1, title: Partly}", "{value: 1, title: Half}"),
    "a former id": ("renamed_from: [C0]", "renamed_from: [C9]"),
}


@pytest.mark.parametrize("what", LAYOUT)
def test_layout_does_not_matter(tmp_path, what):
    assert changed(tmp_path, LAYOUT[what]) == load_pack(SOURCE).fingerprint


@pytest.mark.parametrize("what", CONTENT)
def test_content_does(tmp_path, what):
    assert changed(tmp_path, CONTENT[what]) != load_pack(SOURCE).fingerprint


def test_a_standard_that_the_pack_is_read_with_belongs_to_its_content(tmp_path):
    before = load_pack(SOURCE).fingerprint
    assert changed(tmp_path, ("remedy_days: 90", "remedy_days: 60"), file="standards/care.yaml") != before


def test_a_translation_belongs_to_the_content(tmp_path):
    source = VALID / "translations"
    before = load_pack(source).fingerprint
    assert changed(tmp_path, ("ទីមួយ", "ទីពីរ"), file="km.yaml", source=source) != before


def test_the_folder_and_the_language_asked_for_do_not_matter(tmp_path):
    pack = load_pack(VALID / "translations")
    shutil.copytree(VALID / "translations", tmp_path / "elsewhere")
    assert load_pack(tmp_path / "elsewhere").fingerprint == pack.fingerprint
    assert pack.translated("km").fingerprint == pack.fingerprint


def test_a_fingerprint_is_a_sha_256_in_hexadecimal():
    fingerprints = {load_pack(path).fingerprint for path in VALID.iterdir()}
    assert len(fingerprints) == len(list(VALID.iterdir()))
    assert all(len(each) == 64 and int(each, 16) >= 0 for each in fingerprints)
