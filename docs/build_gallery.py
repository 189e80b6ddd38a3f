"""Draw the pictures of the gallery from a solved plan: `python docs/build_gallery.py out/baseline` (`make gallery`).

The frontier is that of the plan's scenario without its budget; it takes some minutes.
"""

import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

import siting as st
from siting import Plan
from siting.show.figures.frontier_chart import draw_frontier
from siting.show.figures.layer_maps import save_candidates_map
from siting.show.figures.maps import save_map
from siting.study.story import Story

IMAGES = Path(__file__).parent / "images"
OF_THE_PLAN = {"baseline": "world", "gallery-arctic": "arctic"}
OF_CANDIDATES = {"gallery-layers": "layers"}
FRONTIER = "frontier"
POINTS, GAP, SECONDS_A_POINT = 12, 1e-3, 600.0
WIDTH_PX = 1400
"""Largest width on a page. Colours are not reduced: a palette would change the ramps."""
QUALITY = 90
"""WebP quality, 0 to 100: a fifth of the size of PNG, without a visible difference."""


def draw(folder: Path) -> None:
    """Draw every picture of the gallery."""
    mpl.use("agg")
    plan = Plan.load(folder)
    for name, view in OF_THE_PLAN.items():
        keep(save_map(plan, folder / f"{name}.png", view), name)
    for name, what in OF_CANDIDATES.items():
        keep(save_candidates_map(Story(plan), folder / f"{name}.png", what), name)
    keep(save_frontier(plan, folder / f"{FRONTIER}.png"), FRONTIER)


def keep(picture: Path, name: str) -> None:
    """Save a picture for the pages, as large as a page shows it."""
    from PIL import Image

    with Image.open(picture) as drawn:
        size = (WIDTH_PX, round(drawn.height * WIDTH_PX / drawn.width))
        small = drawn.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    small.save(IMAGES / f"{name}.webp", quality=QUALITY)


def save_frontier(plan: Plan, path: Path) -> Path:
    """Draw the cost of abatement: the frontier without the budget, the plan within it, and today's pattern."""
    unlimited = st.change(plan.scenario, without=["budget"], name=f"{plan.name}-without-budget")
    front = st.frontier(unlimited, points=POINTS, gap=GAP, time_limit_s=SECONDS_A_POINT)
    if unproven := front.table.index[front.table["status"] != "optimal"].tolist():
        sys.exit(f"points {unproven} of the frontier are not proven to {GAP:.1%}: give them more time")
    near = st.today(plan.scenario)
    allowed = next(x.above_least_cost for x in plan.scenario.limits if isinstance(x, st.Budget))
    figure, axes = plt.subplots(figsize=(8.4, 4.6), layout="constrained")
    draw_frontier(
        front,
        axes,
        beside={
            f"{plan.name}: within {allowed:.0%} of least cost": plan.kpis,
            "today's pattern: nearest cloud region": {
                "cost_usd_per_eflop": near.cost_usd_per_eflop,
                "emissions_g_per_eflop": near.emissions_g_per_eflop,
            },
        },
    )
    axes.set_ylim(bottom=0.0)
    axes.set_title(f"Cost of abatement: the {plan.name} without its budget, each point proven to {GAP:.1%}", loc="left")
    figure.savefig(path, dpi=200)
    plt.close(figure)
    return path


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
