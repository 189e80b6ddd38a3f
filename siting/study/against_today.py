"""Why a plan emits less than today's pattern: how much of the difference is grid, PUE and embodied carbon."""

from typing import TYPE_CHECKING

import pandas as pd

from siting.physics.carbon.ratio_waterfall import effects
from siting.units import HOURS_PER_YEAR

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.study.todays_pattern import Today

EMBODIED = "embodied carbon and hours of the day"


def against_today(plan: "Plan", today: "Today") -> pd.DataFrame:
    """Take the difference in emissions per compute apart.

    Operation is compute x PUE x grid intensity, with yearly means on both sides, and its change is shared out by the
    logarithmic mean; what is left on each side is embodied carbon, and what PUE and grid do together hour by hour.

    Parameters
    ----------
    plan : Plan
        A plan with sites.
    today : Today
        Its demand, served next door.

    Returns
    -------
    pandas.DataFrame
        Indexed by `today`, the causes `grid`, `PUE` and the rest, and `plan`: `g_per_eflop`, the level of the two
        ends and the change by each cause [gCO2e/EFLOP]. Both ends and the causes between them add up.

    Raises
    ------
    DataError
        One of the two runs on electricity without emissions: a logarithm has nothing to say.

    References
    ----------
    Ang 2004, Decomposition analysis for policymaking in energy, Energy Policy 32:1131-1139.
    """
    eflop_per_mw = plan.kpis["eflop_per_year"] / plan.kpis["it_mw"]
    ours = _means(plan.sites, float(plan.kpis["emissions_t_per_year"]), eflop_per_mw)
    theirs = _means(today.hubs, float(today.hubs["tco2e_per_year"].sum()), eflop_per_mw)
    scale = theirs["operation"] / (theirs["grid"] * theirs["PUE"])
    before = {"grid": theirs["grid"], "PUE": theirs["PUE"], "scale": scale}
    change = effects(before, {"grid": ours["grid"], "PUE": ours["PUE"], "scale": scale})
    rest = (ours["total"] - ours["operation"]) - (theirs["total"] - theirs["operation"])
    steps = {"today": theirs["total"], "grid": change["grid"], "PUE": change["PUE"], EMBODIED: rest}
    return pd.DataFrame({"g_per_eflop": steps | {"plan": ours["total"]}})


def _means(places: pd.DataFrame, tonnes: float, eflop_per_mw: float) -> dict[str, float]:
    """Return mean PUE and intensity, and operation and total in gCO2e/EFLOP, of some places."""
    it_mw = places["it_mw"].to_numpy(float)
    facility_mw = it_mw * places["pue"].to_numpy(float)
    ci = float(facility_mw @ places["ci_g_per_kwh"].to_numpy(float) / facility_mw.sum())
    eflop = eflop_per_mw * float(it_mw.sum())
    operation_t = float(facility_mw.sum()) * HOURS_PER_YEAR * ci / 1e3
    return {
        "grid": ci,
        "PUE": float(facility_mw.sum() / it_mw.sum()),
        "operation": operation_t * 1e6 / eflop,
        "total": tonnes * 1e6 / eflop,
    }
