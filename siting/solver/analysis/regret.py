"""Regret of each candidate: how much worse the plan gets if the site is forced in, or out."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
import pandas as pd

from siting.errors import InfeasibleError, ScenarioError, listed
from siting.plan.plan import Plan
from siting.problem.part import part_rows
from siting.problem.problem import Problem
from siting.problem.rows import Linear, Rows, one_row
from siting.progress_bar import Progress, shows_progress
from siting.solver.analysis.near_optimal import own_value
from siting.solver.backends import Clock
from siting.solver.decomposition.decomposed_model import DecomposedModel
from siting.solver.lexicographic import Values, value_of
from siting.solver.settings import require_settings
from siting.solver.solve import checked_rows, optimise_first
from siting.solver.valid_inequalities import strengthen
from siting.units import Floats

EXACT_CANDIDATES = 60
"""Number of candidates up to which every regret is solved by default: a minute is enough for them (measured)."""
EXACT_REJECTED = 12
"""Rejected sites that are solved by default where there are more candidates: those with the least reduced cost."""
FEW_SITES = 30
"""Candidates from which the best plan on chosen sites is sought first; of fewer, all are solved as fast (measured)."""
LEAST_SHARE = 0.2
"""Least share of the time left that one site gets, so that the first ones are proven before the time ends (our choice)."""
COLUMNS = ("site", "forced", "regret", "regret_at_least", "status", "regret_at_most", "instead")
"""Columns of the table of regrets."""

_Row = tuple[str, str, float, float, str, float, str]


@dataclass(frozen=True)
class Explanation:
    """Why these sites were chosen and not others.

    Attributes
    ----------
    regret : pandas.DataFrame
        A row a site: `site`, `forced` (`in` for a rejected one, `out` for a built one), `regret` (how much
        worse the first objective gets, in its unit; NaN if not proven), `regret_at_least` (proven lower bound), `status`
        (`optimal`, `feasible` if the time ended first, `infeasible` if no plan exists with it, `screened` if only the
        bound from the reduced cost is known), `regret_at_most` (of the best plan found; infinite without one),
        `instead` (ids, separated by commas: built sites that the plan with a rejected site leaves out, or sites that
        the plan without a built one adds; empty where no such plan is known).
    binding : pandas.DataFrame
        Binding limits, as in the plan.
    excluded : pandas.DataFrame
        Which limit excluded which candidate before solving.
    unit : str
        Unit of the regret.
    """

    regret: pd.DataFrame
    binding: pd.DataFrame
    excluded: pd.DataFrame
    unit: str


@shows_progress("regrets of the candidates")
def explain(
    problem: Problem,
    plan: Plan,
    sites: Sequence[str] | None = None,
    *,
    time_limit_s: float | None = 60.0,
    gap: float = 1e-4,
    solver: str = "highs",
    progress: Progress = None,  # noqa: ARG001  (`shows_progress` reads it)
) -> Explanation:
    """Return the regret of every candidate: how much worse the plan gets if a site is forced in, or out.

    One solve of the LP relaxation bounds the regret of every rejected site from below by its reduced cost. The exact
    regret takes one solve for each site.

    Parameters
    ----------
    problem : Problem
        The problem of the plan.
    plan : Plan
        An optimal plan.
    sites : sequence of str or None, optional
        Ids of sites whose exact regret is computed, in this order. None: the rejected ones by their reduced cost and all
        built sites, alternating, so that the most relevant ones are done first; of more than `EXACT_CANDIDATES` candidates
        only the `EXACT_REJECTED` nearest rejected ones. An empty sequence: bounds alone.
    time_limit_s : float or None, optional
        Wall-clock limit for all solves together [s]; sites not reached keep status `screened`.
    gap, solver : float, str, optional
        As in `siting.solve`.
    progress : bool or callable, optional
        False for no progress bar.

    Returns
    -------
    Explanation
        Regrets, smallest first, with binding limits and excluded candidates.

    Raises
    ------
    ScenarioError
        A site that is not a candidate of the problem.
    UnprovenError
        The plan is empty.

    Examples
    --------
    >>> import siting as st
    >>> scenario = st.Scenario(name="one", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),))
    >>> problem = st.prepare(scenario)
    >>> regret = explain(problem, st.solve(problem), sites=["lulea"]).regret
    >>> bool((regret["regret_at_least"] >= 0).all())
    True
    """
    require_settings(time_limit_s, gap, solver)
    own_value(problem, plan)
    ids, built = [str(s) for s in problem.sites["id"]], set(plan.sites["id"])
    strangers = [s for s in sites or () if s not in ids]
    if strangers:
        raise ScenarioError(
            f"{listed(f'`{s}`' for s in strangers)}: not a candidate of this problem; see `problem.excluded`"
        )
    clock = Clock(time.perf_counter(), time_limit_s)
    rows = _written(problem, plan)
    least = dict(zip(ids, _screened(problem, plan, rows), strict=True))
    nearest = sorted((s for s in ids if s not in built), key=lambda s: least[s])
    nearest = nearest if len(ids) <= EXACT_CANDIDATES else nearest[:EXACT_REJECTED]
    # the most relevant sites first: the nearest rejected one, the largest built one, and so on
    pairs = zip_longest(nearest, map(str, plan.sites["id"]))
    exact = list(dict.fromkeys(sites)) if sites is not None else [s for pair in pairs for s in pair if s is not None]
    found: dict[str, _Row] = {
        s: (s, "out" if s in built else "in", np.nan, least[s], "screened", np.inf, "") for s in ids
    }
    for i, s in enumerate(exact):
        if clock.has_run_down():
            break
        share = clock.share(max(1 / (len(exact) - i), LEAST_SHARE)).left()
        found[s] = _exact(problem, plan, rows, s, least[s], share, gap, solver)
    table = pd.DataFrame(found.values(), columns=list(COLUMNS))
    order = table.sort_values(["regret", "regret_at_least", "site"], ignore_index=True)
    return Explanation(order, plan.binding, plan.excluded, plan.proof.unit)


def _written(problem: Problem, plan: Plan) -> list[Rows]:
    """Return the rows of all parts and limits, at the least cost that the plan's budget refers to."""
    least, rows = plan.proof.least_cost_usd_per_year, part_rows(problem)
    for x in problem.scenario.limits:
        rows += checked_rows(x, problem, least if x.needs_least_cost else None)
    return rows


