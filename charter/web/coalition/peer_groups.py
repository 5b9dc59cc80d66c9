"""Peer groups: the list, a new one, one for a standard, changing, ordering, retiring."""

from __future__ import annotations

from flask import abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import IntegerField, StringField, TextAreaField

from charter.database.packs import PublishedPack
from charter.database.releases import PeerGroup
from charter.i18n import language_name, translator
from charter.services import packs
from charter.services import peer_groups as services
from charter.services.errors import Invalid
from charter.services.peer_group_proposals import Proposal, proposals
from charter.web.access import allow, coordinator
from charter.web.coalition import blueprint
from charter.web.coalition.tasks import Nothing, Page, task_page
from charter.web.forms import AtMost, CharterForm, Needed, clean_text
from charter.web.languages import offered
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message
from scoring.benchmarks.model import LEAST_MEMBERS

TITLE = "title_"
"""Fields of titles are called so, with their language."""


class GroupForm(CharterForm):
    """What a group is, but for its titles and its short name."""

    weight = IntegerField(message("Weight"), [Needed()], default=1)
    condition = TextAreaField(message("Who is in it"), [AtMost(4000)], filters=[clean_text])


class NewGroupForm(GroupForm):
    """A new one."""

    key = StringField(message("Short name"), [Needed(), AtMost(80)], filters=[clean_text])


@blueprint.get("/coalition/peer-groups")
@allow(coordinator)
def peer_groups() -> str:
    """All of them in order, with whom they find now, and what is proposed for standards."""
    db = database()
    members = services.member_facts(db)
    groups = services.peer_groups(db)
    return render_template(
        "coalition/peer_groups.html.j2",
        groups=[(each, services.count_found(services.condition_of(each.condition), members)) for each in groups],
        proposals=[(each, _in_language(each.titles)) for each in _proposals()],
        title_of=_in_language,
        least=LEAST_MEMBERS,
    )


@blueprint.route("/coalition/peer-groups/add", methods=["GET", "POST"])
@allow(coordinator)
def add_peer_group() -> Page | Response:
    """Declare one."""
    form = _with_titles(NewGroupForm)()
    if form.validate_on_submit():
        if request.form.get("look"):
            return _form_page(form, None)
        try:
            services.declare_group(
                database(),
                actor(),
                key=form.key.data,
                titles=_titles(form),
                weight=form.weight.data,
                condition=form.condition.data,
                main_language=_main_language(),
            )
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("The group is declared. The next draft of a release takes it."))
            return redirect(url_for("coalition.peer_groups"))
    return _form_page(form, None)


@blueprint.post("/coalition/peer-groups/adopt")
@allow(coordinator)
def adopt_peer_group() -> Response:
    """Declare the group that is proposed for a standard."""
    wanted = request.form.get("standard", "")
    proposal = next((each for each in _proposals() if each.standard == wanted), None)
    if proposal is None:
        flash(message("There is a group for this standard already."), category="warning")
    else:
        main = _main_language()
        titles = {language: text for language, text in proposal.titles.items() if language in offered(settings())}
        services.declare_group(
            database(),
            actor(),
            key=proposal.standard,
            titles={main: proposal.titles.get(main) or next(iter(proposal.titles.values())), **titles},
            weight=1,
            condition=proposal.condition,
            main_language=main,
            standard=proposal.standard,
        )
        flash(message("The group is declared. The next draft of a release takes it."))
    return redirect(url_for("coalition.peer_groups"))


@blueprint.route("/coalition/peer-groups/<int:peer_group_id>", methods=["GET", "POST"])
@allow(coordinator)
def change_peer_group(peer_group_id: int) -> Page | Response:
    """Another title, weight or condition."""
    group = _group(peer_group_id)
    stored = {f"{TITLE}{language}": text for language, text in group.titles.items()}
    form = _with_titles(GroupForm)(data={**stored, "weight": group.weight, "condition": group.condition or ""})
    if form.validate_on_submit():
        if request.form.get("look"):
            return _form_page(form, group)
        try:
            services.change_group(
                database(),
                actor(),
                group,
                titles=_titles(form),
                weight=form.weight.data,
                condition=form.condition.data,
                main_language=_main_language(),
            )
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("Saved. Releases that are published stay as they are."))
            return redirect(url_for("coalition.peer_groups"))
    return _form_page(form, group)


@blueprint.post("/coalition/peer-groups/<int:peer_group_id>/up")
@allow(coordinator)
def move_peer_group_up(peer_group_id: int) -> Response:
    """One place earlier."""
    services.move_group_up(database(), actor(), _group(peer_group_id))
    return redirect(url_for("coalition.peer_groups"))


@blueprint.route("/coalition/peer-groups/<int:peer_group_id>/retire", methods=["GET", "POST"])
@allow(coordinator)
def retire_peer_group(peer_group_id: int) -> Page | Response:
    """Ask, then take it out of later releases."""
    group = _group(peer_group_id)
    form = Nothing()
    if form.validate_on_submit():
        services.retire_group(database(), actor(), group)
        flash(message("The group is retired."))
        return redirect(url_for("coalition.peer_groups"))
    return task_page(
        form,
        title=message("Retire the group {title}", title=_in_language(group.titles)),
        button=message("Retire it"),
        back=(message("Peer groups"), url_for("coalition.peer_groups")),
        consequences=(
            message("Later releases say nothing of this group."),
            message("Releases that are published keep it."),
            message("Its short name is not used again."),
        ),
        kind="danger",
    )


def _form_page(form: CharterForm, group: PeerGroup | None) -> Page:
    db = database()
    found = None
    if not form.problems:
        try:
            found = services.count_found(
                services.condition_of(form["condition"].data or None), services.member_facts(db)
            )
        except Invalid as problem:
            form.take(problem)
    published = _latest_pack()
    pack = packs.pack_of(db, published) if published else None
    shown = pack.translated(g.translator.language) if pack and g.translator.language in pack.languages else pack
    page = render_template(
        "coalition/peer_group.html.j2",
        form=form,
        group=group,
        titles=[form[f"{TITLE}{language}"] for language in _languages()],
        found=found,
        profile=shown.profile if shown else {},
        title_of=_in_language,
    )
    return page, 422 if form.problems else 200


def _with_titles(kind: type[CharterForm]) -> type[CharterForm]:
    """The form with a title in each language that the installation offers."""
    fields = {}
    for language in _languages():
        label = message("Title ({language})", language=language_name(language, within=translator(language)))
        checks = [Needed(), AtMost(120)] if language == _main_language() else [AtMost(120)]
        fields[f"{TITLE}{language}"] = StringField(label, checks, filters=[clean_text])
    return type(kind.__name__, (kind,), fields)


def _titles(form: CharterForm) -> dict[str, str]:
    found = {language: form[f"{TITLE}{language}"].data for language in _languages()}
    return {language: text for language, text in found.items() if text}


def _languages() -> list[str]:
    return list(offered(settings()))


def _main_language() -> str:
    return _languages()[0]


def _in_language(titles: dict[str, str]) -> str:
    return titles.get(g.translator.language) or titles.get(_main_language()) or next(iter(titles.values()))


def _latest_pack() -> PublishedPack | None:
    return next(iter(packs.published_packs(database())), None)


def _proposals() -> list[Proposal]:
    published = _latest_pack()
    return proposals(database(), published) if published else []


def _group(group_id: int) -> PeerGroup:
    found = services.find_peer_group(database(), group_id)
    if found is None:
        abort(404)
    return found
