"""The links at the top of every page: what each role needs, and which of them is open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from flask import g, request, url_for

from charter.services.actors import Actor
from charter.web.addresses import address
from charter.web.public_pages import public_url
from charter.web.requests import settings
from questionnaires.message import Message, message


class Link(NamedTuple):
    """A link of a menu; `is_here` on the page that it leads to."""

    text: Message | str
    url: str
    is_here: bool


SAME_FOR_ALL = frozenset({"public.benchmarks", "public.directory"})
PUBLIC = (
    (message("Log in"), "account.log_in"),
    (message("Enter a staff code"), "respondent.enter"),
    (message("Become a member"), "public.apply"),
    (message("Benchmarks"), "public.benchmarks"),
    (message("Our members"), "public.directory"),
)
MENTOR = ((message("Your members"), "mentor.home"), (message("Actions to verify"), "mentor.actions"))
COORDINATOR = (
    (message("Overview"), "coalition.overview"),
    (message("Members"), "coalition.members"),
    (message("Cycles"), "coalition.cycles"),
    (message("Actions"), "coalition.actions"),
    (message("Progress"), "coalition.progress"),
    (message("Benchmarks"), "coalition.releases"),
    (message("Packs"), "coalition.packs"),
    (message("Trainings"), "learning.manage_trainings"),
    (message("Resources"), "learning.resources"),
    (message("Grants"), "grants.totals"),
    (message("Report"), "coalition.report"),
    (message("Coalition staff"), "coalition.people"),
    (message("Audit"), "coalition.audit"),
)
DEMO = ((message("Mailbox"), "coalition.mailbox"),)
MEMBER = (
    (message("Our assessments"), "member.home"),
    (message("People"), "member.people"),
    (message("Benchmarks"), "member.benchmarks"),
)
LEARNING = (
    (message("Trainings"), "learning.trainings"),
    (message("Resources"), "learning.resources"),
    (message("Directory"), "public.directory_of_members"),
)
ACCOUNT = ((message("Your account"), "account.overview"),)


def navigation() -> list[Link]:
    """The main menu of whoever asks; none for staff who rate with a code: they have one task."""
    if request.blueprint == "respondent":
        return []
    someone = _complete()
    if someone is None:
        return [] if g.get("actor") else _links(PUBLIC)
    if someone.is_coordinator:
        return _links((*COORDINATOR, *(DEMO if settings().demo else ())))
    if someone.is_mentor:
        return _links((*MENTOR, *LEARNING))
    if len(someone.memberships) == 1:
        (organization_id,) = someone.memberships
        return [*_links(MEMBER, organization_id=organization_id), *_links(LEARNING)]
    return _links(((message("Your organizations"), "public.home"), *LEARNING)) if someone.memberships else []


def account_links() -> list[Link]:
    """The menu of one's own account; nothing before the second factor."""
    return _links(ACCOUNT) if _complete() else []


def here() -> str:
    """The address to come back to after changing the language: this page, if it can be asked for again."""
    rule = request.url_rule
    if rule is None or "GET" not in (rule.methods or ()):
        return url_for("public.home")
    return request.full_path.rstrip("?")


def _complete() -> Actor | None:
    actor: Actor | None = g.get("actor")
    return actor if actor and not (g.login is None or g.login.waits_for_second_factor) else None


def _links(entries: Iterable[tuple[Message, str]], **arguments: Any) -> list[Link]:
    return [
        Link(
            text,
            # These know their reader's language by the address alone.
            public_url(endpoint) if endpoint in SAME_FOR_ALL else address(endpoint, **arguments),
            request.endpoint == endpoint,
        )
        for text, endpoint in entries
    ]
