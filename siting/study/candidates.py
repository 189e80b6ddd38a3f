"""Candidates of a problem as a map shows them: their figures, and the tables that these rest on."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from siting.physics.cooling.performance import MODEL_SOURCE
from siting.problem.sources import latency_tables
from siting.world.places import starter_sites
from siting.world.tables import resources

if TYPE_CHECKING:
    from siting.problem.problem import Problem

COOLED = ("pue", "wue_l_per_kwh")
MADE_FROM: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(COOLED, ("climate", "climate_hours")),
    **dict.fromkeys(("ci_g_per_kwh", "renewable_share"), ("zone_intensity",)),
}
"""Tables that figures of candidates are computed from, where no table ships a column of that name."""


def candidate_facts(problem: "Problem | None" = None) -> pd.DataFrame:
    """Return the candidates of a problem with the figures that its scenario gives them.

    Parameters
    ----------
    problem : Problem, optional
        The numbers; without them the shipped starter set is returned as the tables have it.

    Returns
    -------
    pandas.DataFrame
        `Problem.sites` with `ci_g_per_kwh` (as the objective counts carbon), `rtt_p90_ms_mean` (to all hubs, weighted
        by their demand) [ms], and the least `pue` and `wue_l_per_kwh` [L/kWh] among the cooling designs.
    """
    if problem is None:
        return starter_sites()
    weight = problem.demand_mw.sum(axis=1)
    best = problem.options.groupby("site")[list(COOLED)].min().reindex(range(len(problem.sites)))
    return problem.sites.assign(
        ci_g_per_kwh=problem.sites[problem.scenario.minimise.carbon.column].to_numpy(float),
        rtt_p90_ms_mean=problem.rtt_p90_ms @ weight / weight.sum(),
        **{column: best[column].to_numpy(float) for column in COOLED},
    )


def column_sources(columns: Sequence[str]) -> pd.DataFrame:
    """Return the tables that ship the columns or that they are computed from, and the places themselves."""
    computed = {**MADE_FROM, "rtt_p90_ms_mean": ("hubs", *latency_tables())}
    made = {table for c in columns for table in computed.get(c, ())}
    shipped = set(columns) - set(computed)
    rows = [
        table.provenance()
        for name, table in resources().items()
        if name == "sites"
        or name in made
        or (shipped & {f["name"] for f in table.fields} and not name.startswith("accuracy"))
    ]
    return pd.DataFrame([*rows, *([MODEL_SOURCE] if set(COOLED) & set(columns) else [])])
