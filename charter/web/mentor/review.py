"""Reviewing one assessment."""

from __future__ import annotations

from flask import abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from charter.database.assessments import Assessment, AssessmentState
from charter.reports.common import in_language, titled
from charter.services import review
from charter.services.assessments import result_of
from charter.services.errors import Invalid, Stale
from charter.services.evidence import evidence_of
from charter.services.states import Party, moves_from
from charter.web.access import allow, assessment_companion, assessment_mentor
from charter.web.mentor import blueprint
from charter.web.mentor.review_forms import ReviewForm, review_form
from charter.web.rendering import flash, said
from charter.web.requests import actor, database, settings
from questionnaires.message import message
from questionnaires.model import Group, Pack
from scoring.model import State

Page = str | Response | tuple[str, int]


@blueprint.get("/mentor/assessments/<int:assessment_id>")
@allow(assessment_mentor)
def overview(assessment_id: int) -> str:
    """Every principle with how far the review is, what was asked for, and how to end it."""
    assessment: Assessment = g.assessment
    db = database()
    pack, _, result = result_of(db, assessment)
    checked = review.review_progress(db, assessment)
    shown = in_language(pack, g.translator.language)
    groups = [
        (
            group,
            [c.id for c in group.criteria if result.criteria[c.id].state is not State.EXCLUDED],
            sum(1 for c in group.criteria if c.id in checked),
        )
        for group in shown.all_groups
        if group.criteria
    ]
    return render_template(
        "mentor/overview.html.j2",
        assessment=assessment,
        groups=groups,
        titled=titled,
        requests=review.unsent_requests(db, assessment),
        criteria={criterion.id: criterion.title for criterion in shown.criteria},
        comments=review.comments_on_whole(db, assessment),
        open_count=sum(len(ids) for _, ids, _ in groups) - len(checked),
        moves={move.name for move in moves_from(assessment.state, Party.MENTOR)},
        group_of={c.id: group.id for group in shown.all_groups for c in group.criteria},
    )


@blueprint.route("/mentor/assessments/<int:assessment_id>/review/<group_id>", methods=["GET", "POST"])
@allow(assessment_mentor)
def review_group(assessment_id: int, group_id: str) -> Page:
    """One principle: what the member agreed on, its evidence, and the mentor's own rating beside it."""
    assessment: Assessment = g.assessment
    db = database()
    pack, _, result = result_of(db, assessment)
    group = _group(pack, group_id)
    criteria = [c for c in group.criteria if result.criteria[c.id].state is not State.EXCLUDED]
    form: ReviewForm = review_form(criteria)
    conflicts: dict[str, object] = {}
    if request.method == "POST" and form.validate_on_submit():
        for criterion in criteria:
            try:
                if form.was_sent(criterion.id):
                    review.save_verified(
                        db,
                        actor(),
                        assessment=assessment,
                        criterion_id=criterion.id,
                        rating=form.rating(criterion.id),
                        comment=form.comment(criterion.id),
                        known_version=form.version(criterion.id),
                    )
                if form.change(criterion.id):
                    review.ask_for_change(
                        db,
                        actor(),
                        assessment=assessment,
                        criterion_id=criterion.id,
                        comment=form.change(criterion.id),
                    )
            except Invalid as problem:
                for text in problem.messages.values():
                    form.objections.append((f"rating-{criterion.id}", said(text)))
            except Stale as stale:
                conflicts[criterion.id] = stale.current
        if "confirm_rest" in request.form and not form.objections and not conflicts:
            review.confirm_rest(db, actor(), assessment=assessment, criteria=criteria)
        if not form.objections and not conflicts:
            flash(message("Saved."))
            following = _next(pack, group_id) if "next" in request.form else None
            if following:
                return redirect(url_for("mentor.review_group", assessment_id=assessment_id, group_id=following))
            return redirect(url_for("mentor.review_group", assessment_id=assessment_id, group_id=group_id))
        # Nothing of the page is stored then: it comes back with what was typed, on the versions that are stored.
        db.rollback()
    ids = {c.id for c in criteria}
    shown = in_language(pack, g.translator.language)
    page = render_template(
        "mentor/review.html.j2",
        assessment=assessment,
        group=shown.group(group_id),
        criteria=[shown.criterion(c.id) for c in criteria],
        reviewed={each.criterion.id: each for each in review.reviewed(db, assessment, criteria)},
        evidence={key: rows for key, rows in evidence_of(db, assessment.id).items() if key in ids},
        staff=result.sheets.criteria,
        form=form,
        conflicts=conflicts,
        may_review=assessment.state is AssessmentState.SUBMITTED,
        previous=_previous(pack, group_id),
        following=_next(pack, group_id),
        titled=titled,
    )
    return page, 409 if conflicts else 422 if form.problems else 200


