"""Small made-up problems, and their optimum by trying everything: no code of the model builder."""

import itertools
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from siting import Budget, GridHeadroom, Limit, Objective, Problem, RenewableShare, Scenario, SiteCount
from siting.problem.ledger.incentive_offers import OFFER_COLUMNS
from siting.problem.part import Line, Part
from siting.problem.parts import PARTS, Capacity, Incentives, Service, Utilisation
from siting.problem.reachability import merge_demand

DESIGNS = ("airside_economizer_adiabatic", "waterside_economizer")
WORKLOADS = ("batch", "interactive")
DRAWS_ITS_NAMEPLATE = {"server_power_w": 1000.0, "nameplate_w": 1000.0}
"""An accelerator by which a hall's power is also its draw."""


@dataclass(frozen=True)
class Numbers:
    """Everything a small problem is made of, in plain arrays: sites, designs, hubs, classes."""

    pue: np.ndarray  # (site, design)
    ci: np.ndarray  # (site,) g/kWh
    price: np.ndarray  # (site,) USD/MWh
    renewable: np.ndarray  # (site,)
    hall_usd: np.ndarray  # (site,) USD per hall and year
    hall_t: float  # tCO2e per hall and year
    zone: np.ndarray  # (site,) zone number
    zone_mw: np.ndarray  # (zone,) average generation
    demand: np.ndarray  # (hub, class) MW
    near: np.ndarray  # (site, hub, class) bool
    max_halls: int
    benefit_usd_per_hall: np.ndarray  # (site,) 0 where no programme is offered
    min_capex_usd: float
    min_jobs: float
    hall_mw: float = 10.0
    min_halls: int = 1
    utilisation: float = 0.9
    least_use: float = 0.0
    capex_usd_per_hall: float = 4e8
    jobs_per_hall: float = 1.0


def random_numbers(seed: int, n_sites: int = 4, n_designs: int = 2, n_hubs: int = 3, max_halls: int = 2) -> Numbers:
    """Draw a small problem that has room for its demand more often than not."""
    rng = np.random.default_rng(seed)
    near = rng.random((n_sites, n_hubs, 2)) < 0.8
    near[rng.integers(n_sites), :, :] = True
    room = n_sites * max_halls * 10.0 * 0.9
    demand = rng.random((n_hubs, 2))
    demand *= rng.uniform(0.15, 0.7) * room / demand.sum()
    return Numbers(
        pue=1.05 + 0.4 * rng.random((n_sites, n_designs)),
        ci=rng.uniform(5, 600, n_sites),
        price=rng.uniform(20, 200, n_sites),
        renewable=rng.random(n_sites),
        hall_usd=rng.uniform(0.5e8, 1.5e8, n_sites),
        hall_t=rng.uniform(0, 3000),
        zone=rng.integers(0, 2, n_sites),
        zone_mw=rng.uniform(100, 900, 2),
        demand=demand,
        near=near,
        max_halls=max_halls,
        benefit_usd_per_hall=np.where(rng.random(n_sites) < 0.5, rng.uniform(1e6, 2e7, n_sites), 0.0),
        min_capex_usd=float(rng.choice([0.0, 5e8])),
        min_jobs=float(rng.choice([0.0, 2.0])),
    )


