"""Difference in emissions between a plan and today's pattern, by cause: grid, PUE and embodied carbon."""

from typing import TYPE_CHECKING

import pandas as pd

from siting.kpis import G_PER_T, per_compute
from siting.physics.carbon.footprint import emissions_t
from siting.physics.carbon.ratio_waterfall import effects
from siting.units import HOURS_PER_YEAR

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.study.todays_pattern import Today

EMBODIED = "embodied carbon and hours of the day"


def against_today(plan: "Plan", today: "Today") -> pd.DataFrame:
    """Return the difference in emissions per compute by cause.

    Operational emissions are compute x PUE x grid intensity, with yearly means on both sides; the logarithmic mean
    (LMDI) attributes their change. The rest on each side is embodied carbon and the covariance of PUE and grid by hour.

    Parameters
    ----------
    plan : Plan
        A plan with sites.
    today : Today
        The same demand, in today's pattern.

    Returns
    -------
    pandas.DataFrame
        Indexed by `today`, the causes `grid`, `PUE` and the rest, and `plan`: `g_per_eflop`, the level of the two
        ends and the change by each cause [gCO2e/EFLOP]. Both ends and the causes between them add up.

    Raises
    ------
    DataError
        One of the two has electricity without emissions, whose logarithm does not exist.

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
    operation_t = float(emissions_t(float(facility_mw.sum()) * HOURS_PER_YEAR, ci))
    return {
        "grid": ci,
        "PUE": float(facility_mw.sum() / it_mw.sum()),
        "operation": float(per_compute(G_PER_T * operation_t, eflop)),
        "total": float(per_compute(G_PER_T * tonnes, eflop)),
    }
