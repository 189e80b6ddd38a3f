"""Maps look as they did when somebody looked at them; `SITING_DRAW_PICTURES=1` draws them anew, to be looked at again.

A picture is small and without its words, which are tested as words elsewhere, so that the shaping of letters does not
matter; it is compared by the root mean square of its differences, so that a smeared zone, a lost site or another colour
does.
"""

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from map_cases import a_plan, a_problem, an_explanation, candidates, outcomes
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.testing.compare import compare_images
from matplotlib.text import Text
from PIL import Image

from siting.show.cartography.map_layout import SHEET_INCHES
from siting.show.figures.layer_maps import plot_layer, plot_layers, plot_regret
from siting.show.figures.maps import draw_plan
from siting.study.map_data import Ground, ground_of

pytestmark = pytest.mark.slow

EXPECTED = Path(__file__).parent / "expected" / "maps"
DPI = 40
TOLERANCE = 0.6
"""Root mean square of the differences, of 255. A map without Sweden's zones is 1 away, one without a large site 3."""

VIEWS = (
    "fit",
    "world",
    "pacific",
    "americas",
    "arctic",
    "antarctic",
    "zone:RU-FE",
    "bbox:160,-50,-170,-10",
    "bbox:-25,57,35,82",
    "bbox:-170,-60,150,80",
)
NOT_BUILT = {"Seattle": (-122.3, 47.6, "lost"), "Oulu": (25.5, 65.0, "lost"), "Manila": (121.0, 14.6, "excluded")}
Drawing = Callable[[Axes, Ground], Axes]


def of_view(view: str) -> Drawing:
    """Return what draws the plan in a view."""
    return lambda ax, ground: draw_plan(a_plan(), ax, view, ground=ground, candidates=outcomes(a_plan(), **NOT_BUILT))


DRAWINGS: dict[str, Drawing] = {
    **{view.replace(":", "-").replace(",", "_"): of_view(view) for view in VIEWS},
    "layer-numbers": lambda ax, ground: plot_layer("cdd21_k_day", candidates(), ax, ground=ground),
    "layer-words": lambda ax, ground: plot_layer("climate_quality", candidates(), ax, "arctic", ground=ground),
    "layer-pacific": lambda ax, ground: plot_layer("price_usd_per_mwh", candidates(), ax, "pacific", ground=ground),
    "layers": lambda ax, ground: plot_layers(a_problem(), ax=ax, ground=ground),
    "regret": lambda ax, ground: plot_regret(a_problem(), a_plan(), an_explanation(), ax, ground=ground),
}


@pytest.fixture(scope="module")
def ground() -> Ground:
    """Return the shipped ground, read once."""
    return ground_of()


def save(figure: Figure, path: Path) -> Path:
    """Write a picture, small and without its words."""
    for text in figure.findobj(Text):
        text.set_visible(False)
    with BytesIO() as raw:
        figure.savefig(raw, dpi=DPI, facecolor="white", format="png")
        Image.open(raw).convert("RGB").save(path, optimize=True)
    return path


def drawn(name: str, ground: Ground, folder: Path) -> Path:
    """Draw one of the maps."""
    figure = Figure(figsize=SHEET_INCHES)
    DRAWINGS[name](figure.add_axes((0.0, 0.0, 1.0, 1.0)), ground)
    return save(figure, folder / f"{name}.png")


@pytest.mark.parametrize("name", sorted(DRAWINGS))
def test_a_map_looks_as_it_did(name: str, ground: Ground, tmp_path: Path) -> None:
    if os.environ.get("SITING_DRAW_PICTURES") == "1":
        EXPECTED.mkdir(parents=True, exist_ok=True)
        drawn(name, ground, EXPECTED)
    difference = compare_images(str(EXPECTED / f"{name}.png"), str(drawn(name, ground, tmp_path)), tol=TOLERANCE)
    assert difference is None, difference


def test_a_map_that_lost_a_zone_or_a_site_is_told_from_the_one_that_was_looked_at(
    ground: Ground, tmp_path: Path
) -> None:
    """The comparison can fail: without Sweden's zones, and without the largest site, the pictures differ."""
    known = EXPECTED / "arctic.png"
    lost = Ground(ground.zones[~ground.zones["zone_id"].astype(str).str.startswith("SE")], ground.sources)
    assert compare_images(str(known), str(drawn("arctic", lost, tmp_path)), tol=TOLERANCE) is not None
    plan = a_plan()
    plan.sites = plan.sites.iloc[1:]
    plan.assignments = plan.assignments[plan.assignments["site"] != "Luleå"]
    figure = Figure(figsize=SHEET_INCHES)
    places = outcomes(plan, **NOT_BUILT)
    draw_plan(plan, figure.add_axes((0.0, 0.0, 1.0, 1.0)), "arctic", ground=ground, candidates=places)
    lost_site = save(figure, tmp_path / "lost.png")
    assert compare_images(str(EXPECTED / "arctic.png"), str(lost_site), tol=TOLERANCE) is not None
