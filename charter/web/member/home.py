"""The start page of an organization's people: one next step, and what was before."""

from __future__ import annotations

from fractions import Fraction

from flask import g, render_template

from charter.clock import today
from charter.database.assessments import Assessment, AssessmentState
from charter.services.home import Task, member_home
from charter.services.standing import standing
from charter.web.access import allow, organization_member
from charter.web.member import blueprint
from charter.web.requests import actor, database, settings
from questionnaires.message import Message, message

TASKS: dict[Task, tuple[Message, Message, Message, str]] = {
    Task.BEGIN: (
        message("Begin"),
        message("First say a little about your organization. It decides which questions you are asked."),
        message("Begin"),
        "member.assessment",
    ),
    Task.PROFILE: (
        message("Describe your organization"),
        message("It decides which questions you are asked."),
        message("Describe it"),
        "member.profile",
    ),
    Task.STAFF_ROUND_RUNS: (
        message("Your staff are answering"),
        message("You can rate together once the staff round is closed."),
        message("See how the staff round stands"),
        "member.staff_round",
    ),
    Task.RATE: (
        message("Rate together"),
        message("One principle a page. Every answer is saved as you give it; you can stop whenever you like."),
        message("Go on with the next open question"),
        "member.unanswered",
    ),
    Task.CHECK: (
        message("Check and send"),
        message("Everything is answered. See what may be missing, then send it to your mentor."),
        message("Check and send"),
        "member.readiness",
    ),
    Task.CHANGE: (
        message("Your mentor asks for changes"),
        message("Only the criteria that your mentor named are open. Look at them again, then send it once more."),
        message("See what to change"),
        "member.assessment",
    ),
    Task.WAIT_FOR_LEAD: (
        message("Your lead can send it now"),
        message("Everything is answered. Only a lead can send it to the mentor."),
        message("Look at the answers"),
        "member.assessment",
    ),
    Task.WAIT_FOR_MENTOR: (
        message("Nothing to do: your mentor is reading it"),
        message("You get a mail when it is closed, or when your mentor asks for changes."),
        message("See your own result so far"),
        "assessment.result",
    ),
}


@blueprint.get("/member/<int:organization_id>")
@allow(organization_member)
def home(organization_id: int) -> str:
    """Where the assessment stands, what to do next, what changed, earlier years, people."""
    day = today(settings().zone)
    return render_template(
        "member/home.html.j2",
        organization=g.organization,
        home=member_home(database(), actor(), organization_id),
        tasks=TASKS,
        is_lead=actor().is_lead_of(organization_id),
        score_of=_score,
        standing=standing(database(), organization_id, language=g.translator.language, today=day),
        today=day,
    )


def _score(assessment: Assessment) -> Fraction | None:
    if assessment.state is not AssessmentState.CLOSED or assessment.overall is None:
        return None
    return Fraction(assessment.overall, 10_000)
