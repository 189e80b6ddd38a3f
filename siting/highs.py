"""The one door to HiGHS for models in plain arrays: MIP, LP with duals, and irreducible infeasible subsets.

Every run is silent, uses one thread, and ends in a value or an error. HiGHS shares one thread pool per process, so a
second model with another `threads` option fails: `parallel = off` is set instead, here and nowhere else.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy import sparse

from siting.errors import UnprovenError
from siting.units import Bools, Floats, Ints

if TYPE_CHECKING:
    import highspy

INFINITE = float("inf")
"""The value that HiGHS reads as no bound."""

DISAGREES = 1e-6
"""Relative difference between a claimed objective and the cost of the returned values that is not rounding."""

DUAL_TOLERANCE = 1e-7
"""Reduced cost, with the wrong sign, that HiGHS accepts in an optimal LP: absolute, so that the scale of costs matters."""

LEAST_TIME_S = 0.01
"""Smallest time limit that is passed to HiGHS [s]."""

FEASIBLE_POINT = 2
"""`primal_solution_status` of a feasible point (`kSolutionStatusFeasible`)."""

type LpStatus = Literal["optimal", "infeasible", "unbounded", "stopped"]
"""Outcome of an LP; `stopped` where the time ended or the simplex method failed."""


@cache
def hush_highs() -> None:
    """Suppress the banner of HiGHS.

    highspy prints one to stdout, once per process, when the first `Highs` is made and before an option can be set, so
    PuLP's `msg=False` comes too late (HiGHS 1.16, ERGO-Code/HiGHS#2749) and `siting plan --json` would not be JSON.
    The bare class of highspy accepts the option first.
    """
    from highspy import _core

    silent = _core._Highs()
    silent.setOptionValue("log_to_console", False)
    silent.run()


@dataclass(frozen=True)
class ArrayMip:
    """A mixed-integer programme: minimise ``cost @ x`` with ``row_lower <= matrix @ x <= row_upper``.

    Attributes
    ----------
    cost, lower, upper : numpy.ndarray
        Objective coefficient and bounds of each column, (n,).
    matrix : scipy.sparse.csr_array
        Constraint coefficients, (m, n).
    row_lower, row_upper : numpy.ndarray
        Bounds of each row, (m,); `INFINITE` for none.
    integer : numpy.ndarray or None
        Integer columns, bool (n,); None for an LP.
    """

    cost: Floats
    lower: Floats
    upper: Floats
    matrix: sparse.csr_array
    row_lower: Floats
    row_upper: Floats
    integer: Bools | None = None

    @property
    def is_mip(self) -> bool:
        """Whether at least one column is integer."""
        return self.integer is not None and bool(self.integer.any())


@dataclass(frozen=True)
class MipResult:
    """Incumbent and bound of a MIP.

    Attributes
    ----------
    proven : bool
        HiGHS stopped because the gap was closed.
    infeasible : bool
        HiGHS proved that no feasible solution exists.
    objective : float or None
        Objective of the incumbent.
    bound : float
        Lower bound on the optimum; minus infinity without one.
    values : numpy.ndarray
        Columns of the incumbent, empty without one.
    interrupted : bool
        Ctrl-C stopped the run.
    """

    proven: bool
    infeasible: bool
    objective: float | None
    bound: float
    values: Floats
    interrupted: bool = False


def solve_mip(
    model: ArrayMip,
    *,
    gap: float,
    absolute_gap: float = 1e-9,
    time_limit_s: float | None = None,
    seed: int = 0,
    start: Floats | None = None,
    node_limit: int | None = None,
    target: float | None = None,
) -> MipResult:
    """Solve a MIP by branch-and-bound, from a warm start where one is given.

    Parameters
    ----------
    model : ArrayMip
        The model.
    gap : float
        Relative gap at which to stop [0-1].
    absolute_gap : float, optional
        Absolute gap at which to stop [unit of the objective].
    time_limit_s : float or None, optional
        Wall-clock limit [s].
    seed : int, optional
        Seed of the solver's random choices.
    start : numpy.ndarray or None, optional
        A feasible solution, all columns.
    node_limit : int or None, optional
        Most branch-and-bound nodes: a limit whose result can be repeated.
    target : float or None, optional
        Objective at which an incumbent is good enough.

    Returns
    -------
    MipResult
        Incumbent, bound and what was proven.

    Raises
    ------
    siting.errors.UnprovenError
        HiGHS rejects the model.

    Notes
    -----
    Ctrl-C stops HiGHS, and the incumbent is returned as `interrupted`.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import sparse
    >>> knapsack = ArrayMip(
    ...     cost=np.array([-5.0, -4.0]), lower=np.zeros(2), upper=np.ones(2),
    ...     matrix=sparse.csr_array([[3.0, 2.0]]), row_lower=np.array([-np.inf]), row_upper=np.array([4.0]),
    ...     integer=np.ones(2, dtype=bool),
    ... )
    >>> solve_mip(knapsack, gap=1e-9).objective
    -5.0
    """
    import highspy

    options: dict[str, float | str] = {"mip_rel_gap": gap, "mip_abs_gap": absolute_gap}
    options |= {} if time_limit_s is None else {"time_limit": max(time_limit_s, LEAST_TIME_S)}
    options |= {} if node_limit is None else {"mip_max_nodes": node_limit}
    options |= {} if target is None else {"objective_target": target}
    solver = new_highs(model, options, seed=seed)
    if start is not None:
        incumbent = highspy.HighsSolution()
        incumbent.col_value = start.tolist()
        incumbent.value_valid = True
        solver.setSolution(incumbent)
    interrupted = _run_interruptibly(solver)
    result = _mip_result(solver, model, interrupted=interrupted)
    if start is None or interrupted or _agrees(model, result):
        return result
    left = None if time_limit_s is None else max(time_limit_s - solver.getRunTime(), 0.0)
    return solve_mip(
        model, gap=gap, absolute_gap=absolute_gap, time_limit_s=left, seed=seed, node_limit=node_limit, target=target
    )


def _agrees(model: ArrayMip, result: MipResult) -> bool:
    """Return whether the values cost the objective that HiGHS claims.

    From a warm start that presolve reduces to almost nothing, HiGHS 1.16 has claimed an optimum of 5 sites and returned
    the 7 that it was given, where the optimum is 6.
    """
    if result.objective is None or not result.values.size:
        return True
    cost = float(model.cost @ result.values)
    return abs(cost - result.objective) <= DISAGREES * max(abs(cost), float(np.abs(model.cost).max(initial=0.0)))


STOPS_WITHIN_S = 10.0
"""Time in which HiGHS has to stop at Ctrl-C [s] (our choice); then the call ends without its answer."""


def _run_interruptibly(solver: Any) -> bool:
    """Run in a thread, so that Ctrl-C reaches this one at once and stops the tree; return whether it came.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C came twice, or HiGHS does not stop.
    """
    stop, done = threading.Event(), threading.Event()
    failed: list[UnprovenError] = []

    def interrupt(event: Any) -> None:
        if stop.is_set():
            event.interrupt()

    def work() -> None:
        try:
            _run(solver)
        except UnprovenError as error:
            failed.append(error)
        finally:
            done.set()

    solver.cbMipInterrupt.subscribe(interrupt)
    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    while not done.is_set():
        try:
            stopped = done.wait(STOPS_WITHIN_S if stop.is_set() else None)  # an interrupted `join` reports the end
        except KeyboardInterrupt:
            if stop.is_set():  # the second one
                raise
            stop.set()
            continue
        if not stopped:  # this HiGHS does not hear the callback
            raise KeyboardInterrupt
    worker.join()
    if failed:
        raise failed[0]
    return stop.is_set()


def _mip_result(solver: Any, model: ArrayMip, *, interrupted: bool) -> MipResult:
    status, info = _status(solver), solver.getInfo()
    found = info.primal_solution_status == FEASIBLE_POINT
    objective = float(info.objective_function_value) if found else None
    bound = info.mip_dual_bound if model.is_mip else (objective if status == "optimal" else -INFINITE)
    return MipResult(
        proven=status == "optimal",
        infeasible=status == "infeasible",
        objective=objective,
        bound=float(bound) if bound is not None and np.isfinite(bound) else -INFINITE,
        values=np.array(solver.getSolution().col_value) if found else np.empty(0),
        interrupted=interrupted,
    )


@dataclass(frozen=True)
class LpResult:
    """Solution of an LP.

    Attributes
    ----------
    status : str
        `optimal`, `infeasible`, `unbounded` or `stopped`; the rest counts only for `optimal`.
    objective : float
        Optimal value.
    values, duals : numpy.ndarray
        Columns (n,), and the change of the optimum per unit of each row's right-hand side, (m,).
    """

    status: LpStatus
    objective: float
    values: Floats
    duals: Floats


def solve_lp(model: ArrayMip, *, time_limit_s: float | None = None) -> LpResult:
    """Solve an LP once.

    Parameters
    ----------
    model : ArrayMip
        The model; integrality is ignored.
    time_limit_s : float or None, optional
        Wall-clock limit [s].

    Returns
    -------
    LpResult
        Status, optimal value, columns and duals.

    Raises
    ------
    siting.errors.UnprovenError
        HiGHS rejects the model.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import sparse
    >>> found = solve_lp(ArrayMip(
    ...     cost=np.array([2.0, 3.0]), lower=np.zeros(2), upper=np.full(2, np.inf),
    ...     matrix=sparse.csr_array([[1.0, 1.0]]), row_lower=np.array([4.0]), row_upper=np.array([np.inf]),
    ... ))
    >>> found.objective, found.duals
    (8.0, array([2.]))
    """
    warm = WarmLp(model)
    status = warm.solve(time_limit_s=time_limit_s)
    return LpResult(status, warm.objective, warm.values(), warm.duals())


class WarmLp:
    """An LP that stays in HiGHS: it can grow and change, and each solve starts from the last basis.

    Parameters
    ----------
    model : ArrayMip or None, optional
        Rows and columns to begin with; integrality is ignored.
    **options : float or str
        Options of HiGHS.
    """

    def __init__(self, model: ArrayMip | None = None, **options: float | str) -> None:
        self._solver: Any = new_highs(model, options, relaxed=True)  # the type stubs of highspy are incomplete

    @property
    def n_columns(self) -> int:
        """Number of columns."""
        return int(self._solver.getNumCol())

    def add_rows(self, lower: Floats, upper: Floats, start: Ints, column: Ints, value: Floats) -> None:
        """Append rows in compressed form: the terms of row i begin at ``start[i]``."""
        begins, where = start.astype(np.int32), column.astype(np.int32)
        _accept(self._solver.addRows(len(lower), lower, upper, len(value), begins, where, value))

    def add_columns(self, cost: Floats, lower: Floats, upper: Floats, start: Ints, row: Ints, value: Floats) -> None:
        """Append columns in compressed form: the terms of column j begin at ``start[j]``."""
        begins, where = start.astype(np.int32), row.astype(np.int32)
        _accept(self._solver.addCols(len(cost), cost, lower, upper, len(value), begins, where, value))

    def set_costs(self, columns: Ints, cost: Floats) -> None:
        """Change objective coefficients."""
        _accept(self._solver.changeColsCost(len(columns), columns.astype(np.int32), cost))

    def set_column_bounds(self, columns: Ints, lower: Floats, upper: Floats) -> None:
        """Change bounds of columns."""
        _accept(self._solver.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper))

    def set_row_bounds(self, rows: Ints, lower: Floats, upper: Floats) -> None:
        """Change bounds of rows."""
        _accept(self._solver.changeRowsBounds(len(rows), rows.astype(np.int32), lower, upper))

    def solve(self, *, time_limit_s: float | None = None) -> LpStatus:
        """Solve from the last basis and return the status."""
        if time_limit_s is not None:  # the clock of HiGHS runs on over all solves of one model
            self._solver.setOptionValue("time_limit", self._solver.getRunTime() + max(time_limit_s, LEAST_TIME_S))
        _run(self._solver)
        return _status(self._solver)

    @property
    def objective(self) -> float:
        """Value of the last solution."""
        return float(self._solver.getInfo().objective_function_value)

    def values(self) -> Floats:
        """Return the columns of the last solution, (n,)."""
        return np.array(self._solver.getSolution().col_value)

    def duals(self) -> Floats:
        """Return the duals of the rows at the last solution, (m,)."""
        return np.array(self._solver.getSolution().row_dual)

    def ray(self) -> Floats | None:
        """Return the prices of the rows by which the last LP is infeasible, (m,), up to their sign; None without any."""
        _, found, prices = self._solver.getDualRay()
        return np.array(prices) if found else None


def infeasible_rows(model: ArrayMip) -> list[int] | None:
    """Return an irreducible infeasible subset (IIS) of the rows of an LP; None where the LP is feasible.

    Returns
    -------
    list of int or None
        Rows that are infeasible together, and feasible without any one of them. Empty where HiGHS proves
        infeasibility but finds no such subset.

    Raises
    ------
    siting.errors.UnprovenError
        HiGHS rejects the model.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import sparse
    >>> infeasible_rows(ArrayMip(
    ...     cost=np.zeros(1), lower=np.zeros(1), upper=np.ones(1), matrix=sparse.csr_array([[1.0], [2.0]]),
    ...     row_lower=np.array([0.5, 3.0]), row_upper=np.full(2, np.inf),
    ... ))
    [1]
    """
    import highspy

    # start from the infeasibility of the LP, then delete rows until none can be spared
    strategy = int(highspy.IisStrategy.kIisStrategyFromLp) | int(highspy.IisStrategy.kIisStrategyIrreducible)
    solver = new_highs(model, {"iis_strategy": strategy}, relaxed=True)
    _run(solver)
    if _status(solver) != "infeasible":
        return None
    _, subset = solver.getIis()
    return [int(row) for row in subset.row_index_] if subset.valid_ else []


def new_highs(
    model: ArrayMip | None, options: Mapping[str, float | str], *, relaxed: bool = False, seed: int = 0
) -> "highspy.Highs":
    """Return a silent HiGHS on one thread, with a model where one is given.

    Parameters
    ----------
    model : ArrayMip or None
        The model to pass.
    options : mapping of str to float or str
        Options of HiGHS.
    relaxed : bool, optional
        Pass the LP relaxation.
    seed : int, optional
        Seed of random choices.

    Raises
    ------
    siting.errors.UnprovenError
        HiGHS rejects the model or an option.
    """
    hush_highs()
    import highspy

    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    silent: dict[str, float | str] = {"output_flag": False, "parallel": "off", "random_seed": int(seed) % (2**31 - 1)}
    for name, value in {**silent, **options}.items():
        _accept(solver.setOptionValue(name, value))
    if model is None:
        return solver
    linear = highspy.HighsLp()
    linear.num_col_, linear.num_row_ = model.cost.size, model.row_lower.size
    linear.col_cost_, linear.col_lower_, linear.col_upper_ = model.cost, model.lower, model.upper
    linear.row_lower_, linear.row_upper_ = model.row_lower, model.row_upper
    matrix = linear.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.start_ = model.matrix.indptr.astype(np.int32)
    matrix.index_ = model.matrix.indices.astype(np.int32)
    matrix.value_ = model.matrix.data
    _accept(solver.passModel(linear))
    if model.integer is not None and not relaxed:  # after the model: a type for every column would be a list of objects
        columns = np.flatnonzero(model.integer).astype(np.int32)
        kinds = np.full(len(columns), highspy.HighsVarType.kInteger)
        _accept(solver.changeColsIntegrality(len(columns), columns, kinds))
    return solver


def _accept(status: Any) -> None:
    """Raise where HiGHS rejects a model, a change of it, an option or a run."""
    import highspy

    if status == highspy.HighsStatus.kError:
        raise UnprovenError("HiGHS rejects a model: install a version of highspy within the range that siting requires")


def _run(solver: Any) -> None:
    """Run, and raise where HiGHS rejects the model; numerical failure is left to `_status`."""
    import highspy

    outcome, status = solver.run(), highspy.HighsModelStatus
    if solver.getModelStatus() in (status.kNotset, status.kLoadError, status.kModelError):
        _accept(outcome)


def _status(solver: Any) -> LpStatus:
    """Return the status of the last run in four words."""
    import highspy

    known: dict[Any, LpStatus] = {
        highspy.HighsModelStatus.kOptimal: "optimal",
        highspy.HighsModelStatus.kModelEmpty: "optimal",
        highspy.HighsModelStatus.kInfeasible: "infeasible",
        highspy.HighsModelStatus.kUnbounded: "unbounded",
    }
    return known.get(solver.getModelStatus(), "stopped")
