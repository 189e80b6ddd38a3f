"""Electricity of a grid zone: carbon intensity by scope, signal and basis, history, trend and hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from siting.errors import DataError, ScenarioError, listed, nearest
from siting.units import Floats
from siting.world.tables import read_arrays, read_table

if TYPE_CHECKING:
    from pandas import DataFrame


Scope = Literal["lifecycle", "direct"]
Signal = Literal["average", "marginal"]
Basis = Literal["location", "market"]
Factors = Literal["unece2022", "ipcc2014"]
"""Life-cycle factors by which hydropower, nuclear, wind and solar power are counted, one set for all zones."""

FACTORS: Mapping[str, str] = MappingProxyType({"unece2022": "UNECE 2022", "ipcc2014": "IPCC 2014"})
"""Sets of life-cycle factors, and how they are cited."""

LEAST_YEARS_OF_A_TREND = 4
"""Fewest years of a trend (assumption)."""

_LIFECYCLE_COLUMN = {"unece2022": "ci_lifecycle_g_per_kwh", "ipcc2014": "ci_lifecycle_ipcc2014_g_per_kwh"}
_COLUMNS = {
    ("lifecycle", "average"): ("zone_intensity", "ci_lifecycle_g_per_kwh", "year", "ci_source", "ci_quality"),
    ("direct", "average"): ("zone_intensity", "ci_direct_g_per_kwh", "year", "ci_source", ""),
    ("direct", "marginal"): (
        "zone_signals",
        "ci_marginal_direct_g_per_kwh",
        "marginal_year",
        "marginal_source",
        "marginal_quality",
    ),
}
_DIRECT_IS = "modelled"
"""Direct averages are life-cycle values times a ratio: see the method of `zone_intensity`."""


def intensity_column(scope: str, signal: str, basis: str, factors: str = "unece2022") -> str:
    """Return the column of gathered places that holds the intensity counted by a method.

    Parameters
    ----------
    scope : {"lifecycle", "direct"}
        With or without fuel supply and plant.
    signal : {"average", "marginal"}
        Emissions of the grid's average unit, or of the unit that responds to a change.
    basis : {"location", "market"}
        Emissions of the grid, or of contracts.
    factors : {"unece2022", "ipcc2014"}
        Set of life-cycle factors; direct emissions do not depend on it.

    Returns
    -------
    str
        Column name, in g/kWh.

    Raises
    ------
    ScenarioError
        An unknown word, or words that cannot be combined; all faults in one message.

    Examples
    --------
    >>> intensity_column("direct", "marginal", "location")
    'ci_marginal_direct_g_per_kwh'
    """
    faults = [
        f"`{name}` is `{word}`{nearest(word, known) or f': use {" or ".join(known)}'}"
        for name, word, known in (
            ("scope", scope, ("lifecycle", "direct")),
            ("signal", signal, ("average", "marginal")),
            ("basis", basis, ("location", "market")),
            ("factors", factors, tuple(FACTORS)),
        )
        if word not in known
    ]
    if signal == "marginal" and scope == "lifecycle":
        faults.append(
            'life-cycle with marginal is not counted: every marginal factor is direct; set scope = "direct", '
            'or signal = "average"'
        )
    if basis == "market":
        faults.append(
            'basis "market" needs contracts (zone, MWh, factor), which a scenario has and a zone has not: give '
            '`[[contracts]]` to a plan, or set basis = "location"'
        )
    if faults:
        raise ScenarioError.from_faults("invalid `carbon` method:", faults)
    return _LIFECYCLE_COLUMN[factors] if scope == "lifecycle" else _COLUMNS[scope, signal][1]


def intensity(
    zone_ids: Sequence[str],
    *,
    scope: str = "lifecycle",
    signal: str = "average",
    basis: str = "location",
    factors: str = "unece2022",
) -> "DataFrame":
    """Return the carbon intensity of zones by one method, so that they can be ranked.

    Parameters
    ----------
    zone_ids : sequence of str
        Grid zones, keys of the table `zones`.
    scope, signal, basis, factors : str
        As in `intensity_column`; one method for all zones, so that a ranking never mixes methods.

    Returns
    -------
    pandas.DataFrame
        Indexed by zone: `ci_g_per_kwh` [g/kWh], NaN where unknown; `low_g_per_kwh` and `high_g_per_kwh`, half the
        difference between two sources to either side (NaN where there is one source); `year`, `source`, `quality`.

    Raises
    ------
    ScenarioError
        A zone that is not known, or an invalid method.

    Examples
    --------
    >>> intensity(["SE-SE1"]).at["SE-SE1", "source"][:16]
    'Electricity Maps'
    >>> bool(intensity(["SJ"])["ci_g_per_kwh"].isna().all())  # Svalbard: unknown stays unknown
    True
    """
    value = intensity_column(scope, signal, basis, factors)
    _known(zone_ids)
    table, _, year, source, quality = _COLUMNS[scope, signal]
    rows = read_table(table).set_index("zone_id").reindex(list(zone_ids))
    found = rows[[value, year, source]].set_axis(["ci_g_per_kwh", "year", "source"], axis=1)
    missing = found["ci_g_per_kwh"].isna()
    words = rows[quality] if quality else rows[value].map(lambda _: _DIRECT_IS)
    half = uncertainty(zone_ids) / 2 if signal == "average" else np.full(len(found), np.nan)
    return found.assign(
        quality=words.mask(missing),
        low_g_per_kwh=found["ci_g_per_kwh"] * (1 - half),
        high_g_per_kwh=found["ci_g_per_kwh"] * (1 + half),
    )


def uncertainty(zone_ids: Sequence[str]) -> Floats:
    """Return the difference of two sources of the average intensity over their mean.

    Parameters
    ----------
    zone_ids : sequence of str
        Grid zones.

    Returns
    -------
    numpy.ndarray
        Relative difference of the zone's country in one year [-]; NaN where only one source exists.

    Raises
    ------
    ScenarioError
        A zone that is not known.

    Examples
    --------
    >>> bool(0 < uncertainty(["FR"])[0] < 1)
    True
    """
    _known(zone_ids)
    differences = read_table("zone_signals").set_index("zone_id")["relative_difference"]
    return differences.reindex(list(zone_ids)).to_numpy(float)


def other_factors(zone_ids: Sequence[str], factors: str) -> Floats:
    """Return the life-cycle intensity of zones by the other set of factors over that by a set.

    Parameters
    ----------
    zone_ids : sequence of str
        Grid zones.
    factors : {"unece2022", "ipcc2014"}
        The set that a plan counts by.

    Returns
    -------
    numpy.ndarray
        Ratio of each zone [-]; NaN where the intensity is unknown.

    Examples
    --------
    >>> norway, poland = other_factors(["NO-NO5", "PL"], "unece2022")
    >>> bool(norway > 1.5), bool(abs(poland - 1) < 0.05)  # hydropower counts 10.7 g/kWh or 24
    (True, True)
    """
    _known(zone_ids)
    table = read_table("zone_intensity").set_index("zone_id").reindex(list(zone_ids))
    own = intensity_column("lifecycle", "average", "location", factors)
    other = next(column for column in _LIFECYCLE_COLUMN.values() if column != own)
    return (table[other] / table[own]).to_numpy(float)


def five_years(zone_ids: Sequence[str]) -> "DataFrame":
    """Return the lowest and highest of five years over the latest, of zones that hydropower dominates.

    Parameters
    ----------
    zone_ids : sequence of str
        Grid zones.

    Returns
    -------
    pandas.DataFrame
        Indexed by zone: `low` and `high` [-], NaN where hydropower is less than half of consumption or unknown.

    Examples
    --------
    >>> tasmania = five_years(["AU-TAS"]).loc["AU-TAS"]
    >>> bool(tasmania["low"] < 0.4), bool(tasmania["high"] > 1.5)
    (True, True)
    """
    _known(zone_ids)
    table = read_table("zone_intensity").set_index("zone_id").reindex(list(zone_ids))
    ends = {end: table[f"ci_lifecycle_{end}_g_per_kwh"] / table["ci_lifecycle_g_per_kwh"] for end in ("low", "high")}
    return table[[]].assign(**ends)


def history(zone_id: str) -> "DataFrame":
    """Return the intensity and shares of a zone year by year.

    Parameters
    ----------
    zone_id : str
        Grid zone.

    Returns
    -------
    pandas.DataFrame
        Indexed by year: `ci_lifecycle_g_per_kwh` (UNECE 2022), `ci_lifecycle_ipcc2014_g_per_kwh`, `renewable_share`, `carbon_free_share`; no rows where unknown.

    Raises
    ------
    ScenarioError
        The zone is not known.

    Examples
    --------
    >>> history("SE-SE1").index.tolist()
    [2021, 2022, 2023, 2024, 2025]
    """
    _known([zone_id])
    table = read_table("zone_history")
    return table[table["zone_id"] == zone_id].drop(columns="zone_id").set_index("year").sort_index()


@dataclass(frozen=True)
class Trend:
    """A straight line through the years of a zone.

    Parameters
    ----------
    slope_g_per_kwh_per_year : float
        Change of the life-cycle intensity a year [g/kWh/a].
    slope_error_g_per_kwh_per_year : float
        Standard error of the slope [g/kWh/a].
    years : tuple of int
        Years of the fit.
    quality : str
        ``modelled``: a line through few years is not a forecast.
    """

    slope_g_per_kwh_per_year: float
    slope_error_g_per_kwh_per_year: float
    years: tuple[int, ...]
    quality: str = "modelled"


def trend(zone_id: str) -> Trend:
    """Return the least-squares trend of a zone's life-cycle intensity.

    Parameters
    ----------
    zone_id : str
        Grid zone.

    Returns
    -------
    Trend
        Slope with its standard error.

    Raises
    ------
    DataError
        Fewer than four years are known.
    ScenarioError
        The zone is not known.

    References
    ----------
    Ordinary least squares; the error assumes independent years.

    Examples
    --------
    >>> trend("GB").slope_g_per_kwh_per_year < 0
    True
    """
    past = history(zone_id)["ci_lifecycle_g_per_kwh"]
    if len(past) < LEAST_YEARS_OF_A_TREND:
        raise DataError(
            f"zone {zone_id} has {len(past)} year(s) of intensity, and a trend needs {LEAST_YEARS_OF_A_TREND}: "
            "give the intensity of your year yourself"
        )
    year, value = past.index.to_numpy(float), past.to_numpy(float)
    centred = year - year.mean()
    slope = float(centred @ value / (centred @ centred))
    residual = value - value.mean() - slope * centred
    error = float(np.sqrt(residual @ residual / (len(value) - 2) / (centred @ centred)))
    return Trend(slope, error, tuple(int(y) for y in past.index))


@dataclass(frozen=True)
class ZoneHours:
    """Hourly shape of a zone's year in UTC from 1 January.

    Parameters
    ----------
    ci_shape : numpy.ndarray
        (8760,) life-cycle intensity of generation over the year's mean [-]; the mean is 1.
    cfe_share : numpy.ndarray or None
        (8760,) carbon-free share of generation [0-1]; None where it is unknown.
    of_zone : str
        Zone of the shape: the zone itself, or its country.
    year : int
        Calendar year of the shape; 29 February is left out.
    quality : str
        ``derived``, or ``modelled`` where a country's shape is used for a part of it.
    """

    ci_shape: Floats
    cfe_share: Floats | None
    of_zone: str
    year: int
    quality: str


def hours(zone_id: str) -> ZoneHours:
    """Return the hourly shape of a zone's carbon intensity.

    Parameters
    ----------
    zone_id : str
        Grid zone.

    Returns
    -------
    ZoneHours
        The zone's own shape, else its country's.

    Raises
    ------
    DataError
        Neither the zone nor its country has a shape.
    ScenarioError
        The zone is not known.

    Examples
    --------
    >>> year = hours("SE-SE1")
    >>> year.of_zone, year.quality, year.ci_shape.shape
    ('SE', 'modelled', (8760,))
    """
    _known([zone_id])
    arrays = read_arrays("zone_hours")
    shapes = {str(z): i for i, z in enumerate(arrays["zone_id"])}
    country = read_table("zones").set_index("zone_id").at[zone_id, "country_iso2"]
    of_zone = zone_id if zone_id in shapes else str(country)
    if of_zone not in shapes:
        raise DataError(
            f"zone {zone_id} has no hourly shape, and neither has its country: use yearly means, or one of "
            f"{listed(sorted(shapes))}"
        )
    row = shapes[of_zone]
    shape = arrays["ci_shape_permille"][row] / 1000.0
    shares = {str(z): i for i, z in enumerate(arrays["cfe_zone_id"])}
    share = arrays["cfe_permille"][shares[of_zone]] / 1000.0 if of_zone in shares else None
    quality = "derived" if of_zone == zone_id else "modelled"
    return ZoneHours(shape / shape.mean(), share, of_zone, int(arrays["year"][row]), quality)


def _known(zone_ids: Sequence[str]) -> None:
    """Raise for unknown zones, with the nearest names."""
    known = set(read_table("zones")["zone_id"])
    strangers = [z for z in zone_ids if z not in known]
    if strangers:
        lists = ": `siting data show zones` lists them"
        faults = [f"`{z}`{nearest(str(z), sorted(known)) or lists}" for z in strangers]
        raise ScenarioError.from_faults("no grid zone of that name:", faults)
