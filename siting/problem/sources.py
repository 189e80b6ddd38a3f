"""Provenance: the tables and files that the numbers of a problem or a plan come from."""

from collections.abc import Iterable, Mapping

import pandas as pd

from siting.physics.cooling.performance import DESIGNS
from siting.problem.policy_rules import packs_used
from siting.scenario.scenario import Scenario
from siting.world import locate_point, places
from siting.world.grid import IMPUTED
from siting.world.grid.capacity_statements import TABLE as STATEMENTS
from siting.world.policy import Pack, pack_table
from siting.world.tables import resource, resources
from siting.world.user_files.own_columns import AS_GIVEN, RECORD, acting, recorded

OF_OWN_SITES = (*locate_point.TABLES, "climate_grid", "climate_normals", "climate_years", "climate_corrections")
"""Tables from which the facts of a planner's own sites are derived."""


def shipped_sources(
    scenario: Scenario, rtt: Iterable[str], packs: Iterable[Pack], own: Iterable[Mapping[str, str]] = ()
) -> pd.DataFrame:
    """Return where numbers come from, a row a table.

    Parameters
    ----------
    scenario : Scenario
        The scenario: its sets of candidates and hubs, or files of the planner's own.
    rtt : iterable of str
        Tables of round trips.
    packs : iterable of Pack
        Packs that the numbers depend on.
    own : iterable of mapping, optional
        Rows of further files; see `own_source`.

    Returns
    -------
    pandas.DataFrame
        table, source, year, licence, quality, citation.
    """
    of_limits = (t for limit in scenario.acting_limits for t in limit.tables)
    names = [*places.TABLES, STATEMENTS, *of_limits, "hardware", "costs", "construction"]
    names += [IMPUTED] if scenario.impute else []
    names += ["zone_signals"] if scenario.minimise.carbon.signal == "marginal" else []
    names += ["zone_history", "us_projection"] if scenario.outlook.year is not None else []
    names += ["ci_hours"] if scenario.minimise.carbon.by_hour else []
    names += ["coast", "climate_grid"] if any(DESIGNS[d].needs_sea for d in scenario.building.cooling) else []
    rows = []
    hubs = scenario.demand.hubs
    by = hubs if isinstance(hubs, str) else hubs.by
    for table, named, shipped in (
        ("sites", scenario.candidates.set, dict.fromkeys(places.SETS, "sites")),
        ("hubs", by, places.HUB_TABLES),
    ):
        if named in shipped:
            names.append(shipped[named])
        else:
            rows.append(own_source(table, named))
            names += OF_OWN_SITES if table == "sites" else ()
    rows += [_as_given("contracts", f"scenario {scenario.name}")] if scenario.contracts else []
    rows += [_as_given("residual_mix", r.source) for r in scenario.residual_mix]
    shipped_rows = [resource(n).provenance() for n in dict.fromkeys([*names, *rtt])]
    of_packs = {}
    for pack in packs:  # one table can hold many packs
        name, stated = pack_table(pack.id), _as_given(f"policy-{pack.id}", f"own policy pack {pack.id}")
        source = stated if name is None else resource(name).provenance()
        of_packs[source["table"]] = source
    return pd.DataFrame([*shipped_rows, *of_packs.values(), *rows, *own])


def own_source(table: str, file: str) -> dict[str, str]:
    """Return the row of `Plan.sources` of a file of the planner's own."""
    return _as_given(table, f"user file {file}")


def own_column_sources(file: str, sites: pd.DataFrame) -> list[dict[str, str]]:
    """Return the row of the planner's own columns that act at sites, none where none does."""
    named = acting(c for values in recorded(sites).values() for c in values)
    return [_as_given(RECORD, f"as given in {file}: {', '.join(named)}") | {"quality": AS_GIVEN}] if named else []


def _as_given(table: str, text: str) -> dict[str, str]:
    """Return the row of what the planner states, with the source that the planner gives."""
    return {"table": table, "source": text, "year": "", "licence": "", "quality": "unverified", "citation": text}


def problem_sources(
    scenario: Scenario, sites: pd.DataFrame, packs: tuple[Pack, ...], excluded: Iterable[tuple[str, str, str]]
) -> pd.DataFrame:
    """Return the tables that decide over all candidates; a pack where it acts on one or excluded one."""
    used = packs_used(packs, sites, {limit for _, limit, _ in excluded})
    measured = scenario.latency.measured
    tables = latency_tables(scenario.demand.network)
    own = [*([own_source("rtt", measured)] if measured else []), *own_column_sources(scenario.candidates.set, sites)]
    return shipped_sources(scenario, tables, used, own)


def latency_tables(network: str) -> list[str]:
    """Return the shipped tables of round trips of a network: fitted parameters, and measured pairs of the backbone."""
    return sorted(n for n in resources() if n.startswith("rtt_" if network == "backbone" else "rtt_fit_"))
