"""Small location problems of every kind, solved and compared with trying everything: `attempts(seed, n)`.

The comparison shares no code with the package: sites are enumerated, split demand is cut into units and matched by the
Hungarian method, and an undivided customer tries every site.
"""

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from siting import locate

GAPS = (1e-9, 1e-6, 1e-4, 1e-2, 0.1, 0.3)
"""Requested gaps; 1e-9 is the smallest that is accepted."""

TOLERANCE = 1e-9
"""Relative difference of two sums that is rounding."""

TIME_LIMIT_S = 60.0
"""A problem of this size that takes longer does not end."""

FIRST = 5
"""Failing instances that a tally keeps."""

PROBLEMS = (
    "p_median",
    "p_median_points",
    "facility_location",
    "capacitated",
    "single_source",
    "cover_all",
    "max_cover",
    "p_center",
)


@dataclass
class Tally:
    """Counts of attempts, and the first failing ones.

    Attributes
    ----------
    right, wrong : int
        Attempts whose bound, objective, status and allocation are true, and the others.
    by_problem : Counter
        Attempts of each problem.
    first : list of str
        The first failing instances: what is wrong, and the call that shows it.
    """

    right: int = 0
    wrong: int = 0
    by_problem: Counter[str] = field(default_factory=Counter)
    first: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Instance:
    """A call of `siting.locate`, what it means, and its true optimum (infinite without one)."""

    problem: str
    call: dict[str, Any]
    cost: np.ndarray
    optimum: float
    rounding: float = 0.0


def attempts(seed: int, n: int) -> Tally:
    """Draw, solve and check `n` instances of all problems in turn; the same seed draws the same ones."""
    tally = Tally()
    for number in range(n):
        problem = PROBLEMS[number % len(PROBLEMS)]
        instance = DRAW[problem](np.random.default_rng([seed, number]))
        fault = fault_of(instance)
        tally.by_problem[problem] += 1
        tally.right += fault is None
        tally.wrong += fault is not None
        if fault is not None and len(tally.first) < FIRST:
            tally.first.append(f"attempts({seed}, ...), number {number}, {problem}: {fault}; {instance.call}")
    return tally


def fault_of(instance: Instance) -> str | None:
    """Return what is wrong with the result of one instance, None where everything is true."""
    name = "facility_location" if instance.problem in ("capacitated", "single_source") else instance.problem
    try:
        found = getattr(locate, name)(**instance.call, time_limit_s=TIME_LIMIT_S)
    except Exception as error:  # any exception is a finding
        return f"{type(error).__name__}: {error}"
    optimum = instance.optimum
    if not np.isfinite(optimum):
        return None if found.status == "infeasible" else f"{found.status}, though no plan exists"
    if found.objective is None or found.bound is None or found.gap is None:
        return f"{found.status} without a plan, the optimum is {optimum!r}"
    sign = -1.0 if instance.problem == "max_cover" else 1.0
    room = TOLERANCE * abs(optimum) + instance.rounding
    if sign * found.bound > sign * optimum + room:
        return f"bound {found.bound!r} beyond the optimum {optimum!r}"
    if sign * found.objective < sign * optimum - room:
        return f"objective {found.objective!r} better than the optimum {optimum!r}"
    if found.status != "optimal":
        return f"{found.status} with gap {found.gap!r} (objective {found.objective!r}, bound {found.bound!r})"
    if sign * (found.objective - found.bound) > instance.call["gap"] * abs(found.objective) + instance.rounding:
        return f"optimal, but objective {found.objective!r} and bound {found.bound!r} are farther apart than the gap"
    return _fault_of_plan(instance, found)


def _fault_of_plan(instance: Instance, found: locate.Location) -> str | None:
    """Compare the objective with the open facilities and the allocation."""
    call, cost, share = instance.call, instance.cost, found.assign.toarray()
    used = share > 0
    if not np.isfinite(cost[used]).all():
        return "a pair that may not serve is used"
    if share[~found.open].any():
        return "a closed facility serves"
    if "p" in call and found.open.sum() != call["p"]:
        return f"{found.open.sum()} facilities are open"
    served = share.sum(axis=0)
    if instance.problem == "max_cover":
        value = float(np.broadcast_to(call.get("weights", 1.0), len(served))[served > 0].sum())
    elif instance.problem == "cover_all":
        value = float(found.open.sum())
    elif instance.problem == "p_center":
        value = float(cost[used].max())
    else:
        value = float((np.where(used, cost, 0.0) * share).sum())
        value += float(np.broadcast_to(call.get("fixed_cost", 0.0), len(cost))[found.open].sum())
    if instance.problem != "max_cover" and abs(served - 1.0).max() > TOLERANCE:
        return "a customer is not served"
    if abs(value - found.objective) > 1e-7 * abs(value) + instance.rounding:
        return f"objective {found.objective!r}, but the allocation costs {value!r}"
    if instance.problem in ("capacitated", "single_source"):
        load = share @ call["demand"]
        if (load > call["capacity"] * (1 + 1e-6) + 1e-6 * call["demand"].mean()).any():
            return f"loads {load} exceed the capacities"
    return None


