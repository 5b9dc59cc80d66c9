"""The command line. Each command imports what it needs when it runs, so that the quick ones stay quick."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from charter.console import InputProblem, emit, read_input, waiting

if TYPE_CHECKING:
    from action_plans import Plan
    from questionnaires import Pack
    from scoring import Answers, Result

_PACK = click.argument("pack", metavar="PACK")
_ANSWERS = click.argument("answers", metavar="ANSWERS")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_OUTPUT = click.option("-o", "--output", metavar="FILE", help="Write there instead of on the screen.")


def _command(name: str, example: str) -> Callable[[Callable[..., None]], click.Command]:
    """A command whose help ends with an example."""
    return cli.command(name, epilog=f"Example: {example}")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="charter")
def cli() -> None:
    """Self-assessment, scoring and improvement planning.

    PACK is the id of a pack that comes with Charter (chab-dai-charter, safeguarding-basics) or a folder; ANSWERS is a
    JSON file, or - for standard input. Exit codes: 0 done, 1 the input has problems, 2 wrong usage.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; leaves by SystemExit."""
    try:
        cli.main(args=arguments, prog_name="charter", standalone_mode=False)
    except InputProblem as problem:
        click.echo(str(problem), err=True)
        sys.exit(problem.exit_code)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read the output has left; Python must not complain of it a second time while it ends.
        sys.stdout = None
        sys.exit(0)


@_command("lint", "charter lint chab-dai-charter my-packs/harbour --against published/harbour-2025")
@click.argument("packs", metavar="PACK…", nargs=-1, required=True)
@click.option("--against", metavar="OLD", help="A published version: also report what would lose answers.")
@_JSON
def lint_command(packs: tuple[str, ...], against: str | None, as_json: bool) -> None:
    """Check packs and standards: every problem, with its place. Warnings alone exit 0."""
    from questionnaires import Severity, lint

    problems = list(dict.fromkeys(problem for pack in packs for problem in lint(pack, against=against)))
    errors = sum(1 for problem in problems if problem.severity is Severity.ERROR)
    if as_json:
        keys = ("file", "line", "column", "severity", "rule", "message")
        found = [{key: getattr(problem, key) for key in keys} for problem in problems]
        warnings = len(problems) - errors
        click.echo(
            json.dumps({"errors": errors, "warnings": warnings, "problems": found}, ensure_ascii=False, indent=2)
        )
    else:
        for problem in problems:
            click.echo(str(problem))
        click.echo(f"{errors} errors, {len(problems) - errors} warnings", err=True)
    sys.exit(1 if errors else 0)


@_command("schema", "charter schema pack > pack.schema.json")
@click.argument("what", type=click.Choice(["pack", "standard", "answers"]), default="pack")
@_OUTPUT
def schema_command(what: str, output: str | None) -> None:
    """Print the JSON Schema that editors check and complete files with."""
    from questionnaires.grammar import PACK, STANDARD
    from scoring.answers import answers_schema

    schema = answers_schema() if what == "answers" else (PACK if what == "pack" else STANDARD).definition()
    emit(_json(schema), output)


@_command("score", "charter score chab-dai-charter examples/hope-house.json")
@_PACK
@_ANSWERS
@_JSON
@_OUTPUT
def score_command(pack: str, answers: str, as_json: bool, output: str | None) -> None:
    """Score answers: overall, groups, criteria, standards, and what may be shown of the staff's sheets."""
    from charter.tables import result_table
    from scoring import result_json

    loaded, given, result = _scored(pack, answers)
    emit(_json(result_json(result)) if as_json else result_table(loaded, given, result), output)


@_command("explain", "charter explain chab-dai-charter examples/hope-house.json PR1")
@_PACK
@_ANSWERS
@click.argument("node", metavar="NODE")
@_JSON
@_OUTPUT
def explain_command(pack: str, answers: str, node: str, as_json: bool, output: str | None) -> None:
    """Say where one number comes from.

    NODE is overall, the id of a group or criterion, a standard, or standard/clause.
    """
    from charter.tables import explanation_json, explanation_text
    from questionnaires.problems import near_miss
    from scoring.explain import explain, nodes

    loaded, given, result = _scored(pack, answers)
    try:
        explanation = explain(loaded, given, result, node)
    except KeyError:
        hint = near_miss(node, nodes(loaded, result))
        raise InputProblem([f"{node}: there is nothing to explain by that name{hint}"]) from None
    emit(_json(explanation_json(explanation)) if as_json else explanation_text(explanation), output)


