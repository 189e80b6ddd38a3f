"""Robust plans, one for all draws: minimal expectation, minimal worst regret, minimal tail mean, each an exact MIP.

Decisions are the same in all draws, loads included, so that a plan's value at draw k is linear: with f_k(x) the
objective at draw k, z_k its optimum, and X the feasible plans,

* **expected**: ``min_x mean_k f_k(x)``;
* **regret**: ``min_x max_k (f_k(x) - z_k)``, as ``min t`` with ``f_k(x) - t <= z_k``;
* **tail** (conditional value at risk, Rockafellar and Uryasev 2000, Journal of Risk 2(3), 21-41):
  ``min_{x, v} v + sum_k max(f_k(x) - v, 0) / ((1 - level) n)``.

All are mixed-integer programmes over the same X and are proven like any plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import PrivateAttr
from scipy import sparse

from siting.errors import ScenarioError
from siting.plan.plan import Plan
from siting.problem.part import Part
from siting.problem.problem import Problem
from siting.problem.rows import Family, Linear, Rows
from siting.progress_bar import Progress, shows_progress
from siting.scenario.objective import Objective
from siting.solver.settings import require_settings
from siting.solver.warm_start import start_values
from siting.study.session import solve_from
from siting.study.uncertainty.draws import DEMAND, ROUND_TRIPS, OfBase
from siting.study.uncertainty.ensemble import Ensemble
from siting.units import Floats

LEAST_SAMPLES = 50
"""Fewer draws do not describe a worst case or a tail (our choice)."""


@dataclass(frozen=True)
class Robust:
    """Plans for all draws at once, and the plan at the planner's own figures.

    Attributes
    ----------
    plans : mapping of str to Plan
        `plan`, `expected`, `regret` and `tail`; the last three minimise what they are named after.
    table : pandas.DataFrame
        A row a plan: `expected` value over the draws, `worst_regret`, `tail` (mean of the worst `1 - level` of the
        draws), `status`, `gap`, `sites`.
    stochastic_value : float
        Value of the stochastic solution: expected saving of planning with the draws instead of the
        planner's mean figures.
    information_value : float
        Expected value of perfect information: the saving if the draw were known beforehand.
    unit : str
        Unit of all values.
    samples : int
        Number of draws used: all with a proven plan of their own.
    level : float
        Level of the tail.
    """

    plans: Mapping[str, Plan]
    table: pd.DataFrame
    stochastic_value: float
    information_value: float
    unit: str
    samples: int
    level: float


class _Worst(OfBase):
    """The worst regret, or the tail, in variables of its own."""

    objective: Literal["over-all-draws"] = "over-all-draws"
    _terms: Mapping[str, Floats] = PrivateAttr()

    @classmethod
    def of(cls, base: Objective, terms: Mapping[str, Floats]) -> "_Worst":
        """Return the objective over its own variables."""
        made = cls(carbon=base.carbon)
        made._base, made._terms = base, terms
        return made

    def linear(self, problem: Problem) -> Linear:
        """Return it in the quantity of the base."""
        return Linear(self._terms, self._base.unit)


@dataclass(frozen=True)
class _OverDraws(Part):
    """Variables of the plan as a whole: the worst regret, or the tail; their rows are `_Models._at_draws`."""

    name: ClassVar[str] = "over_draws"

    family: Family

    def families(self, problem: Problem) -> tuple[Family, ...]:
        """Return the one family."""
        return (self.family,)


@shows_progress("robust plan")
def robust(
    found: Ensemble,
    level: float = 0.9,
    *,
    time_limit_s: float | None = 300.0,
    gap: float = 1e-4,
    solver: str = "highs",
    progress: Progress = None,  # noqa: ARG001  (`shows_progress` reads it)
) -> Robust:
    """Choose one plan for all draws of an ensemble, in three ways.

    Parameters
    ----------
    found : Ensemble
        At least 50 samples, demand and round trips held: if those vary, no single plan serves all draws.
    level : float, optional
        The tail is the worst `1 - level` of the draws [0-1], below 1.
    time_limit_s : float or None, optional
        Wall-clock limit of each of the three solves [s].
    gap, solver : float, str, optional
        As in `siting.solve`.
    progress : bool or callable, optional
        False for no progress bar.

    Returns
    -------
    Robust
        Plans, their values, and what information is worth.

    Raises
    ------
    ScenarioError
        Too few samples with a plan, an invalid level, or draws of demand or round trips.
    """
    require_settings(time_limit_s, gap, solver)
    faults = [f"`level` is {level}: give a share below 1"] if not 0 <= level < 1 else []
    solved = found.solved
    if len(solved) < LEAST_SAMPLES:
        faults.append(f"{len(solved)} samples have a plan of their own: a worst case needs {LEAST_SAMPLES} or more")
    if {DEMAND, ROUND_TRIPS} & set(found.draws.values):
        faults.append("demand or round trips were drawn: no single plan serves all of them; hold them")
    if found.draws.problem.scenario.minimise.maximise:
        faults.append("the objective is maximised: robust plans are defined for objectives that are minimised")
    if faults:
        raise ScenarioError.from_faults("no robust plan:", faults)
    models = _Models(found, solved["sample"].to_numpy(int), level)
    how: dict[str, Any] = {"time_limit_s": time_limit_s, "gap": gap, "solver": solver}
    plans = {"plan": found.plan}
    plans["expected"] = models.expected(how)
    plans["regret"] = models.least_regret(plans["expected"], how)
    plans["tail"] = models.least_tail(plans["expected"], how)
    table = models.table(plans)
    expected = table["expected"]
    best = float(expected["expected"])
    return Robust(
        plans,
        table,
        stochastic_value=float(expected["plan"]) - best,
        information_value=best - float(solved["objective"].mean()),
        unit=found.unit,
        samples=len(solved),
        level=level,
    )


@dataclass(frozen=True)
class _Models:
    """The draws that count, and the models over them."""

    found: Ensemble
    samples: np.ndarray
    level: float

    @property
    def problem(self) -> Problem:
        """The numbers at the planner's own figures."""
        return self.found.draws.problem

    @cached_property
    def base(self) -> Linear:
        """The objective at the planner's own figures; terms that are not drawn stay."""
        return self.problem.scenario.minimise.linear(self.problem)

    @cached_property
    def scale(self) -> float:
        """One unit of the objective's own quantity in the unit of its value."""
        objective = self.problem.scenario.minimise
        per = objective.per(self.problem)
        return objective.in_unit(self.problem, 1.0) / (1.0 if per is None else per.constant)

    @cached_property
    def best(self) -> Floats:
        """Best value at each draw, in the objective's own quantity."""
        optimum = self.found.table.set_index("sample").loc[self.samples, "objective"].to_numpy(float)
        return np.asarray(optimum / self.scale)

    def values_of(self, plan: Plan) -> Floats:
        """Return the value of a plan at each draw, in the objective's own quantity."""
        values = start_values(self.problem, plan)
        drawn = self.found.draws.arrays
        fixed = self.base.constant + sum(float(c @ values[f]) for f, c in self.base.terms.items() if f not in drawn)
        moved = [a[self.samples] @ values[f] for f, a in drawn.items()]
        return np.asarray(fixed + np.sum(moved, axis=0))

    def expected(self, how: Mapping[str, Any]) -> Plan:
        """Return the plan of least expected value."""
        weights = np.zeros(len(self.found.draws))
        weights[self.samples] = 1.0 / len(self.samples)
        return self._solve(self.problem, self.found.draws.objective(weights), [], self.found.plan, how)

    def least_regret(self, start: Plan, how: Mapping[str, Any]) -> Plan:
        """Return the plan of least worst regret."""
        n, unit = len(self.samples), float(np.abs(self.best).mean())
        worst = Family("worst_regret", ["draws"], np.zeros(1), np.array([np.inf]), integer=False, solver_unit=unit)
        over = sparse.csr_array(-np.ones((n, 1)))
        rows = self._at_draws("worst_regret", over, self.best)
        objective = _Worst.of(self.problem.scenario.minimise, {"worst_regret": np.ones(1)})
        return self._solve(self._wider(worst), objective, [rows], start, how)

    def least_tail(self, start: Plan, how: Mapping[str, Any]) -> Plan:
        """Return the plan of least conditional value at risk."""
        n, unit = len(self.samples), float(np.abs(self.best).mean())
        names = ["at risk", *(f"draw {k}" for k in self.samples)]
        family = Family("tail", names, np.zeros(n + 1), np.full(n + 1, np.inf), integer=False, solver_unit=unit)
        over = sparse.csr_array(-np.hstack([np.ones((n, 1)), np.eye(n)]))
        rows = self._at_draws("tail", over, np.zeros(n))
        weights = np.concatenate([[1.0], np.full(n, 1.0 / ((1.0 - self.level) * n))])
        objective = _Worst.of(self.problem.scenario.minimise, {"tail": weights})
        return self._solve(self._wider(family), objective, [rows], start, how)

    def _wider(self, family: Family) -> Problem:
        return replace(self.problem, parts=(*self.problem.parts, _OverDraws(family)))

    def _at_draws(self, name: str, over: sparse.csr_array, most: Floats) -> Rows:
        """Return a row a draw: the plan's value there, less the further variables, is at most this."""
        n = len(self.samples)
        drawn = self.found.draws.arrays
        terms = {f: sparse.csr_array(np.tile(c, (n, 1))) for f, c in self.base.terms.items() if f not in drawn}
        terms |= {f: sparse.csr_array(a[self.samples]) for f, a in drawn.items()}
        where = [f"draw {k}" for k in self.samples]
        return Rows(name, where, terms | {name: over}, "<=", most - self.base.constant, self.base.unit)

    def _solve(
        self, problem: Problem, objective: Objective, rows: list[Rows], start: Plan, how: Mapping[str, Any]
    ) -> Plan:
        scenario = problem.scenario.model_copy(update={"minimise": objective})
        least = self.found.plan.proof.least_cost_usd_per_year
        return solve_from(replace(problem, scenario=scenario), rows, start, least_cost_usd_per_year=least, **how)

    def table(self, plans: Mapping[str, Plan]) -> pd.DataFrame:
        """Return every plan's values over the draws."""
        n = len(self.samples)
        rows: dict[str, dict[str, Any]] = {}
        for name, plan in plans.items():
            if not plan.kpis:
                rows[name] = {"expected": np.nan, "worst_regret": np.nan, "tail": np.nan}
            else:
                values = self.values_of(plan)
                rows[name] = {
                    "expected": float(values.mean()) * self.scale,
                    "worst_regret": float((values - self.best).max()) * self.scale,
                    "tail": tail_of(values, self.level) * self.scale,
                }
            rows[name] |= {"status": plan.status, "gap": plan.gap, "sites": ", ".join(sorted(plan.sites["id"]))}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("robust in").assign(samples=n)


def tail_of(values: Floats, level: float) -> float:
    """Return the mean of the worst `1 - level` of some values; of a value on the edge its part counts.

    Examples
    --------
    >>> tail_of(np.array([1.0, 2.0, 3.0, 4.0]), 0.5)
    3.5
    >>> tail_of(np.array([1.0, 2.0, 3.0, 4.0]), 0.9)
    4.0
    """
    worst = np.sort(values)[::-1]
    mass = np.clip((1.0 - level) * len(values) - np.arange(len(values)), 0.0, 1.0)
    return float(worst @ mass / mass.sum())
