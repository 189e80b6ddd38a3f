"""The answer to a textbook location problem: what is open, who is served from where, and what was proven."""

from dataclasses import dataclass
from typing import Literal

from scipy import sparse

from siting.units import Bools

Status = Literal["optimal", "feasible", "infeasible", "unbounded", "no_solution"]


@dataclass(frozen=True)
class Location:
    """What was found and what was proven of it.

    Attributes
    ----------
    status : {"optimal", "feasible", "infeasible", "unbounded", "no_solution"}
        `optimal` only where `gap` is at most the gap that was asked for; `feasible` where the time or the
        memory ended first; `infeasible` only where that is proven.
    objective : float or None
        Value of the answer in hand, in the unit of the costs or distances; None without one.
    bound : float or None
        Proven bound on every answer: from below where the objective is least, from above where it is greatest
        (`max_cover`).
    gap : float or None
        ``|objective - bound| / max(|objective|, tiny)``; None where one of them is missing.
    open : numpy.ndarray
        Whether each facility is open, bool (n,).
    assign : scipy.sparse.csr_array
        Share of each customer served from each facility, (n, m); each column sums to 1 where it is served.
    seconds : float
        Wall-clock time [s].
    """

    status: Status
    objective: float | None
    bound: float | None
    gap: float | None
    open: Bools
    assign: sparse.csr_array
    seconds: float
