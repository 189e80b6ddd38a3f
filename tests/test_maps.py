"""Maps: nothing smears at the edge of the world, every source is named, an empty plan says so."""

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import shapely
from map_cases import outcomes
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.path import Path as DrawnPath

from siting.errors import SitingError
from siting.show.cartography.labels import draw_site_labels
from siting.show.cartography.legends import colour_norm, nice_sizes_mw
from siting.show.cartography.map_layout import SHEET_INCHES, headline
from siting.show.cartography.projection import ANTARCTIC, ARCTIC, VIEWS, WORLD, geodesic, split_at_antimeridian
from siting.show.figures.maps import draw_plan, save_map
from siting.study.map_data import CI_COLUMN, Ground
from siting.world.tables import resources

PLACES = {  # longitude, latitude [degrees]
    "lulea": ("Luleå", 22.15, 65.58),
    "boden": ("Boden", 21.69, 65.83),
    "quebec-city": ("Quebec City", -71.21, 46.81),
    "hobart": ("Hobart", 147.33, -42.88),
    "asuncion": ("Asunción", -57.65, -25.30),
    "singapore": ("Singapore", 103.85, 1.29),
    "tokyo": ("Tokyo", 139.69, 35.69),
    "los-angeles": ("Los Angeles", -118.24, 34.05),
    "auckland": ("Auckland", 174.76, -36.85),
    "london": ("London", -0.13, 51.51),
}


def places(ids: list[str], **columns: Any) -> gpd.GeoDataFrame:
    """Make a table of places."""
    names, lon, lat = zip(*(PLACES[key] for key in ids), strict=True)
    table = pd.DataFrame({"id": ids, "name": names, **columns})
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(lon, lat), crs=4326)


def a_plan(site_ids: list[str]) -> Any:
    """Make what a map needs of a plan: every site serves every hub."""
    hub_ids = ["tokyo", "los-angeles", "auckland", "london"]
    sites = places(
        site_ids,
        it_mw=np.linspace(40.0, 240.0, len(site_ids)),
        emissions_g_per_eflop=np.linspace(20.0, 90.0, len(site_ids)),
    )
    pairs = [(site, hub) for site in site_ids for hub in hub_ids]
    sources = [
        ("zones", "Eurostat; EIA", "2025", "public domain", "derived"),
        ("zone_intensity", "Electricity Maps", "2025", "ODbL-1.0", "observed"),
        ("sites", "GeoNames", "2026", "CC BY 4.0", "derived"),
        ("hubs", "GeoNames", "2026", "CC BY 4.0", "derived"),
    ]
    return SimpleNamespace(
        name="baseline",
        status="feasible",
        gap=0.021,
        kpis={
            "emissions_g_per_eflop": 61.23,
            "cost_usd_per_eflop": 0.853,
            "it_mw": 1000.0,
            "renewable_share": 0.972,
            "rtt_p90_ms_max": float("nan"),
        },
        sites=sites,
        assignments=pd.DataFrame(pairs, columns=["site", "hub"]).assign(workload="batch", it_mw=5.0, rtt_p90_ms=90.0),
        hubs=places(hub_ids, weight=1.0),
        sources=pd.DataFrame(sources, columns=["table", "source", "year", "licence", "quality"]),
    )


@pytest.fixture(scope="module")
def ground() -> Ground:
    """Make a ground that touches both sides of the antimeridian and the South Pole."""
    zones = gpd.GeoDataFrame(
        {"zone_id": ["west", "east", "south"], CI_COLUMN: [30.0, 700.0, np.nan]},
        geometry=[
            shapely.box(-180.0, 50.0, -100.0, 75.0),
            shapely.box(60.0, 50.0, 179.9, 75.0),
            shapely.box(-179.9, -89.9, 179.9, -65.0),
        ],
        crs=4326,
    )
    source = {
        "table": "ground",
        "source": "Natural Earth",
        "year": None,
        "licence": "public domain",
        "quality": "observed",
    }
    return Ground(zones, pd.DataFrame([source]))


def new_axes() -> Axes:
    """Make axes that fill an A4 sheet."""
    return Figure(figsize=SHEET_INCHES).add_axes((0.0, 0.0, 1.0, 1.0))


