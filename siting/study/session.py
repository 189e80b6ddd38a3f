"""A session of similar scenarios, solved one after another with shared data and proofs."""

from collections.abc import Mapping, Sequence
from typing import Any

from siting.plan.plan import Plan
from siting.problem.cache import PreparationCache
from siting.problem.prepare import prepare
from siting.problem.problem import Problem
from siting.problem.rows import Rows
from siting.progress_bar import Progress, shows_progress
from siting.scenario.scenario import Scenario
from siting.solver.proof_cache import ProofCache
from siting.solver.settings import require_settings
from siting.solver.solve import solve_with


class Study:
    """Prepare and solve many scenarios, reusing the data and proofs of earlier ones.

    Places, weather, round trips and policy are prepared once for all scenarios that share them. If earlier proofs
    settle a scenario, or the least cost behind its budget, it is not solved (`siting.solver.proof_cache`). Otherwise
    the previous plan is a warm start, which changes no proof; of several optimal plans it may find another one.

    Parameters
    ----------
    time_limit_s : float or None, optional
        Wall-clock limit of each scenario [s].
    gap : float, optional
        Relative gap at which a plan counts as optimal [0-1].
    solver : str, optional
        Any PuLP solver.
    from_the_last : bool, optional
        Whether the previous plan is a warm start, and earlier proofs may settle a scenario.

    Examples
    --------
    >>> import siting as st
    >>> study = Study(gap=0.01)
    >>> scenario = st.Scenario(name="one", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),))
    >>> [study.solve(scenario).status for _ in range(2)]
    ['optimal', 'optimal']
    """

    def __init__(
        self, *, time_limit_s: float | None = 60.0, gap: float = 1e-4, solver: str = "highs", from_the_last: bool = True
    ) -> None:
        require_settings(time_limit_s, gap, solver)
        self._how: Mapping[str, Any] = {"time_limit_s": time_limit_s, "gap": gap, "solver": solver}
        self._from_the_last = from_the_last
        self._memory = PreparationCache()
        self._known = ProofCache(same_only=not from_the_last)
        self._last: Plan | None = None

    def prepare(self, scenario: Scenario) -> Problem:
        """Return what `siting.prepare` returns, from data that is prepared already where possible."""
        return prepare(scenario, memory=self._memory)

    @shows_progress("solving")
    def solve(self, scenario: Scenario | Problem, *, progress: Progress = None) -> Plan:
        """Return the plan of a scenario with its proof, as `siting.solve` does; `progress=False` for no bar.

        Raises
        ------
        ScenarioError, InfeasibleError
            As `siting.prepare` and `siting.solve` do.
        """
        problem = self.prepare(scenario) if isinstance(scenario, Scenario) else scenario
        start = self._last if self._from_the_last else None
        plan = solve_from(problem, [], start, proofs=self._known, **self._how)
        if plan.kpis:
            self._last = plan
        return plan


TIME_USED_SHARE = 0.9
"""Share of the time limit below which an unproven plan is not due to a lack of time."""


def solve_from(problem: Problem, rows: Sequence[Rows], start: Plan | None, **how: Any) -> Plan:
    """Solve with further rows, from an incumbent plan.

    HiGHS sometimes returns the start as its result, with a bound far from it and time left: such a plan is unproven,
    and the problem is solved again without a start.

    Parameters
    ----------
    problem : Problem
        The numbers.
    rows : sequence of Rows
        Rows in addition to the scenario's.
    start : Plan or None
        The incumbent.
    **how
        As in `siting.solver.solve.solve_with`.
    """
    plan = solve_with(problem, rows, start=start, **how)
    limit = how.get("time_limit_s", 60.0)
    in_time = limit is None or plan.proof.seconds < TIME_USED_SHARE * limit
    if start is None or plan.status in ("optimal", "infeasible") or not in_time:
        return plan
    return solve_with(problem, rows, **how)
