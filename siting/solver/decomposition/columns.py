"""Variables and rows of a problem as arrays in the solver's units, with the site that each belongs to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from siting.errors import InfeasibleError
from siting.problem.problem import NO_SITE, Problem
from siting.problem.rows import Family, Linear, Rows
from siting.units import Bools, Floats, Ints

SHARED = NO_SITE
"""Site of a column or row that belongs to no single site: unmet demand, totals, a row over several sites."""
LINK_PASSES = 8
"""Most passes over the rows that look for columns fixed to 0 by a closed owner; each pass follows one more link."""


@dataclass(frozen=True)
class Columns:
    """The variables of some families as one vector x.

    Parameters
    ----------
    families : mapping of str to Family
        Variables, in this order.
    site : numpy.ndarray
        Site of each column, `SHARED` if it belongs to no single site, (n,).
    option : numpy.ndarray
        Option of each column, -1 if it belongs to no single option, (n,).
    """

    families: Mapping[str, Family]
    site: Ints
    option: Ints

    def __len__(self) -> int:
        return len(self.site)

    @cached_property
    def start(self) -> Mapping[str, int]:
        """First column of each family."""
        ends = np.cumsum([len(f) for f in self.families.values()])
        return {name: int(end) - len(f) for (name, f), end in zip(self.families.items(), ends, strict=True)}

    @cached_property
    def family(self) -> Ints:
        """Position of the family of each column, (n,)."""
        return np.repeat(np.arange(len(self.families)), [len(f) for f in self.families.values()])

    @cached_property
    def unit(self) -> Floats:
        """Size of one solver unit of each column, in its family's unit, (n,)."""
        return np.concatenate([np.full(len(f), f.solver_unit) for f in self.families.values()])

    @cached_property
    def lower(self) -> Floats:
        """Lower bounds in solver units, (n,)."""
        return np.concatenate([f.lower for f in self.families.values()]) / self.unit

    @cached_property
    def upper(self) -> Floats:
        """Upper bounds in solver units, (n,)."""
        return np.concatenate([f.upper for f in self.families.values()]) / self.unit

    def costs(self, linear: Linear) -> Floats:
        """Return the cost vector of a linear objective over all columns, per solver unit, (n,)."""
        parts = [linear.terms.get(n, np.zeros(len(f))) for n, f in self.families.items()]
        return np.concatenate(parts) * self.unit

    def of[T: np.generic](self, name: str, values: NDArray[T]) -> NDArray[T]:
        """Return the part of an array over all columns that belongs to a family."""
        return values[self.start[name] : self.start[name] + len(self.families[name])]

    def join(self, values: Mapping[str, Floats]) -> Floats:
        """Return values by family over all columns, in solver units, (n,)."""
        return np.concatenate([values[name] for name in self.families]) / self.unit

    def split(self, values: Floats) -> dict[str, Floats]:
        """Return an array over all columns by family."""
        return {name: self.of(name, values) for name in self.families}

    def split_matrix(self, matrix: sparse.csr_array) -> dict[str, sparse.csr_array]:
        """Return a matrix over all columns by family, without the families that have no coefficient in it."""
        wide = sparse.csc_array(matrix)
        found = {}
        for name, start in self.start.items():
            stop = start + len(self.families[name])
            if wide.indptr[stop] > wide.indptr[start]:
                found[name] = sparse.csr_array(wide[:, start:stop])
        return found

    def wide(self, block: Rows) -> sparse.csr_array:
        """Return a block's matrix over all columns, in solver units."""
        parts = [
            sparse.csr_array((len(block), len(f)))
            if n not in block.terms
            else block.terms[n]
            if f.solver_unit == 1.0
            else block.terms[n] * f.solver_unit
            for n, f in self.families.items()
        ]
        return _narrow(sparse.csr_array(sparse.hstack(parts, format="csr")))


