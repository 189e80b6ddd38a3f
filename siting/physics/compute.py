"""How much useful training compute one megawatt-hour of IT energy yields."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siting.errors import DataError

FLOP_PER_EFLOP = 1e18
"""1 EFLOP is 10^18 floating-point operations (a quantity of work, not a rate)."""

JOULES_PER_MWH = 3.6e9
HOURS_PER_YEAR = 8760.0


def eflop_per_mwh_it(peak_flop_per_s: ArrayLike, mfu: ArrayLike, server_power_w: ArrayLike) -> NDArray[np.float64]:
    """Return the useful training compute that one MWh of IT energy does.

    ``F * MFU * 3600e6 / P / 1e18``: a server that draws ``P`` watts per accelerator
    does ``F * MFU`` model FLOP every second.

    Parameters
    ----------
    peak_flop_per_s : array_like
        Peak rate of one accelerator at the training precision [FLOP/s], above 0.
    mfu : array_like
        Model-FLOP utilisation, the share of the peak that trains the model [0-1], above 0.
    server_power_w : array_like
        Power per accelerator with its share of the host [W], above 0.

    Returns
    -------
    numpy.ndarray
        Compute per IT energy [EFLOP/MWh].

    Raises
    ------
    DataError
        A rate or power that is not above 0, or an MFU outside ]0, 1].

    References
    ----------
    MFU as defined by Chowdhery et al. 2022, PaLM, arXiv:2204.02311, appendix B.

    Examples
    --------
    An H100 SXM at 40 % MFU, with 1275 W per accelerator (10.2 kW for eight):

    >>> round(float(eflop_per_mwh_it(989.4e12, 0.40, 1275.0)))
    1117
    """
    peak, share, power = (np.asarray(v, dtype=float) for v in (peak_flop_per_s, mfu, server_power_w))
    _require("peak_flop_per_s", peak, np.isfinite(peak) & (peak > 0), "give a rate above 0 FLOP/s")
    _require("mfu", share, (share > 0) & (share <= 1), "give a share above 0 and at most 1")
    _require("server_power_w", power, np.isfinite(power) & (power > 0), "give a power above 0 W")
    return np.asarray(peak * share * JOULES_PER_MWH / power / FLOP_PER_EFLOP)


def accelerators_per_mw(server_power_w: ArrayLike) -> NDArray[np.float64]:
    """Return how many accelerators one MW of IT capacity holds.

    ``10^6 / P``.

    Parameters
    ----------
    server_power_w : array_like
        Power per accelerator with its share of the host [W], above 0.

    Returns
    -------
    numpy.ndarray
        Accelerators per MW of IT capacity [1/MW].

    Raises
    ------
    DataError
        A power that is not above 0.

    References
    ----------
    By definition of power per accelerator.

    Examples
    --------
    >>> round(float(accelerators_per_mw(1275.0)), 1)
    784.3
    """
    power = np.asarray(server_power_w, dtype=float)
    _require("server_power_w", power, np.isfinite(power) & (power > 0), "give a power above 0 W")
    return np.asarray(1e6 / power)


def _require(name: str, values: NDArray[np.float64], good: NDArray[np.bool_], way_out: str) -> None:
    if not np.all(good):
        index = int(np.flatnonzero(~np.atleast_1d(good))[0])
        value = np.atleast_1d(values).flat[index]
        raise DataError(f"`{name}` is {value:g} at element {index}: {way_out}")
