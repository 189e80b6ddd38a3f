"""The page on the data has a section per table from its descriptor, and small figures."""

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import generated_pages
import pytest

from siting.world.tables import resources

ROOT = Path(__file__).parents[1]
PNG_BYTES = 60_000


@pytest.fixture(scope="module")
def builder() -> Iterator[ModuleType]:
    """Import the script that writes the page; its neighbours are found beside it."""
    sys.path.insert(0, str(ROOT / "data" / "build"))
    try:
        yield importlib.import_module("docs_data")
    finally:
        sys.path.remove(str(ROOT / "data" / "build"))


@pytest.fixture(scope="module")
def text() -> str:
    """Return the page."""
    return generated_pages.text_of("data")


@pytest.mark.parametrize("name", list(resources()))
def test_each_table_has_a_section_with_licence_source_quality_and_fields(text: str, name: str) -> None:
    section = text.split(f"\n## {name}\n")[1].split("\n## ", maxsplit=1)[0]
    for word in ("Year", "Quality", "Method", "Licence", "Source"):
        assert f"- {word}: " in section
    for field in resources()[name].fields:
        assert f"| `{field['name']}` | {field['type']} |" in section


def test_known_holes_are_holes_of_tables_that_ship(builder: ModuleType) -> None:
    assert set(builder.HOLES) <= set(resources())


def test_every_picture_is_there_small_and_has_a_source(text: str) -> None:
    pictures = re.findall(r"!\[.+\]\((images/data-[a-z0-9-]+\.png)\)\n\n\*(.+)\*", text)
    assert len(pictures) >= 8
    for path, caption in pictures:
        assert 1_000 < (ROOT / "docs" / path).stat().st_size <= PNG_BYTES
        assert re.search(r"Electricity Maps \(ODbL|ERA5|GeoNames|IBTrACS|Eurostat|pings|World Bank", caption)
    assert {p for p, _ in pictures} == {f"images/{p.name}" for p in (ROOT / "docs/images").glob("data-*.png")}


def test_a_bar_in_a_text_does_not_end_a_cell(builder: ModuleType) -> None:
    table = {
        "name": "t",
        "title": "T",
        "description": "d",
        "year": "1",
        "quality": "observed",
        "method": "m",
        "licenses": [{"name": "CC0-1.0", "title": "CC0"}],
        "sources": [{"title": "s", "path": "https://example.org"}],
        "schema": {"fields": [{"name": "a", "type": "number", "description": "x|y", "constraints": {"minimum": 0}}]},
    }
    section = builder.section(table, ("a hole",))
    assert "| `a` | number |  | from 0 | x\\|y |" in section
    assert "- Missing: a hole" in section
    assert "- Source: s <https://example.org>" in section
