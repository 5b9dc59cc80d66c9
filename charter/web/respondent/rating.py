"""The questions, one principle a page, and the overview of what is answered."""

from __future__ import annotations

from flask import abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from charter.clock import now
from charter.services.sheets import Page, Rating, pages_of, read_draft, save_ratings
from charter.web.access import allow, respondent
from charter.web.rendering import clock, flash
from charter.web.requests import database, settings
from charter.web.respondent import blueprint
from charter.web.respondent.forms import TAKEN_BACK, choices, rating_form
from questionnaires.message import message
from questionnaires.model import Pack


@blueprint.route("/part/<group_id>", methods=["GET", "POST"])
@allow(respondent)
def part(group_id: str) -> str | Response | tuple[str, int]:
    """One principle. Saving goes on to the next, or to where the person wants to go."""
    if g.respondent.sent or not g.respondent.accepts:
        return redirect(url_for("respondent.welcome"))
    pack, pages = _pages()
    number = next((number for number, page in enumerate(pages) if page.group.id == group_id), None)
    if number is None:
        abort(404)
    form = rating_form(pages[number])()
    if form.validate_on_submit():
        save_ratings(database(), settings(), g.respondent, form.ratings())
        flash(message("Saved {time}", time=clock(now())))
        return redirect(_onward(pages, number))
    draft = read_draft(database(), settings(), g.respondent)
    scales = {each.scale.id: each.scale for each in pages[number].criteria}
    page = render_template(
        "respondent/part.html.j2",
        pack=pack,
        page=pages[number],
        number=number,
        pages=pages,
        form=form,
        draft={name: str(rating) for name, rating in draft.items()},
        scales=list(scales.values()),
        choices={name: choices(scale) for name, scale in scales.items()},
        taken_back=TAKEN_BACK,
        before=pages[number - 1] if number else None,
        after=pages[number + 1] if number + 1 < len(pages) else None,
        answered=answered(pages, draft),
        total=sum(len(each.criteria) for each in pages),
    )
    return page, 422 if form.problems else 200


@blueprint.get("/overview")
@allow(respondent)
def overview() -> str | Response:
    """What is answered and what is not, with a link to each."""
    if g.respondent.sent or not g.respondent.accepts:
        return redirect(url_for("respondent.welcome"))
    pack, pages = _pages()
    draft = read_draft(database(), settings(), g.respondent)
    return render_template(
        "respondent/overview.html.j2",
        pack=pack,
        pages=pages,
        draft=draft,
        answered=answered(pages, draft),
        total=sum(len(page.criteria) for page in pages),
        held=g.respondent,
    )


def answered(pages: list[Page], draft: dict[str, Rating]) -> int:
    """How many of the questions that are asked have an answer."""
    return sum(1 for page in pages for criterion in page.criteria if criterion.id in draft)


def _pages() -> tuple[Pack, list[Page]]:
    return pages_of(database(), g.respondent, language=g.translator.language)


def _onward(pages: list[Page], number: int) -> str:
    go = request.form.get("go")
    if go == "back" and number:
        return url_for("respondent.part", group_id=pages[number - 1].group.id)
    if go == "overview" or number + 1 == len(pages):
        return url_for("respondent.overview")
    return url_for("respondent.part", group_id=pages[number + 1].group.id)
