"""One uncertain input: its interval, the shape of its distribution, its source, and draws from it."""

import zlib
from dataclasses import dataclass
from typing import Literal

import numpy as np

from siting.units import Floats

Shape = Literal["uniform", "triangular", "fixed"]


@dataclass(frozen=True)
class UncertainInput:
    """One input of a plan and its interval.

    Attributes
    ----------
    name : str
        Unique within a plan.
    unit : str
        Unit of the three values; `1` for a share or a factor on the plan's own value.
    low, mid, high : float
        Ends of the interval, and the value that the plan was made with.
    shape : {"uniform", "triangular", "fixed"}
        Uniform between the ends; triangular with its mode at `mid`; or without an interval, so that it does not vary.
    correlation : str
        Which places or plants share one draw.
    source, quality : str
        Where the interval comes from.
    """

    name: str
    unit: str
    low: float
    mid: float
    high: float
    shape: Shape
    correlation: str
    source: str
    quality: str

    def draw(self, draws: int, seed: int) -> Floats:
        """Return values of this input; its stream depends on seed and name alone, not on the other inputs."""
        rng = np.random.default_rng([seed, zlib.crc32(self.name.encode())])
        if self.shape == "uniform":
            return rng.uniform(self.low, self.high, draws)
        if self.shape == "triangular":
            return rng.triangular(self.low, self.mid, self.high, draws)
        return np.full(draws, self.mid)