def _limits(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say within what to plan."""
    options = (
        click.option("--start", metavar="YYYY-MM", help="First month; without it, the next."),
        click.option("--months", type=click.IntRange(1, 120), default=12, show_default=True, help="Horizon."),
        click.option("--capacity-days", metavar="D", default="10", show_default=True, help="Days of work a month."),
        click.option("--budget", metavar="M", help="Money for the whole plan; without it, no limit."),
        click.option("--max-actions", type=click.IntRange(0), default=12, show_default=True),
        click.option(
            "--time-limit", type=click.FloatRange(0, min_open=True), default=10, show_default=True, help="Seconds."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@_command("plan", "charter plan chab-dai-charter examples/hope-house.json --months 12 --capacity-days 8 --json")
@_PACK
@_ANSWERS
@_limits
@_JSON
@_OUTPUT
def plan_command(pack: str, answers: str, as_json: bool, output: str | None, **limits: Any) -> None:
    """Propose the best Improvement Action Plan within the limits."""
    from action_plans import plan_json
    from charter.tables import plan_table

    loaded, _, result = _scored(pack, answers)
    plan = _planned(loaded, result, **limits)
    emit(_json(plan_json(plan)) if as_json else plan_table(plan), output)


@_command("report", "charter report chab-dai-charter examples/hope-house.json --language km -o assessment.pdf")
@_PACK
@_ANSWERS
@click.option("--kind", type=click.Choice(["assessment", "plan"]), default="assessment", show_default=True)
@click.option("--language", metavar="L", help="Language of the report; without it, that of the pack.")
@_limits
@click.option("-o", "--output", metavar="FILE.pdf", required=True, help="Where to write the PDF.")
def report_command(pack: str, answers: str, kind: str, language: str | None, output: str, **limits: Any) -> None:
    """Make the PDF report of an assessment, or of the plan proposed for it."""
    from charter.i18n import LANGUAGES
    from charter.reports.assessment import assessment_report
    from charter.reports.errors import ReportError
    from charter.reports.plan import plan_report
    from questionnaires.problems import near_miss

    loaded, given, result = _scored(pack, answers)
    if language is None:
        language = loaded.language if loaded.language in LANGUAGES else LANGUAGES[0]
    if language not in LANGUAGES:
        hint = near_miss(language, LANGUAGES)
        text = f"--language: reports are not made in {language!r}; there are {', '.join(LANGUAGES)}{hint}"
        raise InputProblem([text], exit_code=2)
    try:
        if kind == "assessment":
            with waiting("Making the report"):
                data = assessment_report(loaded, given, result, language=language)
        else:
            plan = _planned(loaded, result, **limits)
            with waiting("Making the report"):
                data = plan_report(loaded, given, result, plan, language=language)
    except ReportError as error:
        raise InputProblem([str(error)]) from error
    emit(data, output)


def _scored(reference: str, answers: str) -> tuple[Pack, Answers, Result]:
    """The pack, the answers and the result; InputProblem with everything that is wrong."""
    from questionnaires import PackError, Severity, load_pack
    from scoring import AnswersError, read_answers, score

    try:
        pack = load_pack(reference)
    except PackError as error:
        raise InputProblem([str(each) for each in error.problems if each.severity is Severity.ERROR]) from error
    data = read_input(answers)
    try:
        given = read_answers(data, pack)
    except AnswersError as error:
        raise InputProblem([f"{answers}: {problem}" for problem in error.problems]) from error
    return pack, given, score(pack, given)


def _planned(
    pack: Pack,
    result: Result,
    *,
    start: str | None,
    months: int,
    capacity_days: str,
    budget: str | None,
    max_actions: int,
    time_limit: float,
) -> Plan:
    from charter.limits import read_limits

    limits = read_limits(
        start=start, months=months, capacity_days=capacity_days, budget=budget, max_actions=max_actions
    )
    with waiting("Planning"):
        from action_plans import propose

        return propose(pack, result, limits, time_limit=time_limit)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
