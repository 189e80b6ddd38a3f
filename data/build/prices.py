"""Industrial electricity prices of grid zones: year, load, contents, interval, and how far each can be trusted."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import package as pk
import pandas as pd
from earth import read_csv

HERE = Path(__file__).parent

TARIFF_STANDS_FOR = {"Hydro-Quebec": "CA-QC", "MERALCO": "PH-LU"}
"""Tariffs of one utility that the price source puts on every zone of the country: kept where it serves."""

OTHER_WORDS = {
    "MSEDCL tariff, Statista": "Statista, national, and the tariff of MSEDCL, which serves Maharashtra (IN-WE)",
    "Eurostat band MWH20000-69999": "Eurostat nrg_pc_205, 20-70 GWh, before tax, of before the war",
}
"""Sources of the older table whose own words mislead; Eurostat's rows elsewhere have words of their own."""

ENERGY_ONLY = ("Statista, ACL free market",)
"""Sources that leave the network out."""

STALE_EUROSTAT = ("UA",)
"""Eurostat has no present figure: Ukraine's is from before the war."""

HALF = {"observed": (0.9, 1.1), "derived": (0.85, 1.15), "modelled": (0.75, 1.25), "unverified": (0.8, 1.5)}
"""Ends of an interval over the price where no source gives one (assumption). Unverified: eight such prices that were
looked up again came out at 0.79 to 2.6 times what was shipped, six of them at 0.79 to 1.46."""

ADDER_USD_PER_MWH = (2.0, 33.8, 61.0)
"""All-in price less day-ahead mean of 30 European rows: least, median and most of 10 to 90 % [USD/MWh]."""

PER_USD = {
    "EUR": {2023: 0.9245, 2024: 0.9242, 2025: 0.8845},
    "NOK": {2024: 10.7574, 2025: 10.3852, 2026: 10.3852},
    "CAD": {2023: 1.3494},
}
"""Annual means of the Federal Reserve, by year; Norway's 2026 at the rate of 2025."""

LEAST_SALES_TWH = 0.3
"""Industrial sales from which an authority's own ratio to its states is used [TWh/a]."""

AS_SHIPPED = re.compile(r" \((?:via sfgunkin/flops_export@e353acb|flops_export Data/eia_electricity_prices.csv)\)")

PRICE_FIELDS = (
    pk.Field(
        "price_usd_per_mwh",
        "number",
        "Electricity price of a large industrial load, tax not in it unless price_includes says so",
        "USD/MWh",
        False,
        0,
        1000,
        decimals=1,
    ),
    pk.Field(
        "price_low_usd_per_mwh", "number", "Low end of the price's interval", "USD/MWh", False, 0, 2000, decimals=1
    ),
    pk.Field(
        "price_high_usd_per_mwh", "number", "High end of the price's interval", "USD/MWh", False, 0, 2000, decimals=1
    ),
    pk.Field("price_year", "string", "Years that the price describes"),
    pk.Field("price_load", "string", "Customer that pays it"),
    pk.Field("price_includes", "string", "What it contains: energy, network, levies, tax"),
    pk.Field("price_exchange", "string", "Exchange rate used"),
    pk.Field("price_source", "string", "Where the price comes from"),
    pk.Field(
        "price_quality",
        "string",
        "observed: published for the zone; derived: converted, or a weighted mean of US states; modelled: a national "
        "figure on a part, or a day-ahead mean with an adder; unverified: the rest",
        enum=("observed", "derived", "modelled", "unverified"),
    ),
)


PRICE_SOURCES = (
    pk.Source(
        "Eurostat nrg_pc_205, non-household, 20-70 GWh and 2-20 GWh before tax; bands above 70 GWh of 2023 as told by "
        "PyPI deala 1.2.1 (BSD-3)",
        "https://ec.europa.eu/eurostat/databrowser/view/nrg_pc_205",
    ),
    pk.Source(
        "EIA, industrial price by state 2024, weighted by the industrial sales of each balancing authority (EIA-861 2018)",
        "https://www.eia.gov/electricity/data.php",
    ),
    pk.Source(
        "Ember, European wholesale electricity price data, yearly means 2023-2025 (CC BY 4.0)",
        "https://ember-energy.org/data/european-wholesale-electricity-price-data/",
    ),
    pk.Source("Tariffs, data-centre rates and single figures, cited row by row in price_source"),
)

