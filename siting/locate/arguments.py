"""Checks of the arguments of a location problem: every error of one call is collected, and raised once."""

import re
import reprlib
import textwrap
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from siting.errors import DataError
from siting.locate.kernel.limits import SearchLimits
from siting.units import Bools, Floats

LEAST_GAP = 1e-9
"""Floating-point sums of many costs agree to about this relative difference: no smaller gap can be proven [-]."""

MOST_VALUE = 1e100
"""Largest number that is read: sums and products of larger ones would overflow."""

MEGABYTE = 1e6
"""Bytes of a megabyte (SI)."""

BASE_MB = 20
"""Measured peak memory of a search on a very small problem, HiGHS included [MB]."""

type Numbers = Floats | NDArray[np.integer]
"""Real numbers as the caller passed them."""

UNREADABLE = (ValueError, TypeError, OverflowError, AttributeError, BufferError, RecursionError, RuntimeError)
"""What numpy raises on values that form no array."""

FORBID = "or inf where the pair may not serve (None, a masked array and `mask=` state the same)"
"""How to forbid a pair, for messages."""

MASK_TEXT = """\
mask : array_like of bool, optional
    True where a pair may not serve, (n, m): the meaning of a mask in ``numpy.ma``. Such pairs are left out of the
    problem. Infinite values, None and the masked cells of a masked array state the same."""
"""The parameter that forbids pairs, shared by the problems on a table."""

SITES_TEXT = """\
sites : pandas.DataFrame or geopandas.GeoDataFrame, optional
    Candidate places, where `distance` is a table of places; those places themselves by default."""
"""The parameter of candidate places, shared by the problems on a table of distances."""

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

SHARED_TEXT = {"limits": LIMITS_TEXT, "mask": MASK_TEXT, "sites": SITES_TEXT}
"""Text of the shared parameters, by the mark that it replaces."""


