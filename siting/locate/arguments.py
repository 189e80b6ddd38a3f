"""What a textbook problem may be asked with: every fault of one call is found before it is refused, once."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siting.errors import DataError
from siting.units import Bools, Floats

LEAST_GAP = 1e-9
"""Floating-point sums of many costs agree to about this relative difference: no smaller gap can be proven [-]."""

MEGABYTE = 1e6
"""Bytes of a megabyte (SI)."""


@dataclass(frozen=True)
class Faults:
    """The faults of one call, collected and raised once.

    Attributes
    ----------
    question : str
        The function that was called, as its caller writes it.
    found : list of str
        One sentence a fault.

    Examples
    --------
    >>> faults = Faults("p_median")
    >>> _ = faults.matrix("distance", [[1.0, -2.0]])
    >>> faults.refuse()
    Traceback (most recent call last):
    ...
    siting.errors.DataError: `p_median` cannot be asked this:
      - `distance` has 1 negative value (first: -2.0 at [0, 1]): give values of at least 0
    """

    question: str
    found: list[str] = field(default_factory=list)

    def add(self, fault: str) -> None:
        """Note one fault and go on looking."""
        self.found.append(fault)

    def refuse(self) -> None:
        """Raise all faults at once, if there are any.

        Raises
        ------
        siting.errors.DataError
            Lists every fault that was noted.
        """
        if self.found:
            raise DataError.from_faults(f"`{self.question}` cannot be asked this:", self.found)

    def array(self, name: str, values: ArrayLike, dimensions: int) -> Floats | NDArray[np.integer] | None:
        """Read numbers of any real dtype as they are; None (and a fault) where they are none.

        Parameters
        ----------
        name : str
            Parameter of the call, for the message.
        values : array_like
            What was given.
        dimensions : int
            1 for a list, 2 for a table.

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
        return array

    def numbers(
        self, name: str, values: ArrayLike, dimensions: int, *, negative: bool = False, infinite: bool = False
    ) -> Floats | NDArray[np.integer] | None:
        """Read finite numbers of at least 0, unless told that others mean something too."""
        array = self.array(name, values, dimensions)
        if array is None:
            return None
        low, high = array.min(), array.max()  # NaN spreads, and no second table of this size is made
        if np.isnan(low) or low == -np.inf or (high == np.inf and not infinite):
            wrong = np.isnan(array) | (array == -np.inf) | ((array == np.inf) & (not infinite))
            self._count(name, array, wrong, "non-finite", "give finite numbers")
            return None
        if low < 0 and not negative:
            self._count(name, array, array < 0, "negative", "give values of at least 0")
            return None
        return array

    def _count(self, name: str, array: NDArray[np.generic], wrong: Bools, kind: str, way_out: str) -> None:
        """Say how many values are wrong, and where the first of them is."""
        first = np.argwhere(wrong)[0].tolist()
        count = int(wrong.sum())
        value = array[tuple(first)]
        self.add(f"`{name}` has {count} {kind} value{'s' * (count > 1)} (first: {value} at {first}): {way_out}")

    def matrix(self, name: str, values: ArrayLike) -> Floats | NDArray[np.integer] | None:
        """Read costs or distances, facility x customer, finite and at least 0."""
        return self.numbers(name, values, 2)

    def per(
        self, name: str, values: ArrayLike, length: int | None, of: str, *, infinite: bool = False
    ) -> Floats | None:
        """Read one number of at least 0 for each facility or customer; one number alone is meant for all."""
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
        """Read how many facilities to open: a whole number from 1 to as many as there are."""
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
            self.add(f"`{name}` is {value!r}: give a whole number")
            return 1
        if value < 1 or (highest is not None and value > highest):
            there = "" if highest is None else f" to {highest}, as there are {highest} {of}"
            self.add(f"`{name}` is {value}: give 1{there}")
            return 1
        return int(value)

    def limits(self, *, gap: float, time_limit_s: float | None, seed: int, memory_mb: float | None) -> None:
        """Check what ends a search: all four limits of `siting.locate`."""
        if not (isinstance(gap, (int, float, np.number)) and LEAST_GAP <= gap < 1):
            self.add(f"`gap` is {gap!r}: give {LEAST_GAP:g} (what floating point can prove) to below 1")
        for name, value, unit in (("time_limit_s", time_limit_s, "seconds"), ("memory_mb", memory_mb, "megabytes")):
            if value is not None and not (isinstance(value, (int, float, np.number)) and value > 0):
                self.add(f"`{name}` is {value!r}: give positive {unit}, or None for no limit")
        if isinstance(seed, bool) or not (isinstance(seed, (int, np.integer)) and seed >= 0):
            self.add(f"`seed` is {seed!r}: give a whole number of at least 0")

    def memory(self, *, needed_mb: float, memory_mb: float | None, fits: str) -> None:
        """Refuse what would not fit the stated memory, and say what would.

        Parameters
        ----------
        needed_mb : float
            What the question needs on top of the caller's own arrays [MB].
        memory_mb : float or None
            What the caller allows [MB]; None allows everything.
        fits : str
            The size that would fit, in the words of the question.
        """
        if memory_mb is not None and needed_mb > memory_mb:
            self.add(f"this needs about {needed_mb:,.0f} MB and `memory_mb` allows {memory_mb:,.0f}: {fits} would fit")
