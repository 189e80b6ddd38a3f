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
from siting.problem.uncertain_input import Shape, UncertainInput
from siting.units import Floats
from siting.world import catalogue, grid
from siting.world.outlook import outlook_ratios
from siting.world.tables import read_table

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.scenario.scenario import Scenario

LEAST_DRAWS = 100
"""Fewer draws leave fewer than five beyond each of the percentiles 5 and 95 (our choice)."""

HELD = ("mfu",)
"""Not drawn by default: the MFU is the scenario's own figure and scales every place and plan by the same factor."""


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
    return inputs_for(plan.scenario, plan.sites)


def inputs_for(scenario: "Scenario", sites: pd.DataFrame) -> tuple[UncertainInput, ...]:
    """Return the declarations for any sites, built or not.

    Parameters
    ----------
    scenario : Scenario
        What the figures are used for.
    sites : pandas.DataFrame
        `cooling`, `zone_id`, `country_iso2`: the designs and places that inputs are declared for.
    """
    declared = (_cooling(scenario, sites), _intensity(scenario, sites), _hardware(scenario), _costs(scenario))
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


def intensity_name(country_iso2: str) -> str:
    """Return the name of the input that is the grid intensity of a country."""
    return f"grid intensity {country_iso2}"


def _hardware(scenario: "Scenario") -> list[UncertainInput]:
    """Return what an accelerator embodies, between vendor and component LCA, and the MFU of published runs."""
    asked = scenario.hardware
    chip = catalogue.accelerator(asked.accelerator, asked.precision, asked.server_power_w)
    low, high = chip.embodied_low_kg, chip.embodied_high_kg
    runs = catalogue.workloads()[["mfu_low", "mfu_high"]].to_numpy(float)
    reached = int(np.isfinite(runs).any(axis=1).sum())
    return [
        UncertainInput(
            "embodied-accelerator-kg", "kg", low, float(getattr(chip, f"embodied_{asked.embodied}_kg")), high,
            "uniform" if low < high else "fixed", "all sites alike", chip.source, chip.quality,
        ),
        UncertainInput(
            "mfu", "1", min(float(np.nanmin(runs)), asked.mfu), asked.mfu, max(float(np.nanmax(runs)), asked.mfu),
            "triangular", "all sites alike",
            f"least and most of the {reached} runs of `workloads` with a known MFU; not drawn by default", "derived",
        ),
    ]  # fmt: skip


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
        _fixed("electricity price", "`zones` has one price a zone"),
        _fixed("server power", "`hardware` has one power an accelerator"),
        _fixed("climate", "its error is measured (docs/accuracy.md) and not drawn here"),
    ]


def _fixed(name: str, why: str) -> UncertainInput:
    return UncertainInput(name, "1", 1.0, 1.0, 1.0, "fixed", "", f"no interval: {why}", "unknown")
