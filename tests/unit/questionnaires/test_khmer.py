"""Khmer that looks the same is read as the same."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionnaires.khmer import one_order
from questionnaires.problems import Problems
from questionnaires.shapes import Report, Text
from scoring import read_answers
from tests.unit.reports import made_up

TA_FIRST = "\u179f\u17d2\u178f\u17d2\u179a\u17b8"
RO_FIRST = "\u179f\u17d2\u179a\u17d2\u178f\u17b8"


def test_two_orders_become_one():
    assert unicodedata.normalize("NFC", RO_FIRST) != unicodedata.normalize("NFC", TA_FIRST)
    assert one_order(RO_FIRST) == TA_FIRST == one_order(TA_FIRST)


@pytest.mark.parametrize("text", ["", "Everyone", "Bảo vệ", "ការពារ", "ព្រះ", "សង្រ្គាម"[:4], "្រ", "្", "ប្រ ្ត", "e\u0301"])
def test_everything_else_stays_as_typed(text: str):
    assert one_order(text) == text


@given(st.text(alphabet=st.sampled_from("សតរគ្\u17b8a ")))
def test_it_only_moves_subscripts_and_only_once(text: str):
    once = one_order(text)
    assert one_order(once) == once
    assert sorted(once) == sorted(text)


def test_texts_of_a_pack_are_read_in_one_order():
    problems = Problems()
    assert Text().read(RO_FIRST, (1, 1), "title", Report("x.yaml", problems)) == TA_FIRST


def test_what_people_answer_is_read_in_one_order():
    raw = {
        "pack": "harbour-demo",
        "version": "2026.1",
        "organization": {"name": RO_FIRST},
        "ratings": {
            "P1.1": {"rating": 1, "note": f"a {RO_FIRST}"},
            "P2.2": {"rating": "not-applicable", "reason": RO_FIRST},
        },
    }
    answers = read_answers(json.dumps(raw).encode(), made_up.pack())
    assert answers.organization == TA_FIRST
    assert answers.ratings["P1.1"].note == f"a {TA_FIRST}"
    assert answers.ratings["P2.2"].reason == TA_FIRST
