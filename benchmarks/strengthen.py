"""Gap of the baseline after a minute, with and without valid inequalities (reach cuts, integer totals)."""

import json
import resource
import time
from pathlib import Path

import siting as st
from siting.problem.part import part_rows
from siting.problem.rows import Rows
from siting.solver.backends import relative_gap, solver_called
from siting.solver.pulp_model import PulpModel
from siting.solver.valid_inequalities import strengthen

HERE = Path(__file__).parent
SECONDS = 60.0
GAP = 1e-4


def emissions_rows(problem: st.Problem, least_cost_usd: float) -> list[Rows]:
    """Return the rows of the baseline, its budget included."""
    return part_rows(problem) + [b for x in problem.scenario.limits for b in x.rows(problem, least_cost_usd)]


def run(problem: st.Problem, least_cost_usd: float, *, strengthened: bool) -> dict[str, float | str]:
    """Minimise emissions once and return what was proven."""
    families, extra = strengthen(problem) if strengthened else ({}, [])
    rows = [*emissions_rows(problem, least_cost_usd), *extra]
    model = PulpModel("benchmark", {**problem.families, **families}, rows)
    began = time.perf_counter()
    stats = model.minimise(problem.emissions, solver_called("highs", time_limit_s=SECONDS, gap=GAP))
    seconds = time.perf_counter() - began
    found = problem.emissions.value(model.values())
    gap = relative_gap(found, stats.best_bound)
    return {"seconds": round(seconds, 1), "gap": -1.0 if gap is None else round(gap, 6), "status": stats.status.name}


def main() -> None:
    """Run both and write the figures."""
    scenario = st.Scenario.read(HERE.parent / "scenarios" / "baseline.toml")
    problem = st.prepare(scenario)
    plan = st.solve(problem, time_limit_s=None)
    least = plan.proof.least_cost_usd_per_year
    if least is None:
        raise SystemExit("the baseline has no budget above least cost, so there is no model to compare")
    figures = {
        "scenario": scenario.name,
        "seconds_allowed": SECONDS,
        "gap_asked": GAP,
        "whole_plan_seconds": plan.proof.seconds,
        "with": run(problem, least, strengthened=True),
        "without": run(problem, least, strengthened=False),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    (HERE / "strengthen.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
