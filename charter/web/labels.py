"""What the members of closed sets are called on pages. Where the same word means two things, so do the texts."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

from action_plans import Movement
from action_plans.model import PlanStatus
from charter.database.assessments import AssessmentState, RatingKind
from charter.database.cycles import CycleState
from charter.database.directory import Audience
from charter.database.evidence import EvidenceKind
from charter.database.grants import GrantKind, GrantState
from charter.database.jobs import JobState
from charter.database.organizations import OrganizationState
from charter.database.packs import ContentKind
from charter.database.people import MemberRole, Role
from charter.database.plans import ActionSource, ActionStatus, Decision, Funding, PlanState
from charter.database.records import InspectionResult
from charter.database.releases import ReleaseState
from charter.database.resources import ResourceKind
from charter.database.sessions import LinkPurpose
from charter.database.subscriptions import MailKind
from charter.database.trainings import Attendance, SignUpState
from charter.services.own_comparison import Place
from charter.services.states import Party
from questionnaires.message import Message, message
from questionnaires.model import FactType, Kind, Status
from questionnaires.problems import Severity
from scoring.model import Agreement, Choice, ClauseStatus, Reaching, State


def label(member: enum.StrEnum) -> Message:
    """What people call it. KeyError for a member that nobody gave a name."""
    return LABELS[type(member), member.value]


def tone(member: enum.StrEnum) -> str:
    """The tone of the badge that shows it: neutral, info, good, warn or bad."""
    return TONES.get((type(member), member.value), "neutral")


def _names(*named: tuple[enum.StrEnum, Message]) -> dict[tuple[type[enum.StrEnum], str], Message]:
    # By type and value: members of different enums with the same value are equal as dictionary keys.
    return {(type(member), member.value): text for member, text in named}


LABELS = MappingProxyType(
    _names(
        (AssessmentState.INVITED, message("Invited")),
        (AssessmentState.ANSWERING, message("Answering")),
        (AssessmentState.SUBMITTED, message("With the mentor")),
        (AssessmentState.CHANGES_REQUESTED, message("Changes asked for")),
        (AssessmentState.CLOSED, message("Closed")),
        (AssessmentState.WITHDRAWN, message("Withdrawn")),
        (OrganizationState.APPLIED, message("Has applied")),
        (OrganizationState.REFUSED, message("Not admitted")),
        (OrganizationState.ACTIVE, message("Member")),
        (OrganizationState.LEFT, message("Has left")),
        (OrganizationState.DELETED, message("Deleted")),
        (Audience.NOBODY, message("Nobody")),
        (Audience.MEMBERS, message("Members and the coalition")),
        (Audience.PUBLIC, message("Everybody")),
        (CycleState.DRAFT, message("In preparation")),
        (CycleState.OPEN, message("Open")),
        (CycleState.CLOSED, message("Closed")),
        (Role.COORDINATOR, message("Coordinator")),
        (Role.MENTOR, message("Mentor")),
        (MemberRole.LEAD, message("Lead")),
        (MemberRole.CONTRIBUTOR, message("Contributor")),
        (Party.LEAD, message("Lead")),
        (Party.CONTRIBUTOR, message("Contributor")),
        (Party.MENTOR, message("Mentor")),
        (Party.COORDINATOR, message("Coordinator")),
        (InspectionResult.MET, message("Met")),
        (InspectionResult.TO_REMEDY, message("To be remedied")),
        (InspectionResult.NOT_MET, message("Not met")),
        (JobState.WAITING, message("Waiting")),
        (JobState.RUNNING, message("Being made")),
        (JobState.DONE, message("Ready")),
        (JobState.FAILED, message("Failed")),
        (RatingKind.AGREED, message("Agreed rating")),
        (RatingKind.VERIFIED, message("Verified rating")),
        (Choice.NOT_APPLICABLE, message("Does not apply to us")),
        (Choice.DONT_KNOW, message("I don't know")),
        (EvidenceKind.FILE, message("File")),
        (EvidenceKind.LINK, message("Link")),
        (ContentKind.PACK, message("Pack")),
        (ContentKind.STANDARD, message("Standard")),
        (GrantKind.IMPROVEMENT, message("Improvement grant")),
        (GrantKind.LEARNING, message("Learning grant")),
        (GrantState.REQUESTED, message("With the coalition")),
        (GrantState.RETURNED, message("Came back with questions")),
        (GrantState.APPROVED, message("Approved")),
        (GrantState.DECLINED, message("Declined")),
        (GrantState.WITHDRAWN, message("Withdrawn")),
        (GrantState.CLOSED, message("Closed")),
        (Movement.REACHED, message("Rose as far as expected")),
        (Movement.ROSE, message("Rose, but not as far as expected")),
        (Movement.SAME, message("Did not change")),
        (Movement.FELL, message("Fell")),
        (Movement.UNKNOWN, message("Cannot be compared")),
        (MailKind.ACTIONS, message("Your actions, weekly")),
        (MailKind.CASELOAD, message("Your members, weekly")),
        (MailKind.CASELOAD_MONTHLY, message("Your members, monthly")),
        (MailKind.COALITION, message("The coalition, monthly")),
        (MailKind.DUE_DATES, message("Reminders of days on which something is due")),
        (MailKind.REVIEWS, message("Reminders of assessments that wait for you")),
        (ResourceKind.POLICY_TEMPLATE, message("Policy template")),
        (ResourceKind.GUIDE, message("Guide")),
        (ResourceKind.FORM, message("Form")),
        (ResourceKind.TRAINING_MATERIAL, message("Training material")),
        (ResourceKind.VIDEO, message("Video")),
        (ResourceKind.LAW, message("Law or standard")),
        (ResourceKind.CONTACT, message("Contact")),
        (ResourceKind.OTHER, message("Other")),
        (SignUpState.SEAT, message("Has a seat")),
        (SignUpState.WAITING, message("On the waiting list")),
        (SignUpState.CANCELLED, message("Cancelled")),
        (Attendance.PRESENT, message("Was there")),
        (Attendance.ABSENT, message("Did not come")),
        (LinkPurpose.SET_PASSWORD, message("Choose a password")),
        (LinkPurpose.RESET_PASSWORD, message("Choose a new password")),
        (LinkPurpose.CHANGE_EMAIL, message("Confirm the new e-mail address")),
        (State.EXCLUDED, message("Not asked")),
        (State.NOT_APPLICABLE, message("Does not apply")),
        (State.UNRATED, message("Not answered")),
        (State.RATED, message("Answered")),
        (ClauseStatus.MET, message("Met")),
        (ClauseStatus.PARTLY_MET, message("Partly met")),
        (ClauseStatus.NOT_MET, message("Not met")),
        (ClauseStatus.UNKNOWN, message("Not known")),
        (ClauseStatus.NOT_APPLICABLE, message("Does not apply")),
        (ClauseStatus.NOT_COVERED, message("Not covered by this pack")),
        (Reaching.FEW, message("Few")),
        (Reaching.SOME, message("Some")),
        (Reaching.MOST, message("Most")),
        (Reaching.NEARLY_ALL, message("Nearly all")),
        (Agreement.AGREE, message("Agree with one another")),
        (Agreement.MIXED, message("See it differently")),
        (Status.OFFICIAL, message("Official wording")),
        (Status.PROVISIONAL, message("Provisional wording")),
        (Kind.POLICY, message("Policy")),
        (Kind.PRACTICE, message("Practice")),
        (FactType.CHOICE, message("One of several")),
        (FactType.CHOICES, message("Any of several")),
        (FactType.INTEGER, message("Number")),
        (FactType.BOOLEAN, message("Yes or no")),
        (Severity.ERROR, message("Error")),
        (Severity.WARNING, message("Warning")),
        (ActionStatus.NOT_STARTED, message("Not started")),
        (ActionStatus.IN_PROGRESS, message("In progress")),
        (ActionStatus.DELAYED, message("Delayed")),
        (ActionStatus.ON_HOLD, message("On hold")),
        (ActionStatus.DONE, message("Done")),
        (ActionStatus.VERIFIED, message("Verified")),
        (ActionStatus.DROPPED, message("Dropped")),
        (Funding.OWN, message("Own means")),
        (Funding.IMPROVEMENT_GRANT, message("Improvement grant")),
        (Funding.DONOR, message("Another donor")),
        (PlanState.DRAFT, message("Being prepared")),
        (PlanState.COMMITTED, message("Committed")),
        (PlanState.ENDED, message("Ended")),
        (ActionSource.PROPOSED, message("Proposed")),
        (ActionSource.OWN, message("Your own")),
        (ActionSource.CARRIED_OVER, message("Carried over")),
        (Decision.OPEN, message("Not decided yet")),
        (Decision.ACT, message("We act")),
        (Decision.NOT_ACT, message("We do not act")),
        (ReleaseState.CHECKING, message("Being checked")),
        (ReleaseState.CHECKED, message("Waits for approval")),
        (ReleaseState.BREACHED, message("Did not pass the test")),
        (ReleaseState.PUBLISHED, message("Published")),
        (ReleaseState.DISCARDED, message("Discarded")),
        (Place.UPPER_QUARTER, message("in the upper quarter")),
        (Place.ABOVE, message("above the middle")),
        (Place.MIDDLE, message("about the middle")),
        (Place.BELOW, message("below the middle")),
        (Place.LOWER_QUARTER, message("in the lower quarter")),
        (PlanStatus.OPTIMAL, message("Proven best plan")),
        (PlanStatus.FEASIBLE, message("Best plan found in time")),
    )
)

TONES: Mapping[tuple[type[enum.StrEnum], str], str] = MappingProxyType(
    {
        (type(member), member.value): name
        for name, members in {
            "info": (
                Movement.ROSE,
                ReleaseState.CHECKING,
                GrantState.REQUESTED,
                ActionStatus.IN_PROGRESS,
                ActionStatus.DONE,
                AssessmentState.ANSWERING,
                CycleState.OPEN,
                JobState.RUNNING,
                AssessmentState.SUBMITTED,
            ),
            "good": (
                Attendance.PRESENT,
                SignUpState.SEAT,
                Decision.ACT,
                PlanState.COMMITTED,
                GrantState.APPROVED,
                ReleaseState.PUBLISHED,
                ActionStatus.VERIFIED,
                Movement.REACHED,
                AssessmentState.CLOSED,
                OrganizationState.ACTIVE,
                InspectionResult.MET,
                JobState.DONE,
                ClauseStatus.MET,
            ),
            "warn": (
                Movement.FELL,
                SignUpState.WAITING,
                ReleaseState.CHECKED,
                GrantState.RETURNED,
                ActionStatus.DELAYED,
                ActionStatus.ON_HOLD,
                AssessmentState.INVITED,
                AssessmentState.CHANGES_REQUESTED,
                OrganizationState.APPLIED,
                InspectionResult.TO_REMEDY,
                ClauseStatus.PARTLY_MET,
                ClauseStatus.UNKNOWN,
                Severity.WARNING,
            ),
            "bad": (
                ReleaseState.BREACHED,
                GrantState.DECLINED,
                InspectionResult.NOT_MET,
                ClauseStatus.NOT_MET,
                JobState.FAILED,
                Severity.ERROR,
            ),
        }.items()
        for member in members
    }
)
