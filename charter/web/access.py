"""Who may see which page. Every view names its rule with `@allow`; a view without one is closed to everybody.

A rule is called with the actor (None for the public) and the arguments of the address. It raises `Denied`, or loads
what the page is about into `flask.g` and returns. What is denied looks like what does not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import abort, current_app, g, redirect, url_for

from charter.services.actions import find_action
from charter.services.actors import Actor
from charter.services.assessments import find_assessment
from charter.services.grants import find_grant
from charter.services.organizations import find_organization
from charter.services.plans import find_plan

View = TypeVar("View", bound=Callable[..., Any])
Rule = Callable[..., None]
"""See the module."""


class Denied(Exception):
    """This actor may not. `needs_login`: somebody else might; `needs_second_factor`: the same person might."""

    def __init__(self, *, needs_login: bool = False, needs_second_factor: bool = False) -> None:
        super().__init__("denied")
        self.needs_login = needs_login
        self.needs_second_factor = needs_second_factor


def allow(rule: Rule) -> Callable[[View], View]:
    """Give a view its rule; stands directly above the function, below the route."""

    def mark(view: View) -> View:
        view.access_rule = rule  # type: ignore[attr-defined]
        return view

    return mark


def rule_of(view: Callable[..., Any]) -> Rule | None:
    """The rule of a view, or None."""
    return cast("Rule | None", getattr(view, "access_rule", None))


def everyone(actor: Actor | None, /, **_: Any) -> None:
    """The public."""


def alike(actor: Actor | None, /, **_: Any) -> None:
    """The public, everybody alike: nobody looks at who asks, and what is sent depends on the address alone."""


def visitor(actor: Actor | None, /, **_: Any) -> None:
    """Who is not logged in; or is, and has no need of the page: then it says so itself."""


def unnamed(actor: Actor | None, /, **_: Any) -> None:
    """The public. Whoever is logged in is left out of it: the page is about nobody with an account."""
    g.actor = g.login = None


def respondent(actor: Actor | None, /, **_: Any) -> None:
    """Whoever holds a staff code on this device; others are asked for one. No account has a part in it."""
    from charter.web.respondent.holding import held_code_opens

    unnamed(actor)
    g.respondent = held_code_opens()
    if g.respondent is None:
        abort(redirect(url_for("respondent.enter")))


def half_logged_in(actor: Actor | None, /, **_: Any) -> None:
    """Who gave a password, whether or not a second factor is still missing."""
    if actor is None:
        raise Denied(needs_login=True)


def signed_in(actor: Actor | None, /, **_: Any) -> None:
    """Everybody with an account."""
    _complete(actor)


def insider(actor: Actor | None, /, **_: Any) -> None:
    """Whoever works for a member, or for the coalition; an account outlives that."""
    someone = _complete(actor)
    if not (someone.memberships or someone.person.role):
        raise Denied


def coordinator(actor: Actor | None, /, **_: Any) -> None:
    """Coalition staff."""
    if not _complete(actor).is_coordinator:
        raise Denied


def mentor(actor: Actor | None, /, **_: Any) -> None:
    """Every mentor."""
    if not _complete(actor).is_mentor:
        raise Denied


def action_reader(actor: Actor | None, /, *, action_id: int, **_: Any) -> None:
    """The organization's people, its mentor, coordinators."""
    someone, organization_id = _complete(actor), _load_action(action_id)
    if not (someone.works_for(organization_id) or someone.mentors(organization_id) or someone.is_coordinator):
        raise Denied


def action_member(actor: Actor | None, /, *, action_id: int, **_: Any) -> None:
    """Lead and contributors of the organization."""
    someone = _complete(actor)
    if not someone.works_for(_load_action(action_id)):
        raise Denied


def action_mentor(actor: Actor | None, /, *, action_id: int, **_: Any) -> None:
    """The mentor of the organization."""
    someone = _complete(actor)
    if not someone.mentors(_load_action(action_id)):
        raise Denied


def action_partner(actor: Actor | None, /, *, action_id: int, **_: Any) -> None:
    """The organization's people, and its mentor."""
    someone, organization_id = _complete(actor), _load_action(action_id)
    if not (someone.works_for(organization_id) or someone.mentors(organization_id)):
        raise Denied


def organization_reader(actor: Actor | None, /, *, organization_id: int, **_: Any) -> None:
    """The organization's people, its mentor, coordinators."""
    someone = _complete(actor)
    if not (someone.works_for(organization_id) or someone.mentors(organization_id) or someone.is_coordinator):
        raise Denied
    _load_organization(organization_id)


def organization_member(actor: Actor | None, /, *, organization_id: int, **_: Any) -> None:
    """Lead and contributors."""
    if not _complete(actor).works_for(organization_id):
        raise Denied
    _load_organization(organization_id)


def organization_lead(actor: Actor | None, /, *, organization_id: int, **_: Any) -> None:
    """The lead."""
    if not _complete(actor).is_lead_of(organization_id):
        raise Denied
    _load_organization(organization_id)


def organization_mentor(actor: Actor | None, /, *, organization_id: int, **_: Any) -> None:
    """The mentor of this organization."""
    if not _complete(actor).mentors(organization_id):
        raise Denied
    _load_organization(organization_id)


def organization_companion(actor: Actor | None, /, *, organization_id: int, **_: Any) -> None:
    """The mentor of this organization, and coordinators."""
    someone = _complete(actor)
    if not (someone.mentors(organization_id) or someone.is_coordinator):
        raise Denied
    _load_organization(organization_id)


def organization_coordinator(actor: Actor | None, /, *, organization_id: int, **_: Any) -> None:
    """Coordinators, about one organization."""
    coordinator(actor)
    _load_organization(organization_id)


