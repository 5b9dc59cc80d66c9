"""With a code to the first page: typed, or carried by the link on the slip."""

from __future__ import annotations

from flask import abort, g, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response
from wtforms import StringField

from charter.database.engine import commit
from charter.i18n import translator
from charter.services.packs import pack_of
from charter.services.sheets import find_respondent, is_blocked, note_wrong_code
from charter.services.staff_codes import read_code
from charter.web.access import allow, respondent, unnamed
from charter.web.forms import CharterForm, Needed
from charter.web.languages import LANGUAGE, offered
from charter.web.rendering import said
from charter.web.requests import database, settings
from charter.web.respondent import blueprint
from charter.web.respondent.holding import CODE, hold, put_away
from questionnaires.message import message


class CodeForm(CharterForm):
    """The code on the slip."""

    code = StringField(message("Code on your slip"), [Needed(message("Please type the code on your slip."))])


@blueprint.get("")
@allow(unnamed)
def enter() -> str:
    """Asks for the code. A link on a slip carries it behind `#`, which browsers do not send; a script fills it in."""
    chosen = request.args.get("in", "")
    if chosen in offered(settings()):
        session[LANGUAGE] = chosen
        g.translator = translator(chosen)
    return render_template("respondent/enter.html.j2", form=CodeForm(), holds=CODE in session)


@blueprint.post("")
@allow(unnamed)
def take_code() -> Response | tuple[str, int]:
    """Opens the sheet of the code that was typed."""
    form, db = CodeForm(), database()
    address = request.remote_addr or ""
    if is_blocked(db, settings(), address):
        abort(429)
    if form.validate_on_submit():
        code = read_code(form.code.data)
        if code is None:
            text = message("This is no code: a code has 16 letters and digits, in four groups of four.")
            form.code.errors = [said(text)]
        elif find_respondent(db, settings(), code) is not None:
            hold(code)
            return redirect(url_for("respondent.welcome"))
        else:
            text = message("There is no such code. Please compare it with your slip, letter by letter.")
            form.code.errors = [said(text)]
            note_wrong_code(db, settings(), address)
            commit(db)  # a page that says no is not committed by itself
    return render_template("respondent/enter.html.j2", form=form, holds=CODE in session), 422


@blueprint.get("/welcome")
@allow(respondent)
def welcome() -> Response:
    """What is promised to whom, before anything is asked; or that this sheet is sent, or the round over."""
    held = g.respondent
    pack = pack_of(database(), held.assessment.published_pack)
    shown = pack.translated(g.translator.language) if g.translator.language in pack.languages else pack
    page = "welcome" if held.accepts and not held.sent else "over"
    return make_response(render_template(f"respondent/{page}.html.j2", held=held, pack=shown))


@blueprint.post("/put-away")
@allow(unnamed)
def leave() -> Response:
    """Takes the code off this device; what is saved stays saved."""
    put_away()
    return redirect(url_for("respondent.enter"))
