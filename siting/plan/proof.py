"""The proof of a plan: status, objective, bound and gap, and how they were found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

Status = Literal["optimal", "feasible", "infeasible", "unbounded", "no_solution"]


@dataclass(frozen=True)
class Proof:
    """What the solver proved, and how.

    Attributes
    ----------
    status : str
        `optimal` only with a bound within the requested gap in every stage; `feasible` with a plan but no such bound;
        `infeasible`, `unbounded`, or `no_solution` when no plan was found within the time limit.
    objective, bound, gap : float or None
        Value of the plan in the first objective and proven bound, in `unit`; an upper bound if the objective is
        maximised; gap = |objective - bound| / objective, including what a `tolerance` gave away. None
        without a plan, or if the solver returned no bound.
    unit : str
        Unit of objective and bound.
    gap_asked : float
        Gap at which a plan counts as optimal.
    solver, seconds, rows, variables : str, float, int, int
        Solver, solve time, and size of the model.
    least_cost_usd_per_year : float or None
        Proven least cost, if a limit needed it.
    budget_open : float
        By how much the plan may exceed limits that refer to the least cost, relative to them, because the least cost is
        only proven to a bound; 0 where the plan meets them at that bound.
    tolerance : float
        Relative degradation of the first objective that later objectives may use.
    stages : tuple of mapping
        Objectives in the order in which they were optimised, cost last: `objective`, `unit`,
        `status`, `value` (the optimum, given the earlier ones), `bound`, `gap`, `tolerance`, and `in_plan`,
        the plan's own value after all stages.
    considered : mapping of str to int
        Number of options (sites with a design); how many of them are dominated by another design of their site,
        and how many the last model held. The bound holds over all of them: the others were proven to be no better
        than the bound.
    """

    status: Status
    objective: float | None
    bound: float | None
    gap: float | None
    unit: str
    gap_asked: float
    solver: str
    seconds: float
    rows: int
    variables: int
    least_cost_usd_per_year: float | None = None
    budget_open: float = 0.0
    tolerance: float = 0.0
    stages: tuple[Mapping[str, Any], ...] = ()
    considered: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Hold the stages as a tuple; a file holds a list."""
        object.__setattr__(self, "stages", tuple(self.stages))


def decisive(binding: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `Plan.binding` that hold the plan back: met, or with a shadow price.

    The others leave room for less than one more hall, which may be what the plan wants or not.

    Examples
    --------
    >>> rows = pd.DataFrame({"limit": ["a", "b", "c"], "because": ["met", "no hall", "no hall"], "price": [None, 0.2, 0.0]})
    >>> list(decisive(rows)["limit"])
    ['a', 'b']
    """
    if binding.empty:
        return binding
    return binding[(binding["because"] == "met") | (binding["price"].astype(float) > 0.0)]
