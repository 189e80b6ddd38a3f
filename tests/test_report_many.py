"""Reports of many plans: what they say is what the plans say, text stays text, and they load nothing.

Each page draws the whole world twice, which takes seconds: most of it is left to the slow tests.
"""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siting import DataError, Frontier, Plan, Scenario, SitingError, change, compare, frontier, prepare, solve
from siting.show.figures.charts import plans_chart
from siting.show.report.many_plans import MOST_DRAWN, many_page, write_comparison, write_frontier
from siting.study.compare import Comparison

HOSTILE = '<script>window.pwned=1</script>"&'


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Plan]:
    """Return the cleanest and the cheapest plan of one question."""
    asked = Scenario(name="two", demand={"it_mw": 60}, limits=({"kind": "site_count", "max": 1},))
    cheap = change(asked, {"minimise.objective": "cost_per_compute"}, name="cheap")
    clean_plan, cheap_plan = (solve(prepare(s), gap=0.01) for s in (asked, cheap))
    return clean_plan, cheap_plan


@pytest.fixture(scope="module")
def side(two: tuple[Plan, Plan]) -> Comparison:
    """Return them side by side, one with a name that is a script."""
    return compare(two, [HOSTILE, "cheap"])


@pytest.fixture(scope="module")
def front() -> Frontier:
    """Return a frontier of three levels."""
    return frontier(
        Scenario(name="front", demand={"it_mw": 60}, limits=({"kind": "site_count", "max": 2},)), points=3, gap=0.01
    )


def rows_of(page: str, key: str) -> list[list[str]]:
    """Return the cells of a table of the page."""
    body = page.split(f'id="table-{key}"')[1].split("</table>", maxsplit=1)[0].split("<tbody>")[1]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in body.split("</tr>")]
    return [[re.sub(r"<.*?>", "", cell) for cell in row] for row in cells if row]


@pytest.mark.slow
def test_a_comparison_shows_kpis_sites_and_differences_of_the_scenarios(
    side: Comparison, two: tuple[Plan, Plan]
) -> None:
    page = many_page(side, "t", str(side).splitlines())
    clean, cheap = two
    emissions = next(r for r in rows_of(page, "kpis") if r[0] == "emissions per compute")
    assert emissions[1:3] == [f"{p.kpis['emissions_g_per_eflop']:,.1f}" for p in two]
    assert rows_of(page, "differences") == [["objective", "least emissions per compute", "least cost per compute"]]
    sites = {r[0]: r[2:4] for r in rows_of(page, "sites")}
    assert sites == {clean.sites["name"].iloc[0]: ["60.0", "-"], cheap.sites["name"].iloc[0]: ["-", "60.0"]}
    assert "2 of 2 plans are proven" in page


@pytest.mark.slow
def test_names_stay_text_and_nothing_is_loaded(side: Comparison) -> None:
    page = many_page(side, HOSTILE, [HOSTILE])
    assert "<script>window.pwned" not in page
    assert "&lt;script&gt;window.pwned" in page
    assert "default-src 'none'" in page
    outside_scripts = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"""(src|href)=["']https?:""", outside_scripts)


@pytest.mark.slow
def test_a_frontier_tells_its_ends_and_draws_its_points(front: Frontier, tmp_path: Path) -> None:
    path = write_frontier(front, tmp_path / "f.html")
    page = path.read_text(encoding="utf-8")
    x, y = front.kpis
    ends = front.table.sort_values(x)
    ratio = ends[y].iloc[0] / ends[y].iloc[-1]
    assert f"{ratio:.1f} times as much as at the other end" in page
    assert len(rows_of(page, "plans-figures")) == len(front)
    assert ("no plan lies below the band" in page) == (front.table["status"] == "optimal").all()
    assert "Differences of the scenarios" not in page
    assert all(name in page for name in front[0].sites["name"])
    assert not re.search(r"[{\[]['{]", re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL))
    assert ("Every point is proven" in page) == (front.table["status"] == "optimal").all()
    assert "The frontier ends at" not in page
    assert 1_000_000 < path.stat().st_size < 6_000_000


