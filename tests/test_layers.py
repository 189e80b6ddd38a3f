"""Any column on a map: words keep apart, guesses are hatched, the unknown stays empty, and regret says how well it is known."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from map_cases import a_plan, a_problem, an_explanation, candidates
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from siting.errors import DataError, SitingError
from siting.show.cartography.layers import layer_of
from siting.show.cartography.map_layout import SHEET_INCHES
from siting.show.figures.layer_maps import plot_layer, plot_layers, plot_regret, save_candidates_map
from siting.study.map_data import CI_COLUMN, Ground, candidate_facts


@pytest.fixture(scope="module")
def ground() -> Ground:
    """Make a small ground."""
    zones = gpd.GeoDataFrame({"zone_id": ["x"], CI_COLUMN: [30.0]}, geometry=[shapely.box(0, 50, 40, 75)], crs=4326)
    tables = [("ground", "Natural Earth"), ("zone_intensity", "Electricity Maps")]
    rows = [{"table": t, "source": s, "year": "2025", "licence": "x", "quality": "x", "citation": s} for t, s in tables]
    return Ground(zones, pd.DataFrame(rows))


def new_axes() -> Axes:
    """Make axes that fill an A4 sheet."""
    return Figure(figsize=SHEET_INCHES).add_axes((0.0, 0.0, 1.0, 1.0))


def words(ax: Axes) -> str:
    """Return every word on the sheet."""
    axes = [ax, *ax.child_axes]
    texts = [t.get_text() for a in axes for t in a.texts] + [a.get_title(loc="left") for a in axes]
    texts += [t.get_text() for a in axes if a.get_legend() for t in a.get_legend().get_texts()]
    return " ".join(" ".join(texts).split())


def marks(ax: Axes) -> list[PathCollection]:
    """Return the marks that were drawn, of each kind."""
    return [c for c in ax.collections if isinstance(c, PathCollection) and len(c.get_offsets())]


def test_a_layer_says_unit_count_year_and_source(ground: Ground) -> None:
    told = words(plot_layer("cdd21_k_day", candidates(), new_axes(), ground=ground))
    for part in (
        "Cooling degree-days, base 21 °C [K day]",
        "Known for 8 of 9 places",
        "ERA5 2000-2025",
        "Natural Earth",
    ):
        assert part in told
    assert "Electricity Maps" not in told  # the plain ground shows no intensity


def test_pue_and_round_trips_cite_what_they_are_computed_from(ground: Ground) -> None:
    facts = candidates().assign(pue=1.1, rtt_p90_ms_mean=90.0)
    of_pue = words(plot_layer("pue", facts, new_axes(), ground=ground))
    assert "Lei & Masanet 2020" in of_pue
    assert "ERA5 2000-2025" in of_pue
    assert "Epoch AI" not in of_pue
    of_rtt = words(plot_layer("rtt_p90_ms_mean", facts, new_axes(), ground=ground))
    assert "Microsoft Azure 2026" in of_rtt
    assert "cloud regions of seven operators 2025 (MIT)" in of_rtt


def test_what_is_assumed_or_synthetic_is_hatched_and_the_unknown_is_empty(ground: Ground) -> None:
    ax = plot_layer("cdd21_k_day", candidates(), new_axes(), ground=ground)
    hatched = [c for c in marks(ax) if c.get_hatch()]
    assert [len(c.get_offsets()) for c in hatched] == [3]  # two assumptions, one synthetic
    empty = [c for c in marks(ax) if (np.asarray(c.get_facecolor())[:, 3] < 1.0).all()]
    assert [len(c.get_offsets()) for c in empty] == [1]
    assert "3 values are an assumption or synthetic, and hatched." in words(ax)


def test_a_layer_of_words_has_a_key(ground: Ground) -> None:
    told = words(plot_layer("price_quality", candidates(), new_axes(), ground=ground))
    assert all(word in told for word in ("derived", "modelled", "observed"))


def test_the_shipped_places_are_drawn_where_none_are_given(ground: Ground) -> None:
    ax = plot_layer("elevation_m", ax=new_axes(), view="arctic", ground=ground)
    assert "elevation [m]" in words(ax).lower()
    assert "places lie beyond this map." in words(ax)


@pytest.mark.parametrize(
    ("column", "places", "message"),
    [
        ("nonsense", candidates(), "the places lack the column nonsense; their columns are cdd21_k_day, ci, "),
        ("id", candidates(), "`id` has 9 categories: a map shows at most 8"),
        ("ci", candidates().drop(columns="lat"), "the places lack the column lat"),
    ],
)
def test_a_column_that_cannot_be_drawn_is_refused(column: str, places: pd.DataFrame, message: str) -> None:
    with pytest.raises(DataError, match=message):
        layer_of(column, places)


def test_candidates_have_the_mean_round_trip_of_the_demand_and_the_least_water() -> None:
    """Demand of the three hubs is 2, 3 and 4 MW; of two designs the drier one counts."""
    problem = a_problem()
    facts = candidate_facts(problem)
    expected = (problem.rtt_p90_ms * [2.0, 3.0, 4.0]).sum(axis=1) / 9.0
    assert facts["rtt_p90_ms_mean"].to_numpy() == pytest.approx(expected)
    assert facts["wue_l_per_kwh"].to_numpy() == pytest.approx(np.linspace(2.0, 0.0, 18)[1::2])
    assert facts["ci_g_per_kwh"].tolist() == problem.sites["ci"].tolist()


def test_five_columns_stand_side_by_side_each_with_its_unit(ground: Ground) -> None:
    told = words(plot_layers(a_problem(), ax=new_axes(), ground=ground))
    for part in ("Grid intensity [gCO2e/kWh]", "[K day]", "[USD/MWh]", "[ms]", "[L/kWh IT]"):
        assert part in told


@pytest.mark.parametrize("columns", [(), ("ci",) * 6])
def test_too_few_or_too_many_columns_are_refused(columns: tuple[str, ...], ground: Ground) -> None:
    with pytest.raises(DataError, match="give one to five"):
        plot_layers(a_problem(), columns, new_axes(), ground=ground)


def test_regret_tells_solved_from_bounded_and_from_what_nobody_solved(ground: Ground) -> None:
    ax = plot_regret(a_problem(), a_plan(), an_explanation(), new_axes(), ground=ground)
    told = words(ax)
    for part in ("3 built, 6 not built; 4 solved for exactly", "Regret [gCO2e/EFLOP]", "only a lower bound is proven",
                 "no plan exists with it", "empty: not solved for"):  # fmt: skip
        assert part in told
    # built: two solved, one not; rejected: two solved, three bounded, one without a plan
    assert sorted(len(c.get_offsets()) for c in marks(ax)) == [1, 1, 2, 2, 3]


def test_regret_of_another_problem_is_refused(ground: Ground) -> None:
    other = SimpleNamespace(regret=an_explanation().regret.assign(site="mars"), unit="t")
    with pytest.raises(DataError, match="mars: not among this problem's candidates"):
        plot_regret(a_problem(), a_plan(), other, new_axes(), ground=ground)  # type: ignore[arg-type]


def test_a_map_of_candidates_is_written_and_another_word_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ground: Ground
) -> None:
    plan: Any = SimpleNamespace(problem=a_problem())
    monkeypatch.setattr("siting.show.figures.layer_maps.ground_of", lambda: ground)
    assert save_candidates_map(plan, tmp_path / "x.svg", "layer:cdd21_k_day").stat().st_size > 10_000
    with pytest.raises(SitingError, match="use layers, regret or layer:COLUMN"):
        save_candidates_map(plan, tmp_path / "x.svg", "stars")
    with pytest.raises(SitingError, match=r"end it in \.png, \.svg, \.pdf"):
        save_candidates_map(plan, tmp_path / "x.docx", "layers")
