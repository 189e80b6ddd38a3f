"""Maps are legible: text of at least 7 pt, names that keep clear of each other, all within the sheet, in every view."""

from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from map_cases import HUBS, PLACES, SOURCES, a_plan, a_problem, an_explanation, candidates, outcomes, points
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from siting.show.cartography.legends import round_ticks
from siting.show.cartography.map_layout import SHEET_INCHES
from siting.show.cartography.projection import WORLD
from siting.show.cartography.region import RegionView
from siting.show.cartography.views import fitted, world_of
from siting.show.figures.comparison import draw_comparison
from siting.show.figures.layer_maps import plot_layer, plot_layers, plot_regret
from siting.show.figures.maps import draw_plan, with_positions
from siting.show.report.interactive_map import report_map
from siting.study.map_data import CI_COLUMN, Ground

LEAST_PT = 7.0
NORDIC = {
    "Bergen": (5.32, 60.39, 214.0), "Reykjavík": (-21.9, 64.1, 126.0), "Trondheim": (10.4, 63.43, 113.0), "Oslo": (10.75, 59.91, 88.0),
    "St. John's": (-52.7, 47.6, 88.0), "The Dalles": (-121.2, 45.6, 88.0), "Oulu": (25.5, 65.0, 63.0), "Tromsø": (18.96, 69.65, 63.0),
    "Saguenay": (-71.1, 48.4, 38.0), "Umeå": (20.26, 63.83, 38.0), "Marseille": (5.4, 43.3, 37.0), "Toronto": (-79.4, 43.7, 24.0),
    "Hyderabad": (78.5, 17.4, 19.0),
}  # fmt: skip
"""Sites of a plan that crowd in the north: longitude, latitude [degrees], IT power [MW]."""


@pytest.fixture(scope="module")
def ground() -> Ground:
    """Make a small ground."""
    zones = gpd.GeoDataFrame({"zone_id": ["x"], CI_COLUMN: [30.0]}, geometry=[shapely.box(0, 50, 40, 75)], crs=4326)
    row = {
        "table": "ground",
        "source": "N",
        "year": "2025",
        "licence": "x",
        "quality": "x",
        "citation": "Natural Earth",
    }
    return Ground(zones, pd.DataFrame([row]))


def crowded() -> Any:
    """Make a plan of thirteen sites, eight of them in the north of Europe."""
    power = [place[2] for place in NORDIC.values()]
    pairs = pd.DataFrame([(site, "Tokyo") for site in NORDIC], columns=["site", "hub"]).assign(it_mw=power)
    plan = a_plan()
    plan.sites = points(NORDIC, it_mw=power, emissions_g_per_eflop=np.linspace(13.0, 250.0, len(power)))
    plan.assignments = pairs
    return plan


def new_axes() -> Axes:
    """Make axes that fill an A4 sheet."""
    return Figure(figsize=SHEET_INCHES).add_axes((0.0, 0.0, 1.0, 1.0))


def sheet(view: str, ground: Ground, plan: Any = None) -> Axes:
    """Draw a plan with two candidates that were not built and one that is excluded."""
    chosen = plan or a_plan()
    others = {"Seattle": (-122.3, 47.6, "lost"), "Kiruna": (20.2, 67.9, "lost"), "Manila": (121.0, 14.6, "excluded")}
    return draw_plan(chosen, new_axes(), view, ground=ground, candidates=outcomes(chosen, **others))


def compared(ground: Ground) -> Axes:
    """Draw two plans, the second without the largest site."""
    first, second = crowded(), crowded()
    second.sites = second.sites.iloc[1:]
    both = pd.DataFrame({"in_plans": [1] + [2] * 12})
    side: Any = SimpleNamespace(plans=(first, second), names=("first", "second"), sites=both)
    return draw_comparison(side, Figure(figsize=(10.0, 5.4)).add_axes((0.02, 0.08, 0.96, 0.84)), ground=ground)


DRAWN = {
    "comparison": compared,
    **{view: (lambda ground, view=view: sheet(view, ground)) for view in ("fit", "world", "arctic", "bbox:-30,50,40,80")},
    "crowd": lambda ground: sheet("world", ground, crowded()),
    "layer": lambda ground: plot_layer("cdd21_k_day", candidates(), new_axes(), ground=ground),
    "layers": lambda ground: plot_layers(a_problem(), ax=new_axes(), ground=ground),
    "regret": lambda ground: plot_regret(a_problem(), a_plan(), an_explanation(), new_axes(), ground=ground),
}  # fmt: skip


