"""Market-based emissions of each grid zone: contracts, residual mix, and the curve of emissions over energy.

All sites of a zone share its contracts in proportion to their facility energy: each has the zone's market-based intensity.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from siting.errors import ScenarioError, listed, nearest
from siting.physics.carbon.market_based import Contract, Intensity, MarketBased, market_based
from siting.physics.carbon.market_curve import MarketCurve, market_curve
from siting.scenario.contracts import FLAT, PowerContract
from siting.scenario.scenario import Scenario
from siting.units import HOURS_PER_YEAR, Floats, Ints
from siting.world.tables import read_table
from siting.world.user_files.contract_hours import read_contract_hours
from siting.world.user_files.own_columns import given

MOST_TURNS = 200
"""Most times that the slope of one zone's curve may decrease, each of which needs a binary variable (assumption: far
beyond any contract by the year, or by 24 hours)."""

LINE = "contracts"
"""Line of the ledger that leads from location-based to market-based emissions."""


@dataclass(frozen=True)
class Market:
    """Contracts and residual mix of one zone.

    Attributes
    ----------
    zone : str
        Grid zone.
    contracts : tuple of Contract
        In the order given.
    rest_g_per_kwh : float or None
        Residual mix, where the planner gives it; None: the location average is used.
    scope : str
        Of all its intensities.
    """

    zone: str
    contracts: tuple[Contract, ...]
    rest_g_per_kwh: float | None
    scope: str

    def rest(self, location_g_per_kwh: float) -> Intensity:
        """Return the intensity of the uncovered load, given the location average of the zone."""
        given = self.rest_g_per_kwh
        return Intensity(location_g_per_kwh if given is None else given, self.scope)  # type: ignore[arg-type]

    def of_load(self, mwh: float, location_g_per_kwh: float) -> MarketBased:
        """Return what a flat load emits by contract [MWh/a]."""
        steps = max((len(np.atleast_1d(c.mwh)) for c in self.contracts), default=1)
        return market_based(np.full(steps, mwh / steps), self.contracts, self.rest(location_g_per_kwh))


@dataclass(frozen=True)
class ZoneCurve:
    """Market-based emissions of all options of one zone together, as a function of their energy.

    Attributes
    ----------
    zone : str
        Grid zone.
    options : numpy.ndarray
        Positions of its options.
    curve : MarketCurve
        Over the facility energy of all of them.
    location_g_per_kwh : float
        What the location-based lines count.
    """

    zone: str
    options: Ints
    curve: MarketCurve
    location_g_per_kwh: float


def markets_of(scenario: Scenario) -> dict[str, Market]:
    """Return contracts and residual mix by zone; no zone where the scenario has none.

    Raises
    ------
    ScenarioError
        A file of hours that cannot be read; see `read_contract_hours`.
    """
    rest = {r.zone: r.g_per_kwh for r in scenario.residual_mix}
    bought = [(c.zone, _delivered(c, scenario)) for c in scenario.contracts]
    return {
        zone: Market(zone, tuple(c for z, c in bought if z == zone), rest.get(zone), scenario.minimise.carbon.scope)
        for zone in dict.fromkeys([*(z for z, _ in bought), *rest])
    }


def _delivered(contract: PowerContract, scenario: Scenario) -> Contract:
    """Return a contract with the energy of its year, or of each of its hours."""
    hours = None
    if contract.shape == FLAT:
        hours = np.ones(HOURS_PER_YEAR)
    elif isinstance(contract.shape, tuple):
        hours = np.tile(np.asarray(contract.shape, dtype=float), HOURS_PER_YEAR // len(contract.shape))
    elif contract.file is not None:
        hours = _hours_of(contract.name, scenario.file(contract.file))
    mwh = contract.mwh_per_year if hours is None else hours / hours.sum() * contract.mwh_per_year
    return Contract(contract.name, mwh, Intensity(contract.g_per_kwh, contract.scope))


def _hours_of(name: str, path: Path) -> Floats:
    """Read the hours of a contract from the planner's file."""
    try:
        return read_contract_hours(path)[0]
    except ScenarioError as error:
        raise ScenarioError(f"contract `{name}`: its hours cannot be read: {error}") from error


def market_notes(scenario: Scenario) -> tuple[str, ...]:
    """Return what was assumed to read the files of the contracts' hours."""
    files = dict.fromkeys(c.file for c in scenario.contracts if c.file is not None)
    return tuple(note for file in files for note in read_contract_hours(scenario.file(file))[1])


def require_markets(scenario: Scenario, candidates: pd.DataFrame) -> None:
    """Refuse contracts in zones without a candidate, and contracts for more than the zone generates.

    Raises
    ------
    ScenarioError
        Every fault in one message, with the nearest names.
    """
    known = set(read_table("zones")["zone_id"].astype(str))
    here = dict.fromkeys(candidates["zone_id"].dropna().astype(str))
    named = [(f"contract `{c.name}`", c.zone) for c in scenario.contracts]
    named += [("residual mix", r.zone) for r in scenario.residual_mix]
    faults = [
        f"{what}: no grid zone `{zone}`{nearest(zone, known)} (`siting data show zones` lists them)"
        for what, zone in named
        if zone not in known
    ]
    faults += [
        f"{what}: no candidate is in zone `{zone}`{nearest(zone, here)}: add a candidate there, or remove it"
        for what, zone in named
        if zone in known and zone not in here
    ]
    made = (candidates.groupby("zone_id")["avg_generation_mw"].max() * HOURS_PER_YEAR).to_dict()
    bought: dict[str, float] = {}
    for c in scenario.contracts:
        bought[c.zone] = bought.get(c.zone, 0.0) + c.mwh_per_year
    faults += [
        f"contracts in zone `{zone}` deliver {mwh:,.0f} MWh a year, but the zone generates {made[zone]:,.0f}: reduce them"
        for zone, mwh in sorted(bought.items())
        if mwh > made.get(zone, np.inf)
    ]
    own_ci = candidates[~np.isnan(given(candidates, "ci_g_per_kwh"))]
    both = own_ci[own_ci["zone_id"].isin({zone for _, zone in named})]
    faults += [
        f"`ci_g_per_kwh` of {listed(both['name'])} is given beside contracts or a residual mix of the zone, which count from "
        "one location average: leave out one of the two"
    ] * bool(len(both))
    if faults:
        raise ScenarioError.from_faults("contracts that cannot be counted:", faults)


