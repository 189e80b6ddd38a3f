"""Emissions by contract: the sites of a zone share the electricity bought for them, all of it, in the order given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from siting.problem.markets.zone_markets import LINE, ZoneCurve, facility_mwh, market_t, markets_of, zone_curves
from siting.problem.part import LedgerRow, Line, Part, PartInputs
from siting.problem.problem import Problem
from siting.problem.rows import Family, Rows, Sense, group_sum, member_sum
from siting.units import HOURS_PER_YEAR, Floats, Ints

FULL_MWH = 1e-6
"""Energy by which a run of a curve may fall short of full (rounding) [MWh/a]."""


@dataclass(frozen=True)
class Contracts(Part):
    """Count the emissions of every zone by its contracts, where the scenario has basis = "market".

    The facility energy E of a zone's sites, taken as the same in every hour, lies on the pieces i of the zone's curve
    of market-based emissions: ``sum_o 8760 PUE[o] load_mw[o] = sum_i zone_mwh[i]``, ``zone_mwh[i] <= length[i]``,
    and emissions are ``sum_i slope[i] * zone_mwh[i]``. Corners are the energies at which a contract by the year is
    used up and, by the hour, those of each level of delivery: the curve is exact, with no tangent between (a year
    of 8,760 different hours keeps the corners that hold it to 1e-7).
    A contract by the hour covers ``sum_t min(delivered[t], E / 8760)``, one by the year what that leaves, in the order
    given; then comes the residual mix, else the location average. None of it is a choice: where the slopes increase,
    minimal emissions fill the pieces in order without further rows; where a smaller slope follows a larger one, as
    behind a contract that is dirtier than the grid, ``zone_full[r]`` is binary, ``sum_{i in run r} zone_mwh[i] >= length[r] *
    zone_full[r]`` and ``sum_{i in run r+1} zone_mwh[i] <= length[r+1] * zone_full[r]``: the dirtier contract counts first.

    Attributes
    ----------
    curves : tuple of ZoneCurve
        Market-based emissions of each zone with contracts.

    References
    ----------
    GHG Protocol Scope 2 Guidance (2015), table 6.3; the incremental model of piecewise linear functions, H. Markowitz,
    A. Manne (1957), On the solution of discrete programming problems, Econometrica 25(1), 84-110.
    """

    name: ClassVar[str] = "contracts"
    row_names: ClassVar[Mapping[str, str]] = MappingProxyType({"contracts": "the energy of contracts"})
    column_rank: ClassVar[int] = 1

    curves: tuple[ZoneCurve, ...]

    @classmethod
    def prepare(cls, inputs: PartInputs) -> Self | None:
        """Return the part where carbon is counted by contract in a zone with options."""
        curves = zone_curves(inputs.scenario, inputs.sites, inputs.options, inputs.demand_mw)
        return cls(curves) if curves else None

    @property
    def _pieces(self) -> Ints:
        """Number of pieces of each curve."""
        return np.array([len(z.curve.length_mwh) for z in self.curves])

    @property
    def _turns(self) -> Ints:
        """Number of runs of each curve but its last."""
        return np.array([len(z.curve.runs()) - 1 for z in self.curves])

    def families(self, problem: Problem) -> tuple[Family, ...]:
        """Return the energy of each zone by the pieces of its curve [MWh/a], and which of its runs are full."""
        zone = np.array([problem.zones.index(z.zone) for z in self.curves])
        pieces, runs = ([f"{z.zone}__{i}" for z, m in zip(self.curves, n, strict=True) for i in range(m)]
                        for n in (self._pieces, self._turns))  # fmt: skip
        most, n = np.concatenate([z.curve.length_mwh for z in self.curves]), len(runs)
        return (
            Family(
                "zone_mwh", pieces, np.zeros(len(most)), most, integer=False, solver_unit=HOURS_PER_YEAR,
                owner="zone", owner_index=np.repeat(zone, self._pieces),
            ),
            Family(
                "zone_full", runs, np.zeros(n), np.ones(n), integer=True,
                owner="zone", owner_index=np.repeat(zone, self._turns),
            ),
        )  # fmt: skip

    def lines(self, problem: Problem) -> tuple[Line, ...]:
        """Return what the energy emits on each piece beyond the location-based lines."""
        extra = np.concatenate([z.curve.slope_t_per_mwh - z.location_g_per_kwh / 1000.0 for z in self.curves])
        return (Line(LINE, "zone_mwh", np.zeros(len(extra)), extra),)

    def rows(self, problem: Problem) -> list[Rows]:
        """Return the energy balance of every zone with a curve, and the order of its pieces [MWh/a]."""
        n, per_mw = len(self.curves), _mwh_per_mw(problem)
        energy = np.zeros((n, len(problem.options)))
        for i, zone in enumerate(self.curves):
            energy[i, zone.options] = per_mw[zone.options]
        zone_of = np.repeat(np.arange(n), self._pieces)
        terms = {"load_mw": sparse.csr_array(energy), "zone_mwh": group_sum(zone_of, -np.ones(len(zone_of)), n)}
        balance = Rows(self.name, [z.zone for z in self.curves], terms, "==", np.zeros(n), "MWh/year")

        # a run of pieces is filled before the next, where that one has a smaller slope
        length, each = np.concatenate([z.curve.length_mwh for z in self.curves]), np.arange(len(zone_of))
        turns = [
            (zone.zone, each[zone_of == i][first], each[zone_of == i][second])
            for i, zone in enumerate(self.curves)
            for first, second in pairwise(zone.curve.runs())
        ]
        if not turns:
            return [balance]
        names, before, after = zip(*turns, strict=True)
        return [balance, self._full(names, before, ">=", length), self._full(names, after, "<=", length)]

    def _full(self, names: Sequence[str], pieces: Sequence[Ints], sense: Sense, length_mwh: Floats) -> Rows:
        """Return the rows that compare the energy on some pieces with their length where a run is full."""
        full = -sparse.diags_array([length_mwh[p].sum() for p in pieces], format="csr")
        terms = {"zone_mwh": member_sum(pieces, len(length_mwh)), "zone_full": sparse.csr_array(full)}
        return Rows(self.name, names, terms, sense, np.zeros(len(names)), "MWh/year")

    def settle(self, problem: Problem, values: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return every zone's energy on its curve, filled from the first piece on.

        Where emissions are only kept below a limit, a solver may leave it on later pieces than contracts give.
        """
        drawn = _mwh_per_mw(problem) * values["load_mw"]
        pieces = [z.curve.filled(float(drawn[z.options].sum())) for z in self.curves]
        full = [
            np.array([float(p[run].sum() >= z.curve.length_mwh[run].sum() - FULL_MWH) for run in z.curve.runs()[:-1]])
            for z, p in zip(self.curves, pieces, strict=True)
        ]
        return {"zone_mwh": np.concatenate(pieces), "zone_full": np.concatenate([*full, np.empty(0)])}

    def ledger(self, problem: Problem, values: Mapping[str, Floats]) -> list[LedgerRow]:
        """Return the row of each built site in a zone with contracts that leads from location to market."""
        built = problem.built(values)
        at = problem.options["site"].to_numpy(np.intp)[built]
        mwh = _mwh_per_mw(problem)[built] * values["load_mw"][built]
        zones, ci = (problem.sites[c].to_numpy()[at] for c in ("zone_id", problem.scenario.minimise.carbon.column))
        tonnes = market_t(markets_of(problem.scenario), zones, ci.astype(float), mwh)
        location = mwh * ci.astype(float) / 1000.0
        ids = problem.sites["id"].to_numpy(str)[at]
        return [
            (str(s), LINE, 0.0, float(t - here))
            for s, t, here in zip(ids, tonnes, location, strict=True)
            if not np.isnan(t)
        ]


def _mwh_per_mw(problem: Problem) -> Floats:
    """Return the facility energy of one MW of mean IT draw through the year at each option [MWh/a]."""
    return facility_mwh(problem.options["pue"].to_numpy(float), np.ones(len(problem.options)))
