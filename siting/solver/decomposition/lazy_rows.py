"""Lazy constraints over totals of sites: written out over options only once a solution violates them.

The halls that a region needs are one row for each set of sites that some demand cannot do without. With thousands of
candidates in each set these rows would be most of the coefficients of the model, and few of them bind.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from siting.problem.rows import Rows
from siting.solver.decomposition.columns import ConstraintMatrix
from siting.units import Bools, Floats

TOTALS = {"site_open": "open", "site_halls": "halls"}
"""Totals of sites, and the variables of options that they sum."""
VIOLATION = 1e-6
"""Violation, in the unit of the row, from which a row is added: solvers satisfy rows to about as much."""


@dataclass(frozen=True)
class LazyRows:
    """Rows of some blocks, and which of them no solution has violated yet.

    Parameters
    ----------
    blocks : tuple of Rows
        Rows over totals of sites.
    pending : tuple of numpy.ndarray
        Which rows of each block are not written out yet.
    """

    blocks: tuple[Rows, ...]
    pending: tuple[Bools, ...]

    def __len__(self) -> int:
        return sum(int(rows.sum()) for rows in self.pending)

    def separate(
        self, totals: Mapping[str, Floats], write: Callable[[Rows], ConstraintMatrix]
    ) -> tuple[ConstraintMatrix | None, "LazyRows"]:
        """Return the pending rows that a solution violates, None if there are none, and what is pending without them.

        Parameters
        ----------
        totals : mapping of str to numpy.ndarray
            The solution, as totals of sites.
        write : callable
            Writes a block out over options.
        """
        found: ConstraintMatrix | None = None
        pending = []
        for block, waits in zip(self.blocks, self.pending, strict=True):
            violated = waits & (block.slack(totals) < -VIOLATION)
            pending.append(waits & ~violated)
            if violated.any():
                terms = {name: matrix[violated] for name, matrix in block.terms.items()}
                where = [block.where[i] for i in map(int, np.flatnonzero(violated))]
                lines = write(Rows(block.limit, where, terms, block.sense, block.rhs[violated], block.unit))
                found = lines if found is None else found.plus(lines)
        return found, replace(self, pending=tuple(pending))


def lazy_rows(blocks: list[Rows]) -> LazyRows:
    """Return the blocks over totals of sites alone as lazy constraints, all pending."""
    lazy = tuple(block for block in blocks if is_lazy(block))
    return LazyRows(lazy, tuple(np.ones(len(block), dtype=bool) for block in lazy))


def is_lazy(block: Rows) -> bool:
    """Return whether a block is over totals of sites alone."""
    return not set(block.terms) - set(TOTALS)
