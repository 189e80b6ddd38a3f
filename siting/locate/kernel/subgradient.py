"""Prices that give a good bound: the volume algorithm, whose averaged choices also say which sites are worth trying.

References
----------
Barahona, F., Anbil, R. (2000). The volume algorithm: producing primal solutions with a subgradient method.
Mathematical Programming 87: 385-399.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from siting.locate.kernel.lagrangian import Lagrangian, Priced
from siting.units import Floats

LEAST_STEP, MOST_STEP = 5e-4, 2.0
"""Bounds of the step factor."""

GLIDE_FIRST_STEP, GLIDE_LAST_STEP, GLIDE_MEMORY = 0.2, 5e-4, 0.03
"""Step factors of a glide, and the share of the newest direction in its average: the best of six trials."""


@dataclass
class Ascent:
    """Where the prices stand between two rounds.

    Attributes
    ----------
    prices : numpy.ndarray
        The best prices so far, (m,).
    best : Priced
        What they show.
    unserved : numpy.ndarray
        Averaged direction, (m,).
    openness : numpy.ndarray
        Averaged choice of each site of the list, 0 to 1 (k,).
    step : float
        Step factor.
    memory : float
        Share of the newest choice in the averages.
    patience : int
        Rounds without a better bound after which the step shrinks.
    poor : int
        Rounds since the last better bound.
    """

    prices: Floats
    best: Priced
    unserved: Floats
    openness: Floats
    step: float = 0.2
    memory: float = 0.1
    patience: int = 10
    poor: int = 0


def begin(problem: Lagrangian, prices: Floats, *, patience: int) -> Ascent:
    """Price once and take what that shows for the average."""
    priced = problem.price(prices)
    return Ascent(prices, priced, priced.unserved.copy(), priced.open.astype(np.float64), patience=patience)


def climb(problem: Lagrangian, ascent: Ascent, upper: float, rounds: int, enough: Callable[[float], bool]) -> int:
    """Move the prices for some rounds, or until the bound is high enough; return the rounds that were made."""
    radius = problem.arcs.radius
    for made in range(1, rounds + 1):
        direction = np.where((ascent.unserved < 0) & (ascent.prices <= 0), 0.0, ascent.unserved)
        length = float(direction @ direction)
        if length < 1e-12:
            return made
        best = ascent.best.bound
        reach = max(upper - best, 2e-5 * abs(upper))
        prices = np.clip(ascent.prices + ascent.step * reach / length * direction, 0.0, radius)
        priced = problem.price(prices)
        agreement = float(priced.unserved @ direction)
        ascent.unserved += ascent.memory * (priced.unserved - ascent.unserved)
        ascent.openness += ascent.memory * (priced.open - ascent.openness)
        if priced.bound > best:
            ascent.prices, ascent.best = prices, priced
            ascent.poor = 0
            if agreement > 0:
                ascent.step = min(MOST_STEP, ascent.step * 1.1)
        else:
            ascent.poor += 1
            if ascent.poor >= ascent.patience:
                ascent.step, ascent.poor = max(LEAST_STEP, ascent.step * 0.7), 0
        if enough(ascent.best.bound):
            return made
    return rounds


def glide(problem: Lagrangian, ascent: Ascent, upper: float, rounds: int, enough: Callable[[float], bool]) -> int:
    """Move on from every point, better or not, along a long average with steps that shrink by a plan.

    The volume algorithm waits at its best point, and where the bound has a ridge there it waits for ever: on 3000
    points this went on to close a sixth of the gap that was left.

    Parameters
    ----------
    problem, ascent, upper, rounds, enough
        As for `climb`; the average of the ascent is begun anew.

    Returns
    -------
    int
        The rounds that were made.
    """
    shrink = (GLIDE_LAST_STEP / GLIDE_FIRST_STEP) ** (1 / rounds)
    prices, step, direction = ascent.prices, GLIDE_FIRST_STEP, None
    for made in range(1, rounds + 1):
        priced = problem.price(prices)
        ascent.openness += GLIDE_MEMORY * (priced.open - ascent.openness)
        if priced.bound > ascent.best.bound:
            ascent.prices, ascent.best = prices, priced
        newest = priced.unserved
        direction = newest if direction is None else direction + GLIDE_MEMORY * (newest - direction)
        length = float(direction @ direction)
        if enough(ascent.best.bound) or length < 1e-12:
            return made
        prices = np.clip(prices + step * (upper - priced.bound) / length * direction, 0.0, problem.arcs.radius)
        step *= shrink
    return rounds
