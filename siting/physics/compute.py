"""Training compute per accelerator and per MWh, and the energy of a training run.

`lifetime_eflop` is an accounting function that a plan does not use.
"""

import numpy as np
from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.units import HOURS_PER_YEAR, Bools, Floats

FLOP_PER_EFLOP = 1e18
"""1 EFLOP is 10^18 floating-point operations (a quantity of work, not a rate)."""

JOULES_PER_MWH = 3.6e9


def eflop_per_mwh_it(peak_flop_per_s: ArrayLike, mfu: ArrayLike, server_power_w: ArrayLike) -> Floats:
    """Return the useful training compute of one MWh of IT energy.

    ``F * MFU * 3600e6 / P / 1e18``: a server that draws ``P`` watts per accelerator
    does ``F * MFU`` model FLOP every second.

    Parameters
    ----------
    peak_flop_per_s : array_like
        Peak rate of one accelerator at the training precision [FLOP/s], above 0.
    mfu : array_like
        Model-FLOP utilisation, the share of the peak that trains the model [0-1], above 0.
    server_power_w : array_like
        Mean draw in training per accelerator with its share of host and fabric [W], above 0.

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


def accelerators_per_mw(nameplate_w: ArrayLike) -> Floats:
    """Return the number of accelerators in one MW of IT capacity.

    ``10^6 / P``.

    Parameters
    ----------
    nameplate_w : array_like
        IT power to build per accelerator, host and fabric included [W], above 0.

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
    By definition of the nameplate per accelerator.

    Examples
    --------
    >>> round(float(accelerators_per_mw(1364.0)), 1)
    733.1
    """
    power = np.asarray(nameplate_w, dtype=float)
    _require("nameplate_w", power, np.isfinite(power) & (power > 0), "give a power above 0 W")
    return np.asarray(1e6 / power)


def training_energy_mwh(power_w: ArrayLike, hours: ArrayLike, pue: ArrayLike = 1.0) -> Floats:
    """Return the energy of a training run.

    ``P h PUE / 10^6``: power of one accelerator with accelerator-hours, or of the whole system with its hours.

    Parameters
    ----------
    power_w : array_like
        Mean power, measured or rated [W], above 0.
    hours : array_like
        Hours at that power [h], above 0.
    pue : array_like, optional
        Power usage effectiveness [-], 1 or more; 1 gives the energy of the IT alone.

    Returns
    -------
    numpy.ndarray
        Energy [MWh].

    Raises
    ------
    DataError
        A power or hours that are not above 0, or a PUE below 1.

    References
    ----------
    Strubell, Ganesh and McCallum 2019, Energy and policy considerations for deep learning in NLP, equation 1.

    Examples
    --------
    The architecture search of their Table 3: 1,515.43 W for 274,120 h at a PUE of 1.58.

    >>> float(training_energy_mwh(1515.43, 274_120, 1.58).round(3))
    656.347
    """
    power, time, overhead = (np.asarray(v, dtype=float) for v in (power_w, hours, pue))
    _require("power_w", power, np.isfinite(power) & (power > 0), "give a power above 0 W")
    _require("hours", time, np.isfinite(time) & (time > 0), "give hours above 0")
    _require("pue", overhead, np.isfinite(overhead) & (overhead >= 1), "a facility draws at least what its IT draws")
    return np.asarray(power * time * overhead / 1e6)


def lifetime_eflop(peak_flop_per_s: ArrayLike, mfu: ArrayLike, utilisation: ArrayLike, life_years: ArrayLike) -> Floats:
    """Return the useful compute of one accelerator over its life.

    ``F MFU u * 8760 * 3600 * life / 10^18``: what embodied carbon and price of an accelerator are spread over.

    Parameters
    ----------
    peak_flop_per_s : array_like
        Peak rate at the training precision [FLOP/s], above 0.
    mfu : array_like
        Model-FLOP utilisation while it trains [0-1], above 0.
    utilisation : array_like
        Share of the hours in which it trains [0-1], above 0.
    life_years : array_like
        Years until it is replaced [a], above 0.

    Returns
    -------
    numpy.ndarray
        Compute over its life [EFLOP].

    Raises
    ------
    DataError
        A rate or life that is not above 0, or a share outside ]0, 1].

    References
    ----------
    Schneider et al. 2025, Life-cycle emissions of AI hardware, arXiv:2502.01671: compute utilised over the life.

    Examples
    --------
    An H100 at 38 % MFU, 90 % of the hours of 5 years; 266 to 1,061 kg embodied are 5.0 to 19.9 gCO2e/EFLOP:

    >>> life = float(lifetime_eflop(989.4e12, 0.38, 0.9, 5.0))
    >>> round(life), [round(kg * 1000 / life, 1) for kg in (266.0, 1061.0)]
    (53355, [5.0, 19.9])
    """
    names = ("peak_flop_per_s", "mfu", "utilisation", "life_years")
    peak, share, used, life = (np.asarray(v, dtype=float) for v in (peak_flop_per_s, mfu, utilisation, life_years))
    for name, values in zip(names, (peak, share, used, life), strict=True):
        top = 1.0 if name in ("mfu", "utilisation") else np.inf
        _require(name, values, np.isfinite(values) & (values > 0) & (values <= top), "give a number above 0")
    return np.asarray(peak * share * used * HOURS_PER_YEAR * 3600.0 * life / FLOP_PER_EFLOP)


def _require(name: str, values: Floats, good: Bools, fix: str) -> None:
    if not np.all(good):
        index = int(np.flatnonzero(~np.atleast_1d(good))[0])
        value = np.atleast_1d(values).flat[index]
        raise DataError(f"`{name}` is {value:g} at element {index}: {fix}")
