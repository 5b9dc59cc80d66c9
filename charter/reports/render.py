"""Templates to HTML, and HTML to the finished report. A kind of report is a folder: `report.html.j2`, `report.css`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from charter.i18n import Translator, translator
from charter.reports.errors import ReportError
from charter.reports.pdf import pdf, picture_address
from charter.reports.pictures import Figure, picture
from charter.reports.report_folder import SHIPPED, TEMPLATES, ReportFolder

if TYPE_CHECKING:
    # Planning brings a solver of 60 MB, of which a report of an assessment needs nothing.
    from action_plans.model import Month

_CHAPTER = re.compile("<h2>(.*?)</h2>", re.DOTALL)
_LONGEST_PARAGRAPH = 1500


def report(kind: str, context: Mapping[str, Any], *, language: str, folder: ReportFolder = SHIPPED) -> bytes:
    """The PDF of one kind of report filled from `context`, as `folder` wants it to look.

    ReportError as in `pdf.pdf`, or if the folder's own templates cannot be used.
    """
    html = report_html(kind, context, language=language, folder=folder)
    css = "\n".join(folder.style(name) for name in ("base.css", f"{kind}/report.css"))
    return pdf(html, css=css)


def report_html(kind: str, context: Mapping[str, Any], *, language: str, folder: ReportFolder = SHIPPED) -> str:
    """The finished HTML of a report, still without zero-width spaces."""
    try:
        return _environment(language, folder).get_template(f"{kind}/report.html.j2").render(context)
    except ReportError:
        raise
    except Exception as error:
        if folder.path is None:
            raise
        # A template that somebody wrote may fail in any way; what they need is the place and the reason.
        raise ReportError(f"{_place(error) or folder.path}: {str(error) or type(error).__name__}") from error


def paragraphs(text: str) -> list[str]:
    """What somebody typed, in paragraphs: at its line breaks, and where one would be endless, between two words.

    Laying out one paragraph takes time that grows faster than its length, so a note of 100,000 characters without a
    line break must not be one.
    """
    found: list[str] = []
    for line in text.splitlines():
        rest = line.strip()
        while len(rest) > _LONGEST_PARAGRAPH:
            cut = rest.rfind(" ", _LONGEST_PARAGRAPH // 2, _LONGEST_PARAGRAPH)
            cut = _LONGEST_PARAGRAPH if cut < 0 else cut
            found.append(rest[:cut].rstrip())
            rest = rest[cut:].lstrip()
        if rest:
            found.append(rest)
    return found


def chapters(html: Markup) -> tuple[list[tuple[str, Markup]], Markup]:
    """The anchors and titles of the chapters, and the HTML with these anchors."""
    found: list[tuple[str, Markup]] = []

    def with_anchor(match: re.Match[str]) -> str:
        title = Markup(match[1])  # noqa: S704 - escaped when the template was filled
        name = "-".join(title.striptags().split())
        anchor = name if name not in dict(found) else f"{name}-{len(found)}"
        found.append((anchor, title))
        return f'<h2 id="{escape(anchor)}">{title}</h2>'

    filled = _CHAPTER.sub(with_anchor, str(html))
    return found, Markup(filled)  # noqa: S704


def shortened(text: str, longest: int = 70) -> str:
    """For running headers and titles, which have one line."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


@lru_cache(maxsize=8)
def _environment(language: str, folder: ReportFolder) -> Environment:
    words = translator(language)
    # Templates that came from elsewhere may show what they are given, and do nothing else.
    kind = Environment if folder.path is None else ImmutableSandboxedEnvironment
    environment = kind(
        loader=FileSystemLoader([TEMPLATES] if folder.path is None else [folder.path, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    said = partial(folder.said, words=words)
    environment.install_gettext_callables(said, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(
        language=language,
        logo=folder.logo,
        picture=folder.picture,
        months=_months(words),
        image=partial(_image, language=language),
    )
    environment.filters.update(
        percent=words.percent,
        number=words.number,
        say=words.render,
        chapters=chapters,
        paragraphs=paragraphs,
        shortened=shortened,
    )
    return environment


def _place(error: Exception) -> str:
    """File and line of the template in which something went wrong."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.filename or error.name}:{error.lineno}"
    lines = [f"{one.filename}:{one.lineno}" for one in extract_tb(error.__traceback__) if one.filename.endswith(".j2")]
    return lines[-1] if lines else ""


def _months(words: Translator) -> Callable[..., str]:
    def months(first: Month, last: Month | None = None, *, short: bool = False) -> str:
        """One month, or the first and last of several."""
        names = [words.month(month.year, month.number, short=short) for month in (first, last or first)]
        return names[0] if names[0] == names[1] else " – ".join(names)

    return months


def _image(figure: Figure, *, language: str) -> str:
    """The figure as an address for `<img src>`."""
    return picture_address(picture(figure, language=language))
