"""A small question whose sites, hubs, round trips, weather, contract hours and policy pack are the planner's own files."""

import math
from collections.abc import Mapping
from pathlib import Path

HOURS = 8760

SCENARIO = """name = "own"
[demand]
it_mw = 60
hubs = "hubs.csv"
[candidates]
set = "{sites}"
[latency]
measured = "rtt.csv"
[minimise]
objective = "emissions_per_compute"
carbon = {{ scope = "lifecycle", signal = "average", basis = "market" }}
[policy]
packs = ["pack.toml"]
[[limits]]
kind = "site_count"
min = 2
[[contracts]]
name = "wind"
zone = "SE-SE1"
mwh_per_year = 50000.0
g_per_kwh = 11.0
matching = "hourly"
shape = "wind.csv"
"""
PACK = """id = "zz-own"
title = "Own rules"
jurisdictions = ["SE"]
[[electricity_taxes]]
id = "zz-el"
title = "Tax"
per_mwh = 5.0
currency = "SEK"
exchange = { units_per_usd = 10.0, year = 2024, source = "bank" }
effective_from = 2010-07-01
source = "law"
quality = "unverified"
"""
SITES = (
    ("lulea-own", "Lulea", 22.15, 65.58, 5000.0, "weather.csv"),
    ("oslo-own", "Oslo", 10.75, 59.91, 4000.0, ""),
    ("bordeaux-own", "Bordeaux", -0.58, 44.84, 3000.5, ""),
)
"""Id, name, longitude [degree], latitude [degree], plants within 150 km [MW], weather file."""


def year(formula: str) -> list[float]:
    """Return 8,760 hours of dry bulb [degC], humidity [share] or wind energy [MWh]."""
    angle = [2 * math.pi * h / HOURS for h in range(HOURS)]
    shapes = {
        "dry_bulb_c": [3 - 14 * math.cos(a) + 3 * math.sin(365 * a) for a in angle],
        "relative_humidity": [0.7 + 0.1 * math.cos(a) for a in angle],
        "mwh": [1.5 + math.sin(53 * a) for a in angle],
    }
    return [round(x, 3) for x in shapes[formula]]


def table(columns: Mapping[str, list[object]]) -> str:
    """Return columns as CSV."""
    rows = zip(*columns.values(), strict=True)
    return "\n".join([",".join(columns), *(",".join(map(str, row)) for row in rows)]) + "\n"


def texts() -> dict[str, str]:
    """Return the text of every file by its name, `own.toml` the scenario."""
    names = ("id", "name", "lon", "lat", "plants_mw_150km", "weather_file")
    columns: dict[str, list[object]] = {name: [row[i] for row in SITES] for i, name in enumerate(names)}
    return {
        "own.toml": SCENARIO.format(sites="sites.csv"),
        "sites.csv": table(columns),
        "hubs.csv": "id,name,lon,lat,weight\nstockholm,Stockholm,18.07,59.33,2\nparis,Paris,2.35,48.86,1.5\n",
        "rtt.csv": "site,hub,rtt_ms,quantile\nlulea-own,stockholm,14,0.5\noslo-own,paris,31,0.9\n",
        "weather.csv": table({"dry_bulb_c": [*year("dry_bulb_c")], "relative_humidity": [*year("relative_humidity")]}),
        "wind.csv": table({"mwh": [*year("mwh")]}),
        "pack.toml": PACK,
    }


def write(folder: Path, changed: Mapping[str, str | bytes] | None = None) -> Path:
    """Write the question, with some files changed, and return its scenario file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (texts() | dict(changed or {})).items():
        data = text if isinstance(text, bytes) else text.encode("utf-8")
        (folder / name).write_bytes(data)
    return folder / "own.toml"
