"""A small made-up coalition: a pack in three languages, answers, a result and a plan, built without any file.

The result's figures are set, not computed: the reports must print what they are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction

from action_plans import Limits, Month, Plan, propose
from questionnaires.model import (
    Action,
    Band,
    Clause,
    ClauseRef,
    Criterion,
    Defaults,
    Group,
    Kind,
    Level,
    Pack,
    Scale,
    Standard,
    Status,
)
from scoring.model import (
    Agreement,
    Answer,
    Answers,
    Choice,
    ClauseResult,
    ClauseStatus,
    CriterionResult,
    NodeResult,
    Reaching,
    Result,
    SheetsResult,
    StaffView,
    StandardResult,
    State,
)

KHMER_SENTENCE = (
    "អង្គការមានគោលនយោបាយការពារកុមារដែលបានសរសេរជាលាយលក្ខណ៍អក្សរហើយបុគ្គលិកស្ម័គ្រចិត្តនិងអ្នកគ្រប់គ្រងទាំងអស់បានអានយល់និងចុះហត្ថលេខា"
)

_TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "pack": "Harbour Charter",
        "scale": "How far is this in place?",
        "0": "Not started",
        "1": "Begun",
        "2": "Partly in place",
        "3": "In place",
        "4": "A model for others",
        "starting": "Starting",
        "growing": "Growing",
        "strong": "Strong",
        "P": "Protection",
        "T": "Transparency",
        "P1": "Safe people",
        "P2": "Care that fits each person, from the first day to the last",
        "T1": "Money that can be followed",
        "criterion": "Everyone who works here has signed the code of conduct",
        "action": "Write, adopt and teach a code of conduct",
        "owner": "Director",
        "indicator": "Share of staff who have signed",
        "standard": "Minimum standards for the rights of victims",
        "clause": "Privacy and confidentiality",
    },
    "km": {
        "pack": "ធម្មនុញ្ញកំពង់ផែ",
        "scale": "តើចំណុចនេះបានអនុវត្តដល់កម្រិតណា?",
        "0": "មិនទាន់ចាប់ផ្តើម",
        "1": "បានចាប់ផ្តើម",
        "2": "អនុវត្តបានខ្លះ",
        "3": "អនុវត្តបានពេញលេញ",
        "4": "គំរូសម្រាប់អ្នកដទៃ",
        "starting": "កំពុងចាប់ផ្តើម",
        "growing": "កំពុងរីកចម្រើន",
        "strong": "រឹងមាំ",
        "P": "ការការពារ",
        "T": "តម្លាភាព",
        "P1": "បុគ្គលិកដែលមានសុវត្ថិភាព",
        "P2": "ការថែទាំដែលសមស្របនឹងមនុស្សម្នាក់ៗតាំងពីថ្ងៃដំបូងរហូតដល់ថ្ងៃចុងក្រោយ",
        "T1": "ប្រាក់ដែលអាចតាមដានបាន",
        "criterion": KHMER_SENTENCE,
        "action": "សរសេរ អនុម័ត និងបង្រៀនក្រមប្រតិបត្តិដល់បុគ្គលិកទាំងអស់",
        "owner": "នាយក",
        "indicator": "ភាគរយនៃបុគ្គលិកដែលបានចុះហត្ថលេខា",
        "standard": "ស្តង់ដារអប្បបរមាសម្រាប់ការការពារសិទ្ធិជនរងគ្រោះ",
        "clause": "ភាពឯកជន និងការរក្សាការសម្ងាត់",
    },
    "vi": {
        "pack": "Hiến chương Bến cảng",
        "scale": "Điều này đã được thực hiện đến đâu?",
        "0": "Chưa bắt đầu",
        "1": "Đã bắt đầu",
        "2": "Thực hiện một phần",
        "3": "Đã thực hiện",
        "4": "Hình mẫu cho người khác",
        "starting": "Khởi đầu",
        "growing": "Đang phát triển",
        "strong": "Vững mạnh",
        "P": "Bảo vệ",
        "T": "Minh bạch",
        "P1": "Con người an toàn",
        "P2": "Chăm sóc phù hợp với từng người, từ ngày đầu đến ngày cuối",
        "T1": "Tiền bạc có thể theo dõi",
        "criterion": "Mọi người làm việc ở đây đều đã ký bộ quy tắc ứng xử",
        "action": "Viết, thông qua và phổ biến bộ quy tắc ứng xử",
        "owner": "Giám đốc",
        "indicator": "Tỷ lệ nhân viên đã ký",
        "standard": "Tiêu chuẩn tối thiểu về quyền của nạn nhân",
        "clause": "Riêng tư và bảo mật",
    },
}

CRITERIA = ("P1.1", "P1.2", "P1.3", "P2.1", "P2.2", "T1.1", "T1.2")
_CLAUSES = {status: ClauseRef("victims", status.value) for status in ClauseStatus}


def pack() -> Pack:
    """English, with Khmer (checked by nobody) and Vietnamese."""
    source = _pack("en")
    translations = {language: replace(_pack(language), reviewed=language == "vi") for language in ("km", "vi")}
    return replace(source, translations=translations)


def _pack(language: str) -> Pack:
    text = _TEXTS[language]
    scale = Scale("practice", text["scale"], tuple(Level(value, text[str(value)]) for value in range(5)))

    def criterion(criterion_id: str, kind: Kind, clauses: tuple[ClauseRef, ...] = ()) -> Criterion:
        return Criterion(
            criterion_id,
            f"{text['criterion']} ({criterion_id})",
            scale,
            Fraction(1),
            Fraction(1, 2),
            kind=kind,
            essential=criterion_id in ("P1.1", "P1.3"),
            clauses=clauses,
        )

    def group(group_id: str, *members: Criterion) -> Group:
        return Group(group_id, text[group_id], Fraction(1), criteria=members)

    policy, practice = Kind.POLICY, Kind.PRACTICE
    clauses = tuple(
        Clause(ref.clause, f"{text['clause']} ({ref.clause})", number=str(number))
        for number, ref in enumerate(_CLAUSES.values(), start=1)
    )
    groups = (
        Group(
            "P",
            text["P"],
            Fraction(2),
            groups=(
                group("P1", *(criterion(one, policy, tuple(_CLAUSES.values())) for one in CRITERIA[:3])),
                group("P2", *(criterion(one, practice) for one in CRITERIA[3:5])),
            ),
        ),
        Group("T", text["T"], Fraction(1), groups=(group("T1", *(criterion(one, practice) for one in CRITERIA[5:])),)),
    )
    return Pack(
        id="harbour-demo",
        version="2026.1",
        status=Status.PROVISIONAL,
        language=language,
        title=text["pack"],
        defaults=Defaults(),
        profile={},
        scales={"practice": scale},
        bands=(
            Band("starting", text["starting"], Fraction(0)),
            Band("growing", text["growing"], Fraction(2, 5)),
            Band("strong", text["strong"], Fraction(3, 4)),
        ),
        groups=groups,
        actions=(
            Action(
                "A1",
                text["action"],
                {"P1.1": 3, "P2.1": 3},
                Fraction(13, 2),
                Fraction(150),
                2,
                owner=text["owner"],
                indicator=text["indicator"],
            ),
        ),
        standards=(
            Standard(
                "victims",
                "2009",
                Status.PROVISIONAL,
                language,
                text["standard"],
                clauses,
                authority="MoSVY",
                adopted=date(2009, 9, 28),
                binding=True,
            ),
        ),
        essential_cap="starting",
    )


def answers(*, note: str = "Signed copies are in the office.", organization: str | None = "Hope House") -> Answers:
    return Answers(
        "harbour-demo",
        "2026.1",
        organization,
        ratings={
            "P1.1": Answer(1, note=note),
            "P1.2": Answer(3),
            "P1.3": Answer(2),
            "P2.1": Answer(1, note=KHMER_SENTENCE),
            "P2.2": Answer(Choice.NOT_APPLICABLE, reason="We run no shelter."),
            "T1.1": Answer(4),
        },
        sheets=tuple({"P1.1": 1} for _ in range(11)),
    )


def result() -> Result:
    ratings = {"P1.1": 1, "P1.2": 3, "P1.3": 2, "P2.1": 1, "T1.1": 4}
    states = {one: State.RATED for one in ratings} | {"P2.2": State.NOT_APPLICABLE, "T1.2": State.UNRATED}

    def criterion(criterion_id: str) -> CriterionResult:
        rating = ratings.get(criterion_id)
        score = None if rating is None else Fraction(rating, 4)
        in_p1 = criterion_id.startswith("P1")
        return CriterionResult(
            id=criterion_id,
            state=states[criterion_id],
            rating=rating,
            score=score,
            essential_failed=criterion_id == "P1.1",
            target=3,
            repair_level=3 if in_p1 else None,
            clauses=tuple(_CLAUSES.values()) if in_p1 else (),
        )

    def node(
        node_id: str, score: Fraction | None, band: str | None, *capped: str, rated: int, applicable: int
    ) -> NodeResult:
        policy = score if node_id in ("overall", "P", "P1") else None
        return NodeResult(node_id, score, band, capped, rated, applicable, policy, score)

    return Result(
        pack="harbour-demo",
        version="2026.1",
        status="provisional",
        overall=node("overall", Fraction(11, 18), "starting", "P1.1", rated=5, applicable=6),
        groups={
            "P": node("P", Fraction(5, 12), "starting", "P1.1", rated=4, applicable=4),
            "P1": node("P1", Fraction(1, 2), "starting", "P1.1", rated=3, applicable=3),
            "P2": node("P2", Fraction(1, 4), "starting", rated=1, applicable=1),
            "T": node("T", Fraction(1), "strong", rated=1, applicable=2),
            "T1": node("T1", None, None, rated=0, applicable=2),
        },
        criteria={one: criterion(one) for one in CRITERIA},
        standards={
            "victims": StandardResult(
                "victims",
                {ref.clause: ClauseResult(status, CRITERIA[:3], True) for status, ref in _CLAUSES.items()},
            )
        },
        sheets=SheetsResult(
            11,
            {
                "P1.1": StaffView(
                    11, 1, Reaching.FEW, Agreement.MIXED, {0: 2, 1: 6, 2: 1, 3: 2, 4: 0}, 0, 0, Fraction(3, 5)
                ),
                "P1.2": StaffView("<5"),
            },
        ),
    )


def plan(*, capacity_days: int = 2) -> Plan:
    """The plan of the answers above; so few days that something urgent stays open."""
    return propose(pack(), result(), Limits(Month(2027, 1), months=3, capacity_days=Fraction(capacity_days)))
