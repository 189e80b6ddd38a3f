"""What a plan says of its contracts: what each covers, and emissions by location and by market side by side."""

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.problem.markets.zone_markets import LINE, facility_mwh, market_t, markets_of, matched
from siting.scenario.scenario import Scenario

CONTRACT_COLUMNS = (
    "contract",
    "zone",
    "matching",
    "mwh_per_year",
    "matched_mwh",
    "surplus_mwh",
    "g_per_kwh",
    "rest_g_per_kwh",
    "rest",
)
YOURS, LOCATION = "residual mix, yours", "location average, as no residual mix is known"


def contracts_table(scenario: Scenario, sites: pd.DataFrame) -> pd.DataFrame:
    """Return what each contract covers of the built sites, a row a contract.

    Parameters
    ----------
    scenario : Scenario
        The question.
    sites : pandas.DataFrame
        Built sites with `zone_id`, `ci_g_per_kwh`, `pue` and `it_mw`.

    Returns
    -------
    pandas.DataFrame
        `CONTRACT_COLUMNS`; `surplus_mwh` is delivered beyond the load and counts for nothing, `rest_g_per_kwh` is
        what the uncovered load is counted at (unknown where nothing is built).
    """
    zones, ci, mwh = _energy(sites)
    covered: dict[str, float] = {}
    for _, market, found in matched(markets_of(scenario), zones, ci, mwh):
        covered |= {c.name: x for c, x in zip(market.contracts, found.covered_mwh, strict=True)}
    given = {r.zone: r.g_per_kwh for r in scenario.residual_mix}
    location = dict(zip(zones, ci, strict=True))
    rows = [
        (
            c.name,
            c.zone,
            c.matching,
            c.mwh_per_year,
            covered.get(c.name, 0.0),
            c.mwh_per_year - covered.get(c.name, 0.0),
            c.g_per_kwh,
            given.get(c.zone, location.get(c.zone, np.nan)),
            YOURS if c.zone in given else LOCATION,
        )
        for c in scenario.contracts
    ]
    return pd.DataFrame(rows, columns=list(CONTRACT_COLUMNS))


def market_kpis(
    scenario: Scenario, sites: gpd.GeoDataFrame, ledger: pd.DataFrame, eflop_per_year: float
) -> dict[str, float]:
    """Return emissions by location and by market, and the share of the energy that contracts cover.

    Nothing where the scenario has neither contracts nor a residual mix: both would be the same.
    """
    markets = markets_of(scenario)
    if not markets:
        return {}
    zones, ci, mwh = _energy(sites)
    location_t = float(ledger.loc[ledger["line"] != LINE, "tco2e_per_year"].sum())
    operational = ledger[ledger["line"] == "energy"].set_index("site")["tco2e_per_year"]
    by_market = market_t(markets, zones, ci, mwh)
    here = operational.reindex(sites["id"]).to_numpy(float)
    market_t_ = location_t + float(np.nansum(by_market - here))
    covered = sum(found.matched_mwh for _, _, found in matched(markets, zones, ci, mwh))
    return {
        "emissions_location_t_per_year": location_t,
        "emissions_market_t_per_year": market_t_,
        "emissions_location_g_per_eflop": location_t * 1e6 / eflop_per_year,
        "emissions_market_g_per_eflop": market_t_ * 1e6 / eflop_per_year,
        "contract_share": covered / float(mwh.sum()),
    }


def _energy(
    sites: pd.DataFrame,
) -> tuple[list[str], "np.ndarray[tuple[int], np.dtype[np.float64]]", "np.ndarray[tuple[int], np.dtype[np.float64]]"]:
    """Return zone, location average [g/kWh] and facility energy [MWh/a] of the built sites."""
    mwh = facility_mwh(sites["pue"].to_numpy(float), sites["it_mw"].to_numpy(float))
    return list(sites["zone_id"].astype(str)), sites["ci_g_per_kwh"].to_numpy(float), mwh
