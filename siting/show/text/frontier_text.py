"""A frontier in sentences: its ends, what the first per cent buys, where it becomes steep, and what is proven."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import listed
from siting.kpis import field
from siting.show.text.proof_text import frontier_budget_sentence, frontier_end_sentence, gap_in_words
from siting.show.text.site_text import counted

if TYPE_CHECKING:
    from siting.study.frontier import Frontier

FIRST_SHARES = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Increase of x whose gain is stated: the first of these within which there is a point (our choice)."""
WORTHWHILE = 1e-3
"""Relative gain below which a first step is not a gain (our choice)."""
NAMED = 4
"""Sites named at each end."""
USD_A_TONNE = {
    ("cost_usd_per_eflop", "emissions_g_per_eflop"): 1e6,
    ("cost_usd_per_year", "emissions_t_per_year"): 1.0,
}
"""KPIs whose slope is a price of emissions, and the factor to USD/t."""


def frontier_sentences(front: "Frontier") -> list[str]:
    """Return a frontier in sentences.

    Parameters
    ----------
    front : Frontier
        Of one point or more.

    Returns
    -------
    list of str
        Its ends with their sites; what the first per cent of x buys; up to which point a unit of y is cheap; the proofs, the
        budget and the limits that end it; the levels without a plan, and whether Ctrl-C ended it.

    Examples
    --------
    >>> import siting as st
    >>> scenario = st.Scenario(name="two", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),))
    >>> frontier_sentences(st.frontier(scenario, points=2, gap=0.01))[0].startswith("Least cost per compute (point 1: ")
    True
    """
    x, y = front.kpis[:2]
    if len(front) < 2:
        one = (
            [f"The frontier is one plan: least {field(x).label} and least {field(y).label} are the same."]
            if len(front)
            else []
        )
        return [*one, *_unfinished(front)]
    return [*_ends(front), *_first_step(front), *_knee(front), *_proof(front), *_unfinished(front)]


def named_steps(front: "Frontier") -> pd.DataFrame:
    """Return the table of a frontier with names of sites in place of ids."""
    names = {str(i): str(n) for plan in front for i, n in zip(plan.sites["id"], plan.sites["name"], strict=True)}
    steps = {
        c: [", ".join(names.get(i, i) for i in text.split(", ")) for text in front.table[c]]
        for c in ("added", "dropped")
    }
    return front.table.assign(**steps)


def _ends(front: "Frontier") -> list[str]:
    """Return the two ends, with the sites that they build."""
    x, y = front.kpis[:2]
    order = np.argsort(front.table[x].to_numpy(float), kind="stable")
    ends = [int(order[0]), int(order[-1])]
    (x0, y0), (x1, y1) = (front.table[[x, y]].iloc[i].astype(float) for i in ends)
    sites = [listed(front[i].sites.sort_values("it_mw", ascending=False)["name"], most=NAMED) for i in ends]
    named = [f"{field(k).write(v)} {field(k).unit}" for k, v in ((x, x0), (y, y0), (y, y1), (x, x1))]
    times = f", {y0 / y1:.1f} times as much as at the other end" if y1 > 0 else ""
    return [
        f"Least {field(x).label} (point 1: {sites[0]}): {named[0]}, with {field(y).label} of {named[1]}{times}.",
        f"Least {field(y).label} (point {len(front)}: {sites[1]}): {named[2]}, with {field(x).label} of {named[3]}.",
    ]


def _first_step(front: "Frontier") -> list[str]:
    """Return what the first per cent of x saves of y."""
    x, y = front.kpis[:2]
    points = front.table.sort_values(x).reset_index(drop=True)
    x0, y0 = float(points[x].iloc[0]), float(points[y].iloc[0])
    if x0 <= 0 or y0 <= 0:
        return []
    for share in FIRST_SHARES:
        within = points[points[x] <= x0 * (1 + share)]
        best = int(np.argmin(within[y].to_numpy(float)))
        saved = 1 - float(within[y].iloc[best]) / y0
        if saved > WORTHWHILE:
            at = f"point {best + 1}"
            return [
                f"The first {share:.0%} of {field(x).label} saves {saved:.0%} of {field(y).label} ({at}).".replace(
                    "%", " %"
                )
            ]
    return []


def _knee(front: "Frontier") -> list[str]:
    """Return the point up to which a unit of y costs less than on average, and what it costs before and after."""
    x, y = front.kpis[:2]
    points = front.table.sort_values(x)
    across, up = points[x].to_numpy(float), points[y].to_numpy(float)
    if len(front.kpis) > 2 or len(across) < 3 or across[-1] <= across[0] or up[0] <= up[-1]:
        return []
    mean = (across[-1] - across[0]) / (up[0] - up[-1])
    gained = (up[0] - up) * mean - (across - across[0])  # what the steps so far save over the mean price
    knee = int(np.argmax(gained))
    if knee in (0, len(across) - 1):
        return []
    before = (across[knee] - across[0]) / (up[0] - up[knee])
    after = (across[-1] - across[knee]) / (up[knee] - up[-1])
    return [f"Up to point {knee + 1} {_price(x, y, before)}; after it {_price(x, y, after, short=True)}."]


def _price(x: str, y: str, slope: float, *, short: bool = False) -> str:
    """Return what one unit less of y costs in x."""
    if factor := USD_A_TONNE.get((x, y)):
        price = f"{_round(slope * factor)} USD"
        return f"{price}, on average" if short else f"a tonne of CO2e saved costs {price}"
    price = f"{_round(slope)} {field(x).unit}"
    return f"{price}, on average" if short else f"one {field(y).unit} less costs {price} of {field(x).label}"


def _round(value: float) -> str:
    """Return a price with two significant digits."""
    return f"{float(f'{value:.2g}'):,.6g}"


def _proof(front: "Frontier") -> list[str]:
    """Return what is proven of the points, the budget, and the limits that end the frontier."""
    points, sentences = front.table, []
    if (points["status"] == "optimal").all():
        gap = gap_in_words(float(points["gap"].max()))
        sentences.append("Every point is proven optimal" + (f", to a gap of {gap}." if gap != "none" else "."))
    else:
        open_ones = [str(i + 1) for i, status in enumerate(points["status"]) if status != "optimal"]
        sentences.append(f"Not proven optimal: point {listed(open_ones)}.")
    if budget := frontier_budget_sentence(front):
        sentences.append(budget)
    return [*sentences, *([frontier_end_sentence(front)] if front.capped_by else [])]


def _unfinished(front: "Frontier") -> list[str]:
    """Return the levels without a plan, for want of time or after Ctrl-C."""
    sentences = []
    if front.interrupted:
        sentences.append(f"Interrupted: {counted(front.interrupted, 'level')} between the points are not solved.")
    if front.unsolved:
        sentences.append(
            f"No plan was found within the time limit at {counted(len(front.unsolved), 'level')}: increase --time-limit."
        )
    return sentences