def amounts(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw numbers of one kind and magnitude: zeros, ties, integers, reals, duplicates, and large beside small ones."""
    kind = rng.choice(
        ["zeros", "ties", "integers", "reals", "equal", "mixed", "powers"], p=[0.04, 0.2, 0.2, 0.2, 0.06, 0.2, 0.1]
    )
    drawn = {
        "zeros": lambda: np.zeros(shape),
        "ties": lambda: rng.integers(0, 4, shape).astype(float),
        "integers": lambda: rng.integers(0, 100, shape).astype(float),
        "reals": lambda: rng.random(shape) * 10,
        "equal": lambda: np.full(shape, rng.random()),
        "mixed": lambda: np.where(rng.random(shape) < 0.3, 10.0 ** rng.integers(6, 13), rng.integers(1, 50, shape)),
        "powers": lambda: 10.0 ** rng.uniform(-6, 6, shape),
    }[str(kind)]()
    if kind in ("mixed", "powers"):
        return np.asarray(drawn)
    exponent = int(rng.integers(-6, 13))
    return np.asarray(drawn * 10.0**exponent)


def count_of(rng: np.random.Generator, n: int) -> int:
    """Draw a number of sites, one and all among them."""
    return int(rng.choice([1, n, int(rng.integers(1, n + 1))]))


def forbid(rng: np.random.Generator, name: str, cost: np.ndarray) -> tuple[dict[str, Any], np.ndarray]:
    """Forbid some pairs in one of four ways; return the arguments, and the costs with infinite pairs."""
    if rng.random() < 0.5:
        whole = rng.random() < 0.5 and (cost == np.rint(cost)).all() and cost.max() < 2**53
        return {name: cost.astype(np.int64) if whole else cost}, cost
    no = rng.random(cost.shape) < rng.choice([0.1, 0.4, 0.7])
    if rng.random() < 0.7:  # most of them can be served
        no[rng.integers(0, len(cost), cost.shape[1]), np.arange(cost.shape[1])] = False
    meant = np.where(no, np.inf, cost)
    way = rng.integers(4)
    if way == 0:
        return {name: meant}, meant
    if way == 1:
        return {name: cost, "mask": no}, meant
    if way == 2:
        return {name: np.ma.masked_array(np.where(no, np.nan, cost), no)}, meant
    return {name: [[None if np.isinf(c) else float(c) for c in row] for row in meant]}, meant


def choices(n: int, p: int | None = None) -> list[list[int]]:
    """Return every choice of p sites, or of any number of at least one."""
    sizes = range(1, n + 1) if p is None else (p,)
    return [list(c) for size in sizes for c in itertools.combinations(range(n), size)]


def least(cost: np.ndarray, fixed: np.ndarray, p: int | None) -> float:
    """Return the smallest cost of any choice of sites."""
    return min(float(cost[c].min(axis=0).sum() + fixed[c].sum()) for c in choices(len(cost), p))


def weighted(cost: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Return costs times weights; a pair that may not serve stays one, also at weight 0."""
    if weights is None:
        return cost
    return np.where(np.isinf(cost), np.inf, np.where(np.isinf(cost), 0.0, cost) * weights)


def sized(rng: np.random.Generator, most_sites: int = 7, most_customers: int = 8) -> tuple[int, int]:
    """Draw numbers of sites and customers."""
    return int(rng.integers(1, most_sites + 1)), int(rng.integers(1, most_customers + 1))


def gap(rng: np.random.Generator) -> float:
    """Draw a gap."""
    return float(rng.choice(GAPS))


def draw_p_median(rng: np.random.Generator) -> Instance:
    n, m = sized(rng)
    given, cost = forbid(rng, "distance", amounts(rng, (n, m)))
    weights = amounts(rng, (m,)) if rng.random() < 0.3 else None
    p = count_of(rng, n)
    call = {**given, "p": p, "gap": gap(rng)} | ({} if weights is None else {"weights": weights})
    meant = weighted(cost, weights)
    return Instance("p_median", call, meant, least(meant, np.zeros(n), p))


def chord_km(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Great circles by chords on a sphere of 6371.0088 km: another formula than that of the package."""
    x, y = (
        np.stack([np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)], axis=-1)
        for a, b in (np.radians(one).T, np.radians(other).T)
    )
    straight = np.linalg.norm(x[:, None] - y[None], axis=-1)
    return np.asarray(2 * 6371.0088 * np.arcsin(np.minimum(straight / 2, 1.0)))


def globe(rng: np.random.Generator, n: int) -> np.ndarray:
    """Draw longitudes and latitudes, with poles, both sides of the date line, and twins."""
    lon = rng.choice([-180.0, 180.0, 0.0, 179.9, -179.9, 10.0, 90.0], n)
    lat = rng.choice([90.0, -90.0, 0.0, 10.0, -10.0, 89.9], n)
    somewhere = rng.random(n) < rng.choice([0.0, 0.5, 1.0])
    lon, lat = np.where(somewhere, rng.uniform(-180, 180, n), lon), np.where(somewhere, rng.uniform(-90, 90, n), lat)
    return np.column_stack((lon, lat))


def draw_p_median_points(rng: np.random.Generator) -> Instance:
    m = int(rng.integers(1, 9))
    geodesic = rng.random() < 0.6
    n = int(rng.integers(1, 8)) if rng.random() < 0.4 else m
    if geodesic:
        points, sites, size = globe(rng, m), globe(rng, n), 20_016.0
    else:
        d = int(rng.integers(1, 4))
        scale = 10.0 ** int(rng.integers(-6, 13))
        kind = rng.integers(3)
        places = rng.integers(0, 3, (m + n, d)).astype(float) if kind else rng.random((m + n, d)) - (0.5 if kind else 0)
        points, sites = places[:m] * scale, places[m:] * scale
        size = scale * 3
    weights = amounts(rng, (m,)) if rng.random() < 0.3 else np.ones(m)
    p_of = n if rng.random() < 0.6 else None
    call: dict[str, Any] = {"points": points, "metric": "geodesic" if geodesic else "euclidean", "gap": gap(rng)}
    if p_of is None:
        sites = points
    else:
        call["sites"] = sites
    call["p"] = count_of(rng, len(sites))
    if not (weights == 1).all():
        call["weights"] = weights
    far = chord_km(sites, points) if geodesic else np.linalg.norm(sites[:, None] - points[None], axis=-1)
    # chords round at 1e-8 rad near the antipodes
    rounding = float(weights.sum()) * size * (1e-7 if geodesic else 1e-13)
    optimum = least(far * weights, np.zeros(len(sites)), call["p"])
    return Instance("p_median_points", call, far * weights, optimum, rounding)


def fixed_costs(rng: np.random.Generator, n: int, cost: np.ndarray) -> np.ndarray:
    """Draw fixed costs, most of the magnitude of serving."""
    if rng.random() < 0.3:
        return amounts(rng, (n,))
    finite = cost[np.isfinite(cost)]
    typical = float(np.median(finite)) if finite.size else 1.0
    return np.asarray(rng.integers(0, 5, n) * typical)


def draw_facility_location(rng: np.random.Generator) -> Instance:
    n, m = sized(rng)
    given, cost = forbid(rng, "serve_cost", amounts(rng, (n, m)))
    fixed = fixed_costs(rng, n, cost)
    call = {**given, "fixed_cost": fixed, "gap": gap(rng)}
    return Instance("facility_location", call, cost, least(cost, fixed, None))


def loads(rng: np.random.Generator, n: int, m: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Draw demands and capacities in integer units, some 0, some equal to all demand, and the size of a unit."""
    demand = rng.integers(0, 5, m).astype(float)
    equal, other = np.full(n, float(rng.integers(1, 9))), rng.integers(0, 9, n).astype(float)
    capacity = equal if rng.random() < 0.3 else other
    if rng.random() < 0.1:
        capacity[rng.integers(n)] = np.inf
    return demand, capacity, float(2.0 ** rng.integers(-20, 40))


def split_cost(cost: np.ndarray, capacity: np.ndarray, demand: np.ndarray) -> float:
    """Return the cheapest service of all customers from sites that are open: each unit of demand goes to a unit of capacity."""
    customer = np.repeat(np.arange(len(demand)), demand.astype(int))
    room = np.minimum(capacity, demand.sum()).astype(int)
    site = np.repeat(np.arange(len(capacity)), room)
    idle = cost[:, demand == 0].min(axis=0).sum() if (demand == 0).any() else 0.0
    if len(customer) > len(site):
        return float(np.inf)
    if len(customer) == 0:
        return float(idle)
    each = cost[site][:, customer] / demand[customer]
    try:
        rows, columns = linear_sum_assignment(each)
    except ValueError:  # scipy: no assignment avoids the infinite pairs
        return float(np.inf)
    return float(each[rows, columns].sum() + idle)


def draw_capacitated(rng: np.random.Generator) -> Instance:
    n, m = sized(rng, 5, 6)
    given, cost = forbid(rng, "serve_cost", amounts(rng, (n, m)))
    fixed = fixed_costs(rng, n, cost)
    demand, capacity, unit = loads(rng, n, m)
    optimum = min(float(fixed[c].sum()) + split_cost(cost[c], capacity[c], demand) for c in choices(n))
    call = {**given, "fixed_cost": fixed, "capacity": capacity * unit, "demand": demand * unit, "gap": gap(rng)}
    return Instance("capacitated", call, cost, optimum)


def draw_single_source(rng: np.random.Generator) -> Instance:
    n, m = sized(rng, 4, 5)
    given, cost = forbid(rng, "serve_cost", amounts(rng, (n, m)))
    fixed = fixed_costs(rng, n, cost)
    demand, capacity, unit = loads(rng, n, m)
    at = np.array(list(itertools.product(range(n), repeat=m)))
    serve = cost[at, np.arange(m)].sum(axis=1)
    for site in range(n):
        here = at == site
        serve = serve + np.where(here.any(axis=1), fixed[site], 0.0)
        serve = np.where((here * demand).sum(axis=1) <= capacity[site], serve, np.inf)
    call = {**given, "fixed_cost": fixed, "capacity": capacity * unit, "demand": demand * unit, "gap": gap(rng)}
    return Instance("single_source", {**call, "single_source": True}, cost, float(serve.min()))


def radius_of(rng: np.random.Generator, far: np.ndarray) -> float:
    """Draw a radius, equal to a distance more often than not."""
    finite = far[np.isfinite(far)]
    return float(rng.choice(finite)) * float(rng.choice([1.0, 1.0, 0.9, 1.1])) if finite.size else 1.0


def draw_cover_all(rng: np.random.Generator) -> Instance:
    n, m = sized(rng)
    given, far = forbid(rng, "distance", amounts(rng, (n, m)))
    radius = radius_of(rng, far)
    enough = [len(c) for c in choices(n) if (far[c] <= radius).any(axis=0).all()]
    optimum = float(min(enough, default=np.inf))
    return Instance("cover_all", {**given, "radius": radius, "gap": gap(rng)}, far, optimum)


def draw_max_cover(rng: np.random.Generator) -> Instance:
    n, m = sized(rng)
    given, far = forbid(rng, "distance", amounts(rng, (n, m)))
    radius, p = radius_of(rng, far), count_of(rng, n)
    weights = amounts(rng, (m,)) if rng.random() < 0.7 else np.ones(m)
    optimum = max(float(weights[(far[c] <= radius).any(axis=0)].sum()) for c in choices(n, p))
    call = {**given, "radius": radius, "p": p, "weights": weights, "gap": gap(rng)}
    return Instance("max_cover", call, far, optimum)


def draw_p_center(rng: np.random.Generator) -> Instance:
    n, m = sized(rng)
    given, far = forbid(rng, "distance", amounts(rng, (n, m)))
    p = count_of(rng, n)
    optimum = min(float(far[c].min(axis=0).max()) for c in choices(n, p))
    return Instance("p_center", {**given, "p": p, "gap": gap(rng)}, far, optimum)


DRAW: dict[str, Callable[[np.random.Generator], Instance]] = {
    "p_median": draw_p_median,
    "p_median_points": draw_p_median_points,
    "facility_location": draw_facility_location,
    "capacitated": draw_capacitated,
    "single_source": draw_single_source,
    "cover_all": draw_cover_all,
    "max_cover": draw_max_cover,
    "p_center": draw_p_center,
}
