"""A plan in hand as the start of another solve: its decisions, put into the variables of a problem."""

from collections.abc import Sequence

import numpy as np

from siting.plan.plan import Plan
from siting.problem.problem import Problem
from siting.problem.rows import Rows
from siting.solver.valid_inequalities import strengthen
from siting.units import Floats

INCENTIVE = "incentive "
"""How the ledger's lines of benefits begin."""


def start_values(problem: Problem, plan: Plan) -> dict[str, Floats]:
    """Return the variables at a plan's decisions, as far as the problem knows its sites, designs and hubs.

    The plan may answer another question: what it builds where the problem has no such option is left out, so
    that the values need not be feasible. They change no answer: a solver that cannot use them begins anew.

    Parameters
    ----------
    problem : Problem
        What is to be solved.
    plan : Plan
        The plan in hand, with sites.

    Returns
    -------
    dict of str to numpy.ndarray
        Values by family, those of `strengthen` too.
    """
    at = {str(label): o for o, label in enumerate(problem.options["label"])}
    values = {name: np.zeros(len(family)) for name, family in problem.families.items()}
    for site in plan.sites.itertuples():
        o = at.get(f"{site.id}__{site.cooling}")
        if o is not None:
            values["open"][o] = 1.0
            values["halls"][o] = min(float(site.halls), float(problem.options["max_halls"].iloc[o]))
            values["load_mw"][o] = float(site.it_mw)
    values["serve_mw"] = _served(problem, plan)
    if "unmet_mw" in values:
        given = np.bincount(problem.arcs.group, values["serve_mw"], len(problem.groups.demand_mw))
        values["unmet_mw"] = np.maximum(problem.groups.demand_mw - given, 0.0)
    _claim(problem, plan, values)
    return _with_totals(problem.settled(values), strengthen(problem)[1])


def _served(problem: Problem, plan: Plan) -> Floats:
    """Return what each arc carries [MW]: a plan's assignments, added up over the hubs of a group."""
    site = {str(s): i for i, s in enumerate(problem.sites["id"])}
    hub = {str(h): i for i, h in enumerate(problem.hubs["id"])}
    work = {k: i for i, k in enumerate(problem.workloads)}
    arc = {pair: a for a, pair in enumerate(zip(problem.arcs.site, problem.arcs.group, strict=True))}
    mw = np.zeros(len(problem.arcs))
    table = plan.assignments
    for s, h, k, it_mw in zip(table["site"], table["hub"], table["workload"], table["it_mw"], strict=True):
        if s in site and h in hub and k in work:
            a = arc.get((site[s], problem.groups.of[hub[h], work[k]]))
            if a is not None:
                mw[a] += it_mw
    return mw


def _claim(problem: Problem, plan: Plan, values: dict[str, Floats]) -> None:
    """Put the programmes that the plan claims into the values, where their option is open."""
    lines = plan.ledger[plan.ledger["line"].str.startswith(INCENTIVE)]
    paid = {
        (str(s), str(line).removeprefix(INCENTIVE)): -float(usd)
        for s, line, usd in zip(lines["site"], lines["line"], lines["usd_per_year"], strict=True)
    }
    ids = problem.sites["id"].to_numpy(str)[problem.options["site"]]
    for i, (o, programme) in enumerate(zip(problem.claims["option"], problem.claims["programme"], strict=True)):
        usd = paid.get((str(ids[o]), str(programme)))
        if usd is not None and values["open"][o] > 0:
            values["claim"][i] = 1.0
            values["benefit_usd"][i] = min(usd, float(problem.claims["max_benefit_usd"].iloc[i]))


def _with_totals(values: dict[str, Floats], rows: Sequence[Rows]) -> dict[str, Floats]:
    """Add the totals of `strengthen`: each is the sum that its row says."""
    for block in rows:
        if block.limit == "total":
            parts, whole = block.terms
            values[whole] = np.asarray(block.terms[parts] @ values[parts], dtype=float)
    return values