@pytest.mark.slow
def test_of_many_plans_an_even_choice_with_both_ends_is_drawn(two: tuple[Plan, Plan]) -> None:
    many = compare([two[i % 2] for i in range(9)], [f"p{i}" for i in range(9)])
    page = many_page(many, "t", ["a"])
    assert f"{MOST_DRAWN} of 9 plans are drawn" in page
    data = json.loads(page.split('id="report-data">')[1].split("</script>")[0])
    rings = {r["attributes"]["name"]: r["attributes"].get("visible", True) for r in _renderers(data["figures"]["map"])}
    drawn = {name for name, visible in rings.items() if visible}
    assert len(rings) == 9
    assert {"plan 0", "plan 8"} <= drawn
    assert len(drawn) == MOST_DRAWN


@pytest.mark.slow
def test_plans_without_sites_are_told_but_not_drawn(two: tuple[Plan, Plan]) -> None:
    none = solve(prepare(change(two[0].scenario, name="none", add=[_too_little()])), gap=0.01)
    assert none.status == "infeasible"
    with_one = many_page(compare([two[0], none]), "t", ["a"])
    assert 'id="figure-map"' in with_one
    assert "1 of 2 plans are proven" in with_one
    nothing = many_page(compare([none, none], ["a", "b"]), "t", ["a"])
    assert 'id="figure-map"' not in nothing
    assert 'id="chart-plans"' not in nothing


def _renderers(figure: dict[str, object]) -> list[dict[str, dict[str, object]]]:
    """Return the rings of a map, wherever they stand in its document."""
    found: list[dict[str, dict[str, object]]] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            name = node.get("attributes", {}).get("name") if isinstance(node.get("attributes"), dict) else None
            if node.get("name") == "GlyphRenderer" and str(name).startswith("plan "):
                found.append(node)
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(figure)
    return found


def _too_little() -> object:
    from siting import Budget

    return Budget(usd_per_year=1.0)


def test_a_point_that_is_not_proven_is_hollow() -> None:
    points = pd.DataFrame({"plan": ["a", "b"], "x": [1.0, 2.0], "y": [2.0, 1.0], "status": ["feasible", "optimal"]})
    source = plans_chart(points, step=False).renderers[0].data_source.data
    assert [c is None for c in source["fill"]] == [True, False]
    assert np.allclose(source["x"], [1, 2])


def test_bad_places_are_refused_before_the_work(side: Comparison, tmp_path: Path) -> None:
    with pytest.raises(SitingError, match=r"end it in \.html"):
        write_comparison(side, tmp_path / "a.pdf")
    with pytest.raises(DataError, match="no such folder"):
        write_comparison(side, tmp_path / "none" / "a.html")


@pytest.mark.slow
def test_commands_write_the_reports(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, small: Path, tmp_path: Path
) -> None:
    from siting.cli.main import main

    def command(*words: object) -> str:
        monkeypatch.setattr(sys, "argv", ["siting", *map(str, words)])
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        assert code in (0, None)
        return capsys.readouterr().out

    out = command("frontier", small, "--points", 3, "--gap", 0.001, "--out", tmp_path / "f", "--report")
    assert "report.html" in out
    assert (tmp_path / "f" / "report.html").stat().st_size > 1_000_000
    first, last = tmp_path / "f" / "plans" / "01", tmp_path / "f" / "plans" / "02"
    told = json.loads(command("compare", first, last, "--report", "--out", tmp_path / "c", "--json"))
    assert Path(told["report"]).read_text(encoding="utf-8").startswith("<!doctype html>")
    assert {k["kpi"] for k in told["kpis"]} >= {"status", "emissions_g_per_eflop"}
    assert "02 (with objective " in command("compare", first, last)
