"""Construction cost of a data centre at a place: of its market, of its country, or unknown."""

from functools import cache

import numpy as np
import pandas as pd

from siting.physics.geodesy import great_circle_km
from siting.world.tables import read_table

METRO_KM = 100.0
"""Distance up to which the cost of a metro applies [km] (assumption)."""


def market_costs(places: pd.DataFrame) -> pd.DataFrame:
    """Return the cost of a facility at places, of the nearest market, else of the country.

    The cost of a metro applies within `METRO_KM`; the mean of a country's markets applies in the rest of the
    country (an assumption). Elsewhere it is unknown.

    Parameters
    ----------
    places : pandas.DataFrame
        With `country_iso2`, `lon` and `lat` [degree].

    Returns
    -------
    pandas.DataFrame
        `usd_per_mw` [USD per MW of IT], NaN where unknown, and `market`, the name of the market.

    Examples
    --------
    >>> at = pd.DataFrame({"country_iso2": ["JP", "US", "SE"], "lon": [135.5, -98.5, 22.1], "lat": [34.7, 29.4, 65.6]})
    >>> market_costs(at)["usd_per_mw"].tolist()
    [14650000.0, 9300000.0, nan]
    """
    country, metros = _markets()
    at = country.reindex(places["country_iso2"])
    usd = at["usd_per_mw"].to_numpy(float)
    name = np.where(np.isnan(usd), "", at["market"].to_numpy(object))
    lon, lat = (places[c].to_numpy(float)[:, None] for c in ("lon", "lat"))
    km = np.atleast_2d(great_circle_km(lon, lat, metros["lon"].to_numpy(float), metros["lat"].to_numpy(float)))
    km = np.where(places["country_iso2"].to_numpy(str)[:, None] == metros["country_iso2"].to_numpy(str), km, np.inf)
    nearest = km.argmin(axis=1)
    within = km.min(axis=1) <= METRO_KM
    return pd.DataFrame(
        {
            "usd_per_mw": np.where(within, metros["usd_per_mw"].to_numpy(float)[nearest], usd),
            "market": np.where(within, metros["market"].to_numpy(object)[nearest], name),
        },
        index=places.index,
    )


@cache
def _markets() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the mean of each country's markets with their names, by country; and the metros."""
    table = read_table("construction")
    country = table[table["stands_for"] == "country"].groupby("country_iso2")
    means = country.agg(usd_per_mw=("usd_per_mw", "mean"), market=("market", " and ".join))
    return means, table[table["stands_for"] == "metro"].reset_index(drop=True)
