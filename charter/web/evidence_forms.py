"""The two ways to add evidence: a file, or a link; the same for a criterion and for an action."""

from __future__ import annotations

from collections.abc import Callable

from flask_wtf.file import FileField
from wtforms import StringField, URLField

from charter.services.errors import Invalid
from charter.services.evidence_files import LONGEST_ADDRESS, LONGEST_TITLE
from charter.web.forms import AtMost, CharterForm, clean_text
from charter.web.rendering import flash, said
from charter.web.requests import settings
from questionnaires.message import message


class FileForm(CharterForm):
    """A file to upload."""

    file = FileField(message("File"))
    title = StringField(message("What it shows"), [AtMost(LONGEST_TITLE)], filters=[clean_text])


class LinkForm(CharterForm):
    """A link to where it is kept."""

    url = URLField(message("Address"), [AtMost(LONGEST_ADDRESS)], filters=[clean_text])
    title = StringField(message("What it shows"), [AtMost(LONGEST_TITLE)], filters=[clean_text])


def keep_file(form: FileForm, keep: Callable[..., object]) -> bool:
    """Whether what was uploaded is kept; if not, the form says why.

    `keep` takes `title`, `file_name`, `content` and `limit`, the most bytes that it may have.
    """
    upload, limit = form.file.data, settings().upload_limit
    if not upload:
        form.file.errors = [said(message("Please choose a file."))]
        return False
    if not form.validate():
        return False
    try:
        # One byte more than is allowed says that it is too large; the rest need not be read.
        content = upload.read(limit + 1)
        keep(title=form.title.data, file_name=upload.filename or "", content=content, limit=limit)
    except Invalid as problem:
        form.take(problem)
        return False
    flash(message("The file is kept."))
    return True


def keep_link(form: LinkForm, keep: Callable[..., object]) -> bool:
    """Whether the link is kept; if not, the form says why. `keep` takes `title` and `url`."""
    if not form.validate():
        return False
    try:
        keep(title=form.title.data, url=form.url.data or "")
    except Invalid as problem:
        form.take(problem)
        return False
    flash(message("The link is kept."))
    return True
