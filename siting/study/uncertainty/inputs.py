"""Uncertain inputs of a plan: each with its interval, shape, correlation, source and quality.

Every interval comes from the data. Inputs without one are listed too, as inputs that do not vary. Inputs are
independent of each other; values that vary together are one input.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import DataError, ScenarioError
from siting.physics.cooling.performance import preset
from siting.physics.cooling.ranges import parameter_ranges
from siting.problem.ledger.cost_figures import COSTS_USED, rates_of
from siting.problem.ledger.option_taxes import tax_name
from siting.problem.uncertain_input import Shape, UncertainInput
from siting.units import Floats
from siting.world import catalogue, grid
from siting.world.latency.round_trips import rtt_ms
from siting.world.outlook import outlook_ratios
from siting.world.tables import read_table, worst
from siting.world.user_files.own_columns import AS_GIVEN

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.scenario.scenario import Scenario

LEAST_DRAWS = 100
"""Fewer draws leave fewer than five beyond each of the percentiles 5 and 95 (our choice)."""

FP8_MFU_OVER_BF16 = 0.5
"""MFU against the FP8 peak over that against the BF16 peak, which is half as high (the work done is the same)."""

MEAN_DRAW = "mean-draw-w"
"""Name of the input that is the mean draw of an accelerator in training, with host and fabric."""
UNVERIFIED = "unverified"
"""Quality of a price without a word of its own."""
FACTOR_SET = "life-cycle factors"
"""Input that leads every zone from the scenario's set of life-cycle factors, 0, to the other one, 1."""

HELD = ()
"""Inputs that are not drawn by default: none."""

ROUND_TRIP_ERROR = "round-trip error"
"""Name of the input that is a factor on the round trips of a plan, all alike."""

MFU_QUARTILES = (25, 75)
"""Percentiles of the MFU of published runs between which that of a new run is drawn."""


def uncertain_inputs(plan: "Plan") -> pd.DataFrame:
    """Return every uncertain input of a plan, and the inputs for which no source gives an interval.

    Parameters
    ----------
    plan : Plan
        A plan with sites.

    Returns
    -------
    pandas.DataFrame
        Indexed by `name`: `unit`, `low`, `mid`, `high`, `shape`, `correlation`, `source`, `quality`.

    Raises
    ------
    DataError
        The plan has no sites.
    ScenarioError
        A name of its scenario that the shipped tables no longer have.

    Examples
    --------
    >>> import siting as st
    >>> everywhere = st.Scenario(name="x", demand={"it_mw": 100}, limits=(st.SiteCount(min=2, max=2),))
    >>> plan = st.solve(st.prepare(everywhere))
    >>> uncertain_inputs(plan).loc["embodied-shell-t-per-mw", ["low", "mid", "high"]].tolist()
    [200.0, 600.0, 2000.0]
    """
    return pd.DataFrame([asdict(x) for x in inputs_of(plan)]).set_index("name")


def inputs_of(plan: "Plan") -> tuple[UncertainInput, ...]:
    """Return the declarations of `uncertain_inputs` as objects that can be drawn from."""
    if plan.sites.empty:
        raise DataError(f"plan `{plan.name}` is {plan.status} and has no sites: no interval can be drawn")
    return (*inputs_for(plan.scenario, plan.sites), *_round_trips(plan))


def inputs_for(scenario: "Scenario", sites: pd.DataFrame) -> tuple[UncertainInput, ...]:
    """Return the declarations for any sites, built or not.

    Parameters
    ----------
    scenario : Scenario
        What the figures are used for.
    sites : pandas.DataFrame
        `cooling`, `zone_id`, `country_iso2`, `jurisdiction`: the designs and places that inputs are declared for.
    """
    grids = (_intensity(scenario, sites), _factor_set(scenario), _grid_years(scenario, sites))
    of_places = (_cooling(scenario, sites), *grids, _prices(sites), _taxes(scenario, sites))
    declared = (*of_places, _hardware(scenario), _costs(scenario))
    return (*(x for inputs in declared for x in inputs), *_without_interval())


