"""One figure of every kind, in every language, filled with the texts of the made-up coalition."""

from __future__ import annotations

from typing import Any

from charter.i18n import translator
from charter.reports import charts
from questionnaires.model import Pack
from tests.unit.reports import made_up

KINDS = ("bars", "radar", "clauses", "staff", "forecast", "timeline", "trend")
_LOW, _HIGH = (20.0, 35.0, 50.0, 65.0, 80.0), (70.0, 65.0, 60.0, 55.0, 50.0)


def figures(language: str) -> dict[str, dict[str, Any]]:
    """By `KINDS`."""
    words = translator(language)
    source = made_up.pack()
    pack = source.translated(language) if language in source.languages else source
    limits = [charts.BandLimit(float(band.start * 100), band.title) for band in pack.bands]
    groups = [f"{group.id} {group.title}" for group in pack.all_groups]
    return {
        "bars": charts.bars(_bars(groups, pack), limits, peer_name=pack.title),
        "radar": charts.radar(
            [
                charts.Spoke(label, (low, high), (f"{low:.0f}%", f"{high:.0f}%"))
                for label, low, high in zip(groups, _LOW, _HIGH, strict=True)
            ],
            [words.gettext("In writing (policy)"), words.gettext("In practice")],
        ),
        "clauses": charts.clause_status(
            [
                charts.Part(words.gettext(name), fill)
                for name, fill in (
                    ("Met", charts.MET),
                    ("Partly met", charts.PARTLY_MET),
                    ("Not met", charts.NOT_MET),
                    ("Not known yet", charts.UNKNOWN),
                    ("Does not apply", charts.NOT_APPLICABLE),
                    ("Not covered by this questionnaire", charts.NOT_COVERED),
                )
            ],
            [
                charts.Shares(pack.standards[0].title, (9, 4, 3, 2, 1, 1), "20"),
                charts.Shares(pack.title, (0, 1, 5, 1, 0, 0), "7"),
            ],
        ),
        "staff": charts.staff_ratings(
            [f"{level.value} · {level.title}" for level in pack.scales["practice"].levels],
            [
                charts.Ratings(f"{one.id} {one.title}", counts, agreed)
                for one, counts, agreed in zip(
                    pack.criteria,
                    ((2, 6, 1, 2, 0), (0, 0, 11, 0, 0), (1, 1, 1, 1, 7), (0, 3, 3, 5, 0)),
                    (1, 3, 4, None),
                    strict=False,
                )
            ],
            agreed_name=words.gettext("Agreed rating"),
        ),
        "forecast": charts.forecast(
            [
                charts.Point(words.month(2027, number, short=True), 30.0 + 4 * number, f"{30 + 4 * number}%")
                for number in range(1, 13)
            ],
            limits,
        ),
        "timeline": charts.timeline(
            [
                charts.Task(f"{number}. {pack.actions[0].title}", start, months, must)
                for number, (start, months, must) in enumerate(((0, 2, True), (1, 3, True), (3, 4, False)), start=1)
            ],
            [words.month(2027, number, short=True) for number in range(1, 13)],
            must_do=words.gettext("must do"),
            other=words.gettext("other actions"),
        ),
        "trend": charts.trend(
            [words.month(2025, 5, short=True), words.month(2026, 5, short=True), words.month(2027, 4, short=True)],
            [
                charts.Line(words.gettext("Overall result"), (35.0, 48.0, 61.0), "61%"),
                *(
                    charts.Line(label, (30.0 + 9 * place, None if place == 1 else 50.0, 58.0 + place), f"{58 + place}%")
                    for place, label in enumerate(groups)
                ),
            ],
            limits,
        ),
    }


def _bars(groups: list[str], pack: Pack) -> list[charts.Bar]:
    found = [
        charts.Bar(
            label, 25.0 * place, f"{25 * place}% {pack.bands[place % 3].title}", charts.step_colour(place % 3, 3), 60.0
        )
        for place, label in enumerate(groups)
    ]
    return [*found, charts.Bar(pack.title, None, "–", charts.NOT_RATED)]
