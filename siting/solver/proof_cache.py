"""Reuse of optimality proofs between problems with proportional objectives and nested feasible sets.

Let an earlier solve have minimised a sum over the feasible set X, and let the new problem minimise the same sum, times a
number above 0, over Y.

* **Its bound is valid here if Y is a subset of X.** A sufficient condition is checked row by row: in a row ``a x <= b``
  no new coefficient is smaller and the new right-hand side is not larger (reversed in ``>=``, equal in ``==``), no upper
  bound of a variable is larger, and all variables are at least 0.
* **Its plan is feasible here if it satisfies the new rows**, which is computed.
* If the best bound and the best feasible plan meet within the gap, the plan is `optimal`, and no solver is called.

So a plan that is optimal under a budget is optimal under every smaller budget that it satisfies, a limit that does not
bind can be tightened, and a number that only scales the objective (compute per energy) changes nothing.
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
"""Most proofs that are kept; the oldest are dropped first (our choice)."""
PROPORTIONAL = 1e-12
"""Relative difference up to which coefficients are proportional: the rounding of the division."""
FEASIBLE = 1e-6
"""Violation of a row, relative to its terms, up to which a plan is feasible: the tolerance of solvers."""
BUDGET = "budget"


@dataclass(frozen=True)
class ProblemForm:
    """One problem as arrays: variables, rows, objective.

    Parameters
    ----------
    columns : Columns
        Variables.
    matrix, rhs, sense : scipy.sparse.csr_array, numpy.ndarray, numpy.ndarray
        Rows in solver units, not scaled; `sense` is 1 for ``<=``, -1 for ``>=``, 0 for ``==``.
    names : tuple of str
        Limit and place of each row.
    goal, cost : numpy.ndarray
        Coefficients of the objective to minimise, and of the cost that is minimised after it.
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
        """Digest of the names of variables and rows: problems with different ones cannot be compared."""
        digest = hashlib.sha256()
        for family in self.columns.families.values():
            digest.update(f"{family.name} {family.integer} {' '.join(family.labels)}\n".encode())
        digest.update("\n".join(self.names).encode())
        digest.update(self.sense.tobytes())
        return digest.digest()

    @cached_property
    def is_budget(self) -> Bools:
        """Which rows are upper bounds on the cost, which the cheapest plan satisfies if any plan does."""
        return np.array([n.startswith(f"{BUDGET} ") for n in self.names], dtype=bool)

    def scale_of(self, other: "ProblemForm") -> float | None:
        """Return the positive factor between the other objective and this one, None if they are not proportional."""
        top = int(np.argmax(np.abs(other.goal))) if len(other.goal) else 0
        if not len(other.goal) or other.goal[top] == 0 or self.goal[top] / other.goal[top] <= 0:
            return None
        factor = float(self.goal[top] / other.goal[top])
        same = np.abs(self.goal - factor * other.goal) <= PROPORTIONAL * np.abs(self.goal)
        return factor if bool(same.all()) else None

    def is_subset_of(self, other: "ProblemForm", some: Bools | None = None) -> bool:
        """Return whether every plan that is feasible here is feasible in the other problem; by some rows only, if given.

        With x >= 0, ``a' x <= b'`` implies ``a x <= b`` if a <= a' and b >= b': then ``a x <= a' x <= b' <= b``. It is a
        sufficient condition, row against row; rows that imply each other in another form are not recognised.
        """
        mine, its = self.columns, other.columns
        if np.any(mine.upper > its.upper) or np.any(mine.lower < its.lower) or np.any(mine.lower < 0):
            return False
        rows = np.ones(len(self.names), dtype=bool) if some is None else some
        apart = sparse.csr_array(self.matrix[rows] - other.matrix[rows])
        # per unit of sense: a coefficient that shrinks, or a right-hand side that grows, makes room here
        sense, tighter = self.sense[rows], (other.rhs - self.rhs)[rows]
        of_entry = np.repeat(sense, np.diff(apart.indptr))
        smaller = np.where(of_entry == 0, apart.data != 0, of_entry * apart.data < 0)
        looser = np.where(sense == 0, tighter != 0, sense * tighter < 0)
        return not smaller.any() and not looser.any()

    def is_feasible(self, x: Floats) -> bool:
        """Return whether values of all columns satisfy the rows and bounds."""
        size = abs(self.matrix) @ np.abs(x)
        over = self.matrix @ x - self.rhs
        off = np.where(self.sense == 0, np.abs(over), self.sense * over)
        inside = (x >= self.columns.lower - FEASIBLE) & (x <= self.columns.upper + FEASIBLE)
        return bool(np.all(off <= FEASIBLE * np.maximum(size, 1.0)) and inside.all())


