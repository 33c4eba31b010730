"""The pages beside the code: their links lead somewhere, none is forgotten, the catalogue is that of the table."""

import re
from pathlib import Path

import pytest

from autograd.textbook.mistakes import ROWS
from tests.catalogue import GROUPS, PAGE, SLIPS_PAGE, catalogue, slips

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path for folder in (".", "notebooks", "notebooks/guide", "tests/benchmarks", ".github")
    for path in (ROOT / folder).glob("*.md")
)  # fmt: skip
LINK = re.compile(r'(?:\]\(|src=")([^)"]+)[)"]')


def anchors(path: Path) -> set[str]:
    """The headings of a page as the ends of links to them."""
    headings = re.findall(r"^#+ (.*)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        target, _, anchor = link.partition("#")
        path = page.parent / target if target else page
        assert path.exists(), link
        assert not anchor or anchor in anchors(path), link


def test_every_page_of_the_guide_is_listed() -> None:
    index = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in PAGE.parent.glob("*.md") if f"(guide/{path.name})" not in index] == []


def test_the_first_page_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_the_catalogue_is_that_of_the_table() -> None:
    assert sum(map(len, GROUPS.values())) == len(ROWS)
    assert PAGE.read_text(encoding="utf-8") == catalogue()


def test_the_slips_are_answered_as_their_page_says() -> None:
    assert SLIPS_PAGE.read_text(encoding="utf-8") == slips()
