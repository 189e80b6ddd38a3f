"""Every generated page can be written, and none is kept in git."""

import subprocess
from pathlib import Path

import generated_pages
import pytest

import siting.limits

ROOT = Path(__file__).parents[1]
KINDS = sorted(getattr(siting.limits, n).model_fields["kind"].default for n in siting.limits.__all__)


def test_no_generated_page_is_kept_in_git() -> None:
    listed = subprocess.run(["git", "ls-files", "docs"], capture_output=True, text=True, cwd=ROOT, check=True).stdout  # noqa: S607
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    for name in generated_pages.SCRIPTS:
        assert f"docs/{name}.md" not in listed.splitlines()
        assert f"docs/{name}.md" in ignored


def test_a_page_is_written_beside_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generated_pages, "DOCS", tmp_path)
    generated_pages.write(["limits"])
    assert [p.name for p in tmp_path.iterdir()] == ["limits.md"]
    assert (tmp_path / "limits.md").read_text(encoding="utf-8").startswith("# Limits\n")


def test_the_page_on_limits_has_a_section_with_an_equation_or_a_sentence_for_each() -> None:
    page = generated_pages.text_of("limits")
    assert len(KINDS) > 25
    for kind in KINDS:
        section = page.split(f"\n## `{kind}`\n")[1].split("\n## `", maxsplit=1)[0]
        assert len(section.split()) > 10, kind
