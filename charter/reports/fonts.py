"""The vendored fonts: which files there are, and how a style sheet names them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from charter.reports.errors import ReportError

FOLDER = Path(__file__).resolve().parent.parent / "static" / "vendor" / "fonts"

SANS = "Noto Sans"
KHMER = "Noto Sans Khmer"
FONT_STACK = f"{SANS}, {KHMER}"


@dataclass(frozen=True, slots=True)
class Face:
    """One font file: family and weight as a style sheet asks for them."""

    family: str
    weight: int
    file: str

    @property
    def path(self) -> Path:
        return FOLDER / self.file


FACES = (
    Face(SANS, 400, "NotoSans-Regular.ttf"),
    Face(SANS, 700, "NotoSans-Bold.ttf"),
    Face(KHMER, 400, "NotoSansKhmer-Regular.ttf"),
    Face(KHMER, 700, "NotoSansKhmer-Bold.ttf"),
)


def font_data(family: str, weight: int) -> bytes:
    """The file of that face; ReportError if it is missing or empty."""
    face = next(face for face in FACES if (face.family, face.weight) == (family, weight))
    return _read(face.path)


def check_fonts() -> None:
    """ReportError naming every font file that is missing: without them Khmer would silently be printed as boxes."""
    missing = [face.file for face in FACES if not face.path.is_file() or face.path.stat().st_size == 0]
    if missing:
        raise ReportError(
            f"Font files are missing from {FOLDER}: {', '.join(missing)}. "
            "Install Charter again, or make them with scripts/vendor_fonts.py."
        )


def font_face_css() -> str:
    """The @font-face rules for the PDF, in `package:` addresses (see pdf.py)."""
    return "\n".join(
        f'@font-face {{ font-family: "{face.family}"; font-weight: {face.weight}; '
        f'src: url("package:///static/vendor/fonts/{face.file}") format("truetype"); }}'
        for face in FACES
    )


@cache
def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError:
        data = b""
    if not data:
        check_fonts()
        raise ReportError(f"The font file {path} cannot be read.")
    return data
