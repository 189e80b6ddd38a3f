"""Climate of one place: an estimate for any point on Earth, or the user's weather file."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from siting.errors import DataError
from siting.physics.air.psychrometrics import HIGHEST_ELEVATION_M, LOWEST_ELEVATION_M
from siting.units import HOURS_PER_YEAR, Bools, Floats
from siting.world.climate.estimate_inputs import EstimateInputs, estimate_inputs
from siting.world.climate.months import FAR_FROM_NORMALS_KM, bilinear
from siting.world.climate.typical_year import typical_years
from siting.world.tables import resource

NORTHERNMOST_MEASURED_LAT, SOUTHERNMOST_MEASURED_LAT = 54.6, -46.4
"""Latitudes beyond which too few stations lie to measure an error: two hourly years in the north, none in the south."""

LARGEST_OFFSET_K = 10.0
"""Largest accepted change of climate [K] (assumption)."""


@dataclass(frozen=True, eq=False)
class Climate:
    """8760 hours of a place, with their quality and error.

    Parameters
    ----------
    dry_bulb_c, wet_bulb_c : numpy.ndarray
        (8760,) from 1 January, local standard time [C]; read-only.
    pressure_pa : float
        Mean air pressure [Pa].
    lon, lat, elevation_m : float
        The place [degree], [m]; NaN where a weather file has no value.
    quality : str
        ``modelled`` for an estimate, ``unverified`` for a user file.
    error : str
        Error of the hours, and what is unknown or assumed.
    station : str
        Name of the place in a weather file, empty where there is none.
    """

    dry_bulb_c: Floats
    wet_bulb_c: Floats
    pressure_pa: float
    lon: float
    lat: float
    elevation_m: float
    quality: str
    error: str
    station: str = ""

    def __post_init__(self) -> None:
        """Keep the hours from being written to."""
        for hours in (self.dry_bulb_c, self.wet_bulb_c):
            hours.setflags(write=False)

    def cdd(self, base_c: float) -> float:
        """Return cooling degree-days of the year: daily means above a base.

        Parameters
        ----------
        base_c : float
            Base temperature [C].

        Returns
        -------
        float
            Degree-days [K day].

        Examples
        --------
        >>> climate_at(15.63, 78.22).cdd(18.0)
        0.0
        """
        return float(cooling_degree_days(self.dry_bulb_c, _base(base_c)))

    def hdd(self, base_c: float) -> float:
        """Return heating degree-days of the year [K day]: daily means below a base [C]."""
        return float(heating_degree_days(self.dry_bulb_c, _base(base_c)))

    def hours_at_or_below(self, dry_bulb_c: float | None = None, wet_bulb_c: float | None = None) -> int:
        """Count the hours at or below a dry bulb, a wet bulb, or both at once.

        Parameters
        ----------
        dry_bulb_c, wet_bulb_c : float, optional
            Limits [C]; a limit of None is ignored.

        Returns
        -------
        int
            Hours of the year [h].

        Raises
        ------
        siting.errors.DataError
            Neither limit is given, or one is not a number.

        Examples
        --------
        >>> climate_at(15.63, 78.22).hours_at_or_below(dry_bulb_c=25.0)
        8760
        """
        if dry_bulb_c is None and wet_bulb_c is None:
            raise DataError("hours_at_or_below needs a limit: give `dry_bulb_c`, `wet_bulb_c` or both, in C")
        below = np.ones(HOURS_PER_YEAR, dtype=bool)
        for hours, limit in ((self.dry_bulb_c, dry_bulb_c), (self.wet_bulb_c, wet_bulb_c)):
            if limit is not None:
                below &= hours <= _base(limit)
        return int(below.sum())


def cooling_degree_days(dry_bulb_c: Floats, base_c: float) -> Floats:
    """Return degree-days [K day] of (..., 8760) hours: daily means above a base [C]."""
    return np.asarray(np.maximum(_day_means(dry_bulb_c) - base_c, 0).sum(axis=-1))


def heating_degree_days(dry_bulb_c: Floats, base_c: float) -> Floats:
    """Return degree-days [K day] of (..., 8760) hours: daily means below a base [C]."""
    return np.asarray(np.maximum(base_c - _day_means(dry_bulb_c), 0).sum(axis=-1))


def _day_means(hours: Floats) -> Floats:
    return np.asarray(hours.reshape(*hours.shape[:-1], 365, 24).mean(axis=-1))


def _base(temperature_c: float) -> float:
    if not np.isfinite(temperature_c):
        raise DataError(f"a temperature limit is {temperature_c}: give a finite number in C")
    return float(temperature_c)


def climate_at(lon: float, lat: float, offset_k: float = 0.0, *, elevation_m: float | None = None) -> Climate:
    """Estimate the typical year of any point on Earth, 2000-2025.

    Monthly means come from ERA5 at the point and its elevation, humidity and daily range from
    climate normals, both corrected by weather stations; the hours come from the most similar
    observed years. See ``docs/accuracy.md`` for the error.

    Parameters
    ----------
    lon, lat : float
        The place, -180..180 and -90..90 [degree].
    offset_k : float
        Added to every monthly mean, the relative humidity kept, -10..10 [K]; 0 is 2000-2025.
    elevation_m : float, optional
        Elevation [m], -500..9000; that of the quarter-degree grid if not given, which `error` states.

    Returns
    -------
    Climate
        Hours, degree-days, quality and error.

    Raises
    ------
    siting.errors.DataError
        A coordinate, elevation or offset is missing or out of range; all are named.

    References
    ----------
    Hersbach et al. (2020), https://doi.org/10.1002/qj.3803; New et al. (2002),
    https://doi.org/10.3354/cr021001.

    Examples
    --------
    >>> lulea = climate_at(22.15, 65.58)
    >>> lulea.dry_bulb_c.shape, lulea.quality, lulea.cdd(18.0) < 100
    ((8760,), 'modelled', True)
    """
    rise = np.nan if elevation_m is None else elevation_m
    at = checked_places([lon], [lat], [rise], offset_k)
    year = typical_years(estimate_inputs(), at[0], at[1], at[2], offset_k=offset_k)
    return Climate(
        dry_bulb_c=year.dry_bulb_c[0],
        wet_bulb_c=year.wet_bulb_c[0],
        pressure_pa=float(year.pressure_pa[0]),
        lon=float(lon),
        lat=float(lat),
        elevation_m=float(at[2][0]),
        quality="modelled",
        error=error_sentences(at[0], at[1], np.array([np.isnan(rise)]), year.km_to_normals)[0],
    )


def checked_places(
    lon: ArrayLike,
    lat: ArrayLike,
    elevation_m: ArrayLike,
    offset_k: float = 0.0,
    *,
    known: EstimateInputs | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Return places as arrays, the grid's elevation where it is NaN.

    Raises
    ------
    siting.errors.DataError
        Anything missing or out of range, all at once.
    """
    lon, lat, rise = (np.asarray(values, dtype=np.float64) for values in (lon, lat, elevation_m))
    ranges = (
        ("lon", lon, -180.0, 180.0, "give a longitude in degrees"),
        ("lat", lat, -90.0, 90.0, "give a latitude in degrees; longitude comes first"),
        (
            "elevation_m",
            np.nan_to_num(rise, nan=0.0, posinf=np.inf),
            LOWEST_ELEVATION_M,
            HIGHEST_ELEVATION_M,
            "give metres",
        ),
        ("offset_k", np.atleast_1d(np.float64(offset_k)), -LARGEST_OFFSET_K, LARGEST_OFFSET_K, "give kelvin"),
    )
    faults = []
    for name, values, low, high, fix in ranges:
        bad = np.flatnonzero(~((values >= low) & (values <= high)))
        if len(bad):
            more = f" (place {bad[0]}, {len(bad)} faulty in all)" if len(values) > 1 else ""
            faults.append(f"`{name}` is {values[bad[0]]:g}{more}: {fix} between {low:g} and {high:g}")
    if faults:
        raise DataError.from_faults("no climate for this place:", faults)
    grid = (estimate_inputs() if known is None else known).grid
    return lon, lat, np.where(np.isnan(rise), bilinear(grid.elevation_m, lon, lat), rise)


