"""Checks of the arguments of a location problem: every error of one call is collected, and raised once."""

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siting.errors import DataError
from siting.locate.kernel.limits import SearchLimits
from siting.units import Bools, Floats

LEAST_GAP = 1e-9
"""Floating-point sums of many costs agree to about this relative difference: no smaller gap can be proven [-]."""

MEGABYTE = 1e6
"""Bytes of a megabyte (SI)."""

BASE_MB = 20
"""Measured peak memory of a search on a very small problem, HiGHS included [MB]."""

type Numbers = Floats | NDArray[np.integer]
"""Real numbers as the caller passed them."""

LIMITS_TEXT = """\
gap : float
    Relative gap at which the solution counts as proven, 1e-9 to below 1 [-].
time_limit_s : float, optional
    Wall-clock time after which the incumbent is returned with its bound [s].
seed : int
    Seed of the random choices of the search, at least 0: the same seed repeats the result.
memory_mb : float, optional
    Memory that the search may use on top of the arrays that are passed [MB]."""
"""Parameters that all location problems share."""


def documents_limits[F: Callable[..., object]](function: F) -> F:
    """Put the text of the shared parameters where a docstring has ``<limits>``.

    Examples
    --------
    >>> @documents_limits
    ... def locate():
    ...     '''<limits>'''
    >>> locate.__doc__.startswith("gap : float")
    True
    """
    if function.__doc__:
        filled = re.sub(
            r"^( *)<limits>$", lambda m: textwrap.indent(LIMITS_TEXT, m[1]), function.__doc__, flags=re.MULTILINE
        )
        function.__doc__ = filled
    return function


