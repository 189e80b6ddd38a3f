"""Many questions that differ little, answered one after the other: what one needed is kept for the next."""

import hashlib

import numpy as np

from siting.limits import ALWAYS
from siting.model.memory import Memory
from siting.model.plan import Plan
from siting.model.prepare import prepare
from siting.model.problem import Problem
from siting.model.rows import Floats
from siting.model.scenario import Scenario
from siting.solver.solve import checked_rows
from siting.study.from_start import solve_from

MOST_LEAST_COSTS = 256
"""Proven least costs that are kept (our choice)."""


class Study:
    """Prepare and solve many questions, with what the last ones gathered and proved.

    Places, weather, round trips and policy are gathered once for all questions that share them. The least cost that
    a budget asks for is proven once for all questions that share its programme to the last digit. A solve starts from
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
        Whether a solve starts from the plan before it.

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
        self._memory = Memory()
        self._least_cost = Memory(MOST_LEAST_COSTS)
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
        key = self._cost_key(problem)
        known = None if key is None or key not in self._least_cost else self._least_cost.recall(key, float)
        plan = solve_from(
            problem,
            [],
            self._last if self._from_the_last else None,
            least_cost_usd_per_year=known,
            time_limit_s=self._time_limit_s,
            gap=self._gap,
            solver=self._solver,
        )
        least = plan.proof.least_cost_usd_per_year
        if key is not None and least is not None and plan.status == "optimal":
            self._least_cost.recall(key, lambda: least)
        if plan.kpis:
            self._last = plan
        return plan

    def _cost_key(self, problem: Problem) -> str | None:
        """Return a digest of the programme whose least cost is sought, None where no limit needs it."""
        limits = (*ALWAYS, *problem.scenario.limits)
        if not any(x.needs_least_cost for x in limits):
            return None
        digest = hashlib.sha256()
        for family in problem.families.values():
            _add(digest, family.name, family.lower, family.upper)
        _add(digest, "cost", *problem.cost.terms.values())
        for block in (b for x in limits if not x.needs_least_cost for b in checked_rows(x, problem)):
            parts = [a for t in block.terms.values() for a in (t.indptr, t.indices, t.data)]
            _add(digest, f"{block.limit} {block.sense} {sorted(block.terms)}", block.rhs, *parts)
        return digest.hexdigest()


def _add(digest: "hashlib._Hash", name: str, *arrays: Floats) -> None:
    digest.update(name.encode())
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