def shown_texts(ax: Axes) -> list[Text]:
    """Return every text of the figure that is drawn and has words."""
    ax.figure.draw_without_rendering()
    texts: list[Text] = []
    for one in parts_of(ax):
        legend = one.get_legend()
        texts += [*one.texts, one.title, *(legend.get_texts() if legend else ())]
        texts += [t for t in one.findobj(Text) if t.get_text() == one.get_title(loc="left")]
        texts += numbers_of(one) if one.axison else []
    return [t for t in texts if t.get_text().strip() and t.get_visible()]


def parts_of(ax: Axes) -> list[Axes]:
    """Return the axes of a sheet: its own, and those of maps, colour bars and keys."""
    return [ax, *(child for child in ax.child_axes if isinstance(child, Axes))]


def numbers_of(bar: Axes) -> list[Text]:
    """Return the numbers along a colour bar."""
    return [t for t in (*bar.get_xticklabels(), *bar.get_yticklabels()) if t.get_text()]


def names_of(ax: Axes) -> list[list[Text]]:
    """Return the names on each map of a sheet."""
    return [[t for t in one.texts if t.get_gid() == "name"] for one in parts_of(ax)]


QUICK = "regret"
"""The sheet that the quick tests draw, the others are drawn with the slow ones."""


def each(names: list[str]) -> list[Any]:
    """Return the sheets as parameters, slow but for one."""
    return [pytest.param(name, marks=[] if name == QUICK else [pytest.mark.slow]) for name in names]


@pytest.mark.parametrize("name", each(sorted(DRAWN)))
def test_a_map_is_legible(name: str, ground: Ground) -> None:
    """Text is at least 7 pt and within the sheet; names meet neither names nor the words around the map."""
    ax = DRAWN[name](ground)
    texts = shown_texts(ax)
    sizes = {t.get_text(): float(t.get_fontsize()) for t in texts}
    assert min(sizes.values()) >= LEAST_PT - 1e-9, min(sizes, key=lambda text: sizes[text])
    whole = ax.figure.bbox
    for text in texts:
        box = text.get_window_extent()
        assert whole.x0 - 1 <= box.x0 <= box.x1 <= whole.x1 + 1, text.get_text()
        assert whole.y0 - 1 <= box.y0 <= box.y1 <= whole.y1 + 1, text.get_text()
    groups = names_of(ax)
    assert sum(map(len, groups)) > 0
    for group in groups:
        boxes = [text.get_window_extent() for text in group]
        for k, box in enumerate(boxes):
            for other, text in zip(boxes[k + 1 :], group[k + 1 :], strict=True):
                assert not box.overlaps(other), (group[k].get_text(), text.get_text())
        outside = [t for t in texts if t.get_gid() not in ("name", "caption") and t not in group]
        for text in group:
            box = text.get_window_extent()
            assert not [t.get_text() for t in outside if t.get_window_extent().overlaps(box) and around(t)], (
                text.get_text()
            )


def around(text: Text) -> bool:
    """Return whether a text is beside the map: a headline, a title or the words of a key."""
    return "°" not in text.get_text() and "km" not in text.get_text()


@pytest.mark.parametrize("name", each(["layers", "regret", "world", "layer"]))
def test_the_numbers_of_a_colour_bar_are_there_and_keep_apart(name: str, ground: Ground) -> None:
    ax = DRAWN[name](ground)
    ax.figure.draw_without_rendering()
    bars = [one for one in parts_of(ax) if one.axison]
    assert bars
    for bar in bars:
        labels = numbers_of(bar)
        assert len(labels) >= 2
        boxes: list[Bbox] = [t.get_window_extent() for t in labels]
        assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[k + 1 :])


