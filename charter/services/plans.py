"""Plans as wholes: begun after an assessment, committed by the lead, agreed to by the mentor, ended by the next one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, selectinload

from charter.clock import now
from charter.database.assessments import Assessment, AssessmentState
from charter.database.cycles import Cycle
from charter.database.people import MemberRole
from charter.database.plans import Action, Decision, Plan, PlanState
from charter.services.actors import Actor
from charter.services.errors import Invalid, Refused, Stale
from charter.services.events import record_event
from charter.services.organizations import mentors_of, people_of
from charter.services.outbox import write_mail
from charter.services.packs import pack_of
from charter.services.plan_carry_over import carry_over
from charter.services.plan_history import keep_version
from charter.services.plan_limits import default_limits, limits_json
from questionnaires import Pack
from questionnaires.message import Message, message

LONGEST_TEXT = 5_000


def find_plan(db: Session, plan_id: int) -> Plan | None:
    """The plan with its assessment, organization and pack, and who committed and agreed; one statement."""
    return db.scalar(
        select(Plan)
        .where(Plan.id == plan_id)
        .options(
            joinedload(Plan.organization),
            joinedload(Plan.assessment).joinedload(Assessment.organization),
            joinedload(Plan.assessment).joinedload(Assessment.cycle),
            joinedload(Plan.assessment).joinedload(Assessment.published_pack),
            joinedload(Plan.committed_by),
            joinedload(Plan.agreed_by),
        )
    )


def plan_of_assessment(db: Session, assessment_id: int) -> Plan | None:
    """The plan that follows this assessment."""
    return db.scalar(select(Plan).where(Plan.assessment_id == assessment_id))


def plans_of(db: Session, organization_id: int) -> list[Plan]:
    """Every plan of an organization, newest first, each with its assessment and cycle."""
    return list(
        db.scalars(
            select(Plan)
            .join(Plan.assessment)
            .join(Assessment.cycle)
            .where(Plan.organization_id == organization_id)
            .options(joinedload(Plan.assessment).joinedload(Assessment.cycle))
            .order_by(Cycle.opens_on.desc(), Plan.id.desc())
        )
    )


def suggestions_of(db: Session, plan: Plan) -> list[Action]:
    """Every action of the plan with owner and supporters: must-dos first, then by start; two statements."""
    return list(
        db.scalars(
            select(Action)
            .where(Action.plan_id == plan.id)
            .options(joinedload(Action.owner), selectinload(Action.supporters))
            .order_by(Action.must_do.desc(), Action.starts_on, Action.id)
        )
    )


def begin_plan(db: Session, actor: Actor, assessment: Assessment, *, today: date) -> Plan:
    """The plan of a closed assessment, made if there is none yet; open actions of the plan before are offered again.

    Refused for others than its lead and mentor, and until the assessment is closed.
    """
    organization_id = assessment.organization_id
    _must_plan(actor, organization_id)
    found = plan_of_assessment(db, assessment.id)
    if found is not None:
        return found
    if assessment.state is not AssessmentState.CLOSED:
        raise Refused(message("A plan begins when the assessment is closed."))
    plan = Plan(
        assessment_id=assessment.id,
        organization_id=organization_id,
        state=PlanState.DRAFT,
        limits=limits_json(default_limits(today)),
        created_at=now(),
    )
    try:
        with db.begin_nested():
            db.add(plan)
    except IntegrityError:
        found = plan_of_assessment(db, assessment.id)  # somebody else began it at this very moment
        if found is None:
            raise
        return found
    plan.assessment = assessment
    carried = carry_over(db, plan, earlier_plans(db, plan), today=today)
    record_event(
        db,
        "PlanBegun",
        actor=actor,
        organization_id=organization_id,
        assessment_id=assessment.id,
        data={"plan": plan.id, "carried": [action.id for action in carried]},
    )
    return plan


def earlier_plans(db: Session, plan: Plan) -> list[Plan]:
    """Plans of the same organization that follow earlier assessments and have not ended, latest first."""
    opens_on = _opens_on(db, plan)
    return list(
        db.scalars(
            select(Plan)
            .join(Plan.assessment)
            .join(Assessment.cycle)
            .where(
                Plan.organization_id == plan.organization_id,
                Plan.id != plan.id,
                Plan.state != PlanState.ENDED,
                or_(
                    Cycle.opens_on < opens_on,
                    and_(Cycle.opens_on == opens_on, Assessment.id < plan.assessment_id),
                ),
            )
            .order_by(Cycle.opens_on.desc(), Plan.id.desc())
        )
    )


def _has_later(db: Session, plan: Plan) -> bool:
    opens_on = _opens_on(db, plan)
    later = or_(Cycle.opens_on > opens_on, and_(Cycle.opens_on == opens_on, Assessment.id > plan.assessment_id))
    query = (
        select(Plan.id)
        .join(Plan.assessment)
        .join(Assessment.cycle)
        .where(Plan.organization_id == plan.organization_id, Plan.state == PlanState.COMMITTED, later)
    )
    return db.scalar(query.limit(1)) is not None


def _opens_on(db: Session, plan: Plan) -> date | None:
    return db.scalar(select(Cycle.opens_on).join(Assessment).where(Assessment.id == plan.assessment_id))


def pack_in(db: Session, plan: Plan, *, language: str) -> Pack:
    """The questionnaire of the plan in that language, or in its own where it has no such translation."""
    pack = pack_of(db, plan.assessment.published_pack)
    return pack.translated(language) if language in pack.languages else pack


def undecided(actions: Sequence[Action]) -> tuple[list[Action], list[Action]]:
    """Suggestions that nobody decided on: must-dos, and all others."""
    still_open = [action for action in actions if action.decision is Decision.OPEN]
    return [each for each in still_open if each.must_do], [each for each in still_open if not each.must_do]


def why_not_committed(actions: Sequence[Action]) -> Message | None:
    """What keeps a draft from being committed; None if nothing does."""
    must_dos, _others = undecided(actions)
    if must_dos:
        return message("Please decide on every must-do first. Still open: {titles}", titles=_titles(must_dos))
    if not any(action.decision is Decision.ACT for action in actions):
        return message("The plan holds no action yet. Choose at least one, or add one of your own.")
    return None


def commit_plan(db: Session, actor: Actor, *, plan: Plan, left_out: Sequence[int], address: str) -> None:
    """The lead commits the draft; the plans before end, and the mentor is asked to agree.

    `left_out` are the undecided suggestions of which the lead was told that they will not be acted on; Stale if there
    are others by now. Refused while a must-do is undecided, or if nothing would be acted on.
    """
    if not actor.is_lead_of(plan.organization_id):
        raise Refused(message("Only a lead of the organization commits the plan."))
    lock_draft(db, plan)
    if _has_later(db, plan):
        raise Refused(message("A plan that follows a later assessment is already committed."))
    actions = suggestions_of(db, plan)
    problem = why_not_committed(actions)
    if problem is not None:
        raise Refused(problem)
    _must_dos, others = undecided(actions)
    if {action.id for action in others} != set(left_out):
        raise Stale(others)
    moment = now()
    for action in others:
        action.decision, action.version, action.updated_at = Decision.NOT_ACT, action.version + 1, moment
        record_plan(db, "ActionDecided", actor, plan, action=action.id, decision=Decision.NOT_ACT.value)
    plan.state, plan.committed_at, plan.committed_by_id = PlanState.COMMITTED, moment, actor.id
    plan.committed_by = actor.person
    plan.agreed_at = plan.agreed_by_id = None
    keep_version(db, actor, plan, event="PlanCommitted")
    record_plan(db, "PlanCommitted", actor, plan, version=plan.version)
    for before in earlier_plans(db, plan):
        before.state, before.ended_at = PlanState.ENDED, moment
        record_plan(db, "PlanEnded", actor, before, followed_by=plan.id)
    for mentorship in mentors_of(db, plan.organization_id):
        write_mail(
            db,
            person=mentorship.mentor,
            language=mentorship.mentor.language,
            subject=message("{organization} has committed its plan", organization=plan.organization.name),
            body=message(
                "{lead} has committed the improvement plan of {organization}. Please read it, then agree to it or ask "
                "back:\n\n{address}",
                lead=actor.person.name,
                organization=plan.organization.name,
                address=address,
            ),
        )


def agree_to_plan(db: Session, actor: Actor, *, plan: Plan, address: str) -> None:
    """The mentor agrees to the committed plan, once."""
    _must_mentor(actor, plan)
    _lock_unagreed(db, plan)
    plan.agreed_at, plan.agreed_by_id = now(), actor.id
    plan.agreed_by = actor.person
    keep_version(db, actor, plan, event="PlanAgreed")
    record_plan(db, "PlanAgreed", actor, plan, version=plan.version)
    _tell_leads(
        db,
        plan,
        subject=message("{organization}: your mentor agrees to the plan", organization=plan.organization.name),
        body=message("{mentor} agrees to your plan.\n\n{address}", mentor=actor.person.name, address=address),
    )


def ask_back(db: Session, actor: Actor, *, plan: Plan, comment: str | None, address: str) -> None:
    """The mentor does not agree yet: the plan is a draft again. Invalid without a comment that says why."""
    _must_mentor(actor, plan)
    text = (comment or "").strip()
    if not text:
        raise Invalid({"comment": message("Please say what should change, so that the member knows what to do.")})
    if len(text) > LONGEST_TEXT:
        raise Invalid({"comment": too_long(text)})
    _lock_unagreed(db, plan)
    plan.state, plan.committed_at, plan.committed_by_id = PlanState.DRAFT, None, None
    plan.committed_by = None
    keep_version(db, actor, plan, event="PlanReopened", note=text)
    record_plan(db, "PlanReopened", actor, plan, reason=text, version=plan.version)
    _tell_leads(
        db,
        plan,
        subject=message("{organization}: your mentor asks back about the plan", organization=plan.organization.name),
        body=message(
            "{mentor} does not agree to the plan yet, and writes:\n\n{comment}\n\nThe plan is open for changes "
            "again:\n\n{address}",
            mentor=actor.person.name,
            comment=text,
            address=address,
        ),
    )


def lock_draft(db: Session, plan: Plan) -> None:
    """Nobody else changes the plan until the commit. Refused unless it is a draft."""
    lock_plan(db, plan)
    if plan.state is PlanState.COMMITTED:
        raise Refused(message("The plan is committed already."))
    if plan.state is PlanState.ENDED:
        raise Refused(message("This plan has ended: a later one has taken its place."))


def lock_plan(db: Session, plan: Plan) -> None:
    """Wait for whoever else changes the plan, and read it as it is then."""
    # Not refresh(with_for_update=True): it would join what came with the plan, which PostgreSQL does not lock.
    db.execute(select(Plan.id).where(Plan.id == plan.id).with_for_update())
    db.refresh(plan, [column.key for column in Plan.__mapper__.column_attrs if column.key != "proposal"])


def too_long(text: str) -> Message:
    """What to say of a text that has no room."""
    return message("This has {count} characters; there is room for {most}.", count=len(text), most=LONGEST_TEXT)


def _lock_unagreed(db: Session, plan: Plan) -> None:
    lock_plan(db, plan)
    if plan.state is not PlanState.COMMITTED:
        raise Refused(message("The plan is not committed."))
    if plan.agreed_at is not None:
        raise Refused(message("The plan is agreed to already."))


def _must_plan(actor: Actor, organization_id: int) -> None:
    if not (actor.is_lead_of(organization_id) or actor.mentors(organization_id)):
        raise Refused(message("Only a lead of the organization and its mentor make the plan."))


def _must_mentor(actor: Actor, plan: Plan) -> None:
    if not actor.mentors(plan.organization_id):
        raise Refused(message("Only the mentor of the organization agrees to its plan."))


def _titles(actions: Sequence[Action]) -> str:
    return "; ".join(action.title for action in actions)


def record_plan(db: Session, name: str, actor: Actor, plan: Plan, *, reason: str | None = None, **data: object) -> None:
    """What happened to a plan, or to one of its actions."""
    record_event(
        db,
        name,
        actor=actor,
        organization_id=plan.organization_id,
        assessment_id=plan.assessment_id,
        reason=reason,
        data={"plan": plan.id, **data},
    )


def _tell_leads(db: Session, plan: Plan, *, subject: Message, body: Message) -> None:
    for membership in people_of(db, plan.organization_id):
        if membership.role is MemberRole.LEAD:
            write_mail(db, language=membership.person.language, subject=subject, body=body, person=membership.person)
