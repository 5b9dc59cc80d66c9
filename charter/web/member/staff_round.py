"""The staff round, for the lead: open it, give out codes, close it, read what may be shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import HiddenField, IntegerField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange

from charter.clock import today
from charter.i18n import language_name
from charter.services import jobs, staff_rounds
from charter.services.errors import Invalid
from charter.services.packs import pack_of
from charter.services.paper_forms import KIND
from charter.services.staff_codes import grouped, pack_up, unpack
from charter.web.access import allow, assessment_lead, assessment_member
from charter.web.downloads import as_attachment
from charter.web.forms import CharterForm, DayField, Needed
from charter.web.languages import offered
from charter.web.member import blueprint
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message
from questionnaires.model import Pack

MORE, DAY, PAPER = "more-", "day-", "paper-"
"""Prefixes of forms that stand on one page."""
USUAL = timedelta(days=14)
ON_A_FILE = 24
"""Slips in one PDF: three pages, made in less than a second."""
_ADDRESS = "/member/assessments/<int:assessment_id>/staff-round"
_TOO_MANY = NumberRange(min=1, max=staff_rounds.MOST_CODES)


class LanguageForm(CharterForm):
    """In which language the staff read."""

    language = SelectField(message("Language of your staff"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        codes = offered(settings())
        self.language.choices = [SelectChoice(code, language_name(code, within=g.translator)) for code in codes]


class OpenForm(LanguageForm):
    """A new round."""

    staff = IntegerField(message("How many people will answer?"), [Needed(), _TOO_MANY])
    closes_on = DayField(message("Last day to answer"), [Needed()])


class CodesForm(LanguageForm):
    """More codes. `known`: how many there were when the page was made."""

    count = IntegerField(message("How many more codes?"), [Needed(), _TOO_MANY])
    known = HiddenField()


class LastDayForm(CharterForm):
    """Another last day."""

    closes_on = DayField(message("Last day to answer"), [Needed()])


class CloseForm(CharterForm):
    """Nothing but the consent."""


@blueprint.get(_ADDRESS)
@allow(assessment_member)
def staff_round(assessment_id: int) -> str:
    """How the round stands; never how many have answered while it runs."""
    return _page()


@blueprint.post(f"{_ADDRESS}/open")
@allow(assessment_lead)
def open_staff_round(assessment_id: int) -> str | tuple[str, int]:
    """Opens a round, and shows its codes, which are to be seen only here: so the answer is the page, no redirect."""
    form = OpenForm()
    if form.validate_on_submit():
        try:
            _opened, codes = staff_rounds.open_round(
                database(),
                actor(),
                settings(),
                assessment=g.assessment,
                closes_on=form.closes_on.data,
                staff=form.staff.data,
            )
            return _codes_page(codes, form.language.data)
        except Invalid as problem:
            form.take(problem)
    return _page(opening=form), 422


@blueprint.post(f"{_ADDRESS}/codes")
@allow(assessment_lead)
def more_codes(assessment_id: int) -> str | tuple[str, int]:
    """More codes, shown once; sent twice, the form makes them once."""
    form = CodesForm(prefix=MORE)
    if form.validate_on_submit():
        known = form.known.data or ""
        try:
            codes = staff_rounds.add_codes(
                database(),
                actor(),
                settings(),
                assessment=g.assessment,
                known=int(known) if known.isdecimal() else -1,
                count=form.count.data,
            )
            return _codes_page(codes, form.language.data)
        except Invalid as problem:
            form.take(problem)
    return _page(codes=form), 422


@blueprint.post(f"{_ADDRESS}/slips")
@allow(assessment_lead)
def slips(assessment_id: int) -> Response:
    """The codes of the page as slips to print. They come with the form, encrypted, since nothing else keeps them."""
    from charter.reports.slips import Slip, slips_pdf

    form = LanguageForm()
    codes = unpack(settings().key, request.form.get("codes", ""))
    running = staff_rounds.find_round(database(), assessment_id)
    if not form.validate_on_submit() or not codes or len(codes) > ON_A_FILE or running is None:
        abort(400)
    language = form.language.data
    content = slips_pdf(
        [Slip(grouped(code), _link(code, language)) for code in codes],
        pack=pack_of(database(), g.assessment.published_pack),
        organization=g.assessment.organization.name,
        closes_on=running.closes_on,
        address=f"{settings().public_url}{url_for('respondent.enter')}",
        language=language,
    )
    return as_attachment(content, name=f"slips-{language}.pdf", media_type="application/pdf")


@blueprint.post(f"{_ADDRESS}/last-day")
@allow(assessment_lead)
def change_last_day(assessment_id: int) -> AnyResponse | tuple[str, int]:
    """The round ends earlier or later."""
    form = LastDayForm(prefix=DAY)
    if form.validate_on_submit():
        try:
            staff_rounds.move_last_day(
                database(), actor(), settings(), assessment=g.assessment, closes_on=form.closes_on.data
            )
            flash(message("Saved: the last day is changed. Slips already printed still show the old one."))
            return redirect(url_for("member.staff_round", assessment_id=assessment_id))
        except Invalid as problem:
            form.take(problem)
    return _page(last_day=form), 422


@blueprint.route(f"{_ADDRESS}/close", methods=["GET", "POST"])
@allow(assessment_lead)
def close_staff_round(assessment_id: int) -> str | AnyResponse:
    """Says what closing means, then does it."""
    form = CloseForm()
    if form.validate_on_submit():
        staff_rounds.close_round(database(), actor(), assessment=g.assessment)
        flash(message("The staff round is closed."))
        return redirect(url_for("member.staff_round", assessment_id=assessment_id))
    running = staff_rounds.find_round(database(), assessment_id)
    if running is None or running.closed_at is not None:
        return redirect(url_for("member.staff_round", assessment_id=assessment_id))
    return render_template(
        "member/staff_round_close.html.j2", assessment=g.assessment, round=running, pack=_pack(), form=form
    )


@blueprint.post(f"{_ADDRESS}/paper")
@allow(assessment_member)
def paper(assessment_id: int) -> AnyResponse:
    """Asks for the form on paper; a job makes it."""
    form = LanguageForm(prefix=PAPER)
    if not form.validate_on_submit():
        abort(400)
    language = form.language.data
    job = jobs.request_job(
        database(),
        actor(),
        kind=KIND,
        arguments={"assessment": assessment_id, "language": language},
        assessment_id=assessment_id,
    )
    return redirect(url_for("assessment.job", assessment_id=assessment_id, job_id=job.id))


def _page(
    *, opening: OpenForm | None = None, codes: CodesForm | None = None, last_day: LastDayForm | None = None
) -> str:
    last = staff_rounds.find_round(database(), g.assessment.id)
    running = last if last is not None and last.closed_at is None else None
    made = staff_rounds.count_codes(database(), running) if running else 0
    pack, day = _pack(), today(settings().zone)
    suggested = min(day + USUAL, max(g.assessment.due_on, day))
    return render_template(
        "member/staff_round.html.j2",
        assessment=g.assessment,
        pack=pack,
        round=last,
        running=running,
        made=made,
        days_left=(running.closes_on - day).days if running else 0,
        view=staff_rounds.view_of(last) if last else None,
        is_lead=actor().is_lead_of(g.assessment.organization_id),
        can_open=staff_rounds.can_open(g.assessment),
        opening=opening or OpenForm(formdata=None, closes_on=suggested, language=_staff_language()),
        codes=codes or CodesForm(formdata=None, prefix=MORE, known=str(made), language=_staff_language()),
        last_day=last_day or LastDayForm(formdata=None, prefix=DAY, closes_on=running.closes_on if running else day),
        paper=LanguageForm(formdata=None, prefix=PAPER, language=_staff_language()),
    )


def _codes_page(codes: list[str], language: str) -> str:
    parts = [codes[start : start + ON_A_FILE] for start in range(0, len(codes), ON_A_FILE)]
    form = LanguageForm(formdata=None, language=language)
    return render_template(
        "member/staff_round_codes.html.j2",
        assessment=g.assessment,
        pack=_pack(),
        codes=[(grouped(code), _link(code, language)) for code in codes],
        parts=[(start * ON_A_FILE, len(part), pack_up(settings().key, part)) for start, part in enumerate(parts)],
        form=form,
        language_of_staff=language,
    )


def _link(code: str, language: str) -> str:
    return f"{settings().public_url}{url_for('respondent.enter')}?in={language}#{grouped(code)}"


def _staff_language() -> str:
    own = str(g.assessment.organization.language)
    return own if own in offered(settings()) else offered(settings())[0]


def _pack() -> Pack:
    pack = pack_of(database(), g.assessment.published_pack)
    return pack.translated(g.translator.language) if g.translator.language in pack.languages else pack
