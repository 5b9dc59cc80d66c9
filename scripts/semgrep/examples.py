# type: ignore
# ruff: noqa
"""What each rule finds, and what it leaves alone; never run, only read by `semgrep --test`."""


# ruleid: route-without-access-rule
@blueprint.get("/open")
def open_to_all():
    return ""


# ok: route-without-access-rule
@blueprint.get("/guarded")
@allow(everybody)
def guarded():
    return ""


def sql(db, name):
    # ruleid: sql-made-of-text
    db.execute(text(f"DELETE FROM person WHERE name = '{name}'"))
    # ruleid: sql-made-of-text
    db.execute(text("DELETE FROM person WHERE name = " + name))
    # ok: sql-made-of-text
    db.execute(text("DELETE FROM person WHERE name = :name"), {"name": name})


def markup(name):
    # ruleid: markup-made-of-text
    Markup(f"<b>{name}</b>")
    # ruleid: markup-made-of-text
    Markup("<b>{}</b>".format(name))
    # ok: markup-made-of-text
    Markup("<b>{}</b>").format(name)


def template(typed):
    # ruleid: template-made-of-text
    render_template_string(typed)
    # ok: template-made-of-text
    render_template("web/home.html.j2", typed=typed)


def onwards():
    # ruleid: redirect-to-what-was-sent
    redirect(request.args["next"])
    # ok: redirect-to-what-was-sent
    redirect(safe_next(request.args["next"]))
    # ok: redirect-to-what-was-sent
    redirect(url_for("plan.overview", plan_id=request.args["plan"]))


def service(db):
    # ruleid: commit-inside-a-service
    db.commit()
    # ok: commit-inside-a-service
    db.flush()


def clock():
    # ruleid: time-without-a-zone
    datetime.now()
    # ruleid: time-without-a-zone
    date.today()
    # ok: time-without-a-zone
    datetime.now(UTC)


def fields(form, person):
    # ruleid: whole-object-from-a-form
    form.populate_obj(person)
    # ruleid: whole-object-from-a-form
    change(person, **request.form)
    # ok: whole-object-from-a-form
    change(person, name=form.name.data)


def logged(person):
    # ruleid: person-in-a-log
    log.info("hello %s", person.email)
    # ok: person-in-a-log
    log.info("hello %s", person.id)


def secrets(token, given, row):
    # ruleid: comparison-of-a-secret
    token == given
    # ruleid: comparison-of-a-secret
    row.token == given
    # ok: comparison-of-a-secret
    hmac.compare_digest(token, given)
