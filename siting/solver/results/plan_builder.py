"""Build a plan from the values of the variables: sites, assignments, ledger, KPIs and the tables of parts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from siting import kpis
from siting.limits.export_control import ExportControl
from siting.plan.files import points_of
from siting.plan.plan import Plan
from siting.plan.proof import Proof
from siting.problem.markets.zone_markets import facility_mwh, market_t, markets_of
from siting.problem.parts.incentives import INCENTIVE
from siting.problem.parts.service import assignments
from siting.problem.problem import Problem
from siting.problem.rows import Rows
from siting.solver.results.binding import binding
from siting.solver.results.contract_tables import contracts_table, market_year
from siting.solver.results.provenance import plan_sources, site_facts, worst_of
from siting.units import HOURS_PER_YEAR, Floats
from siting.world.grid.capacity_statements import in_words
from siting.world.policy.export_control import NOT_CHECKED
from siting.world.user_files.own_columns import as_given_table

SITE_COLUMNS = (
    *("id", "name", "country", "country_iso2", "zone_id", "jurisdiction", "cooling", "it_mw", "halls"),
    *("capacity_it_mw", "peak_facility_mw", "pue", "peak_pue", "wue_l_per_kwh", "pue_ci_covariance"),
    *("ci_shape_known", "ci_g_per_kwh", "ci_direct_g_per_kwh", "ci_market_g_per_kwh", "ci_quality"),
    *("renewable_share", "cfe_share", "price_usd_per_mwh", "price_quality", "corporate_tax_rate", "zone_headroom_mw"),
    "capacity_statements",
    *("avg_generation_mw", "plants_mw_150km", "cdd18_k_day", "cdd21_k_day", "emissions_t_per_year"),
    *("emissions_g_per_eflop", "cost_usd_per_year", "capex_usd", "incentives", "jobs", "export_control"),
    *("worst_quality", "worst_fact"),
    *("geometry",),
)


def plan_of(problem: Problem, values: Mapping[str, Floats] | None, proof: Proof, rows: Sequence[Rows]) -> Plan:
    """Return the plan for the values of the variables, or an empty one without values."""
    some = values if values is not None else {f: np.zeros(len(x)) for f, x in problem.families.items()}
    rows_of_ledger = [row for part in problem.parts for row in part.ledger(problem, some)]
    booked = set(problem.sites["id"])
    rows_of_ledger.sort(key=lambda row: row[0] not in booked)  # what is booked at sites first
    ledger = pd.DataFrame(rows_of_ledger, columns=["site", "line", "usd_per_year", "tco2e_per_year"])
    served = assignments(problem, some)
    sites = _sites(problem, some, ledger, served)
    tables = {name: table for part in problem.parts for name, table in part.tables(problem, some, sites).items()}
    own = as_given_table(problem.sites[problem.sites["id"].isin(sites["id"])])
    tables |= {"as_given": own} if len(own) else {}
    plan = Plan(
        scenario=problem.scenario,
        proof=proof,
        sites=sites,
        hubs=points_of(problem.hubs[["id", "name", "country_iso2", "weight", "lon", "lat"]]),
        assignments=served,
        kpis=_kpis(problem, sites, ledger, served) if values is not None else {},
        contracts=contracts_table(problem.scenario, sites),
        policy=pd.DataFrame(
            problem.scenario.policy.switched(problem.scenario.file), columns=["pack", "entry", "switch", "wording"]
        ),
        ledger=ledger,
        demand=_demand(problem),
        excluded=problem.excluded,
        unknowns=problem.unknowns,
        binding=binding(problem, rows if values is not None else [], some, proof.gap_asked),
        sources=plan_sources(problem, sites, served) if values is not None else problem.sources,
        tables=tables,
    )
    further = {name: x for part in problem.parts for name, x in part.kpis(problem, plan).items()} if plan.kpis else {}
    return replace(plan, kpis={**plan.kpis, **further}) if further else plan


def _sites(
    problem: Problem, values: Mapping[str, Floats], ledger: pd.DataFrame, assignments: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Return the built sites with their size, physics, grid, emissions and cost."""
    built = problem.built(values)
    options = problem.options.iloc[built].assign(halls=values["halls"][built].astype(int))
    sites = options.reset_index(drop=True).join(problem.sites.drop(columns=["weight"], errors="ignore"), on="site")
    sums = ledger.groupby("site")[["usd_per_year", "tco2e_per_year"]].sum().reindex(sites["id"]).fillna(0.0)
    it_mw = assignments.groupby("site")["it_mw"].sum().reindex(sites["id"]).fillna(0.0).to_numpy(float)
    eflop = it_mw * HOURS_PER_YEAR * problem.eflop_per_mwh_it
    capacity = sites["halls"].to_numpy(float) * problem.scenario.building.hall_mw
    emissions = sums["tco2e_per_year"].to_numpy(float)
    table = sites.assign(
        it_mw=it_mw,
        capacity_it_mw=capacity,
        peak_facility_mw=capacity * sites["peak_pue"].to_numpy(float),
        ci_g_per_kwh=sites[problem.scenario.minimise.carbon.column],
        ci_market_g_per_kwh=_market_g_per_kwh(problem, sites, it_mw),
        ci_quality=sites.get("ci_quality", "unverified"),
        price_quality=sites.get("price_quality", "unverified"),
        cfe_share=sites["carbon_free_share"],
        zone_headroom_mw=_zone_headroom(problem, sites),
        capacity_statements=[in_words(str(zone)) for zone in sites["zone_id"]],
        emissions_t_per_year=emissions,
        emissions_g_per_eflop=kpis.per_compute(kpis.G_PER_T * emissions, eflop),
        cost_usd_per_year=sums["usd_per_year"].to_numpy(float),
        incentives=[_claimed(ledger, s) for s in sites["id"]],
        capex_usd=sites["halls"].to_numpy(float) * sites["capex_usd_per_hall"].to_numpy(float),
        jobs=capacity * problem.jobs_per_mw,
        export_control=_export_control(problem, sites),
        **_worst(problem, sites, assignments, ledger),
    )
    return points_of(table.sort_values(["it_mw", "id"], ascending=[False, True], ignore_index=True))[list(SITE_COLUMNS)]