@dataclass(frozen=True)
class ConstraintMatrix:
    """Rows over all columns, each scaled to a largest coefficient of 1.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array
        Coefficients, (m, n).
    low, high : numpy.ndarray
        Lower and upper bound of each row; infinite where it has none, (m,).
    site : numpy.ndarray
        Site that all columns of a row belong to, `SHARED` if there is more than one, (m,).
    """

    matrix: sparse.csr_array
    low: Floats
    high: Floats
    site: Ints

    def __len__(self) -> int:
        return len(self.low)

    def plus(self, other: "ConstraintMatrix") -> "ConstraintMatrix":
        """Return these rows followed by others."""
        if not len(other):
            return self
        return ConstraintMatrix(
            sparse.csr_array(sparse.vstack([self.matrix, _narrow(other.matrix)], format="csr")),
            np.concatenate([self.low, other.low]),
            np.concatenate([self.high, other.high]),
            np.concatenate([self.site, other.site]),
        )

    def only(self, some: Bools) -> "ConstraintMatrix":
        """Return some of the rows."""
        return ConstraintMatrix(sparse.csr_array(self.matrix[some]), self.low[some], self.high[some], self.site[some])

    def with_bounds(self, row: int, low: float, high: float) -> "ConstraintMatrix":
        """Return these rows, one of them with other bounds."""
        lows, highs = self.low.copy(), self.high.copy()
        lows[row], highs[row] = low, high
        return ConstraintMatrix(self.matrix, lows, highs, self.site)

    def violated(self, values: Floats, tolerance: float | Floats = 1e-9) -> Bools:
        """Return which rows a solution violates, (m,)."""
        left = self.matrix @ values
        return np.asarray((left < self.low - tolerance) | (left > self.high + tolerance))


def _narrow(matrix: sparse.csr_array) -> sparse.csr_array:
    """Return a matrix with 32-bit indices: one block with 64 bits would widen every stack that it is part of."""
    matrix.indices = matrix.indices.astype(np.int32, copy=False)
    matrix.indptr = matrix.indptr.astype(np.int32, copy=False)
    return matrix


def columns_of(problem: Problem, families: Mapping[str, Family]) -> Columns:
    """Put families into one vector of columns, each with the site and the option of its owner."""
    sites = [problem.site_of(family) for family in families.values()]
    options = [
        np.asarray(f.owner_index, dtype=np.intp) if f.owner == "option" else np.full(len(f), -1)
        for f in families.values()
    ]
    return Columns(families, np.concatenate(sites), np.concatenate(options))


def zero_unless_built(columns: Columns, lines: ConstraintMatrix, known: Collection[str]) -> Bools:
    """Return which columns are 0 in every plan that does not build their owner, (n,).

    Only such a column may be dropped from a model together with its owner. For a family that the decomposition does
    not know this is derived from the rows: where ``sum_P a x <= b + sum_N a x`` with ``a > 0``, ``b <= 0`` and
    ``x_P >= 0``, and all of N are 0 without the owner, all of P are 0 without it (``x <= M * open``, and chains of such
    rows).

    Parameters
    ----------
    columns, lines : Columns, ConstraintMatrix
        All variables and rows.
    known : collection of str
        Families of which this is known: those of the site subproblem (`siting.solver.decomposition.site_pricing`).
    """
    zero = np.isin(columns.family, [i for i, name in enumerate(columns.families) if name in known])
    open_case = ~zero & (columns.site != SHARED)
    if not open_case.any():
        return zero
    some = np.flatnonzero((lines.site != SHARED) & (abs(lines.matrix) @ open_case.astype(float) > 0))
    part = lines.matrix[some]
    # each row in the form `a x <= b`: as it is, with the other sign, or both for an equation
    upper, lower = np.flatnonzero(lines.high[some] <= 0), np.flatnonzero(lines.low[some] >= 0)
    below = sparse.csr_array(sparse.vstack([part[upper], -part[lower]], format="csr"))
    row, column, m = np.repeat(np.arange(below.shape[0]), np.diff(below.indptr)), below.indices, below.shape[0]
    in_n, option = below.data < 0, columns.option[column]
    # a column of an option needs N to be of that option alone; a column of a site has N at its site by `lines.site`
    least, most = np.full(m, len(columns)), np.full(m, -1)
    np.minimum.at(least, row[in_n], option[in_n])
    np.maximum.at(most, row[in_n], option[in_n])
    fits = ~in_n & open_case[column] & ((option < 0) | ((option <= least[row]) & (option >= most[row])))
    for _ in range(LINK_PASSES):
        fails = np.where(in_n, ~zero[column], columns.lower[column] < 0)
        new = column[fits & (np.bincount(row, fails, m) == 0)[row]]
        if zero[new].all():
            break
        zero[new] = True
    return zero


