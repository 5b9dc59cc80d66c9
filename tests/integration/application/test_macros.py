"""The macros that draw forms and parts of pages, on a page of their own."""

from __future__ import annotations

import html5lib
import pytest
from flask import g, render_template_string
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice

from charter.i18n import translator
from charter.services.errors import Invalid
from charter.web.forms import CharterForm, Needed
from questionnaires.message import message
from tests.integration.application.worlds import World

FORMS = """<!DOCTYPE html><html lang="en"><head><title>t</title></head><body>
{% from "macros/forms.html.j2" import token, summary, text_field, area, select with context %}
{% from "macros/forms.html.j2" import choice, checks, check, file, submit with context %}
{{ summary(form) }}<form method="post" action="/">{{ token() }}
{{ text_field(form.name, hint="As on the door.", autocomplete="organization") }}
{{ text_field(form.day, type="date") }}{{ text_field(form.code, inputmode="numeric") }}
{{ area(form.about, rows=2) }}{{ select(form.province) }}{{ choice(form.role, hints={"lead": "Sends it in."}) }}
{{ checks(form.groups, hint="As many as you like.") }}{{ check(form.agree, hint="Needed.") }}{{ file(form.proof) }}
{{ submit("Save") }}{{ submit("Delete", kind="danger") }}</form></body></html>"""

PARTS = """<!DOCTYPE html><html lang="en"><head><title>t</title></head><body>
{% from "macros/parts.html.j2" import head, crumbs, badge, progress, empty, facts, notice, steps with context %}
{{ head("Title", lead="Lead.", back=("Up", "/up")) }}{{ crumbs([("Up", "/up"), ("Here", none)]) }}
{{ badge("Late", "warn") }}{{ progress(0, 0, "0 of 0 answered") }}{{ empty("None yet", "Why.", ("Do it", "/do")) }}
{{ facts([("Term", "<b>"), ("None", none), ("Zero", 0)]) }}{{ notice("Look", "warn") }}
{{ steps([("One", none, "done"), ("Two", "/two", "now"), ("Three", none, "later")]) }}</body></html>"""


class Everything(CharterForm):
    name = StringField(message("Name"), [Needed()])
    day = DateField(message("Day"))
    code = StringField(message("Code"))
    about = TextAreaField(message("About"))
    province = SelectField(
        message("Province"), choices=[SelectChoice("kp", message("Kampot")), SelectChoice("tk", "Takeo")]
    )
    role = RadioField(
        message("Role"), choices=[SelectChoice("lead", message("Lead")), SelectChoice("helper", "Helper")]
    )
    groups = SelectMultipleField(message("Groups"), choices=[SelectChoice(each) for each in "abc"])
    agree = BooleanField(message("I agree"))
    proof = FileField(message("Proof"))


@pytest.fixture
def database_url() -> str:
    return "sqlite://"


def draw(world: World, template: str, form: CharterForm | None = None) -> str:
    html = render_template_string(template, form=form)
    html5lib.HTMLParser(strict=True).parse(html)
    return html


def test_every_kind_of_field_shows_what_was_typed(world: World) -> None:
    typed = {
        "name": 'A "b" <c>',
        "day": "31.2.2026",
        "about": "\none\ntwo",
        "province": "tk",
        "role": "lead",
        "groups": ["a", "c"],
        "agree": "y",
    }
    with world.app.test_request_context("/", method="POST", data=typed):
        g.translator, g.nonce = translator("en"), ""
        html = draw(world, FORMS, Everything())
    assert 'value="A &#34;b&#34; &lt;c&gt;"' in html
    assert 'value="31.2.2026"' in html
    assert ">\n\none\ntwo</textarea>" in html
    assert '<option value="tk" selected>Takeo' in html
    assert 'id="role-0" name="role" value="lead" checked' in html
    assert [f'value="{each}" checked' in html for each in "abc"] == [True, False, True]
    assert 'value="y" checked' in html
    assert 'inputmode="numeric"' in html


def test_objections_stand_in_the_summary_with_a_link_and_at_their_field_with_its_hint(world: World) -> None:
    with world.app.test_request_context("/", method="POST", data={}):
        g.translator, g.nonce = translator("en"), ""
        form = Everything()
        form.validate()
        form.take(Invalid({"": message("All of it is wrong."), "role": message("Choose one.")}))
        html = draw(world, FORMS, form)
    assert "<li>All of it is wrong.</li>" in html
    assert '<a href="#name">Please fill this in.</a>' in html
    assert 'aria-describedby="name-hint name-error" aria-invalid="true" aria-required="true"' in html
    assert 'id="role" aria-describedby="role-error"' in html


def test_parts_are_escaped_and_tell_nothing_from_zero(world: World) -> None:
    with world.app.test_request_context("/"):
        g.translator, g.nonce = translator("en"), ""
        html = draw(world, PARTS)
    assert "<dd>&lt;b&gt;</dd>" in html
    assert "<dd>–</dd>" in html
    assert "<dd>0</dd>" in html
    assert 'aria-current="step"' in html