def sample(
    inputs: Collection[UncertainInput], draws: int, seed: int, hold: Collection[str] = HELD
) -> Mapping[str, Floats]:
    """Draw every input, those held at the plan's own value.

    Parameters
    ----------
    inputs : collection of UncertainInput
        As `inputs_of` returns them.
    draws : int
        How many, 100 or more.
    seed : int
        0 or more; the same seed gives the same draws.
    hold : collection of str
        Names of inputs that do not vary.

    Returns
    -------
    mapping of str to numpy.ndarray
        (draws,) values by name, in the input's unit.

    Raises
    ------
    ScenarioError
        Too few draws, a negative seed, or a name in `hold` that no input has; all in one message.
    """
    known = {x.name for x in inputs}
    faults = [f"`hold` names `{name}`, which is not an input of this plan" for name in sorted(set(hold) - known)]
    if draws < LEAST_DRAWS:
        faults.append(f"`draws` is {draws}: percentiles 5 and 95 need {LEAST_DRAWS} or more")
    if seed < 0:
        faults.append(f"`seed` is {seed}: give an integer of 0 or more")
    if faults:
        raise ScenarioError.from_faults("no interval can be drawn:", faults)
    return {x.name: np.full(draws, x.mid) if x.name in hold else x.draw(draws, seed) for x in inputs}


def _cooling(scenario: "Scenario", sites: pd.DataFrame) -> list[UncertainInput]:
    """Return the plant of every design at the sites: one draw a design, since one builder builds."""
    return [
        UncertainInput(
            cooling_name(design, name), "see its name", bounds.low, float(getattr(plant, name)), bounds.high,
            "uniform" if bounds.low < bounds.high else "fixed", "all sites of the design alike", bounds.source,
            bounds.quality,
        )
        for design in sorted(set(sites["cooling"]))
        for plant in [preset(design, scenario.building.cooling_preset)]
        for name, bounds in parameter_ranges(plant).items()
    ]  # fmt: skip


def cooling_name(design: str, parameter: str) -> str:
    """Return the name of the input that is a parameter of a cooling design."""
    return f"{design}: {parameter}"


def _intensity(scenario: "Scenario", sites: pd.DataFrame) -> list[UncertainInput]:
    """Return a factor on the intensity of each country: half the relative difference of two sources to either side."""
    if scenario.minimise.carbon.signal == "marginal":
        return [_fixed("grid intensity", "no second source of marginal intensity")]
    zones = sites.drop_duplicates("zone_id")
    known = read_table("zone_signals").merge(read_table("zones")[["zone_id", "country_iso2"]], on="zone_id")
    usual = float(known.groupby("country_iso2")["relative_difference"].first().median())
    found = pd.Series(grid.uncertainty(list(zones["zone_id"])), index=zones["country_iso2"]).groupby(level=0).max()
    ahead = _band_ahead(scenario, sites)
    both = "zone_signals: relative difference of Electricity Maps and Ember, half to either side"
    return [
        UncertainInput(
            intensity_name(str(country)),
            "1",
            (1.0 - half) * low,
            1.0,
            (1.0 + half) * high,
            "uniform" if half > 0 or low < high else "fixed",
            "all zones of the country alike",
            (both if known_here else f"{both}; one source here, so the median of all countries") + then,
            "assumption" if then or not known_here else "derived",
        )
        for country, difference in found.items()
        for known_here in [not pd.isna(difference)]
        for half in [(float(difference) if known_here else usual) / 2]
        for low, high, then in [ahead.get(str(country), (1.0, 1.0, ""))]
    ]


def _factor_set(scenario: "Scenario") -> list[UncertainInput]:
    """Return the way from the scenario's set of life-cycle factors, the likeliest, to the other, all zones together."""
    carbon = scenario.minimise.carbon
    if carbon.scope != "lifecycle":
        return []
    own = grid.FACTORS[carbon.factors]
    other = next(cited for cited in grid.FACTORS.values() if cited != own)
    source = f"zone_intensity: hydropower, nuclear, wind and solar power by {own} (0) and by {other} (1)"
    return [UncertainInput(FACTOR_SET, "1", 0.0, 0.0, 1.0, "triangular", "all zones alike", source, "modelled")]


def _grid_years(scenario: "Scenario", sites: pd.DataFrame) -> list[UncertainInput]:
    """Return wet and dry years: a factor on the intensity of each zone that hydropower dominates, of five years."""
    if scenario.minimise.carbon.signal == "marginal":
        return []
    ends = grid.five_years(sorted(set(sites["zone_id"].dropna()))).dropna()
    source = "zone_intensity: lowest and highest of 2021 to 2025 over the latest, of a zone dominated by hydropower"
    return [
        UncertainInput(
            grid_year_name(str(zone)), "1", float(row["low"]), 1.0, float(row["high"]),
            "triangular" if row["low"] < row["high"] else "fixed", "the zone's places alike", source, "derived",
        )
        for zone, row in ends.iterrows()
    ]  # fmt: skip


def grid_year_name(zone_id: str) -> str:
    """Return the name of the input that is the wetness of a zone's year."""
    return f"grid year {zone_id}"