def problem_of(n: Numbers, limits: tuple[Limit, ...] = (), minimise: Objective | None = None) -> Problem:
    """Put the numbers into the shape that `solve` takes."""
    extra = {} if minimise is None else {"minimise": minimise}
    building = {
        "hall_mw": n.hall_mw,
        "min_halls": n.min_halls,
        "utilisation_max": n.utilisation,
        "utilisation_min": n.least_use,
        "cooling": DESIGNS[: n.pue.shape[1]],
    }
    scenario = Scenario(
        name="small",
        demand={"it_mw": float(n.demand.sum()), "shares": {"batch": 0.5, "interactive": 0.5}},
        building=building,
        hardware=DRAWS_ITS_NAMEPLATE,
        limits=limits,
        **extra,
    )
    sites, options = _sites(n), _options(n)
    site = options["site"].to_numpy(np.intp)
    pue = options["pue"].to_numpy(float)
    zero = np.zeros(len(options))
    lines = (
        Line("energy", "load_mw", 8760 * pue * n.price[site], 8.76 * pue * n.ci[site]),
        Line("servers", "halls", n.hall_usd[site], zero + n.hall_t),
    )
    names = [[f"hub-{h} {k}" for k in WORKLOADS] for h in range(len(n.demand))]
    groups, arcs = merge_demand(n.near, n.demand, names)
    hubs = pd.DataFrame(
        {
            "id": [f"hub-{i}" for i in range(len(n.demand))],
            "name": "hub",
            "country_iso2": "",
            "weight": 1.0,
            "lon": 0.0,
            "lat": 0.0,
        }
    )
    empty = pd.DataFrame(columns=["site", "limit", "reason"])
    return Problem(
        scenario=scenario,
        sites=sites,
        options=options,
        hubs=hubs,
        workloads=WORKLOADS,
        demand_mw=n.demand,
        rtt_p90_ms=np.full(n.near.shape[:2], 10.0),
        groups=groups,
        arcs=arcs,
        parts=(Service(), Capacity(lines), *([Utilisation()] if n.least_use else []), Incentives(_claims(n, options))),
        eflop_per_mwh_it=1000.0,
        jobs_per_mw=n.jobs_per_hall / n.hall_mw,
        excluded=empty,
        unknowns=pd.DataFrame(columns=["site", "limit", "unknown"]),
        sources=pd.DataFrame(columns=["table", "source", "year", "licence", "quality", "citation"]),
    )


def with_part(problem: Problem, part: Part) -> Problem:
    """Return a problem with another part of a kind."""
    parts = [p for p in problem.parts if type(p) is not type(part)]
    return replace(problem, parts=tuple(sorted([*parts, part], key=lambda p: PARTS.index(type(p)))))


def _sites(n: Numbers) -> pd.DataFrame:
    m = len(n.ci)
    return pd.DataFrame(
        {
            "id": [f"site-{i}" for i in range(m)],
            "name": [f"Site {i}" for i in range(m)],
            "country": "Nowhere",
            "country_iso2": "XX",
            "jurisdiction": "XX",
            "lon": np.linspace(-10, 10, m),
            "lat": 50.0,
            "zone_id": [f"Z{z}" for z in n.zone],
            "avg_generation_mw": n.zone_mw[n.zone],
            "plants_mw_150km": 1e6,
            "ci_lifecycle_g_per_kwh": n.ci,
            "ci_direct_g_per_kwh": n.ci,
            "renewable_share": n.renewable,
            "carbon_free_share": n.renewable,
            "price_usd_per_mwh": n.price,
            "corporate_tax_rate": 0.0,
            "cdd18_k_day": 0.0,
            "cdd21_k_day": 0.0,
            "ci_quality": "synthetic",
        }
    )


def _options(n: Numbers) -> pd.DataFrame:
    rows = [
        (s, DESIGNS[d], f"site-{s}__{DESIGNS[d]}", n.pue[s, d]) for s in range(len(n.ci)) for d in range(n.pue.shape[1])
    ]
    table = pd.DataFrame(rows, columns=["site", "cooling", "label", "pue"])
    return table.assign(
        peak_pue=table["pue"],
        wue_l_per_kwh=0.0,
        pue_ci_covariance=1.0,
        ci_shape_known=False,
        max_halls=n.max_halls,
        capex_usd_per_hall=n.capex_usd_per_hall,
    )