@dataclass(frozen=True)
class ProvenSolution:
    """A problem with its plan and bound.

    Parameters
    ----------
    form : ProblemForm
        The problem.
    x : numpy.ndarray
        The plan over all columns, after the cost was minimised.
    value, bound : float
        Value and lower bound of the objective, without its constant.
    last : Verdict or None
        What was proven of the cost among equally good plans; None if the objective was the only stage.
    size, considered : tuple of int, mapping of str to int
        Of the model that was solved.
    """

    form: ProblemForm
    x: Floats
    value: float
    bound: float
    last: Verdict | None
    size: tuple[int, int]
    considered: Mapping[str, int]


@dataclass(frozen=True)
class CacheHit:
    """A plan proven without a solve: values of the variables, and what is proven of objective and cost.

    `size` and `considered` are those of the model whose bound is used.
    """

    values: Mapping[str, Floats]
    proven: Verdict
    last: Verdict
    size: tuple[int, int]
    considered: Mapping[str, int]


class ProofCache:
    """Proofs of the solves of one study. Its owner passes it from solve to solve.

    Parameters
    ----------
    same_only : bool, optional
        Whether only proofs of the identical problem are used, so that no plan depends on the order of the solves.

    Attributes
    ----------
    hits : int
        Number of plans that were found in the cache.
    """

    def __init__(self, *, same_only: bool = False) -> None:
        self._same_only = same_only
        self._proofs: list[ProvenSolution] = []
        self.hits = 0

    def __len__(self) -> int:
        return len(self._proofs)

    def store(self, proof: ProvenSolution) -> None:
        """Add a proof."""
        self._proofs = [*self._proofs, proof][-MOST_PROOFS:]

    def look_up(self, form: ProblemForm, constant: float, gap: float) -> CacheHit | None:
        """Return a plan that the proofs prove optimal within the gap, None if there is none.

        Parameters
        ----------
        form : ProblemForm
            The problem.
        constant : float
            Constant of its objective.
        gap : float
            Relative gap at which a plan is optimal [0-1].
        """
        same = [p for p in self._proofs if p.form.shape == form.shape]
        alike = [(p, f) for p in same if (f := form.scale_of(p.form)) is not None]
        if self._same_only:
            alike = [(p, f) for p, f in alike if f == 1.0 and form.is_subset_of(p.form) and p.form.is_subset_of(form)]
        bounds = [(f * p.bound, p) for p, f in alike if form.is_subset_of(p.form)]
        plans = [(_value(form, p), p) for p, _ in alike if _stays_the_cheapest(form, p) and form.is_feasible(p.x)]
        if not bounds or not plans:
            return None
        bound, proof = max(bounds, key=lambda b: b[0])
        value, best = min(plans, key=lambda p: p[0])
        bound = min(bound, value)
        if (relative_gap(value + constant, bound + constant) or 0.0) > gap:
            return None
        self.hits += 1
        cost = float(form.cost @ best.x)
        return CacheHit(
            form.columns.split(best.x * form.columns.unit),
            Verdict("optimal", value + constant, bound + constant),
            best.last or Verdict("feasible", cost, None),
            proof.size,
            proof.considered,
        )


def _value(form: ProblemForm, proof: ProvenSolution) -> float:
    """Return the objective value of a plan here: unchanged to the last digit if it is the same sum of the same plan."""
    same = proof.last is None and np.array_equal(form.goal, proof.form.goal)
    return proof.value if same else float(form.goal @ proof.x)


def _stays_the_cheapest(form: ProblemForm, proof: ProvenSolution) -> bool:
    """Return whether a plan that is the cheapest of equally good ones is so here.

    It is if the cost is the same and no row except a budget is looser: a looser budget admits only more expensive plans.
    """
    if proof.last is None:
        return True
    return np.array_equal(form.cost, proof.form.cost) and form.is_subset_of(proof.form, ~form.is_budget)


def problem_form(problem: Problem, rows: Sequence[Rows], goal: Linear) -> ProblemForm:
    """Return a problem as arrays.

    Parameters
    ----------
    problem : Problem
        The numbers.
    rows : sequence of Rows
        All constraints.
    goal : Linear
        Objective to minimise.

    Raises
    ------
    ValueError
        Rows over families that the problem does not have, such as totals of sites: they cannot be compared.
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