def test_every_site_of_a_crowd_is_named_and_a_name_that_is_away_has_a_line_to_its_mark(ground: Ground) -> None:
    ax = sheet("world", ground, crowded())
    named = {t.get_text().rsplit(" ", 2)[0]: t for t in names_of(ax)[0] if t.get_text().endswith(" MW")}
    assert set(named) == set(NORDIC)
    leaders = [line for line in ax.lines if isinstance(line, Line2D) and line.get_gid() == "leader"]
    starts = np.array([ax.transData.transform(line.get_xydata()[0]) for line in leaders])
    lon, lat = (np.array([place[k] for place in NORDIC.values()]) for k in (0, 1))
    marks = dict(zip(NORDIC, ax.transData.transform(WORLD.to_map(lon, lat)), strict=True))
    for name, text in named.items():
        box = text.get_window_extent()
        away = {n: np.hypot(*np.maximum(np.maximum(box.min - p, p - box.max), 0.0)) for n, p in marks.items()}
        led = bool((np.hypot(*(starts - marks[name]).T) < 1.0).any())
        assert led or away[name] <= 20.0, name


def test_a_candidate_that_was_not_built_is_a_ring_and_an_excluded_one_a_cross_and_the_key_says_so(
    ground: Ground,
) -> None:
    ax = sheet("world", ground)
    drawn = {c.get_gid(): c for c in ax.collections if c.get_gid() in ("lost", "excluded")}
    assert {gid: len(c.get_offsets()) for gid, c in drawn.items()} == {"lost": 2, "excluded": 1}
    assert np.asarray(drawn["lost"].get_facecolor())[0, 3] < 1.0
    texts = {t.get_text() for t in shown_texts(ax)}
    assert {"candidate, not built (2)", "excluded (1)", "Seattle", "Manila"} <= texts


@pytest.mark.slow
def test_a_plan_whose_candidates_are_not_there_says_so(ground: Ground) -> None:
    none = outcomes(a_plan()).iloc[:0]
    ax = draw_plan(a_plan(), new_axes(), "world", ground=ground, candidates=none)
    [caption] = [t.get_text() for t in ax.texts if t.get_gid() == "caption"]
    assert "Candidates that were not built are not drawn" in " ".join(caption.split())


@pytest.mark.slow
def test_a_scorecard_with_a_geometry_serves_as_candidates(ground: Ground) -> None:
    card = points(PLACES, outcome=["lost"] * len(PLACES))
    assert with_positions(card)[["lon", "lat"]].to_numpy().tolist() == [list(p[:2]) for p in PLACES.values()]
    ax = draw_plan(a_plan(), new_axes(), "world", ground=ground, candidates=card)
    assert [len(c.get_offsets()) for c in ax.collections if c.get_gid() == "lost"] == [9]


def test_the_regret_map_leaves_open_what_is_only_bounded(ground: Ground) -> None:
    ax = DRAWN["regret"](ground)
    written = [t.get_text() for group in names_of(ax) for t in group]
    assert "Luleå 12" in written
    assert "Tromsø ≥ 0.4" in written
    triangles = [
        c for c in ax.collections if c.get_paths() and len(c.get_paths()[0].vertices) == 4 and len(c.get_offsets()) == 3
    ]
    assert [np.asarray(c.get_facecolor())[:, 3].max() < 1.0 for c in triangles] == [True]


PACIFIC = np.array([(147.3, -42.9), (141.4, 43.1), (-122.7, 45.5), (-157.9, 21.3), (174.8, -36.9)])
ATLANTIC = np.array([(-122.4, 37.8), (-74.0, 40.7), (22.2, 65.6), (5.4, 43.3)])
AROUND_THE_POLE = np.array([(18.9, 69.6), (-147.7, 64.8), (-114.4, 62.4), (25.5, 65.0), (129.7, 62.0)])
ONE_COUNTRY = np.array([(5.3, 60.4), (10.8, 59.9), (17.4, 68.4)])


@pytest.mark.parametrize(
    ("places", "centre"),
    [(PACIFIC, (-160.0, 5.0)), (ATLANTIC, (-60.0, 60.0)), (ONE_COUNTRY, (10.0, 64.0)), (ONE_COUNTRY[:1], (5.3, 60.4))],
)
def test_the_fitting_view_shows_every_place_near_its_middle(places: np.ndarray, centre: tuple[float, float]) -> None:
    view = fitted(places)
    assert isinstance(view, RegionView)
    assert view.shows(*places.T).all()
    assert np.abs((view.lon_0_deg - centre[0] + 180.0) % 360.0 - 180.0) < 15.0
    assert view.lat_0_deg == pytest.approx(centre[1], abs=12.0)
    inside = shapely.Polygon(view.outline())
    assert shapely.contains_xy(inside, *view.to_map(*places.T).T).all()


