"""The figures of the reports, as plain values that Plotly understands; every one goes with a table that says the same.

Built as dictionaries: importing Plotly's own classes costs more than drawing a chart. The tests check each with them.
Colours differ in lightness, so that a black-and-white print can be read; nothing is told by colour alone.
"""

from charter.reports.charts.bar_chart import Bar, bars
from charter.reports.charts.layout import ACCENT, MOST_ROWS, NOT_RATED, WIDTH, BandLimit, step_colour
from charter.reports.charts.line_charts import Line, Point, forecast, trend
from charter.reports.charts.radar_chart import FEWEST, MOST, Spoke, radar
from charter.reports.charts.range_chart import Range, ranges
from charter.reports.charts.stacked_charts import (
    MET,
    NOT_APPLICABLE,
    NOT_COVERED,
    NOT_MET,
    PARTLY_MET,
    UNKNOWN,
    Part,
    Ratings,
    Shares,
    clause_status,
    staff_ratings,
)
from charter.reports.charts.timeline_chart import Task, timeline

__all__ = [
    "ACCENT",
    "FEWEST",
    "MET",
    "MOST",
    "MOST_ROWS",
    "NOT_APPLICABLE",
    "NOT_COVERED",
    "NOT_MET",
    "NOT_RATED",
    "PARTLY_MET",
    "UNKNOWN",
    "WIDTH",
    "BandLimit",
    "Bar",
    "Line",
    "Part",
    "Point",
    "Range",
    "Ratings",
    "Shares",
    "Spoke",
    "Task",
    "bars",
    "clause_status",
    "forecast",
    "radar",
    "ranges",
    "staff_ratings",
    "step_colour",
    "timeline",
    "trend",
]
