"""Names: what a pack calls P1.1 must be called otherwise in a form, and the other way round."""

from __future__ import annotations

import re
import unicodedata

PROFILE, GROUP, FACT, CRITERION, REASON, NOTE = PARTS = ("profile", "group", "fact", "criterion", "reason", "note")
"""What the column `charter_part` says of a row of the survey."""
PART_COLUMN, ID_COLUMN = "charter_part", "charter_id"

_LENGTH = 64


class FormNames:
    """Gives names that XML, ODK and spreadsheets of answers can all live with: letters, digits and underscores.

    Every name is given once, whatever its capitals, because some tools see no difference between them.
    """

    def __init__(self) -> None:
        self._taken = {"meta", "data", "instanceid", "instancename"}

    def give(self, wanted: str) -> str:
        """`P1.1` becomes `P1_1`, or `P1_1_2` if that is taken."""
        base = re.sub(r"[^A-Za-z0-9_]", "_", wanted)
        if not re.match(r"[A-Za-z_]", base):
            base = f"_{base}"
        return _free(base, "_", self._taken)


class PackIds:
    """Gives ids that a pack may have. `reserved` are taken from the beginning."""

    def __init__(self, reserved: tuple[str, ...]) -> None:
        self._exact = set(reserved)
        self._folded = {name.casefold() for name in reserved}

    def take(self, exact: str) -> bool:
        """Whether `exact` was still free; it no longer is."""
        free = exact not in self._exact
        self._exact.add(exact)
        self._folded.add(exact.casefold())
        return free

    def give(self, wanted: str, otherwise: str) -> str:
        """As near to `wanted` as an id can be; made from `otherwise` where no letter of it can stay."""
        plain = unicodedata.normalize("NFKD", wanted).encode("ascii", "ignore").decode()
        base = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).lstrip("._-")[: _LENGTH - 6].rstrip("-") or otherwise
        given = _free(base, "-", self._folded)
        self._exact.add(given)
        return given


def pack_id(wanted: str) -> str:
    """A pack's own id: small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", wanted).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).lstrip("-0123456789")[:_LENGTH].strip("-") or "imported-form"


def _free(base: str, joint: str, taken: set[str]) -> str:
    name, number = base, 1
    while name.casefold() in taken:
        number += 1
        name = f"{base}{joint}{number}"
    taken.add(name.casefold())
    return name
