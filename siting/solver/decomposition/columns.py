"""Every variable and row of a question as plain arrays, in the solver's units, and the site that each belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from siting.errors import InfeasibleError
from siting.problem.problem import Problem
from siting.problem.rows import Family, Linear, Rows
from siting.units import Bools, Floats, Ints

SHARED = -1
"""Site of what belongs to no single one: unmet demand, totals, a row over several sites."""


@dataclass(frozen=True)
class Columns:
    """The variables of some families side by side.

    Parameters
    ----------
    families : mapping of str to Family
        Variables, in this order.
    site : numpy.ndarray
        Site of each column, `SHARED` where it belongs to none, (n,).
    """

    families: Mapping[str, Family]
    site: Ints

    def __len__(self) -> int:
        return len(self.site)

    @cached_property
    def start(self) -> Mapping[str, int]:
        """First column of each family."""
        ends = np.cumsum([len(f) for f in self.families.values()])
        return {name: int(end) - len(f) for (name, f), end in zip(self.families.items(), ends, strict=True)}

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
        """Return the coefficients of a sum over all columns, per solver unit, (n,)."""
        parts = [linear.terms.get(n, np.zeros(len(f))) for n, f in self.families.items()]
        return np.concatenate(parts) * self.unit

    def of(self, name: str, values: Floats) -> Floats:
        """Return the part of an array over all columns that belongs to a family."""
        return values[self.start[name] : self.start[name] + len(self.families[name])]

    def of_values(self, values: Mapping[str, Floats]) -> Floats:
        """Return values by family over all columns, in solver units, (n,)."""
        return np.concatenate([values[name] for name in self.families]) / self.unit

    def split(self, values: Floats) -> dict[str, Floats]:
        """Return an array over all columns by family."""
        return {name: self.of(name, values) for name in self.families}

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
        What each row must not fall below, or exceed, (m,).
    site : numpy.ndarray
        Site whose columns alone a row has, `SHARED` where it has others too, (m,).
    """

    matrix: sparse.csr_array
    low: Floats
    high: Floats
    site: Ints

    def __len__(self) -> int:
        return len(self.low)

    def plus(self, other: "ConstraintMatrix") -> "ConstraintMatrix":
        """Return these rows and then others."""
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

    def with_ends(self, line: int, low: float, high: float) -> "ConstraintMatrix":
        """Return these rows, one of them with other ends."""
        lows, highs = self.low.copy(), self.high.copy()
        lows[line], highs[line] = low, high
        return ConstraintMatrix(self.matrix, lows, highs, self.site)

    def broken_at(self, values: Floats, slack: float | Floats = 1e-9) -> Bools:
        """Return the rows that some values of the columns break, (m,)."""
        left = self.matrix @ values
        return np.asarray((left < self.low - slack) | (left > self.high + slack))


def _narrow(matrix: sparse.csr_array) -> sparse.csr_array:
    """Return a matrix with positions of 32 bits: one wide block would widen every stack that it is in."""
    matrix.indices, matrix.indptr = (
        matrix.indices.astype(np.int32, copy=False),
        matrix.indptr.astype(np.int32, copy=False),
    )
    return matrix


def columns_of(problem: Problem, families: Mapping[str, Family]) -> Columns:
    """Put families side by side, each column with the site that its owner is at."""
    sites = [problem.site_of(family) for family in families.values()]
    return Columns(families, np.concatenate(sites))


def constraint_matrix(columns: Columns, blocks: Sequence[Rows]) -> ConstraintMatrix:
    """Turn blocks of rows into arrays; rows without a coefficient are left out.

    Raises
    ------
    InfeasibleError
        A row without a coefficient that nothing can meet.
    """
    if not blocks:
        empty = np.zeros(0)
        return ConstraintMatrix(sparse.csr_array((0, len(columns))), empty, empty, empty.astype(np.intp))
    matrix = sparse.csr_array(sparse.vstack([columns.wide(block) for block in blocks], format="csr"))
    matrix.eliminate_zeros()
    rhs = np.concatenate([block.rhs for block in blocks])
    sense = np.concatenate([np.full(len(block), block.sense) for block in blocks])
    filled = np.diff(matrix.indptr) > 0
    _refuse_unmeetable(blocks, filled, sense, rhs)
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


def _refuse_unmeetable(
    blocks: Sequence[Rows], filled: Bools, sense: "np.ndarray[tuple[int], np.dtype[np.str_]]", rhs: Floats
) -> None:
    """Refuse rows in which nothing stands, and that 0 does not meet."""
    wrong = ~filled & (((sense == "<=") & (rhs < 0)) | ((sense == ">=") & (rhs > 0)) | ((sense == "==") & (rhs != 0)))
    if not wrong.any():
        return
    at = int(np.flatnonzero(wrong)[0])
    for block in blocks:
        if at < len(block):
            what = f"nothing can make 0 {block.sense} {block.rhs[at]:g} {block.unit}"
            raise InfeasibleError(f"limit `{block.limit}`, {block.where[at]}: {what}")
        at -= len(block)
