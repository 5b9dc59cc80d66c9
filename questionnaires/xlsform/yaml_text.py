"""A raw pack as the text of a YAML file that the loader reads as the same again."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from typing import Any

import yaml

from questionnaires.xlsform.raw import number

# The loader knows YAML 1.2, the library 1.1: each takes texts for numbers or words that the other does not.
_LIKE_A_VALUE = re.compile(r"[-+.0-9~].*|(?:null|true|false|yes|no|on|off|y|n|)", re.IGNORECASE | re.DOTALL)
_SHORT = 60


class _Dumper(yaml.SafeDumper):
    """Writes no aliases, and lists with a step to the right, as people do."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def yaml_text(raw: Any, comment: str = "") -> str:
    """The text of the file, after a comment of one line."""
    head = f"# {comment}\n" if comment else ""
    return head + yaml.dump(raw, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=118)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if "\n" in text:
        style = "|"
    elif _LIKE_A_VALUE.fullmatch(text):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style=style)


def _fraction(dumper: yaml.SafeDumper, value: Fraction) -> yaml.ScalarNode:
    kind = "int" if value.denominator == 1 else "float"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", number(value))


def _mapping(dumper: yaml.SafeDumper, value: dict[Any, Any]) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=_is_short(value))


def _list(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=_is_short(value))


def _is_short(value: Any) -> bool:
    """Whether it reads better on one line."""
    return len(repr(value)) <= _SHORT and "\\n" not in repr(value)


_REPRESENTERS: tuple[tuple[type, Any], ...] = ((str, _text), (dict, _mapping), (list, _list))
for _kind, _represent in _REPRESENTERS:
    _Dumper.add_representer(_kind, _represent)
    _Dumper.add_multi_representer(_kind, _represent)
_Dumper.add_representer(Fraction, _fraction)
_Dumper.add_representer(date, lambda dumper, value: _text(dumper, value.isoformat()))
