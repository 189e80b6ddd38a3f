"""Contracts of a plan: what each covers, and emissions by location and by market."""

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.kpis import MarketYear
from siting.problem.markets.zone_markets import LINE, facility_mwh, market_t, markets_of, matched
from siting.scenario.scenario import Scenario
from siting.units import Floats

CONTRACT_COLUMNS = (
    *("contract", "zone", "matching", "mwh_per_year", "matched_mwh", "surplus_mwh", "g_per_kwh", "rest_g_per_kwh"),
    *("rest",),
)
YOURS, LOCATION = "residual mix, yours", "location average, as no residual mix is known"


def contracts_table(scenario: Scenario, sites: pd.DataFrame) -> pd.DataFrame:
    """Return what each contract covers of the built sites, a row a contract.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    sites : pandas.DataFrame
        Built sites with `zone_id`, `ci_g_per_kwh`, `pue` and `it_mw`.

    Returns
    -------
    pandas.DataFrame
        `CONTRACT_COLUMNS`; `surplus_mwh` is delivered beyond the load and does not count, `rest_g_per_kwh` is
        the intensity of the uncovered load (unknown where nothing is built).
    """
    zones, ci, mwh = _energy(sites)
    covered: dict[str, float] = {}
    for _, market, found in matched(markets_of(scenario), zones, ci, mwh):
        covered |= {c.name: x for c, x in zip(market.contracts, found.covered_mwh, strict=True)}
    given = {r.zone: r.g_per_kwh for r in scenario.residual_mix}
    location = dict(zip(zones, ci, strict=True))
    rows = []
    for c in scenario.contracts:
        used, rest = covered.get(c.name, 0.0), given.get(c.zone, location.get(c.zone, np.nan))
        energy = (c.mwh_per_year, used, c.mwh_per_year - used)
        rows.append((c.name, c.zone, c.matching, *energy, c.g_per_kwh, rest, YOURS if c.zone in given else LOCATION))
    return pd.DataFrame(rows, columns=list(CONTRACT_COLUMNS))


def market_year(scenario: Scenario, sites: gpd.GeoDataFrame, ledger: pd.DataFrame) -> MarketYear | None:
    """Return emissions by location and by market, and the energy that contracts cover.

    None where the scenario has neither contracts nor a residual mix: both bases are then the same.
    """
    markets = markets_of(scenario)
    if not markets:
        return None
    zones, ci, mwh = _energy(sites)
    location_t = float(ledger.loc[ledger["line"] != LINE, "tco2e_per_year"].sum())
    operational = ledger[ledger["line"] == "energy"].set_index("site")["tco2e_per_year"]
    here = operational.reindex(sites["id"]).to_numpy(float)
    adjustment_t = float(np.nansum(market_t(markets, zones, ci, mwh) - here))
    covered = sum(found.matched_mwh for _, _, found in matched(markets, zones, ci, mwh))
    return MarketYear(location_t, location_t + adjustment_t, covered)


def _energy(sites: pd.DataFrame) -> tuple[list[str], Floats, Floats]:
    """Return zone, location average [g/kWh] and facility energy [MWh/a] of the built sites."""
    mwh = facility_mwh(sites["pue"].to_numpy(float), sites["it_mw"].to_numpy(float))
    return list(sites["zone_id"].astype(str)), sites["ci_g_per_kwh"].to_numpy(float), mwh
