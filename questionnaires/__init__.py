"""The pack language: what a questionnaire is, read from reviewed YAML files and from nothing else.

`load_pack` gives a `Pack` or raises `PackError` with every problem; `lint` says everything there is to say.
"""

from questionnaires.lint import lint
from questionnaires.loader import load_pack
from questionnaires.model import Pack
from questionnaires.problems import PackError, Problem, Severity

__all__ = ["Pack", "PackError", "Problem", "Severity", "lint", "load_pack"]