PRICE_METHOD = (
    "a data-centre tariff or a figure that the project cites itself comes first (data/build/price_quotes.csv), then the "
    "compilation of 2026, then the older table. Zones of Norway and Sweden: yearly day-ahead mean of the zone and the "
    "national adder (Eurostat less the national day-ahead mean of the same years); where no national price is known, or "
    "Eurostat's lies below the day-ahead mean, the median adder of 30 European rows (33.8 USD/MWh; left out in turn it "
    "errs by a median 16.4). Balancing authorities of the USA: the state means of 2024 by where the authority sold to "
    "industry; its own ratio to its states in 2018 is an end of the interval, not the price, because it is seven years old "
    "and a ratio below 1 is preference power, which a new large load does not get (16 U.S.C. 839a(13), new large single "
    "loads). A utility's tariff stands only for the zone it serves. Intervals: both ends cited for single figures; "
    "Eurostat rows span the day-ahead years 2023-2025 and the bands above 70 GWh; day-ahead rows span the years and a "
    "network of 2 USD/MWh to the adder (Norway with January to August 2026); others by quality: observed 10 %, derived 15 %, "
    "modelled 25 %, unverified -20 to +50 % (assumption; of eight unverified prices that were looked up again six came out "
    "at 0.79 to 1.46 times, Dubai 1.8, South Africa 2.6). Prices hold no tax unless price_includes says so."
)


@dataclass(frozen=True)
class Price:
    """A price of a zone, its interval, and what it is.

    Parameters
    ----------
    usd_per_mwh, low, high : float
        The price and the ends of its interval [USD/MWh].
    year, load, includes, exchange, source, quality : str
        The other columns of `PRICE_FIELDS`, without their prefix.
    """

    usd_per_mwh: float
    low: float
    high: float
    year: str
    load: str
    includes: str
    exchange: str
    source: str
    quality: str

    def row(self) -> list[object]:
        """Return the values in the order of `PRICE_FIELDS`."""
        return list(vars(self).values())


UNKNOWN = Price(np.nan, np.nan, np.nan, "", "", "", "", "", "")


def price_table(zones: pd.DataFrame, sources: Path) -> pd.DataFrame:
    """Return the price columns of zones.

    Parameters
    ----------
    zones : pandas.DataFrame
        Rows of `grid.read_zones`.
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        Columns of `PRICE_FIELDS`, index of `zones`; empty where no price is known well enough to rank by.
    """
    quotes = read_csv(HERE / "price_quotes.csv").set_index("zone_id")
    compiled = read_csv(sources / "grid/zone_prices_2026.csv")
    bands = read_csv(HERE / "price_bands.csv").set_index("country_iso2")
    rows = []
    for _, zone in zones.iterrows():
        here = compiled[compiled.zone_id == zone.zone_id]
        place = next((p for p in (zone.zone_id, zone.country_iso2) if p in quotes.index), None)
        if place is not None:
            found = quoted(quotes.loc[place])
        else:
            found = _compiled(zone, here) or _shipped(zone, here, bands) or UNKNOWN
        rows.append(found.row())
    return pd.DataFrame(rows, columns=[field.name for field in PRICE_FIELDS], index=zones.index)


def quoted(quote: pd.Series) -> Price:
    """Return a price that the project cites itself, a row of ``price_quotes.csv``."""
    scale = {"/kWh": 1000.0, "/MWh": 1.0}[quote.unit[-4:]] / float(quote.per_usd)
    price = quote.value * scale
    ends = [
        end * scale if pd.notna(end) else price * half
        for end, half in zip((quote.low, quote.high), HALF[quote.quality], strict=True)
    ]
    return Price(
        price, *ends, str(quote.year), quote.load, quote.includes, quote.exchange, quote.source, quote.quality
    )  # fmt: skip


def wholesale(here: pd.DataFrame) -> tuple[float, float, float] | None:
    """Return the day-ahead mean of a zone, and its least and largest year [USD/MWh]; None where it is not known.

    Parts of a year count from eight months on: January to August 2026 in Norway.
    """
    rows = here[here.kind == "wholesale_mean"]
    if rows.empty:
        return None
    row = rows.iloc[0]
    mean, rates = float(row.usd_per_mwh), PER_USD.get(row.currency[:3], {})
    scale = 10.0 if "ore/kWh" in str(row.note) else 1.0
    years = re.findall(r"(20\d\d): ([\d.]+)", str(row.note))
    known = [float(value) * scale / rates[int(year)] for year, value in years if int(year) in rates]
    return mean, min([mean, *known]), max([mean, *known])


