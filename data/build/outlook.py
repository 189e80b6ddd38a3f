"""What is projected of grids: the direct intensity of the states of the USA, year by year, in six scenarios."""

from __future__ import annotations

from pathlib import Path

import package as pk
import pandas as pd

FIRST_YEAR = 2025
"""Year of the intensities that projections are held against."""

SCOUT = pk.Source(
    "EIA Annual Energy Outlook 2025 and NREL Cambium scenarios, as compiled in Scout (github.com/trynthink/scout)",
    "https://www.eia.gov/outlooks/aeo/",
)
PROJECTION = pk.Resource(
    name="us_projection",
    citation="EIA AEO2025, NREL Cambium",
    path="grid/us_projection.csv",
    title="Projected carbon intensity of the states of the USA",
    description=(
        "Direct emissions per kWh, state by state. A change from year to year, not a level: balancing authorities do "
        "not end at state lines. Below 0 where plants take CO2 out of the air."
    ),
    year=f"{FIRST_YEAR}-2050",
    quality="modelled",
    method="As published, whole grams; 48 states and DC; no projection is known here outside the USA.",
    licenses=(pk.PUBLIC_DOMAIN,),
    sources=(SCOUT,),
    fields=(
        pk.Field("jurisdiction", "string", "State", required=True, pattern="US-[A-Z]{2}"),
        pk.Field(
            "scenario",
            "string",
            "Scenario: reference of the AEO, two of its side cases, three of Cambium",
            required=True,
            enum=("MidCase", "95by2050", "100by2035", "AEO-reference", "highelec_lowfossil", "lowelec_highfossil"),
        ),
        pk.Field("year", "integer", "Calendar year", "year", True, FIRST_YEAR, 2050),
        pk.Field("ci_direct_g_per_kwh", "number", "Direct intensity", "g/kWh", True, -400, 1000, decimals=0),
    ),
    primary_key=("jurisdiction", "scenario", "year"),
)


def projection_table(sources: Path) -> pd.DataFrame:
    """Return the states' rows from the first year on."""
    rows = pd.read_parquet(sources / "grid/us_projection_ci_2016_2050.parquet")
    rows = rows[(rows.level == "state") & (rows.year >= FIRST_YEAR)]
    return rows.assign(jurisdiction="US-" + rows.region).sort_values(["jurisdiction", "scenario", "year"])


def build(sources: Path, out: Path) -> list[pk.Resource]:
    """Write ``grid/us_projection.csv``.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    out : Path
        The ``data`` folder.

    Returns
    -------
    list of Resource
        The projection.

    Raises
    ------
    ValueError
        If a row breaks a rule of its table.
    """
    return [pk.write_table(projection_table(sources), out, PROJECTION)]
