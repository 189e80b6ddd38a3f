"""Today's pattern: the same demand, each hub served by the cloud region in its own metro; and a plan against it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.errors import DataError, ScenarioError
from siting.kpis import EMBODIED_LINES, G_PER_T, emissions_per_compute, per_compute
from siting.physics.carbon.footprint import emissions_t
from siting.physics.carbon.ratio_waterfall import effects
from siting.physics.compute import eflop_per_mwh_it
from siting.plan.plan import Plan
from siting.problem.ledger.cost_figures import rates_of
from siting.problem.ledger.lines import ledger_lines
from siting.problem.ledger.option_costs import OptionCosts
from siting.problem.options import cooling_options
from siting.scenario.scenario import Scenario
from siting.units import HOURS_PER_YEAR, Bools
from siting.world import places
from siting.world.grid import with_imputed_prices
from siting.world.outlook import with_outlook

HUB_COLUMNS = (
    "id", "name", "country", "it_mw", "cooling", "pue", "ci_g_per_kwh", "renewable_share", "tco2e_per_year",
    "embodied_t_per_year", "usd_per_year",
)  # fmt: skip


@dataclass(frozen=True)
class Today:
    """Emissions and cost of the demand if the cloud region in each hub's own metro serves it.

    Attributes
    ----------
    hubs : pandas.DataFrame
        A row for each hub whose grid, price and climate are known: id, name, it_mw, cooling, pue, ci_g_per_kwh,
        tco2e_per_year, of which embodied_t_per_year, usd_per_year.
    unknown : mapping of str to str
        Hubs left out, with the missing fact.
    known_share : float
        Share of the demand at the hubs that are known [0-1].
    emissions_g_per_eflop, cost_usd_per_eflop, renewable_share : float
        Means over the known hubs.
    """

    hubs: pd.DataFrame
    unknown: dict[str, str]
    known_share: float
    emissions_g_per_eflop: float
    cost_usd_per_eflop: float
    renewable_share: float


def today(scenario: Scenario) -> Today:
    """Compute emissions and cost of serving the demand where it is served today, with the formulas of the plan.

    Every hub is a metro with cloud regions, so the nearest region is in the metro itself. Year of the grid, warming,
    carbon method, prices, hardware, building and policy are the scenario's own, so that a plan and today's pattern
    differ by place only. Each hub has the cooling design that emits least there, and its halls are used as fully as
    the scenario allows; halls are not rounded, no grid limit holds and no programme is claimed: an existing fleet,
    not a plan.

    Parameters
    ----------
    scenario : Scenario
        Its demand, hardware, building, outlook, carbon method and policy are used.

    Returns
    -------
    Today
        Emissions and cost, by location, for each hub.

    Raises
    ------
    ScenarioError
        The hubs come from a file of the user's own.
    DataError
        No hub has known grid, price and climate, or no cooling design can be built at any of them.

    Examples
    --------
    >>> import siting as st
    >>> today(st.Scenario.read("scenarios/baseline.toml")).known_share > 0.9
    True
    """
    if scenario.demand.hubs != "cloud_regions":
        raise ScenarioError(
            'today\'s pattern is defined for `demand.hubs = "cloud_regions"` only, and these hubs are others'
        )
    chip = rates_of(scenario).accelerator
    per_mwh = float(eflop_per_mwh_it(chip.peak_flop_per_s, scenario.hardware.mfu, chip.server_power_w))
    outlook = scenario.outlook
    metros = scenario.demand.included(places.cloud_hubs())
    metros = with_imputed_prices(metros) if "price" in scenario.impute else metros
    hubs = with_outlook(metros, outlook.year, outlook.us_scenario, outlook.warming_k)
    share = hubs["weight"].to_numpy(float) / float(hubs["weight"].sum())
    unknown = places.unknown_facts(hubs, places.needed_of_a_site(scenario.minimise.carbon.column))
    known = ~hubs["id"].isin(unknown).to_numpy()
    if not known.any():
        raise DataError("today's pattern is undefined: no hub has known grid intensity, price and climate")
    known &= _cooled(hubs, known, unknown, scenario)
    it_mw = share[known] * scenario.demand.mean_it_mw(per_mwh)
    table = _serve_in_metro(hubs[known].reset_index(drop=True).assign(km_to_city_100k=0.0, it_mw=it_mw), scenario)
    eflop = float(it_mw.sum()) * HOURS_PER_YEAR * per_mwh
    facility = table["it_mw"] * table["pue"]
    embodied = float(table["embodied_t_per_year"].sum())
    operational = float(table["tco2e_per_year"].sum()) - embodied
    return Today(
        hubs=table,
        unknown=unknown,
        known_share=float(share[known].sum()),
        emissions_g_per_eflop=float(emissions_per_compute(operational, embodied, eflop)),
        cost_usd_per_eflop=float(per_compute(table["usd_per_year"].sum(), eflop)),
        renewable_share=float((facility * table["renewable_share"]).sum() / facility.sum()),
    )


def _options(hubs: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the scenario's cooling designs at the hubs."""
    building, by_hour = scenario.building, scenario.minimise.carbon.by_hour
    return cooling_options(
        hubs, scenario.cooling_designs, building.cooling_preset, building.sea_reach_km, by_hour=by_hour
    )


def _cooled(hubs: pd.DataFrame, known: Bools, unknown: dict[str, str], scenario: Scenario) -> Bools:
    """Return which hubs can have one of the designs; add the others to `unknown`."""
    positions = np.flatnonzero(known)
    offered = np.unique(_options(hubs[known].reset_index(drop=True), scenario)["site"])
    cooled = np.zeros(len(hubs), dtype=bool)
    cooled[positions[offered]] = True
    text = f"no sea within {scenario.building.sea_reach_km:g} km for any design of `building.cooling`"
    unknown |= {str(hubs["id"].iloc[p]): text for p in positions if not cooled[p]}
    if not cooled.any():
        raise DataError(f"today's pattern is undefined, at every hub: {text}")
    return cooled


def _serve_in_metro(hubs: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return emissions and cost of each hub's own demand there, with the cooling design that emits least."""
    options = _options(hubs, scenario).assign(max_halls=0)
    packs = scenario.policy.in_force(scenario.file)
    lines = ledger_lines(OptionCosts.of(hubs, options, scenario, rates_of(scenario), packs))
    it_mw = hubs["it_mw"].to_numpy(float)[options["site"]]
    amount = {"load_mw": it_mw, "halls": it_mw / scenario.usable_hall_mw}
    tonnes = {line.name: line.tco2e_per_year * amount[line.on] for line in lines}
    every = options.join(hubs, on="site").assign(
        usd_per_year=np.sum([line.usd_per_year * amount[line.on] for line in lines], axis=0),
        tco2e_per_year=np.sum(list(tonnes.values()), axis=0),
        embodied_t_per_year=np.sum([tonnes[name] for name in EMBODIED_LINES], axis=0),
        ci_g_per_kwh=lambda t: t[scenario.minimise.carbon.column],
    )
    best = every.loc[every.groupby("site")["tco2e_per_year"].idxmin()]
    return best[list(HUB_COLUMNS)].reset_index(drop=True)


EMBODIED = "embodied carbon and hours of the day"


def against_today(plan: Plan, today: Today) -> pd.DataFrame:
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