def error_sentences(
    lon: Floats,
    lat: Floats,
    guessed_elevation: Bools,
    km_to_normals: Floats,
    *,
    known: EstimateInputs | None = None,
    measured: str | None = None,
) -> list[str]:
    """Return a text per place: error of its hours, and what is unknown."""
    if measured is None:
        measured = str(resource("climate_years").descriptor["measured_error"])
    near_land = (
        bilinear((estimate_inputs() if known is None else known).grid.near_land.astype(np.float32), lon, lat) > 0
    )
    texts = []
    for place_lat, guessed, km, on_land in zip(lat, guessed_elevation, km_to_normals, near_land, strict=True):
        words = [measured]
        if not SOUTHERNMOST_MEASURED_LAT <= place_lat <= NORTHERNMOST_MEASURED_LAT:
            words = [
                f"error unmeasured: only two observed hourly years (57.7 and 64.8 N) are above {NORTHERNMOST_MEASURED_LAT} N, "
                f"none is below {-SOUTHERNMOST_MEASURED_LAT} S"
            ]
        if not on_land:
            words = ["open sea, more than 50 km from land: error unmeasured"]
        if km > FAR_FROM_NORMALS_KM:
            words.append(
                f"humidity and daily range neutral (assumption): the nearest climate normal is {km:.0f} km away"
            )
        if guessed:
            words.append("elevation that of the quarter-degree grid: 100 m more make it 0.5 K colder")
        texts.append("; ".join(words))
    return texts
