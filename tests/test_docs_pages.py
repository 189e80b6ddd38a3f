"""The pages build without a warning, load nothing from the network, and are complete."""

import json
import pydoc
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from generated_pages import text_of

import siting
from siting import locate
from siting.world.tables import resources

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
TERMS = [
    "PUE",
    "WUE",
    "CUE",
    "REF",
    "ERF",
    "CI",
    "CFE",
    "CDD18, CDD21",
    "CCI",
    "SCI",
    "MFU",
    "Embodied carbon",
    "IT power",
]
TERMS += ["Facility power", "site", "hub", "option", "arc", "scenario", "plan", "pack"]


class Loads(HTMLParser):
    """What a browser fetches for a page: scripts, styles, pictures, frames; not what a reader may click."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the addresses that are loaded."""
        told = dict(attrs)
        self.ids.add(told.get("id") or "")
        if tag in {"script", "img", "iframe", "source", "video", "audio", "embed"}:
            self.found.append(told.get("src") or "")
        if tag == "link" and told.get("rel") not in ("canonical", "next", "prev", "index", "search", "author"):
            self.found.append(told.get("href") or "")


def test_every_public_name_and_every_module_of_physics_is_on_a_page_of_the_api() -> None:
    text = "".join(p.read_text(encoding="utf-8") for p in (DOCS / "api").glob("*.md"))
    listed = re.findall(r"^   (siting\.[\w.]+)$", text, re.MULTILINE)
    files = [p for p in (ROOT / "siting/physics").rglob("*.py") if p.stem != "__init__"]
    physics = [".".join(p.relative_to(ROOT).with_suffix("").parts) for p in files]
    public = [f"siting.{name}" for name in set(siting.__all__) - {"__version__"}]
    assert sorted(listed) == sorted([*public, *(f"siting.locate.{n}" for n in locate.__all__), *physics])


def test_every_term_has_a_meaning_and_a_source() -> None:
    rows = [line for line in (DOCS / "glossary.md").read_text(encoding="utf-8").splitlines() if line.startswith("| **")]
    cells = [[c.strip() for c in row.strip("|").split(" | ")] for row in rows]
    heads = " ".join(c[0] for c in cells)
    assert [t for t in TERMS if f"**{t}**" not in heads] == []
    assert all(len(c) in (3, 4) and all(c) for c in cells)


def test_every_source_of_a_term_is_one_that_the_project_has() -> None:
    rows = [line for line in (DOCS / "glossary.md").read_text(encoding="utf-8").splitlines() if line.startswith("| **")]
    sources = [row.strip("| ").split(" | ")[-1] for row in rows]
    assert [s for s in sources if not re.search(r"`(siting[\w.]*|\w+)`|\]\(\w+\.md\)", s)] == []
    for name in sorted(set(re.findall(r"`(siting\.[\w.]+)`", " ".join(sources)))):
        assert pydoc.locate(name) is not None, name
    shipped = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "siting").rglob("*.py"))
    cited = re.findall(r"ISO/IEC [\d-]+:\d{4}|arXiv:[\d.]+\d|\(EU\) \d{4}/\d+", " ".join(sources))
    assert len(cited) > 10
    assert [c for c in dict.fromkeys(cited) if c not in shipped] == []
    named = re.findall(r"tables? ((?:`\w+`(?: and )?)+)", " ".join(sources))
    assert set(re.findall(r"`(\w+)`", " ".join(named))) <= set(resources())


def test_every_picture_of_the_gallery_is_there_and_says_what_it_shows() -> None:
    gallery = (DOCS / "gallery.md").read_text(encoding="utf-8")
    figures = re.findall(r"```\{figure\} (\S+)\n:alt: (.+)\n\n(.+)\n", gallery)
    shown = {Path(path).name for path, _, _ in figures}
    pictures = {p.name for p in (DOCS / "images").iterdir()}
    assert shown <= pictures
    charts = set(re.findall(r"!\[[^\]]+\]\(images/(\S+)\)", text_of("benchmarks")))
    assert pictures - shown - charts == set(), "show them in docs/gallery.md, with what they show"


def test_the_page_on_how_good_it_is_tells_what_the_checks_wrote() -> None:
    text = text_of("how_good")
    climate = json.loads((ROOT / "data/build/accuracy_climate.json").read_text(encoding="utf-8"))
    latency = json.loads((ROOT / "data/build/accuracy_latency.json").read_text(encoding="utf-8"))
    assert f"{climate['offset_-0.8_k']['mean_absolute_error']['cdd18_k_day']:.0f} | 85 |" in text
    assert f"{100 * latency['p90_coverage']:.1f} % are within" in text
    assert "626,155 lb" in text
    for path in (ROOT / "benchmarks").glob("*.json"):
        assert f"\n### {path.stem}\n" in text
    assert "nan" not in text.lower().replace("finance", "")


def test_the_page_on_the_command_line_has_every_command() -> None:
    text = text_of("command_line")
    for command in ("plan", "check", "diagnose", "place", "map", "runs", "frontier", "sweep", "data verify"):
        assert f"\n## `siting {command}`\n" in text
    assert "--open" in text


@pytest.mark.slow
def test_the_pages_build_without_a_warning_and_load_nothing_from_elsewhere(tmp_path: Path) -> None:
    target = tmp_path / "pages"
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-E", "-d", tmp_path / "d", DOCS, target]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    pages = sorted(target.rglob("*.html"))
    assert {"index.html", "quickstart.html", "planners_guide.html", "how_good.html"} <= {p.name for p in pages}
    for page in pages:
        loads = Loads()
        loads.feed(page.read_text(encoding="utf-8"))
        assert loads.found
        assert [x for x in loads.found if re.match(r"(https?:)?//", x)] == [], page
    for style in target.rglob("*.css"):
        assert not re.search(r"(@import|url\()[^;)]*//", style.read_text(encoding="utf-8")), style
    built = (target / "notebooks" / "01_first_plan.html").read_text(encoding="utf-8")
    assert "st.solve" in re.sub(r"<[^>]+>", "", built)
