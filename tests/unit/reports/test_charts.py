"""Every figure is one that Plotly accepts, and says what the table beside it says."""

import json
from itertools import pairwise

import pytest
from plotly import graph_objects

from charter.reports import charts
from charter.reports.assessment import assessment_context
from charter.reports.charts.layout import STEPS
from charter.reports.plan import plan_context
from charter.reports.shaping import width
from tests.unit.reports import made_up
from tests.unit.reports.figures import KINDS, figures

LIMITS = [charts.BandLimit(0, "Starting"), charts.BandLimit(40, "Growing"), charts.BandLimit(75, "Strong")]


def _bars(*labels: str) -> dict:
    return charts.bars([charts.Bar(label, 50.0, "50% Growing", charts.ACCENT) for label in labels], LIMITS)


def _texts(figure: dict) -> list[str]:
    return [annotation["text"] for annotation in figure["layout"]["annotations"]]


@pytest.mark.parametrize("language", ["en", "km", "vi"])
def test_plotly_accepts_the_figures(language: str):
    found = figures(language)
    assert tuple(found) == KINDS
    for figure in found.values():
        graph_objects.Figure(figure)
        json.dumps(figure)


@pytest.mark.parametrize("language", ["en", "km", "vi"])
def test_no_figure_has_a_text_wider_than_its_picture_or_a_height_of_more_than_a_page(language: str):
    for figure in figures(language).values():
        assert figure["layout"]["height"] < 900
        for text in _texts(figure):
            assert all(width(line, size=11.5) < 270 for line in text.split("<br>"))


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


def test_the_median_of_peers_is_a_mark_with_a_name():
    rows = [charts.Bar("A", 50, "50%", charts.ACCENT, peer=60.0), charts.Bar("B", 40, "40%", charts.ACCENT)]
    figure = charts.bars(rows, LIMITS, peer_name="Median of the others")
    marks = figure["data"][2]
    assert (marks["name"], marks["x"], marks["y"]) == ("Median of the others", [60.0], [0])
    assert [trace["showlegend"] for trace in figure["data"][:2]] == [False, False]
    assert len(_bars("A")["data"]) == 2


@pytest.mark.parametrize("count", range(charts.FEWEST, charts.MOST + 1))
def test_labels_around_a_radar_do_not_touch(count: int):
    spokes = [charts.Spoke(f"P{number} {'word ' * 12}", (50.0,), ("50%",)) for number in range(count)]
    figure = charts.radar(spokes, ["Score"])
    labels = [one for one in figure["layout"]["annotations"] if "<b>" in one["text"]]
    assert len(labels) == count
    for side in ("left", "right"):
        places = sorted(one["yshift"] for one in labels if one["xanchor"] == side)
        tall = 17 * max(one["text"].count("<br>") + 1 for one in labels)
        assert all(above - below > tall for below, above in pairwise(places))
    for one in labels:
        longest = max(width(line, size=11.5) for line in one["text"].split("<br>"))
        assert abs(one["xshift"]) + longest * (0.5 if one["xanchor"] == "center" else 1) <= charts.WIDTH / 2


def test_a_radar_closes_its_line_and_leaves_a_gap_where_there_is_no_score():
    spokes = [charts.Spoke(name, (score,), ("",)) for name, score in (("A", 10.0), ("B", None), ("C", 30.0))]
    (line,) = charts.radar(spokes, ["Score"])["data"]
    assert line["r"] == [10.0, None, 30.0, 10.0]
    assert line["theta"] == [0, 120, 240, 0]


def test_parts_of_standards_that_occur_nowhere_are_left_out_and_the_others_carry_their_number():
    parts = [
        charts.Part("Met", charts.MET),
        charts.Part("Partly", charts.PARTLY_MET),
        charts.Part("No", charts.NOT_MET),
    ]
    rows = [charts.Shares("A", (3, 0, 1), "4"), charts.Shares("B", (0, 0, 0), "0")]
    figure = charts.clause_status(parts, rows)
    assert [(trace["name"], trace["x"]) for trace in figure["data"]] == [("Met", [75.0, 0]), ("No", [25.0, 0])]
    assert [trace["text"] for trace in figure["data"]] == [["<b>3</b>", ""], ["<b>1</b>", ""]]


def test_a_number_on_a_pattern_has_a_ground_of_its_own():
    figure = charts.clause_status([charts.Part("Partly", charts.PARTLY_MET)], [charts.Shares("A", (4,), "4")])
    assert figure["data"][0]["text"] == [""]
    assert [one["bgcolor"] for one in figure["layout"]["annotations"] if one["text"] == "<b>4</b>"] == ["#ffffff"]


def test_parts_differ_in_more_than_their_colour():
    fills = [charts.MET, charts.PARTLY_MET, charts.NOT_MET, charts.UNKNOWN, charts.NOT_APPLICABLE, charts.NOT_COVERED]
    assert len({(_grey(fill.colour) // 8, fill.shape) for fill in fills}) == len(fills)


def test_levels_differ_in_grey():
    figure = charts.staff_ratings(["0", "1", "2", "3", "4"], [charts.Ratings("A", (1, 1, 1, 1, 1), 2)], agreed_name="X")
    greys = [_grey(trace["marker"]["color"]) for trace in figure["data"][:5]]
    assert all(lighter - darker > 20 for lighter, darker in pairwise(greys))


def test_the_agreed_rating_is_marked_in_the_middle_of_its_part():
    rows = [charts.Ratings("A", (2, 6, 2), 1), charts.Ratings("B", (5, 0, 5), 1), charts.Ratings("C", (1, 1, 2), None)]
    figure = charts.staff_ratings(["0", "1", "2"], rows, agreed_name="Agreed")
    assert figure["data"][-1]["name"] == "Agreed"
    assert figure["data"][-1]["x"] == [50.0, 50.0]
    assert len(charts.staff_ratings(["0", "1", "2"], rows[2:], agreed_name="Agreed")["data"]) == 3


def test_a_timeline_tells_musts_from_others():
    tasks = [charts.Task("A", 0, 2, True), charts.Task("B", 1, 1, False)]
    must, other = charts.timeline(tasks, ["Jan", "Feb", "Mar"], must_do="must", other="other")["data"]
    assert (must["base"], must["x"], must["y"]) == ([0], [2], [0])
    assert (other["base"], other["x"], other["y"]) == ([1], [1], [1])
    assert abs(_grey(must["marker"]["color"]) - _grey(other["marker"]["color"])) > 80
    assert len(charts.timeline(tasks[:1], ["Jan"], must_do="must", other="other")["data"]) == 1


def test_a_trend_keeps_names_apart_and_lines_distinct():
    lines = [charts.Line(f"Value {number}", (40.0, 50.0 + number / 10), "50%") for number in range(5)]
    figure = charts.trend(["2025", "2026"], [*lines, charts.Line("Nothing", (None, None), "–")], LIMITS)
    assert len(figure["data"]) == 5
    ends = sorted(note["y"] for note in figure["layout"]["annotations"] if "Value" in note["text"])
    plot = figure["layout"]["height"] - 60
    low, high = figure["layout"]["yaxis"]["range"]
    assert all((above - below) / (high - low) * plot > 16.9 for below, above in pairwise(ends))
    looks = {(one["line"]["dash"], one["marker"]["symbol"]) for one in figure["data"]}
    assert len(looks) == 5


def _grey(colour: str) -> int:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return (299 * red + 587 * green + 114 * blue) // 1000
