"""From the values of the variables to what a planner reads: sites, assignments, ledger, KPIs."""

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.physics.carbon.indicators import cue_kg_per_kwh
from siting.plan.plan import Plan
from siting.plan.proof import Proof
from siting.problem.markets.zone_markets import LINE as CONTRACTS_LINE
from siting.problem.markets.zone_markets import facility_mwh, market_t, markets_of
from siting.problem.problem import Problem
from siting.problem.rows import Rows
from siting.solver.results.binding import binding
from siting.solver.results.contract_tables import contracts_table, market_kpis
from siting.solver.results.provenance import plan_sources, site_facts, worst_of
from siting.units import HOURS_PER_YEAR, Floats, Ints
from siting.world.latency.round_trips import rtt_quality
from siting.world.user_files.user_rtt import YOURS

SITE_COLUMNS = (
    "id",
    "name",
    "country",
    "country_iso2",
    "zone_id",
    "jurisdiction",
    "cooling",
    "it_mw",
    "halls",
    "capacity_it_mw",
    "peak_facility_mw",
    "pue",
    "peak_pue",
    "wue_l_per_kwh",
    "pue_ci_covariance",
    "ci_shape_known",
    "ci_g_per_kwh",
    "ci_direct_g_per_kwh",
    "ci_market_g_per_kwh",
    "ci_quality",
    "renewable_share",
    "cfe_share",
    "price_usd_per_mwh",
    "price_quality",
    "corporate_tax_rate",
    "zone_headroom_mw",
    "avg_generation_mw",
    "plants_mw_150km",
    "cdd18_k_day",
    "cdd21_k_day",
    "emissions_t_per_year",
    "emissions_g_per_eflop",
    "cost_usd_per_year",
    "capex_usd",
    "incentives",
    "jobs",
    "worst_quality",
    "worst_fact",
    "geometry",
)
UNSERVED, UNMET_LINE = "unserved", "unmet demand"
"""Where the ledger charges demand that is not served, where the scenario gives it a price."""
LOAD_FLOOR_MW = 1e-6
"""Loads below this are the solver's rounding, not a service."""


def plan_of(problem: Problem, values: Mapping[str, Floats] | None, proof: Proof, rows: Sequence[Rows]) -> Plan:
    """Return the plan for the values of the variables, or an empty one without values."""
    some = values if values is not None else {f: np.zeros(len(x)) for f, x in problem.families.items()}
    ledger = _ledger(problem, some)
    assignments = _assignments(problem, some)
    sites = _sites(problem, some, ledger, assignments)
    return Plan(
        scenario=problem.scenario,
        proof=proof,
        sites=sites,
        hubs=_points(problem.hubs[["id", "name", "country_iso2", "weight", "lon", "lat"]]),
        assignments=assignments,
        kpis=_kpis(problem, sites, ledger, assignments) if values is not None else {},
        contracts=contracts_table(problem.scenario, sites),
        policy=pd.DataFrame(
            problem.scenario.policy.switched(problem.scenario.file), columns=["pack", "entry", "switch", "said"]
        ),
        ledger=ledger,
        demand=_demand(problem),
        excluded=problem.excluded,
        unknowns=problem.unknowns,
        binding=binding(problem, rows if values is not None else [], some, proof.gap_asked),
        sources=plan_sources(problem, sites, assignments) if values is not None else problem.sources,
    )


def _built(values: Mapping[str, Floats]) -> Ints:
    return np.flatnonzero(values["open"] > 0.5)


def _ledger(problem: Problem, values: Mapping[str, Floats]) -> pd.DataFrame:
    """Multiply every line with its variable, site by site; take the benefits off."""
    ids = problem.sites["id"].to_numpy(str)[problem.options["site"]]
    rows = [
        (
            str(ids[o]),
            line.name,
            float(line.usd_per_year[o] * values[line.per][o]),
            float(line.tco2e_per_year[o] * values[line.per][o]),
        )
        for o in _built(values)
        for line in problem.lines
    ]
    rows += _by_contract(problem, values)
    for i in np.flatnonzero(values["claim"] > 0.5):
        claim = problem.claims.iloc[i]
        rows.append(
            (str(ids[claim["option"]]), f"incentive {claim['programme']}", -float(values["benefit_usd"][i]), 0.0)
        )
    if problem.unmet_usd_per_mw > 0:
        rows.append((UNSERVED, UNMET_LINE, problem.unmet_usd_per_mw * float(values["unmet_mw"].sum()), 0.0))
    return pd.DataFrame(rows, columns=["site", "line", "usd_per_year", "tco2e_per_year"])


