"""Nobody reads on any page what is of another member."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from charter.database import Base
from tests.integration.application.worlds import post_form
from tests.security.sweeps import addresses, crawl
from tests.security.tenants import OURS, THEIRS, Site


@pytest.mark.parametrize("party", ["lead", "contributor", "mentor"])
def test_no_page_holds_a_word_of_the_other_member(site: Site, party: str) -> None:
    answers = crawl(site, party)
    for answer in answers:
        assert answer.status < 500, answer.rule.rule
        assert not answer.holds(THEIRS), answer.rule.rule
    assert sum(answer.status == 200 for answer in answers) > 20
    # The word is on the pages of those whose it is: the search can find it.
    assert sum(answer.holds(OURS) for answer in answers) > 15


def test_every_page_answers_on_postgresql_too_and_to_the_same_people(on_postgresql: Site) -> None:
    for party in ("lead", "mentor", "coordinator"):
        answers = crawl(on_postgresql, party)
        assert [answer.rule.rule for answer in answers if answer.status >= 500] == []
        assert sum(answer.status == 200 for answer in answers) > 20
        if party != "coordinator":
            assert [answer.rule.rule for answer in answers if answer.holds(THEIRS)] == []


def test_the_other_members_people_read_theirs_there(site: Site) -> None:
    """The control: the same addresses, asked by those whose they are, do hold the word."""
    held = [answer.rule.endpoint for answer in crawl(site, "lead", of=site.theirs) if answer.holds(THEIRS)]
    for endpoint in (
        "member.home",
        "member.people",
        "member.directory",
        "member.rate",
        "assessment.result",
        "assessment.evidence_file",
        "assessment.history",
        "assessment.job_file",
        "account.job_file",
        "account.tokens",
        "plan.actions",
        "plan.action",
        "plan.calendar",
        "plan.evidence_file",
        "plan.version",
        "grants.of_member",
        "grants.grant",
        "learning.trainings_of",
        "mentor.record_list",
    ):
        assert endpoint in held, endpoint


def test_the_public_reads_no_word_of_any_member(site: Site) -> None:
    for tenant in (site.ours, site.theirs):
        for answer in crawl(site, "public", of=tenant):
            assert not answer.holds(OURS) and not answer.holds(THEIRS), answer.rule.rule


def test_a_staff_code_opens_no_word_of_the_other_member(site: Site) -> None:
    client = site.world.client()
    page = post_form(client, "/answer", {"code": site.ours.codes[0]})
    assert page.location.endswith("/answer/welcome")
    welcome = client.get("/answer/welcome")
    assert OURS in welcome.text
    for _rule, where in addresses(site, site.theirs):
        answer = client.get(where)
        assert (
            THEIRS not in answer.text.lower() if answer.mimetype == "text/html" else THEIRS.encode() not in answer.data
        )
        answer.close()


def test_the_programming_interface_holds_no_word_of_the_other_member(site: Site) -> None:
    client = site.world.client()
    ours, theirs = ({"Authorization": f"Bearer {each.tokens[0]}"} for each in (site.ours, site.theirs))
    for path in (
        "me",
        "organizations",
        "assessments",
        f"assessments/{site.theirs.own['assessment_id']}",
        f"assessments/{site.theirs.own['assessment_id']}/ratings",
        f"assessments/{site.theirs.own['assessment_id']}/result",
        f"assessments?organization={site.theirs.own['organization_id']}",
        "plans",
        f"plans/{site.theirs.own['plan_id']}",
        f"plans?organization={site.theirs.own['organization_id']}",
    ):
        answer = client.get(f"/api/v1/{path}", headers=ours)
        assert THEIRS not in answer.text, path
        assert answer.status_code == (404 if "=" in path or "/" in path else 200), path
        assert client.get(f"/api/v1/{path}", headers=theirs).status_code == 200, path


def test_a_calendar_holds_no_word_of_the_other_member(site: Site) -> None:
    client = site.world.client()
    for own, other in ((site.ours, THEIRS), (site.theirs, OURS)):
        answer = client.get(f"/calendar/{own.tokens[1]}.ics")
        assert own.word in answer.text
        assert other not in answer.text


def test_every_table_of_members_holds_something_of_both(site: Site) -> None:
    """A new table with an organization has to be filled in tenants.py, or none of this would look for it."""
    with site.world.reading() as db:
        for table in Base.metadata.sorted_tables:
            column = table.c.get("organization_id")
            if column is not None:
                both = set(db.scalars(select(column)))
                assert {site.ours.organization.id, site.theirs.organization.id} <= both, table.name