@blueprint.post("/mentor/assessments/<int:assessment_id>/changes/<int:request_id>/remove")
@allow(assessment_mentor)
def drop_change(assessment_id: int, request_id: int) -> Response:
    """Take back a change that was not asked for yet."""
    review.drop_change(database(), actor(), assessment=g.assessment, request_id=request_id)
    flash(message("Removed."))
    return redirect(url_for("mentor.overview", assessment_id=assessment_id))


@blueprint.post("/mentor/assessments/<int:assessment_id>/send-back")
@allow(assessment_mentor)
def send_back(assessment_id: int) -> Response:
    """Send what was collected."""
    address = settings().public_url + url_for("member.assessment", assessment_id=assessment_id)
    count = review.send_back(database(), actor(), assessment=g.assessment, address=address)
    flash(message("Sent. The member can change {count} of its answers now.", count=count))
    return redirect(url_for("mentor.overview", assessment_id=assessment_id))


@blueprint.post("/mentor/assessments/<int:assessment_id>/close")
@allow(assessment_mentor)
def close(assessment_id: int) -> Response:
    """End the review."""
    address = settings().public_url + url_for("assessment.result", assessment_id=assessment_id)
    review.close(database(), actor(), assessment=g.assessment, address=address)
    flash(message("Closed. The result is frozen, and the member has been told."))
    return redirect(url_for("assessment.result", assessment_id=assessment_id))


@blueprint.post("/mentor/assessments/<int:assessment_id>/reopen")
@allow(assessment_companion)
def reopen(assessment_id: int) -> Response:
    """Lift the freeze, with a reason."""
    address = settings().public_url + url_for("assessment.result", assessment_id=assessment_id)
    review.reopen(database(), actor(), assessment=g.assessment, reason=request.form.get("reason"), address=address)
    flash(message("Opened again for review."))
    if actor().mentors(g.assessment.organization_id):
        return redirect(url_for("mentor.overview", assessment_id=assessment_id))
    return redirect(url_for("assessment.result", assessment_id=assessment_id))


@blueprint.post("/mentor/assessments/<int:assessment_id>/comments")
@allow(assessment_mentor)
def comment(assessment_id: int) -> Response:
    """Say something about the whole, or about one criterion."""
    criterion = request.form.get("criterion") or None
    try:
        review.add_comment(
            database(), actor(), assessment=g.assessment, criterion_id=criterion, text=request.form.get("text")
        )
        flash(message("Saved."))
    except Invalid as problem:
        flash(next(iter(problem.messages.values())), category="problem")
    return redirect(url_for("mentor.overview", assessment_id=assessment_id))


def _group(pack: Pack, group_id: str) -> Group:
    found = next((group for group in pack.all_groups if group.id == group_id and group.criteria), None)
    if found is None:
        abort(404)
    return found


def _next(pack: Pack, group_id: str) -> str | None:
    ids = [group.id for group in pack.all_groups if group.criteria]
    position = ids.index(group_id)
    return ids[position + 1] if position + 1 < len(ids) else None


def _previous(pack: Pack, group_id: str) -> str | None:
    ids = [group.id for group in pack.all_groups if group.criteria]
    position = ids.index(group_id)
    return ids[position - 1] if position else None
