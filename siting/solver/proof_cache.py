"""What earlier proofs say of a question that asks for the same in a smaller or a larger world.

Let an earlier question have asked for the least of a sum over the plans X, and let the new one ask for the same sum,
times a number above 0, over the plans Y.

* **Its bound holds here, too, if Y lies in X.** That is seen row by row: in a row ``a x <= b`` the new coefficients
  are nowhere less and its right-hand side is no more (the other way round in ``>=``, the same in ``==``), and no
  variable may be larger; variables are never below 0.
* **Its plan is one of these, if it keeps the new rows**, which is computed.
* The least bound of what is in hand and the best plan in hand settle the question where they meet within the asked
  gap: no solver is asked, and the plan is `optimal` by the same words as always.

So a plan proven best under a budget is best under every smaller budget that it keeps, one limit that does not bind may
be tightened, and a figure that only scales what is made least (how much useful compute an hour gives) changes nothing.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from siting.problem.problem import Problem
from siting.problem.rows import Linear, Rows
from siting.solver.backends import Verdict, relative_gap
from siting.solver.decomposition.columns import Columns, columns_of
from siting.units import Bools, Floats

MOST_PROOFS = 64
"""Proofs that are kept; the oldest go first (our choice)."""
SAME_SHAPE = 1e-12
"""Relative difference below which coefficients are a multiple of others: what dividing them rounds."""
KEEPS = 1e-6
"""How far a plan may be off a row, relative to its terms, and still keep it: what solvers promise."""
BUDGET = "budget"


@dataclass(frozen=True)
class ProblemForm:
    """One question as arrays: what may be chosen, what must hold, what is to be least.

    Parameters
    ----------
    columns : Columns
        Variables.
    matrix, rhs, sense : scipy.sparse.csr_array, numpy.ndarray, numpy.ndarray
        Rows, in solver units, not scaled; `sense` is 1 for ``<=``, -1 for ``>=``, 0 for ``==``.
    names : tuple of str
        Limit and place of each row.
    goal, cost : numpy.ndarray
        Coefficients of what is to be least, and of the cost that is made least after it.
    """

    columns: Columns
    matrix: sparse.csr_array
    rhs: Floats
    sense: Floats
    names: tuple[str, ...]
    goal: Floats
    cost: Floats

    @cached_property
    def shape(self) -> bytes:
        """Digest of the names of variables and rows: where it differs nothing can be compared."""
        digest = hashlib.sha256()
        for family in self.columns.families.values():
            digest.update(f"{family.name} {family.integer} {' '.join(family.labels)}\n".encode())
        digest.update("\n".join(self.names).encode())
        digest.update(self.sense.tobytes())
        return digest.digest()

    @cached_property
    def is_budget(self) -> Bools:
        """Which rows only keep the cost down, whatever else a plan does."""
        return np.array([n.startswith(f"{BUDGET} ") for n in self.names], dtype=bool)

    def scale_of(self, other: "ProblemForm") -> float | None:
        """Return by which positive number the other goal must be multiplied to be this one, None where by none."""
        top = int(np.argmax(np.abs(other.goal))) if len(other.goal) else 0
        if not len(other.goal) or other.goal[top] == 0 or self.goal[top] / other.goal[top] <= 0:
            return None
        factor = float(self.goal[top] / other.goal[top])
        same = np.abs(self.goal - factor * other.goal) <= SAME_SHAPE * np.abs(self.goal)
        return factor if bool(same.all()) else None

    def lies_in(self, other: "ProblemForm", some: Bools | None = None) -> bool:
        """Return whether every plan of this question is one of the other; of some rows only, where they are given."""
        mine, its = self.columns, other.columns
        if np.any(mine.upper > its.upper) or np.any(mine.lower < its.lower) or np.any(mine.lower < 0):
            return False
        rows = np.ones(len(self.names), dtype=bool) if some is None else some
        apart = sparse.csr_array(self.matrix[rows] - other.matrix[rows])
        sense, tighter = self.sense[rows], (other.rhs - self.rhs)[rows]
        of_entry = np.repeat(sense, np.diff(apart.indptr))
        worse = np.where(of_entry == 0, apart.data != 0, of_entry * apart.data < 0)
        looser = np.where(sense == 0, tighter != 0, sense * tighter < 0)
        return not worse.any() and not looser.any()

    def keeps(self, x: Floats) -> bool:
        """Return whether values of all columns are a plan here."""
        size = abs(self.matrix) @ np.abs(x)
        over = self.matrix @ x - self.rhs
        off = np.where(self.sense == 0, np.abs(over), self.sense * over)
        inside = (x >= self.columns.lower - KEEPS) & (x <= self.columns.upper + KEEPS)
        return bool(np.all(off <= KEEPS * np.maximum(size, 1.0)) and inside.all())


@dataclass(frozen=True)
class ProvenSolution:
    """A question with what was proven of it.

    Parameters
    ----------
    asked : ProblemForm
        The question.
    x : numpy.ndarray
        The plan, over all columns, after the cost was made least.
    value, bound : float
        Found and proven of the goal, without its constant.
    last : Verdict or None
        What was proven of the cost among plans as good; None where nothing came after the goal.
    size, considered : tuple of int, mapping of str to int
        Of the programme that was solved.
    """

    asked: ProblemForm
    x: Floats
    value: float
    bound: float
    last: Verdict | None
    size: tuple[int, int]
    considered: Mapping[str, int]


@dataclass(frozen=True)
class CacheHit:
    """An answer without a solve: values of the variables, and what is proven of goal and cost.

    `size` and `considered` are those of the programme whose proof it rests on.
    """

    values: Mapping[str, Floats]
    proven: Verdict
    last: Verdict
    size: tuple[int, int]
    considered: Mapping[str, int]


class ProofCache:
    """Questions answered so far, by the one who asks many.

    Whoever makes it owns it, and hands it from solve to solve.

    Parameters
    ----------
    same_only : bool, optional
        Whether only the very same question is settled, so that no answer depends on what was asked before it.
    """

    def __init__(self, *, same_only: bool = False) -> None:
        self._same_only = same_only
        self._answered: list[ProvenSolution] = []
        self.settled = 0

    def __len__(self) -> int:
        return len(self._answered)

    def learn(self, answered: ProvenSolution) -> None:
        """Keep what was proven."""
        self._answered = [*self._answered, answered][-MOST_PROOFS:]

    def settles(self, asked: ProblemForm, constant: float, gap: float) -> CacheHit | None:
        """Return the answer that earlier proofs give, None where they leave more open than the gap.

        Parameters
        ----------
        asked : ProblemForm
            The question.
        constant : float
            What its goal is at nothing.
        gap : float
            Relative gap at which a plan counts as optimal [0-1].
        """
        same = [a for a in self._answered if a.asked.shape == asked.shape]
        alike = [(a, f) for a in same if (f := asked.scale_of(a.asked)) is not None]
        if self._same_only:
            alike = [(a, f) for a, f in alike if f == 1.0 and asked.lies_in(a.asked) and a.asked.lies_in(asked)]
        bounds = [(f * a.bound, a) for a, f in alike if asked.lies_in(a.asked)]
        plans = [(_value(asked, a), a) for a, _ in alike if _stays_the_cheapest(asked, a) and asked.keeps(a.x)]
        if not bounds or not plans:
            return None
        bound, proof = max(bounds, key=lambda b: b[0])
        value, hand = min(plans, key=lambda p: p[0])
        bound = min(bound, value)
        if (relative_gap(value + constant, bound + constant) or 0.0) > gap:
            return None
        self.settled += 1
        cost = float(asked.cost @ hand.x)
        return CacheHit(
            asked.columns.split(hand.x * asked.columns.unit),
            Verdict("optimal", value + constant, bound + constant),
            hand.last or Verdict("feasible", cost, None),
            proof.size,
            proof.considered,
        )


def _value(asked: ProblemForm, answered: ProvenSolution) -> float:
    """Return a plan's goal here: to the last digit what it was, where it is the same sum of the same plan."""
    same = answered.last is None and np.array_equal(asked.goal, answered.asked.goal)
    return answered.value if same else float(asked.goal @ answered.x)


