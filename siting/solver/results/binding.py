"""Binding limits of a plan and their shadow prices.

Halls are integer, so a limit may bind with some slack: a plan cannot use the rest of a zone's headroom, or of a budget,
if one more hall needs more. The column `because` separates such rows from those without slack.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from siting.problem.policy_rules import policy_mw_caps
from siting.problem.problem import Problem
from siting.problem.rows import Family, Rows, one_row
from siting.solver.results.shadow_prices import row_prices
from siting.units import Floats
from siting.world.user_files.own_columns import power_mw

BINDING_RELATIVE_SLACK = 1e-6
"""Slack, relative to the right-hand side, below which a row counts as binding at any gap."""
BINDING_COLUMNS = ("limit", "where", "slack", "unit", "price", "price_unit", "priced_at", "because")
MET, NO_UNIT, NO_HALL = "met", "less than one more unit is left", "less than one more hall needs is left"
"""Why a row binds."""
ROUNDING = 1e-9
"""Relative difference up to which a cap repeats a row."""


def binding(problem: Problem, rows: Sequence[Rows], values: Mapping[str, Floats], gap: float) -> pd.DataFrame:
    """Return the rows and caps of the scenario's limits that bind, to the gap of the solve.

    Parameters
    ----------
    problem : Problem
        The numbers.
    rows : sequence of Rows
        All rows that the plan satisfies.
    values : mapping of str to numpy.ndarray
        The plan.
    gap : float
        Relative gap of the solve: a plan proven to a gap may stop that far short of a limit.

    Returns
    -------
    pandas.DataFrame
        `limit`, `where` (with the wording of a duty or stop of the packs), `slack` [`unit`], and `price`
        [`price_unit`]: the shadow price, the improvement of the first objective for one unit by which the
        limit is relaxed, NaN where unknown; `priced_at` names what was held, see `siting.solver.results.shadow_prices`.
        `because` is the reason: the limit is met to the gap, or less is left than one more hall (or site) needs.
    """
    every = [*rows, *site_caps(problem, rows, values)]
    defining = {name: part for part in problem.parts for name in part.row_names}
    found = []
    for number, block in enumerate(every):
        part = defining.get(block.limit)
        if block.sense == "==" or not (part is None or part.may_bind(block)):
            continue  # rows that define what a plan is do not bind: a wish, a law or a threshold does
        used = np.sum([abs(t) @ values[f] for f, t in block.terms.items()], axis=0)
        slacks = block.slack(values)
        for i in map(int, np.flatnonzero(used > 0)):
            slack = float(slacks[i])
            if because := _because(block, i, slack, values, problem.families, gap):
                found.append((number, i, slack, because))
    prices = row_prices(problem, every, values, [(n, i) for n, i, _, _ in found])
    unit = problem.scenario.minimise.unit
    table = []
    for (n, i, slack, because), price in zip(found, prices, strict=True):
        row = every[n]
        per_unit = f"{unit} per {row.unit}"
        table.append((row.limit, row.where[i], slack, row.unit, price.value, per_unit, price.held, because))
    listed = pd.DataFrame(table, columns=list(BINDING_COLUMNS))
    priciest = listed.sort_values(
        "price", ascending=False, kind="stable"
    )  # two cuts of one loss are one limit to a reader
    return listed.loc[sorted(priciest.drop_duplicates(["limit", "where", "unit", "slack"]).index)].reset_index(
        drop=True
    )


def site_caps(problem: Problem, rows: Sequence[Rows], values: Mapping[str, Floats]) -> list[Rows]:
    """Return what caps the facility power of each built site, as rows [MW of facility power].

    Such caps set the largest number of halls before anything is solved, and write no row of their own. One that
    a row of its limit repeats, as for the only site of a zone, is omitted.
    """
    halls = values["halls"]
    built = np.flatnonzero(halls > 0.5)
    peak_mw = problem.scenario.building.hall_mw * problem.options["peak_pue"].to_numpy(float)
    site = problem.options["site"].to_numpy(np.intp)
    ids = problem.sites["id"].to_numpy(str)
    return [
        one_row(
            kind,
            words or str(ids[site[o]]),
            {"halls": np.where(np.arange(len(halls)) == o, peak_mw, 0.0)},
            "<=",
            float(cap[site[o]]),
            "MW",
        )
        for kind, cap, words_of in _caps(problem)
        for o in built
        for words in [words_of.get(int(site[o]), "")]
        if np.isfinite(cap[site[o]]) and not _is_repeated(kind, int(o), float(cap[site[o]]), rows)
    ]


def _is_repeated(kind: str, option: int, cap: float, rows: Sequence[Rows]) -> bool:
    """Return whether a row of the limit caps the halls of an option as tightly."""
    blocks = [b for b in rows if b.limit == kind and b.sense == "<=" and set(b.terms) == {"halls"}]
    column = [(b.terms["halls"][:, [option]].toarray().ravel() > 0) & (b.rhs <= cap * (1 + ROUNDING)) for b in blocks]
    return any(bool(some.any()) for some in column)


def _caps(problem: Problem) -> Iterator[tuple[str, Floats, Mapping[int, str]]]:
    """Yield every cap on the sites with its kind, and the wording of those that a pack set."""
    for limit in problem.scenario.limits:
        cap = limit.facility_mw_cap(problem.sites)
        if cap is not None:
            yield limit.name, np.asarray(cap, dtype=float), {}
    yield "available_mw", power_mw(problem.sites), {}
    for pack, caps, words in policy_mw_caps(problem.sites, problem.scenario.policy.in_force(problem.scenario.file)):
        yield f"policy {pack}", caps, words


def _because(
    block: Rows, i: int, slack: float, values: Mapping[str, Floats], families: Mapping[str, Family], gap: float
) -> str:
    """Return why a row in use binds, empty where it does not.

    A plan proven to a gap may stop that far short of a limit that binds; a row of integer variables is met
    exactly. The slack may still be less than one more unit, or one more hall, needs.
    """
    used = sum(float((abs(t[[i], :]) @ values[f])[0]) for f, t in block.terms.items())
    integer = all(families[f].integer for f in block.terms)
    rhs = abs(float(block.rhs[i]))
    short = 0.0 if integer else gap * rhs
    if not used > 0:
        return ""
    if slack <= max(short, BINDING_RELATIVE_SLACK * max(used, rhs, 1.0)):
        return MET
    steps = np.concatenate([np.abs(t[[i], :].data) for t in block.terms.values()])
    steps = steps[steps > 0]
    if integer and len(steps) and slack <= float(steps.min()) * (1 - BINDING_RELATIVE_SLACK):
        return NO_HALL if set(block.terms) == {"halls"} else NO_UNIT
    return NO_HALL if slack < _next_hall(block, i, families) * (1 - BINDING_RELATIVE_SLACK) else ""


def _next_hall(block: Rows, i: int, families: Mapping[str, Family]) -> float:
    """Return what one more hall needs at least of a row that halls draw on, 0 where they do not."""
    if "halls" not in block.terms or block.sense != "<=":
        return 0.0
    row = block.terms["halls"][[i], :].tocoo()
    needed = row.data[families["halls"].upper[row.coords[1]] > 0]
    return float(needed.min()) if len(needed) and needed.min() > 0 else 0.0
