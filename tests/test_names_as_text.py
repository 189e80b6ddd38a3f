"""What a user calls a thing is text: no name acts on a terminal, a figure, a page or a table, and none breaks one."""

import ast
import csv
import re
import unicodedata
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from map_cases import a_plan, outcomes
from markupsafe import escape
from matplotlib.figure import Figure
from matplotlib.text import Text

from siting import ScenarioError
from siting.cli.common import console, say
from siting.errors import LONGEST_MESSAGE, printable, shortened
from siting.plan.files import write_csv
from siting.show.cartography.own_style import drawable, has_glyphs, own_style
from siting.show.figures.comparison import draw_heat
from siting.show.figures.maps import draw_plan, save_map
from siting.show.report.html_page import assembled
from siting.show.text.terminal import frame_table
from siting.study.map_data import ground_of

PACKAGE = Path(__file__).parents[1] / "siting"
KNOWN = (
    "Depot [/7] north", "[bold]Oslo[/bold]", "[link=http://x]a[/link]", "Site :100: A", ":smile:", "A$\\frac$B", "x_1^2 $y$",
    "\x1b[31mred\x1b]0;title\x07", "nul\0nul", "\u202eolsO", "Oslo\u200f", "東京", "C:\\temp\\new", "{task}", "%s %(x)s",
    "\ud800", "a\nb\rc\td", "<script>", "=1+1",
)  # fmt: skip
NAMES = st.one_of(
    st.sampled_from(KNOWN),
    st.text(st.one_of(st.sampled_from("".join(KNOWN)), st.characters(exclude_categories=())), min_size=1, max_size=10),
)
GREEK_CYRILLIC_LATIN = "Ωμέγα, Москва, Łódź, Þórshöfn, İzmir, Çeşme, Đà Nẵng"
Capture = pytest.CaptureFixture[str]
many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def harmless(text: str, keep: str = "\n") -> bool:
    """Return whether no character of a text acts on a terminal or hides: by category and direction, not by our list."""
    return not any(
        unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(c) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
        or c in "\u200e\u200f\u061c"
        for c in text
        if c not in keep
    )


def squeezed(text: str) -> str:
    """Return text without white space, which a table may add or break at."""
    return "".join(text.split())


@many
@given(NAMES)
def test_a_name_prints_as_it_is_on_the_terminal(capsys: Capture, name: str) -> None:
    capsys.readouterr()
    console().print(frame_table(pd.DataFrame({"site": pd.Series([name], dtype=object)}), name))
    console().print(name)
    say(name)
    out = capsys.readouterr().out
    assert harmless(out)
    assert squeezed(out).count(squeezed(printable(name))) >= 4


@many
@given(NAMES)
def test_a_name_in_a_message_is_shown_and_does_not_act(name: str) -> None:
    error = ScenarioError.from_faults("names:", [f"no site `{name}`"])
    assert harmless(str(error))
    assert printable(name, keep="\n").replace("\n", "\n  ") in str(error)


@given(st.text(min_size=1, max_size=30), st.integers(1, 2000))
def test_no_message_is_longer_than_its_bound_and_cause_and_remedy_remain(part: str, times: int) -> None:
    text = str(ScenarioError(f"cause {part * times} remedy"))
    assert len(text.encode()) <= LONGEST_MESSAGE
    assert text.startswith("cause ")
    assert text.endswith(" remedy")
    assert shortened(text) == text


@many
@given(st.lists(NAMES, min_size=1, max_size=4))
def test_a_name_in_a_sheet_is_one_cell_and_does_not_act(tmp_path: Path, names: list[str]) -> None:
    write_csv(pd.DataFrame({"name": pd.Series(names, dtype=object), "it_mw": 1.5}), tmp_path / "s.csv")
    text = (tmp_path / "s.csv").read_bytes().decode()
    assert harmless(text, keep="\n\t")
    cells = [row["name"] for row in csv.DictReader(StringIO(text))]
    assert [c.replace("'", "") for c in cells] == [printable(n, keep="\t").replace("'", "") for n in names]