def test_a_fitting_view_goes_over_the_pole() -> None:
    view = fitted(AROUND_THE_POLE)
    assert isinstance(view, RegionView)
    assert view.shows(*AROUND_THE_POLE.T).all()
    assert bool(view.shows(0.0, 90.0)[0])
    assert view.lat_0_deg > 75.0


def test_a_question_of_the_whole_world_keeps_the_map_of_the_world() -> None:
    everywhere = np.array([(-122.0, 45.0), (0.0, 51.0), (103.8, 1.3), (151.0, -33.9), (-58.4, -34.6)])
    assert fitted(everywhere) == WORLD
    assert fitted(np.empty((0, 2))) == WORLD
    assert world_of(PACIFIC).name == "pacific"


def test_land_on_the_far_side_does_not_cover_a_fitted_map() -> None:
    """The antipode of the middle lies in Australia, which the projection would turn inside out."""
    view = fitted(np.array([(-100.0, 40.0), (20.0, 40.0), (-40.0, 5.0)]))
    shapes = gpd.GeoDataFrame(
        {"zone_id": ["AU", "US"]}, geometry=[shapely.box(113, -39, 154, -11), shapely.box(-104, 38, -98, 42)]
    )
    drawn = view.polygons(shapes.set_crs(4326))
    frame = shapely.Polygon(view.outline())
    seen = {zone: shape.intersection(frame).area for zone, shape in zip(drawn["zone_id"], drawn.geometry, strict=True)}
    assert seen.get("AU", 0.0) == 0.0
    assert seen["US"] > 0.0


@pytest.mark.parametrize(
    ("norm", "most", "expected"),
    [
        (LogNorm(10.0, 500.0), 7, [10.0, 20.0, 50.0, 100.0, 200.0, 500.0]),
        (LogNorm(10.0, 1000.0), 5, [10.0, 30.0, 100.0, 300.0, 1000.0]),
        (LogNorm(1e-4, 1e4), 7, None),
        (Normalize(0.0, 900.0), 4, [0.0, 300.0, 600.0, 900.0]),
        (Normalize(0.0, 1.0), 6, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
    ],
)
def test_ticks_are_round_and_no_more_than_there_is_room_for(
    norm: Normalize, most: int, expected: list[float] | None
) -> None:
    found = round_ticks(norm, most)
    assert 2 <= len(found) <= most
    if expected is not None:
        assert found == pytest.approx(expected)


def test_the_map_of_the_report_opens_on_the_question_and_has_what_was_not_built(ground: Ground) -> None:
    plan = a_plan()
    few = [k for k in PLACES if k in ("Luleå", "Tromsø")]
    power = [PLACES[k][2] for k in few]
    plan.sites = points({k: PLACES[k] for k in few}, it_mw=power, emissions_g_per_eflop=[31.0, 36.0])
    plan.sites = plan.sites.assign(**dict.fromkeys(("country", "cooling"), "x"), pue=1.1, ci_g_per_kwh=20.0)
    plan.hubs = points({"London": HUBS["London"]})
    plan.assignments = pd.DataFrame({"site": few, "hub": "London", "it_mw": power})
    plan.demand, plan.sources = pd.DataFrame({"hub": ["London"], "it_mw": [280.0]}), SOURCES
    places = outcomes(plan, Oslo=(10.75, 59.91, "lost"), Narvik=(17.4, 68.4, "excluded")).assign(
        reason="its grid emits more"
    )
    plot = report_map(plan, ground, places)
    west, east = plot.x_range.start, plot.x_range.end
    at = WORLD.to_map([22.15, 18.96, -0.13], [65.58, 69.65, 51.51])[:, 0] / 1000.0
    assert (west < at).all()
    assert (at < east).all()
    assert (east - west) < 0.3 * plot.x_range.max_interval
    assert plot.select_one({"name": "lost source"}).data["why"] == ["its grid emits more"]
    assert plot.select_one({"name": "excluded source"}).data["name"] == ["Narvik"]
