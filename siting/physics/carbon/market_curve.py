"""Market-based emissions of a flat load as a piecewise linear function of its energy.

A flat load draws the same in every hour, so its energy E alone determines how much contracts cover. As E grows, an
hourly contract covers more only in hours in which it still delivers more than the load draws, and an annual contract
only until it is used up: emissions are a continuous, piecewise linear function of E. Its breakpoints are ``8760 h``
times each level that the hourly contracts deliver together, and the energies at which an annual contract is used up.
Between breakpoints nothing is approximated. A curve of more than `MOST_CORNERS` breakpoints, such as that of a year of
8760 different hours, is reduced to breakpoints that keep its error below `THINNED`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from siting.errors import DataError
from siting.physics.carbon.market_based import Contract, Intensity, market_based
from siting.units import Floats

SAME = 1e-9
"""Relative difference below which two breakpoints, or the slopes of two pieces, are equal (rounding)."""
MOST_CORNERS = 300
"""Largest number of breakpoints of a curve that is not reduced: enough for 12 months of 24 hours."""
THINNED = 1e-7
"""Largest error of a reduced curve, relative to the emissions."""


@dataclass(frozen=True)
class MarketCurve:
    """Market-based emissions of a flat load over its yearly energy.

    Attributes
    ----------
    mwh : numpy.ndarray
        (n + 1,) breakpoints, from 0 [MWh/a], rising.
    tonnes : numpy.ndarray
        (n + 1,) emissions at the breakpoints [tCO2e/a].
    """

    mwh: Floats
    tonnes: Floats

    @property
    def length_mwh(self) -> Floats:
        """Energy of each straight piece, (n,) [MWh/a]."""
        return np.diff(self.mwh)

    @property
    def slope_t_per_mwh(self) -> Floats:
        """Emissions of one MWh more on each piece, (n,) [tCO2e/MWh]."""
        return np.asarray(np.diff(self.tonnes) / np.diff(self.mwh))

    def at(self, mwh: float) -> float:
        """Return the emissions of a load of a given energy [tCO2e/a]."""
        return float(np.interp(mwh, self.mwh, self.tonnes))

    def filled(self, mwh: float) -> Floats:
        """Return the energy on each piece of a load of a given energy, first pieces first, (n,) [MWh/a]."""
        return np.asarray(np.clip(mwh - self.mwh[:-1], 0.0, self.length_mwh))

    def runs(self) -> list[slice]:
        """Return runs of pieces, split where the slope falls: each run is convex."""
        slope, length = self.slope_t_per_mwh, self.length_mwh
        # judged by the tonnes at stake: the slope of a short piece is a difference of two nearly equal numbers
        at_stake = (slope[:-1] - slope[1:]) * np.minimum(length[:-1], length[1:])
        cuts = np.flatnonzero(at_stake > SAME * float(self.tonnes.max())) + 1
        ends = [0, *(int(c) for c in cuts), len(slope)]
        return [slice(a, b) for a, b in pairwise(ends)]


def market_curve(contracts: Sequence[Contract], rest: Intensity, most_mwh: float) -> MarketCurve:
    """Return the market-based emissions of every flat load up to a largest one.

    The values at the breakpoints are those of `market_based`; between them the curve is linear, and exact to
    rounding, or to `THINNED` with more than `MOST_CORNERS` breakpoints.

    Parameters
    ----------
    contracts : sequence of Contract
        Contracts in the order in which they are used; hourly ones all of one length.
    rest : Intensity
        Intensity of the uncovered load.
    most_mwh : float
        Largest load [MWh/a], above 0.

    Returns
    -------
    MarketCurve
        From a load of 0 to the largest.

    Raises
    ------
    DataError
        A largest load that is not above 0, or an error of `market_based`.

    References
    ----------
    GHG Protocol Scope 2 Guidance (2015), table 6.3.

    Examples
    --------
    80 MWh of hydropower at 24 g/kWh on a residual mix of 500: 0.024 t a MWh up to 80 MWh, 0.5 t beyond.

    >>> hydro = Contract("hydro", 80.0, Intensity(24.0, "lifecycle"))
    >>> curve = market_curve([hydro], Intensity(500.0, "lifecycle"), 100.0)
    >>> curve.mwh.tolist(), curve.tonnes.round(3).tolist()
    ([0.0, 80.0, 100.0], [0.0, 1.92, 11.92])
    """
    if not (np.isfinite(most_mwh) and most_mwh > 0):
        raise DataError(f"`most_mwh` is {most_mwh:g}: give the largest load, above 0")
    hourly = [np.asarray(c.mwh, dtype=float) for c in contracts if c.hourly]
    steps = len(hourly[0]) if hourly else 1
    inner = _corners(hourly, [float(c.mwh) for c in contracts if not c.hourly], most_mwh)
    mwh = np.array([0.0, *inner, most_mwh])
    tonnes = np.array([0.0, *(market_based(np.full(steps, e / steps), contracts, rest).tonnes for e in mwh[1:])])
    curve = _straightened(MarketCurve(mwh, tonnes))
    return curve if len(curve.mwh) <= MOST_CORNERS else _thinned(curve)


def _corners(hourly: Sequence[Floats], yearly_mwh: Sequence[float], most_mwh: float) -> list[float]:
    """Return the energies strictly between 0 and the largest at which the slope changes."""
    found = np.empty(0)
    together = np.zeros(len(hourly[0]) if hourly else 1)
    for delivered in hourly:
        together = together + delivered
        found = np.union1d(found, together * len(together))
    used = np.cumsum(yearly_mwh)
    found = np.union1d(found, _load_that_leaves(together, used))
    gaps = np.diff(found, prepend=0.0)
    return [float(e) for e in found[(gaps > SAME * most_mwh) & (found < most_mwh * (1 - SAME))]]


def _load_that_leaves(together: Floats, left_mwh: Floats) -> Floats:
    """Return the flat loads of which hourly contracts leave given energies uncovered [MWh]."""
    levels = np.unique(np.concatenate([[0.0], together]))
    uncovered = np.array([np.maximum(level - together, 0.0).sum() for level in levels])
    beyond = levels[-1] + np.maximum(left_mwh - uncovered[-1], 0.0) / len(together)
    # uncovered energy is 0 below the lowest level and strictly rising above it
    start = max(int(np.searchsorted(uncovered, 0.0, side="right")) - 1, 0)
    inside = np.interp(left_mwh, uncovered[start:], levels[start:])
    return np.asarray(np.where(left_mwh > uncovered[-1], beyond, inside) * len(together))


def _straightened(curve: MarketCurve) -> MarketCurve:
    """Remove the breakpoints at which the slope does not change."""
    slope = curve.slope_t_per_mwh
    turns = np.abs(np.diff(slope)) > SAME * np.abs(slope).max(initial=0.0)
    kept = np.concatenate([[True], turns, [True]])
    return MarketCurve(curve.mwh[kept], curve.tonnes[kept])


def _thinned(curve: MarketCurve) -> MarketCurve:
    """Remove breakpoints within the tolerance: from each one, take the longest chord that is close enough."""
    kept, n = [0, 1], len(curve.mwh)
    while kept[-1] < n - 1:
        first, far = kept[-1], kept[-1] + 1
        step = 1
        while step:
            tried = min(far + step, n - 1)
            fits = tried > far and _chord_error(curve, first, tried) <= THINNED
            far, step = (tried, step * 2) if fits else (far, step // 2)
        kept.append(far)
    return MarketCurve(curve.mwh[kept], curve.tonnes[kept])


def _chord_error(curve: MarketCurve, first: int, last: int) -> float:
    """Return the largest error of a chord at the breakpoints between its ends, relative to the emissions."""
    mwh, tonnes = curve.mwh[first : last + 1], curve.tonnes[first : last + 1]
    chord = np.interp(mwh, mwh[[0, -1]], tonnes[[0, -1]])
    return float(np.max(np.abs(chord - tonnes) / np.maximum(tonnes, np.finfo(float).tiny)))
