"""What the members do: profile, staff round, agreed ratings with notes and links, handing in."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from charter.clock import today
from charter.database.assessments import AgreedRating, ChangeRequest
from charter.demo.case import Case
from charter.demo.coalition import IN_LOGINS
from charter.demo.days import DAY
from charter.demo.names import NOTES
from charter.services import sheets
from charter.services.agreement import Draft, save_drafts
from charter.services.evidence import add_link
from charter.services.profile import save_profile
from charter.services.readiness import submit
from charter.services.staff_rounds import close_round, open_round
from questionnaires.model import Criterion, FactType
from scoring.model import Choice, FactValue

MOST_LINKS = 4


def fill_profile(db: Session, case: Case) -> None:
    """The facts that the questionnaire asks for; staff and volunteers grow from year to year."""
    chance = case.member.chance("profile")
    facts: dict[str, FactValue | None] = {}
    for fact in case.coalition.pack.profile.values():
        if fact.type is FactType.BOOLEAN:
            facts[fact.id] = chance.random() < 0.7
        elif fact.type is FactType.INTEGER:
            facts[fact.id] = max(fact.minimum or 0, int(chance.lognormvariate(2.6, 0.7)) + case.year)
        elif fact.type is FactType.CHOICE:
            facts[fact.id] = chance.choice(list(fact.options)[:1] * 3 + list(fact.options))
        else:
            facts[fact.id] = tuple(sorted(chance.sample(list(fact.options), k=min(3, len(fact.options)))))
    save_profile(db, case.lead, assessment=case.assessment, facts=facts, known={})


def hold_staff_round(db: Session, case: Case) -> None:
    """Everybody answers, and the round is closed."""
    _ask_staff(db, case, staff=5 + case.member.number % 2, leave_out=0, days=6)
    close_round(db, case.lead, assessment=case.assessment)


def open_staff_round(db: Session, case: Case) -> None:
    """Two have not answered yet, and still can: the code of one of them is among the printed log-ins."""
    left = (case.coalition.days.today - today(case.coalition.settings.zone)).days
    codes = _ask_staff(db, case, staff=8, leave_out=2, days=left + 6)
    if case.member.number == IN_LOGINS:
        case.coalition.codes.append(codes[-1])


def rate_all(db: Session, case: Case) -> None:
    """Lead and contributors agree on everything."""
    _rate(db, case, case.asked(db))


def rate_half(db: Session, case: Case) -> None:
    """They are half-way through."""
    pages = case.asked(db)
    _rate(db, case, pages[: max(1, round(len(pages) * 0.55))])


def hand_in(db: Session, case: Case) -> None:
    """The lead submits the assessment."""
    submit(db, case.lead, assessment=case.assessment, address=case.address("mentor/assessments/{id}"))


def change(db: Session, case: Case) -> None:
    """The lead looks again at what the mentor asked about, and submits once more."""
    wanted = db.scalars(
        select(ChangeRequest.criterion_id).where(
            ChangeRequest.assessment_id == case.assessment.id, ChangeRequest.resolved_at.is_(None)
        )
    ).all()
    drafts = []
    for criterion_id in wanted:
        row = db.get_one(AgreedRating, (case.assessment.id, criterion_id))
        lower = row.rating
        if isinstance(lower, int) and lower > case.coalition.pack.criterion(criterion_id).scale.lowest:
            lower -= 1
        drafts.append(Draft(criterion_id, lower, "Looked at again with the team.", row.reason, row.version))
    save_drafts(db, case.lead, assessment=case.assessment, drafts=drafts)
    hand_in(db, case)


def _ask_staff(db: Session, case: Case, *, staff: int, leave_out: int, days: int) -> list[str]:
    settings = case.coalition.settings
    closes_on = today(settings.zone) + days * DAY
    _, codes = open_round(db, case.lead, settings, assessment=case.assessment, closes_on=closes_on, staff=staff)
    chance = case.chance("staff")
    asked: list[Criterion] = []
    for code in codes[: staff - leave_out]:
        respondent = sheets.find_respondent(db, settings, code)
        assert respondent is not None  # noqa: S101 - the code was just made
        if not asked:
            _, pages = sheets.pages_of(db, respondent, language="")
            asked = [criterion for page in pages for criterion in page.criteria]
        ratings: dict[str, int | Choice | None] = {
            criterion.id: Choice.DONT_KNOW if chance.random() < 0.06 else case.rating(criterion, chance, spread=0.22)
            for criterion in asked
        }
        sheets.save_ratings(db, settings, respondent, ratings)
        sheets.send_sheet(db, settings, respondent)
    return codes


def _rate(db: Session, case: Case, pages: list[list[Criterion]]) -> None:
    drafts = []
    proven = []
    for criteria in pages:
        chance = case.chance(f"agreed {criteria[0].id}")
        for criterion in criteria:
            note = chance.choice(NOTES) if chance.random() < 0.25 else None
            if chance.random() < 0.02:
                reason = "We do not do this kind of work."
                drafts.append(Draft(criterion.id, Choice.NOT_APPLICABLE, note, reason, 0))
                continue
            rating = case.rating(criterion, chance, spread=0.12)
            drafts.append(Draft(criterion.id, rating, note, None, 0))
            if rating == criterion.scale.highest and chance.random() < 0.8:
                proven.append(criterion)
    # All new rows go to the database together, at the end: three times as fast.
    with db.no_autoflush:
        save_drafts(db, case.lead, assessment=case.assessment, drafts=drafts)
    for criterion in proven[:MOST_LINKS]:
        url = f"https://files.example.org/{case.member.number}/{criterion.id}"
        add_link(db, case.lead, assessment=case.assessment, criterion_id=criterion.id, title="Policy folder", url=url)