@dataclass(frozen=True)
class ArgumentErrors:
    """Errors in the arguments of one call, collected and raised once.

    Attributes
    ----------
    function : str
        The function that was called.
    found : list of str
        One sentence per error.

    Examples
    --------
    >>> errors = ArgumentErrors("p_median")
    >>> _ = errors.matrix("distance", [[1.0, -2.0]])
    >>> errors.raise_all()
    Traceback (most recent call last):
    ...
    siting.errors.DataError: invalid arguments of `p_median`:
      - `distance` has 1 negative value (first: -2.0 at [0, 1]): give values of at least 0
    """

    function: str
    found: list[str] = field(default_factory=list)

    def add(self, error: str) -> None:
        """Note one error."""
        self.found.append(error)

    def raise_all(self) -> None:
        """Raise all errors at once, if there are any.

        Raises
        ------
        siting.errors.DataError
            Lists every error that was noted.
        """
        if self.found:
            raise DataError.from_faults(f"invalid arguments of `{self.function}`:", self.found)

    def numbers(
        self, name: str, values: ArrayLike, dimensions: int, *, negative: bool = False, infinite: bool = False
    ) -> Numbers | None:
        """Read finite numbers of at least 0 without copying them; None (and an error) where they are not.

        Parameters
        ----------
        name : str
            Parameter of the call, for the message.
        values : array_like
            The argument, of any real dtype.
        dimensions : int
            1 for a list, 2 for a table.
        negative, infinite : bool, optional
            Accept such values too.

        Returns
        -------
        numpy.ndarray or None
            The same memory where possible.
        """
        try:
            array = np.asarray(values)
        except ValueError:
            self.add(f"`{name}` is ragged: give rows of one length")
            return None
        if array.dtype == object or array.dtype.kind not in "iufb":
            self.add(f"`{name}` holds {array.dtype} values: give real numbers")
            return None
        if array.ndim != dimensions:
            self.add(f"`{name}` has {array.ndim} dimensions: give {dimensions}")
            return None
        if array.size == 0:
            self.add(f"`{name}` is empty, of shape {array.shape}: give at least one facility and one customer")
            return None
        if array.dtype.kind == "b" or array.dtype == np.float16:
            array = array.astype(np.float64)
        low, high = array.min(), array.max()  # NaN spreads to both, so that no mask of this size is needed
        if np.isnan(low) or low == -np.inf or (high == np.inf and not infinite):
            wrong = np.isnan(array) | (array == -np.inf) | ((array == np.inf) & (not infinite))
            self._count(name, array, wrong, "non-finite", "give finite numbers")
            return None
        if low < 0 and not negative:
            self._count(name, array, array < 0, "negative", "give values of at least 0")
            return None
        return array

    def _count(self, name: str, array: NDArray[np.generic], wrong: Bools, kind: str, fix: str) -> None:
        """Note how many values are wrong, and where the first of them is."""
        first = np.argwhere(wrong)[0].tolist()
        count = int(wrong.sum())
        value = array[tuple(first)]
        self.add(f"`{name}` has {count} {kind} value{'s' * (count > 1)} (first: {value} at {first}): {fix}")

    def matrix(self, name: str, values: ArrayLike) -> Numbers | None:
        """Read costs or distances, facility x customer, finite and at least 0."""
        return self.numbers(name, values, 2)

    def per(
        self, name: str, values: ArrayLike, length: int | None, of: str, *, infinite: bool = False
    ) -> Floats | None:
        """Read one number of at least 0 for each facility or customer; a scalar applies to all."""
        if np.ndim(np.asarray(values, dtype=object)) == 0 and length is not None:
            values = np.full(length, np.asarray(values))
        array = self.numbers(name, values, 1, infinite=infinite)
        if array is None:
            return None
        if length is not None and len(array) != length:
            self.add(f"`{name}` has {len(array)} values for {length} {of}: give one each")
            return None
        return array.astype(np.float64)

    def count(self, name: str, value: object, highest: int | None, of: str) -> int:
        """Read how many facilities to open: an integer from 1 to as many as there are."""
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
            self.add(f"`{name}` is {value!r}: give an integer")
            return 1
        if value < 1 or (highest is not None and value > highest):
            there = "" if highest is None else f" to {highest}, as there are {highest} {of}"
            self.add(f"`{name}` is {value}: give 1{there}")
            return 1
        return int(value)

    def limits(self, limits: SearchLimits) -> None:
        """Check the limits of a search."""
        gap, seed = limits.gap, limits.seed
        if not (isinstance(gap, (int, float, np.number)) and LEAST_GAP <= gap < 1):
            self.add(f"`gap` is {gap!r}: give {LEAST_GAP:g} (what floating point can prove) to below 1")
        for name, unit in (("time_limit_s", "seconds"), ("memory_mb", "megabytes")):
            value = getattr(limits, name)
            if value is not None and not (isinstance(value, (int, float, np.number)) and value > 0):
                self.add(f"`{name}` is {value!r}: give positive {unit}, or None for no limit")
        if isinstance(seed, bool) or not (isinstance(seed, (int, np.integer)) and seed >= 0):
            self.add(f"`seed` is {seed!r}: give an integer of at least 0")

    def memory(
        self,
        limits: SearchLimits,
        shape: tuple[int, ...] | None,
        needed_mb: Callable[[int, int], float],
        fewest: int = 1,
    ) -> None:
        """Note a problem that needs more than the memory limit, with the size that would fit.

        Parameters
        ----------
        limits : SearchLimits
            Holds the limit.
        shape : tuple of int or None
            Numbers of facilities and customers; None where they are unknown.
        needed_mb : callable
            Memory on top of the caller's arrays for such numbers [MB].
        fewest : int, optional
            Fewest facilities of such a problem.
        """
        allowed = limits.memory_mb
        if shape is None or not isinstance(allowed, (int, float, np.number)) or needed_mb(*shape) <= allowed:
            return
        sizes = (
            (int(shape[0] * share), int(shape[1] * share)) for share in np.linspace(1.0, 0.0, 1000, endpoint=False)
        )
        fitting = ((n, m) for n, m in sizes if n >= fewest and m >= 1 and needed_mb(n, m) <= allowed)
        n, m = next(fitting, (0, 0))
        fits = f"about {n:,} facilities x {m:,} customers would fit" if m else "no problem of this kind would fit"
        self.add(f"this needs about {needed_mb(*shape):,.0f} MB and `memory_mb` allows {allowed:,.0f}: {fits}")
