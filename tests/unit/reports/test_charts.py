"""Every figure is one that Plotly accepts, and says what the table beside it says."""

import json

import pytest
from plotly import graph_objects

from charter.reports import charts
from charter.reports.assessment import assessment_context
from charter.reports.charts.layout import STEPS
from charter.reports.plan import plan_context
from charter.reports.shaping import width
from tests.unit.reports import made_up

LIMITS = [charts.BandLimit(0, "Starting"), charts.BandLimit(40, "Growing"), charts.BandLimit(75, "Strong")]


def _bars(*labels: str) -> dict:
    return charts.bars([charts.Bar(label, 50.0, "50% Growing", charts.ACCENT) for label in labels], LIMITS)


def _texts(figure: dict) -> list[str]:
    return [annotation["text"] for annotation in figure["layout"]["annotations"]]


@pytest.mark.parametrize("language", ["en", "km", "vi"])
def test_plotly_accepts_the_figures(language: str):
    assessment = assessment_context(made_up.pack(), made_up.answers(), made_up.result(), language=language)
    plan = plan_context(made_up.pack(), made_up.answers(), made_up.result(), made_up.plan(), language=language)
    for figure in (assessment["chart"], plan["chart"]):
        graph_objects.Figure(figure)
        json.dumps(figure)


def test_bars_hold_one_bar_for_each_principle_and_its_value_in_words():
    figure = assessment_context(made_up.pack(), made_up.answers(), made_up.result(), language="en")["chart"]
    assert figure["data"][1]["x"] == [50.0, 25.0, 0]
    assert [text for text in _texts(figure) if "%" in text] == ["50% Starting", "25% Starting"]
    assert "–" in _texts(figure)


def test_a_line_shows_where_each_band_begins_but_the_first():
    assert [shape["x0"] for shape in _bars("A")["layout"]["shapes"]] == [40, 75]


def test_what_looks_like_html_is_printed_as_it_is():
    assert "&lt;b&gt;A&lt;/b&gt; &amp; B" in _texts(_bars("<b>A</b> & B"))


def test_labels_and_values_have_room():
    figure = charts.bars([charts.Bar("A long label " * 9, 50, "50% " + "word " * 40, charts.ACCENT)], LIMITS)
    margin = figure["layout"]["margin"]
    for text in _texts(figure):
        for line in text.split("<br>"):
            assert width(line, size=11.5) <= max(margin["l"], margin["r"], 200)
    assert charts.WIDTH - margin["l"] - margin["r"] > 200


def test_names_of_narrow_bands_stand_in_two_rows():
    close = [charts.BandLimit(start, f"A rather long name {start}") for start in (0, 10, 60)]
    names = charts.bars([charts.Bar("A", 1, "1%", charts.ACCENT)], close)["layout"]["annotations"][:3]
    assert [name["yshift"] for name in names] == [0, 17, 0]


def test_no_rows_are_no_error():
    graph_objects.Figure(charts.bars([], LIMITS))


def test_the_forecast_begins_today_and_names_first_and_last():
    context = plan_context(made_up.pack(), made_up.answers(), made_up.result(), made_up.plan(), language="en")
    figure = context["chart"]
    assert figure["layout"]["xaxis"]["ticktext"][0] == "Today"
    assert figure["data"][0]["y"][0] == pytest.approx(float(made_up.result().overall.score or 0) * 100)
    assert _texts(figure)[-2:] == ["<b>61%</b>", f"<b>{round(figure['data'][0]['y'][-1])}%</b>"]


def test_month_names_do_not_touch():
    points = [charts.Point(f"September {year}", 50.0, "50%") for year in range(36)]
    axis = charts.forecast(points, LIMITS)["layout"]["xaxis"]
    assert len(axis["tickvals"]) * width("September 35", size=10.5) < charts.WIDTH


def test_band_colours_go_from_light_to_dark():
    assert [charts.step_colour(place, 3) for place in range(3)] == [
        STEPS[0],
        STEPS[2],
        STEPS[3],
    ]
    assert charts.step_colour(0, 1) == STEPS[0]
