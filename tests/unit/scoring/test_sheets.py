"""What may be shown of staff sheets, on each side of every threshold, and that nothing else can be worked out.

The claim, precisely, of one criterion with n numeric ratings:

- Below k every set of sheets looks alike: `n` is the text `<k` and all else is null.
- From k, and below max(k, 10), any two sets with the same n, the same median and the same words for `reaching` and
  (from max(k, 8)) `agreement` give the same output. So no arithmetic on the fields can tell them apart.
- How those without a numeric rating divide into dont-know, not-applicable and silence plays no part below max(k, 10).
  Their sum, `sheets` − n, is visible, as the specification accepts.
- What the sheets say of other criteria changes nothing, so comparing criteria does not help either.
- Explanations are made of the same output and say no more.
"""

import itertools
from fractions import Fraction
from random import Random

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from scoring import parse_answers, result_json, score
from scoring.explain import explain, nodes
from scoring.sheets import aggregate_sheets, leik_consensus
from tests.unit.scoring.packs import bare_pack

FIELDS = ("median", "reaching", "agreement", "counts", "dont_know", "not_applicable", "consensus")
WORDS = ("dont-know", "not-applicable", None)
PACKS = {k: bare_pack(["A", "B"], defaults={"minimum_sheets": k}).load() for k in (5, 7, 9, 10, 12)}


def shown(sheets, pack=PACKS[5]):
    """What the result says of the sheets."""
    answers = parse_answers({"pack": "bare", "version": "1", "sheets": sheets}, pack)
    return result_json(score(pack, answers))["sheets"]


def of_ratings(ratings, pack=PACKS[5]):
    """What is shown of criterion A, rated so."""
    return shown([{"A": rating} for rating in ratings], pack)["criteria"]["A"]


def visible(view):
    return [field for field in FIELDS if view[field] is not None]


