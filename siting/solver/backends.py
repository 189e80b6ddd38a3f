"""MIP solvers by name, their settings and clock, and what the result of a solve proves."""

import math
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

import pulp
from pulp.constants import LpSolveStatus

from siting.errors import ScenarioError, listed
from siting.highs import hush_highs
from siting.plan.proof import Status

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "highs": "HiGHS",
        "cbc": "COIN_CMD",
        "scip": "SCIP_PY",
        "glpk": "GLPK_CMD",
        "gurobi": "GUROBI",
        "cplex": "CPLEX_PY",
        "xpress": "XPRESS_PY",
        "mosek": "MOSEK",
        "copt": "COPT",
        "cpsat": "CPSAT",
    }
)
"""Short names; any other name that PuLP lists can be used as it is."""


def solver_called(name: str, *, time_limit_s: float | None, gap: float, warm: bool = False) -> pulp.LpSolver:
    """Return an installed PuLP solver by name, quiet and with its limits.

    Parameters
    ----------
    name : str
        A short name of `NAMES`, or a name of PuLP's own.
    time_limit_s : float or None
        Wall-clock limit [s].
    gap : float
        Relative gap at which to stop [0-1].
    warm : bool, optional
        Warm start from the values of the variables; only HiGHS in memory supports it.

    Returns
    -------
    pulp.LpSolver
        Ready to solve.

    Raises
    ------
    ScenarioError
        The solver does not exist, or is not installed.

    Examples
    --------
    >>> solver_called("highs", time_limit_s=60.0, gap=1e-4).name
    'HiGHS'
    """
    pulp_name = NAMES.get(name.lower(), name)
    options: dict[str, Any] = {"msg": False, "gapRel": gap}
    if time_limit_s is not None:
        options["timeLimit"] = max(time_limit_s, 0.1)
    installed = pulp.listSolvers(onlyAvailable=True)
    if pulp_name not in installed:
        known = pulp_name in pulp.listSolvers()
        what = "is not installed" if known else "does not exist in PuLP"
        raise ScenarioError(f"solver `{name}` {what}: installed here are {listed(installed)}")
    if warm and starts_warm(name):
        options["warmStart"] = True
    if pulp_name == "HiGHS":
        hush_highs()
        return InterruptibleHighs(**options)
    return pulp.getSolver(pulp_name, **options)


class InterruptibleHighs(pulp.HiGHS):
    """HiGHS that stops at Ctrl-C, where PuLP's goes on until its time limit."""

    def callSolver(self, lp: pulp.LpProblem) -> None:  # noqa: N802  (PuLP's name)
        """Solve; raise KeyboardInterrupt once HiGHS has stopped."""
        handler, model, came = signal.getsignal(signal.SIGINT), cast("Any", lp).solverModel, list[int]()
        if handler is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
            model.run()
            return

        def stop(event: Any) -> None:
            if came:  # Python runs the handler of a signal before it runs this
                event.interrupt()

        signal.signal(signal.SIGINT, lambda number, _: came.append(number))
        model.cbMipInterrupt.subscribe(stop)
        try:
            model.run()
        finally:
            model.cbMipInterrupt.unsubscribe(stop)
            signal.signal(signal.SIGINT, handler)
        if came:
            raise KeyboardInterrupt


@dataclass(frozen=True)
class Clock:
    """Wall-clock time for the solves of one plan."""

    started: float
    limit_s: float | None

    def left(self) -> float | None:
        """Return the time left [s], None without a limit."""
        return None if self.limit_s is None else max(self.limit_s - self.spent(), 0.0)

    def spent(self) -> float:
        """Return the time spent [s]."""
        return time.perf_counter() - self.started

    def has_run_down(self) -> bool:
        """Return whether no time is left."""
        left = self.left()
        return left is not None and left <= 0

    def share(self, share: float) -> "Clock":
        """Return a clock that stops after a share of the time left."""
        left = self.left()
        return Clock(time.perf_counter(), None if left is None else share * left)


