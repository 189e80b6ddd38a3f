"""KPIs that a frontier can trade against each other exactly: those that an objective minimises."""

from collections.abc import Mapping
from types import MappingProxyType

from siting.errors import ScenarioError, listed, nearest
from siting.kpis import KPIS
from siting.scenario.objective import Objective
from siting.scenario.scenario import Scenario

MEASURES: Mapping[str, type[Objective]] = MappingProxyType(
    {k.name: Objective.kinds()[k.objective] for k in KPIS.values() if k.objective and k.sense == "min"}
)
"""KPI of a plan and the objective that minimises it: sums, ratios of sums, and the worst round trip in use.

KPIs that are shares of facility energy (`renewable_share`, `cfe_share`, `pue`) have no objective: set them as limits."""


def objectives_for(kpis: Mapping[str, str], scenario: Scenario) -> dict[str, Objective]:
    """Return the objective of each KPI, with the scenario's carbon method.

    Parameters
    ----------
    kpis : mapping of str to str
        Name of the argument, such as `x`, to the KPI.
    scenario : Scenario
        The scenario.

    Returns
    -------
    dict of str to Objective
        By KPI, in the order given.

    Raises
    ------
    ScenarioError
        A KPI that no objective minimises, one named twice, or one that does not fit the scenario; all in one message.

    Examples
    --------
    >>> import siting as st
    >>> scenario = st.Scenario(name="any", demand={"it_mw": 100})
    >>> list(objectives_for({"x": "sites"}, scenario))
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
