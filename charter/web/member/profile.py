"""The profile: what the organization says about itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import g, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import Field, HiddenField, IntegerField, RadioField, SelectChoice, SelectMultipleField
from wtforms.validators import Optional

from charter.services import profile as service
from charter.services.answering import openness
from charter.services.errors import Invalid
from charter.services.packs import pack_of
from charter.services.profile import ProfileSaved, StoredFact
from charter.web.access import allow, assessment_member
from charter.web.forms import CharterForm
from charter.web.member import blueprint
from charter.web.rendering import flash, said
from charter.web.requests import actor, database
from questionnaires.message import Message, message
from questionnaires.model import Fact, FactType, Pack
from scoring.model import FactValue

_FACT, _VERSION = "fact-", "version-"
_YES, _NO = "yes", "no"


class ProfileForm(CharterForm):
    """The base of the forms that are built from a pack's profile."""

    profile: Mapping[str, Fact] = MappingProxyType({})

    def facts(self) -> dict[str, FactValue | None]:
        """What was filled in, by fact; None where nothing was."""
        return {name: _value(fact, self[_FACT + name].data) for name, fact in self.profile.items()}

    def known(self) -> dict[str, int]:
        """The versions that the page showed."""
        sent = {name: str(self[_VERSION + name].data) for name in self.profile}
        return {name: int(text) for name, text in sent.items() if text.isdecimal() and len(text) < 10}

    def take_facts(self, problem: Invalid) -> None:
        """Objections by fact, at their fields."""
        self.take(Invalid({_FACT + name: text for name, text in problem.messages.items()}))


def profile_form(pack: Pack) -> type[ProfileForm]:
    """The form of the pack's profile, in the pack's language."""
    fields: dict[str, Any] = {"profile": pack.profile}
    for fact in pack.profile.values():
        fields[_FACT + fact.id] = _field(fact)
        fields[_VERSION + fact.id] = HiddenField()
    return type("ThisProfileForm", (ProfileForm,), fields)


@blueprint.route("/member/assessments/<int:assessment_id>/profile", methods=["GET", "POST"])
@allow(assessment_member)
def profile(assessment_id: int) -> str | Response | tuple[str, int]:
    """Shows and saves the facts; says which questions they bring or take away."""
    db, assessment = database(), g.assessment
    pack = pack_of(db, assessment.published_pack)
    language = g.translator.language
    shown = pack.translated(language) if language in pack.languages else pack
    stored = service.stored_profile(db, assessment_id)
    suggested = None if stored else service.suggested_profile(db, assessment)
    form = profile_form(shown)(data=_data(shown, stored, suggested[1] if suggested else {}))
    conflicts: dict[str, StoredFact] = {}
    if form.validate_on_submit():
        try:
            saved = service.save_profile(db, actor(), assessment=assessment, facts=form.facts(), known=form.known())
        except Invalid as problem:
            form.take_facts(problem)
        else:
            _say(saved)
            if not saved.conflicts:
                return redirect(url_for("member.assessment", assessment_id=assessment_id))
            conflicts = dict(saved.conflicts)
            current = service.stored_profile(db, assessment_id)
            for name in pack.profile:
                form[_VERSION + name].data = str(current.get(name, StoredFact()).version)
    page = render_template(
        "member/profile.html.j2",
        assessment=assessment,
        facts=[(fact, form[_FACT + fact.id], form[_VERSION + fact.id]) for fact in shown.profile.values()],
        form=form,
        may=openness(db, assessment),
        suggested_by=suggested[0] if suggested else None,
        conflicts={name: fact_words(shown.profile[name], each.value) for name, each in conflicts.items()},
        kinds=FactType,
    )
    return page, 422 if form.problems else 200


def fact_words(fact: Fact, value: FactValue | None) -> str:
    """A fact as people say it."""
    if value is None:
        return said(message("not stated"))
    if isinstance(value, bool):
        return said(message("yes") if value else message("no"))
    if isinstance(value, tuple):
        return ", ".join(fact.options.get(each, each) for each in value)
    return fact.options.get(value, value) if isinstance(value, str) else str(value)


def _say(saved: ProfileSaved) -> None:
    if saved.changed:
        flash(message("Your profile is saved."))
    if saved.now_asked:
        flash(_count(saved.now_asked, message("New questions that concern you now: {count}.", count=0)))
    if saved.no_longer_asked:
        text = message("Questions that no longer concern you: {count}. Their answers are kept.", count=0)
        flash(_count(saved.no_longer_asked, text))


def _count(names: frozenset[str], text: Message) -> Message:
    return Message(text.text, {"count": len(names)})


class WholeNumber(IntegerField):
    """A whole number, or nothing."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(said(message("Please give a whole number."))) from error


def _field(fact: Fact) -> Field:
    options = [SelectChoice(name, title) for name, title in fact.options.items()]
    nothing = SelectChoice("", message("Not stated"))
    if fact.type is FactType.INTEGER:
        return WholeNumber(fact.title, [Optional()])
    if fact.type is FactType.CHOICES:
        return SelectMultipleField(fact.title, choices=options)
    if fact.type is FactType.CHOICE:
        return RadioField(fact.title, choices=[*options, nothing])
    yes_or_no = [SelectChoice(_YES, message("Yes")), SelectChoice(_NO, message("No"))]
    return RadioField(fact.title, choices=[*yes_or_no, nothing])


def _data(pack: Pack, stored: dict[str, StoredFact], suggested: dict[str, FactValue]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for fact in pack.profile.values():
        one = stored.get(fact.id, StoredFact(suggested.get(fact.id)))
        data[_VERSION + fact.id] = str(one.version)
        data[_FACT + fact.id] = _for_field(one.value, fact)
    return data


def _for_field(value: FactValue | None, fact: Fact) -> Any:
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, tuple):
        return list(value)
    return "" if value is None and fact.type in (FactType.CHOICE, FactType.BOOLEAN) else value


def _value(fact: Fact, data: Any) -> FactValue | None:
    if fact.type is FactType.INTEGER:
        return data  # type: ignore[no-any-return]
    if fact.type is FactType.CHOICES:
        return tuple(data or ()) or None
    if fact.type is FactType.BOOLEAN:
        return {_YES: True, _NO: False}.get(data)
    return data or None
