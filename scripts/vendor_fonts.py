"""Make the vendored fonts again, byte for byte, from the published packages of Noto Sans and Noto Sans Khmer.

    pip install fontpkg-noto-sans==2.15 fontpkg-noto-sans-khmer==2.4 fonttools==4.68.0 brotli==1.2.1
    python scripts/vendor_fonts.py

The packages hold variable fonts. Reports and pages need two weights, a tenth of the characters, and static files: a
static TTF costs the PDF half a second less than a woff2, and one full file per weight keeps an accented Vietnamese
letter from being put together out of two files.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from importlib import import_module, metadata
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

TARGET = Path(__file__).resolve().parent.parent / "charter" / "static" / "vendor" / "fonts"
WEIGHTS = (400, 700)

LATIN = (
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),  # Latin-1 and Latin Extended-A: names of people and partners
    *(0x192, 0x1A0, 0x1A1, 0x1AF, 0x1B0, 0x218, 0x219, 0x21A, 0x21B),
    *range(0x2C6, 0x2DE),
    *(*range(0x300, 0x30D), 0x31B, 0x323, 0x327, 0x328),  # Vietnamese marks typed on their own
    *range(0x1E80, 0x1E86),
    *range(0x1EA0, 0x1EFA),  # Vietnamese
    *range(0x2002, 0x2070),  # spaces, dashes, quotation marks, bullets, ellipsis
    *range(0x2070, 0x208F),
    *(0x20AB, 0x20AC, 0x2116, 0x2122, 0x2212, 0x2215, 0x221E, 0x2248, 0x25CC, 0xFEFF, 0xFFFD),
)
# The Khmer font has no Latin letter or mark: those always come from the other one. Pango, though, sets a space after
# Khmer in the font of the word before it, and draws a box if that has none.
KHMER = (0x20, 0xA0, *range(0x1780, 0x1800), *range(0x19E0, 0x1A00), 0x200B, 0x200C, 0x200D, 0x202F, 0x2060, 0x25CC)


@dataclass(frozen=True)
class Family:
    """One family: the package it comes from, its file there, what is kept of it and how its files are called here."""

    package: str
    file: str
    name: str
    characters: tuple[int, ...]
    features: tuple[str, ...]


FAMILIES = (
    Family(
        "fontpkg-noto-sans",
        "NotoSans[wdth,wght].ttf",
        "NotoSans",
        LATIN,
        ("kern", "mark", "mkmk", "ccmp", "locl", "liga", "tnum", "lnum"),
    ),
    Family("fontpkg-noto-sans-khmer", "NotoSansKhmer[wdth,wght].ttf", "NotoSansKhmer", KHMER, ("*",)),
)


def main(target: Path = TARGET) -> None:
    """Write every font file and its licence into `target`."""
    target.mkdir(parents=True, exist_ok=True)
    for family in FAMILIES:
        module = import_module(family.package.replace("-", "_"))
        source = Path(str(module.__file__)).parent
        shutil.copyfile(source / "LICENSE", target / f"{family.name}-OFL.txt")
        for weight in WEIGHTS:
            font = _make(source / "files" / family.file, family, weight)
            style = {400: "Regular", 700: "Bold"}[weight]
            for suffix, flavor in ((".ttf", None), (".woff2", "woff2")):
                path = target / f"{family.name}-{style}{suffix}"
                font.flavor = flavor
                font.save(path)
                sys.stdout.write(f"{path.name}: {path.stat().st_size / 1024:.0f} KB\n")
        sys.stdout.write(f"from {family.package} {metadata.version(family.package)}\n")


def _make(source: Path, family: Family, weight: int) -> TTFont:
    # Without recalcTimestamp=False the day of the run would be in the file.
    variable = TTFont(source, recalcTimestamp=False)
    font = instancer.instantiateVariableFont(variable, {"wght": weight, "wdth": 100}, updateFontNames=True)
    options = Options()
    options.layout_features = list(family.features)
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = ["*"]
    options.recalc_timestamp = False
    options.drop_tables += ["DSIG", "STAT", "meta"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=family.characters)
    subsetter.subset(font)
    return font


if __name__ == "__main__":
    main()