def zone_factors(scenario: "Scenario", sites: pd.DataFrame, values: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Return the factors on the grid's intensity at each site in each draw.

    Parameters
    ----------
    scenario : Scenario
        What the intensity is counted by.
    sites : pandas.DataFrame
        `zone_id` and `country_iso2`.
    values : mapping of str to numpy.ndarray
        (n,) values of every input, by name.

    Returns
    -------
    tuple of numpy.ndarray
        (site, n) factors on every intensity (second source, wet and dry years), and on the life-cycle one alone
        (the set of factors) [-].
    """
    one = np.ones_like(next(iter(values.values())))
    zones = sites["zone_id"].astype(str).tolist()
    both = np.array(
        [
            values.get(intensity_name(str(country)), one) * values.get(grid_year_name(zone), one)
            for country, zone in zip(sites["country_iso2"], zones, strict=True)
        ]
    )
    share = values.get(FACTOR_SET, 0.0 * one)
    other = np.nan_to_num(grid.other_factors(zones, scenario.minimise.carbon.factors), nan=1.0)
    if "ci_quality" in sites:  # the planner's own intensity has no interval
        mine = (sites["ci_quality"] == AS_GIVEN).to_numpy(bool)
        both, other = np.where(mine[:, None], 1.0, both), np.where(mine, 1.0, other)
    return both, 1.0 + (other[:, None] - 1.0) * share


def _band_ahead(scenario: "Scenario", sites: pd.DataFrame) -> dict[str, tuple[float, float, str]]:
    """Return how much wider the intensity of each country is in a later year: the widest band among its places."""
    outlook = scenario.outlook
    if outlook.year is None:
        return {}
    ratio, low, high, _ = outlook_ratios(sites, outlook.year, outlook.us_scenario)
    known = (ratio > 0).to_numpy(bool)
    country = sites.loc[known, "country_iso2"]
    least, most = ((end / ratio)[known].groupby(country).agg(how) for end, how in ((low, "min"), (high, "max")))
    why = f"; times the band of {outlook.year}: all scenarios of a projection, two standard errors of a trend"
    return {str(c): (min(float(least[c]), 1.0), max(float(most[c]), 1.0), why) for c in least.index}


def _taxes(scenario: "Scenario", sites: pd.DataFrame) -> list[UncertainInput]:
    """Return the rate of each tax on servers that has an interval: uniform where no law was read, else triangular.

    A sales tax that its pack waives for data centres is not drawn: its uncertain local part goes with it.
    """
    places = list(dict.fromkeys(sites["jurisdiction"].astype(str)))
    packs = [p for p in scenario.policy.in_force(scenario.file) if any(p.covers(j) for j in places)]
    waived = {p.id for p in packs if any(i.kind == "sales_tax_exemption" for i in p.incentives)}
    taxes = [e for p in packs for e in (*(() if p.id in waived else p.sales_taxes), *p.property_taxes)]
    return [
        UncertainInput(
            tax_name(e.id), "1", e.ends[0], e.rate, e.ends[1], "triangular" if e.known else "uniform",
            "all sites under the tax alike", e.source, e.quality,
        )
        for e in taxes
        if e.why_not_modelled is None and e.ends[0] < e.ends[1]
    ]  # fmt: skip


def intensity_name(country_iso2: str) -> str:
    """Return the name of the input that is the grid intensity of a country."""
    return f"grid intensity {country_iso2}"


def _prices(sites: pd.DataFrame) -> list[UncertainInput]:
    """Return the position of each country's electricity prices in their intervals: -1 low, 0 the price, 1 high.

    A zone whose price lacks an end of its interval does not vary to that side, and is named as an input that is held.
    """
    word = sites["price_quality"].fillna(UNVERIFIED) if "price_quality" in sites else pd.Series(UNVERIFIED, sites.index)
    ends = sites.reindex(columns=[grid.PRICE, grid.LOW, grid.HIGH])
    low, high = (ends[end].notna().groupby(sites["country_iso2"]).any() for end in (grid.LOW, grid.HIGH))
    found = [
        UncertainInput(
            price_name(str(country)), "1", -1.0 if low[country] else 0.0, 0.0, 1.0 if high[country] else 0.0,
            "triangular" if low[country] or high[country] else "fixed",
            "all zones of the country at the same position in their intervals",
            "`zones`: -1 is price_low_usd_per_mwh, 1 is price_high_usd_per_mwh of each zone", worst(list(qualities)),
        )
        for country, qualities in word.groupby(sites["country_iso2"])
    ]  # fmt: skip
    bare = ends[grid.PRICE].notna() & ends[[grid.LOW, grid.HIGH]].isna().any(axis=1)
    bare &= sites["country_iso2"].map(
        low | high
    )  # where no zone of a country has an interval, the country's input is fixed
    zones = sorted(set(sites.loc[bare, "zone_id"].dropna().astype(str)))
    return found + [_fixed(f"electricity price of zone {z}", "an end of its interval is not known") for z in zones]


def price_name(country_iso2: str) -> str:
    """Return the name of the input that is the position of a country's electricity prices in their intervals."""
    return f"electricity price {country_iso2}"


def _hardware(scenario: "Scenario") -> list[UncertainInput]:
    """Return mean draw and embodied carbon of the accelerator, and the MFU of published runs."""
    asked, chip = scenario.hardware, scenario.hardware.chip
    low_mfu, high_mfu, reached = published_mfu()
    of_peak = FP8_MFU_OVER_BF16 if asked.precision == "fp8" else 1.0
    return [
        UncertainInput(
            MEAN_DRAW, "W", chip.power_low_w, chip.server_power_w, chip.power_high_w,
            "triangular" if chip.power_low_w < chip.power_high_w else "fixed", "all sites alike",
            "the planner's own" if chip.power_basis == "given" else chip.source, chip.quality,
        ),
        UncertainInput(
            "embodied-accelerator-kg", "kg", chip.embodied_low_kg,
            float(getattr(chip, f"embodied_{asked.embodied}_kg")), chip.embodied_high_kg,
            "triangular" if chip.embodied_low_kg < chip.embodied_high_kg else "fixed", "all sites alike",
            chip.source, chip.quality,
        ),
        UncertainInput(
            "mfu", "1", min(low_mfu * of_peak, asked.mfu), asked.mfu, max(high_mfu * of_peak, asked.mfu),
            "triangular", "all sites alike", f"mfu_runs: quartiles of {reached} published runs", "derived",
        ),
    ]  # fmt: skip


def published_mfu() -> tuple[float, float, int]:
    """Return the quartiles of the MFU of published runs, and the number of runs.

    Examples
    --------
    >>> low, high, runs = published_mfu()
    >>> round(low, 2), round(high, 2), runs
    (0.3, 0.48, 56)
    """
    runs = read_table("mfu_runs")["mfu"]
    low, high = np.percentile(runs, MFU_QUARTILES)
    return float(low), float(high), len(runs)


def _round_trips(plan: "Plan") -> list[UncertainInput]:
    """Return a factor on the round trips of a plan: down to the median of comparable pairs, and as far up."""
    known = plan.assignments["site"].isin(plan.sites["id"]) & plan.assignments["hub"].isin(plan.hubs["id"])
    pairs = plan.assignments[known]
    if pairs.empty:
        return [_fixed(ROUND_TRIP_ERROR, "no round trip of the plan is known")]
    ends = [
        (at.geometry.x.to_numpy(float), at.geometry.y.to_numpy(float))
        for at in (plan.sites.set_index("id").loc[pairs["site"]], plan.hubs.set_index("id").loc[pairs["hub"]])
    ]
    network = plan.scenario.demand.network
    median, p90 = (rtt_ms(*ends[0], *ends[1], quantile=q, network=network) for q in (0.5, 0.9))
    below = 1.0 - float(np.sum(median * pairs["it_mw"]) / np.sum(p90 * pairs["it_mw"]))
    why = "median over the p90 of comparable pairs, mean of the plan's load; as far above (assumption)"
    return [
        UncertainInput(
            ROUND_TRIP_ERROR, "1", 1.0 - below, 1.0, 1.0 + below, "triangular", "all pairs alike", why, "modelled"
        )
    ]


def _costs(scenario: "Scenario") -> list[UncertainInput]:
    """Return the figures of the `costs` table that the plan was priced with; an override does not vary."""
    rates, own = rates_of(scenario), scenario.costs
    found = []
    for name in COSTS_USED:
        figure, mid = catalogue.cost(name), rates.cost[name]
        varies = name not in own and figure.low < figure.high
        low, high = (figure.low, figure.high) if varies else (mid, mid)
        source = "set by the scenario" if name in own else figure.source
        shape: Shape = "triangular" if varies else "fixed"
        found.append(
            UncertainInput(name, figure.unit, low, mid, high, shape, "all sites alike", source, figure.quality)
        )
    return found


def _without_interval() -> list[UncertainInput]:
    """Return inputs for which no table has an interval, so that the list shows what does not vary."""
    return [
        _fixed("climate", "its error is measured (docs/accuracy.md) and not drawn here"),
    ]


def _fixed(name: str, why: str) -> UncertainInput:
    return UncertainInput(name, "1", 1.0, 1.0, 1.0, "fixed", "", f"no interval: {why}", "unknown")
