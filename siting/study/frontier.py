"""The Pareto frontier of two or three KPIs: the plans of which none is better in one without being worse in another.

The epsilon-constraint method, exact: the ends are lexicographic optima (Ehrgott 2005, Multicriteria Optimization,
ch. 5); between them ``min y`` subject to ``x <= level``, then ``min x`` subject to ``y`` as found, so that no point is
even weakly dominated. A plan that is proven optimal at a level is optimal at every level down to its own x: those
levels are settled without a solve (the bypass of Mavrotas and Florios 2013, Applied Mathematics and Computation 219).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from siting.errors import InfeasibleError, ScenarioError, UnprovenError, brief
from siting.plan.plan import Plan
from siting.problem.prepare import prepare
from siting.problem.problem import Problem
from siting.problem.rows import Rows
from siting.progress_bar import Counted, Progress, shows_progress
from siting.scenario.objective import Objective
from siting.scenario.scenario import Scenario
from siting.solver.lexicographic import no_worse
from siting.solver.settings import require_settings
from siting.study.kpi_objectives import in_order, objectives_for
from siting.study.session import solve_from
from siting.units import Floats

SAME = 1e-6
"""Relative difference of a KPI below which two plans are equal in it: the feasibility tolerance of solvers."""

Levels = tuple[float, ...]


@dataclass(frozen=True)
class Frontier:
    """Non-dominated plans between the optimum of one KPI and the optimum of another.

    Attributes
    ----------
    kpis : tuple of str
        `x`, `y` and, if given, `z`.
    plans : tuple of Plan
        Each with its own proof, from the least x to the least y.
    table : pandas.DataFrame
        A row for each plan: the KPIs, `status` and `gap` of y at that level, `bound` (no plan at or below this x has less
        y, in y's unit), `sites`, and which were `added` and `dropped` from one plan to the next.
    settled : int
        Levels that an earlier proof settled without a solve.
    unsolved : tuple
        Levels at which no plan was found within the time limit: the frontier may have further points there.
    interrupted : int
        Levels that were not solved because Ctrl-C ended the search (`partial`).
    """

    kpis: tuple[str, ...]
    plans: tuple[Plan, ...]
    table: pd.DataFrame
    settled: int
    unsolved: tuple[Levels, ...]
    interrupted: int = 0

    def __repr__(self) -> str:
        ends = [f"{kpi} {self.table[kpi].min():.5g} to {self.table[kpi].max():.5g}" for kpi in self.kpis]
        return brief("Frontier", f"{len(self)} plans", *ends)

    def _repr_html_(self) -> str:
        from siting.show.notebook.cards import frontier_card

        return frontier_card(self)

    @property
    def capped_by(self) -> tuple[str, ...]:
        """Names of the limits that bound one of the KPIs, where the frontier ends."""
        limits = self.plans[0].scenario.limits if self.plans else ()
        return tuple(dict.fromkeys(x.name for x in limits if {*x.caps} & {*self.kpis}))

    def __len__(self) -> int:
        return len(self.plans)

    def __iter__(self) -> Iterator[Plan]:
        return iter(self.plans)

    def __getitem__(self, which: int) -> Plan:
        return self.plans[which]


@shows_progress("frontier")
def frontier(
    scenario: Scenario | Problem,
    x: str = "cost_usd_per_eflop",
    y: str = "emissions_g_per_eflop",
    points: int = 12,
    *,
    z: str | None = None,
    time_limit_s: float | None = 60.0,
    gap: float = 1e-4,
    solver: str = "highs",
    progress: Progress = None,
    partial: bool = False,
) -> Frontier:
    """Return the exact trade-off between two KPIs, or three.

    Parameters
    ----------
    scenario : Scenario or Problem
        Its limits hold, so that a budget ends the frontier. Its objective is ignored except for the carbon method.
    x, y : str
        KPIs of `siting.study.kpi_objectives.MEASURES`.
    points : int
        Levels of x, ends included, 2 or more; with `z` as many of both. Levels are evenly spaced in x.
    z : str or None, optional
        A third KPI.
    time_limit_s : float or None, optional
        Wall-clock limit a point [s].
    gap, solver : float, str, optional
        As in `siting.solve`.
    progress : bool or callable, optional
        False for no progress bar; a function is called in its place with how many levels are settled, of how many, and None.
    partial : bool, optional
        Whether Ctrl-C, once both ends are found, returns the points so far instead of raising `KeyboardInterrupt`.

    Returns
    -------
    Frontier
        Plans, table, and the levels that were not solved.

    Raises
    ------
    ScenarioError
        A KPI that no objective minimises, or fewer than two points.
    InfeasibleError
        No plan meets the limits.
    UnprovenError
        No plan was found within the time limit for one of the ends.

    Examples
    --------
    >>> import siting as st
    >>> scenario = st.Scenario(name="two", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),))
    >>> front = frontier(scenario, points=3, gap=0.01)
    >>> bool(front.table["emissions_g_per_eflop"].is_monotonic_decreasing)
    True
    """
    require_settings(time_limit_s, gap, solver)
    of = scenario if isinstance(scenario, Scenario) else scenario.scenario
    named = {"x": x, "y": y} | ({} if z is None else {"z": z})
    objectives = objectives_for(named, of)
    if points < 2:
        raise ScenarioError(f"`points` is {points}: give 2 or more, as a frontier has two ends")
    problem = scenario if isinstance(scenario, Problem) else prepare(in_order(of, list(objectives.values())))
    search = _Search(problem, objectives, y, {"time_limit_s": time_limit_s, "gap": gap, "solver": solver})
    ends = search.ends()
    levels, left = _levels([k for k in objectives if k != y], ends, points), 0
    try:
        search.between(levels, progress if callable(progress) else None)
    except KeyboardInterrupt:
        if not partial:
            raise
        left = len(levels) - search.finished
    return search.front(tuple(objectives), left)


def _levels(others: list[str], ends: Mapping[str, Plan], points: int) -> list[Levels]:
    """Return the inner levels of the KPIs other than y, by bisection, so that each warm start is near."""
    grid = []
    for kpi in others:
        values = [plan.kpis[kpi] for plan in ends.values()]
        low, high = min(values), max(values)
        grid.append(list(np.linspace(low, high, points)) if high - low > SAME * abs(high) else [high])
    if len(grid) == 1:
        return [(float(grid[0][i]),) for i in _halving(1, len(grid[0]) - 1)]
    return [tuple(map(float, level)) for level in product(*(reversed(g) for g in grid))]


def _halving(start: int, stop: int) -> list[int]:
    """Return the integers of a range, the middle one first, then those of the halves."""
    order, queue = [], [(start, stop)]
    while queue:
        a, b = queue.pop(0)
        if a < b:
            middle = (a + b) // 2
            order.append(middle)
            queue += [(a, middle), (middle + 1, b)]
    return order


@dataclass(frozen=True)
class _Search:
    """One problem and the plans found on its frontier so far."""

    problem: Problem
    objectives: Mapping[str, Objective]
    y: str
    how: Mapping[str, Any]
    found: list[Plan] = field(default_factory=list)
    proven: list[tuple[Levels, Levels]] = field(default_factory=list)
    impossible: list[Levels] = field(default_factory=list)
    unsolved: list[Levels] = field(default_factory=list)
    skipped: list[Levels] = field(default_factory=list)

    @property
    def others(self) -> list[str]:
        """KPIs that are bounded by levels."""
        return [k for k in self.objectives if k != self.y]

    def ends(self) -> dict[str, Plan]:
        """Minimise each KPI in turn, the others after it."""
        found: dict[str, Plan] = {}
        for kpi in self.objectives:
            plan = self.solve([kpi, *(k for k in self.objectives if k != kpi)], [], self.found[-1:])
            if plan is None or plan.status == "infeasible":
                name = self.problem.scenario.name
                raise InfeasibleError(
                    f"no plan of `{name}` meets its limits: run `siting diagnose` to see the conflicting ones"
                )
            if plan.objective is None:
                raise UnprovenError(
                    f"no plan that minimises `{kpi}` was found ({plan.status}): raise the time limit or the gap"
                )
            found[kpi] = plan
            self.found.append(plan)
        return found

    def between(self, levels: Sequence[Levels], progress: Counted | None = None) -> None:
        """Minimise y at each level that no earlier proof settles."""
        for done, level in enumerate(levels):
            if progress is not None:
                progress(done + len(self.objectives), len(levels) + len(self.objectives), None)
            if self.is_settled(level):
                self.skipped.append(level)
                continue
            rows = [self.at_most(kpi, value) for kpi, value in zip(self.others, level, strict=True)]
            plan = self.solve([self.y, *self.others], rows, self.starts(level))
            if plan is None or plan.status == "infeasible":
                self.impossible.append(level)
            elif plan.objective is not None:
                self.found.append(plan)
                if plan.status == "optimal":
                    self.proven.append((level, tuple(plan.kpis[k] for k in self.others)))
            else:
                self.unsolved.append(level)

    @property
    def finished(self) -> int:
        """Number of levels that are solved or settled."""
        inner = len(self.found) - len(self.objectives)
        return inner + len(self.impossible) + len(self.unsolved) + len(self.skipped)

    def is_settled(self, level: Levels) -> bool:
        """Return whether a plan proven optimal at another level is optimal here too, or a proof excludes any plan."""
        best = any(
            all(own <= here <= top for own, here, top in zip(reached, level, proven_at, strict=True))
            for proven_at, reached in self.proven
        )
        return best or any(all(h <= n for h, n in zip(level, none, strict=True)) for none in self.impossible)

    def starts(self, level: Levels) -> list[Plan]:
        """Return the incumbent for a level: the best plan found so far that meets it."""
        keeps = [p for p in self.found if all(p.kpis[k] <= v for k, v in zip(self.others, level, strict=True))]
        return sorted(keeps, key=lambda p: p.kpis[self.y])[:1]

    def at_most(self, kpi: str, value: float) -> Rows:
        """Return the constraint that bounds a KPI by a level."""
        objective = self.objectives[kpi]
        return no_worse(self.problem, objective, value / objective.in_unit(self.problem, 1.0))

    def solve(self, order: list[str], rows: list[Rows], start: Sequence[Plan]) -> Plan | None:
        """Minimise KPIs in order, with further rows; None if that is infeasible without a solve."""
        scenario = in_order(self.problem.scenario, [self.objectives[k] for k in order])
        try:
            least = next((p.proof.least_cost_usd_per_year for p in self.found), None)
            return solve_from(
                replace(self.problem, scenario=scenario), rows, next(iter(start), None), least_cost_usd_per_year=least,
                **self.how,
            )  # fmt: skip
        except InfeasibleError:
            return None

    def front(self, kpis: tuple[str, ...], interrupted: int = 0) -> Frontier:
        """Return the non-dominated plans, in order."""
        values = np.array([[p.kpis[k] for k in kpis] for p in self.found])
        kept = [self.found[i] for i in undominated(values)]
        plans = tuple(sorted(kept, key=lambda p: tuple(p.kpis[k] for k in (kpis[0], *kpis[2:], kpis[1]))))
        return Frontier(
            kpis, plans, _table(kpis, self.objectives[self.y], plans), len(self.skipped), tuple(self.unsolved),
            interrupted,
        )  # fmt: skip


def undominated(values: Floats) -> list[int]:
    """Return the non-dominated rows; of equal rows the first.

    Parameters
    ----------
    values : numpy.ndarray
        (n, k) KPIs, all to be minimised.

    Examples
    --------
    >>> undominated(np.array([[1.0, 3.0], [2.0, 2.0], [2.0, 3.0], [1.0, 3.0]]))
    [0, 1]
    """
    slack = SAME * np.abs(values)
    kept: list[int] = []
    for i, row in enumerate(values):
        no_worse_than = (values <= row + slack[i]).all(axis=1)
        better = (values < row - slack[i]).any(axis=1)
        equal = (np.abs(values - row) <= slack[i]).all(axis=1)
        if not (no_worse_than & better).any() and not equal[kept].any():
            kept.append(i)
    return kept


def _table(kpis: tuple[str, ...], y: Objective, plans: tuple[Plan, ...]) -> pd.DataFrame:
    """Return the KPIs of each plan, the proof of its y, and the sites added and dropped since the plan before it."""
    built = [{str(s) for s in plan.sites["id"]} for plan in plans]
    steps = list(zip([built[0], *built], built, strict=False))
    proven = [next(stage for stage in plan.proof.stages if stage["objective"] == y.name) for plan in plans]
    columns = {
        "status": [plan.status for plan in plans],
        "gap": [stage["gap"] for stage in proven],
        "bound": [stage["bound"] for stage in proven],
        "n_sites": list(map(len, built)),
        "added": [", ".join(sorted(sites - before)) for before, sites in steps],
        "dropped": [", ".join(sorted(before - sites)) for before, sites in steps],
    }
    return pd.DataFrame({kpi: [plan.kpis[kpi] for plan in plans] for kpi in kpis} | columns)