def gap_of(solver: pulp.LpSolver) -> float:
    """Return the relative gap at which a solver stops; PuLP's solvers keep it in one of two places.

    Examples
    --------
    >>> gap_of(solver_called("highs", time_limit_s=None, gap=1e-3))
    0.001
    """
    own = getattr(solver, "gapRel", None)
    return float(own if own is not None else solver.optionsDict.get("gapRel") or 0.0)


def set_gap(solver: pulp.LpSolver, gap: float) -> None:
    """Set the relative gap at which a solver stops, where `gap_of` finds it and where the solver looks for it.

    Examples
    --------
    >>> solver = solver_called("highs", time_limit_s=None, gap=1e-3)
    >>> set_gap(solver, 0.02)
    >>> gap_of(solver)
    0.02
    """
    if hasattr(solver, "gapRel"):
        solver.gapRel = gap
    else:
        solver.optionsDict["gapRel"] = gap


def starts_warm(name: str) -> bool:
    """Return whether a solver supports a warm start from the incumbent.

    Examples
    --------
    >>> starts_warm("highs"), starts_warm("cbc")
    (True, False)
    """
    return NAMES.get(name.lower(), name) == "HiGHS"


def can_relax(solver: pulp.LpSolver) -> bool:
    """Return whether PuLP can solve the LP relaxation with a solver: not with SCIP and Gurobi's command line.

    Examples
    --------
    >>> can_relax(solver_called("highs", time_limit_s=1.0, gap=0.0))
    True
    """
    return not solver.name.startswith(("SCIP", "FSCIP", "GUROBI_CMD"))


BOUND_ROUNDING = 1e-5
"""Relative excess of a lower bound over the objective up to which it is rounding of the solver."""


@dataclass(frozen=True)
class Verdict:
    """What was proven of one objective: its value and bound, an upper bound if it is maximised."""

    status: Status
    objective: float | None
    bound: float | None

    @property
    def gap(self) -> float | None:
        """Relative distance between objective and bound, None if either is unknown."""
        return relative_gap(self.objective, self.bound)


def relative_gap(objective: float | None, bound: float | None) -> float | None:
    """Return |objective - bound| / |objective|; 0 if both are 0.

    Examples
    --------
    >>> relative_gap(100.0, 99.0)
    0.01
    >>> relative_gap(100.0, None) is None
    True
    """
    if objective is None or bound is None:
        return None
    return abs(objective - bound) / max(abs(objective), 1e-12)


def verdict(stats: pulp.LpSolveStats, objective: float | None, gap: float) -> Verdict:
    """Return what a solve proved: `optimal` only with a bound within the gap.

    A solver that stops at its time limit with an incumbent has proven only its bound. One that reports optimality
    without a bound is taken to have reached its gap.

    Parameters
    ----------
    stats : pulp.LpSolveStats
        Result of PuLP.
    objective : float or None
        Value of the solution, recomputed from the variables.
    gap : float
        Requested relative gap.

    Returns
    -------
    Verdict
        Status, objective and bound.
    """
    if not stats.has_solution or objective is None:
        nothing: dict[LpSolveStatus, Status] = {
            LpSolveStatus.Infeasible: "infeasible",
            LpSolveStatus.Unbounded: "unbounded",
        }
        return Verdict(nothing.get(LpSolveStatus(stats.status), "no_solution"), None, None)
    bound = stats.best_bound if stats.best_bound is not None and math.isfinite(stats.best_bound) else None
    claims_optimal = stats.status in (LpSolveStatus.Optimal, LpSolveStatus.GapLimit)
    if bound is None and claims_optimal:
        bound = objective - gap * abs(objective)
    if bound is not None:
        # a lower bound above the value of a plan by more than rounding is a contradiction, and proves nothing
        bound = None if bound > objective + BOUND_ROUNDING * max(abs(objective), 1.0) else min(bound, objective)
    found = relative_gap(objective, bound)
    proven = claims_optimal and found is not None and found <= gap * (1 + 1e-6) + 1e-9
    return Verdict("optimal" if proven else "feasible", objective, bound)
