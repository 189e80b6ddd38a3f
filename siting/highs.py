"""HiGHS from plain arrays: quiet, on one thread, and stopped by Ctrl-C without losing what it has."""

import threading
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from scipy import sparse

from siting.units import Bools, Floats

INFINITE = float("inf")
"""What HiGHS reads as no bound."""

DISAGREES = 1e-6
"""Relative difference between an objective and the values that come with it that is no rounding."""


@cache
def hush_highs() -> None:
    """Let HiGHS spend its banner where nobody reads it.

    highspy prints one to stdout, once a process, when the first `Highs` is made and before an option
    can be set, so PuLP's `msg=False` comes too late (HiGHS 1.16, ERGO-Code/HiGHS#2749) and
    `siting plan --json` would not be JSON. Its bare class takes the option first.
    """
    from highspy import _core

    silent = _core._Highs()
    silent.setOptionValue("log_to_console", False)
    silent.run()


@dataclass(frozen=True)
class Programme:
    """A linear programme with whole columns: least ``cost @ x``, ``row_lower <= matrix @ x <= row_upper``."""

    cost: Floats
    lower: Floats
    upper: Floats
    matrix: sparse.csr_array
    row_lower: Floats
    row_upper: Floats
    whole: Bools


@dataclass(frozen=True)
class Solved:
    """What HiGHS found and proved.

    Attributes
    ----------
    proven : bool
        It stopped because it was done, within the gap it was given.
    infeasible : bool
        It proved that nothing meets the rows.
    objective : float or None
        Value of the values in hand.
    bound : float
        Lower bound on every answer; minus infinity where it has none.
    values : numpy.ndarray
        Columns (empty without an answer).
    interrupted : bool
        Ctrl-C stopped it.
    """

    proven: bool
    infeasible: bool
    objective: float | None
    bound: float
    values: Floats
    interrupted: bool = False


def new_highs(*, seed: int = 0, **options: float | str | bool) -> Any:
    """Return a quiet HiGHS that works on one thread.

    `parallel` is switched off rather than `threads` set to 1: the latter clashes with whatever ran before in the
    same process.
    """
    hush_highs()
    import highspy

    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("parallel", "off")
    solver.setOptionValue("random_seed", int(seed) % (2**31 - 1))
    for name, value in options.items():
        solver.setOptionValue(name, value)
    return solver


def pass_programme(solver: Any, programme: Programme) -> None:
    """Hand a programme to HiGHS without naming or copying a term at a time."""
    import highspy

    linear = highspy.HighsLp()
    linear.num_col_ = programme.cost.size
    linear.num_row_ = programme.row_lower.size
    linear.col_cost_ = programme.cost
    linear.col_lower_, linear.col_upper_ = programme.lower, programme.upper
    linear.row_lower_, linear.row_upper_ = programme.row_lower, programme.row_upper
    matrix = linear.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.start_ = programme.matrix.indptr.astype(np.int32)
    matrix.index_ = programme.matrix.indices.astype(np.int32)
    matrix.value_ = programme.matrix.data
    if programme.whole.any():
        kinds = np.where(programme.whole, 1, 0)
        by_number = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        linear.integrality_ = [by_number[kind] for kind in kinds]
    solver.passModel(linear)


def solve_whole(
    programme: Programme,
    *,
    gap: float,
    time_limit_s: float | None = None,
    seed: int = 0,
    start: Floats | None = None,
    node_limit: int | None = None,
    target: float | None = None,
) -> Solved:
    """Solve a programme with whole columns, from a known answer where there is one.

    Parameters
    ----------
    programme : Programme
        What to solve.
    gap : float
        Relative gap at which to stop [0-1].
    time_limit_s : float or None, optional
        Wall-clock limit [s].
    seed : int, optional
        Of the solver's own random choices.
    start : numpy.ndarray or None, optional
        Values of all columns that meet the rows.
    node_limit : int or None, optional
        Most nodes of the tree: a limit that gives the same answer each time.
    target : float or None, optional
        An answer of this value is good enough.

    Returns
    -------
    Solved
        Answer, bound and what was proven.

    Notes
    -----
    Ctrl-C asks HiGHS to stop, and what it has so far is returned as `interrupted`.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import sparse
    >>> knapsack = Programme(
    ...     cost=np.array([-5.0, -4.0]), lower=np.zeros(2), upper=np.ones(2),
    ...     matrix=sparse.csr_array([[3.0, 2.0]]), row_lower=np.array([-np.inf]), row_upper=np.array([4.0]),
    ...     whole=np.ones(2, dtype=bool),
    ... )
    >>> solve_whole(knapsack, gap=1e-9).objective
    -5.0
    """
    import highspy

    options: dict[str, float | str | bool] = {"mip_rel_gap": gap, "mip_abs_gap": 1e-9}
    if time_limit_s is not None:
        options["time_limit"] = max(time_limit_s, 0.01)
    if node_limit is not None:
        options["mip_max_nodes"] = node_limit
    if target is not None:
        options["objective_target"] = target
    solver = new_highs(seed=seed, **options)
    pass_programme(solver, programme)
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = start.tolist()
        known.value_valid = True
        solver.setSolution(known)
    interrupted = _run_stoppable(solver)
    solved = replace(_read(solver, whole=bool(programme.whole.any())), interrupted=interrupted)
    if start is None or interrupted or _agrees(programme, solved):
        return solved
    left = None if time_limit_s is None else max(time_limit_s - solver.getRunTime(), 0.0)
    return solve_whole(programme, gap=gap, time_limit_s=left, seed=seed, node_limit=node_limit, target=target)


def _agrees(programme: Programme, solved: Solved) -> bool:
    """Return whether the values cost what HiGHS says.

    From an answer that presolve reduces to next to nothing, HiGHS 1.16 has claimed an optimum of 5 sites and returned the
    7 that it was given, where 6 are least.
    """
    if solved.objective is None or not solved.values.size:
        return True
    cost = float(programme.cost @ solved.values)
    return abs(cost - solved.objective) <= DISAGREES * max(abs(cost), float(np.abs(programme.cost).max(initial=0.0)))


def _run_stoppable(solver: Any) -> bool:
    """Run in a thread, so that Ctrl-C is heard at once and stops the tree; say whether it was heard."""
    stop = threading.Event()

    def ask(event: Any) -> None:
        if stop.is_set():
            event.interrupt()

    done = threading.Event()

    def work() -> None:
        try:
            solver.run()
        finally:
            done.set()

    solver.cbMipInterrupt.subscribe(ask)
    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    while not done.is_set():
        try:
            done.wait()  # not `join`, which takes a thread for ended once Ctrl-C has broken it off
        except KeyboardInterrupt:
            stop.set()
    worker.join()
    return stop.is_set()


def _read(solver: Any, *, whole: bool) -> Solved:
    import highspy

    status = solver.getModelStatus()
    info = solver.getInfo()
    found = info.primal_solution_status == 2  # kSolutionStatusFeasible
    optimal = status == highspy.HighsModelStatus.kOptimal
    bound = info.mip_dual_bound if whole else (info.objective_function_value if optimal else -INFINITE)
    return Solved(
        proven=optimal,
        infeasible=status == highspy.HighsModelStatus.kInfeasible,
        objective=float(info.objective_function_value) if found else None,
        bound=float(bound) if np.isfinite(bound) else -INFINITE,
        values=np.array(solver.getSolution().col_value) if found else np.empty(0),
    )