def assessment_reader(actor: Actor | None, /, *, assessment_id: int, **_: Any) -> None:
    """The organization's people, its mentor, coordinators."""
    someone, organization_id = _complete(actor), _load_assessment(assessment_id)
    if not (someone.works_for(organization_id) or someone.mentors(organization_id) or someone.is_coordinator):
        raise Denied


def assessment_member(actor: Actor | None, /, *, assessment_id: int, **_: Any) -> None:
    """Lead and contributors of the organization."""
    someone = _complete(actor)
    if not someone.works_for(_load_assessment(assessment_id)):
        raise Denied


def assessment_lead(actor: Actor | None, /, *, assessment_id: int, **_: Any) -> None:
    """The lead of the organization."""
    someone = _complete(actor)
    if not someone.is_lead_of(_load_assessment(assessment_id)):
        raise Denied


def assessment_mentor(actor: Actor | None, /, *, assessment_id: int, **_: Any) -> None:
    """The mentor of the organization."""
    someone = _complete(actor)
    if not someone.mentors(_load_assessment(assessment_id)):
        raise Denied


def assessment_planner(actor: Actor | None, /, *, assessment_id: int, **_: Any) -> None:
    """Who makes a plan of it: the lead of the organization, and its mentor."""
    someone, organization_id = _complete(actor), _load_assessment(assessment_id)
    if not (someone.is_lead_of(organization_id) or someone.mentors(organization_id)):
        raise Denied


def assessment_companion(actor: Actor | None, /, *, assessment_id: int, **_: Any) -> None:
    """The mentor of the organization, and coordinators."""
    someone, organization_id = _complete(actor), _load_assessment(assessment_id)
    if not (someone.mentors(organization_id) or someone.is_coordinator):
        raise Denied


def assessment_coordinator(actor: Actor | None, /, *, assessment_id: int, **_: Any) -> None:
    """Coordinators, about one assessment."""
    coordinator(actor)
    _load_assessment(assessment_id)


def plan_reader(actor: Actor | None, /, *, plan_id: int, **_: Any) -> None:
    """The organization's people, its mentor, coordinators."""
    someone, organization_id = _complete(actor), _load_plan(plan_id)
    if not (someone.works_for(organization_id) or someone.mentors(organization_id) or someone.is_coordinator):
        raise Denied


def plan_member(actor: Actor | None, /, *, plan_id: int, **_: Any) -> None:
    """Lead and contributors of the organization."""
    someone = _complete(actor)
    if not someone.works_for(_load_plan(plan_id)):
        raise Denied


def plan_lead(actor: Actor | None, /, *, plan_id: int, **_: Any) -> None:
    """The lead of the organization."""
    someone = _complete(actor)
    if not someone.is_lead_of(_load_plan(plan_id)):
        raise Denied


def plan_mentor(actor: Actor | None, /, *, plan_id: int, **_: Any) -> None:
    """The mentor of the organization."""
    someone = _complete(actor)
    if not someone.mentors(_load_plan(plan_id)):
        raise Denied


def plan_planner(actor: Actor | None, /, *, plan_id: int, **_: Any) -> None:
    """Who makes the plan: the lead of the organization, and its mentor."""
    someone, organization_id = _complete(actor), _load_plan(plan_id)
    if not (someone.is_lead_of(organization_id) or someone.mentors(organization_id)):
        raise Denied


def grant_reader(actor: Actor | None, /, *, grant_id: int, **_: Any) -> None:
    """The organization's people, its mentor, coordinators."""
    someone, organization_id = _complete(actor), _load_grant(grant_id)
    if not (someone.works_for(organization_id) or someone.mentors(organization_id) or someone.is_coordinator):
        raise Denied


def grant_lead(actor: Actor | None, /, *, grant_id: int, **_: Any) -> None:
    """The lead of the organization."""
    someone = _complete(actor)
    if not someone.is_lead_of(_load_grant(grant_id)):
        raise Denied


def grant_coordinator(actor: Actor | None, /, *, grant_id: int, **_: Any) -> None:
    """Coordinators, about one grant."""
    coordinator(actor)
    _load_grant(grant_id)


def demo_coordinator(actor: Actor | None, /, **_: Any) -> None:
    """Coordinators of a demo."""
    if not (_complete(actor).is_coordinator and current_app.extensions["charter.settings"].demo):
        raise Denied


def _complete(actor: Actor | None) -> Actor:
    """The actor, with every factor that the role demands."""
    if actor is None:
        raise Denied(needs_login=True)
    if g.login is None or g.login.waits_for_second_factor:
        raise Denied(needs_second_factor=True)
    return actor


def _load_action(action_id: int) -> int:
    from charter.web.requests import database

    g.action = find_action(database(), action_id)
    if g.action is None:
        raise Denied
    g.plan = g.action.plan
    return cast(int, g.action.organization_id)


def _load_grant(grant_id: int) -> int:
    from charter.web.requests import database

    g.grant = find_grant(database(), grant_id)
    if g.grant is None:
        raise Denied
    return cast(int, g.grant.organization_id)


def _load_organization(organization_id: int) -> None:
    from charter.web.requests import database

    g.organization = find_organization(database(), organization_id)
    if g.organization is None:
        raise Denied


def _load_assessment(assessment_id: int) -> int:
    from charter.web.requests import database

    g.assessment = find_assessment(database(), assessment_id)
    if g.assessment is None:
        raise Denied
    return cast(int, g.assessment.organization_id)


def _load_plan(plan_id: int) -> int:
    from charter.web.requests import database

    g.plan = find_plan(database(), plan_id)
    if g.plan is None:
        raise Denied
    return cast(int, g.plan.organization_id)
