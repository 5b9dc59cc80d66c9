"""Another coalition's reports: a folder whose templates, styles, texts and logo take the place of those that ship.

What the folder lacks stays as it is, so that it holds only what differs (docs/report-packs.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from charter.i18n import LANGUAGES, Translator
from charter.reports.errors import ReportError
from charter.reports.picture_files import picture_data
from questionnaires.problems import near_miss

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates" / "reports"
"""The reports that ship, one folder each."""

TEXTS = "texts.yaml"
LOGOS = ("logo.svg", "logo.png", "logo.jpg", "logo.jpeg")
_MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, eq=False, slots=True)
class ReportFolder:
    """What takes the place of what ships. `texts`: English text → language → what is printed instead."""

    path: Path | None = None
    texts: Mapping[str, Mapping[str, str]] | None = None
    logo: str | None = None

    def style(self, name: str) -> str:
        """The style sheet of that name, the folder's own if it has one."""
        own = self.path / name if self.path is not None else None
        return _text(own if own is not None and own.is_file() else TEMPLATES / name)

    def picture(self, name: str) -> str:
        """A picture of the folder, for `<img src>`; ReportError if it cannot be used."""
        if self.path is None:
            raise ReportError(f"{name}: there is no folder that this picture could be in.")
        path = (self.path / name).resolve()
        if not path.is_relative_to(self.path.resolve()):
            raise ReportError(f"{name}: this picture lies outside the folder of the report.")
        return picture_data(path)

    def said(self, text: str, words: Translator) -> str:
        """An English text of the templates, in the language of the words."""
        own = (self.texts or {}).get(text, {}).get(words.language)
        return words.gettext(text) if own is None else own


SHIPPED = ReportFolder()
"""Nothing takes the place of anything."""


def read_report_folder(folder: Path | None = None, *, logo: Path | None = None) -> ReportFolder:
    """The folder, checked; `logo` takes the place of the folder's own. ReportError says what is wrong and where."""
    if folder is None:
        return ReportFolder(logo=None if logo is None else picture_data(logo))
    try:
        inside = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    except OSError as error:
        raise ReportError(f"{folder}: cannot be read: {error.strerror or error}") from error
    if not folder.is_dir():
        raise ReportError(f"{folder}: there is no such folder.")
    known = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*") if path.is_file()} | {TEXTS, *LOGOS}
    if not inside & known:
        raise ReportError(f"{folder}: holds nothing that takes the place of anything: {', '.join(sorted(known))}.")
    own_logo = logo or next((folder / name for name in LOGOS if name in inside), None)
    return ReportFolder(
        path=folder,
        texts=_texts(folder / TEXTS) if TEXTS in inside else None,
        logo=None if own_logo is None else picture_data(own_logo),
    )


def _texts(path: Path) -> Mapping[str, Mapping[str, str]]:
    import yaml

    try:
        found: Any = yaml.safe_load(_text(path))
    except (yaml.YAMLError, RecursionError) as error:
        raise ReportError(f"{path}: {' '.join(str(error).split())}") from error
    problems = [] if isinstance(found, dict) else ["must hold texts: the English one, and below it languages"]
    for text, languages in found.items() if isinstance(found, dict) else ():
        if not isinstance(text, str) or not isinstance(languages, dict) or not languages:
            problems.append(f"{text!r}: must be an English text with languages below it")
            continue
        for language, own in languages.items():
            if language not in LANGUAGES:
                hint = near_miss(str(language), LANGUAGES)
                problems.append(f"{text!r}: there is no language {language!r}{hint}")
            elif not isinstance(own, str):
                problems.append(f"{text!r}: {language} must be a text; put it in quotation marks")
    if problems:
        raise ReportError("\n".join(f"{path}: {problem}" for problem in problems))
    return found  # type: ignore[no-any-return]


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        if len(data) > _MOST_BYTES:
            raise ReportError(f"{path}: is larger than {_MOST_BYTES // 1024} KB.")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise ReportError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ReportError(f"{path}: is not written in UTF-8.") from error
