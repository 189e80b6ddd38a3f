"""Today's pattern: the same demand, served where today's cloud regions stand."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.errors import DataError, ScenarioError
from siting.physics.compute import eflop_per_mwh_it
from siting.problem.ledger.lines import ledger_lines
from siting.problem.ledger.option_costs import OptionCosts
from siting.problem.ledger.rates import rates_of
from siting.problem.options import cooling_options
from siting.scenario.scenario import Scenario
from siting.units import HOURS_PER_YEAR, Bools
from siting.world import places


@dataclass(frozen=True)
class Today:
    """What the demand emits and costs when every hub is served by the cloud region next door.

    Attributes
    ----------
    hubs : pandas.DataFrame
        A row a hub whose grid is known: id, name, it_mw, cooling, pue, ci_g_per_kwh, tco2e_per_year, usd_per_year.
    unknown : mapping of str to str
        Hubs left out, with what is unknown of them.
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
    """Price and count the demand where it is served today, with the formulas of the plan.

    Every hub is a metro of today's cloud regions, so the nearest region is in the metro itself. The
    building is the scenario's, with whichever of its cooling designs emits least there, used as
    fully as the scenario allows; halls are not rounded, no grid limit holds and no programme is
    claimed: an existing fleet, not a plan.

    Parameters
    ----------
    scenario : Scenario
        The question; its demand, hardware, building, carbon method and policy are used.

    Returns
    -------
    Today
        Emissions and cost, hub by hub.

    Raises
    ------
    ScenarioError
        The demand's hubs are the user's own.
    DataError
        No hub's grid is known.

    Examples
    --------
    >>> import siting as st
    >>> today(st.Scenario.read("scenarios/baseline.toml")).known_share > 0.9
    True
    """
    if scenario.demand.hubs != "cloud_regions":
        raise ScenarioError(
            'today\'s pattern is known for `demand.hubs = "cloud_regions"` only: these hubs are your own'
        )
    rates = rates_of(scenario)
    per_mwh = float(
        eflop_per_mwh_it(rates.accelerator.peak_flop_per_s, scenario.hardware.mfu, rates.accelerator.server_power_w)
    )
    hubs = places.cloud_hubs()
    share = hubs["weight"].to_numpy(float) / float(hubs["weight"].sum())
    unknown = places.unknown_facts(hubs, places.needed_of_a_site(scenario.minimise.carbon.column))
    known = ~hubs["id"].isin(unknown).to_numpy()
    if not known.any():
        raise DataError("no hub's grid, price and climate are known: today's pattern cannot be counted")
    known &= _cooled(hubs, known, unknown, scenario)
    it_mw = share[known] * scenario.demand.mean_it_mw(per_mwh)
    table = _serve_next_door(hubs[known].reset_index(drop=True).assign(km_to_city_100k=0.0, it_mw=it_mw), scenario)
    eflop = float(it_mw.sum()) * HOURS_PER_YEAR * per_mwh
    facility = table["it_mw"] * table["pue"]
    return Today(
        hubs=table,
        unknown=unknown,
        known_share=float(share[known].sum()),
        emissions_g_per_eflop=float(table["tco2e_per_year"].sum()) * 1e6 / eflop,
        cost_usd_per_eflop=float(table["usd_per_year"].sum()) / eflop,
        renewable_share=float((facility * table["renewable_share"]).sum() / facility.sum()),
    )


def _options(hubs: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the scenario's cooling designs at the hubs."""
    building, by_hour = scenario.building, scenario.minimise.carbon.by_hour
    return cooling_options(hubs, building.cooling, building.cooling_preset, building.sea_reach_km, by_hour=by_hour)


def _cooled(hubs: pd.DataFrame, known: Bools, unknown: dict[str, str], scenario: Scenario) -> Bools:
    """Return which hubs can have one of the designs on offer; note the others among what is unknown."""
    positions = np.flatnonzero(known)
    offered = np.unique(_options(hubs[known].reset_index(drop=True), scenario)["site"])
    cooled = np.zeros(len(hubs), dtype=bool)
    cooled[positions[offered]] = True
    text = f"no sea within {scenario.building.sea_reach_km:g} km for any design of `building.cooling`"
    unknown |= {str(hubs["id"].iloc[p]): text for p in positions if not cooled[p]}
    if not cooled.any():
        raise DataError(f"at no hub: {text}")
    return cooled


def _serve_next_door(hubs: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return what each hub's own demand emits and costs there, with the cleaner cooling design."""
    building = scenario.building
    options = _options(hubs, scenario).assign(max_halls=0)
    packs = scenario.policy.in_force(scenario.file)
    lines = ledger_lines(OptionCosts.of(hubs, options, scenario, rates_of(scenario), packs))
    it_mw = hubs["it_mw"].to_numpy(float)[options["site"]]
    amount = {"load_mw": it_mw, "halls": it_mw / (building.utilisation_max * building.hall_mw)}
    usd = np.sum([line.usd_per_year * amount[line.on] for line in lines], axis=0)
    tonnes = np.sum([line.tco2e_per_year * amount[line.on] for line in lines], axis=0)
    every = options.join(hubs, on="site").assign(
        usd_per_year=usd,
        tco2e_per_year=tonnes,
        ci_g_per_kwh=lambda t: t[scenario.minimise.carbon.column],
    )
    best = every.loc[every.groupby("site")["tco2e_per_year"].idxmin()]
    columns = [
        "id",
        "name",
        "country",
        "it_mw",
        "cooling",
        "pue",
        "ci_g_per_kwh",
        "renewable_share",
        "tco2e_per_year",
        "usd_per_year",
    ]
    return best[columns].reset_index(drop=True)
