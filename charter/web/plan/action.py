"""One action: where it stands, what to do next, how it goes, and everything behind it."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import IntegerField, RadioField, TextAreaField
from wtforms.validators import Optional as MayBeEmpty

from charter.clock import today
from charter.database.plans import ActionStatus, PlanState
from charter.services import actions as service
from charter.services.action_states import OPEN
from charter.services.action_view import ActionView, action_view
from charter.services.errors import Invalid, Refused, Stale
from charter.services.grants import grants_for
from charter.services.packs import pack_of
from charter.services.suggestions import suggestions_for
from charter.web.access import action_member, action_mentor, action_partner, action_reader, allow
from charter.web.addresses import safe_next
from charter.web.evidence_forms import FileForm, LinkForm
from charter.web.forms import AtMost, CharterForm, SeenVersion, clean_text
from charter.web.labels import label
from charter.web.plan import blueprint
from charter.web.plan.move_words import MOVE_WORDS, next_move, words_of
from charter.web.rendering import flash, said
from charter.web.requests import actor, database, settings
from questionnaires.message import message


class MoveForm(CharterForm):
    """Another status, and why. `version` is the one that was on the page."""

    name = RadioField(message("What has changed?"), validate_choice=False)
    reason = TextAreaField(message("Reason"), [AtMost(service.LONGEST_NOTE)], filters=[clean_text])
    version = SeenVersion()


class NoteForm(CharterForm):
    """How it goes, and how far it is."""

    text = TextAreaField(message("How does it go?"), [AtMost(service.LONGEST_NOTE)], filters=[clean_text])
    percent = IntegerField(message("How far is it, in percent?"), [MayBeEmpty()])


@blueprint.get("/action/<int:action_id>")
@allow(action_reader)
def action(action_id: int) -> str:
    """Everything about one action."""
    return action_page()


@blueprint.post("/action/<int:action_id>/status")
@allow(action_member)
def move_action(action_id: int) -> Response | tuple[str, int]:
    """The member says where it stands."""
    return _move()


@blueprint.post("/action/<int:action_id>/review")
@allow(action_mentor)
def review_action(action_id: int) -> Response | tuple[str, int]:
    """The mentor verifies it, or sends it back."""
    return _move()


@blueprint.post("/action/<int:action_id>/notes")
@allow(action_partner)
def note_progress(action_id: int) -> Response | tuple[str, int]:
    """Write how it goes."""
    form = NoteForm()
    if form.validate():
        try:
            service.add_note(database(), actor(), action=g.action, text=form.text.data or "", percent=form.percent.data)
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("Your note is kept."))
            return redirect(url_for("plan.action", action_id=action_id, _anchor="notes"))
    return action_page(note_form=form), 422


def action_page(**forms: Any) -> str:
    """The page, with forms that could not be taken."""
    view = action_view(database(), actor(), g.action, language=g.translator.language)
    stored = g.action
    works_here, is_lead = actor().works_for(stored.organization_id), actor().is_lead_of(stored.organization_id)
    note_form = forms.get("note_form") or NoteForm(formdata=None, percent=stored.percent)
    move_form = forms.get("move_form") or MoveForm(formdata=None)
    move_form.name.choices = words_of(_other_moves(view))
    return render_template(
        "plan/action.html.j2",
        view=view,
        action=stored,
        plan=stored.plan,
        organization=stored.plan.organization,
        days_late=service.days_late(stored, today=today(settings().zone)),
        is_open=stored.status in OPEN,
        is_tracked=stored.plan.state is PlanState.COMMITTED,
        next_move=next_move(view.moves, evidence=len(view.evidence)) if works_here else None,
        words=MOVE_WORDS,
        move_form=move_form,
        note_form=note_form,
        file_form=forms.get("file_form") or FileForm(prefix="file", formdata=None),
        link_form=forms.get("link_form") or LinkForm(prefix="link", formdata=None),
        stale=forms.get("stale"),
        helpful=suggestions_for(
            database(),
            pack=pack_of(database(), stored.plan.assessment.published_pack),
            pack_action=stored.pack_action,
            criteria=stored.improves,
            today=today(settings().zone),
        ),
        works_here=works_here,
        grants=grants_for(database(), stored.id),
        may_request=is_lead and stored.status not in (ActionStatus.VERIFIED, ActionStatus.DROPPED),
        mentors=actor().mentors(stored.organization_id),
        megabytes=settings().upload_limit // (1024 * 1024),
    )


def _move() -> Response | tuple[str, int]:
    form = MoveForm()
    name = form.name.data or ""
    if form.validate():
        try:
            service.move_action(
                database(),
                actor(),
                action=g.action,
                name=name,
                known_version=form.version.known,
                reason=form.reason.data,
            )
        except Invalid as problem:
            form.take(problem)
        except Stale:
            return action_page(move_form=form, stale=MOVE_WORDS.get(name)), 409
        except Refused as refused:
            flash(refused.message, category="problem")
            return redirect(url_for("plan.action", action_id=g.action.id))
        else:
            flash(message("Saved: {words}", words=said(label(g.action.status))))
            if request.form.get("next"):
                return redirect(safe_next(request.form["next"]))
            return redirect(url_for("plan.action", action_id=g.action.id))
    return action_page(move_form=form), 422


def _other_moves(view: ActionView) -> list[Any]:
    """All but those that have no evidence yet."""
    return [move for move in view.moves if view.evidence or not move.needs_evidence]