@many
@given(NAMES)
def test_a_name_in_a_figure_is_drawn_without_mathematics_and_without_a_warning(name: str) -> None:
    with own_style():
        figure = Figure(figsize=(3, 1))
        text = figure.text(0.1, 0.5, drawable(name))
        figure.canvas.draw()
    assert harmless(text.get_text())
    assert has_glyphs(text.get_text())


def test_latin_greek_and_cyrillic_are_drawn_and_a_name_that_the_font_lacks_is_its_id() -> None:
    assert drawable(GREEK_CYRILLIC_LATIN, "id") == GREEK_CYRILLIC_LATIN
    assert drawable("東京", "site-7") == "site-7"
    assert drawable("東京", "東") == r"\u6771"


@pytest.mark.slow
def test_a_map_with_hostile_names_is_drawn_and_says_which_are_ids(tmp_path: Path) -> None:
    plan = a_plan()
    plan.name = "p $x$ [b] 東"
    names = ["A$\\frac$B", "x_1^2 $y$", "東京", "\x1b[31m", "nul\0", "Depot [/7]", "\u202eolsO", "a\nb", ":smile:"]
    plan.sites = plan.sites.assign(name=names)
    figure = Figure(figsize=(11.69, 8.27))
    ground = ground_of()
    draw_plan(plan, figure.add_axes((0, 0, 1, 1)), "pacific", ground=ground, candidates=outcomes(plan))
    figure.canvas.draw()
    texts = [t.get_text() for t in figure.findobj(Text)]
    assert all(map(harmless, texts))
    drawn = " ".join(texts)
    named = {site for site, name in zip(plan.sites["id"], names, strict=True) if f"{printable(name)} " in drawn}
    assert len(named) >= 4, drawn
    assert re.search(r"Tromsø 40 MW", drawn), "東京 is drawn as its id"
    assert "1 of 9 sites are labelled by id: the font lacks letters of their names." in " ".join(drawn.split())
    assert r"p $x$ [b] \u6771: 880 MW at 9 sites" in drawn
    for ending in (".svg", ".png"):
        assert save_map(plan, tmp_path / f"m{ending}", ground=ground, candidates=outcomes(plan)).stat().st_size > 10_000
    assert harmless((tmp_path / "m.svg").read_text(encoding="utf-8"))


def test_the_ticks_of_a_heat_map_are_drawn_as_they_are() -> None:
    axes = draw_heat(pd.DataFrame({"a$_x$": [1.0], "東": [2.0]}, index=["\x1b[1m $\\frac$"]))
    axes.figure.canvas.draw()
    assert [t.get_text() for t in axes.get_xticklabels()] == ["a$_x$", r"\u6771"]
    assert [t.get_text() for t in axes.get_yticklabels()] == [r"\x1b[1m $\frac$"]


@many
@given(NAMES)
def test_a_name_in_a_page_is_text_of_the_page(name: str) -> None:
    page = assembled("base.html", {"answer": [name]}, {"names": [name], "of": {"it": (name,)}}, with_figures=False)
    assert str(escape(printable(name, keep="\n\t"))) in page
    assert harmless(page, keep="\n\t")


def test_one_door_for_each_interpreter() -> None:
    """Nothing else prints, opens a console, or meets the user's settings of matplotlib."""
    doors = {
        "echo": set(),
        "Console": {"cli/common.py", "cli/plan.py"},  # there as a type
        "print": {"cli/plan.py", "cli/common.py", "cli/data.py", "cli/rank.py"},  # of a console
        "pyplot": {"show/cartography/own_style.py"},
        "to_csv": {
            "plan/files.py",
            "world/user_values/data_frames.py",
        },  # a table of the user's own, which only we read again
    }
    used: dict[str, set[str]] = {door: set() for door in doors}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name.split(".")[-1] for a in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            if isinstance(node, ast.Call):
                names = [getattr(node.func, "attr", getattr(node.func, "id", ""))]
            for name in {n for n in names if n in used}:
                used[name].add(path.relative_to(PACKAGE).as_posix())
    assert {door: files - doors[door] for door, files in used.items()} == {key: set() for key in doors}
