"""What the solver proved, in sentences; a gap of rounding size is none."""

import math
from typing import TYPE_CHECKING

from siting.kpis import usd_a_year

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.plan.proof import Proof
    from siting.study.frontier import Frontier

NO_GAP = 1e-9
"""A relative gap below this is the rounding of floating-point numbers (2e-16 each), not a lack of proof."""


def gap_in_words(gap: float | None) -> str:
    """Return the relative gap as text.

    Parameters
    ----------
    gap : float or None
        Relative gap between objective and bound [0-1]; None or NaN if no bound is known.

    Returns
    -------
    str
        `none` if the two are equal but for rounding, `unknown` if there is no bound, else per cent.

    Examples
    --------
    >>> gap_in_words(2.1e-15), gap_in_words(0.0274), gap_in_words(8e-5), gap_in_words(None)
    ('none', '2.7 %', '0.008 %', 'unknown')
    """
    if gap is None or math.isnan(gap):
        return "unknown"
    return "none" if gap <= NO_GAP else f"{100.0 * gap:.2g} %"


NOTHING = {
    "infeasible": "Infeasible: no plan meets all limits together",
    "unbounded": "Unbounded: a limit is missing",
    "no_solution": "No plan was found within the time limit; whether one exists is unknown",
}


def proven(plan: "Plan") -> str:
    """Return what the solver proved: status, bound, objective and gap, without a full stop."""
    proof = plan.proof
    if proof.objective is None:
        return NOTHING[proof.status]
    status = "Proven optimal" if proof.status == "optimal" else "Feasible, NOT proven optimal"
    value = f"this one has {proof.objective:,.4f}"
    more = _stages_in_words(proof) + _budget_in_words(proof)
    if proof.bound is None:
        return f"{status}: {value} {proof.unit}, and the solver returned no bound{more}"
    beyond, gap = "above" if plan.scenario.minimise.maximise else "below", gap_in_words(proof.gap)
    return (
        f"{status}: no plan{_within(plan)} is {beyond} {proof.bound:,.4f} {proof.unit}; {value}"
        + ("" if gap == "none" else f", gap {gap}")
        + more
    )


def _within(plan: "Plan") -> str:
    """Return the budget in dollars that the bound is about, empty without one."""
    budget = plan.budget_usd_per_year
    return "" if budget is None else f" within {usd_a_year(budget)}"


def _stages_in_words(proof: "Proof") -> str:
    """Return which stages were proven and which were not; empty if all were, or the only one."""
    names = {True: list[str](), False: list[str]()}
    for stage in proof.stages:
        name = str(stage["objective"]).replace("_", " ")
        names[stage["status"] == "optimal"].append("least cost" if name == "cost" else name)
    if not names[False] or len(proof.stages) == 1:
        return ""
    if not names[True]:
        return "; no stage is proven"
    return f"; {' and '.join(names[True])} proven, {' and '.join(names[False])} not"


def _budget_in_words(proof: "Proof") -> str:
    """Return by how much the budget is open, because the least cost is only proven to a bound."""
    if proof.budget_open <= 0:
        return ""
    return f"; the budget is open by {100.0 * proof.budget_open:.2g} %, to which the least cost is proven"


def proof_sentence(plan: "Plan") -> str:
    """Return what was proven, with the size of the model, the time and the solver."""
    proof = plan.proof
    size = f"{proof.rows:,} rows, {proof.variables:,} variables, {proof.seconds:.1f} s, {proof.solver}"
    return f"{proven(plan)} ({size})."


def frontier_end_sentence(front: "Frontier") -> str:
    """Return which limits end a frontier, for one that a limit ends."""
    names = ", ".join(f"`{name}`" for name in front.capped_by)
    return f"The frontier ends at {names}: remove the limit to see what lies beyond."


def frontier_budget_sentence(front: "Frontier") -> str:
    """Return the scenario's budget in dollars, which holds at every point of a frontier; empty without one."""
    budget = front[0].budget_usd_per_year
    return "" if budget is None else f"Every point, and every bound, is within {usd_a_year(budget)}."
