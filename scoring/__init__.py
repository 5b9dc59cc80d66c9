"""Ratings in, result out: scores, bands, standards and what may be shown of staff sheets."""

from scoring.answers import AnswersError, parse_answers, read_answers
from scoring.model import Answers, Result
from scoring.score import score, states
from scoring.writing import read_sheets_result, result_json, rounded

__all__ = [
    "Answers",
    "AnswersError",
    "Result",
    "parse_answers",
    "read_answers",
    "read_sheets_result",
    "result_json",
    "rounded",
    "score",
    "states",
]
