"""Climate of places by set and id: one row of annual values each, and the typical year as bins of hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.errors import DataError, listed
from siting.units import HOURS_PER_YEAR, Floats, Ints
from siting.world.climate.summary import Bins, climate_of_sites
from siting.world.tables import read_arrays, read_table
from siting.world.user_files.file_versions import Version, version_of

if TYPE_CHECKING:
    from pandas import DataFrame

USER_SET = "own"
"""Set of user places: their id has the coordinates, so that the climate can be estimated from it."""

SETS = ("sites", "hubs")
"""Sets whose climate is shipped, in the order of their numbers in ``climate_hours``."""


@dataclass(frozen=True)
class ClimateHours:
    """Typical years of places as bins of 1 K dry bulb by 1 K wet bulb.

    The arrays have one entry per bin: physics is computed for all bins at once, and `mean` returns
    to places.

    Parameters
    ----------
    places : tuple of (str, str)
        Set and id of each place, in the order requested.
    place : numpy.ndarray
        Position of the bin's place in `places`.
    dry_bulb_c, wet_bulb_c : numpy.ndarray
        Middle of the bin [C]; the wet bulb never above the dry bulb.
    hours : numpy.ndarray
        Hours of the year in the bin [h]; 8760 in all for each place.
    """

    places: tuple[tuple[str, str], ...]
    place: Ints
    dry_bulb_c: Floats
    wet_bulb_c: Floats
    hours: Floats

    def mean(self, values: Floats) -> Floats:
        """Average values of bins over each place's year.

        Parameters
        ----------
        values : numpy.ndarray
            One value per bin, of any unit.

        Returns
        -------
        numpy.ndarray
            The year's mean per place, in the order of `places`, same unit.

        Raises
        ------
        siting.errors.DataError
            Not one value per bin.

        Examples
        --------
        >>> year = hours_of([("sites", "singapore"), ("sites", "longyearbyen")])
        >>> (year.mean(year.dry_bulb_c) > 0).tolist()
        [True, False]
        """
        if np.shape(values) != self.hours.shape:
            raise DataError(
                f"`values` has shape {np.shape(values)}, the bins have {self.hours.shape}: pass one value per bin"
            )
        total = np.bincount(self.place, weights=self.hours * values, minlength=len(self.places))
        return np.asarray(total / HOURS_PER_YEAR)


def summaries_of(places: Sequence[tuple[str, str]]) -> "DataFrame":
    """Return monthly means, degree-days, extremes, quality and error of places.

    Parameters
    ----------
    places : sequence of (str, str)
        Set (``sites``, ``hubs`` or `USER_SET`) and id of each place; a place may occur twice.

    Returns
    -------
    pandas.DataFrame
        One row per place in the requested order, with the columns and units of the table
        ``climate``.

    Raises
    ------
    siting.errors.DataError
        A place has no climate; the message names all such places.

    Examples
    --------
    >>> summaries_of([("sites", "longyearbyen")])["cdd18_k_day"].tolist()
    [0.0]
    """
    import pandas as pd

    table, own = read_table("climate"), _user_climates(places)
    shipped = [place for place in places if place not in own]
    rows = table.iloc[_positions(shipped, list(zip(table["set"], table["id"], strict=True)))]
    made = [{"set": kind, "id": name} | own[kind, name][0] for kind, name in places if (kind, name) in own]
    if not made:
        return rows.reset_index(drop=True)
    both = pd.concat([rows, pd.DataFrame(made, columns=table.columns)], ignore_index=True)
    order = [*(k for k, place in enumerate(places) if place not in own), *(k for k, p in enumerate(places) if p in own)]
    return both.iloc[np.argsort(order)].reset_index(drop=True)


def hours_of(places: Sequence[tuple[str, str]]) -> ClimateHours:
    """Return the typical years of places as arrays of bins.

    Parameters
    ----------
    places : sequence of (str, str)
        Set (``sites``, ``hubs`` or `USER_SET`) and id of each place; a place may occur twice.

    Returns
    -------
    ClimateHours
        Bins of all places, place by place in the requested order.

    Raises
    ------
    siting.errors.DataError
        A place has no climate; the message names all such places.

    Examples
    --------
    >>> year = hours_of([("sites", "lulea"), ("hubs", "singapore")])
    >>> np.bincount(year.place, weights=year.hours).tolist()
    [8760.0, 8760.0]
    """
    own, blocks = _user_climates(places), blocks_of("climate_hours", "hours")
    _positions([place for place in places if place not in own], list(blocks))
    arrays = read_arrays("climate_hours")
    names = ("dry_bulb_c", "wet_bulb_c", "hours")
    bins = [own[p][1] if p in own else tuple(arrays[name][blocks[p]] for name in names) for p in places]
    dry, wet, hours = (
        np.concatenate([np.empty(0), *(one[k] for one in bins)]).astype(np.float64) for k in range(len(names))
    )
    return ClimateHours(
        places=tuple((kind, name) for kind, name in places),
        place=np.repeat(np.arange(len(bins)), [len(one[0]) for one in bins]),
        dry_bulb_c=dry,
        wet_bulb_c=wet,
        hours=hours,
    )


def user_place_id(lon: float, lat: float, elevation_m: float = np.nan, weather_file: Path | str | None = None) -> str:
    """Return the climate id of a user place in `USER_SET`.

    Parameters
    ----------
    lon, lat : float
        The place [degree].
    elevation_m : float
        Its elevation [m]; NaN uses the grid's.
    weather_file : path, optional
        EPW or CSV file that replaces the estimate.

    Returns
    -------
    str
        Coordinates, elevation and file: the inputs of the climate.

    Examples
    --------
    >>> user_place_id(22.15, 65.58)
    '22.15 65.58 nan '
    >>> hours_of([(USER_SET, user_place_id(15.63, 78.22))]).hours.sum().item()
    8760.0
    """
    file = "" if weather_file is None else str(Path(weather_file).resolve())
    return f"{float(lon)!r} {float(lat)!r} {round(float(elevation_m), 1)!r} {file}"


def _user_climates(places: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[dict[str, Any], Bins]]:
    """Estimate the climates of user places, those not in the cache all at once."""
    wanted = tuple(dict.fromkeys(name for kind, name in places if kind == USER_SET))
    if not wanted:
        return {}
    return {(USER_SET, name): made for name, made in zip(wanted, _estimated(wanted, _versions(wanted)), strict=True)}


def _versions(ids: Sequence[str]) -> tuple[Version | None, ...]:
    """Return what identifies the content of each weather file: part of the cache key, so that a new version is read."""
    files = [name.split(" ", 3)[3] for name in ids]
    return tuple(version_of(Path(file)) if file and Path(file).exists() else None for file in files)


@lru_cache(maxsize=8)
def _estimated(ids: tuple[str, ...], _of_versions: tuple[Version | None, ...]) -> list[tuple[dict[str, Any], Bins]]:
    """Return row and bins of user places by their ids."""
    parts = [name.split(" ", 3) for name in ids]
    numbers = np.array([[float(word) for word in part[:3]] for part in parts])
    rows, bins = climate_of_sites(numbers[:, 0], numbers[:, 1], numbers[:, 2], [part[3] or None for part in parts])
    return [({str(k): v for k, v in row.items()}, one) for row, one in zip(rows.to_dict("records"), bins, strict=True)]


@cache
def blocks_of(table: str, values: str) -> Mapping[tuple[str, str], slice]:
    """Return the slice of each shipped place in the `values` of a table of bins."""
    arrays = read_arrays(table)
    ends = np.append(arrays["start"][1:], len(arrays[values]))
    keys = zip(arrays["set"], arrays["id"], arrays["start"], ends, strict=True)
    return {(SETS[kind], str(name)): slice(int(start), int(end)) for kind, name, start, end in keys}


def climate_rows(places: Sequence[tuple[str, str]]) -> "DataFrame":
    """Return the rows of `summaries_of` for the places that have a climate, each once."""
    table = read_table("climate")
    shipped = set(zip(table["set"], table["id"], strict=True))
    known = dict.fromkeys(place for place in places if place[0] == USER_SET or place in shipped)
    return summaries_of(list(known))


def _positions(places: Sequence[tuple[str, str]], known: Sequence[tuple[str, str]]) -> list[int]:
    """Return the position of each place in `known`; the error names all that are not in it."""
    at = {place: position for position, place in enumerate(known)}
    absent = [f"{kind}: {name}" for kind, name in places if (kind, name) not in at]
    if absent:
        raise DataError(
            f"no climate for {len(absent)} place(s) ({listed(absent)}): exclude them, or use ids of the tables `sites` and `hubs`"
        )
    return [at[(kind, name)] for kind, name in places]
