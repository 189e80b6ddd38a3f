"""By contract, a zone's sites share what was bought for them: all of it, in the order given."""

from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from scipy import sparse

from siting.problem.rows import Rows
from siting.scenario.limit import Limit

if TYPE_CHECKING:
    from siting.problem.markets.zone_markets import ZoneCurve
    from siting.problem.problem import Problem


class Contracts(Limit):
    """Count the load of every zone by its contracts, where the scenario says basis = "market" (always in force).

    The facility energy E of a zone's sites, taken as the same in every hour, lies on the pieces i of the zone's curve
    of market-based emissions: ``sum_o 8760 PUE[o] load_mw[o] = sum_i zone_mwh[i]``, ``zone_mwh[i] <= length[i]``,
    and emissions are ``sum_i slope[i] * zone_mwh[i]``. Corners are the energies at which a contract by the year is
    used up and, by the hour, those of each level of delivery: the curve is exact, with no tangent between (a year
    of 8,760 different hours keeps the corners that hold it to 1e-7).
    A contract by the hour covers ``sum_t min(delivered[t], E / 8760)``, one by the year what that leaves, in the order
    given; then comes the residual mix, else the location average. Nothing of it is a choice: where pieces grow
    dearer, least emissions fill them in order by themselves; where a cheaper one follows a dearer one, as behind
    a contract that is dirtier than the grid, ``zone_full[r]`` is binary, ``sum_{i in run r} zone_mwh[i] >= length[r] *
    zone_full[r]`` and ``sum_{i in run r+1} zone_mwh[i] <= length[r+1] * zone_full[r]``: the bad contract counts first.

    References
    ----------
    GHG Protocol Scope 2 Guidance (2015), table 6.3; the incremental model of piecewise linear functions, H. Markowitz,
    A. Manne (1957), On the solution of discrete programming problems, Econometrica 25(1), 84-110.
    """

    in_files: ClassVar[bool] = False

    kind: Literal["contracts"] = "contracts"

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return the rows of every zone with a curve; none where carbon is counted by location."""
        if not problem.curves:
            return []
        n_pieces = [len(z.curve.length_mwh) for z in problem.curves]
        start = np.concatenate([[0], np.cumsum(n_pieces)]).astype(int)
        energy = sparse.lil_array((len(n_pieces), len(problem.options)))
        pieces = sparse.lil_array((len(n_pieces), int(start[-1])))
        for i, zone in enumerate(problem.curves):
            energy[i, zone.options] = problem.facility_mwh_per_mw[zone.options]
            pieces[i, start[i] : start[i + 1]] = -1.0
        terms = {"load_mw": sparse.csr_array(energy), "zone_mwh": sparse.csr_array(pieces)}
        names = [z.zone for z in problem.curves]
        return [
            Rows(self.kind, names, terms, "==", np.zeros(len(names)), "MWh/year"),
            *self._in_order(problem.curves, start),
        ]

    def _in_order(
        self, curves: "tuple[ZoneCurve, ...]", start: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    ) -> list[Rows]:
        """Return the rows that fill a run of pieces before the next, where that one is cheaper."""
        n_full = sum(len(z.curve.runs()) - 1 for z in curves)
        if not n_full:
            return []
        before, after = (sparse.lil_array((n_full, int(start[-1]))) for _ in range(2))
        must, may = np.zeros(n_full), np.zeros(n_full)
        names, row = [], 0
        for i, zone in enumerate(curves):
            runs, length = zone.curve.runs(), zone.curve.length_mwh
            for first, second in pairwise(runs):
                before[row, start[i] + first.start : start[i] + first.stop] = 1.0
                after[row, start[i] + second.start : start[i] + second.stop] = 1.0
                must[row], may[row] = length[first].sum(), length[second].sum()
                names.append(zone.zone)
                row += 1
        full = [sparse.csr_array(-sparse.diags_array(x, format="csr")) for x in (must, may)]
        zero, unit = np.zeros(n_full), "MWh/year"
        return [
            Rows(self.kind, names, {"zone_mwh": sparse.csr_array(before), "zone_full": full[0]}, ">=", zero, unit),
            Rows(self.kind, names, {"zone_mwh": sparse.csr_array(after), "zone_full": full[1]}, "<=", zero, unit),
        ]
