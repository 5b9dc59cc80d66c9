"""The made-up library: 25 items in three languages, each saying that it is an example only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from charter.database.resources import ResourceKind
from charter.services.resources import Content

LANGUAGES = ("en", "km", "vi")
_SUMMARIES = {
    "en": "Made up for this demo: the link leads nowhere.",
    "km": "នេះជាឧទាហរណ៍សម្រាប់ការសាកល្បងប៉ុណ្ណោះ។",
    "vi": "Đây chỉ là ví dụ để dùng thử, liên kết không dẫn đến đâu.",
}


@dataclass(frozen=True)
class Subject:
    """Something that members learn about. `topic` is how questionnaires name it; titles are by language."""

    topic: str
    titles: Mapping[str, str]


def _subject(topic: str, *titles: str) -> Subject:
    return Subject(topic, dict(zip(LANGUAGES, titles, strict=True)))


SUBJECTS = (
    _subject("child-protection", "Child protection", "ការការពារកុមារ", "Bảo vệ trẻ em"),
    _subject("human-resources", "Safe recruitment", "ការជ្រើសរើសបុគ្គលិកប្រកបដោយសុវត្ថិភាព", "Tuyển dụng an toàn"),
    _subject("case-management", "Case management", "ការគ្រប់គ្រងករណី", "Quản lý ca"),
    _subject("data-protection", "Keeping data safe", "ការការពារទិន្នន័យ", "Bảo vệ dữ liệu"),
    _subject("trauma", "Care after trauma", "ការថែទាំក្រោយប៉ះទង្គិចផ្លូវចិត្ត", "Chăm sóc sau sang chấn"),
    _subject("participation", "The voice of clients", "សំឡេងរបស់អតិថិជន", "Tiếng nói của người được hỗ trợ"),
    _subject("governance", "Good governance", "អភិបាលកិច្ចល្អ", "Quản trị tốt"),
    _subject("finance", "Money that can be followed", "ហិរញ្ញវត្ថុប្រកបដោយតម្លាភាព", "Tài chính minh bạch"),
    _subject("referral", "Referral", "ការបញ្ជូនបន្ត", "Chuyển gửi"),
    _subject("disability", "People with disabilities", "ជនមានពិការភាព", "Người khuyết tật"),
    _subject("communication", "Safe communication", "ការទំនាក់ទំនងប្រកបដោយសុវត្ថិភាព", "Truyền thông an toàn"),
    _subject("monitoring", "Monitoring", "ការតាមដាន និងវាយតម្លៃ", "Theo dõi và đánh giá"),
)

_KINDS = (
    (ResourceKind.POLICY_TEMPLATE, {"en": "Sample policy", "km": "គំរូគោលការណ៍", "vi": "Chính sách mẫu"}),
    (ResourceKind.GUIDE, {"en": "Short guide", "km": "មគ្គុទេសក៍ខ្លី", "vi": "Hướng dẫn ngắn"}),
    (ResourceKind.FORM, {"en": "Form", "km": "ទម្រង់", "vi": "Biểu mẫu"}),
    (ResourceKind.TRAINING_MATERIAL, {"en": "Slides", "km": "ស្លាយបណ្តុះបណ្តាល", "vi": "Tài liệu tập huấn"}),
    (ResourceKind.VIDEO, {"en": "Video", "km": "វីដេអូ", "vi": "Video"}),
)


def items() -> list[Content]:
    """Two of different kinds on each subject, and a contact."""
    found = [
        _item(subject, *_KINDS[(place * 2 + number) % len(_KINDS)])
        for place, subject in enumerate(SUBJECTS)
        for number in range(2)
    ]
    contact = {"en": "Office of the coalition", "km": "ការិយាល័យសម្ព័ន្ធ", "vi": "Văn phòng liên minh"}
    return [*found, Content("example-office", ResourceKind.CONTACT, contact, _SUMMARIES, LANGUAGES, ("referral",))]


def _item(subject: Subject, kind: ResourceKind, words: Mapping[str, str]) -> Content:
    key = f"example-{subject.topic}-{kind.value}"
    colons = {"km": "៖ "}
    return Content(
        key=key,
        kind=kind,
        titles={each: f"{words[each]}{colons.get(each, ': ')}{subject.titles[each]}" for each in LANGUAGES},
        summaries=_SUMMARIES,
        languages=LANGUAGES,
        topics=(subject.topic,),
        url=f"https://library.example.org/{key}",
    )
