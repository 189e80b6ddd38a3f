"""Which KPIs of a plan can be traded against each other exactly: those that an objective can make least."""

from collections.abc import Mapping
from types import MappingProxyType

from siting.errors import ScenarioError, listed, nearest
from siting.objectives import (
    Cost,
    CostPerCompute,
    Emissions,
    EmissionsPerCompute,
    MeanLatency,
    Sites,
    Water,
    WorstLatency,
)
from siting.scenario.objective import Objective
from siting.scenario.scenario import Scenario

MEASURES: Mapping[str, type[Objective]] = MappingProxyType(
    {
        "cost_usd_per_eflop": CostPerCompute,
        "cost_usd_per_year": Cost,
        "emissions_g_per_eflop": EmissionsPerCompute,
        "emissions_t_per_year": Emissions,
        "water_m3_per_year": Water,
        "sites": Sites,
        "rtt_p90_ms_mean": MeanLatency,
        "rtt_p90_ms_max": WorstLatency,
    }
)
"""KPI of a plan and the objective that makes it least: sums, ratios of sums, and the worst round trip in use.

Left out are KPIs that are shares of facility energy (`renewable_share`, `cfe_share`, `pue`): set them as limits."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "cost_usd_per_eflop": "cost [USD/EFLOP]",
        "cost_usd_per_year": "cost [USD/a]",
        "emissions_g_per_eflop": "emissions [gCO2e/EFLOP]",
        "emissions_t_per_year": "emissions [tCO2e/a]",
        "water_m3_per_year": "water on site [m3/a]",
        "sites": "sites",
        "rtt_p90_ms_mean": "mean round trip, p90 over pairs [ms]",
        "rtt_p90_ms_max": "worst round trip, p90 over pairs [ms]",
    }
)
"""What an axis says."""


def objectives_for(kpis: Mapping[str, str], scenario: Scenario) -> dict[str, Objective]:
    """Return the objective of each KPI, in the scenario's way of counting carbon.

    Parameters
    ----------
    kpis : mapping of str to str
        Name of the argument, such as `x`, to the KPI.
    scenario : Scenario
        The question.

    Returns
    -------
    dict of str to Objective
        By KPI, in the order given.

    Raises
    ------
    ScenarioError
        A KPI that no objective makes least, one named twice, or one that does not fit the scenario; all at once.

    Examples
    --------
    >>> import siting as st
    >>> asked = st.Scenario(name="any", demand={"it_mw": 100})
    >>> list(objectives_for({"x": "sites"}, asked))
    ['sites']
    """
    faults = [
        f"`{which}` is `{kpi}`{nearest(kpi, MEASURES)} (known are {listed(MEASURES)})"
        for which, kpi in kpis.items()
        if kpi not in MEASURES
    ]
    if len(set(kpis.values())) < len(kpis):
        faults.append(f"{' and '.join(f'`{w}`' for w in kpis)} must be KPIs that differ")
    if not faults:
        carbon = scenario.minimise.carbon
        found = {kpi: MEASURES[kpi](carbon=carbon) for kpi in kpis.values()}
        faults = [f"`{kpi}`: {fault}" for kpi, x in found.items() for fault in x.faults(scenario)]
        if not faults:
            return found
    raise ScenarioError.from_faults(f"no frontier of scenario `{scenario.name}`:", faults)


def in_order(scenario: Scenario, objectives: list[Objective]) -> Scenario:
    """Return the scenario with these objectives, the first first."""
    first, *rest = objectives
    asked = type(first)(**{**dict(first), "then": tuple(rest)}) if rest else first
    return scenario.model_copy(update={"minimise": asked})