def sheet(site_ids: list[str], ground: Ground, view: str = "world") -> Axes:
    """Draw a plan with these sites."""
    return drawn(a_plan(site_ids), ground, view)


def drawn(plan: Any, ground: Ground, view: str = "world", **not_built: tuple[float, float, str]) -> Axes:
    """Draw a plan, and candidates that were not built."""
    return draw_plan(plan, new_axes(), view, ground=ground, candidates=outcomes(plan, **not_built))


def all_text(ax: Axes) -> str:
    """Return every word on the sheet, line breaks as blanks."""
    texts = (text.get_text() for axes in [ax, *ax.child_axes] for text in axes.texts)
    return " ".join(" ".join(texts).split())


def insets(ax: Axes) -> list[Axes]:
    """Return the maps within the map."""
    return [
        child
        for child in ax.child_axes
        if isinstance(child, Axes)
        and any(isinstance(item, LineCollection) for item in child.collections)
        and child.get_aspect() == 1.0
    ]


def drawn_paths(ax: Axes) -> list[DrawnPath]:
    """Return the paths of ground, borders, graticule and arcs."""
    shapes = [path for item in ax.collections for path in item.get_paths() if np.asarray(path.vertices).size > 2]
    return [path for path in shapes if np.abs(np.asarray(path.vertices)).max() > 1e4]


def longest_step_m(path: DrawnPath) -> float:
    """Return the longest straight line that a path draws."""
    vertices = np.asarray(path.vertices)
    steps = np.hypot(*np.diff(vertices, axis=0).T)
    if path.codes is not None:
        draws = (np.asarray(path.codes)[1:] != DrawnPath.MOVETO) & (np.asarray(path.codes)[1:] != DrawnPath.CLOSEPOLY)
        steps = steps[draws]
    return float(steps.max(initial=0.0))


def test_an_arc_over_the_antimeridian_is_drawn_in_two_pieces_that_end_on_the_edge() -> None:
    arc = geodesic(139.69, 35.69, -118.24, 34.05)
    west, east = split_at_antimeridian(arc)
    assert west[-1, 0] == 180.0
    assert east[0, 0] == -180.0
    assert west[-1, 1] == pytest.approx(east[0, 1])
    assert len(WORLD.lines(*arc.T)) == 2


def test_an_arc_that_stays_on_one_side_is_one_piece() -> None:
    assert len(WORLD.lines(*geodesic(-0.13, 51.51, 103.85, 1.29).T)) == 1


def test_an_arc_between_one_place_and_itself_is_no_fault() -> None:
    assert np.ptp(geodesic(22.15, 65.58, 22.15, 65.58), axis=0) == pytest.approx([0.0, 0.0])


def test_a_geodesic_is_the_short_way() -> None:
    # Tokyo to Los Angeles passes north of 45 N, and each step is at most 100 km
    arc = geodesic(139.69, 35.69, -118.24, 34.05)
    assert arc[:, 1].max() > 45.0
    assert len(arc) >= 8_800 / 100


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_nothing_drawn_spans_half_the_map(view: str, ground: Ground) -> None:
    ax = sheet(["hobart", "lulea", "quebec-city", "singapore"], ground, view)
    for axes in [ax, *insets(ax)]:
        paths = drawn_paths(axes)
        assert len(paths) > 15
        half_map_m = np.ptp(VIEWS[view].outline()[:, 0]) / 2
        assert max(longest_step_m(path) for path in paths) < half_map_m / 4


def test_ground_at_the_edges_keeps_its_area_in_the_equal_area_world(
    ground: Ground,
) -> None:
    # R1^2 * width * (sin north - sin south), on the sphere of equal area (6371.007 km)
    sphere_m2 = 6_371_007.0**2
    sines = [(50, 75, 80), (50, 75, 120), (-90, -65, 360)]
    expected_m2 = [
        sphere_m2 * np.radians(width) * (np.sin(np.radians(north)) - np.sin(np.radians(south)))
        for south, north, width in sines
    ]
    assert WORLD.polygons(ground.zones).area.to_numpy() == pytest.approx(expected_m2, rel=0.01)


