"""Rating together: one principle a page, each answer saved on its own."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, abort, g, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from charter.services import agreement, rating_pages
from charter.services.agreement import Draft, Saved
from charter.services.errors import Invalid, Refused, Stale
from charter.services.packs import pack_of
from charter.web.access import allow, assessment_member, assessment_reader
from charter.web.member import blueprint
from charter.web.member.answer_forms import STORED, answer_form
from charter.web.rendering import clock, flash, said
from charter.web.requests import actor, database
from questionnaires.message import Message, message
from questionnaires.model import Group, Pack
from scoring.model import Choice


@blueprint.route("/member/assessments/<int:assessment_id>/rate/<group_id>", methods=["GET", "POST"])
@allow(assessment_member)
def rate(assessment_id: int, group_id: str) -> str | AnyResponse | tuple[str, int]:
    """One principle. What could not be saved comes back beside what is stored; the rest is saved all the same."""
    if request.method == "GET":
        return _page(group_id)
    pack = pack_of(database(), g.assessment.published_pack)
    group = next((each for each in rating_pages.principles(pack) if each.id == group_id), None)
    if group is None:
        abort(404)
    drafts, undecided, problems = _sent(group)
    if problems:
        return _page(group_id, drafts=[*drafts, *undecided], undecided=undecided, problems=problems), 422
    saved, conflicts = agreement.save_drafts(database(), actor(), assessment=g.assessment, drafts=drafts)
    unsaved = [*(conflict.draft for conflict in conflicts), *undecided]
    if unsaved:
        return _page(group_id, drafts=unsaved, undecided=unsaved)
    _say(saved)
    return redirect(_onward(pack, group, saved))


@blueprint.post("/member/assessments/<int:assessment_id>/answer/<criterion_id>")
@allow(assessment_member)
def answer(assessment_id: int, criterion_id: str) -> tuple[Response, int]:
    """One answer, for the script that saves while people rate."""
    pack = pack_of(database(), g.assessment.published_pack)
    if not pack.has_criterion(criterion_id):
        abort(404)
    form = answer_form(pack.criterion(criterion_id))
    if form is None:
        abort(400)
    try:
        draft = form.draft(pack.criterion(criterion_id))
        saved = agreement.save_agreed(database(), actor(), assessment=g.assessment, **vars(draft))
    except Invalid as problem:
        return _not_saved("invalid", next(iter(problem.messages.values()))), 422
    except Refused as refused:
        return _not_saved("refused", refused.message), 409
    except Stale as stale:
        if stale.current is None:
            return _not_saved("refused", message("This page is too old. Load it again.")), 409
        current = stale.current
        text = message(
            "Not saved: {name} saved another answer at {time}.",
            name=current.updated_by.name,
            time=clock(current.updated_at),
        )
        return _not_saved("conflict", text), 409
    row, assessment = saved.row, g.assessment
    return jsonify(
        state="saved",
        version=row.version,
        text=said(message("Saved {time}", time=clock(row.updated_at))),
        ask=_wants_reason(saved),
        reload=bool(saved.reapplied),
        progress=said(
            message("{answered} of {total} answered", answered=assessment.answered, total=assessment.to_answer)
        ),
        answered=assessment.answered,
        total=assessment.to_answer,
    ), 200


@blueprint.get("/member/assessments/<int:assessment_id>/unanswered")
@allow(assessment_member)
def unanswered(assessment_id: int) -> AnyResponse:
    """To the first criterion without an answer; to checking once there is none."""
    found = rating_pages.first_unanswered(database(), g.assessment)
    if found is None:
        return redirect(url_for("member.readiness", assessment_id=assessment_id))
    group, criterion_id = found
    return redirect(url_for("member.rate", assessment_id=assessment_id, group_id=group.id, _anchor=f"c-{criterion_id}"))


@blueprint.get("/member/assessments/<int:assessment_id>/answer/<criterion_id>/history")
@allow(assessment_reader)
def answer_history(assessment_id: int, criterion_id: str) -> str:
    """Every version that one answer had, with who and when."""
    pack = pack_of(database(), g.assessment.published_pack)
    if not pack.has_criterion(criterion_id):
        abort(404)
    language = g.translator.language
    shown = pack.translated(language) if language in pack.languages else pack
    return render_template(
        "member/answer_history.html.j2",
        assessment=g.assessment,
        criterion=shown.criterion(criterion_id),
        group=rating_pages.principle_of(shown, criterion_id),
        versions=agreement.history(database(), assessment_id, criterion_id),
    )


def _page(
    group_id: str,
    *,
    drafts: Sequence[Draft] = (),
    undecided: Sequence[Draft] = (),
    problems: dict[str, Message] | None = None,
) -> str:
    page = rating_pages.rate_page(database(), g.assessment, group_id, language=g.translator.language, drafts=drafts)
    return render_template(
        "member/rate.html.j2",
        assessment=g.assessment,
        page=page,
        problems=problems or {},
        in_conflict=[
            each for each in page.questions if each.criterion.id in {draft.criterion_id for draft in undecided}
        ],
    )


def _sent(group: Group) -> tuple[list[Draft], list[Draft], dict[str, Message]]:
    """What to save, what was in conflict and is still undecided, and what cannot be taken."""
    drafts: list[Draft] = []
    undecided: list[Draft] = []
    problems: dict[str, Message] = {}
    for criterion in group.criteria:
        form = answer_form(criterion)
        if form is None or (form.was_in_conflict and form.take.data == STORED):
            continue
        try:
            draft = form.draft(criterion)
        except Invalid as invalid:
            problems[criterion.id] = next(iter(invalid.messages.values()))
            drafts.append(form.as_typed(criterion))
        else:
            (undecided if form.was_in_conflict and not form.take.data else drafts).append(draft)
    return drafts, undecided, problems


def _say(saved: list[Saved]) -> None:
    if not saved:
        return
    flash(message("Saved {time}", time=clock(saved[-1].row.updated_at)))
    if any(each.reapplied for each in saved):
        flash(message("With these answers other questions apply than before."), category="warning")


def _onward(pack: Pack, group: Group, saved: list[Saved]) -> str:
    """Where the person wants to go; back to the page where an answer still needs its reason."""
    here = {"assessment_id": g.assessment.id, "group_id": group.id}
    for each in saved:
        if _wants_reason(each):
            return url_for("member.rate", **here, _anchor=f"c-{each.row.criterion_id}")
    if request.form.get("go") != "next":
        return url_for("member.rate", **here)
    groups = [each.id for each in rating_pages.principles(pack)]
    following = groups[groups.index(group.id) + 1 :]
    if following:
        return url_for("member.rate", assessment_id=g.assessment.id, group_id=following[0])
    return url_for("member.readiness", assessment_id=g.assessment.id)


def _wants_reason(saved: Saved) -> str:
    if saved.row.rating is not Choice.NOT_APPLICABLE or saved.row.reason:
        return ""
    return said(message("Please also say why it does not apply."))


def _not_saved(state: str, text: Message) -> Response:
    return jsonify(state=state, text=said(text))
