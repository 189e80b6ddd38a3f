"""Location questions to measure with: made from a seed, or read from a folder of published ones."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from siting.errors import DataError

Floats = NDArray[np.float64]
Shape = Literal["euclidean", "published p-median", "published uncapacitated"]

SIDE = 1000.0
"""Side of the square in which points are scattered."""


@dataclass(frozen=True)
class Question:
    """A location question in plain arrays.

    Attributes
    ----------
    costs : numpy.ndarray
        Cost of serving customer j from facility i, (n, m).
    fixed : numpy.ndarray
        Cost of opening each facility, (n,); 0 where their number is given.
    count : int or None
        How many facilities are open; None leaves it to the costs.
    """

    costs: NDArray[np.number]
    fixed: Floats
    count: int | None


@dataclass(frozen=True)
class Instance:
    """A question by its recipe, so that another process can make it.

    Attributes
    ----------
    family : str
        What it belongs to.
    name : str
        What it is called in the table.
    shape : str
        How it is made: `euclidean`, `published p-median` or `published uncapacitated`.
    n, m, p, seed : int
        Facilities, customers, open facilities and seed of a made question.
    file : str
        File of a published one.
    optimum : float or None
        Published optimum.
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

    def question(self) -> Question:
        """Make or read the arrays.

        Raises
        ------
        siting.errors.DataError
            The file is not there.

        Examples
        --------
        >>> Instance("p-median", "small", "euclidean", n=30, m=20, p=3).question().costs.shape
        (30, 20)
        """
        if self.shape == "euclidean":
            return Question(scattered(self.n, self.m, self.seed), np.zeros(self.n), self.p)
        path = Path(self.file)
        if not path.is_file():
            raise DataError(f"`{path}` is not there: pass the folder that holds optima.csv")
        with np.load(path) as arrays:
            if self.shape == "published p-median":
                return Question(arrays["distance"], np.zeros(len(arrays["distance"])), int(arrays["p"]))
            return Question(arrays["serve_cost"], arrays["fixed_cost"].astype(np.float64), None)


def scattered(n: int, m: int, seed: int) -> Floats:
    """Measure from n random points to m others of a square, or among n points where m is the same."""
    rng = np.random.default_rng(seed)
    sites = rng.random((n, 2)) * SIDE
    customers = sites if n == m else rng.random((m, 2)) * SIDE
    distance = np.empty((n, m))
    for row, site in zip(distance, sites, strict=True):
        np.hypot(customers[:, 0] - site[0], customers[:, 1] - site[1], out=row)
    return distance


def made(*, quick: bool) -> tuple[Instance, ...]:
    """List the made p-medians: all, or those that take seconds."""
    sizes = [(100, 100, 5), (300, 300, 10), (1000, 200, 20)]
    if not quick:
        sizes += [(1000, 1000, 20), (3000, 3000, 30), (5000, 5000, 50)]
    return tuple(
        Instance("p-median, random points", f"{n} x {m}, p={p}", "euclidean", n=n, m=m, p=p) for n, m, p in sizes
    )


def published(folder: Path, *, quick: bool) -> tuple[Instance, ...]:
    """List the published p-medians and uncapacitated questions of a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Holds `optima.csv`, `p_median/*.npz` and `facility_location/*.npz`.
    quick : bool
        Only those that a rival proves in seconds.

    Raises
    ------
    siting.errors.DataError
        The folder has no `optima.csv`.
    """
    table = folder / "optima.csv"
    if not table.is_file():
        raise DataError(f"`{table}` is not there: pass the folder that holds optima.csv")
    kinds: dict[str, tuple[Shape, str]] = {
        "p-median": ("published p-median", "p_median"),
        "uncapacitated": ("published uncapacitated", "facility_location"),
    }
    instances = []
    with table.open(encoding="utf-8") as text:
        for row in csv.DictReader(text):
            if row["problem"] not in kinds or (quick and row["instance"] not in QUICK):
                continue
            shape, place = kinds[row["problem"]]
            file, optimum = str(folder / place / row["file"]), float(row["known_optimum"])
            family = f"{row['problem']}, OR-Library"
            instances.append(Instance(family, row["instance"], shape, file=file, optimum=optimum))
    return tuple(instances)


QUICK = frozenset({"pmed1", "pmed2", "pmed5", "pmed6", "cap71_uncapacitated", "capa_uncapacitated"})
"""Published questions of a quick run."""
