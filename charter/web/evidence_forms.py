"""The two ways to add evidence: a file, or a link."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import StringField, URLField

from charter.services.evidence_files import LONGEST_ADDRESS, LONGEST_TITLE
from charter.web.forms import AtMost, CharterForm, clean_text
from questionnaires.message import message


class FileForm(CharterForm):
    """A file to upload."""

    file = FileField(message("File"))
    title = StringField(message("What it shows"), [AtMost(LONGEST_TITLE)], filters=[clean_text])


class LinkForm(CharterForm):
    """A link to where it is kept."""

    url = URLField(message("Address"), [AtMost(LONGEST_ADDRESS)], filters=[clean_text])
    title = StringField(message("What it shows"), [AtMost(LONGEST_TITLE)], filters=[clean_text])
