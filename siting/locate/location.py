"""The result of a location problem: open facilities, allocation of customers, and what was proven."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import sparse

from siting.locate.kernel.limits import SearchLimits
from siting.units import Bools

if TYPE_CHECKING:
    import pandas as pd

Status = Literal["optimal", "feasible", "infeasible", "unbounded", "no_solution"]


@dataclass(frozen=True)
class Location:
    """A solution of a location problem and its proof.

    Attributes
    ----------
    status : {"optimal", "feasible", "infeasible", "unbounded", "no_solution"}
        `optimal` only where `gap` is at most the requested gap; `feasible` where the time limit ended the search;
        `infeasible` only where that is proven.
    objective : float or None
        Objective of the incumbent, in the unit of the costs or distances; None without one.
    bound : float or None
        Proven bound on the optimum: from below where the objective is minimised, from above where it is maximised
        (`max_cover`).
    gap : float or None
        ``|objective - bound| / max(|objective|, tiny)``; None where one of them is missing. Where the objective is no more
        than the rounding error of computed distances (`p_median_points`), bound and gap are 0.
    open : numpy.ndarray
        Whether each facility is open, bool (n,).
    assign : scipy.sparse.csr_array
        Share of each customer served from each facility, (n, m); each column sums to 1 where it is served.
    seconds : float
        Wall-clock time [s].
    facilities, customers : tuple of str or None
        Their names, where a table was given.
    """

    status: Status
    objective: float | None
    bound: float | None
    gap: float | None
    open: Bools
    assign: sparse.csr_array
    seconds: float
    facilities: tuple[str, ...] | None = None
    customers: tuple[str, ...] | None = None

    @property
    def open_names(self) -> list[str]:
        """Names of the open facilities; their positions where no table was given."""
        return [self._name(self.facilities, int(i)) for i in np.flatnonzero(self.open)]

    @property
    def allocation(self) -> "pd.DataFrame":
        """Who is served from where: `customer`, `facility`, `share` [0-1], by name; by position where no table was given."""
        import pandas as pd

        rows, columns = self.assign.nonzero()
        order = np.lexsort((rows, columns))
        pairs = [(int(rows[k]), int(columns[k])) for k in order]
        cells = [
            (self._name(self.customers, j), self._name(self.facilities, i), float(self.assign[i, j])) for i, j in pairs
        ]
        return pd.DataFrame(cells, columns=["customer", "facility", "share"])

    @staticmethod
    def _name(names: tuple[str, ...] | None, position: int) -> str:
        return str(position) if names is None else names[position]


def located(
    objective: float,
    bound: float,
    opened: Bools,
    assign: sparse.csr_array,
    limits: SearchLimits,
    *,
    rounding: float = 0.0,
) -> Location:
    """Return an incumbent with its gap: `optimal` where that is at most the requested one.

    Parameters
    ----------
    objective, bound : float
        Value of the incumbent and proven bound.
    opened, assign
        Open facilities and allocation.
    limits : SearchLimits
        Holds the requested gap.
    rounding : float, optional
        An objective of at most this is 0 but for rounding: its bound is 0 and its gap 0.
    """
    if 0 < abs(objective) <= rounding:
        return replace(located(0.0, 0.0, opened, assign, limits), objective=float(objective))
    gap = abs(objective - bound) / max(abs(objective), float(np.finfo(np.float64).tiny))
    status: Status = "optimal" if gap <= limits.gap else "feasible"
    return Location(status, float(objective), float(bound), gap, opened, assign, limits.elapsed_s())


def not_located(status: Status, shape: tuple[int, int], limits: SearchLimits, bound: float = -np.inf) -> Location:
    """Return that no solution exists, or that none was found in time."""
    proven = float(bound) if np.isfinite(bound) else None
    nowhere = sparse.csr_array(shape, dtype=np.float64)
    return Location(status, None, proven, None, np.zeros(shape[0], dtype=bool), nowhere, limits.elapsed_s())