def implied_upper(columns: Columns, lines: ConstraintMatrix) -> Floats:
    """Return upper bounds of the columns in solver units; where a family has none, the one that rows imply, (n,).

    The Lagrangian bound needs finite bounds: a reduced cost that rounding leaves at -1e-12 would make it infinite.
    """
    upper = columns.upper.copy()
    for _ in range(LINK_PASSES):
        before = np.isinf(upper)
        for matrix, rhs in ((lines.matrix, lines.high), (-lines.matrix, -lines.low)):
            some = np.flatnonzero(np.isfinite(rhs) & (abs(matrix) @ np.isinf(upper).astype(float) > 0))
            if not len(some):
                continue
            part = sparse.csr_array(matrix[some])
            row, column = np.repeat(np.arange(len(some)), np.diff(part.indptr)), part.indices
            # a x <= b gives x_j <= (b - least activity of the other columns) / a_j
            least = part.data * np.where(part.data > 0, columns.lower[column], upper[column])
            free = (part.data > 0) & np.isinf(upper[column]) & np.isfinite(columns.lower[column])
            rest = np.bincount(row, least, len(some))[row[free]] - least[free]
            np.minimum.at(upper, column[free], (rhs[some][row[free]] - rest) / part.data[free])
        if np.array_equal(np.isinf(upper), before):
            break
    return upper


def constraint_matrix(columns: Columns, blocks: Sequence[Rows]) -> ConstraintMatrix:
    """Write blocks of rows as one matrix; rows without a coefficient are dropped.

    Raises
    ------
    InfeasibleError
        A row without a coefficient whose right-hand side 0 does not satisfy.
    """
    if not blocks:
        empty = np.zeros(0)
        return ConstraintMatrix(sparse.csr_array((0, len(columns))), empty, empty, empty.astype(np.intp))
    matrix = sparse.csr_array(sparse.vstack([columns.wide(block) for block in blocks], format="csr"))
    matrix.eliminate_zeros()
    rhs = np.concatenate([block.rhs for block in blocks])
    sense = np.concatenate([np.full(len(block), block.sense) for block in blocks])
    filled = np.diff(matrix.indptr) > 0
    wrong = ~filled & (((sense != ">=") & (rhs < 0)) | ((sense != "<=") & (rhs > 0)))
    if wrong.any():
        block, i = [(block, i) for block in blocks for i in range(len(block))][int(wrong.argmax())]
        what = f"no variable can satisfy 0 {block.sense} {block.rhs[i]:g} {block.unit}"
        raise InfeasibleError(f"limit `{block.limit}`, {block.where[i]}: {what}")
    if not filled.all():
        matrix, rhs, sense = sparse.csr_array(matrix[filled]), rhs[filled], sense[filled]
    if not len(rhs):
        return constraint_matrix(columns, [])
    begin = matrix.indptr[:-1]
    scale = 1.0 / np.maximum(np.maximum.reduceat(matrix.data, begin), -np.minimum.reduceat(matrix.data, begin))
    matrix.data *= np.repeat(scale, np.diff(matrix.indptr))
    owner = columns.site[matrix.indices]
    first, last = np.minimum.reduceat(owner, begin), np.maximum.reduceat(owner, begin)
    return ConstraintMatrix(
        matrix,
        np.where(sense == "<=", -np.inf, rhs * scale),
        np.where(sense == ">=", np.inf, rhs * scale),
        np.where(first == last, first, SHARED).astype(np.intp),
    )
