"""Instances of location problems: generated from a seed, or read from a folder of published ones."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from siting.errors import DataError

Floats = NDArray[np.float64]
Shape = Literal[
    "euclidean",
    "square without capacities",
    "square with capacities",
    "clusters with capacities",
    "square, one source each",
    "cover all",
    "cover most",
    "centre",
    "published p-median",
    "published uncapacitated",
    "published capacitated",
]

Kind = Literal["sum", "one source", "cover all", "cover most", "centre"]

SIDE = 1000.0
"""Side of the square in which points are scattered."""


@dataclass(frozen=True)
class LocationProblem:
    """A location problem in plain arrays.

    Attributes
    ----------
    costs : numpy.ndarray
        Cost of serving customer j from facility i, (n, m).
    fixed : numpy.ndarray
        Cost of opening each facility, (n,); 0 where their number is given.
    count : int or None
        Number of open facilities; None leaves it to the costs.
    capacity, demand : numpy.ndarray or None
        Capacity of each facility, (n,), and demand of each customer, (m,); None without capacities.
    kind : {"sum", "one source", "cover all", "cover most", "centre"}
        Minimum sum of costs, with split demand or a single source; covering of all or most customers within `radius`,
        where `costs` are distances; or p-centre.
    radius : float
        Covering radius, in the unit of the distances, where it applies.
    """

    costs: NDArray[np.number]
    fixed: Floats
    count: int | None
    capacity: Floats | None = None
    demand: Floats | None = None
    kind: Kind = "sum"
    radius: float = 0.0


@dataclass(frozen=True)
class Instance:
    """A problem by its parameters, so that another process can build it.

    Attributes
    ----------
    family : str
        Family of the instance.
    name : str
        Name in the table.
    shape : str
        How it is generated: one of `Shape`.
    n, m, p, seed : int
        Facilities, customers, open facilities and seed of a generated instance.
    file : str
        File of a published instance.
    optimum : float or None
        Published optimum.
    capacity : float or None
        Capacity of every facility of a published instance, where it replaces the one in the file.
    radius : float
        Covering radius, where it applies.
    """

    family: str
    name: str
    shape: Shape
    n: int = 0
    m: int = 0
    p: int = 0
    seed: int = 1
    file: str = ""
    optimum: float | None = None
    capacity: float | None = None
    radius: float = 0.0

    def problem(self) -> LocationProblem:
        """Generate or read the arrays.

        Raises
        ------
        siting.errors.DataError
            The file does not exist.

        Examples
        --------
        >>> Instance("p-median", "small", "euclidean", n=30, m=20, p=3).problem().costs.shape
        (30, 20)
        """
        if self.shape == "euclidean":
            return LocationProblem(scattered(self.n, self.m, self.seed), np.zeros(self.n), self.p)
        if self.shape in ("cover all", "cover most", "centre"):
            distance = scattered(self.n, self.m, self.seed)
            return LocationProblem(distance, np.zeros(self.n), self.p or None, kind=self.shape, radius=self.radius)
        if self.shape == "square, one source each":
            return LocationProblem(*square(self.n, self.m, self.seed), kind="one source")
        if self.shape == "square without capacities":
            serve, fixed, *_ = square(self.n, self.m, self.seed)
            return LocationProblem(serve, fixed, None)
        if self.shape == "square with capacities":
            return LocationProblem(*square(self.n, self.m, self.seed))
        if self.shape == "clusters with capacities":
            return LocationProblem(*clusters(self.n, self.m, self.seed))
        path = Path(self.file)
        if not path.is_file():
            raise DataError(f"`{path}` does not exist: pass the folder that contains optima.csv")
        with np.load(path) as arrays:
            if self.shape == "published p-median":
                return LocationProblem(arrays["distance"], np.zeros(len(arrays["distance"])), int(arrays["p"]))
            fixed = arrays["fixed_cost"].astype(np.float64)
            if self.shape == "published uncapacitated":
                return LocationProblem(arrays["serve_cost"], fixed, None)
            capacity = arrays["capacity"] if self.capacity is None else np.full(len(fixed), self.capacity)
            return LocationProblem(arrays["serve_cost"], fixed, None, capacity, arrays["demand"])


def scattered_points(n: int, m: int, seed: int) -> tuple[Floats, Floats]:
    """Scatter n sites and m customers in a square; where n = m, the same points are both."""
    rng = np.random.default_rng(seed)
    sites = rng.random((n, 2)) * SIDE
    return sites, sites if n == m else rng.random((m, 2)) * SIDE


def scattered(n: int, m: int, seed: int) -> Floats:
    """Return distances from n random points to m others of a square, or among n points where n = m."""
    sites, customers = scattered_points(n, m, seed)
    distance = np.empty((n, m))
    for row, site in zip(distance, sites, strict=True):
        np.hypot(customers[:, 0] - site[0], customers[:, 1] - site[1], out=row)
    return distance


type Arrays = tuple[Floats, Floats, None, Floats, Floats]


def square(n: int, m: int, seed: int, *, ratio: float = 5.0) -> Arrays:
    """Scatter facilities and customers in a square: total capacity is `ratio` times total demand.

    Parameters
    ----------
    n, m : int
        Facilities and customers.
    seed : int
        Of the random numbers.
    ratio : float
        Total capacity over total demand [-].

    Returns
    -------
    tuple
        Serving cost, fixed cost, no number of facilities, capacity, demand.

    References
    ----------
    Cornuejols, G., Sridharan, R., Thizy, J. M. (1991). A comparison of heuristics and relaxations for the capacitated
    plant location problem. European Journal of Operational Research 50(3): 280-297 (the recipe).
    """
    rng = np.random.default_rng(seed)
    sites, customers = rng.random((n, 2)), rng.random((m, 2))
    demand, capacity = rng.uniform(5, 35, m), rng.uniform(10, 160, n)
    capacity *= ratio * demand.sum() / capacity.sum()
    fixed = rng.uniform(0, 90, n) + rng.uniform(100, 110, n) * np.sqrt(capacity)
    return 10 * _between(sites, customers) * demand, fixed, None, capacity, demand


def clusters(n: int, m: int, seed: int) -> Arrays:
    """Gather demand in 25 clusters and half of the facilities around them, like data centres and their users.

    Demand is log-normal, the capacity of a facility is a fortieth to a tenth of it, and the fixed cost grows with the
    square root of the capacity, so that about 15 open.

    Parameters
    ----------
    n, m : int
        Facilities and customers.
    seed : int
        Of the random numbers.

    Returns
    -------
    tuple
        Serving cost, fixed cost, no number of facilities, capacity, demand.
    """
    rng = np.random.default_rng(seed)
    centres, weight = rng.random((25, 2)), rng.dirichlet(np.ones(25))
    customers = np.clip(centres[rng.choice(25, m, p=weight)] + 0.04 * rng.standard_normal((m, 2)), 0, 1)
    near = np.clip(centres[rng.choice(25, n // 2, p=weight)] + 0.08 * rng.standard_normal((n // 2, 2)), 0, 1)
    sites = np.concatenate((near, rng.random((n - n // 2, 2))))
    demand = rng.lognormal(0, 1, m)
    mean = demand.sum() / 20
    capacity = mean * rng.uniform(0.5, 2, n)
    fixed = 0.15 * mean * rng.uniform(0.7, 1.3, n) * np.sqrt(capacity / capacity.mean())
    return _between(sites, customers) * demand, fixed, None, capacity, demand


def _between(sites: Floats, customers: Floats) -> Floats:
    """Return the distance of each pair."""
    distance: Floats = np.hypot(*(sites[:, None, :] - customers[None, :, :]).transpose(2, 0, 1))
    return distance


def generated_with_fixed_costs(*, quick: bool) -> tuple[Instance, ...]:
    """List generated instances with fixed costs, without and with capacities: all, or those that take seconds."""
    square_free: tuple[str, Shape] = ("uncapacitated, square", "square without capacities")
    square_full: tuple[str, Shape] = ("capacitated, square", "square with capacities")
    clustered: tuple[str, Shape] = ("capacitated, clusters", "clusters with capacities")
    sizes = [(*square_free, 100, 100), (*square_full, 40, 40), (*clustered, 30, 60)]
    if not quick:
        sizes += [(*square_free, 300, 300), (*square_full, 100, 100), (*clustered, 200, 100)]
        sizes += [(*square_full, 300, 300), (*clustered, 1000, 500)]
    return tuple(Instance(family, f"{n} x {m}", shape, n=n, m=m) for family, shape, n, m in sizes)


def generated_for_reach(*, quick: bool) -> tuple[Instance, ...]:
    """List generated instances of covering, p-centre and single source: all, or those that take seconds."""
    small = [
        Instance("covering all", "200 x 200, 120", "cover all", n=200, m=200, radius=120.0),
        Instance("covering most", "200 x 200, 100, p=10", "cover most", n=200, m=200, p=10, radius=100.0),
        Instance("p-centre", "40 x 40, p=4", "centre", n=40, m=40, p=4),
        Instance("one source each", "15 x 30", "square, one source each", n=15, m=30),
    ]
    if quick:
        return tuple(small)
    large = [
        Instance("covering all", "1000 x 500, 100", "cover all", n=1000, m=500, radius=100.0),
        Instance("covering most", "1000 x 1000, 60, p=20", "cover most", n=1000, m=1000, p=20, radius=60.0),
        Instance("p-centre", "200 x 200, p=5", "centre", n=200, m=200, p=5),
        Instance("one source each", "25 x 50", "square, one source each", n=25, m=50),
    ]
    return (*small, *large)


def generated(*, quick: bool) -> tuple[Instance, ...]:
    """List all generated instances, or those that take seconds."""
    sizes = [(100, 100, 5), (300, 300, 10), (1000, 200, 20)]
    if not quick:
        sizes += [(1000, 1000, 20), (3000, 3000, 30), (5000, 5000, 50)]
    medians = tuple(
        Instance("p-median, random points", f"{n} x {m}, p={p}", "euclidean", n=n, m=m, p=p) for n, m, p in sizes
    )
    return medians + generated_with_fixed_costs(quick=quick) + generated_for_reach(quick=quick)


def published(folder: Path, *, quick: bool) -> tuple[Instance, ...]:
    """List the published p-medians and facility location instances of a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Contains `optima.csv`, `p_median/*.npz` and `facility_location/*.npz`.
    quick : bool
        Only those that HiGHS proves in seconds.

    Raises
    ------
    siting.errors.DataError
        The folder has no `optima.csv`.
    """
    table = folder / "optima.csv"
    if not table.is_file():
        raise DataError(f"`{table}` does not exist: pass the folder that contains optima.csv")
    kinds: dict[str, tuple[Shape, str]] = {
        "p-median": ("published p-median", "p_median"),
        "uncapacitated": ("published uncapacitated", "facility_location"),
        "capacitated": ("published capacitated", "facility_location"),
    }
    instances = []
    with table.open(encoding="utf-8") as text:
        for row in csv.DictReader(text):
            if row["problem"] not in kinds or (quick and row["instance"] not in QUICK):
                continue
            shape, place = kinds[row["problem"]]
            file, optimum = str(folder / place / row["file"]), float(row["known_optimum"])
            family = f"{row['problem']}, OR-Library"
            fixed_size = row["capacity_override"]
            capacity = float(fixed_size) if fixed_size and shape == "published capacitated" else None
            instances.append(Instance(family, row["instance"], shape, file=file, optimum=optimum, capacity=capacity))
    return tuple(instances)


QUICK = frozenset(
    {"pmed1", "pmed2", "pmed5", "pmed6", "cap71_uncapacitated", "capa_uncapacitated", "cap41", "cap114", "capa_14000"}
)
"""Published instances of a quick run."""
