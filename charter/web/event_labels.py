"""What happened, in words: the names of events as people read them."""

from __future__ import annotations

from types import MappingProxyType

from questionnaires.message import Message, message


def event_label(name: str) -> Message | str:
    """The event in words; the name itself where an older version of Charter recorded one that this one lacks."""
    return EVENTS.get(name, name)


EVENTS = MappingProxyType(
    {
        "ApplicationAccepted": message("Application accepted"),
        "ApplicationRefused": message("Application refused"),
        "AssessmentBegun": message("Assessment begun"),
        "AssessmentClosed": message("Assessment closed"),
        "AssessmentInvitedAgain": message("Invited again after withdrawal"),
        "AssessmentReopened": message("Assessment reopened"),
        "AssessmentSubmitted": message("Assessment submitted"),
        "AssessmentSubmittedAgain": message("Assessment submitted again"),
        "AssessmentWithdrawn": message("Assessment withdrawn"),
        "CertificateAdded": message("Certificate added"),
        "ChangesRequested": message("Changes asked for"),
        "CommentAdded": message("Comment written"),
        "CycleAdded": message("Cycle prepared"),
        "CycleClosed": message("Cycle closed"),
        "CycleDatesChanged": message("Dates of the cycle changed"),
        "CycleOpened": message("Cycle opened"),
        "DueDateChanged": message("Due date changed"),
        "EmailChanged": message("E-mail address changed"),
        "EvidenceAdded": message("Evidence added"),
        "EvidenceRemoved": message("Evidence removed"),
        "InspectionAdded": message("Inspection added"),
        "MentorAssigned": message("Mentor assigned"),
        "MentorReleased": message("Mentor released"),
        "OrganizationAdded": message("Member added"),
        "OrganizationApplied": message("Organization applied"),
        "OrganizationChanged": message("Member's details changed"),
        "OrganizationDataDeleted": message("Data of the organization deleted"),
        "OrganizationExported": message("Data of the organization exported"),
        "OrganizationInvited": message("Invited to the cycle"),
        "OrganizationLeft": message("Member has left"),
        "PackPublished": message("Pack published"),
        "PackUploaded": message("Pack uploaded"),
        "PasskeyAdded": message("Passkey added"),
        "PasskeyRemoved": message("Passkey removed"),
        "PasswordChanged": message("Password changed"),
        "PasswordSet": message("Password set"),
        "PersonAdded": message("Person added"),
        "PersonDisabled": message("Account closed"),
        "PersonEnabled": message("Account opened again"),
        "PersonInvitedAgain": message("Invitation sent again"),
        "PersonJoinedOrganization": message("Somebody began to work for the member"),
        "PersonLeftOrganization": message("Somebody no longer works for the member"),
        "PersonRenamed": message("Name changed"),
        "ProfileChanged": message("Profile changed"),
        "RatingAgreed": message("Rating agreed"),
        "RatingVerified": message("Rating verified"),
        "RecordRemoved": message("Record removed"),
        "RecoveryCodeUsed": message("Recovery code used"),
        "RecoveryCodesRenewed": message("Recovery codes renewed"),
        "SecondFactorSetUp": message("Second factor set up"),
        "SecondFactorTurnedOff": message("Second factor turned off"),
        "SheetSent": message("A sheet was sent"),
        "StaffCodesMade": message("Staff codes made"),
        "StaffRoundClosed": message("Staff round closed"),
        "StaffRoundOpened": message("Staff round opened"),
        "StaffRoundProlonged": message("Last day of the staff round changed"),
        "StandardPublished": message("Standard published"),
        "VisitAdded": message("Visit noted"),
    }
)
