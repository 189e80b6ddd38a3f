"""A p-median modelled by spopt, or by the textbook model in PuLP, run in an environment that has them.

`python rival_models.py {spopt,pulp} ARRAYS.npz SECONDS GAP` reads `costs` (facility x customer) and `count` and prints
one line of JSON. The time runs from the arrays to the solution: building the model counts, importing libraries does not.
Only numpy, PuLP, HiGHS and spopt are needed here.
"""

import json
import platform
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pulp

LEAST_S = 1.0
"""Smallest time limit of HiGHS, where building the model took all of the time [s]."""


def with_spopt(costs: np.ndarray, count: int) -> tuple[Any, Callable[[Any], str]]:
    """Build spopt's p-median: its rows are customers, its columns facilities."""
    from spopt.locate import PMedian

    model = PMedian.from_cost_matrix(costs.T, np.ones(costs.shape[1]), p_facilities=count)

    def solve(solver: Any) -> str:
        try:
            model.solve(solver, results=False)
        except RuntimeError as error:  # spopt's report of a run without a solution
            return str(error).partition(".")[0]
        return str(pulp.LpStatus[model.problem.status])

    return model.problem, solve


def with_pulp(costs: np.ndarray, count: int) -> tuple[Any, Callable[[Any], str]]:
    """Build the textbook model, with strong linking rows and shares of customers, as PuLP's guide does."""
    n, m = costs.shape
    problem = pulp.LpProblem("p_median", pulp.LpMinimize)
    opened = problem.add_variable_matrix("open", (range(n),), cat="Binary")
    share = problem.add_variable_matrix("share", (range(n), range(m)), lowBound=0)
    problem += pulp.lpSum(float(costs[i, j]) * share[i][j] for i in range(n) for j in range(m))
    for j in range(m):
        problem += pulp.lpSum(share[i][j] for i in range(n)) == 1
    for i in range(n):
        for j in range(m):
            problem += share[i][j] <= opened[i]
    problem += pulp.lpSum(opened) == count
    return problem, lambda solver: str(problem.solve(solver).status.name)


def warm_up() -> None:
    """Import the solver before time is measured."""
    pulp.getSolver("HiGHS", msg=False)


def memory_mb(field: str) -> float | None:
    """Read this process's memory [MB]; None where there is no /proc."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    lines = status.read_text(encoding="utf-8").splitlines()
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(f"{field}:")), None)


def main() -> None:
    """Measure one rival on one instance."""
    rival, file, seconds, gap = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
    with np.load(file) as arrays:
        costs, count = arrays["costs"].astype(float), int(arrays["count"])
    build = with_spopt if rival == "spopt" else with_pulp
    build(np.ones((2, 2)), 1)
    warm_up()
    before, began, cpu = memory_mb("VmRSS"), time.perf_counter(), time.process_time()
    problem, solve = build(costs, count)
    built = time.perf_counter() - began
    left = max(seconds - built, LEAST_S)
    solver = pulp.getSolver("HiGHS", msg=False, timeLimit=left, gapRel=gap, parallel="off")
    status = solve(solver)
    spent, busy, peak = time.perf_counter() - began, time.process_time() - cpu, memory_mb("VmHWM")
    info = problem.solverModel.getInfo()
    found = info.primal_solution_status == 2  # kSolutionStatusFeasible
    print(
        json.dumps(
            {
                "seconds": spent,
                "cpu_seconds": busy,
                "build_seconds": built,
                "megabytes": None if peak is None or before is None else peak - before,
                "objective": float(info.objective_function_value) if found else None,
                "bound": float(info.mip_dual_bound) if np.isfinite(info.mip_dual_bound) else None,
                "said": status,
                "python": platform.python_version(),
                "versions": {
                    n: version(n) for n in ("numpy", "pulp", "highspy", *(["spopt"] if rival == "spopt" else []))
                },
            }
        )
    )


if __name__ == "__main__":
    main()
