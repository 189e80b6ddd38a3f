"""The climate of the shipped places: a row of figures each, and their year as hours by temperature."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.errors import DataError
from siting.world.tables import read_table

if TYPE_CHECKING:
    from pandas import DataFrame

HOURS_PER_YEAR = 8760


@dataclass(frozen=True)
class ClimateHours:
    """The typical years of some places as bins of 1 K dry bulb by 1 K wet bulb.

    The arrays have one entry per bin: physics is run over them at once and brought back to
    places with `mean`.

    Parameters
    ----------
    places : tuple of (str, str)
        Set and id of each place, in the order asked for.
    place : numpy.ndarray
        Position of the bin's place in `places`.
    dry_bulb_c, wet_bulb_c : numpy.ndarray
        Middle of the bin [C]; the wet bulb never above the dry bulb.
    hours : numpy.ndarray
        Hours of the year in the bin [h]; 8760 in all for each place.
    """

    places: tuple[tuple[str, str], ...]
    place: NDArray[np.intp]
    dry_bulb_c: NDArray[np.float64]
    wet_bulb_c: NDArray[np.float64]
    hours: NDArray[np.float64]

    def mean(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
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
        Set (``sites`` or ``hubs``) and id of each place; a place may come twice.

    Returns
    -------
    pandas.DataFrame
        One row per place in the order asked for, with the columns and units of the table
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
    table = read_table("climate")
    rows = table.iloc[_positions(places, list(zip(table["set"], table["id"], strict=True)))]
    return rows.reset_index(drop=True)


def hours_of(places: Sequence[tuple[str, str]]) -> ClimateHours:
    """Return the typical years of places as arrays of bins.

    Parameters
    ----------
    places : sequence of (str, str)
        Set (``sites`` or ``hubs``) and id of each place; a place may come twice.

    Returns
    -------
    ClimateHours
        Bins of all places, place by place in the order asked for.

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
    table = read_table("climate_hours")
    blocks: dict[tuple[str, str], NDArray[np.intp]] = dict(table.groupby(["set", "id"], sort=False).indices)  # type: ignore[arg-type]
    _positions(places, list(blocks))
    rows = [blocks[kind, name] for kind, name in places]
    bins = table.iloc[np.concatenate(rows)] if rows else table.iloc[:0]
    return ClimateHours(
        places=tuple((kind, name) for kind, name in places),
        place=np.repeat(np.arange(len(rows)), [len(block) for block in rows]),
        dry_bulb_c=bins["dry_bulb_c"].to_numpy(dtype=np.float64),
        wet_bulb_c=bins["wet_bulb_c"].to_numpy(dtype=np.float64),
        hours=bins["hours"].to_numpy(dtype=np.float64),
    )


def _positions(places: Sequence[tuple[str, str]], known: Sequence[tuple[str, str]]) -> list[int]:
    """Return where each place stands in `known`, naming all that do not."""
    at = {place: position for position, place in enumerate(known)}
    absent = [f"{kind}: {name}" for kind, name in places if (kind, name) not in at]
    if absent:
        raise DataError(
            f"no climate for {len(absent)} place(s) ({', '.join(absent)}): exclude them, or use ids of the tables `sites` and `hubs`"
        )
    return [at[(kind, name)] for kind, name in places]
