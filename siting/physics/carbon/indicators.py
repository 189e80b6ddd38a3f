"""Indicators of a data centre and its compute, each by the standard that defines it.

A plan's KPIs use `pue`, `wue_l_per_kwh`, `cue_kg_per_kwh`, `cci_g_per_eflop` and `cfe_score`; `erf`, `ref`,
`eu_2024_1364`, `sci_g_per_unit` and `embodied_share_g` are accounting functions that a plan does not use.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.units import Bools, Floats


def pue(facility_mwh: ArrayLike, it_mwh: ArrayLike) -> Floats:
    """Return the power usage effectiveness, ``E_DC / E_IT``.

    Parameters
    ----------
    facility_mwh : array_like
        Energy of the entire data centre over a year [MWh], at least that of the IT.
    it_mwh : array_like
        Energy of the IT equipment over the same year [MWh], above 0.

    Returns
    -------
    numpy.ndarray
        PUE [-], 1 or more.

    Raises
    ------
    DataError
        IT energy that is not above 0, or facility energy below it; the element is named.

    References
    ----------
    ISO/IEC 30134-2:2016, clause 5; Regulation (EU) 2024/1364, Annex III, point (a).

    Examples
    --------
    >>> float(pue(1_100.0, 1_000.0))
    1.1
    """
    total, it = np.broadcast_arrays(np.asarray(facility_mwh, float), _above_zero("it_mwh", it_mwh))
    _require("facility_mwh", total, total >= it, "a facility draws at least what its IT draws")
    return np.asarray(total / it)


def wue_l_per_kwh(water_m3: ArrayLike, it_mwh: ArrayLike) -> Floats:
    """Return the water usage effectiveness, ``W_IN / E_IT``.

    Parameters
    ----------
    water_m3 : array_like
        Water taken in over a year [m3], at least 0.
    it_mwh : array_like
        Energy of the IT equipment [MWh], above 0.

    Returns
    -------
    numpy.ndarray
        WUE [L/kWh, the same as m3/MWh].

    Raises
    ------
    DataError
        Negative or missing water, or IT energy that is not above 0.

    References
    ----------
    ISO/IEC 30134-9:2022, clause 5; Regulation (EU) 2024/1364, Annex III, point (b).

    Examples
    --------
    >>> float(wue_l_per_kwh(1_800.0, 1_000.0))
    1.8
    """
    return np.asarray(_not_negative("water_m3", water_m3) / _above_zero("it_mwh", it_mwh))


def cue_kg_per_kwh(pue: ArrayLike, ci_g_per_kwh: ArrayLike) -> Floats:
    """Return the carbon usage effectiveness, operational emissions per IT energy: ``PUE CI / 1000``.

    Parameters
    ----------
    pue : array_like
        Power usage effectiveness [-].
    ci_g_per_kwh : array_like
        Carbon intensity [gCO2e/kWh].

    Returns
    -------
    numpy.ndarray
        CUE [kgCO2e per kWh of IT energy].

    References
    ----------
    ISO/IEC 30134-8:2022, clause 5: CO2e of the data centre's energy over the energy of its IT.

    Examples
    --------
    >>> float(cue_kg_per_kwh(1.2, 100.0))
    0.12
    """
    return np.asarray(np.asarray(pue, dtype=float) * np.asarray(ci_g_per_kwh, dtype=float) / 1000.0)


def erf(reused_mwh: ArrayLike, facility_mwh: ArrayLike) -> Floats:
    """Return the energy reuse factor, ``E_REUSE / E_DC``.

    Parameters
    ----------
    reused_mwh : array_like
        Heat used outside the data centre over a year [MWh], 0 to `facility_mwh`.
    facility_mwh : array_like
        Energy of the entire data centre [MWh], above 0.

    Returns
    -------
    numpy.ndarray
        ERF [0-1].

    Raises
    ------
    DataError
        More heat reused than energy drawn, or impossible values.

    References
    ----------
    ISO/IEC 30134-6:2021, clause 5; Regulation (EU) 2024/1364, Annex III, point (c).

    Examples
    --------
    >>> float(erf(330.0, 1_100.0))
    0.3
    """
    reused, total = np.broadcast_arrays(
        _not_negative("reused_mwh", reused_mwh), _above_zero("facility_mwh", facility_mwh)
    )
    _require("reused_mwh", reused, reused <= total, "no more heat can be reused than energy is drawn")
    return np.asarray(reused / total)


def ref(
    guarantees_mwh: ArrayLike, power_purchase_mwh: ArrayLike, on_site_mwh: ArrayLike, facility_mwh: ArrayLike
) -> Floats:
    """Return the renewable energy factor, ``E_RES_TOT / E_DC``, at most 1.

    ``E_RES_TOT`` is the sum of guarantees of origin, power purchase agreements and
    generation on site; a guarantee that belongs to an agreement counts once, in one of the two.

    Parameters
    ----------
    guarantees_mwh, power_purchase_mwh, on_site_mwh : array_like
        Renewable energy by its title over a year [MWh], at least 0.
    facility_mwh : array_like
        Energy of the entire data centre [MWh], above 0.

    Returns
    -------
    numpy.ndarray
        REF [0-1]; energy bought beyond the own use does not raise it.

    Raises
    ------
    DataError
        Negative or missing energy.

    References
    ----------
    ISO/IEC 30134-3:2016, clause 5; Regulation (EU) 2024/1364, Annex III, point (d).

    Examples
    --------
    >>> float(ref(300.0, 200.0, 50.0, 1_100.0))
    0.5
    """
    renewable = (
        _not_negative("guarantees_mwh", guarantees_mwh)
        + _not_negative("power_purchase_mwh", power_purchase_mwh)
        + _not_negative("on_site_mwh", on_site_mwh)
    )
    return np.asarray(np.minimum(renewable / _above_zero("facility_mwh", facility_mwh), 1.0))


@dataclass(frozen=True)
class EuIndicators:
    """The sustainability indicators that a data centre of 500 kW or more reports in the European Union."""

    pue: float
    wue_l_per_kwh: float
    erf: float
    ref: float


def eu_2024_1364(
    *,
    facility_mwh: float,
    it_mwh: float,
    water_m3: float,
    reused_mwh: float,
    guarantees_mwh: float,
    power_purchase_mwh: float,
    on_site_mwh: float,
) -> EuIndicators:
    """Return the four indicators of the European reporting scheme from metered values: ``PUE, WUE, ERF, REF``.

    Each is the function of this module of the same name.

    Parameters
    ----------
    facility_mwh, it_mwh : float
        Energy of the data centre and of its IT over the calendar year, E_DC and E_IT [MWh].
    water_m3 : float
        Water taken in, W_IN [m3].
    reused_mwh : float
        Heat used outside, E_REUSE [MWh].
    guarantees_mwh, power_purchase_mwh, on_site_mwh : float
        Renewable energy by guarantees of origin, agreements and on site, each counted once [MWh].

    Returns
    -------
    EuIndicators
        Annex III (a) to (d).

    Raises
    ------
    DataError
        As each indicator does.

    References
    ----------
    Commission Delegated Regulation (EU) 2024/1364, article 3 and Annex III; metered as in Annex II.

    Examples
    --------
    >>> year = eu_2024_1364(
    ...     facility_mwh=1_100.0, it_mwh=1_000.0, water_m3=300.0, reused_mwh=330.0, guarantees_mwh=300.0,
    ...     power_purchase_mwh=200.0, on_site_mwh=50.0,
    ... )
    >>> year
    EuIndicators(pue=1.1, wue_l_per_kwh=0.3, erf=0.3, ref=0.5)
    """
    return EuIndicators(
        float(pue(facility_mwh, it_mwh)),
        float(wue_l_per_kwh(water_m3, it_mwh)),
        float(erf(reused_mwh, facility_mwh)),
        float(ref(guarantees_mwh, power_purchase_mwh, on_site_mwh, facility_mwh)),
    )


def sci_g_per_unit(
    energy_kwh: ArrayLike, ci_g_per_kwh: ArrayLike, embodied_g: ArrayLike, functional_units: ArrayLike
) -> Floats:
    """Return the software carbon intensity, ``(E I + M) / R``.

    Market instruments and offsets are excluded by the standard: `ci_g_per_kwh` is the
    location's, average or marginal.

    Parameters
    ----------
    energy_kwh : array_like
        Energy with the facility's share, E [kWh], at least 0.
    ci_g_per_kwh : array_like
        Carbon intensity of the location, I [gCO2e/kWh], at least 0.
    embodied_g : array_like
        Embodied carbon of the work, M [gCO2e], from `embodied_share_g`.
    functional_units : array_like
        Output of the work, R [any unit], above 0.

    Returns
    -------
    numpy.ndarray
        SCI [gCO2e per functional unit].

    Raises
    ------
    DataError
        Negative or missing figures, or no functional unit.

    References
    ----------
    ISO/IEC 21031:2024, clause 6 (methodology summary).

    Examples
    --------
    >>> float(sci_g_per_unit(10.0, 100.0, 500.0, 3.0))
    500.0
    """
    operational = _not_negative("energy_kwh", energy_kwh) * _not_negative("ci_g_per_kwh", ci_g_per_kwh)
    total = operational + _not_negative("embodied_g", embodied_g)
    return np.asarray(total / _above_zero("functional_units", functional_units))


def embodied_share_g(total_embodied_g: ArrayLike, time_share: ArrayLike, resource_share: ArrayLike) -> Floats:
    """Return the embodied carbon that is allocated to a piece of work, ``M = TE TS RS``.

    Parameters
    ----------
    total_embodied_g : array_like
        Embodied carbon of the hardware over its life, TE [gCO2e], at least 0.
    time_share : array_like
        Time reserved over expected life, TS [0-1].
    resource_share : array_like
        Resources reserved over the total, RS [0-1].

    Returns
    -------
    numpy.ndarray
        Embodied carbon of the work [gCO2e].

    Raises
    ------
    DataError
        A share outside 0 to 1, or negative carbon.

    References
    ----------
    ISO/IEC 21031:2024, clause 6: embodied emissions (M).

    Examples
    --------
    Half of a server of 3 t for a year out of five:

    >>> float(embodied_share_g(3e6, 1 / 5, 1 / 2))
    300000.0
    """
    return np.asarray(
        _not_negative("total_embodied_g", total_embodied_g)
        * _share("time_share", time_share)
        * _share("resource_share", resource_share)
    )


def cci_g_per_eflop(operational_g: ArrayLike, embodied_g: ArrayLike, utilised_eflop: ArrayLike) -> Floats:
    """Return the compute carbon intensity: embodied and operational carbon per utilised compute.

    Parameters
    ----------
    operational_g, embodied_g : array_like
        Carbon over the same time [gCO2e], at least 0.
    utilised_eflop : array_like
        Useful training compute done [EFLOP, 10^18 FLOP], above 0.

    Returns
    -------
    numpy.ndarray
        CCI [gCO2e/EFLOP].

    Raises
    ------
    DataError
        Negative or missing carbon, or no compute.

    References
    ----------
    Schneider et al. 2025, Life-cycle emissions of AI hardware, arXiv:2502.01671.

    Examples
    --------
    >>> float(cci_g_per_eflop(1.2e9, 0.3e9, 1.0e7))
    150.0
    """
    carbon = _not_negative("operational_g", operational_g) + _not_negative("embodied_g", embodied_g)
    return np.asarray(carbon / _above_zero("utilised_eflop", utilised_eflop))


def cfe_score(load_mwh: ArrayLike, contracted_mwh: ArrayLike, grid_cfe_share: ArrayLike) -> float:
    """Return the 24/7 carbon-free energy score, hour by hour, weighted by load.

    In each hour ``min(contracted, load)/load + (1 - that) * grid CFE``: contracted energy
    beyond the load of its own hour does not count.

    Parameters
    ----------
    load_mwh : array_like
        (t,) energy drawn in each hour [MWh], at least 0, not all 0.
    contracted_mwh : array_like
        (t,) carbon-free energy delivered under contract in that hour and grid [MWh], at least 0.
    grid_cfe_share : array_like
        (t,) or scalar carbon-free share of the grid in that hour [0-1].

    Returns
    -------
    float
        Score [0-1].

    Raises
    ------
    DataError
        Series of different length, a share outside 0 to 1, or no load at all.

    References
    ----------
    Google 2021, 24/7 Carbon-Free Energy: Methodologies and Metrics, section 2.

    Examples
    --------
    Two hours of 10 MWh; 15 MWh of sun in the first, none in the second; the grid is half clean:

    >>> cfe_score([10.0, 10.0], [15.0, 0.0], 0.5)
    0.75
    """
    load, contracted = _not_negative("load_mwh", load_mwh), _not_negative("contracted_mwh", contracted_mwh)
    grid = _share("grid_cfe_share", grid_cfe_share)
    if load.ndim != 1 or contracted.shape != load.shape or grid.shape not in ((), load.shape):
        raise DataError(
            f"shapes differ: load {load.shape}, contracted {contracted.shape}, grid {grid.shape}: give one value an hour"
        )
    if not load.sum() > 0:
        raise DataError("`load_mwh` is 0 in every hour: a score needs a load")
    own = np.minimum(contracted, load)
    return float((own + (load - own) * grid).sum() / load.sum())


def _require(name: str, values: Floats, good: Bools, fix: str) -> None:
    """Raise for invalid values, naming the first bad element."""
    if not np.all(good):
        index = int(np.flatnonzero(~np.atleast_1d(good))[0])
        raise DataError(f"`{name}` is {np.atleast_1d(values).flat[index]:g} at element {index}: {fix}")


def _above_zero(name: str, values: ArrayLike) -> Floats:
    array = np.asarray(values, dtype=float)
    _require(name, array, np.isfinite(array) & (array > 0), "give a number above 0")
    return array


def _not_negative(name: str, values: ArrayLike) -> Floats:
    array = np.asarray(values, dtype=float)
    _require(name, array, np.isfinite(array) & (array >= 0), "give a number of 0 or more")
    return array


def _share(name: str, values: ArrayLike) -> Floats:
    array = np.asarray(values, dtype=float)
    _require(name, array, (array >= 0) & (array <= 1), "give a share of 0 to 1")
    return array