def test_land_cut_at_the_antimeridian_is_whole_again_on_a_polar_map(ground: Ground) -> None:
    both_sides = ground.zones.iloc[:2].dissolve()
    [land] = shapely.get_parts(ARCTIC.polygons(both_sides).geometry.to_numpy())
    across = shapely.LineString(ARCTIC.to_map([178.0, -178.0], [65.0, 65.0]))
    assert land.covers(across)


def test_antarctica_has_no_spike_to_the_pole(ground: Ground) -> None:
    [ice] = shapely.get_parts(ANTARCTIC.polygons(ground.zones).geometry.to_numpy())
    assert ice.covers(shapely.Point(0.0, 0.0))
    # the boundary is the circle of 65 S and nothing else
    radius_m = np.hypot(*ANTARCTIC.to_map(0.0, -65.0)[0])
    assert ice.boundary.length == pytest.approx(2 * np.pi * radius_m, rel=0.01)


def test_polar_views_drop_what_lies_beyond_their_rim(ground: Ground) -> None:
    assert list(ANTARCTIC.polygons(ground.zones)["zone_id"]) == ["south"]
    assert list(ARCTIC.polygons(ground.zones)["zone_id"]) == ["west", "east"]
    assert ARCTIC.lines([0.0, 0.0, 0.0], [-10.0, 0.0, 10.0]) == []


def test_the_arctic_inset_appears_only_for_a_site_above_60_north(
    ground: Ground,
) -> None:
    assert insets(sheet(["hobart", "quebec-city"], ground)) == []
    assert len(insets(sheet(["hobart", "lulea"], ground))) == 1
    assert insets(sheet(["hobart", "lulea"], ground, "arctic")) == []


def test_the_caption_names_every_source_once_with_year_and_licence_and_no_table(ground: Ground) -> None:
    words = all_text(sheet(["hobart", "lulea"], ground))
    for entry in (
        "Eurostat; EIA, 2025, public domain",
        "Electricity Maps, 2025, ODbL-1.0",
        "GeoNames, 2026, CC BY 4.0",
        "Natural Earth, no year, public domain",
        "1 EFLOP = 10¹⁸ operations.",
        "Equal Earth (EPSG:8857)",
        "polar stereographic (EPSG:3995)",
    ):
        assert words.count(entry) == 1
    assert "zone_intensity" not in words


def test_the_caption_tells_the_scale_on_a4(ground: Ground) -> None:
    """Equal Earth is 34,487 km wide and takes 0.945 of a sheet of 29.7 cm: 1 to 123 million."""
    words = all_text(sheet(["hobart", "lulea"], ground))
    assert "Scale on A4 about 1:123 million." in words


NOT_READ_BY_PLANS = ("facts", "mfu_runs", "workloads")
"""Tables of studies and checks."""


def test_the_sources_of_every_shipped_table_fit_a_readable_caption(ground: Ground) -> None:
    plan = a_plan(["hobart", "lulea"])
    read = {name: table for name, table in resources().items() if name not in NOT_READ_BY_PLANS}
    plan.sources = pd.DataFrame([table.provenance() for table in read.values()])
    for view in ("world", "arctic"):
        ax = drawn(plan, ground, view)
        [written] = [text for text in ax.texts if text.get_gid() == "caption"]
        words = " ".join(written.get_text().split())
        for licence in ("ODbL", "CC BY", "Copernicus"):  # they ask to be named
            for table in read.values():
                citation = table.provenance()["citation"]
                if licence in citation:
                    assert all(part.lower() in words.lower() for part in re.split("[,;] ", citation)), citation
        assert float(written.get_fontsize()) >= 7.0
        box = written.get_window_extent().transformed(ax.transAxes.inverted())
        assert box.y0 > 0.0
        assert box.x1 < 1.0


def test_legend_and_caption_carry_year_and_method_of_what_they_colour(ground: Ground) -> None:
    of_2045 = replace(ground, method="direct average", year="2045", note="Carbon of sites and grids: direct of 2045.")
    ax = sheet(["hobart", "lulea"], of_2045)
    titles = [child.get_title(loc="left") for child in ax.child_axes if isinstance(child, Axes)]
    assert "Grid: direct average 2045 [gCO2e/kWh]" in titles
    assert any(title.startswith("Site: emissions at 2045 grid [gCO2e/EFLOP]") for title in titles)
    assert of_2045.note in all_text(ax)