def zone_curves(
    scenario: Scenario, sites: pd.DataFrame, options: pd.DataFrame, demand_mw: float
) -> tuple[ZoneCurve, ...]:
    """Return the curve of every zone with contracts or a residual mix and with options; none on location basis.

    Raises
    ------
    ScenarioError
        A curve whose slope decreases too often to be optimised over.
    """
    if scenario.minimise.carbon.basis != "market":
        return ()
    zone = sites["zone_id"].to_numpy(str)[options["site"]]
    ci = sites[scenario.minimise.carbon.column].to_numpy(float)[options["site"]]
    found = []
    for market in markets_of(scenario).values():
        here = np.flatnonzero(zone == market.zone)
        if len(here):
            most = _most_mwh(scenario, options.iloc[here], demand_mw)
            location = float(ci[here[0]])
            curve = market_curve(market.contracts, market.rest(location), most)
            found.append(ZoneCurve(market.zone, here, curve, location))
    faults = [
        f"zone `{z.zone}`: a contract by the hour that is dirtier than what it replaces makes the slope of the "
        f"curve decrease {len(z.curve.runs()) - 1} times, more than {MOST_TURNS}: give it 24 numbers or `flat` as its "
        "shape, or match it by the year"
        for z in found
        if len(z.curve.runs()) - 1 > MOST_TURNS
    ]
    if faults:
        raise ScenarioError.from_faults("contracts that cannot be optimised over:", faults)
    return tuple(found)


def _most_mwh(scenario: Scenario, options: pd.DataFrame, demand_mw: float) -> float:
    """Return the largest facility energy that options can draw together: by their halls, and by the demand."""
    pue = options["pue"].to_numpy(float)
    load = options["max_halls"].to_numpy(float) * scenario.usable_hall_mw
    of_site = pd.Series(pue * load).groupby(options["site"].to_numpy()).max()
    return HOURS_PER_YEAR * min(float(of_site.sum()), demand_mw * float(pue.max()))


def facility_mwh(pue: Sequence[float] | Floats, it_mw: Sequence[float] | Floats) -> Floats:
    """Return the facility energy of a mean IT draw over the year [MWh/a].

    Examples
    --------
    >>> facility_mwh([1.1], [10.0]).round(3).tolist()
    [96360.0]
    """
    return np.asarray(HOURS_PER_YEAR * np.asarray(pue, dtype=float) * np.asarray(it_mw, dtype=float))


def market_t(markets: dict[str, Market], zones: Iterable[str], ci_g_per_kwh: Floats, mwh: Floats) -> Floats:
    """Return the market-based emissions of sites [tCO2e/a], NaN where their zone has no contract and no residual mix.

    Parameters
    ----------
    markets : dict of str to Market
        As `markets_of` returns them.
    zones : iterable of str
        Zone of each site.
    ci_g_per_kwh, mwh : numpy.ndarray
        Location average [g/kWh] and facility energy [MWh/a] of each site.

    Returns
    -------
    numpy.ndarray
        Every site's share of its zone, by energy.
    """
    tonnes = np.full(len(mwh), np.nan)
    for here, _, found in matched(markets, zones, ci_g_per_kwh, mwh):
        tonnes[here] = found.tonnes * mwh[here] / mwh[here].sum()
    return tonnes


def matched(
    markets: dict[str, Market], zones: Iterable[str], ci_g_per_kwh: Floats, mwh: Floats
) -> Iterator[tuple[Ints, Market, MarketBased]]:
    """Yield each market with the positions of its sites that draw energy, and what its contracts cover."""
    of_site = np.array([str(z) for z in zones], dtype=str)
    for market in markets.values():
        here = np.flatnonzero((of_site == market.zone) & (mwh > 0))
        if len(here):
            yield here, market, market.of_load(float(mwh[here].sum()), float(ci_g_per_kwh[here[0]]))


def market_unknowns(scenario: Scenario, sites: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return the sites whose zone has no residual mix, and the contracts in whose zone no site may be built."""
    known = {r.zone for r in scenario.residual_mix}
    of_contracts = {c.zone for c in scenario.contracts}
    counted = scenario.minimise.carbon.basis == "market"
    text = "UNKNOWN residual mix of zone {}: the location average is used, which counts twice what others have bought"
    found = [
        (str(s), LINE, text.format(z))
        for s, z in zip(sites["id"], sites["zone_id"].astype(str), strict=True)
        if z not in known and (counted or z in of_contracts)
    ]
    here = set(sites["zone_id"].astype(str))
    return found + [
        (c.zone, LINE, f"contract {c.name} covers nothing: every candidate of its zone was excluded")
        for c in scenario.contracts
        if c.zone not in here
    ]
