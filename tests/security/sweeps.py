"""Going through all addresses of the application."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.routing import Rule

from tests.integration.application.test_access import address, digest, routes
from tests.security.tenants import Site, Tenant

__all__ = ["PARTIES", "Answer", "addresses", "crawl", "digest", "filled", "gets", "posts", "routes"]

PARTIES = ("public", "coordinator", "lead", "contributor", "mentor")


@dataclass(frozen=True)
class Answer:
    """What came back from one address."""

    rule: Rule
    status: int
    headers: Headers
    body: bytes

    @property
    def is_page(self) -> bool:
        """Whether it is HTML that somebody was allowed to see."""
        return self.status == 200 and self.headers.get("Content-Type", "").startswith("text/html")

    def holds(self, word: str) -> bool:
        """Whether the word is anywhere in it."""
        return word.encode() in self.body.lower() or word in str(self.headers).lower()


def posts(app: Flask) -> list[Rule]:
    """Every address to which forms are sent."""
    return [rule for rule in routes(app) if "POST" in (rule.methods or ())]


def gets(app: Flask) -> list[Rule]:
    """Every address that can be read."""
    return [rule for rule in routes(app) if "GET" in (rule.methods or ())]


def filled(rule: Rule, site: Site, own: dict[str, Any]) -> str:
    """The address with what is of one member: evidence of an action or of a criterion, a job of the right kind."""
    values = {**site.shared, **own}
    if "evidence_id" in rule.arguments:
        values["evidence_id"] = own["evidence"]["action" if "action_id" in rule.arguments else "criterion"]
    if rule.endpoint.startswith("account.job"):
        values["job_id"] = own["own_job"]
    if rule.rule.startswith("/member/assessments") or "request_id" in rule.arguments:
        values["assessment_id"] = own["running_id"]
    return address(rule, values)


def addresses(site: Site, tenant: Tenant) -> Iterator[tuple[Rule, str]]:
    """Every address that can be read, filled in with what is of that member."""
    for rule in gets(site.world.app):
        yield rule, filled(rule, site, tenant.own)


def crawl(site: Site, party: str, *, of: Tenant | None = None) -> list[Answer]:
    """Everything that can be read, asked by that party, about our member unless another is named. Done once."""
    tenant = of or site.ours
    if (party, tenant.word) not in site.seen:
        person = tenant.people.get(party)
        client = site.world.client(person) if person is not None else site.client(party)
        before, answers = digest(site.world), []
        for rule, where in addresses(site, tenant):
            answer = client.get(where)
            answers.append(Answer(rule, answer.status_code, answer.headers, answer.data))
            answer.close()
        site.seen[party, tenant.word] = answers
        site.changed[party, tenant.word] = digest(site.world) != before
    found: list[Answer] = site.seen[party, tenant.word]
    return found
