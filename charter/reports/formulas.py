"""Text that no spreadsheet program takes for a formula."""

from __future__ import annotations

import re

# A spreadsheet program may take a cell for a formula if it begins so, perhaps after spaces, also in full width. Where
# it splits lines at semicolons or tabs, as it does in some countries, what follows one of those begins a cell too.
_FORMULA = re.compile("(^|[;\t\r\n])([\\s\"']*)(?=[=+\\-@＝＋－＠])")
_FIRST = re.compile("^(?=[\t\r\n])")


def formula_safe(text: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet program could take for a formula."""
    return _FIRST.sub("'", _FORMULA.sub(r"\1\2'", text))
