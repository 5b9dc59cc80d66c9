"""A published release as tables and charts, for the public pages and the PDF alike.

All of it comes from the frozen text of the release, its declaration and its pack. Nothing is read from live data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from charter.i18n import Translator, translator
from charter.reports import charts
from charter.reports.common import group_code, in_language
from charter.reports.figures import Chart
from charter.reports.spoken import pack_mark
from charter.services.release_rows import IMPROVED
from questionnaires.message import message
from questionnaires.model import Pack
from scoring.benchmarks.model import STANDARD, Figures, PublishedGroup, Release

GROUP = "group:"
_WHOLE = ("overall", "policy", "practice")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table, in words; `size` only where the lines are groups."""

    title: str
    size: str
    median: str
    q1: str
    q3: str
    meets: str


@dataclass(frozen=True, slots=True)
class Section:
    """A table and the charts that say the same. `is_standards`: "meets" there means every clause."""

    key: str
    title: str
    rows: tuple[Row, ...]
    charts: tuple[tuple[str, Chart], ...]
    is_standards: bool = False


@dataclass(frozen=True, slots=True)
class GroupPart:
    """One published group with all its principles and standards."""

    id: str
    title: str
    size: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """The release in one language. `improved`: title of the group, its size, and the share that improved."""

    whole: tuple[Section, ...]
    improved: tuple[tuple[str, str, str], ...]
    groups: tuple[GroupPart, ...]
    meets_from: str
    pack_title: str
    pack_version: str
    foreign: str

    @property
    def charts(self) -> dict[str, Chart]:
        """Every chart by name."""
        sections = [*self.whole, *(section for group in self.groups for section in group.sections)]
        return {name: chart for section in sections for name, chart in section.charts}


def shown(release: Release, declared: Sequence[Mapping[str, Any]], pack: Pack, *, language: str) -> Shown:
    """The release in `language`; titles that the pack lacks in it are in its own, marked by `foreign`."""
    words = translator(language)
    own = in_language(pack, language)
    titles = metric_titles(own, words)
    names = {group["id"]: group["titles"].get(language) or group["title"] for group in declared}
    published = {group.id: group for group in release.groups}
    everyone = [(names[one["id"]], published.get(one["id"])) for one in declared]
    whole = [
        _section(
            metric,
            titles[metric],
            [(name, group.metrics.get(metric) if group else None, _size(group, words)) for name, group in everyone],
            words,
        )
        for metric in _WHOLE
        if any(group and metric in group.metrics for _, group in everyone)
    ]
    improved = [
        (name, _size(group, words), share_text(group.metrics.get(IMPROVED) if group else None, words))
        for name, group in everyone
    ]
    return Shown(
        whole=tuple(whole),
        improved=tuple(improved) if any(IMPROVED in group.metrics for group in release.groups) else (),
        groups=tuple(_group(group, names[group.id], titles, words) for group in release.groups),
        meets_from=_percent(release.meets_from, words),
        pack_title=own.title,
        pack_version=pack.version,
        foreign=pack_mark(own, within=language),
    )


def metric_titles(pack: Pack, words: Translator) -> dict[str, str]:
    """By metric, in the order of a release; principles with their code."""
    return {
        "overall": words.gettext("Overall result"),
        "policy": words.gettext("In writing (policy)"),
        "practice": words.gettext("In practice"),
        **{f"{GROUP}{group.id}": f"{group_code(group.id)} {group.title}".strip() for group in pack.all_groups},
        **{f"{STANDARD}{standard.id}": standard.title for standard in pack.standards},
        # 100 for who has improved, 0 for others: only the share is of interest.
        IMPROVED: words.gettext("Improved since the assessment before"),
    }


def _group(group: PublishedGroup, title: str, titles: Mapping[str, str], words: Translator) -> GroupPart:
    parts = ((GROUP, words.gettext("Values and principles")), (STANDARD, words.gettext("Standards")))
    sections = []
    for prefix, name in parts:
        lines = [
            (titles.get(metric, metric), figures, "")
            for metric, figures in group.metrics.items()
            if metric.startswith(prefix)
        ]
        if lines:
            key = f"{group.id}-{prefix.rstrip(':')}"
            sections.append(_section(key, name, lines, words, is_standards=prefix == STANDARD))
    return GroupPart(group.id, title, _size(group, words), tuple(sections))


def _section(
    key: str,
    title: str,
    lines: Iterable[tuple[str, Figures | None, str]],
    words: Translator,
    *,
    is_standards: bool = False,
) -> Section:
    found = list(lines)
    rows = tuple(_row(name, figures or Figures(), size, words) for name, figures, size in found)
    drawn = [(name, figures) for name, figures, _ in found if figures is not None and figures.median is not None]
    pictures = [(f"{key}-{number}", _chart(part, words)) for number, part in enumerate(_pages(drawn), start=1)]
    return Section(key, title, rows, tuple(pictures), is_standards)


def _row(title: str, figures: Figures, size: str, words: Translator) -> Row:
    median, q1, q3 = (_percent(value, words) for value in (figures.median, figures.q1, figures.q3))
    return Row(title, size, median, q1, q3, share_text(figures, words))


def _chart(lines: Sequence[tuple[str, Figures]], words: Translator) -> Chart:
    rows, said = [], []
    for name, figures in lines:
        median = figures.median or 0
        half = figures.q1 is not None and figures.q3 is not None
        rows.append(
            charts.Range(
                name, figures.q1, median, figures.q3, f"{median} ({figures.q1}–{figures.q3})" if half else f"{median}"
            )
        )
        text = words.gettext("median %(median)s") % {"median": _percent(figures.median, words)}
        if half:
            text += ", " + words.gettext("middle half from %(low)s to %(high)s") % {
                "low": _percent(figures.q1, words),
                "high": _percent(figures.q3, words),
            }
        said.append(f"{name}: {text}")
    figure = charts.ranges(
        rows, half_name=words.gettext("The middle half of the members"), median_name=words.gettext("Median")
    )
    return Chart(figure, f"{words.gettext('Chart of ranges:')} {'; '.join(said)}")


def _pages(lines: Sequence[tuple[str, Figures]]) -> list[Sequence[tuple[str, Figures]]]:
    if not lines:
        return []
    length = -(-len(lines) // -(-len(lines) // charts.MOST_ROWS))
    return [lines[start : start + length] for start in range(0, len(lines), length)]


def _size(group: PublishedGroup | None, words: Translator) -> str:
    return words.gettext("not published") if group is None else group.size.value.replace("-", "–")


def _percent(value: int | None, words: Translator) -> str:
    return words.gettext("not published") if value is None else words.percent(Fraction(value, 100))


def share_text(figures: Figures | None, words: Translator) -> str:
    """The share that meets, in words."""
    if figures is None or figures.meets is None:
        return words.gettext("not published")
    number, _, edge = figures.meets.partition(" ")
    percent = _percent(int(number), words)
    texts = {
        "": message("about {percent}", percent=percent),
        "or less": message("{percent} or less", percent=percent),
        "or more": message("{percent} or more", percent=percent),
    }
    return words.render(texts[edge])
