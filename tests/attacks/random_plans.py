"""Random scenarios solved by HiGHS, CBC and SCIP: the solvers agree, and verify accepts every plan."""

import itertools
import math
from collections.abc import Iterator
from pathlib import Path

from random_scenarios import scenario

import siting
from attacks.outcome import Outcome
from siting.errors import InfeasibleError, SitingError

SOLVERS = ("highs", "cbc", "scip")
AGREEMENT = 2e-6
"""Largest relative difference of two proven objectives: the solvers' tolerances."""
TIME_LIMIT_S = 60.0
GAP = 1e-7


def verified(seed: int, solver: str, folder: Path) -> tuple[str, float, str | None]:
    """Solve and verify a random scenario; return the status, the objective and the fault."""
    try:
        problem = siting.prepare(scenario(seed, folder if seed % 2 else None))
        plan = siting.solve(problem, time_limit_s=TIME_LIMIT_S, gap=GAP, solver=solver)
    except InfeasibleError:
        return "infeasible", math.nan, None
    except SitingError:
        return "refused", math.nan, None
    except Exception as error:
        return "error", math.nan, f"{solver}: {type(error).__name__}: {error}"[:300]
    if not plan.kpis:
        return plan.status, math.nan, None
    try:
        plan.verify()
    except SitingError as refused:
        return plan.status, float(plan.objective), f"{solver}: verify refuses its plan: {refused}"[:300]
    except Exception as error:
        return plan.status, float(plan.objective), f"{solver}: verify: {type(error).__name__}: {error}"[:300]
    return plan.status, float(plan.objective), None


def attempts(seed: int, n: int, folder: Path) -> Iterator[Outcome]:
    """Verify the plans of `n` random scenarios, by each solver in turn."""
    for i in range(n):
        solver = SOLVERS[i % len(SOLVERS)]
        status, _, fault = verified(seed * 1_000_000 + i, solver, folder)
        yield Outcome("verify: plans of random scenarios", f"{seed * 1_000_000 + i} {solver} {status}", fault)


def agreements(seed: int, n: int, folder: Path) -> Iterator[Outcome]:
    """Solve `n` random scenarios by all solvers, and compare what they have proven."""
    for i in range(n):
        number = seed * 1_000_000 + 500_000 + i
        found = {solver: verified(number, solver, folder) for solver in SOLVERS}
        faults = [fault for *_, fault in found.values() if fault]
        proven = {s: value for s, (status, value, _) in found.items() if status == "optimal"}
        for (a, left), (b, right) in itertools.combinations(proven.items(), 2):
            if not math.isclose(left, right, rel_tol=AGREEMENT, abs_tol=1e-9):
                faults.append(f"{a} proves {left!r}, {b} {right!r}")
        statuses = {status for status, *_ in found.values()}
        if "infeasible" in statuses and proven:
            faults.append(f"both infeasible and optimal: { {s: v[0] for s, v in found.items()} }")
        yield Outcome("solvers agree", str(number), "; ".join(faults) or None)