def _by_contract(problem: Problem, values: Mapping[str, Floats]) -> list[tuple[str, str, float, float]]:
    """Return the line of each built site in a zone with contracts that leads from location to market."""
    if problem.scenario.minimise.carbon.basis != "market":
        return []
    built = _built(values)
    at = problem.options["site"].to_numpy(np.intp)[built]
    mwh = problem.facility_mwh_per_mw[built] * values["load_mw"][built]
    zones, ci = (problem.sites[c].to_numpy()[at] for c in ("zone_id", problem.scenario.minimise.carbon.column))
    tonnes = market_t(markets_of(problem.scenario), zones, ci.astype(float), mwh)
    location = mwh * ci.astype(float) / 1000.0
    ids = problem.sites["id"].to_numpy(str)[at]
    return [
        (str(s), CONTRACTS_LINE, 0.0, float(t - here))
        for s, t, here in zip(ids, tonnes, location, strict=True)
        if not np.isnan(t)
    ]


def _assignments(problem: Problem, values: Mapping[str, Floats]) -> pd.DataFrame:
    """Return who serves whom, largest first within a site.

    A group's hubs and classes are served alike: each gets the group's mix of sites, by its demand.
    """
    given = np.zeros((len(problem.sites), len(problem.groups.demand_mw)))
    given[problem.arcs.site, problem.arcs.group] = values["serve_mw"]
    h, k = np.nonzero(problem.groups.of >= 0)
    group = problem.groups.of[h, k]
    mw = given[:, group] * (problem.demand_mw[h, k] / problem.groups.demand_mw[group])
    site, cell = np.nonzero(mw > LOAD_FLOOR_MW)
    hub = h[cell]
    s, hubs = problem.sites.iloc[site], problem.hubs.iloc[hub]
    places_ = (s["lon"], s["lat"], hubs["lon"], hubs["lat"])
    quality = np.atleast_1d(rtt_quality(*(x.to_numpy(float) for x in places_)))
    yours = set(zip(problem.measured_rtt["site"], problem.measured_rtt["hub"], strict=True))
    table = pd.DataFrame(
        {
            "site": s["id"].to_numpy(),
            "hub": hubs["id"].to_numpy(),
            "workload": [problem.workloads[i] for i in k[cell]],
            "it_mw": mw[site, cell],
            "rtt_p90_ms": problem.rtt_p90_ms[site, hub],
            "rtt_quality": [
                YOURS if pair in yours else str(q)
                for pair, q in zip(zip(s["id"], hubs["id"], strict=True), quality, strict=True)
            ],
        }
    )
    return table.sort_values(
        ["site", "it_mw", "hub", "workload"], ascending=[True, False, True, True], ignore_index=True
    )


