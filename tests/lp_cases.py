"""One small question a limit and objective, written as an LP file: `make lp-files` renews them all.

Three made-up sites: `north` (Sweden, rural, polar, clean, two cooling designs), `middle` (Texas) and `south`
(Virginia, dirty, near a volcano, hot). One hub with two classes; `batch` and `interactive` are apart, so that
what shuts an arc is seen. Each file holds the rows of one limit alone, as PuLP writes them; what a filter takes
away stands in comments and as bounds; `duties.toml` beside the files is the made-up policy pack.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pulp
from instances import DRAWS_ITS_NAMEPLATE, Numbers, problem_of, with_part

import siting
from siting import Limit, Objective, Problem
from siting.problem.markets.zone_markets import zone_curves
from siting.problem.part import part_rows
from siting.problem.parts import PARTS, Capacity, Contracts, Incentives, Service, UnmetDemand, Utilisation
from siting.problem.reachability import merge_demand
from siting.problem.rows import Rows
from siting.solver.pulp_model import solver_name
from siting.units import Floats
from siting.world.policy import Area

HERE = Path(__file__).parent / "expected" / "lp"
IDS, PLACES = ("north", "middle", "south"), ("SE", "US-TX", "US-VA")
LEAST_COST_USD = 5e8
"""What a budget above the least cost is told here [USD/a]."""

CHINESE_OWNER = siting.Scenario(name="owner", demand={"it_mw": 20}, hardware={"owner_country": "CN"})
"""Accelerators of an owner with its seat in China are denied to sites abroad."""

LIMITS: dict[str, tuple[Limit, ...]] = {
    "budget": (siting.Budget(usd_per_year=6e8), siting.Budget(above_least_cost=0.03)),
    "carbon_free_share": (siting.CarbonFreeShare(min=0.6),),
    "climate": (siting.ClimateLimit(max_cdd18_k_day=1000, max_dry_bulb_c=45),),
    "efficiency_duty": (siting.EfficiencyDuty(),),
    "emissions_cap": (siting.EmissionsCap(t_per_year=5e4, by_jurisdiction={"US": 1e4}),),
    "emissions_gate": (siting.EmissionsGate(max_g_per_kwh=300), siting.EmissionsGate(max_g_per_eflop=100)),
    "excluded": (siting.Excluded(sites=("south",)),),
    "existing": (siting.Existing(halls={"north": 2}, cooling={"north": "waterside_economizer"}),),
    "export_control": (siting.ExportControl().bound_to(CHINESE_OWNER),),
    "grid_headroom": (siting.GridHeadroom(zone_share=0.1, plants_share=0.25, site_mw=60, by_site_mw={"south": 15}),),
    "jobs": (siting.Jobs(min=3, jurisdictions=("US",)),),
    "jurisdictions": (siting.Jurisdictions(allowed=("SE",), workloads=("interactive",)),),
    "max_ci": (siting.MaxCi(g_per_kwh=300),),
    "max_cost_per_compute": (siting.MaxCostPerCompute(usd_per_eflop=2),),
    "max_latency": (siting.MaxLatency(batch_ms=200, interactive_ms=50),),
    "max_share": (siting.MaxShare(per="country", max=0.6),),
    "min_separation_km": (siting.MinSeparationKm(km=800),),
    "min_share": (siting.MinShare(of="rural", min=0.3), siting.MinShare(of="polar", min=0.2)),
    "moratorium": (
        siting.Moratorium(jurisdictions=("US-VA",)),
        siting.Moratorium(
            areas=(Area(name="around middle", lon=0, lat=50, radius_km=100),), above_facility_mw=25, reason="a queue"
        ),
    ),
    "renewable_share": (
        siting.RenewableShare(min=0.6),
        siting.RenewableShare(min=0.4, per="jurisdiction", jurisdictions=("US",)),
    ),
    "required": (siting.Required(sites=("middle",)),),
    "screen": (siting.Screen(),),
    "site_count": (siting.SiteCount(min=1, max=2),),
    "site_size": (siting.SiteSize(min_halls=2, max_it_mw=35),),
    "survive_loss": (siting.SurviveLoss(share=0.5), siting.SurviveLoss(share=0.5, of="zone")),
    "training_domain": (siting.TrainingDomain(max_ms=25),),
    "water": (siting.WaterUse(max_wue_l_per_kwh=1.5, max_m3_per_year=1e5, max_site_m3_per_year=6e4),),
}
"""The limits of each kind."""

ROW_NAMES = tuple(name for kind in PARTS if kind is not UnmetDemand for name in kind.row_names)
"""Names of the rows that hold in every plan."""

OBJECTIVES: dict[str, Objective] = {
    "cost": siting.Cost(),
    "cost_per_compute": siting.CostPerCompute(),
    "covered_demand": siting.CoveredDemand(),
    "emissions": siting.Emissions(),
    "emissions_per_compute": siting.EmissionsPerCompute(),
    "mean_latency": siting.MeanLatency(),
    "sites": siting.Sites(),
    "water": siting.Water(),
    "worst_latency": siting.WorstLatency(),
}


def question(*limits: Limit, minimise: Objective | None = None) -> Problem:
    """Return the three sites."""
    numbers = Numbers(
        pue=np.array([[1.1, 1.2], [1.3, 9.0], [1.4, 9.0]]),
        ci=np.array([10.0, 100.0, 400.0]),
        price=np.array([90.0, 60.0, 40.0]),
        renewable=np.array([0.9, 0.5, 0.2]),
        hall_usd=np.array([1.0e8, 1.0e8, 1.0e8]),
        hall_t=1000.0,
        zone=np.array([0, 1, 1]),
        zone_mw=np.array([500.0, 1000.0]),
        demand=np.array([[20.0, 10.0]]),
        near=np.ones((3, 1, 2), dtype=bool),
        max_halls=4,
        benefit_usd_per_hall=np.array([0.0, 2e7, 0.0]),
        min_capex_usd=5e8,
        min_jobs=2.0,
        least_use=0.6,
    )
    asked = () if isinstance(minimise, siting.CoveredDemand) else limits
    problem = problem_of(numbers, asked, None if isinstance(minimise, siting.CoveredDemand) else minimise)
    sites = problem.sites.assign(id=list(IDS), name=list(IDS), **FACTS)
    kept = [0, 1, 2, 4]  # `middle` and `south` have one design
    options = problem.options.iloc[kept].reset_index(drop=True)
    label = [f"{IDS[s]}__{c}" for s, c in zip(options["site"], options["cooling"], strict=True)]
    options = options.assign(label=label, wue_l_per_kwh=[0.5, 1.0, 1.8, 2.5])
    offers = problem.part(Incentives).offers
    claims = offers[offers["option"].to_numpy() == kept[2]].assign(option=2, label="middle__p", cap_usd_per_year=3e7)
    lines = tuple(
        replace(x, usd_per_year=x.usd_per_year[kept], tco2e_per_year=x.tco2e_per_year[kept])
        for x in problem.part(Capacity).charges
    )
    rtt = np.array([[30.0], [60.0], [240.0]])
    near = np.array([[[True, True]], [[True, True]], [[True, False]]])  # so that the classes are not merged
    names = [["hub batch", "hub interactive"]]
    groups, arcs = merge_demand(near, problem.demand_mw, names)
    policy = problem.scenario.policy.model_copy(update={"packs": (str(HERE / "duties.toml"),)})
    scenario = problem.scenario.model_copy(update={"policy": policy})
    parts = (Service(), Capacity(lines), Utilisation(), Incentives(claims.reset_index(drop=True)))
    return replace(
        problem, scenario=scenario, sites=sites, options=options, parts=parts, rtt_p90_ms=rtt, groups=groups, arcs=arcs
    )


def by_contract(problem: Problem) -> Problem:
    """Return the question by market: clean energy bought in the zone of `north`, coal in that of the other two."""
    scenario = siting.Scenario(
        name="bought",
        hardware=DRAWS_ITS_NAMEPLATE,
        minimise=siting.EmissionsPerCompute(carbon={"basis": "market"}),
        contracts=(
            {"name": "wind", "zone": "Z0", "mwh_per_year": 1e5, "g_per_kwh": 0.0},
            {"name": "coal", "zone": "Z1", "mwh_per_year": 1e5, "g_per_kwh": 900.0},
        ),
    )
    curves = zone_curves(scenario, problem.sites, problem.options, float(problem.demand_mw.sum()))
    return with_part(replace(problem, scenario=scenario), Contracts(curves))


FACTS = {
    "jurisdiction": list(PLACES),
    "country": ["Sweden", "United States", "United States"],
    "country_iso2": ["SE", "US", "US"],
    "admin1": ["Norrbotten", "Texas", "Virginia"],
    "lon": [-10.0, 0.0, 10.0],
    "lat": [67.0, 50.0, 50.0],
    "km_to_city_100k": [200.0, 10.0, 10.0],
    "ci_year": [2024, 2024, 2024],
    "cdd18_k_day": [10.0, 900.0, 1500.0],
    "cdd21_k_day": [0.0, 300.0, 700.0],
    "t_max_c": [25.0, 38.0, 46.0],
    "t_min_c": [-35.0, -5.0, 0.0],
    "plants_mw_150km": [150.0, 1000.0, 1000.0],
    "wgi_political_stability": [1.0, 0.5, 0.5],
    "wgi_political_stability_stderr": [0.2, 0.2, 0.2],
    "wgi_rule_of_law": [1.8, 1.4, 1.4],
    "wgi_rule_of_law_stderr": [0.2, 0.2, 0.2],
    "outages_per_month": [0.1, 0.5, 0.5],
    "access_to_electricity_share": [1.0, 1.0, 1.0],
    "sanctions_excluded": [0.0, 0.0, 0.0],
    "sanctions_measure": ["", "", ""],
    "km_to_volcano": [900.0, 500.0, 12.0],
    "nearest_volcano": ["Jan Mayen", "Valles", "made up"],
    "cyclone_64kt_per_decade": [0.0, 1.0, 2.0],
    "water_stress_share": [0.03, 0.28, 0.28],
}
"""What the limits look at, made up."""


def in_lp(name: str, words: Sequence[str], problem: Problem, rows: Sequence[Rows], **more: object) -> str:
    """Write rows as PuLP does, under comments; `bounds` are upper bounds by family, `linear` the objective."""
    model = pulp.LpProblem(name, pulp.LpMinimize)
    linear: Mapping[str, Floats] = more.get("linear") or {}  # type: ignore[assignment]
    bounds: Mapping[str, Floats] = more.get("bounds") or {}  # type: ignore[assignment]
    families = problem.families
    variables: dict[str, list[pulp.LpVariable]] = {}
    for family in families:
        if not any(family in block.terms for block in rows) and family not in linear and family not in bounds:
            continue
        labels = [solver_name(f"{family}__{label}") for label in families[family].labels]
        kind = "Integer" if families[family].integer else "Continuous"
        variables[family] = list(model.add_variable_dict("%s", labels, lowBound=0, cat=kind).values())
        for variable, most in zip(variables[family], bounds.get(family, ()), strict=False):
            variable.upBound = None if np.isinf(most) else float(most)
    if bounds and not linear:
        linear = {f: np.ones(len(families[f])) for f in bounds}  # a bound is written of what is used alone
    model.setObjective(
        pulp.lpSum([c * x for f, cs in linear.items() for c, x in zip(cs, variables[f], strict=True) if c])
    )
    for number, block in enumerate(rows):
        for i in range(len(block)):
            parts = [
                float(t[[i], :].toarray()[0, j]) * variables[f][j]
                for f, t in block.terms.items()
                for j in range(t.shape[1])
                if t[[i], :].toarray()[0, j]
            ]
            left, right = pulp.lpSum(parts), float(block.rhs[i])
            row = left <= right if block.sense == "<=" else left >= right if block.sense == ">=" else left == right
            model.addConstraint(row, solver_name(f"{block.limit}_{number}__{block.where[i]}__{block.unit}")[:90])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.lp"
        model.writeLP(str(path))
        text = path.read_text(encoding="utf-8")
    return "".join(f"\\ {word}\n" for word in words) + text


def limit_file(kind: str) -> str:
    """Return the LP file of one kind of limit, or of the rows of a name that hold in every plan."""
    if kind in ROW_NAMES:
        problem = by_contract(question()) if kind == "contracts" else question()
        rows = [block for block in part_rows(problem) if block.limit == kind]
        return in_lp(f"{kind}_0", [f"limit {kind}: as it is"], problem, rows)
    return "\n".join(_limit_part(limit, number) for number, limit in enumerate(LIMITS[kind]))


def _limit_part(limit: Limit, number: int) -> str:
    """Return what one limit writes, and what it takes away."""
    kind = str(limit.kind)  # type: ignore[attr-defined]
    problem = question(limit)
    asked = {k: v for k, v in limit.model_dump(mode="json", exclude_defaults=True).items() if k != "kind"}
    said = ", ".join(f"{k} = {v}" for k, v in asked.items()) or "as it is"
    bounds, words = _filtered(limit, problem)
    gone = bounds.get("open", np.ones(len(problem.options))) == 0
    rows = [_of_what_is_left(b, gone) for b in limit.rows(problem, LEAST_COST_USD if limit.needs_least_cost else None)]
    title = [f"limit {kind}: {said}", *words]
    title += ["what may be, in the objective so that its bounds are seen"] if bounds else []
    return in_lp(f"{kind}_{number}", title, problem, rows, bounds=bounds)


def _of_what_is_left(block: Rows, gone: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Rows:
    """Return a block without the rows of options alone that a filter took away, which a problem would not have."""
    of_options = [block.terms[f] for f in ("open", "halls") if f in block.terms]
    if len(of_options) < len(block.terms):
        return block
    kept = np.array([i for i in range(len(block)) if any(t[[i], :].toarray()[0, ~gone].any() for t in of_options)], int)
    where = [block.where[i] for i in kept]
    terms = {f: t[kept, :] for f, t in block.terms.items()}
    return Rows(block.limit, where, terms, block.sense, block.rhs[kept], block.unit)


def _filtered(limit: Limit, problem: Problem) -> tuple[dict[str, Floats], list[str]]:
    """Return the bounds that a filter sets on what it takes away, and its words."""
    words: list[str] = []
    bounds: dict[str, Floats] = {}
    site = problem.options["site"].to_numpy(np.intp)
    dropped = limit.drop_sites(problem.sites)
    words += [f"{s} is out: {why}" for s, why in dropped.items()]
    barred = limit.drop_options(problem.scenario, problem.sites, problem.options, problem.eflop_per_mwh_it)
    words += [f"{label} is out: {why}" for label, why in barred.items()]
    if dropped or barred:
        gone = np.isin(np.array(IDS)[site], list(dropped)) | problem.options["label"].isin(list(barred)).to_numpy()
        bounds["open"] = np.where(gone, 0.0, 1.0)
    cap = limit.facility_mw_cap(problem.sites)
    if cap is not None:
        peak = problem.scenario.building.hall_mw * problem.options["peak_pue"].to_numpy(float)
        bounds["halls"] = np.floor(np.asarray(cap)[site] / peak + 1e-9)
        words += [f"{s} may draw {c:g} MW of facility power" for s, c in zip(IDS, cap, strict=True) if np.isfinite(c)]
    keep = _kept_arcs(limit, problem)
    if keep is not None:
        bounds["serve_mw"] = np.where(keep, np.inf, 0.0)
    return bounds, words


def _kept_arcs(limit: Limit, problem: Problem) -> "np.ndarray[tuple[int], np.dtype[np.bool_]] | None":
    """Return which arcs are left; a group here is one class of the one hub."""
    hubs = pd.DataFrame({"id": ["hub"], "country_iso2": ["DE"]})
    kept = np.ones((len(IDS), len(problem.workloads)), dtype=bool)
    says = False
    for k, workload in enumerate(problem.workloads):
        fast = limit.keep_arcs([workload] * len(IDS), problem.rtt_p90_ms[:, 0])
        may = limit.keep_pairs(problem.sites, hubs, workload)
        says = says or fast is not None or may is not None
        kept[:, k] &= True if fast is None else fast
        kept[:, k] &= True if may is None else may[:, 0]
    class_of_group = np.empty(len(problem.groups.demand_mw), dtype=np.intp)
    class_of_group[problem.groups.of[0]] = np.arange(len(problem.workloads))
    return kept[problem.arcs.site, class_of_group[problem.arcs.group]] if says else None


def objective_file(word: str) -> str:
    """Return the LP file of one objective."""
    objective = OBJECTIVES[word]
    problem = question(minimise=objective)
    words = [f"objective {word} [{objective.unit}]" + (", maximised" if objective.maximise else "")]
    level, per = objective.bottleneck(problem), objective.per(problem)
    arcs = problem.families["serve_mw"].labels
    if level is not None:
        words += ["the largest of these in use:"]
        words += [f"  {a} {x:g} {objective.unit}" for a, x in zip(arcs, level, strict=True)]
        return "".join(f"\\ {w}\n" for w in words)
    linear = objective.linear(problem)
    words += [f"{'quantity' if per is None else 'numerator'}: [{linear.unit}]"]
    if per is not None:
        words += [f"denominator: {per.constant:g} [{per.unit}] while all demand is served"]
        words += [f"a ratio of 1 is {objective.in_unit(problem, 1.0):g} {objective.unit}"]
    return in_lp(word, words, problem, [], linear=linear.terms)


def renew() -> list[Path]:
    """Write every file anew, and drop those that no limit or objective has any more."""
    HERE.mkdir(parents=True, exist_ok=True)
    texts = {f"limit_{k}": limit_file(k) for k in (*LIMITS, *ROW_NAMES)} | {
        f"objective_{w}": objective_file(w) for w in OBJECTIVES
    }
    for old in HERE.glob("*.lp"):
        if old.stem not in texts:
            old.unlink()
    for name, text in texts.items():
        (HERE / f"{name}.lp").write_text(text, encoding="utf-8")
    return sorted(HERE.glob("*.lp"))


if __name__ == "__main__":
    renew()
