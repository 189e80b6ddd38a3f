"""Conflicting rows of an infeasible problem, and the smallest loosening that makes it feasible.

* The **conflict** of the LP relaxation is an irreducible infeasible subsystem (IIS), computed by HiGHS.
* If only the MIP is infeasible, limits are removed one after the other (deletion filter): those without which it would
  be feasible are the conflict (Chinneck 2008, Feasibility and Infeasibility in Optimization, ch. 6.2).
* The **repair** is the elastic model: ``row - slack <= rhs``, minimising ``sum slack / |rhs|``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from siting.errors import InfeasibleError, UnprovenError
from siting.highs import INFINITE, ArrayMip, infeasible_rows
from siting.problem.parts.utilisation import UTILISATION
from siting.problem.problem import Problem
from siting.problem.rows import Family, Linear, Rows
from siting.solver.decomposition.columns import Columns
from siting.solver.lexicographic import SolverSession, Values
from siting.solver.pulp_model import PulpModel
from siting.units import Floats

UNMET = "not_served_mw"
"""Family of the demand that is not served in a repair [MW]."""


@dataclass(frozen=True)
class Loosened:
    """One row that is loosened in a repair.

    Attributes
    ----------
    limit, where, sense, unit : str
        The row.
    now, needed : float
        Its right-hand side, and one that is enough.
    share : float
        The loosening relative to the size of the row.
    """

    limit: str
    where: str
    sense: str
    unit: str
    now: float
    needed: float
    share: float


@dataclass(frozen=True)
class Repair:
    """Rows that are loosened together so that a plan exists.

    Attributes
    ----------
    loosened : tuple of Loosened
        The rows, and by how much each is loosened.
    proven : bool
        Whether a smaller total is proven infeasible.
    plan : mapping
        A plan of the loosened problem.
    """

    loosened: tuple[Loosened, ...]
    proven: bool
    plan: Values

    @property
    def size(self) -> float:
        """Total loosening, each row relative to its own size."""
        return sum(x.share for x in self.loosened)


def lp_conflict(families: Mapping[str, Family], rows: Sequence[Rows]) -> list[tuple[Rows, int]] | None:
    """Return an irreducible infeasible subsystem of the LP relaxation; None if the LP has a solution.

    Parameters
    ----------
    families : mapping of str to Family
        Variables with their bounds.
    rows : sequence of Rows
        Constraints.

    Returns
    -------
    list of (Rows, int) or None
        Blocks and positions in them. Empty if HiGHS proves the conflict but cannot name it.
    """
    places = [(block, i) for block in rows for i in range(len(block))]
    found = infeasible_rows(_lp(families, rows))
    return None if found is None else [places[i] for i in found]


def _lp(families: Mapping[str, Family], rows: Sequence[Rows]) -> ArrayMip:
    """Write the LP relaxation, with each row scaled to a largest coefficient of 1."""
    no_owner = np.zeros(0, dtype=np.intp)
    columns = Columns(families, no_owner, no_owner)
    matrix = sparse.csr_array(sparse.vstack([columns.wide(block) for block in rows], format="csr"))
    matrix.eliminate_zeros()
    scale = 1.0 / np.maximum(abs(matrix).max(axis=1).toarray().ravel(), 1e-300)
    scale[np.diff(matrix.indptr) == 0] = 1.0
    matrix = sparse.csr_array(sparse.diags_array(scale, format="csr") @ matrix)
    rhs = np.concatenate([block.rhs for block in rows]) * scale
    sense = np.concatenate([np.full(len(block), block.sense) for block in rows])
    return ArrayMip(
        cost=np.zeros(len(columns.unit)),
        lower=columns.lower,
        upper=columns.upper,
        matrix=matrix,
        row_lower=np.where(sense == "<=", -INFINITE, rhs),
        row_upper=np.where(sense == ">=", INFINITE, rhs),
    )


def exists(session: SolverSession, families: Mapping[str, Family], rows: Sequence[Rows]) -> bool | None:
    """Return whether a plan exists, None if the time was too short."""
    try:
        model = PulpModel("exists", families, rows)
    except InfeasibleError:
        return False
    found, _ = session.minimise(model, Linear({}, "-"))
    return True if found.objective is not None else False if found.status == "infeasible" else None


def rows_to_loosen(problem: Problem, rows: Sequence[Rows]) -> list[str]:
    """Return the names of rows that a planner can loosen; those that define what a plan is are not among them."""
    defining = {name for part in problem.parts if not part.can_be_loosened for name in part.row_names}
    return list(dict.fromkeys(b.limit for b in rows if b.limit not in defining))


def conflicting_limits(session: SolverSession, problem: Problem, rows: Sequence[Rows]) -> list[str]:
    """Return an irreducible set of limits that conflict, by a deletion filter.

    A limit whose removal cannot be judged in time stays in the set. Rows that define what a plan is are never removed.
    """
    every = rows_to_loosen(problem, rows)
    kept = list(every)
    for kind in every:
        rest = [b for b in rows if b.limit not in every or (b.limit in kept and b.limit != kind)]
        if exists(session.within(0.5), problem.families, rest) is False:
            kept.remove(kind)
    return kept


def cheapest_repair(
    session: SolverSession, problem: Problem, rows: Sequence[Rows], kinds: Sequence[str]
) -> Repair | None:
    """Return the smallest loosening of some limits with which a plan exists; None if there is none.

    Parameters
    ----------
    session : SolverSession
        Solver, clock and gap.
    problem : Problem
        The numbers.
    rows : sequence of Rows
        All rows.
    kinds : sequence of str
        Limits that may be loosened; `demand` is the demand itself.

    Raises
    ------
    UnprovenError
        The time was too short to find one, or to prove that there is none.
    """
    families, elastic = dict(problem.families), []
    slack_cost: dict[str, Floats] = {}
    for number, block in enumerate(rows):
        terms = dict(block.terms)
        if block.limit in kinds:
            terms |= _slacks(number, block, problem, families, slack_cost)
        elif block.limit == "serve" and "demand" in kinds and list(block.where) == list(problem.groups.labels):
            terms[UNMET] = sparse.csr_array(sparse.eye_array(len(block), format="csr"))
            labels, most = [f"u{i}" for i in range(len(block))], problem.groups.demand_mw
            families[UNMET] = Family(UNMET, labels, np.zeros(len(block)), most, integer=False)
            slack_cost[UNMET] = np.full(len(block), 1.0 / float(most.sum()))
        elastic.append(Rows(block.limit, block.where, terms, block.sense, block.rhs, block.unit))
    if not slack_cost:
        return None
    try:
        model = PulpModel("repair", families, elastic)
    except InfeasibleError:
        return None
    found, values = session.minimise(model, Linear(slack_cost, "-"))
    if values is None:
        if found.status != "infeasible":
            raise UnprovenError(f"no loosening of {', '.join(kinds)} was found in the time left")
        return None
    return Repair(tuple(_loosened(problem, rows, values, slack_cost)), found.status == "optimal", values)


def _slacks(
    number: int, block: Rows, problem: Problem, families: dict[str, Family], cost: dict[str, Floats]
) -> dict[str, sparse.csr_array]:
    """Add slack variables for the rows of a block, and return their terms."""
    terms: dict[str, sparse.csr_array] = {}
    size, numbers = _sizes(block, problem), [block.rhs, *(matrix.data for matrix in block.terms.values())]
    # with integer variables and numbers only, the slack is an integer too
    integer = all(problem.families[f].integer for f in block.terms) and all(np.all(x == np.rint(x)) for x in numbers)
    for sign, name in ((-1.0, f"over_{number}"), (1.0, f"under_{number}")):
        if (block.sense == "<=" and sign > 0) or (block.sense == ">=" and sign < 0):
            continue
        m = len(block)
        unit = 1.0 if integer else float(np.median(size))
        families[name] = Family(name, [f"s{i}" for i in range(m)], np.zeros(m), np.full(m, np.inf), integer, unit)
        cost[name] = 1.0 / size
        terms[name] = sparse.csr_array(sign * sparse.eye_array(m, format="csr"))
    return terms


def _sizes(block: Rows, problem: Problem) -> Floats:
    """Return the size that each slack is relative to: the right-hand side of the row, or its largest term if that is 0."""
    reach = np.zeros(len(block))
    for family, matrix in block.terms.items():
        if matrix.shape[1] == 0:
            continue
        high = np.where(np.isfinite(problem.families[family].upper), problem.families[family].upper, 1.0)
        reach = np.maximum(reach, np.asarray((abs(matrix) @ sparse.diags_array(high)).max(axis=1).toarray()).ravel())
    size = np.where(np.abs(block.rhs) > 0, np.abs(block.rhs), reach)
    return np.where(size > 0, size, 1.0)


def _loosened(problem: Problem, rows: Sequence[Rows], values: Values, cost: Mapping[str, Floats]) -> list[Loosened]:
    """Return the rows that were loosened."""
    loosened: list[Loosened] = []
    for number, block in enumerate(rows):
        if block.limit == UTILISATION and any(
            values.get(f"under_{number}", np.zeros(1)) * cost.get(f"under_{number}", 0.0) > 1e-7
        ):
            loosened.append(_less_use(problem, values))
            continue
        for sign, name in ((1.0, f"over_{number}"), (-1.0, f"under_{number}")):
            for i in np.flatnonzero(values[name] * cost[name] > 1e-7) if name in values else ():
                by, now = float(values[name][i]), float(block.rhs[i])
                share = by * float(cost[name][i])
                loosened.append(
                    Loosened(block.limit, block.where[int(i)], block.sense, block.unit, now, now + sign * by, share)
                )
    if UNMET in values:
        by, now = float(values[UNMET].sum()), float(problem.demand_mw.sum())
        if by > 1e-7 * now:
            loosened.append(Loosened("demand", "portfolio", ">=", "MW", now, now - by, by / now))
    return loosened


def _less_use(problem: Problem, values: Values) -> Loosened:
    """Return the least use of halls that the plan of a repair keeps: one share, and not a row of each site."""
    built, scenario = values["halls"] > 0.5, problem.scenario
    use = float((values["load_mw"][built] / values["halls"][built]).min()) / scenario.hall_draw_mw
    now, needed = scenario.building.utilisation_min, float(np.floor(1e4 * use)) / 1e4
    return Loosened(UTILISATION, "building.utilisation_min", ">=", "-", now, needed, (now - needed) / now)
