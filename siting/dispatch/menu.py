"""A curve of designs between least cost and least of one annual quantity, each with its proof."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from siting.dispatch.cut_pool import CutPool
from siting.dispatch.design import Design, first_guess, least_cost
from siting.dispatch.oracle import Oracle
from siting.units import Floats

NARROW = 1e-3
"""Relative difference of two weights below which no point is put between them."""


@dataclass(frozen=True)
class Menu:
    """Designs in the order of their weights.

    Attributes
    ----------
    designs : tuple of Design
        From least cost to the highest weight.
    chord_error : float
        Largest distance of a chord between neighbours from the bounds below it [USD/year]: what a mixture of the
        designs may cost more than the best design in between.
    pool : CutPool
        The cuts, for further points of the same place.
    """

    designs: tuple[Design, ...]
    chord_error: float
    pool: CutPool


def menu(
    oracle: Oracle,
    direction: Floats,
    *,
    first: Sequence[float] = (0.0, 20.0, 2000.0),
    gap: float = 1e-4,
    chord_gap: float = 1e-3,
    most_points: int = 12,
) -> Menu:
    """Return designs at weights ``slope * direction``, chosen where chord and bounds are furthest apart (Cohon 1978).

    Parameters
    ----------
    oracle : Oracle
        The dispatch of the place.
    direction : numpy.ndarray
        Weight of each annual quantity, (quantities,).
    first : sequence of float, optional
        Slopes to begin with, increasing.
    gap : float, optional
        Relative gap of every design.
    chord_gap : float, optional
        Relative chord error at which the menu is complete.
    most_points : int, optional
        Largest number of designs.
    """
    pool, designs, at = CutPool(oracle.year), [], first_guess(oracle.year)
    for slope in first:
        designs.append(least_cost(oracle, pool, slope * direction, at, gap=gap))
        at = designs[-1].capacities
    while True:
        designs.sort(key=lambda d: float(d.weights @ direction))
        error, slope, left = max(_errors(designs, direction), default=(0.0, 0.0, 0))
        if len(designs) >= most_points or error <= chord_gap * abs(designs[left].usd):
            return Menu(tuple(designs), error, pool)
        at = 0.5 * (designs[left].capacities + designs[left + 1].capacities)
        designs.append(least_cost(oracle, pool, slope * direction, at, gap=gap))


def _errors(designs: Sequence[Design], direction: Floats) -> list[tuple[float, float, int]]:
    """Return, for each pair of neighbours with room between them: chord error, slope of the chord, position."""
    size, found = float(direction @ direction), []
    for left, (a, b) in enumerate(pairwise(designs)):
        low, high = (float(d.weights @ direction) / size for d in (a, b))
        most, least = (float(d.quantities @ direction) for d in (a, b))
        if most - least <= 1e-9 * max(1.0, abs(most)):
            continue
        slope = (b.usd - a.usd) / (most - least)
        if not low < slope < high or high - low < NARROW * max(high, 1.0):
            continue
        crossing = np.clip((b.bound - a.bound) / (high - low), least, most)  # of the two bounds
        chord = a.usd + slope * (most - crossing)
        found.append((float(chord - (a.bound - low * crossing)), slope, left))
    return found
