"""The words for everything that results hold as a closed set of values."""

from __future__ import annotations

from questionnaires.message import message
from scoring.model import Agreement, ClauseStatus, Reaching

CLAUSE_STATUS = {
    ClauseStatus.MET: message("Met"),
    ClauseStatus.PARTLY_MET: message("Partly met"),
    ClauseStatus.NOT_MET: message("Not met"),
    ClauseStatus.UNKNOWN: message("Not known yet"),
    ClauseStatus.NOT_APPLICABLE: message("Does not apply"),
    ClauseStatus.NOT_COVERED: message("Not covered by this questionnaire"),
}

REACHING = {
    Reaching.FEW: message("few"),
    Reaching.SOME: message("some"),
    Reaching.MOST: message("most"),
    Reaching.NEARLY_ALL: message("nearly all"),
}

AGREEMENT = {
    Agreement.AGREE: message("agree"),
    Agreement.MIXED: message("opinions differ"),
}
