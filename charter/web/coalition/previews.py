"""The forms of a questionnaire as staff and lead will see them, in every language, with nothing to fill in."""

from __future__ import annotations

from flask import abort, g, render_template, url_for

from charter.i18n import LANGUAGES, translator
from charter.services import pack_uploads
from charter.services.packs import find_published_pack, pack_of
from charter.services.rating_pages import principles
from charter.web.access import allow, coordinator
from charter.web.coalition import blueprint
from charter.web.requests import actor, database
from questionnaires.model import Pack


@blueprint.get("/coalition/packs/<int:published_id>/<any(profile, staff, lead):form>/<language>")
@allow(coordinator)
def preview(published_id: int, form: str, language: str) -> str:
    """A form of a published version."""
    published = find_published_pack(database(), published_id)
    if published is None:
        abort(404)
    back = url_for("coalition.pack", published_id=published_id)
    return _page(pack_of(database(), published), form=form, language=language, back=back)


@blueprint.get("/coalition/packs/uploads/<upload_id>/<any(profile, staff, lead):form>/<language>")
@allow(coordinator)
def preview_upload(upload_id: str, form: str, language: str) -> str:
    """A form of what was uploaded and is not published yet."""
    upload = pack_uploads.find_upload(database(), actor(), upload_id)
    pack = pack_uploads.check_upload(database(), upload).pack if upload is not None else None
    if pack is None:
        abort(404)
    back = url_for("coalition.check_pack", upload_id=upload_id)
    return _page(pack, form=form, language=language, back=back)


def _page(pack: Pack, *, form: str, language: str, back: str) -> str:
    if language not in pack.languages:
        abort(404)
    if language in LANGUAGES:
        g.translator = translator(language)  # the page around the questions too, as its readers will have it
    shown = pack.translated(language)
    return render_template(
        "coalition/preview.html.j2",
        pack=shown,
        form=form,
        principles=principles(shown),
        back=back,
    )
