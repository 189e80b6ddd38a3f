"""Lagrangian prices by the volume algorithm, whose averaged primal solution also ranks the sites, and by deflected steps.

References
----------
Barahona, F., Anbil, R. (2000). The volume algorithm: producing primal solutions with a subgradient method.
Mathematical Programming 87: 385-399.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from siting.locate.kernel.lagrangian import Lagrangian, LagrangianBound
from siting.units import Floats

LEAST_STEP, MOST_STEP = 5e-4, 2.0
"""Bounds of the step factor."""

FIRST_STEP, LAST_STEP, DEFLECTION = 0.2, 5e-4, 0.03
"""Step factors of the deflected subgradient method, and the share of the newest subgradient in its direction: the best
of six trials."""


@dataclass
class Ascent:
    """State of the ascent between two runs.

    Attributes
    ----------
    prices : numpy.ndarray
        The best prices so far, (m,).
    best : LagrangianBound
        Relaxation at these prices.
    unserved : numpy.ndarray
        Averaged direction, (m,).
    openness : numpy.ndarray
        Averaged primal solution: how much each listed site is open, 0 to 1 (k,).
    step : float
        Step factor.
    memory : float
        Share of the newest solution in the averages.
    patience : int
        Steps without a better bound after which the step factor shrinks.
    poor : int
        Steps since the last better bound.
    """

    prices: Floats
    best: LagrangianBound
    unserved: Floats
    openness: Floats
    step: float = 0.2
    memory: float = 0.1
    patience: int = 10
    poor: int = 0


def begin(problem: Lagrangian, prices: Floats, *, patience: int) -> Ascent:
    """Evaluate the relaxation once and start the averages from it."""
    relaxed = problem.evaluate(prices)
    return Ascent(prices, relaxed, relaxed.unserved.copy(), relaxed.open.astype(np.float64), patience=patience)


def volume_ascent(
    problem: Lagrangian, ascent: Ascent, upper: float, steps: int, enough: Callable[[float], bool]
) -> int:
    """Step from the best prices along the averaged subgradient until the bound is high enough; return the steps taken."""
    radius = problem.arcs.radius
    for made in range(1, steps + 1):
        direction = np.where((ascent.unserved < 0) & (ascent.prices <= 0), 0.0, ascent.unserved)
        length = float(direction @ direction)
        if length < 1e-12:
            return made
        best = ascent.best.bound
        # Polyak step: distance to the incumbent over the squared length of the direction
        distance = max(upper - best, 2e-5 * abs(upper))
        prices = np.clip(ascent.prices + ascent.step * distance / length * direction, 0.0, radius)
        relaxed = problem.evaluate(prices)
        agreement = float(relaxed.unserved @ direction)
        ascent.unserved += ascent.memory * (relaxed.unserved - ascent.unserved)
        ascent.openness += ascent.memory * (relaxed.open - ascent.openness)
        if relaxed.bound > best:
            ascent.prices, ascent.best = prices, relaxed
            ascent.poor = 0
            if agreement > 0:
                ascent.step = min(MOST_STEP, ascent.step * 1.1)
        else:
            ascent.poor += 1
            if ascent.poor >= ascent.patience:
                ascent.step, ascent.poor = max(LEAST_STEP, ascent.step * 0.7), 0
        if enough(ascent.best.bound):
            return made
    return steps


def deflected_subgradient(
    problem: Lagrangian, ascent: Ascent, upper: float, steps: int, enough: Callable[[float], bool]
) -> int:
    """Step from every point, better or not, along a long average of subgradients, with geometrically shrinking steps.

    The volume algorithm always starts from its best point and can stall at a ridge of the bound: on 3000 points this
    method closed a sixth of the gap that was left.

    Parameters
    ----------
    problem, ascent, upper, steps, enough
        As for `volume_ascent`; the average starts from scratch.

    Returns
    -------
    int
        Steps taken.
    """
    shrink = (LAST_STEP / FIRST_STEP) ** (1 / steps)
    prices, step, direction = ascent.prices, FIRST_STEP, None
    for made in range(1, steps + 1):
        relaxed = problem.evaluate(prices)
        ascent.openness += DEFLECTION * (relaxed.open - ascent.openness)
        if relaxed.bound > ascent.best.bound:
            ascent.prices, ascent.best = prices, relaxed
        newest = relaxed.unserved
        direction = newest if direction is None else direction + DEFLECTION * (newest - direction)
        length = float(direction @ direction)
        if enough(ascent.best.bound) or length < 1e-12:
            return made
        prices = np.clip(prices + step * (upper - relaxed.bound) / length * direction, 0.0, problem.arcs.radius)
        step *= shrink
    return steps
