"""The value of one scenario parameter at which a site enters the optimal plan, proven on both sides."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from siting.errors import InfeasibleError, ScenarioError, UnprovenError
from siting.plan.plan import Plan
from siting.problem.problem import Problem
from siting.problem.rows import Rows
from siting.progress_bar import Progress, shows_progress
from siting.scenario.scenario import Scenario
from siting.solver.analysis.regret import forced_row
from siting.study.runs.scenario_paths import check_paths, value_at, with_values
from siting.study.session import Study, solve_from

MOST_STEPS = 40
"""Bisections after which an interval is as narrow as floating-point numbers."""


@dataclass(frozen=True)
class Threshold:
    """The values of a parameter between which a site enters, or leaves, the optimal plan.

    Attributes
    ----------
    site, path : str
        The site, and the parameter.
    status : {"found", "always", "never"}
        Whether the choice changes between the ends; `always` and `never` are proven at the two ends only.
    chosen_at, rejected_at : float or None
        The nearest values at which every optimal plan has the site, and none has it, both proven.
    table : pandas.DataFrame
        A row for each value that was tried: `value`, `chosen` (None if both cases tie within the gap), `with_site`
        and `without_site` (the objective), their proven bounds, `unit`.
    """

    site: str
    path: str
    status: str
    chosen_at: float | None
    rejected_at: float | None
    table: pd.DataFrame

    def __str__(self) -> str:
        """Return the result as a sentence."""
        if self.status != "found":
            low, high = self.table["value"].min(), self.table["value"].max()
            return f"{self.site} is {self.status} chosen at both ends of {self.path}, {low:g} and {high:g} (proven)."
        return f"{self.site} is chosen at {self.path} = {self.chosen_at:g} and rejected at {self.rejected_at:g}, both proven."


@shows_progress("threshold")
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
    progress: Progress = None,  # noqa: ARG001  (`shows_progress` reads it)
) -> Threshold:
    """Find the value of one scenario parameter at which a site enters the optimal plan.

    Each value is solved twice, with the site forced in and forced out; the bound of one proves that the other is
    better. The interval is bisected until it is narrow, or until both cases tie within the gap. If the choice changes
    more than once between the ends, one of the changes is found.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    site : str
        Id of a candidate.
    path : str
        Dotted path of the parameter, as in `siting.sweep`.
    low, high : float
        The ends of the search.
    within : float, optional
        Width of the interval at which to stop, relative to the distance of the ends [0-1].
    time_limit_s, gap, solver : float or None, float, str, optional
        As in `siting.solve`, for each solve.
    progress : bool or callable, optional
        False for no progress bar.

    Returns
    -------
    Threshold
        The values on both sides, each proven.

    Raises
    ------
    ScenarioError
        An unknown path or site, or ends that are not an interval.
    InfeasibleError
        No plan at an end, with or without the site.
    UnprovenError
        Both cases tie at an end, so that neither is proven.

    Examples
    --------
    >>> import siting as st
    >>> scenario = st.Scenario(name="one", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),))
    >>> found = threshold(scenario, "lulea", "costs.water-usd-per-m3", 0.0, 1.0, gap=0.001)
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
            f"`{path}` = {undecided[0]:g}: the plans with and without `{site}` tie within the gap, so neither is proven "
            "better: move that end or lower the gap"
        )
    if ends[0].chosen == ends[1].chosen:
        return Threshold(site, path, "always" if ends[0].chosen else "never", None, None, _table(ends))
    return _halve(trial, ends, within * (high - low))


@dataclass(frozen=True)
class _Tried:
    """One value, with objective and bound of the plans with and without the site, in the objective's unit."""

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
    """Bisect the interval between a value at which the site is chosen and one at which it is not."""
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
    """One site and one parameter, solved at several values."""

    study: Study
    scenario: Scenario
    site: str
    path: str
    how: Mapping[str, Any]

    def at(self, value: float) -> _Tried:
        """Solve with the site and without it, and return what is proven."""
        now = value_at(self.scenario, self.path)
        typed = round(value) if isinstance(now, int) and not isinstance(now, bool) else value
        problem = self.study.prepare(with_values(self.scenario, {self.path: typed}))
        known = set(problem.sites["id"])
        if self.site not in known | set(problem.excluded["site"]):
            raise ScenarioError(
                f"`{self.site}` is not a candidate: see `siting.prepare(scenario).sites` and `.excluded`"
            )
        here = self.site in known
        out = self._solve(problem, [forced_row(problem, self.site, built=True)] if here else [], None)
        into = self._solve(problem, [forced_row(problem, self.site, built=False)], out) if here else None
        if out is None and into is None:
            raise InfeasibleError(f"no plan at `{self.path}` = {value:g}, with or without `{self.site}`")
        way = -1.0 if problem.scenario.minimise.maximise else 1.0
        (w, w_bound), (o, o_bound) = _minimised(into, way), _minimised(out, way)
        chosen = True if w < o_bound else False if o < w_bound else None
        unit = next(p.proof.unit for p in (out, into) if p is not None)
        finite = (way * v if math.isfinite(v) else None for v in (w, w_bound, o, o_bound))
        return _Tried(float(typed), chosen, *finite, unit=unit)

    def _solve(self, problem: Problem, rows: list[Rows], start: Plan | None) -> Plan | None:
        """Solve with a site forced; None if that is infeasible."""
        try:
            plan = solve_from(problem, rows, start, **self.how)
        except InfeasibleError:
            return None
        return None if plan.status == "infeasible" else plan


def _minimised(plan: Plan | None, way: float) -> tuple[float, float]:
    """Return objective and bound with the sign of a minimisation; infinite if no plan exists."""
    if plan is None:
        return math.inf, math.inf
    if plan.objective is None:
        return math.inf, -math.inf
    return way * plan.objective, -math.inf if plan.bound is None else way * plan.bound