def _exact(
    problem: Problem,
    plan: Plan,
    rows: list[Rows],
    site: str,
    screened: float,
    time_limit_s: float | None,
    gap: float,
    solver: str,
) -> _Row:
    """Optimise the first objective with one site forced, from the best plan on it and chosen sites alone."""
    chosen, objective, own = set(plan.sites["id"]), problem.scenario.minimise, own_value(problem, plan)
    forced, clock = "out" if site in chosen else "in", Clock(time.perf_counter(), time_limit_s)

    def worse(value: float | None) -> float | None:
        sign = -1.0 if objective.maximise else 1.0
        return None if value is None else objective.in_unit(problem, sign * (value - own))

    every = [*rows, forced_row(problem, site, built=site in chosen)]
    try:
        values = _with_chosen(problem, every, chosen, site, time_limit_s=clock.left(), gap=gap, solver=solver)
        most = None if values is None else worse(value_of(objective, problem, values))
        status, at_least = "optimal", screened
        if most is not None and clock.has_run_down():
            status = "feasible"
        elif most is None or most - screened > objective.in_unit(problem, gap * abs(own)):
            proven, values = optimise_first(problem, every, values, time_limit_s=clock.left(), gap=gap, solver=solver)
            most, status = worse(proven.objective), proven.status
            at_least = max(screened, worse(proven.bound) or screened)
    except InfeasibleError:
        values, most, status = None, None, "infeasible"
    if values is None or most is None:
        regrets = (np.inf, np.inf) if status == "infeasible" else (np.nan, screened)
        return site, forced, *regrets, status, np.inf, ""
    most = max(most, 0.0)
    others = set(problem.sites["id"].to_numpy(str)[problem.options["site"].to_numpy(np.intp)[problem.built(values)]])
    instead = sorted(chosen - others if forced == "in" else others - chosen)
    return site, forced, most if status == "optimal" else np.nan, min(at_least, most), status, most, ", ".join(instead)


def _with_chosen(
    problem: Problem,
    rows: list[Rows],
    chosen: set[str],
    site: str,
    *,
    time_limit_s: float | None,
    gap: float,
    solver: str,
) -> Values | None:
    """Return the best plan on a rejected site and chosen ones: mostly the best of all, found in a fifth of the time."""
    if site in chosen or len(problem.sites) < FEW_SITES:
        return None
    ids = problem.sites["id"].to_numpy(str)[problem.options["site"].to_numpy(np.intp)]
    other = ~np.isin(ids, [site, *chosen])
    shut = one_row("others", site, {"open": other.astype(float)}, "<=", 0.0, "sites")
    return optimise_first(problem, [*rows, shut], None, time_limit_s=time_limit_s, gap=gap, solver=solver)[1]


def forced_row(problem: Problem, site: str, *, built: bool) -> Rows:
    """Return the row that closes a built site, or opens a rejected one."""
    here = (problem.sites["id"].to_numpy(str)[problem.options["site"]] == site).astype(float)
    return one_row("forced", site, {"open": here}, "<=" if built else ">=", 0.0 if built else 1.0, "sites")


def _screened(problem: Problem, plan: Plan, rows: list[Rows]) -> Floats:
    """Return a lower bound on the regret of each site from the LP relaxation, at least 0 [unit of the objective].

    Let N be the numerator and r the ratio of the plan. The option bound of N - r D (Lagrangian bound plus the reduced cost
    of opening the site) is a lower bound for every plan with the site, so that its ratio is at least r + bound / D_max.
    """
    objective, nothing = problem.scenario.minimise, np.zeros(len(problem.sites))
    if objective.bottleneck(problem) is not None:
        return nothing
    sign, value = (-1.0 if objective.maximise else 1.0), own_value(problem, plan)
    linear, per = objective.linear(problem).scaled(sign), objective.per(problem)
    above = linear if per is None else linear.plus(Linear(per.terms, per.unit, per.constant).scaled(-value))
    families, extra = strengthen(problem)
    relaxed = DecomposedModel(problem, families, rows, extra).relaxed(above)
    if relaxed.bound is None:
        return nothing
    best = np.full(len(problem.sites), np.inf)
    np.minimum.at(best, problem.options["site"].to_numpy(np.intp), relaxed.option_bound)
    worse = best + above.constant - (sign * value if per is None else 0.0)
    most = 1.0 if per is None else per.constant
    regret = np.maximum(worse, 0.0) / most * objective.in_unit(problem, 1.0)
    return np.where(np.isin(problem.sites["id"].to_numpy(str), list(plan.sites["id"])), 0.0, regret)
