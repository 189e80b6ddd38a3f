"""What must be true for a site to be chosen: the value of one figure at which it enters, proven on both sides."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from siting.errors import InfeasibleError, ScenarioError, UnprovenError
from siting.plan.plan import Plan
from siting.problem.problem import Problem
from siting.problem.rows import Rows
from siting.scenario.scenario import Scenario
from siting.solver.analysis.regret import forced_row
from siting.study.runs.scenario_paths import check_paths, value_at, with_values
from siting.study.session import Study
from siting.study.warm_solve import solve_from

MOST_STEPS = 40
"""Halvings after which an interval is as narrow as numbers are."""


@dataclass(frozen=True)
class Threshold:
    """Between which values of a figure a site enters, or leaves, the best plan.

    Attributes
    ----------
    site, path : str
        Which site, and which figure.
    status : {"found", "always", "never"}
        Whether the choice changes between the two ends; `always` and `never` are proven at both ends only.
    chosen_at, rejected_at : float or None
        The nearest values found at which it is proven that every best plan has the site, and that none has.
    table : pandas.DataFrame
        A row a value that was tried: `value`, `chosen` (None where with and without tie within the gap), `with_site`
        and `without_site` (the best objective), their proven bounds, `unit`.
    """

    site: str
    path: str
    status: str
    chosen_at: float | None
    rejected_at: float | None
    table: pd.DataFrame

    def __str__(self) -> str:
        """Say it in a sentence."""
        if self.status != "found":
            low, high = self.table["value"].min(), self.table["value"].max()
            return f"{self.site} is {self.status} chosen at both ends of {self.path}, {low:g} and {high:g} (proven)."
        return f"{self.site} is chosen at {self.path} = {self.chosen_at:g} and rejected at {self.rejected_at:g}, both proven."


def threshold(
    scenario: Scenario,
    site: str,
    path: str,
    low: float,
    high: float,
    *,
    within: float = 0.01,
    time_limit_s: float | None = 60.0,
    gap: float = 1e-4,
    solver: str = "highs",
) -> Threshold:
    """Find the value of one figure at which a site enters the best plan.

    At each value the question is solved twice, with the site forced in and forced out; which is better is proven by
    the bound of the other. The interval is halved until it is narrow, or until with and without tie within the gap.
    Where the choice changes more than once between the ends, one of the changes is found.

    Parameters
    ----------
    scenario : Scenario
        The question.
    site : str
        Id of a candidate.
    path : str
        Dotted path of the figure, as in `siting.sweep`.
    low, high : float
        The ends of the search.
    within : float, optional
        Width at which to stop, relative to the distance of the ends [0-1].
    time_limit_s, gap, solver : float or None, float, str, optional
        As in `siting.solve`, for each solve.

    Returns
    -------
    Threshold
        The value on either side, each proven.

    Raises
    ------
    ScenarioError
        A path or a site that is not known, ends that are no interval.
    InfeasibleError
        No plan at an end, with or without the site.
    UnprovenError
        With and without tie at an end: neither side is proven.

    Examples
    --------
    >>> import siting as st
    >>> asked = st.Scenario(name="one", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),))
    >>> found = threshold(asked, "lulea", "costs.water-usd-per-m3", 0.0, 1.0, gap=0.001)
    >>> found.status in ("always", "never")
    True
    """
    check_paths(scenario, [path])
    if not low < high or not 0 < within < 1:
        raise ScenarioError(f"{low:g} to {high:g} within {within:g}: give two ends, low below high, and a share")
    study = Study(time_limit_s=time_limit_s, gap=gap, solver=solver)
    trial = _Trial(study, scenario, site, path, {"time_limit_s": time_limit_s, "gap": gap, "solver": solver})
    ends = [trial.at(low), trial.at(high)]
    undecided = [row.value for row in ends if row.chosen is None]
    if undecided:
        raise UnprovenError(
            f"`{path}` = {undecided[0]:g}: with and without `{site}` tie within the gap, so neither is proven: "
            "move that end, or ask for a smaller gap"
        )
    if ends[0].chosen == ends[1].chosen:
        return Threshold(site, path, "always" if ends[0].chosen else "never", None, None, _table(ends))
    return _halve(trial, ends, within * (high - low))


@dataclass(frozen=True)
class _Tried:
    """One value, and the best plan with the site and without it: objective and bound, in the objective's unit."""

    value: float
    chosen: bool | None
    with_site: float | None
    with_site_bound: float | None
    without_site: float | None
    without_site_bound: float | None
    unit: str = field(kw_only=True)


def _table(rows: list[_Tried]) -> pd.DataFrame:
    return pd.DataFrame([asdict(r) for r in rows]).sort_values("value", ignore_index=True)


def _halve(trial: "_Trial", ends: list[_Tried], width: float) -> Threshold:
    """Halve the interval between a value at which the site is chosen and one at which it is not."""
    rows = list(ends)
    chosen, rejected = (next(r.value for r in ends if r.chosen is way) for way in (True, False))
    for _ in range(MOST_STEPS):
        if abs(chosen - rejected) <= width:
            break
        row = trial.at((chosen + rejected) / 2)
        rows.append(row)
        if row.chosen is None or row.value in (chosen, rejected):
            break
        chosen, rejected = (row.value, rejected) if row.chosen else (chosen, row.value)
    return Threshold(trial.site, trial.path, "found", chosen, rejected, _table(rows))


@dataclass(frozen=True)
class _Trial:
    """One site and one figure, tried at values."""

    study: Study
    scenario: Scenario
    site: str
    path: str
    how: Mapping[str, Any]

    def at(self, value: float) -> _Tried:
        """Solve with the site and without it, and say what is proven."""
        asked = self._as_asked(value)
        problem = self.study.prepare(with_values(self.scenario, {self.path: asked}))
        known = set(problem.sites["id"])
        if self.site not in known | set(problem.excluded["site"]):
            raise ScenarioError(f"`{self.site}` is no candidate: see `siting.prepare(scenario).sites` and `.excluded`")
        here = self.site in known
        out = self._solve(problem, [forced_row(problem, self.site, built=True)] if here else [], None)
        into = self._solve(problem, [forced_row(problem, self.site, built=False)], out) if here else None
        if out is None and into is None:
            raise InfeasibleError(f"no plan at `{self.path}` = {value:g}, with or without `{self.site}`")
        way = -1.0 if problem.scenario.minimise.maximise else 1.0
        (w, w_bound), (o, o_bound) = _told(into, way), _told(out, way)
        chosen = True if w < o_bound else False if o < w_bound else None
        unit = next(p.proof.unit for p in (out, into) if p is not None)
        told = (way * v if math.isfinite(v) else None for v in (w, w_bound, o, o_bound))
        return _Tried(float(asked), chosen, *told, unit=unit)

    def _as_asked(self, value: float) -> float | int:
        """Return a whole number where the figure is one."""
        now = value_at(self.scenario, self.path)
        return round(value) if isinstance(now, int) and not isinstance(now, bool) else value

    def _solve(self, problem: Problem, rows: list[Rows], start: Plan | None) -> Plan | None:
        """Solve with a site forced; None where no plan exists with it."""
        try:
            plan = solve_from(problem, rows, start, **self.how)
        except InfeasibleError:
            return None
        return None if plan.status == "infeasible" else plan


def _told(plan: Plan | None, way: float) -> tuple[float, float]:
    """Return value and bound as something to be least; infinite where no plan exists."""
    if plan is None:
        return math.inf, math.inf
    if plan.objective is None:
        return math.inf, -math.inf
    return way * plan.objective, -math.inf if plan.bound is None else way * plan.bound
