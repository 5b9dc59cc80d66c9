"""Releases of benchmarks: the list, a draft and what came of its test, approving and discarding it."""

from __future__ import annotations

import json
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, g, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import IntegerField, SelectChoice, SelectField, StringField

from charter.clock import today
from charter.database.jobs import JobState
from charter.database.releases import Release, ReleaseState
from charter.reports.benchmarks import metric_titles, share_text
from charter.reports.common import in_language
from charter.services import packs
from charter.services import releases as services
from charter.services.errors import Invalid
from charter.services.peer_groups import MEETS_FROM, peer_groups
from charter.services.public_releases import request_reports
from charter.web.access import allow, coordinator
from charter.web.coalition import blueprint
from charter.web.coalition.tasks import Nothing, Page, task_page
from charter.web.forms import AtMost, CharterForm, Needed, clean_text
from charter.web.languages import offered
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message
from scoring.benchmarks import Figures


class DraftForm(CharterForm):
    """A new draft."""

    name = StringField(message("Name of the release"), [Needed(), AtMost(64)], filters=[clean_text])
    pack = SelectField(message("Questionnaire"), [Needed()], coerce=int, choices=[])
    meets_from = IntegerField(message("A result counts as met from"), default=MEETS_FROM)


@blueprint.get("/coalition/releases")
@allow(coordinator)
def releases() -> str:
    """Every release and the draft."""
    db = database()
    found = services.releases(db)
    return render_template(
        "coalition/releases.html.j2",
        releases=found,
        groups=len(peer_groups(db)),
        has_packs=bool(packs.published_packs(db)),
        has_draft=any(each.state in services.OPEN for each in found),
    )


@blueprint.route("/coalition/releases/add", methods=["GET", "POST"])
@allow(coordinator)
def add_release() -> Page | Response:
    """Make a draft."""
    db = database()
    form = DraftForm()
    published = {each.id: each for each in packs.published_packs(db)}
    form.pack.choices = [SelectChoice(key, f"{each.title} ({each.version})") for key, each in published.items()]
    if not form.is_submitted():
        form.name.data = str(today(settings().zone).year)
    if form.validate_on_submit():
        try:
            release = services.draft_release(
                db,
                actor(),
                name=form.name.data,
                published=published[form.pack.data],
                meets_from=form.meets_from.data if form.meets_from.data is not None else -1,
                main_language=next(iter(offered(settings()))),
            )
        except Invalid as problem:
            form.take(problem)
        else:
            return redirect(url_for("coalition.release", release_id=release.id))
    return task_page(
        form,
        title=message("Draft a release"),
        button=message("Make the draft"),
        back=(message("Benchmarks"), url_for("coalition.releases")),
        consequences=(
            message("Every member that takes part enters with its latest closed assessment."),
            message("The draft is attacked, to see whether anybody could be found out. That takes some minutes."),
            message("Nothing is public before another coordinator has approved it."),
        ),
        hints={
            "name": message("Usually the year, such as 2026."),
            "meets_from": message("In percent, 0 to 100. The release says how many members reach it, in coarse steps."),
        },
    )


@blueprint.get("/coalition/releases/<int:release_id>")
@allow(coordinator)
def release(release_id: int) -> FlaskResponse:
    """One release: what it would publish and what not, how much that is, what the attack found."""
    found = _release(release_id)
    db = database()
    pack = in_language(packs.pack_of(db, found.published_pack), g.translator.language)
    content = json.loads(found.release_text)
    page = render_template(
        "coalition/release.html.j2",
        release=found,
        content=content,
        groups=_groups(found, content),
        metrics=metric_titles(pack, g.translator),
        share_of=lambda one: share_text(Figures(**one), g.translator),
        standing=services.standing(db, actor(), found, today=today(settings().zone)),
        days=services.DAYS_BETWEEN,
    )
    response = make_response(page)
    runs = found.job is not None and found.job.state in (JobState.WAITING, JobState.RUNNING)
    if found.state is ReleaseState.CHECKING and runs:
        response.headers["Refresh"] = "3"
    return response


@blueprint.post("/coalition/releases/<int:release_id>/check")
@allow(coordinator)
def check_release(release_id: int) -> Response:
    """Ask for the attack again, where it could not be carried out."""
    services.check_release(database(), actor(), _release(release_id))
    return redirect(url_for("coalition.release", release_id=release_id))


@blueprint.route("/coalition/releases/<int:release_id>/approve", methods=["GET", "POST"])
@allow(coordinator)
def approve_release(release_id: int) -> Page | Response:
    """Ask, then publish it."""
    found = _release(release_id)
    form = Nothing()
    if form.validate_on_submit():
        services.approve_release(database(), actor(), found, today=today(settings().zone))
        request_reports(database(), settings(), found)
        flash(message("Release {name} is published.", name=found.name))
        return redirect(url_for("coalition.release", release_id=release_id))
    return task_page(
        form,
        title=message("Approve release {name}", name=found.name),
        button=message("Approve and publish"),
        back=(message("Release {name}", name=found.name), url_for("coalition.release", release_id=release_id)),
        consequences=(
            message("Its figures become public, for everybody, for good."),
            message("A published release is never changed or taken back. A correction is a new release."),
            message("The next one can follow after {days} days.", days=services.DAYS_BETWEEN),
        ),
    )


@blueprint.route("/coalition/releases/<int:release_id>/discard", methods=["GET", "POST"])
@allow(coordinator)
def discard_release(release_id: int) -> Page | Response:
    """Ask, then put a draft away."""
    found = _release(release_id)
    form = Nothing()
    if form.validate_on_submit():
        services.discard_release(database(), actor(), found)
        flash(message("The draft is discarded."))
        return redirect(url_for("coalition.releases"))
    return task_page(
        form,
        title=message("Discard the draft {name}", name=found.name),
        button=message("Discard it"),
        back=(message("Release {name}", name=found.name), url_for("coalition.release", release_id=release_id)),
        consequences=(message("Nothing of it is published. You can make a new draft at any time."),),
        kind="danger",
    )


def _groups(found: Release, content: dict[str, Any]) -> list[dict[str, Any]]:
    """Every declared group: its title, how many members it has, and its figures if it is published."""
    published = {group["id"]: group for group in content["groups"]}
    counts = {group["id"]: group for group in found.figures["groups"]}
    return [
        {
            "title": declared["titles"].get(g.translator.language) or declared["title"],
            "members": counts[declared["id"]]["members"],
            "count": counts[declared["id"]]["published"],
            "published": published.get(declared["id"]),
        }
        for declared in found.declaration["groups"]
    ]


def _release(release_id: int) -> Release:
    found = services.find_release(database(), release_id)
    if found is None or found.state is ReleaseState.DISCARDED:
        abort(404)
    return found
