"""Electricity prices of places: of the zone, of a utility that serves a part of it, or imputed on request."""

import numpy as np
import pandas as pd

from siting.physics.geodesy import great_circle_km
from siting.world.tables import read_table

PRICE, LOW, HIGH = "price_usd_per_mwh", "price_low_usd_per_mwh", "price_high_usd_per_mwh"
METHOD = "price_method"
"""Column of places with imputed prices: how the price was found, empty where it is known."""

LOCAL, IMPUTED = "local_prices", "prices_imputed"
"""Tables beside `zones` that hold prices."""


def with_local_prices(places: pd.DataFrame) -> pd.DataFrame:
    """Return places with the prices of utilities that serve a part of a grid zone.

    Parameters
    ----------
    places : pandas.DataFrame
        With `zone_id`, `lon`, `lat` [degree] and the price columns of `zones`.

    Returns
    -------
    pandas.DataFrame
        The same rows; within the radius of a utility the price columns are the utility's.

    Examples
    --------
    >>> at = pd.DataFrame({"zone_id": ["AE", "AE"], "lon": [54.4, 55.3], "lat": [24.5, 25.2]})
    >>> zones = read_table("zones").filter(regex="^(zone_id|price_.*)$")
    >>> with_local_prices(at.merge(zones, on="zone_id"))["price_usd_per_mwh"].tolist()
    [65.0, 119.8]
    """
    table = read_table(LOCAL)
    columns = [str(c) for c in table if str(c).startswith("price_")]
    found = places.copy()
    lon, lat = places["lon"].to_numpy(float), places["lat"].to_numpy(float)
    for row in table.to_dict("records"):
        near = great_circle_km(lon, lat, row["lon"], row["lat"]) <= row["radius_km"]
        here = near & (places["zone_id"] == row["zone_id"]).to_numpy(bool)
        if here.any():
            found.loc[here, columns] = [row[c] for c in columns]
    return found


def with_imputed_prices(places: pd.DataFrame) -> pd.DataFrame:
    """Return places with an imputed electricity price where none is known, marked by its quality.

    Parameters
    ----------
    places : pandas.DataFrame
        With `zone_id` and the price columns of `zones`.

    Returns
    -------
    pandas.DataFrame
        The same rows, and `price_method`, empty where the price is known or none is imputed either.

    Examples
    --------
    >>> zones = read_table("zones").query("zone_id in ('NP', 'SE-SE1')")
    >>> with_imputed_prices(zones)[["price_quality", "price_method"]].fillna("").to_numpy().tolist()
    [['modelled', 'world_bank'], ['modelled', '']]
    """
    table = read_table(IMPUTED).set_index("zone_id")
    imputed = table.reindex(places["zone_id"]).set_axis(places.index)
    unknown = places[PRICE].isna()
    columns = {str(c): places[c].where(~unknown, imputed[c]) for c in table if c != METHOD}
    return places.assign(**columns, **{METHOD: imputed[METHOD].where(unknown)})


def price_factor(places: pd.DataFrame, position: float) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """Return the electricity price at a position in each place's interval, over the price itself.

    Parameters
    ----------
    places : pandas.DataFrame
        With `price_usd_per_mwh` and the two ends of its interval; 1 where an end is not known.
    position : float
        -1 is the low end, 0 the price, 1 the high end; linear between them.

    Returns
    -------
    numpy.ndarray
        (n,) factor on the price [-].

    Examples
    --------
    >>> at = pd.DataFrame({PRICE: [50.0], LOW: [40.0], HIGH: [80.0]})
    >>> [float(price_factor(at, x)[0]) for x in (-1.0, -0.5, 0.0, 1.0)]
    [0.8, 0.9, 1.0, 1.6]
    """
    end = HIGH if position > 0 else LOW
    if end not in places:
        return np.ones(len(places))
    ratio = (places[end] / places[PRICE]).to_numpy(float)
    return np.asarray(1.0 + abs(position) * (np.where(np.isfinite(ratio), ratio, 1.0) - 1.0))