@pytest.mark.parametrize("k", sorted(PACKS))
@pytest.mark.parametrize("n", [0, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
def test_each_field_appears_from_its_threshold_on(k, n):
    expected = []
    if n >= k:
        expected += ["median", "reaching"]
    if n >= k and n >= 8:
        expected += ["agreement"]
    if n >= k and n >= 10:
        expected += ["counts", "dont_know", "not_applicable", "consensus"]
    view = of_ratings([2] * n, PACKS[k])
    assert view["n"] == (n if n >= k else f"<{k}")
    assert visible(view) == expected
    assert shown([{}] * n, PACKS[k])["sheets"] == (n if n >= k else f"<{k}")


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("n", [4, 7, 9])
def test_words_and_silence_do_not_help_to_reach_a_threshold(n, word):
    assert of_ratings([3] * n + [word] * 20) == of_ratings([3] * n)


def test_what_may_not_be_shown_is_null_for_a_criterion_that_nobody_mentions():
    assert of_ratings([]) == {"n": "<5"} | dict.fromkeys(FIELDS)


def test_dont_know_and_not_applicable_are_counted_apart_once_they_may_be_shown():
    view = of_ratings([0] * 10 + ["dont-know"] * 2 + ["not-applicable"] * 3 + [None] * 4)
    assert (view["n"], view["dont_know"], view["not_applicable"]) == (10, 2, 3)
    assert view["counts"] == {"0": 10, "1": 0, "2": 0, "3": 0, "4": 0}


# Masking

answer = st.sampled_from([0, 1, 2, 3, 4, *WORDS])
numbers = st.integers(0, 4)


@settings(max_examples=200)
@given(st.sampled_from(sorted(PACKS)), st.lists(answer, max_size=14), st.lists(answer, max_size=14))
@example(5, [0, 1, 2, 3], ["dont-know"])
def test_below_the_minimum_all_sheets_look_alike(k, some, others):
    count = max(len(some), len(others))
    few = [[*ratings, *[None] * (count - len(ratings))] for ratings in (some, others)]
    assume(all(sum(rating not in WORDS for rating in ratings) < k for ratings in few))
    assert of_ratings(few[0], PACKS[k]) == of_ratings(few[1], PACKS[k]) == {"n": f"<{k}"} | dict.fromkeys(FIELDS)
    first, second = (shown([{"A": rating} for rating in ratings], PACKS[k]) for ratings in few)
    assert first == second


def test_below_the_counts_threshold_only_the_shown_words_can_be_told_apart():
    """Every multiset of 5 to 9 ratings: the output is one of as many as n, median and the words allow."""
    for n in range(5, 10):
        outputs: dict = {}
        for ratings in itertools.combinations_with_replacement(range(5), n):
            reached = Fraction(sum(rating >= 3 for rating in ratings), n)
            words = sum(reached >= limit for limit in (Fraction(1, 5), Fraction(1, 2), Fraction(4, 5)))
            agree = None
            if n >= 8:
                agree = ratings[-(-3 * n // 4) - 1] - ratings[-(-n // 4) - 1] <= 1
            told = (ratings[(n - 1) // 2], words, agree)
            view = _view(ratings)
            assert outputs.setdefault(told, view) == view
        assert len({str(view) for view in outputs.values()}) == len(outputs)


def _view(ratings):
    """As `of_ratings`, straight from the aggregation, which is faster; the rest of the path adds nothing."""
    result = aggregate_sheets(PACKS[5], [{"A": rating} for rating in ratings], {"A": 3, "B": 3}).criteria["A"]
    assert (result.counts, result.dont_know, result.not_applicable, result.consensus) == (None,) * 4
    return result


@settings(max_examples=100)
@given(st.lists(numbers, min_size=0, max_size=9), st.lists(answer, min_size=10, max_size=20), st.randoms())
def test_how_the_rest_divides_plays_no_part(ratings, rest, rng):
    """The same ratings of A beside any dont-know, not-applicable and silence on A, and anything on B."""
    silent = [word if word in WORDS else None for word in rest]
    quiet = [{"A": rating} for rating in [*ratings, *[None] * len(rest)]]
    noisy = [{"A": rating, "B": rng.randint(0, 4)} for rating in [*ratings, *silent]]
    rng.shuffle(noisy)
    one, other = shown(quiet), shown(noisy)
    assert one["sheets"] == other["sheets"]
    assert one["criteria"]["A"] == other["criteria"]["A"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(numbers, max_size=9), st.integers(0, 2**32))
def test_explanations_tell_no_more_than_the_result(ratings, seed):
    """Two sets of sheets with the same view are explained in the same words, for every node."""
    rng = Random(seed)
    other = [min(4, max(0, rating + rng.choice([-1, 0, 1]))) for rating in ratings]
    pack = PACKS[5]
    texts = []
    for given_ratings, word in ((ratings, "dont-know"), (other, "not-applicable")):
        sheets = [{"A": rating} for rating in given_ratings] + [{"A": word}] * 9
        answers = parse_answers({"pack": "bare", "version": "1", "sheets": sheets}, pack)
        result = score(pack, answers)
        texts.append([result_json(result), [explain(pack, answers, result, name) for name in nodes(pack, result)]])
    assume(texts[0][0] == texts[1][0])
    assert texts[0][1] == texts[1][1]


def test_there_is_no_mean_deviation_minimum_or_maximum():
    assert set(of_ratings([0, 1, 2, 3, 4] * 4)) == {"n", *FIELDS}


# The numbers themselves


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((0, 1, 3, 7, 1), Fraction(3, 4)),  # the example of the specification
        ((12, 0, 0, 0, 0), 1),
        ((0, 0, 12, 0, 0), 1),
        ((0, 0, 0, 0, 12), 1),
        ((6, 0, 0, 0, 6), 0),
        ((5, 5), 0),
        ((10, 0), 1),
        ((2, 2, 2, 2, 2), Fraction(2, 5)),
        ((6, 6, 0, 0, 0), Fraction(3, 4)),
    ],
)
def test_consensus_is_leiks(counts, expected):
    assert leik_consensus(counts) == expected


@given(st.lists(st.integers(0, 30), min_size=2, max_size=7).filter(any))
def test_consensus_lies_between_0_and_1_and_does_not_depend_on_the_direction_of_the_scale(counts):
    assert 0 <= leik_consensus(counts) <= 1
    assert leik_consensus(counts) == leik_consensus(counts[::-1])
    assert leik_consensus(counts) == leik_consensus([3 * count for count in counts])
    assert (leik_consensus(counts) == 1) == (sum(count > 0 for count in counts) == 1)


def test_the_result_shows_the_specifications_example():
    view = of_ratings([1] + [2] * 3 + [3] * 7 + [4] + ["dont-know"])
    assert view == {
        "n": 12,
        "median": 3,
        "reaching": "most",
        "agreement": "agree",
        "counts": {"0": 0, "1": 1, "2": 3, "3": 7, "4": 1},
        "dont_know": 1,
        "not_applicable": 0,
        "consensus": 0.75,
    }


@pytest.mark.parametrize(
    ("ratings", "median"), [([0, 0, 1, 4, 4, 4], 1), ([0, 1, 2, 3, 4], 2), ([0, 0, 0, 4, 4, 4], 0), ([4] * 5, 4)]
)
def test_the_median_is_the_lower_one_and_always_a_level(ratings, median):
    assert of_ratings(ratings)["median"] == median


@pytest.mark.parametrize(
    ("reached", "n", "word"),
    [
        (0, 5, "few"),
        (1, 6, "few"),
        (1, 5, "some"),  # 20 % exactly
        (4, 9, "some"),
        (3, 6, "most"),  # 50 % exactly
        (7, 9, "most"),
        (4, 5, "nearly-all"),  # 80 % exactly
        (5, 5, "nearly-all"),
    ],
)
def test_the_share_that_reaches_the_target_is_said_in_words(reached, n, word):
    assert of_ratings([3] * reached + [2] * (n - reached))["reaching"] == word


@pytest.mark.parametrize(
    ("ratings", "word"),
    [
        # n = 8: the 2nd and the 6th; n = 9: the 3rd and the 7th (type 1: no value in between is made up).
        ([0, 1, 2, 2, 2, 2, 4, 4], "agree"),
        ([0, 1, 2, 2, 2, 3, 4, 4], "mixed"),
        ([0, 0, 1, 2, 2, 2, 2, 4, 4], "agree"),
        ([0, 0, 0, 1, 1, 1, 2, 4, 4], "mixed"),
        ([0, 0, 0, 0, 1, 1, 1, 1], "agree"),
        ([0, 0, 0, 0, 4, 4, 4, 4], "mixed"),
        ([0, 4, 4, 4, 4, 4, 4, 4], "agree"),
    ],
)
def test_agreement_is_of_the_middle_half_by_type_1_quartiles(ratings, word):
    assert of_ratings(ratings)["agreement"] == word


def test_agreement_counts_positions_on_the_scale_not_values():
    pack = bare_pack(["A"], values=(-10, 0, 50)).load()
    assert of_ratings([0] * 4 + [50] * 4, pack)["agreement"] == "agree"
    assert of_ratings([-10] * 4 + [50] * 4, pack)["agreement"] == "mixed"
    assert list(of_ratings([-10] * 10, pack)["counts"]) == ["-10", "0", "50"]


def test_reaching_follows_the_target_of_the_criterion():
    made = bare_pack(["A"], defaults={"target_from": 1}).load()
    assert of_ratings([3] * 6, made)["reaching"] == "few"
    raised = bare_pack(["A"], actions=[{"id": "X", "title": "X", "improves": {"A": 4}}]).load()
    assert of_ratings([3] * 6, raised)["reaching"] == "few"
