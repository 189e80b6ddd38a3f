"""The page on limits is what the docstrings say, and every limit has an equation."""

import runpy
from pathlib import Path

import siting.limits

ROOT = Path(__file__).parents[1]


def test_the_page_on_limits_is_what_the_docstrings_say() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "build_limits.py"))["page"]()
    assert (ROOT / "docs" / "limits.md").read_text(encoding="utf-8") == page, "run `python docs/build_limits.py`"


def test_every_limit_of_the_package_stands_on_the_page() -> None:
    text = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    kinds = [getattr(siting.limits, n).model_fields["kind"].default for n in siting.limits.__all__]
    assert len(kinds) > 25
    assert all(f"\n## `{kind}`\n" in text for kind in kinds)