def test_a_polar_map_counts_the_sites_beyond_it(ground: Ground) -> None:
    assert "1 of 2 sites lie beyond this map." in all_text(sheet(["hobart", "lulea"], ground, "arctic"))


def test_the_headline_says_what_is_built_where_its_status_and_what_is_unknown() -> None:
    plan = a_plan(["hobart", "lulea", "boden"])
    assert headline(plan)[0] == "baseline: 420 MW at 3 sites"
    plan.sites["country"] = ["Australia", "Sweden", "Sweden"]
    title, figures = headline(plan)
    assert title == "baseline: 420 MW at 3 sites in Sweden and Australia"
    for part in (
        "feasible, gap 2.1 %",
        "61.2 gCO2e/EFLOP",
        "97 % renewable",
        "slowest round trip, p90 unknown",
    ):
        assert part in figures
    assert "_" not in figures


def test_sites_are_named_also_in_the_inset_and_names_do_not_overlap(ground: Ground) -> None:
    ax = sheet(["boden", "lulea", "asuncion", "hobart", "quebec-city", "singapore"], ground)
    names = [[text for text in axes.texts if text.get_text().endswith(" MW")] for axes in (ax, *insets(ax))]
    assert [len(group) for group in names] == [6, 2]
    for group in names:
        boxes = [text.get_window_extent() for text in group]
        for k, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[k + 1 :])


def test_names_without_room_are_left_out_silently(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    crowd = places(["lulea"] * 30, it_mw=1.0).assign(id=[f"lulea-{k}" for k in range(30)])
    ax = new_axes()
    ax.set(xlim=(-1e6, 1e6), ylim=(-1e6, 1e6))
    points = np.zeros((30, 2))
    written = draw_site_labels(
        ax, crowd, points, sizes_pt2=np.full(30, 100.0),
        hubs=np.empty((0, 2)), edge=1e6 * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]), scale=4.0,
    )  # fmt: skip
    assert len(written) < 30
    assert capsys.readouterr().out == ""


def test_marks_have_areas_in_proportion_to_their_power(ground: Ground) -> None:
    ax = sheet(["hobart", "singapore", "quebec-city"], ground)
    marks = [item for item in ax.collections if isinstance(item, PathCollection) and item.get_array() is not None]
    sizes = np.asarray(marks[0].get_sizes())
    assert sizes / sizes.min() == pytest.approx([240 / 40, 140 / 40, 1.0])


def test_a_site_that_rests_on_an_assumption_is_hatched_and_said(ground: Ground) -> None:
    plan = a_plan(["hobart", "singapore", "quebec-city"])
    assert "Hatched" not in all_text(drawn(plan, ground))
    plan.sites["worst_quality"] = ["assumption", "modelled", "synthetic"]
    ax = drawn(plan, ground)
    hatched = [c for c in ax.collections if isinstance(c, PathCollection) and c.get_hatch()]
    assert [len(c.get_offsets()) for c in hatched] == [2]
    assert "Hatched sites rest on an assumption or on synthetic data." in all_text(ax)


def test_a_name_neither_leaves_the_map_nor_seems_to_be_another_s() -> None:
    crowd = gpd.GeoDataFrame(
        {"id": list("abcd"), "name": ["Bergen", "Oslo", "Trondheim", "Umeå"], "it_mw": [306.0, 108.0, 36.0, 72.0]},
        geometry=gpd.points_from_xy([5.32, 10.75, 10.4, 20.26], [60.39, 59.91, 63.43, 63.83]), crs=4326,
    )  # fmt: skip
    ax, edge = new_axes(), ARCTIC.outline()
    reach = 1.04 * np.abs(edge).max()
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach))
    points = ARCTIC.to_map(crowd.geometry.x, crowd.geometry.y)
    named = draw_site_labels(
        ax,
        crowd,
        points,
        sizes_pt2=crowd["it_mw"].to_numpy(float),
        hubs=np.empty((0, 2)),
        edge=edge,
        scale=1.0,
    )
    shown = [text for text in ax.texts if text.get_text()]
    assert len(shown) == len(named) >= 1
    inside = shapely.Polygon(edge)
    at = dict(zip(crowd["name"], ax.transData.transform(points), strict=True))
    for text in shown:
        box = text.get_window_extent()
        corners = ax.transData.inverted().transform([(x, y) for x in (box.x0, box.x1) for y in (box.y0, box.y1)])
        assert shapely.contains_xy(inside, *corners.T).all()
        away = {name: np.hypot(*np.maximum(np.maximum(box.min - p, p - box.max), 0.0)) for name, p in at.items()}
        mine = next(name for name in away if text.get_text().startswith(name))
        assert away[mine] < 3.0 * min(away.values()) + 20.0