def documents_limits[F: Callable[..., object]](function: F) -> F:
    """Put the text of the shared parameters where a docstring has ``<limits>`` or ``<mask>``.

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
            r"^( *)<(limits|mask|sites)>$",
            lambda m: textwrap.indent(SHARED_TEXT[m[2]], m[1]),
            function.__doc__,
            flags=re.MULTILINE,
        )
        function.__doc__ = filled
    return function


def shown(value: object) -> str:
    """Return a value as text for a message, of at most 80 characters, whatever it is.

    Examples
    --------
    >>> shown(0.5), shown("1 %"), len(shown("x" * 10_000))
    ('0.5', "'1 %'", 30)
    """
    try:
        text = reprlib.repr(value)
    except Exception:  # a message may not fail on the value that it reports, of any type
        return f"of type {type(value).__name__}"
    return " ".join(text.split())[:80]


def real_number(value: object) -> float | None:
    """Return a real number as a float, infinite where it is too large for one; None for any other type, or a truth value.

    Examples
    --------
    >>> real_number(2), real_number(10**400), real_number(True), real_number("2")
    (2.0, inf, None, None)
    """
    if isinstance(value, (bool, np.timedelta64)) or not isinstance(value, (int, float, np.integer, np.floating)):
        return None
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def _readable(values: ArrayLike) -> NDArray[Any] | None:
    """Return values as an array; None where numpy makes none of them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # a masked element in a list becomes NaN with a warning, and is refused as NaN
            return np.asarray(values)
    except UNREADABLE:
        return None


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
        self,
        name: str,
        values: ArrayLike,
        dimensions: int,
        *,
        negative: bool = False,
        infinite: bool = False,
        forbidden: Bools | None = None,
        pairs: bool = False,
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
        forbidden : numpy.ndarray or None, optional
            Cells that are infinite whatever they hold, of the shape of `values`.
        pairs : bool, optional
            Cells are pairs: masked cells, None and infinity mean that one may not serve.

        Returns
        -------
        numpy.ndarray or None
            The same memory where possible; infinite at pairs that may not serve.
        """
        array = self._array(name, values, dimensions, missing=pairs)
        if array is None:
            return None
        if forbidden is not None and forbidden.shape != array.shape:
            self.add(f"`mask` has the shape {forbidden.shape} and `{name}` {array.shape}: give the same")
            return None
        if forbidden is not None and forbidden.any():
            array = np.where(forbidden, np.inf, array)
        low, high = array.min(), array.max()  # NaN spreads to both, so that no mask of this size is needed
        infinite = infinite or pairs
        if np.isnan(low) or low == -np.inf or (high == np.inf and not infinite):
            wrong = np.isnan(array) | (array == -np.inf) | ((array == np.inf) & (not infinite))
            fix = f"give finite numbers{', ' + FORBID if pairs else ''}"
            self._count(name, array, wrong, "non-finite", fix)
            return None
        if low < 0 and not negative:
            self._count(name, array, array < 0, "negative", "give values of at least 0")
            return None
        if max(float(high), -float(low)) > MOST_VALUE:
            wrong = np.isfinite(array) & (abs(array) > MOST_VALUE)
            if wrong.any():
                fix = f"give at most {MOST_VALUE:g}{', ' + FORBID if pairs else ''}"
                self._count(name, array, wrong, "too large", fix)
                return None
        return array

    def _array(self, name: str, values: ArrayLike, dimensions: int, *, missing: bool) -> Numbers | None:
        """Read an array of a real dtype; masked cells and None become infinite where they may be missing."""
        if sparse.issparse(values):
            self.add(f"`{name}` is a sparse matrix: give a dense table{', ' + FORBID if missing else ''}")
            return None
        array = _readable(values)
        if array is None:
            self.add(f"`{name}` is ragged or no table of numbers: give rows of one length")
            return None
        hidden = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
        if hidden is not None and hidden.any():
            if not missing:
                self.add(f"`{name}` has {int(hidden.sum())} masked values: give every value")
                return None
            array = np.where(hidden, np.inf, array)
        if array.dtype == object:
            return self._from_objects(name, array, dimensions, missing=missing)
        if array.dtype.kind not in "iufb":
            self.add(f"`{name}` holds {array.dtype} values: give real numbers")
            return None
        if array.ndim != dimensions:
            self.add(f"`{name}` has {array.ndim} dimensions: give {dimensions}")
            return None
        if array.size == 0:
            self.add(f"`{name}` is empty, of shape {array.shape}: give at least one facility and one customer")
            return None
        if array.dtype.kind == "b" or (array.dtype.kind == "f" and array.dtype.itemsize not in (4, 8)):
            array = array.astype(np.float64)
        return array

    def _from_objects(self, name: str, array: NDArray[np.object_], dimensions: int, *, missing: bool) -> Numbers | None:
        """Read cells of any type: None is infinite where it may be missing."""
        cells: list[Any] = list(array.reshape(-1))
        numbers = [np.inf if missing and cell is None else real_number(cell) for cell in cells]
        wrong = next((at for at, number in enumerate(numbers) if number is None), None)
        if wrong is None:
            return self._array(
                name, np.array(numbers, dtype=np.float64).reshape(array.shape), dimensions, missing=False
            )
        place = "" if array.ndim == 0 else f" at {[int(k) for k in np.unravel_index(wrong, array.shape)]}"
        self.add(f"`{name}` holds object values (first: {shown(cells[wrong])}{place}): give real numbers")
        return None

    def _count(self, name: str, array: NDArray[np.generic], wrong: Bools, kind: str, fix: str) -> None:
        """Note how many values are wrong, and where the first of them is."""
        first = np.argwhere(wrong)[0].tolist()
        count = int(wrong.sum())
        value = array[tuple(first)]
        self.add(f"`{name}` has {count} {kind} value{'s' * (count > 1)} (first: {value} at {first}): {fix}")

    def matrix(self, name: str, values: ArrayLike, mask: ArrayLike | None = None) -> Numbers | None:
        """Read costs or distances, facility x customer, at least 0; infinite where a pair may not serve."""
        if mask is None:
            return self.numbers(name, values, 2, pairs=True)
        forbidden = _readable(mask)
        if forbidden is None or forbidden.dtype != np.bool_ or isinstance(mask, np.ma.MaskedArray):
            self.add(f"`mask` is {shown(mask)}: give an array of booleans, True where a pair may not serve")
            return None
        return self.numbers(name, values, 2, pairs=True, forbidden=forbidden)

    def per(
        self, name: str, values: ArrayLike, length: int | None, of: str, *, infinite: bool = False
    ) -> Floats | None:
        """Read one number of at least 0 for each facility or customer; a scalar applies to all."""
        if np.isscalar(values) or (isinstance(values, np.ndarray) and values.ndim == 0):
            values = np.full(1 if length is None else length, values)
        array = self.numbers(name, values, 1, infinite=infinite)
        if array is None:
            return None
        if length is not None and len(array) != length:
            self.add(f"`{name}` has {len(array)} values for {length} {of}: give one each")
            return None
        return array.astype(np.float64)

    def count(self, name: str, value: object, highest: int | None, of: str) -> int:
        """Read how many facilities to open: an integer from 1 to as many as there are."""
        if isinstance(value, (bool, np.timedelta64)) or not isinstance(value, (int, np.integer)):
            self.add(f"`{name}` is {shown(value)}: give an integer")
            return 1
        if value < 1 or (highest is not None and value > highest):
            there = "" if highest is None else f" to {highest}, as there are {highest} {of}"
            self.add(f"`{name}` is {shown(value)}: give 1{there}")
            return 1
        return int(value)

    def truth(self, name: str, value: object) -> None:
        """Check a switch."""
        if not isinstance(value, (bool, np.bool_)):
            self.add(f"`{name}` is {shown(value)}: give True or False")

    def limits(self, limits: SearchLimits) -> None:
        """Check the limits of a search."""
        gap, seed = real_number(limits.gap), limits.seed
        if gap is None or not LEAST_GAP <= gap < 1:
            hint = "; one per cent is 0.01" if gap is None or gap >= 1 else ""
            self.add(
                f"`gap` is {shown(limits.gap)}: give {LEAST_GAP:g} (what floating point can prove) to below 1{hint}"
            )
        for name, unit in (("time_limit_s", "seconds"), ("memory_mb", "megabytes")):
            value = getattr(limits, name)
            number = real_number(value)
            if value is not None and (number is None or not number > 0):
                self.add(f"`{name}` is {shown(value)}: give positive {unit}, or None for no limit")
        if isinstance(seed, (bool, np.timedelta64)) or not (isinstance(seed, (int, np.integer)) and seed >= 0):
            self.add(f"`seed` is {shown(seed)}: give an integer of at least 0")

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
        allowed = real_number(limits.memory_mb)
        if shape is None or allowed is None or not allowed > 0 or needed_mb(*shape) <= allowed:
            return
        sizes = (
            (int(shape[0] * share), int(shape[1] * share)) for share in np.linspace(1.0, 0.0, 1000, endpoint=False)
        )
        fitting = ((n, m) for n, m in sizes if n >= fewest and m >= 1 and needed_mb(n, m) <= allowed)
        n, m = next(fitting, (0, 0))
        fits = f"about {n:,} facilities x {m:,} customers would fit" if m else "no problem of this kind would fit"
        self.add(f"this needs about {needed_mb(*shape):,.0f} MB and `memory_mb` allows {allowed:,.0f}: {fits}")
