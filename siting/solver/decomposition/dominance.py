"""Designs of a site that another one of the same site beats in everything: left out, and why that is safe.

Let p and q be options of one site. Take any plan that builds q and move its halls, its load and its
claims to p. The plan stays a plan, and is no worse, if

* p may have at least as many halls as q (`capacity`; at most one design of a site is built, so p was shut);
* in every other row over `open`, `halls` or `load_mw`, the coefficient of p is no worse than that of q:
  no larger where the row has an upper end, no smaller where it has a lower one, the same where it has both;
* what is to be least counts no more for p than for q, for each of the three;
* q has no claims to move.

So one optimal plan does without q. The argument is about one objective under the rows that are there; it
is made anew for every solve, as rows come in and the objective changes. It is not made where rows may still
come in during a solve (`Limit.cuts`).
"""

import numpy as np
from scipy import sparse

from siting.problem.problem import Problem
from siting.solver.decomposition.columns import Columns, ConstraintMatrix
from siting.units import Bools, Floats, Ints

MOVED = ("open", "halls", "load_mw")
"""What is moved from one option to another."""
SAME = 1e-12
"""Coefficients this near each other, in rows scaled to 1, are the same."""


def dominated_options(problem: Problem, columns: Columns, lines: ConstraintMatrix, cost: Floats) -> Bools:
    """Return which options another one of their site beats, (n_options,).

    Parameters
    ----------
    problem : Problem
        The numbers.
    columns : Columns
        All variables.
    lines : ConstraintMatrix
        All rows but those of `capacity`, whose meaning is used.
    cost : numpy.ndarray
        What is to be least, over all columns, (n,).
    """
    better, worse = _pairs(problem)
    most = problem.options["max_halls"].to_numpy(float)
    with_claims = np.zeros(len(problem.options), dtype=bool)
    with_claims[problem.claims["option"].to_numpy(np.intp)] = True
    able = (most[better] >= most[worse]) & ~with_claims[worse]
    better, worse = better[able], worse[able]
    no_worse, differs = np.ones(len(better), dtype=bool), np.zeros(len(better), dtype=bool)
    for family in MOVED:
        own = columns.of(family, cost)
        step = own[better] - own[worse]
        slack = SAME * np.abs(cost).max(initial=1.0)
        no_worse &= step <= slack
        differs |= step < -slack
        start = columns.start[family]
        both = [(lines.matrix, np.isfinite(lines.high)), (-lines.matrix, np.isfinite(lines.low))]
        for matrix, ends in both:
            part = sparse.csc_array(sparse.csr_array(matrix[ends])[:, start : start + len(own)])
            apart = sparse.csc_array(part[:, better] - part[:, worse])
            most_apart = _largest(apart, np.maximum, 0.0)
            no_worse &= most_apart <= SAME
            differs |= _largest(apart, np.minimum, 0.0) < -SAME
    differs |= most[better] > most[worse]
    gone = no_worse & (differs | (better < worse))
    found = np.zeros(len(problem.options), dtype=bool)
    found[worse[gone]] = True
    return found


def _pairs(problem: Problem) -> tuple[Ints, Ints]:
    """Return all ordered pairs of options of one site."""
    site = problem.options["site"].to_numpy(np.intp)
    order = np.argsort(site, kind="stable")
    first, second = [], []
    for step in range(1, int(np.bincount(site).max())):
        same = site[order[:-step]] == site[order[step:]]
        one, two = order[:-step][same], order[step:][same]
        first += [one, two]
        second += [two, one]
    if not first:
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
    return np.concatenate(first), np.concatenate(second)


def _largest(matrix: sparse.csc_array, of: np.ufunc, nothing: float) -> Floats:
    """Return the largest, or least, coefficient of each column and of the zeros beside it."""
    found = np.full(matrix.shape[1], nothing)
    filled = np.flatnonzero(np.diff(matrix.indptr))
    if len(filled):
        found[filled] = of(of.reduceat(matrix.data, matrix.indptr[filled]), nothing)
    return found
