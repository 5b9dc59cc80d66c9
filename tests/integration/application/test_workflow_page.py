"""The drawing of the states in the documentation is the one that the code makes."""

from scripts.workflow import PAGE, drawn


def test_the_page_shows_the_moves_as_they_are() -> None:
    page = PAGE.read_text("utf-8")
    assert "stateDiagram-v2" in page
    assert drawn(page) == page
