"""Least-squares line of annual PUE on cooling degree-days, and its residual."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.physics import cooling
from siting.units import Floats
from siting.world.climate import hours_of, summaries_of
from siting.world.tables import read_table

COLUMNS = {18: "cdd18_k_day", 21: "cdd21_k_day"}
"""Degree-days of the climate table by base [C]; 21 is that of Regulation (EU) 2024/1364, Annex II."""

FEWEST_PLACES = 3


def pue_by_degree_days(
    designs: Sequence[str] | None = None,
    places: Sequence[tuple[str, str]] | None = None,
    base_c: int = 21,
    *,
    sea_c: ArrayLike | None = None,
) -> pd.DataFrame:
    """Fit ``PUE = intercept + slope * CDD`` over places, one line per design, by least squares.

    PUE is the mean over each place's typical year with the design at its published midpoints. The line
    simplifies that model: it has neither humidity nor altitude nor the distribution of temperature.

    Parameters
    ----------
    designs : sequence of str, optional
        Names of `cooling.DESIGNS`; those that need no sea if not given.
    places : sequence of (str, str), optional
        Set and id of places with a climate, at least 3; all shipped sites if not given.
    base_c : int
        Base of the degree-days [C], 18 or 21.
    sea_c : array_like, optional
        One temperature of the sea per place [C], for designs that need it.

    Returns
    -------
    pandas.DataFrame
        One row per design: `design`, `base_c` [C], `places`, `slope_per_k_day` [1/(K day)], `intercept` [-],
        `r2` [-], `residual_sd` [-] (of n - 2 degrees of freedom), `cdd_min_k_day`, `cdd_max_k_day`
        (the line is valid between them).

    Raises
    ------
    siting.errors.DataError
        Another base, too few places, identical degree-days, or an error of `cooling.balance`.

    References
    ----------
    Base 21 C: Commission Delegated Regulation (EU) 2024/1364, Annex II, point 1(n).

    Examples
    --------
    >>> line = pue_by_degree_days(["waterside_economizer"]).iloc[0]
    >>> bool(line.slope_per_k_day > 0), bool(line.places > 2500)
    (True, True)
    """
    designs = [name for name, design in cooling.DESIGNS.items() if not design.needs_sea] if designs is None else designs
    if base_c not in COLUMNS:
        raise DataError(
            f"`base_c` is {base_c!r}: use one of {', '.join(map(str, COLUMNS))}, the bases of the climate table"
        )
    if places is None:
        table = read_table("climate")
        places = [("sites", name) for name in table.loc[table["set"] == "sites", "id"]]
    if len(places) < FEWEST_PLACES:
        raise DataError(f"a line through {len(places)} places has no meaning: give at least {FEWEST_PLACES}")
    climate = summaries_of(places)
    degree_days = climate[COLUMNS[base_c]].to_numpy(float)
    if np.ptp(degree_days) == 0.0:
        raise DataError(f"all {len(places)} places have {degree_days[0]:g} K day: give places of different climates")
    pressure = climate["pressure_pa"].to_numpy(float)
    rows = [
        {"design": name, "base_c": base_c, **_line(degree_days, annual_pue(name, places, pressure, sea_c=sea_c))}
        for name in designs
    ]
    return pd.DataFrame(rows)


def annual_pue(
    design: str,
    places: Sequence[tuple[str, str]],
    pressure_pa: ArrayLike,
    parameters: cooling.CoolingParameters | None = None,
    *,
    sea_c: ArrayLike | None = None,
) -> Floats:
    """Return the mean PUE of a design over the typical year of each place [-].

    Parameters
    ----------
    design : str
        A name of `cooling.DESIGNS`.
    places : sequence of (str, str)
        Set and id of places with a climate.
    pressure_pa : array_like
        One pressure per place [Pa].
    parameters : CoolingParameters, optional
        The plant; default the published midpoints.
    sea_c : array_like, optional
        One temperature of the sea per place [C], for designs that need it.

    Returns
    -------
    numpy.ndarray
        PUE, in the order of `places`.

    Raises
    ------
    siting.errors.DataError
        A place without a climate, or an error of `cooling.balance`.

    Examples
    --------
    >>> annual_pue("direct_liquid", [("sites", "lulea")], [101325.0]).round(1).tolist()
    [1.1]
    """
    year = hours_of(places)
    pressure = np.asarray(pressure_pa, dtype=np.float64)[year.place]
    sea = None
    if cooling.DESIGNS[design].needs_sea and sea_c is not None:
        sea = np.asarray(sea_c, dtype=np.float64)[year.place]
    # the wet bulb of a 1 K bin is rounded and can exceed the dry bulb by up to half a kelvin
    wet = np.minimum(year.wet_bulb_c, year.dry_bulb_c)
    return year.mean(cooling.pue(design, year.dry_bulb_c, wet, pressure, parameters, sea_c=sea))


def _line(degree_days: Floats, pue: Floats) -> dict[str, float]:
    """Return the least-squares line of PUE on degree-days."""
    slope, intercept = np.polyfit(degree_days, pue, 1)
    residual = pue - (intercept + slope * degree_days)
    spread = float(((pue - pue.mean()) ** 2).sum())
    return {
        "places": len(pue),
        "slope_per_k_day": float(slope),
        "intercept": float(intercept),
        "r2": 1.0 - float((residual**2).sum()) / spread if spread > 0.0 else float("nan"),
        "residual_sd": float(np.sqrt((residual**2).sum() / (len(pue) - 2))),
        "cdd_min_k_day": float(degree_days.min()),
        "cdd_max_k_day": float(degree_days.max()),
    }
