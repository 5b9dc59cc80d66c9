"""Which charts a report holds, and that each says in words what it shows."""

from __future__ import annotations

import pytest

from charter.i18n import translator
from charter.reports import charts, figures
from charter.reports.assessment import assessment_context
from charter.reports.figures import Earlier
from charter.reports.plan import plan_context
from charter.reports.render import report_html
from tests.unit.reports import made_up

WORDS = translator("en")


def _assessment(*earlier: Earlier) -> dict:
    return assessment_context(made_up.pack(), made_up.answers(), made_up.result(), language="en", earlier=earlier)


def test_only_the_staff_ratings_that_may_be_shown_are_drawn():
    (chart,) = _assessment()["staff_charts"]
    assert chart.alt == "Bar chart: P1.1: 0: 2 · 1: 6 · 2: 1 · 3: 2 · 4: 0; Agreed rating 1"
    assert chart.about == "Protection"
    assert [part["text"] for part in chart.figure["data"][:5]] == [
        ["<b>2</b>"],
        ["<b>6</b>"],
        ["<b>1</b>"],
        ["<b>2</b>"],
        [""],
    ]
    assert _assessment()["spreads"] == {"P1.1": "0: 2 · 1: 6 · 2: 1 · 3: 2 · 4: 0"}


def test_clauses_are_counted_by_how_they_stand():
    chart, found = _assessment()["clause_chart"]
    assert chart.alt == (
        "Bar chart: Minimum standards for the rights of victims: Met 1, Partly met 1, Not met 1, Not known yet 1, "
        "Does not apply 1, Not covered by this questionnaire 1"
    )
    assert len(found) == 6


def test_too_few_principles_make_no_radar():
    assert _assessment()["writing_and_practice"] is None


@pytest.mark.parametrize(("fewest", "shown"), [(1, True), (2, False)])
def test_a_radar_shows_the_principles_that_have_both_scores(monkeypatch, fewest: int, shown: bool):
    monkeypatch.setattr(charts, "FEWEST", fewest)
    chart = _assessment()["writing_and_practice"]
    assert (chart is not None) is shown
    if chart:
        assert chart.alt == "Radar chart: P1 Safe people: In writing (policy) 50%, In practice 50%"


def test_a_trend_is_shown_only_with_earlier_results():
    assert _assessment()["trend"] is None
    trend = _assessment(Earlier("2024", made_up.result()), Earlier("2025", made_up.result()))["trend"]
    assert trend.cycles == ("2024", "2025", "This time")
    assert trend.rows[0] == ("Overall result", ("61%", "61%", "61%"))
    assert trend.rows[1] == ("Protection", ("42%", "42%", "42%"))
    assert trend.chart.alt.startswith("Line chart: Overall result: 2024 61%, 2025 61%, This time 61%; Protection: ")


def test_of_many_assessments_the_last_are_shown():
    earlier = [Earlier(str(year), made_up.result()) for year in range(2000, 2020)]
    trend = figures.trend(made_up.pack(), earlier, made_up.result(), WORDS)
    assert trend is not None
    assert trend.cycles == ("2015", "2016", "2017", "2018", "2019", "This time")


def test_a_plan_has_a_timeline_that_names_months_and_musts():
    context = plan_context(
        made_up.pack(), made_up.answers(), made_up.result(), made_up.plan(capacity_days=10), language="en"
    )
    (chart,) = context["timelines"]
    assert chart.alt.startswith("Timeline: 1. Write, adopt and teach a code of conduct: January 2027")
    assert chart.alt.endswith(", must do")


def test_many_actions_make_pictures_that_fit_on_a_page():
    plan = made_up.plan(capacity_days=10)
    found = figures.timeline([("A", plan.actions[0])] * 40, plan.limits, WORDS)
    assert [len(one.figure["data"][0]["y"]) for one in found] == [14, 14, 12]
    assert all(one.figure["layout"]["height"] < 900 for one in found)


@pytest.mark.parametrize("language", ["en", "km", "vi"])
def test_every_picture_in_a_report_has_an_alternative_text(language: str):
    context = assessment_context(
        made_up.pack(),
        made_up.answers(),
        made_up.result(),
        language=language,
        earlier=[Earlier("2025", made_up.result())],
    )
    html = report_html("assessment", context, language=language)
    assert html.count("<img") == 4
    assert 'alt=""' not in html
    assert html.count(" alt=") == 4
