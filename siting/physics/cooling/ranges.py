"""Ranges of a cooling plant's parameters: published or assumed, and their better end.

References
----------
.. [1] N. Lei and E. Masanet (2020), Energy 201, 117556: ranges of the PUE model.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from siting.errors import DataError
from siting.units import Floats

PAPER = "Lei & Masanet 2020, Energy 201:117556"
OURS = "no source: chosen here"

Quantity = float | Floats
"""A parameter: one number, or an array that broadcasts against the weather (a draw on each leading index)."""


@dataclass(frozen=True, slots=True)
class ParameterRange:
    """Published and possible range of a parameter, in the parameter's own unit.

    Attributes
    ----------
    low, high : float
        The published (or assumed) range; the default is its midpoint, an ensemble may draw from it.
    least, most : float
        Values beyond these are refused.
    source, quality : str
        Where the range comes from; `derived` (published range) or `assumption`.
    better : str
        The end that lowers PUE over a temperate year or, where PUE does not depend on it, WUE: `low`,
        `high`, or `middle` where neither end does.
    """

    low: float
    high: float
    least: float
    most: float
    source: str
    quality: str
    better: str

    @property
    def best(self) -> float:
        """The better end [the parameter's unit]."""
        return {"low": self.low, "middle": (self.low + self.high) / 2, "high": self.high}[self.better]


def between(
    low: float,
    high: float,
    *,
    better: str,
    least: float = 0.01,
    most: float = math.inf,
    source: str = PAPER,
    quality: str = "derived",
) -> Any:
    """Declare a parameter by its range; the default is by definition the midpoint, ``(low + high)/2``.

    Parameters
    ----------
    low, high : float
        Published (or assumed) ends [the parameter's unit].
    better : str
        The end that lowers PUE or water: `low`, `middle` or `high`.
    least, most : float
        Values beyond these are refused [the parameter's unit].
    source, quality : str
        Where the range comes from.

    Returns
    -------
    Any
        A dataclass field.

    Examples
    --------
    >>> between(6.0, 10.0, better="high").default
    8.0
    """
    bounds = ParameterRange(low, high, least, most, source, quality, better)
    return field(default=(low + high) / 2, metadata={"range": bounds})


def assumed(
    low: float, high: float, *, better: str, least: float = 0.0, most: float = math.inf, source: str = OURS
) -> Any:
    """Declare a parameter without a published range: `between`, by definition of quality `assumption`.

    Parameters
    ----------
    low, high : float
        Published (or assumed) ends [the parameter's unit].
    better : str
        The better end: `low`, `middle` or `high`.
    least, most : float
        Values beyond these are refused [the parameter's unit].
    source : str
        Why this range was chosen.

    Returns
    -------
    Any
        A dataclass field.

    Examples
    --------
    >>> assumed(3.0, 5.0, better="high").metadata["range"].quality
    'assumption'
    """
    return between(low, high, better=better, least=least, most=most, source=source, quality="assumption")


def temperature(low: float, high: float, *, better: str, source: str = PAPER) -> Any:
    """Declare a temperature, by definition `between` with -60 to 60 C as the possible range.

    Parameters
    ----------
    low, high : float
        Published (or assumed) ends [C].
    better : str
        The better end: `low`, `middle` or `high`.
    source : str
        Where the range comes from.

    Returns
    -------
    Any
        A dataclass field.

    Examples
    --------
    >>> temperature(10.0, 18.0, better="high").default
    14.0
    """
    return between(low, high, better=better, least=-60.0, most=60.0, source=source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranged:
    """Parameters that are declared by their ranges and checked against them."""

    def __post_init__(self) -> None:
        """Raise for every value that is missing or impossible, all at once."""
        faults = []
        for name, bounds in parameter_ranges(self).items():
            values = np.asarray(getattr(self, name), dtype=np.float64)
            wrong = ~((values >= bounds.least) & (values <= bounds.most))
            if np.any(wrong):
                first = int(np.flatnonzero(wrong)[0])
                where = f" at element {first} ({int(wrong.sum())} faulty in all)" if values.ndim else ""
                faults.append(
                    f"{name} is {values.flat[first]}{where}, possible is {bounds.least:g} to {bounds.most:g}"
                    f" (published {bounds.low:g} to {bounds.high:g})"
                )
        if faults:
            raise DataError.from_faults(f"{type(self).__name__}:", faults)


def parameter_ranges(parameters: Ranged) -> Mapping[str, ParameterRange]:
    """Return the range, source and quality of every parameter by name, for reports and ensembles.

    Parameters
    ----------
    parameters : CoolingParameters
        The parameters of a design.

    Returns
    -------
    Mapping[str, ParameterRange]
        One range per field.

    References
    ----------
    By definition of each field; the ranges of the PUE model are those of Lei and Masanet (2020) [1]_.

    Examples
    --------
    >>> from siting.physics.cooling.parameters import AirsideParameters
    >>> parameter_ranges(AirsideParameters())["supply_air_lower_c"].high
    18.0
    """
    return {item.name: item.metadata["range"] for item in fields(parameters)}


def best_of[P: Ranged](parameters: P) -> P:
    """Return the parameters with every range at its better end, by definition of `ParameterRange.better`.

    Parameters
    ----------
    parameters : Ranged
        The parameters of a design.

    Returns
    -------
    Ranged
        Of the same class.

    Examples
    --------
    >>> from siting.physics.cooling.parameters import AirsideParameters
    >>> best_of(AirsideParameters()).ups_efficiency
    0.99
    """
    return replace(parameters, **{name: bounds.best for name, bounds in parameter_ranges(parameters).items()})
