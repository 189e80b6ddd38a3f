"""What each candidate achieves alone: its best cooling design, with halls in full use on the electricity of its own grid."""

import numpy as np
import pandas as pd

from siting.kpis import G_PER_T, per_compute
from siting.problem.ledger.incentive_offers import THRESHOLDS
from siting.problem.parts import Incentives
from siting.problem.problem import Problem
from siting.problem.rows import Linear
from siting.units import HOURS_PER_YEAR, Floats


def counts_cost(problem: Problem) -> bool:
    """Return whether the first objective is the cost, in total or per compute; else designs are judged by emissions."""
    first = problem.scenario.minimise
    return first.bottleneck(problem) is None and first.linear(problem) is problem.cost


def own_best(problem: Problem) -> pd.DataFrame:
    """Return the best design of every candidate that may be built, as if it served alone.

    A candidate builds the halls that its limits allow and that the demand it reaches in time can fill, at least the
    smallest site, and draws what they carry in full use. Programmes whose thresholds that size meets are claimed, the
    largest first where they exclude each other. Electricity is that of its own grid: contracts are left out. The design is
    the one with the least emissions per compute, or the least cost where the first objective is cost.

    Parameters
    ----------
    problem : Problem
        The numbers.

    Returns
    -------
    pandas.DataFrame
        A row for each of `problem.sites`: `cooling`, `pue`, `wue_l_per_kwh`, `load_mw` [MW], `reach_mw` (demand that it
        reaches in time [MW]), `emissions_g_per_eflop`, `energy_g_per_eflop` (the part that energy emits),
        `cost_usd_per_eflop`.

    Examples
    --------
    >>> import siting as st
    >>> own = own_best(st.prepare(st.Scenario(name="x", demand={"it_mw": 100})))
    >>> bool((own["energy_g_per_eflop"] < own["emissions_g_per_eflop"]).all())
    True
    """
    options, building, usable = problem.options, problem.scenario.building, problem.scenario.usable_hall_mw
    site = options["site"].to_numpy(np.intp)
    arcs = problem.arcs
    reach = np.bincount(arcs.site, problem.groups.demand_mw[arcs.group], len(problem.sites))
    halls = np.clip(np.floor(reach[site] / usable + 1e-9), building.min_halls, options["max_halls"].to_numpy(float))
    load = np.minimum(halls * usable, reach[site])
    amounts = {"open": np.ones(len(site)), "halls": halls, "load_mw": load}
    eflop = load * HOURS_PER_YEAR * problem.eflop_per_mwh_it
    grams, usd = G_PER_T * _charged(problem.emissions, amounts), _charged(problem.cost, amounts)
    of_load = G_PER_T * _charged(problem.emissions, {"load_mw": load})
    table = options[["site", "cooling", "pue", "wue_l_per_kwh"]].assign(
        load_mw=load,
        reach_mw=reach[site],
        emissions_g_per_eflop=per_compute(grams, eflop),
        energy_g_per_eflop=per_compute(of_load, eflop),
        cost_usd_per_eflop=per_compute(usd - _programmes_usd(problem, halls, load), eflop),
    )
    by = ["emissions_g_per_eflop", "cost_usd_per_eflop"]
    order = table.sort_values(by[::-1] if counts_cost(problem) else by, kind="stable")
    return order.drop_duplicates("site").set_index("site").sort_index()


def _charged(total: Linear, amounts: dict[str, Floats]) -> Floats:
    """Return what the variables of each option alone add to a total."""
    terms = [total.terms[f] * x for f, x in amounts.items() if f in total.terms]
    return np.asarray(sum(terms, np.zeros(len(next(iter(amounts.values()))))))


def _programmes_usd(problem: Problem, halls: Floats, load_mw: Floats) -> Floats:
    """Return what the programmes that each option may claim at a size pay [USD/a]."""
    offers = problem.part(Incentives).offers
    paid = np.zeros(len(halls))
    if offers.empty:
        return paid
    of = offers["option"].to_numpy(np.intp)
    met = np.all([offers[per] * halls[of] >= offers[least] * (1 - 1e-9) for per, least, _ in THRESHOLDS], axis=0)
    pays = offers["benefit_usd_per_hall"] * halls[of] + offers["benefit_usd_per_mw"] * load_mw[of]
    usd = np.where(met, np.minimum(pays, offers["max_benefit_usd"]), 0.0)
    taken: set[tuple[int, str]] = set()
    for i in np.argsort(-usd, kind="stable"):
        groups = {(int(of[i]), str(g)) for g in offers["groups"].iloc[i]}
        if usd[i] > 0 and not groups & taken:
            paid[of[i]] += usd[i]
            taken |= groups
    return paid