def _compiled(zone: pd.Series, here: pd.DataFrame) -> Price | None:
    """Return the price of a zone from the compilation of 2026, without World Bank figures and assumptions."""
    own = here[
        here.kind.isin(["industrial_large_all_in", "state_industrial_mean"])
        & ~here.source.str.contains("World Bank")
        & (here.quality != "assumption")
    ].set_index("kind")
    if own.empty:
        return None
    american = "state_industrial_mean" in own.index
    row = own.loc["state_industrial_mean" if american else "industrial_large_all_in"]
    quality, price, day_ahead = row.quality, float(row.usd_per_mwh), wholesale(here)
    by_rule = row.source.startswith("adder rule")
    if by_rule and not zone.zone_id.startswith(("NO-", "SE-", "CA-")):
        quality = "unverified"  # only the spread between areas is known: the national level is not
    low, high = (price * half for half in HALF[quality])
    if str(row.year) == "2018":  # oil-fired islands: the level moves with fuel
        low, high = (price * half for half in HALF["unverified"])
    if american and "industrial_large_all_in" in own.index:
        ratio = own.loc["industrial_large_all_in"]
        if float(re.findall(r"([\d.]+) TWh", ratio.note)[0]) >= LEAST_SALES_TWH:
            low, high = min(low, ratio.usd_per_mwh), max(high, ratio.usd_per_mwh)
    if by_rule and quality == "modelled" and day_ahead:
        mean, least, most = day_ahead
        adder = price - mean
        widest = max(adder, ADDER_USD_PER_MWH[2]) if zone.country_iso2 == "CA" else adder
        low, high = least + min(adder, ADDER_USD_PER_MWH[0]), most + widest
    elif quality == "unverified" and day_ahead:
        low = min(low, day_ahead[0] + ADDER_USD_PER_MWH[0])
    contents = row.includes.replace("+", ", ").replace(", before", "; before").replace("; before tax", "; no tax")
    source = row.source
    if by_rule and day_ahead:
        source += f"; day-ahead mean {day_ahead[0]:g}: {here[here.kind == 'wholesale_mean'].iloc[0].source}"
    return Price(price, low, high, str(row.year), row.load_class, contents, row.exchange_rate, source, quality)


def _shipped(zone: pd.Series, here: pd.DataFrame, bands: pd.DataFrame) -> Price | None:
    """Return the price of a zone from the older table of countries and states."""
    source = AS_SHIPPED.sub("", str(zone.price_source))
    if pd.isna(zone.price_usd_per_mwh):
        return None
    if any(zone.zone_id != home and source.startswith(name) for name, home in TARIFF_STANDS_FOR.items()):
        return None
    price, day_ahead = float(zone.price_usd_per_mwh), wholesale(here)
    if source.startswith("Eurostat band MWH") and zone.country_iso2 not in STALE_EUROSTAT:
        return _eurostat(zone, price, day_ahead, bands)
    american = source.startswith("EIA industrial 2024")
    quality = "derived" if american else "unverified"
    low, high = (price * half for half in HALF[quality])
    if day_ahead:
        low = min(low, day_ahead[0] + ADDER_USD_PER_MWH[0])
    year = ", ".join(re.findall(r"\b20\d\d\b", source)) or "unknown"
    load = "industrial sector, all sizes" if american else "industry"
    contents = "energy; network not in it" if source in ENERGY_ONLY else "energy, network"
    words = OTHER_WORDS.get(source, source)
    return Price(price, low, high, year, load, contents, "not stated in the source", words, quality)


def _eurostat(
    zone: pd.Series, price: float, day_ahead: tuple[float, float, float] | None, bands: pd.DataFrame
) -> Price:
    """Return a price of Eurostat's band of 20 to 70 GWh: its interval spans the years and the larger bands."""
    found = Price(
        price, price, price, "unknown, 2023-2025", "20-70 GWh a year", "energy, network; no tax",
        "not stated in the source", "Eurostat nrg_pc_205, 20-70 GWh, before tax",
        "observed" if zone.level == "country" else "modelled",
    )  # fmt: skip
    low, high = (price * half for half in HALF["observed"])
    if zone.country_iso2 in bands.index:
        ratios = [float(x) for x in bands.loc[zone.country_iso2] if pd.notna(x)]
        low, high = min(low, *(price * r for r in ratios)), max(high, *(price * r for r in ratios))
    if day_ahead is None:
        return replace(found, low=low, high=high)
    mean, least, most = day_ahead
    if price >= mean:
        return replace(found, low=min(low, price + least - mean), high=max(high, price + most - mean))
    small, usual, large = ADDER_USD_PER_MWH
    return replace(
        found, usd_per_mwh=mean + usual, low=min(price, least + small), high=most + large, quality="modelled",
        year="2023-2025", source="day-ahead mean of Ember and the median adder of 30 European rows; Eurostat's "
        f"{price:g} USD/MWh for 20-70 GWh lies below the day-ahead mean: legacy contracts, the low end",
    )  # fmt: skip
