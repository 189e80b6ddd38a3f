"""Years of measured sun, wind, price and intensity of two zones, with stated costs: a case that was solved by other programmes.

The hours are raw sources, which are not part of the repository; years are mixed, so that the places are good for methods
and not for answers. Costs are those of the published values below.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from siting.dispatch import Battery, Source, SupplyYear, Technology
from siting.units import HOURS_PER_YEAR

HOURLY = Path(__file__).parents[2] / "shared" / "sources" / "grid" / "hourly"
SERIES = {
    "DE": ("solar_cf_2020_gen", "wind_cf_2020_gen", 2020),
    "US-TEX-ERCO": ("solar_cf_2022_gen", "wind_cf_2022_gen", 2022),
}
QUANTITIES = ("t", "dirty_mwh")


def annuity(usd_per_kw: float, years: float, fixed_per_kw: float, rate: float = 0.07) -> float:
    """Return the annual cost of a MW [USD/MW/year]."""
    return 1e3 * (usd_per_kw * rate / (1 - (1 + rate) ** -years) + fixed_per_kw)


def hours_of(file: str, zone: str) -> np.ndarray:
    """Return the hours of a zone without 29 February, unknown hours as 0."""
    frame = pd.read_parquet(HOURLY / f"{file}.parquet")
    index = pd.DatetimeIndex(frame.index)
    frame = frame[~((index.month == 2) & (index.day == 29))]
    return np.nan_to_num(frame[zone].to_numpy(float)[:HOURS_PER_YEAR])


def measured_year(zone: str, *, flat_usd: float | None = None, connection_mw: float = 1.0) -> SupplyYear:
    """Return a year: grid at hourly prices with sales and a reactor, or at a flat price without either."""
    solar, wind, year = SERIES[zone]
    sun, air = (np.clip(hours_of(f, zone), 0, 1) for f in (solar, wind))
    ci = hours_of(f"ci_lifecycle_{year}_gen", zone) / 1e3
    dirty = 1 - np.clip(hours_of(f"cfe_share_{year}_gen", zone), 0, 1)
    technologies = [
        Technology("pv", annuity(1000, 30, 17), sun, {"t": 0.040 * sun.sum()}),
        Technology("wind", annuity(1450, 30, 30), air, {"t": 0.011 * air.sum()}),
    ]
    if flat_usd is not None:
        technologies.append(Technology("grid", 0.0, min_mw=connection_mw, max_mw=connection_mw))
        sources = [Source("import", "grid", flat_usd, {"t": 0.4, "dirty_mwh": 1.0})]
    else:
        price = np.maximum(hours_of("price_usd_mwh_2023", zone), 0)
        technologies.append(Technology("reactor", annuity(8000, 30, 136), max_mw=3.0))
        technologies.append(Technology("grid", 0.0, min_mw=connection_mw, max_mw=connection_mw))
        sources = [
            Source("import", "grid", price + 15, {"t": ci, "dirty_mwh": dirty}),
            Source("export", "grid", 0.5 * np.maximum(price - 5, 0), is_sale=True),
            Source("reactor", "reactor", 10.0, {"t": 0.012}),
        ]
    battery = Battery(27e3, 27.5e3)
    return SupplyYear(np.ones(HOURS_PER_YEAR), tuple(technologies), tuple(sources), battery, QUANTITIES)
