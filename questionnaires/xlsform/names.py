"""Names: what a pack calls P1.1 must be called otherwise in a form, and the other way round."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

PROFILE, GROUP, FACT, CRITERION, REASON, NOTE = PARTS = ("profile", "group", "fact", "criterion", "reason", "note")
"""What the column `charter_part` says of a row of the survey."""
PART_COLUMN, ID_COLUMN = "charter_part", "charter_id"

_LENGTH = 64


class FormNames:
    """Gives names that XML, ODK and spreadsheets of answers can all live with: letters, digits and underscores.

    Every name is given once, whatever its capitals, because some tools see no difference between them.
    """

    def __init__(self) -> None:
        self._taken = _Taken(("meta", "data", "instanceid", "instancename"))

    def give(self, wanted: str) -> str:
        """`P1.1` becomes `P1_1`, or `P1_1_2` if that is taken."""
        base = re.sub(r"[^A-Za-z0-9_]", "_", wanted)
        if not re.match(r"[A-Za-z_]", base):
            base = f"_{base}"
        return self._taken.free(base, "_")


class PackIds:
    """Gives ids that a pack may have. `reserved` are taken from the beginning."""

    def __init__(self, reserved: tuple[str, ...]) -> None:
        self._exact = set(reserved)
        self._folded = _Taken(reserved)

    def take(self, exact: str) -> bool:
        """Whether `exact` was still free; it no longer is."""
        free = exact not in self._exact
        self._exact.add(exact)
        self._folded.add(exact)
        return free

    def give(self, wanted: str, otherwise: str) -> str:
        """As near to `wanted` as an id can be; made from `otherwise` where no letter of it can stay."""
        plain = unicodedata.normalize("NFKD", wanted).encode("ascii", "ignore").decode()
        base = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).lstrip("._-")[: _LENGTH - 6].rstrip("._-") or otherwise
        given = self._folded.free(base, "-")
        self._exact.add(given)
        return given


def pack_id(wanted: str) -> str:
    """A pack's own id: small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", wanted).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).lstrip("-0123456789")[:_LENGTH].strip("-") or "imported-form"


class _Taken:
    """Names that are no longer free, whatever their capitals."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {name.casefold() for name in names}
        # Where a search for the next number goes on, so that thousands of like names take no longer each.
        self._numbers: dict[str, int] = {}

    def add(self, name: str) -> None:
        self._names.add(name.casefold())

    def free(self, base: str, joint: str) -> str:
        """`base`, or the first of base-2, base-3, … that is free; it no longer is."""
        name, number = base, self._numbers.get(base.casefold(), 1)
        while name.casefold() in self._names:
            number += 1
            name = f"{base}{joint}{number}"
        self._numbers[base.casefold()] = number
        self.add(name)
        return name