@pytest.mark.parametrize(
    ("largest", "expected"), [(240.0, [25, 125, 250]), (306.0, [30, 150, 300]), (7.0, [0.8, 4, 8])]
)
def test_the_size_legend_has_round_sizes(largest: float, expected: list[float]) -> None:
    assert nice_sizes_mw(largest) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ([22.0, 88.0], (15.0, 90.0)),
        ([26.0, 560.0], (20.0, 1000.0)),
        ([0.0, 560.0], (0.0, 600.0)),
        ([float("nan")], (0.0, 1.0)),
    ],
)
def test_the_colours_span_round_values_around_the_sites(values: list[float], ends: tuple[float, float]) -> None:
    norm = colour_norm(np.array(values))
    assert (norm.vmin, norm.vmax) == pytest.approx(ends)


def test_a_wide_spread_of_emissions_is_shown_on_a_logarithmic_scale(ground: Ground) -> None:
    plan = a_plan(["hobart", "lulea"])
    plan.sites["emissions_g_per_eflop"] = [26.0, 560.0]
    ax = drawn(plan, ground)
    titles = [child.get_title(loc="left") for child in ax.child_axes if isinstance(child, Axes)]
    assert "Site: emissions [gCO2e/EFLOP], log scale" in titles


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_a_map_is_written(ending: str, tmp_path: Path, ground: Ground) -> None:
    path = save_map(
        a_plan(["hobart", "lulea"]),
        tmp_path / f"map{ending}",
        ground=ground,
        candidates=outcomes(a_plan(["hobart", "lulea"])),
    )
    assert 10_000 < path.stat().st_size < 2_000_000


def test_a_map_is_written_twice_the_same(tmp_path: Path, ground: Ground) -> None:
    first, second = (
        save_map(a_plan(["hobart"]), tmp_path / name, ground=ground, candidates=outcomes(a_plan(["hobart"])))
        for name in ("a.svg", "b.svg")
    )
    assert first.read_bytes() == second.read_bytes()


def test_another_ending_is_refused(tmp_path: Path, ground: Ground) -> None:
    with pytest.raises(SitingError, match=r"end it in \.png, \.svg, \.pdf"):
        save_map(a_plan(["hobart"]), tmp_path / "map.docx", ground=ground, candidates=outcomes(a_plan(["hobart"])))


def test_an_unknown_view_is_refused(ground: Ground) -> None:
    with pytest.raises(
        SitingError, match="use one of fit, world, pacific, americas, arctic, antarctic, zone:ID or bbox:"
    ):
        sheet(["hobart"], ground, "moon")


def test_an_empty_plan_says_that_there_is_nothing_to_map(ground: Ground) -> None:
    plan = a_plan(["hobart"])
    plan.status, plan.sites = "infeasible", plan.sites.iloc[:0]
    with pytest.raises(SitingError, match=r"infeasible and has no sites.*relax a limit"):
        draw_plan(plan, ground=ground)


def test_an_assignment_to_an_unlisted_hub_is_refused(ground: Ground) -> None:
    plan = a_plan(["hobart"])
    plan.hubs = plan.hubs.iloc[1:]
    with pytest.raises(SitingError, match="hubs that it does not list: tokyo"):
        drawn(plan, ground)


def test_drawing_leaves_the_settings_of_matplotlib_alone(ground: Ground) -> None:
    before = dict(mpl.rcParams)
    sheet(["hobart", "lulea"], ground)
    assert dict(mpl.rcParams) == before
