"""Items for a library, and a spreadsheet of many, for tests."""

from __future__ import annotations

import csv
import io
from typing import Any

from charter.config import Settings
from charter.database.resources import Resource, ResourceKind
from charter.services import resources
from charter.services.resources import Content
from charter.stores import store_for
from tests.integration.application.worlds import World

KHMER = "គោលនយោបាយការពារកុមារសម្រាប់មណ្ឌលថែទាំ"
KHMER_SUMMARY = "ឯកសារនេះជួយអង្គការឱ្យសរសេរគោលនយោបាយការពារកុមារ និងបណ្តុះបណ្តាលបុគ្គលិកទាំងអស់អំពីវិធីរាយការណ៍។"


def item(world: World, settings: Settings, key: str, titles: dict[str, str], **more: Any) -> Resource:
    """A resource, added by a made-up coordinator's hand."""
    content = Content(
        key=key,
        kind=more.get("kind", ResourceKind.GUIDE),
        titles=titles,
        summaries=more.get("summaries", {}),
        languages=more.get("languages", tuple(titles)),
        topics=more.get("topics", ()),
        url=more.get("url", f"https://example.org/{key}"),
    )
    with world.writing() as db:
        return resources.add_resource(db, world.actor(db, more["by"]), store_for(settings), content=content, limit=1000)


def spreadsheet(rows: list[dict[str, str]]) -> bytes:
    """A CSV file with these rows below the headings that they name."""
    buffer = io.StringIO()
    columns = list(dict.fromkeys(column for row in rows for column in row))
    writer = csv.DictWriter(buffer, columns)
    writer.writeheader()
    writer.writerows(rows)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def many(count: int) -> list[dict[str, str]]:
    """So many good rows, in three languages."""
    return [
        {
            "key": f"item-{number}",
            "kind": ("guide", "video", "policy-template", "form")[number % 4],
            "title_en": f"Guide {number} to keeping children safe in shelters",
            "title_km": f"{KHMER} {number}",
            "title_vi": f"Hướng dẫn {number} bảo vệ trẻ em",
            "summary_en": "How to write a policy, who signs it, how staff are trained, and when to look at it again.",
            "summary_km": KHMER_SUMMARY,
            "languages": "en, km",
            "topics": f"child-protection, T{number % 40}",
            "link": f"https://example.org/{number}",
        }
        for number in range(count)
    ]