def _claims(n: Numbers, options: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for o, s in enumerate(options["site"]):
        per_hall = float(n.benefit_usd_per_hall[s])
        if per_hall > 0:
            label = f"{options['label'].iloc[o]}__p"
            rows.append(
                (
                    o,
                    "p",
                    label,
                    per_hall,
                    per_hall * n.max_halls,
                    n.capex_usd_per_hall,
                    n.min_capex_usd,
                    n.jobs_per_hall,
                    n.min_jobs,
                    0.0,
                    0.0,
                    n.hall_mw,
                    0.0,
                    n.hall_mw,
                    0.0,
                    (),
                    np.inf,
                )
            )
    return pd.DataFrame(rows, columns=list(OFFER_COLUMNS))


def best_by_enumeration(n: Numbers, limits: tuple[Limit, ...] = (), *, cost: bool = False) -> float | None:
    """Return the least emissions [t/a] or cost [USD/a] by trying every choice of designs and halls; None if none fits."""
    best = None
    designs = range(n.pue.shape[1])
    states: list[tuple[int, int] | None] = [None, *itertools.product(designs, range(n.min_halls, n.max_halls + 1))]
    for choice in itertools.product(states, repeat=len(n.ci)):
        value = _best_load(n, choice, limits, cost=cost)
        if value is not None and (best is None or value < best):
            best = value
    return best


def _best_load(
    n: Numbers, choice: tuple[tuple[int, int] | None, ...], limits: tuple[Limit, ...], *, cost: bool
) -> float | None:
    """Solve the transport problem that is left once designs and halls are fixed."""
    halls = np.array([0 if c is None else c[1] for c in choice])
    if n.utilisation * n.hall_mw * halls.sum() < n.demand.sum() * (1 - 1e-6):
        return None  # too small whatever is served from where
    pue = np.array([1.0 if c is None else n.pue[s, c[0]] for s, c in enumerate(choice)])
    claimed = (halls * n.capex_usd_per_hall >= n.min_capex_usd) & (halls * n.jobs_per_hall >= n.min_jobs)
    fixed_usd = float(halls @ n.hall_usd - (claimed * halls) @ n.benefit_usd_per_hall)
    fixed_t = float(halls.sum() * n.hall_t)
    cells = [(s, h, k) for s, h, k in np.argwhere(n.near) if halls[s] and n.demand[h, k] > 0]
    usd = np.array([8760 * pue[s] * n.price[s] for s, _, _ in cells])
    tonnes = np.array([8.76 * pue[s] * n.ci[s] for s, _, _ in cells])
    of_site = [[float(s == t) for s, _, _ in cells] for t in range(len(halls))]
    upper = [*of_site, *([-x for x in row] for row in of_site)]
    rhs = [*(n.utilisation * n.hall_mw * halls), *(-n.least_use * n.hall_mw * halls)]
    for limit in limits:
        if isinstance(limit, SiteCount) and not limit.min <= (halls > 0).sum() <= (limit.max or 99):
            return None
        if isinstance(limit, GridHeadroom):
            for z in range(len(n.zone_mw)):
                if (n.hall_mw * halls * pue)[n.zone == z].sum() > limit.zone_share * n.zone_mw[z]:
                    return None
        if isinstance(limit, RenewableShare):
            upper.append([-pue[s] * (n.renewable[s] - limit.min) for s, _, _ in cells])
            rhs.append(0.0)
        if isinstance(limit, Budget):
            upper.append(list(usd / 1e6))
            rhs.append((float(limit.usd_per_year or np.inf) - fixed_usd) / 1e6)
    wanted = [(h, k) for h, k in np.argwhere(n.demand > 0)]
    equal = [[float((h, k) == (i, j)) for _, h, k in cells] for i, j in wanted]
    if not cells:
        return None
    found = linprog(
        usd / 1e6 if cost else tonnes,
        A_ub=upper,
        b_ub=rhs,
        A_eq=equal,
        b_eq=[n.demand[h, k] for h, k in wanted],
        method="highs",
    )
    if found.status != 0:
        return None
    return float(found.fun * 1e6 + fixed_usd) if cost else float(found.fun + fixed_t)