def _market_g_per_kwh(problem: Problem, sites: pd.DataFrame, it_mw: Floats) -> Floats:
    """Return the market-based intensity of each site: its zone's; the location's where nothing was bought.

    Unknown where the scenario has neither contracts nor a residual mix, and for a site without load in a zone
    that has them.
    """
    markets, ci = markets_of(problem.scenario), sites[problem.scenario.minimise.carbon.column].to_numpy(float)
    if not markets:
        return np.full(len(sites), np.nan)
    mwh = facility_mwh(sites["pue"].to_numpy(float), it_mw)
    zones = sites["zone_id"].astype(str)
    tonnes = market_t(markets, zones, ci, mwh)
    by_contract = 1000.0 * tonnes / np.where(mwh > 0, mwh, np.nan)
    return np.where(zones.isin(markets), by_contract, ci)


def _zone_headroom(problem: Problem, sites: pd.DataFrame) -> Floats:
    """Return what the headroom limit grants the site's zone [MW], NaN without that limit."""
    limits = [x for x in problem.scenario.limits if hasattr(x, "zone_share")]
    share = min((float(x.zone_share) for x in limits), default=np.nan)
    return np.asarray(share * sites["avg_generation_mw"].to_numpy(float))


def _export_control(problem: Problem, sites: pd.DataFrame) -> list[str]:
    """Return what export control means at each site, in words."""
    limit = next((x for x in problem.scenario.acting_limits if isinstance(x, ExportControl)), None)
    if limit is None:
        return [NOT_CHECKED] * len(sites)
    found = limit.verdicts(sites)
    return [found[str(c)].words for c in sites["country_iso2"]]


def _claimed(ledger: pd.DataFrame, site: str) -> str:
    lines = ledger.loc[(ledger["site"] == site) & ledger["line"].str.startswith(INCENTIVE), "line"]
    return "; ".join(line.removeprefix(INCENTIVE) for line in lines)


def _worst(
    problem: Problem, sites: pd.DataFrame, assignments: pd.DataFrame, ledger: pd.DataFrame
) -> dict[str, list[str]]:
    """Return for each site the worst quality among its facts, and the facts that have it."""
    rows = ({str(c): v for c, v in row.items()} for row in sites.to_dict("records"))
    found = [worst_of(site_facts(problem, row, assignments, ledger)) for row in rows]
    return {"worst_quality": [word for word, _ in found], "worst_fact": [fact for _, fact in found]}


def _demand(problem: Problem) -> pd.DataFrame:
    h, k = np.nonzero(problem.demand_mw > 0)
    hubs, workloads = problem.hubs["id"].to_numpy()[h], [problem.workloads[i] for i in k]
    return pd.DataFrame({"hub": hubs, "workload": workloads, "it_mw": problem.demand_mw[h, k]})


def _kpis(
    problem: Problem, sites: gpd.GeoDataFrame, ledger: pd.DataFrame, assignments: pd.DataFrame
) -> dict[str, float]:
    """Return every KPI of `siting.kpis`."""
    columns = ("it_mw", "pue", "wue_l_per_kwh", "ci_g_per_kwh", "pue_ci_covariance", "renewable_share", "cfe_share")
    embodied = ledger["line"].isin(kpis.EMBODIED_LINES)
    tonnes = ledger["tco2e_per_year"]
    year = kpis.PlanYear(
        **{c: sites[c].to_numpy(float) for c in columns},
        eflop=float(sites["it_mw"].sum()) * HOURS_PER_YEAR * problem.eflop_per_mwh_it,
        usd=float(ledger["usd_per_year"].sum()),
        operational_t=float(tonnes[~embodied].sum()),
        embodied_t=float(tonnes[embodied].sum()),
        jobs=float(sites["jobs"].sum()),
        demand_mw=float(problem.demand_mw.sum()),
        rtt_p90_ms=assignments["rtt_p90_ms"].to_numpy(float),
        served_mw=assignments["it_mw"].to_numpy(float),
        market=market_year(problem.scenario, sites, ledger),
    )
    return {name: float(value) for name, value in kpis.kpis_of(year).items()}