def _stays_the_cheapest(asked: ProblemForm, answered: ProvenSolution) -> bool:
    """Return whether a plan that was made cheap among its equals is so here: the cost is the same, and no row but a budget is looser."""
    before = answered.asked
    if answered.last is None:
        return True
    return np.array_equal(asked.cost, before.cost) and asked.lies_in(before, ~asked.is_budget)


def problem_form(problem: Problem, rows: Sequence[Rows], goal: Linear) -> ProblemForm:
    """Return a question as arrays.

    Parameters
    ----------
    problem : Problem
        The numbers.
    rows : sequence of Rows
        All that must hold.
    goal : Linear
        What is to be least.

    Raises
    ------
    ValueError
        Rows over families that the problem has not, such as totals of sites: they could not be compared.
    """
    columns = columns_of(problem, problem.families)
    if unknown := {family for b in rows for family in b.terms} - set(columns.families):
        raise ValueError(
            f"rows over {', '.join(sorted(unknown))} cannot be compared: write them over {', '.join(columns.families)}"
        )
    signs = {"<=": 1.0, ">=": -1.0, "==": 0.0}
    return ProblemForm(
        columns=columns,
        matrix=sparse.csr_array(sparse.vstack([columns.wide(b) for b in rows], format="csr")),
        rhs=np.concatenate([b.rhs for b in rows]),
        sense=np.concatenate([np.full(len(b), signs[b.sense]) for b in rows]),
        names=tuple(f"{b.limit} {w}" for b in rows for w in b.where),
        goal=columns.costs(goal),
        cost=columns.costs(problem.cost),
    )
