"""How the carbon intensity of a place's grid falls on the hours of its climate, bin by bin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import package as pk
import pandas as pd
from climate import SETS, SOURCES, _places

from siting.errors import DataError
from siting.world import grid
from siting.world.climate.estimate_inputs import estimate_inputs
from siting.world.climate.typical_year import CHUNK, typical_years
from siting.world.climate.weather_carbon_bins import ci_hours_of

STEP_HOURS = 0.05
"""Weights are rounded to this [h]."""

CI_HOURS = pk.Resource(
    name="ci_hours",
    citation="hourly generation by fuel: EIA-930, ENTSO-E; hours of the climate",
    path="climate/ci_hours.npz",
    title="Carbon intensity by the weather of its hour",
    description=(
        "For each bin of dry and wet bulb of a place, its hours weighted by the intensity of the grid in them over the "
        "year's mean: what the covariance of PUE and intensity is counted from. Places whose zone, or its country, has an "
        "hourly shape."
    ),
    year="2019-2022 by zone; climate 2000-2025",
    quality="modelled",
    method=(
        "Hours of the typical year (local standard time, taken as UTC + longitude/15 rounded) beside the hours of the zone's "
        "shape (UTC). Season and time of day are kept; the weather of single days is not that of the shape's year, so "
        "that what both owe to one front or one calm is missing."
    ),
    licenses=(pk.COPERNICUS,),
    sources=(
        *SOURCES,
        pk.Source("Hourly generation by fuel: EIA-930 2020 and 2022, ENTSO-E 2019 and 2020; see the table zone_hours"),
    ),
)

CI_HOURS_ARRAYS = (
    pk.Array("set", "Table in which each place stands: 0 sites, 1 hubs", "1", 0, 1),
    pk.Array("id", "Slug of each place in that table"),
    pk.Array("of_zone", "Whose shape it is: the zone's, or its country's"),
    pk.Array("start", "Position of each place's first bin; the bins are those of climate_hours", "1", 0, 2**31 - 1),
    pk.Array("ci_hours", "Hours of the bin, each times intensity over the year's mean", "0.05 h", 0, 65535),
)


def build(sources: Path, out: Path) -> list[pk.Resource]:  # noqa: ARG001  (every room is called alike)
    """Write the weights of all sites and hubs whose grid has a shape.

    Parameters
    ----------
    sources : Path
        Folder of the raw tables.
    out : Path
        The ``data`` folder, with places, climate and grid in it.

    Returns
    -------
    list of Resource
        One file.
    """
    places = _places(out).merge(_zones(out), on=["set", "id"], validate="one_to_one")
    found = {zone: _shape(zone) for zone in sorted(set(places["zone_id"].dropna()))}
    shapes = {zone: shape for zone, shape in found.items() if shape is not None}
    places = places[places["zone_id"].isin(shapes)].reset_index(drop=True)
    weights: list[np.ndarray] = []
    for first in range(0, len(places), CHUNK):
        some = places.iloc[first : first + CHUNK]
        lon, lat, rise = (some[c].to_numpy(float) for c in ("lon", "lat", "elevation_m"))
        years = typical_years(estimate_inputs(), lon, lat, rise)
        for k, zone in enumerate(some["zone_id"]):
            shape = shapes[zone].ci_shape
            weights.append(ci_hours_of(years.dry_bulb_c[k], years.wet_bulb_c[k], shape, float(lon[k])))
    sizes = np.array([len(w) for w in weights])
    arrays = {
        "set": np.array([SETS.index(name) for name in places["set"]], np.int8),
        "id": places["id"].to_numpy().astype(np.str_),
        "of_zone": np.array([shapes[z].of_zone for z in places["zone_id"]], np.str_),
        "start": (np.cumsum(sizes) - sizes).astype(np.int32),
        "ci_hours": np.rint(np.concatenate(weights) / STEP_HOURS).astype(np.uint16),
    }
    return [pk.write_arrays(arrays, out, CI_HOURS, CI_HOURS_ARRAYS)]


def _zones(out: Path) -> pd.DataFrame:
    """Return set, id and grid zone of all sites and hubs."""
    tables = [
        pd.read_csv(out / "places" / f"{s}.csv", keep_default_na=False, na_values=[""]).assign(set=s) for s in SETS
    ]
    return pd.concat(tables, ignore_index=True)[["set", "id", "zone_id"]]


def _shape(zone: str) -> grid.ZoneHours | None:
    """Return the shape of a zone, nothing where it has none."""
    try:
        return grid.hours(zone)
    except DataError:
        return None
