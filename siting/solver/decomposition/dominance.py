"""Dominance: options of a site that another option of the same site can replace in every plan.

Let p and q be options of one site. Take any plan that builds q and move its halls and load to p. The plan stays
feasible and gets no worse if

* p may have at least as many halls as q (limit `capacity`; at most one option of a site is built, so p was closed),
  and both use the same halls for the same load (`utilisation`);
* in every other row, the coefficients of `open`, `halls` and `load_mw` of p are no worse than those of q: not larger
  if the row has an upper bound, not smaller if it has a lower bound, equal if it has both;
* the objective coefficients of p are not larger than those of q, for each of the three families;
* q owns no other variable (such as a claim of an incentive), which could not be moved.

So there is an optimal plan without q. Of two options that dominate each other the first is kept. The argument holds for
one objective under the present rows; it is repeated for every solve, and not used if rows may be added during a solve
(`Limit.cuts`).
"""

import numpy as np
from scipy import sparse

from siting.problem.problem import Problem
from siting.solver.decomposition.columns import Columns, ConstraintMatrix
from siting.units import Bools, Floats, Ints

MOVED = ("open", "halls", "load_mw")
"""Families whose values are moved from one option to another."""
ONE_OPTION = ("capacity", "utilisation")
"""Rows of one option each, with the same coefficients for every option but for its largest number of halls."""
SAME = 1e-12
"""Difference of coefficients, in rows scaled to 1, that is rounding."""


def dominated_options(problem: Problem, columns: Columns, lines: ConstraintMatrix, cost: Floats) -> Bools:
    """Return which options are dominated by another option of their site, (n_options,).

    Parameters
    ----------
    problem : Problem
        The numbers.
    columns : Columns
        All variables.
    lines : ConstraintMatrix
        All rows except those of `ONE_OPTION`, which the argument uses, and of `serve`, which are equal for all options of a site.
    cost : numpy.ndarray
        Coefficients of the objective to minimise, over all columns, (n,).
    """
    better, worse = _pairs(problem)
    most = problem.options["max_halls"].to_numpy(float)
    moved = np.isin(columns.family, [i for i, name in enumerate(columns.families) if name in MOVED])
    owns_more = np.zeros(len(problem.options), dtype=bool)
    owns_more[columns.option[(columns.option >= 0) & ~moved]] = True
    able = (most[better] >= most[worse]) & ~owns_more[worse]
    better, worse = better[able], worse[able]
    no_worse, differs = np.ones(len(better), dtype=bool), np.zeros(len(better), dtype=bool)
    for family in MOVED:
        own = columns.of(family, cost)
        step = own[better] - own[worse]
        slack = SAME * np.abs(cost).max(initial=1.0)
        no_worse &= step <= slack
        differs |= step < -slack
        start = columns.start[family]
        # `a x <= b` needs a_p <= a_q; `a x >= b` is the same with the other sign
        both = [(lines.matrix, np.isfinite(lines.high)), (-lines.matrix, np.isfinite(lines.low))]
        for matrix, ends in both:
            part = sparse.csc_array(sparse.csr_array(matrix[ends])[:, start : start + len(own)])
            apart = sparse.csc_array(part[:, better] - part[:, worse])
            most_apart = _largest(apart, np.maximum, 0.0)
            no_worse &= most_apart <= SAME
            differs |= _largest(apart, np.minimum, 0.0) < -SAME
    differs |= most[better] > most[worse]
    gone = no_worse & (differs | (better < worse))  # equal options dominate each other: the first stays
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
    """Return the largest, or smallest, coefficient of each column; `nothing` is that of the empty entries."""
    found = np.full(matrix.shape[1], nothing)
    filled = np.flatnonzero(np.diff(matrix.indptr))
    if len(filled):
        found[filled] = of(of.reduceat(matrix.data, matrix.indptr[filled]), nothing)
    return found
