"""The command line. Each command imports what it needs when it runs, so that the quick ones stay quick."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from charter.audit_commands import audit_group, recompute_command
from charter.backup_commands import backup_command, import_member_command, restore_command, upgrade_command
from charter.console import InputProblem, emit, emit_all, waiting
from charter.demo.command import demo_command
from charter.form_commands import form_command, read_form_command
from charter.inputs import LOGO, TEMPLATE, language_for, report_folder, scored
from charter.operate_commands import init_command, run_command, user_group, worker_command
from charter.pack_commands import pack_group
from charter.release_command import release_command
from charter.xlsform_commands import from_xlsform_command, xlsform_command

if TYPE_CHECKING:
    from action_plans import Plan
    from questionnaires import Pack
    from scoring import Result

_PACK = click.argument("pack", metavar="PACK")
_ANSWERS = click.argument("answers", metavar="ANSWERS")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_OUTPUT = click.option("-o", "--output", metavar="FILE", help="Write there instead of on the screen.")
_XLSX = click.option("--xlsx", metavar="FILE", help="Write a workbook.")
_CSV = click.option("--csv", metavar="FILE", help="Write a table that any spreadsheet opens.")
_LANGUAGE = click.option("--language", metavar="L", help="Language of what is written for people; else the pack's.")

Files = list[tuple[str | None, Callable[[], bytes]]]
"""Names of files, None where one was not asked for, and what makes their content."""


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


@_command("score", "charter score chab-dai-charter examples/hope-house.json --xlsx result.xlsx")
@_PACK
@_ANSWERS
@_JSON
@_OUTPUT
@_XLSX
@_CSV
@_LANGUAGE
def score_command(
    pack: str, answers: str, as_json: bool, output: str | None, xlsx: str | None, csv: str | None, language: str | None
) -> None:
    """Score answers: overall, groups, criteria, standards, and what may be shown of the staff's sheets."""
    from charter.tables import result_table
    from scoring import result_json

    loaded, given, result = scored(pack, answers)
    files: Files = []
    if xlsx or csv:
        from charter.reports.csv_files import result_csv
        from charter.reports.result_workbook import result_xlsx

        words = language_for(loaded, language)
        files = [
            (xlsx, lambda: result_xlsx(loaded, given, result, language=words)),
            (csv, lambda: result_csv(loaded, given, result, language=words)),
        ]
    text = _json(result_json(result)) if as_json else result_table(loaded, given, result)
    _emit_all(text, output, files, printed=as_json or not files)


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

    loaded, given, result = scored(pack, answers)
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
@_XLSX
@_CSV
@click.option("--ics", metavar="FILE", help="Write the actions as a calendar.")
@_LANGUAGE
def plan_command(
    pack: str,
    answers: str,
    as_json: bool,
    output: str | None,
    xlsx: str | None,
    csv: str | None,
    ics: str | None,
    language: str | None,
    **limits: Any,
) -> None:
    """Propose the best Improvement Action Plan within the limits."""
    from action_plans import plan_json
    from charter.tables import plan_table

    loaded, given, result = scored(pack, answers)
    words = language_for(loaded, language)
    plan = _planned(loaded, result, **limits)
    files: Files = []
    if xlsx or csv or ics:
        from charter.reports.csv_files import plan_csv
        from charter.reports.plan_calendar import plan_ics
        from charter.reports.plan_workbook import plan_xlsx

        files = [
            (xlsx, lambda: plan_xlsx(loaded, given, result, plan, language=words)),
            (csv, lambda: plan_csv(loaded, given, result, plan, language=words)),
            (ics, lambda: plan_ics(loaded, given, result, plan, language=words)),
        ]
    _emit_all(_json(plan_json(plan)) if as_json else plan_table(plan), output, files, printed=as_json or not files)


@_command("report", "charter report chab-dai-charter examples/hope-house.json --language km -o assessment.pdf")
@_PACK
@_ANSWERS
@click.option("--kind", type=click.Choice(["assessment", "plan"]), default="assessment", show_default=True)
@_LANGUAGE
@_limits
@TEMPLATE
@LOGO
@click.option("-o", "--output", metavar="FILE.pdf", required=True, help="Where to write the PDF.")
def report_command(
    pack: str,
    answers: str,
    kind: str,
    language: str | None,
    template: str | None,
    logo: str | None,
    output: str,
    **limits: Any,
) -> None:
    """Make the PDF report of an assessment, or of the plan proposed for it."""
    from charter.reports.assessment import assessment_report
    from charter.reports.errors import ReportError

    loaded, given, result = scored(pack, answers)
    language = language_for(loaded, language)
    folder = report_folder(template, logo)
    try:
        if kind == "assessment":
            with waiting("Making the report"):
                data = assessment_report(loaded, given, result, language=language, folder=folder)
        else:
            # It brings the solver, of which an assessment needs nothing.
            from charter.reports.plan import plan_report

            plan = _planned(loaded, result, **limits)
            with waiting("Making the report"):
                data = plan_report(loaded, given, result, plan, language=language, folder=folder)
    except ReportError as error:
        raise InputProblem([str(error)]) from error
    emit(data, output)


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


def _emit_all(text: str, output: str | None, files: Files, *, printed: bool) -> None:
    """The text to `output`, or on the screen if it is to be `printed`, and the files: all of them or none."""
    from charter.reports.errors import ReportError

    names = [name for name in (output, *(name for name, _ in files)) if name is not None]
    if len({os.path.abspath(name) for name in names}) < len(names):
        raise InputProblem(["two outputs cannot have the same name"], exit_code=2)
    try:
        made: list[tuple[str | bytes, str | None]] = [(make(), name) for name, make in files if name is not None]
    except ReportError as error:
        raise InputProblem([str(error)]) from error
    emit_all([*made, (text, output)] if output is not None or printed else made)


for _further in (
    form_command,
    read_form_command,
    xlsform_command,
    from_xlsform_command,
    release_command,
    pack_group,
    audit_group,
    recompute_command,
    init_command,
    backup_command,
    restore_command,
    import_member_command,
    upgrade_command,
    run_command,
    worker_command,
    user_group,
    demo_command,
):
    cli.add_command(_further)
