"""Rows over totals of sites that wait, and are written out over options only once a solution breaks them.

What a region needs in whole halls is one row for each set of sites that some demand cannot do without: with thousands of
candidates in each set these rows would be most of the programme's coefficients, and hardly any of them binds.
"""

from collections.abc import Callable, Sequence

import numpy as np

from siting.problem.rows import Rows
from siting.solver.decomposition.columns import Columns, ConstraintMatrix
from siting.units import Floats, Ints

TOTALS = {"site_open": "open", "site_halls": "halls"}
"""Totals of sites, and the variables of options that they add up."""
SHORT = 1e-6
"""What a row, in its own unit, must be short by to be asked for: solvers keep rows to about as much."""


class LazyRows:
    """The rows of some blocks that no solution has broken yet.

    Parameters
    ----------
    blocks : sequence of Rows
        Rows over `site_open` and `site_halls`.
    columns : Columns
        All variables.
    site : numpy.ndarray
        Site of each option, (n_options,).
    n_sites : int
        Number of sites.
    write : callable
        Writes a block over options.
    """

    def __init__(
        self,
        blocks: Sequence[Rows],
        columns: Columns,
        site: Ints,
        n_sites: int,
        write: Callable[[Rows], ConstraintMatrix],
    ) -> None:
        self._blocks, self._columns, self._site, self._n_sites, self._write = blocks, columns, site, n_sites, write
        self._waits = [np.ones(len(block), dtype=bool) for block in blocks]

    def __len__(self) -> int:
        return sum(int(waits.sum()) for waits in self._waits)

    def broken(self, values: Floats) -> ConstraintMatrix | None:
        """Return the rows that values of all columns break, None where they break none; these wait no more."""
        totals = {
            total: np.bincount(self._site, self._columns.of(part, values), self._n_sites)
            for total, part in TOTALS.items()
        }
        found: ConstraintMatrix | None = None
        for block, waits in zip(self._blocks, self._waits, strict=True):
            short = np.flatnonzero(waits & (block.slack(totals) < -SHORT))
            if len(short):
                waits[short] = False
                lines = self._write(_some(block, short))
                found = lines if found is None else found.plus(lines)
        return found


def can_wait(block: Rows) -> bool:
    """Return whether a block is over totals of sites alone."""
    return not set(block.terms) - set(TOTALS)


def _some(block: Rows, which: Ints) -> Rows:
    """Return some rows of a block."""
    terms = {name: matrix[which] for name, matrix in block.terms.items()}
    return Rows(block.limit, [block.where[i] for i in which], terms, block.sense, block.rhs[which], block.unit)