def _sites(
    problem: Problem, values: Mapping[str, Floats], ledger: pd.DataFrame, assignments: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Return the built sites with their size, physics, grid, emissions and cost."""
    built = _built(values)
    options = problem.options.iloc[built].assign(halls=values["halls"][built].astype(int))
    sites = options.reset_index(drop=True).join(problem.sites.drop(columns=["weight"], errors="ignore"), on="site")
    sums = ledger.groupby("site")[["usd_per_year", "tco2e_per_year"]].sum().reindex(sites["id"]).fillna(0.0)
    it_mw = assignments.groupby("site")["it_mw"].sum().reindex(sites["id"]).fillna(0.0).to_numpy(float)
    eflop = np.where(it_mw > 0, it_mw, np.nan) * HOURS_PER_YEAR * problem.eflop_per_mwh_it
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
        emissions_t_per_year=emissions,
        emissions_g_per_eflop=emissions * 1e6 / eflop,
        cost_usd_per_year=sums["usd_per_year"].to_numpy(float),
        incentives=[_claimed(ledger, s) for s in sites["id"]],
        capex_usd=sites["halls"].to_numpy(float) * sites["capex_usd_per_hall"].to_numpy(float),
        jobs=capacity * problem.jobs_per_mw,
        **_worst(problem, sites, assignments, ledger),
    )
    return _points(table.sort_values(["it_mw", "id"], ascending=[False, True], ignore_index=True))[list(SITE_COLUMNS)]


def _market_g_per_kwh(problem: Problem, sites: pd.DataFrame, it_mw: Floats) -> Floats:
    """Return the market-based intensity of each site: its zone's; the location's where nothing was bought.

    Unknown where the scenario has neither contracts nor a residual mix, and for a site that draws nothing in a zone
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


def _claimed(ledger: pd.DataFrame, site: str) -> str:
    lines = ledger.loc[(ledger["site"] == site) & ledger["line"].str.startswith("incentive "), "line"]
    return "; ".join(line.removeprefix("incentive ") for line in lines)


def _worst(
    problem: Problem, sites: pd.DataFrame, assignments: pd.DataFrame, ledger: pd.DataFrame
) -> dict[str, list[str]]:
    """Return for each site the worst quality among all it rests on, and the facts that have it."""
    found = [
        worst_of(site_facts(problem, {str(c): v for c, v in row.items()}, assignments, ledger))
        for row in sites.to_dict("records")
    ]
    return {"worst_quality": [word for word, _ in found], "worst_fact": [fact for _, fact in found]}


def _points(table: pd.DataFrame) -> gpd.GeoDataFrame:
    points = gpd.points_from_xy(table["lon"].astype(float), table["lat"].astype(float))
    return gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=points, crs="EPSG:4326")


def _demand(problem: Problem) -> pd.DataFrame:
    h, k = np.nonzero(problem.demand_mw > 0)
    return pd.DataFrame(
        {
            "hub": problem.hubs["id"].to_numpy()[h],
            "workload": [problem.workloads[i] for i in k],
            "it_mw": problem.demand_mw[h, k],
        }
    )


def _kpis(
    problem: Problem, sites: gpd.GeoDataFrame, ledger: pd.DataFrame, assignments: pd.DataFrame
) -> dict[str, float]:
    """Return totals, and means weighted by IT or facility energy."""
    it_mw = sites["it_mw"].to_numpy(float)
    facility = it_mw * sites["pue"].to_numpy(float)
    total, eflop = float(it_mw.sum()), float(it_mw.sum()) * HOURS_PER_YEAR * problem.eflop_per_mwh_it
    emissions, cost = float(ledger["tco2e_per_year"].sum()), float(ledger["usd_per_year"].sum())
    cue = cue_kg_per_kwh(sites["pue"], sites["ci_g_per_kwh"]) * sites["pue_ci_covariance"].to_numpy(float)
    embodied = float(ledger.loc[ledger["line"].isin(["servers", "facility"]), "tco2e_per_year"].sum())
    return {
        "emissions_g_per_eflop": emissions * 1e6 / eflop,
        "emissions_t_per_year": emissions,
        "embodied_t_per_year": embodied,
        "cost_usd_per_eflop": cost / eflop,
        "cost_usd_per_year": cost,
        "pue": float(facility.sum() / total),
        "wue_l_per_kwh": float(it_mw @ sites["wue_l_per_kwh"].to_numpy(float) / total),
        "cue_kg_per_kwh": float(it_mw @ cue / total),
        "renewable_share": float(facility @ sites["renewable_share"].to_numpy(float) / facility.sum()),
        "cfe_share": float(facility @ sites["cfe_share"].to_numpy(float) / facility.sum()),
        "rtt_p90_ms_max": float(assignments["rtt_p90_ms"].max()),
        "it_mw": total,
        "eflop_per_year": eflop,
        "jobs": float(sites["jobs"].sum()),
        "rtt_p90_ms_mean": float(np.average(assignments["rtt_p90_ms"], weights=assignments["it_mw"])),
        "water_m3_per_year": HOURS_PER_YEAR * float(it_mw @ sites["wue_l_per_kwh"].to_numpy(float)),
        "served_share": total / float(problem.demand_mw.sum()),
        "sites": float(len(sites)),
        **market_kpis(problem.scenario, sites, ledger, eflop),
    }
