"""What would have left by mail, for whoever tries out a demo."""

from __future__ import annotations

from flask import render_template

from charter.services import outbox
from charter.services.errors import NotFound
from charter.web.access import allow, demo_coordinator
from charter.web.coalition import blueprint
from charter.web.requests import database, settings


@blueprint.get("/mailbox")
@allow(demo_coordinator)
def mailbox() -> str:
    """The latest mails, newest first."""
    return render_template(
        "coalition/mailbox.html.j2", mails=outbox.latest_mails(database()), leaves=bool(settings().smtp_host)
    )


@blueprint.get("/mailbox/<int:mail_id>")
@allow(demo_coordinator)
def read_mail(mail_id: int) -> str:
    """One mail as it leaves."""
    mail = outbox.find_mail(database(), mail_id)
    if mail is None:
        raise NotFound
    return render_template("coalition/mail.html.j2", mail=mail, body=outbox.body_of(mail, settings()))
