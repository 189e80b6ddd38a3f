"""Many questions that differ little, answered one after the other: what one needed is kept for the next."""

from siting.plan.plan import Plan
from siting.problem.cache import PreparationCache
from siting.problem.prepare import prepare
from siting.problem.problem import Problem
from siting.scenario.scenario import Scenario
from siting.solver.proof_cache import ProofCache
from siting.study.warm_solve import solve_from


class Study:
    """Prepare and solve many questions, with what the last ones gathered and proved.

    Places, weather, round trips and policy are gathered once for all questions that share them. Where earlier proofs
    settle a question, or the least cost behind its budget, no solver is asked (`siting.solver.proof_cache`). Else a solve starts from
    the plan before it, which changes no proof; among plans that prove equally good it may find another one.

    Parameters
    ----------
    time_limit_s : float or None, optional
        Wall-clock limit of each question [s].
    gap : float, optional
        Relative gap at which a plan counts as optimal [0-1].
    solver : str, optional
        Any PuLP solver.
    from_the_last : bool, optional
        Whether a solve starts from the plan before it, and may be settled by the proofs before it.

    Examples
    --------
    >>> import siting as st
    >>> study = Study(gap=0.01)
    >>> asked = st.Scenario(name="one", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),))
    >>> [study.solve(asked).status for _ in range(2)]
    ['optimal', 'optimal']
    """

    def __init__(
        self,
        *,
        time_limit_s: float | None = 60.0,
        gap: float = 1e-4,
        solver: str = "highs",
        from_the_last: bool = True,
    ) -> None:
        self._time_limit_s, self._gap, self._solver = time_limit_s, gap, solver
        self._from_the_last = from_the_last
        self._memory = PreparationCache()
        self._known = ProofCache(same_only=not from_the_last)
        self._last: Plan | None = None

    def prepare(self, scenario: Scenario) -> Problem:
        """Return what `siting.prepare` returns, from what is known already."""
        return prepare(scenario, memory=self._memory)

    def solve(self, question: Scenario | Problem) -> Plan:
        """Return the plan of a question, as `siting.solve` proves it.

        Raises
        ------
        ScenarioError, InfeasibleError
            As `siting.prepare` and `siting.solve` do.
        """
        problem = self.prepare(question) if isinstance(question, Scenario) else question
        plan = solve_from(
            problem,
            [],
            self._last if self._from_the_last else None,
            proofs=self._known,
            time_limit_s=self._time_limit_s,
            gap=self._gap,
            solver=self._solver,
        )
        if plan.kpis:
            self._last = plan
        return plan
