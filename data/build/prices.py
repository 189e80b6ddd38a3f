"""Industrial electricity prices of grid zones, with how far each can be trusted."""

from __future__ import annotations

import numpy as np
import pandas as pd

CAD_PER_USD_2022 = 1.3013
"""Bank of Canada, annual average exchange rate of 2022."""

TARIFF_STANDS_FOR = {"Hydro-Quebec": "CA-QC", "MERALCO": "PH-LU"}
"""Tariffs of one utility that the price source puts on every zone of the country: kept where it serves."""

STALE_EUROSTAT = ("GB", "UA")
"""Eurostat has no present figure: the United Kingdom left in 2020, and Ukraine's is from before the war."""


def price_of(zone: pd.Series, quotes: pd.DataFrame) -> tuple[float, str, str]:
    """Return the industrial price of a zone, its source and how far it can be trusted.

    Parameters
    ----------
    zone : pandas.Series
        A row of `read_zones`.
    quotes : pandas.DataFrame
        Prices of single zones that the project cites itself, index zone.

    Returns
    -------
    price : float
        [USD/MWh]; NaN when unknown.
    source : str
        Citation.
    quality : str
        ``observed`` a country's own Eurostat figure, ``derived`` a mean of US states or a converted quote,
        ``modelled`` a national Eurostat figure on a part, ``unverified`` the rest.
    """
    if zone.zone_id in quotes.index:
        quote = quotes.loc[zone.zone_id]
        return 1000 * quote.price_cad_per_kwh / CAD_PER_USD_2022, quote.source, "derived"
    if pd.isna(zone.price_usd_per_mwh):
        return np.nan, "", ""
    source = zone.price_source.replace(" (via sfgunkin/flops_export@e353acb)", "")
    source = source.replace(" (flops_export Data/eia_electricity_prices.csv)", "")
    if any(zone.zone_id != home and source.startswith(name) for name, home in TARIFF_STANDS_FOR.items()):
        return np.nan, "", ""
    if source.startswith("EIA industrial 2024"):
        return zone.price_usd_per_mwh, source, "derived"
    if not source.startswith("Eurostat band MWH") or zone.country_iso2 in STALE_EUROSTAT:
        return zone.price_usd_per_mwh, source, "unverified"
    return zone.price_usd_per_mwh, source, "observed" if zone.level == "country" else "modelled"
