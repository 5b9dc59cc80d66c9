"""Which pages there are, and who sees them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.browser.everything import Everything
from tests.integration.application.worlds import post_form

NO_PAGES = {
    "static",
    "assessment.picture",
    "assessment.job_file",
    "assessment.evidence_file",
    "member.unanswered",  # sends on to a page
    "account.add_passkey",  # only for a site with a name and TLS
    "account.calendar_file",
    "account.job_file",
    "coalition.progress_file",
    "coalition.progress_picture",
    "coalition.report_file",
    "grants.totals_file",
    "health.live",
    "health.metrics",
    "health.ready",
    "learning.import_workbook",
    "learning.resource_file",
    "plan.calendar",
    "plan.evidence_file",
    "plan.forecast_picture",
    "public.benchmark_chart",
    "public.release_json",
    "public.release_package",
    "public.release_report",
    "public.release_table",
    "public.release_zip",
    "public.robots",
    "public.service_worker",
    "public.sitemap",
}


class Seen(NamedTuple):
    """An address that answers with a page."""

    endpoint: str
    address: str


Pages = Mapping[str, list[Seen]]
"""By role."""


def rules_of(app: Flask) -> list[Rule]:
    """Every rule that gives pages."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.endpoint not in NO_PAGES
        and not rule.endpoint.startswith("api.")  # gives JSON
    ]


def find_pages(everything: Everything) -> Pages:
    """Each page under the first role that sees it; a page about an assessment or plan once for each it shows."""
    everything.app.test_client_class = FlaskClient  # other tests parse every page; here it would take a minute
    waiting = {rule.endpoint: rule for rule in rules_of(everything.app)}
    found: dict[str, list[Seen]] = {}
    for role in Everything.ROLES:
        client = client_of(everything, role)
        found[role] = []
        for endpoint, rule in list(waiting.items()):
            pages: Iterable[str] = (each for each in everything.addresses(rule) if _is_page(client, each))
            if rule.arguments not in ({"assessment_id"}, {"plan_id"}):
                pages = islice(pages, 1)
            seen = [Seen(endpoint, each) for each in pages]
            if seen:
                found[role] += seen
                del waiting[endpoint]
    return found


def client_of(everything: Everything, role: str) -> FlaskClient:
    """A browser of somebody in that role."""
    if role == "half":
        return everything.half_logged_in()
    client = everything.world.client(everything.people[role])
    if role == "respondent":
        assert post_form(client, "/answer", {"code": everything.codes[0]}).status_code == 302
    return client


def _is_page(client: FlaskClient, address: str) -> bool:
    response = client.get(address)
    return response.status_code == 200 and response.mimetype == "text/html"
