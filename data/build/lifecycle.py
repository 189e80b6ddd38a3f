"""One set of life-cycle factors for all zones: published intensities freed of the mixture of sets that they carry.

The publisher counts hydropower, nuclear, wind and solar power of most zones of Europe by UNECE 2022, of the others by
IPCC 2014, and of a few by a third study. A published intensity plus the sum over these technologies of their share
times the difference of factors is the intensity by another set. Fuels keep the publisher's factors in every set: the
direct emissions of the zone's own plants, and fuel supply by IPCC 2014.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from earth import read_csv
from generation import made_by_fuel, national_generation

HERE = Path(__file__).parent

SETS = ("unece2022", "ipcc2014")
"""Sets of factors that a scenario chooses from; the first is the default."""

COUNTED_BY_UNECE = frozenset((
    "AL", "AT", "AX", "BA", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FO", "FR", "GB", "GR", "HR",
    "HU", "IE", "IT", "LT", "LU", "LV", "ME", "MK", "MT", "NL", "PL", "PT", "RO", "RS", "SE", "SI", "SK", "XK",
))  # fmt: skip
"""Countries whose hydropower, nuclear and wind power the publisher counts by UNECE 2022: read in its list of sources,
but RS and XK, taken to be as their neighbours. Norway, Iceland and Switzerland are not among them."""

OF_RENEWABLES = ("hydro", "wind", "solar")
FUEL = {
    "hydro": "hydroelectricity",
    "wind": "wind",
    "solar": "solar",
    "biomass": "biofuel",
    "other": "other_renewable_exc_biofuel",
}
"""Technology -> fuel of the national generation table."""

PROVINCES = {
    "CA-AB": "alberta", "CA-BC": "british columbia", "CA-MB": "manitoba", "CA-NB": "new brunswick",
    "CA-NL": "newfoundland and labrador", "CA-NS": "nova scotia",
    "CA-NT": "northwest territories", "CA-NU": "nunavut", "CA-ON": "ontario", "CA-PE": "prince edward island",
    "CA-QC": "quebec", "CA-SK": "saskatchewan", "CA-YT": "yukon",
}  # fmt: skip
"""Canadian zone -> row of the table of provincial mixes."""

HYDRO_DOMINATED = 0.5
"""Hydropower's share of consumption from which one year is no basis and five years are told (assumption)."""


def factors() -> pd.DataFrame:
    """Return life-cycle factors [g/kWh], sets by technology."""
    return read_csv(HERE / "lifecycle_factors.csv").pivot_table(
        index="factor_set", columns="technology", values="g_per_kwh"
    )


def published_set(zone_id: str, source: str) -> str:
    """Return the set of factors that a published intensity was counted by.

    Parameters
    ----------
    zone_id : str
        Grid zone.
    source : str
        Where its intensity comes from; Ember's is counted by IPCC 2014 everywhere.

    Returns
    -------
    str
        A set of ``lifecycle_factors.csv``.
    """
    if "OWID" in source:
        return "ipcc2014"
    if zone_id == "CA-ON":
        return "published_ontario"
    country = zone_id[:2]
    return "published_usa" if country == "US" else "unece2022" if country in COUNTED_BY_UNECE else "ipcc2014"


def renewable_mix(zones: pd.DataFrame, placed: pd.DataFrame, sources: Path) -> pd.DataFrame:
    """Return what renewable generation consists of, zone by zone.

    Parameters
    ----------
    zones : pandas.DataFrame
        Columns ``zone_id``, ``level``, ``country_iso2``.
    placed : pandas.DataFrame
        From `generation.place_plants`.
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        Index zone; hydro, wind and solar as shares of renewable generation: of the province in Canada, of the plants
        in the outline times the country's capacity factors in parts of other countries, else of the country.
    """
    national = national_generation(sources)
    parts = made_by_fuel(placed, national)
    table = read_csv(sources / "grid/canada_province_mix_pct.csv").set_index("province")
    provinces = table[["hydro", "wind", "solar", "biomass"]].assign(other=table.tidal)
    by_zone = {}
    for zone in zones.itertuples(index=False):
        of_country = _shares(national.loc[zone.country_iso2]) if zone.country_iso2 in national.index else None
        of_part = (
            _shares(parts.loc[zone.zone_id]) if zone.level == "grid_zone" and zone.zone_id in parts.index else None
        )
        if zone.zone_id in PROVINCES:
            row = provinces.loc[PROVINCES[zone.zone_id]].astype(float)
            of_part = row[list(OF_RENEWABLES)] / row.sum() if row.sum() > 0 else None
        found = of_part if of_part is not None else of_country
        if found is not None:
            by_zone[zone.zone_id] = found
    return pd.DataFrame(by_zone).T.reindex(zones.zone_id)


def _shares(made: pd.Series) -> pd.Series | None:
    """Return hydro, wind and solar over all renewables; None where nothing renewable is known."""
    of = pd.Series({name: float(np.nan_to_num(made.get(fuel, 0.0))) for name, fuel in FUEL.items()})
    return of[list(OF_RENEWABLES)] / of.sum() if of.sum() > 0 else None


def low_carbon_shares(rows: pd.DataFrame, mix: pd.DataFrame) -> pd.DataFrame:
    """Return the shares of consumption of the technologies whose factors differ between sets.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``zone_id``, ``renewable_share``, ``carbon_free_share``.
    mix : pandas.DataFrame
        From `renewable_mix`.

    Returns
    -------
    pandas.DataFrame
        ``hydro``, ``wind``, ``solar``, ``nuclear``, in the order of the rows; the renewables of the year's share by
        the mix of generation, nuclear as what is carbon-free and not renewable.
    """
    renewable = rows.renewable_share.astype(float)
    of = mix.reindex(rows.zone_id).set_axis(rows.index)
    shares = of.mul(renewable, axis=0)
    return shares.assign(nuclear=(rows.carbon_free_share.astype(float) - renewable).clip(lower=0.0))


def by_sets(rows: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Return published intensities by each set of factors.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``ci_lifecycle_g_per_kwh`` as published and ``published_set``.
    shares : pandas.DataFrame
        From `low_carbon_shares`.

    Returns
    -------
    pandas.DataFrame
        One column a set [g/kWh]; the published value where the set is the zone's own, and never less than its
        low-carbon sources alone emit. Where the mix is unknown, the published value stands for both.
    """
    of = factors()
    theirs = of.loc[rows.published_set].set_axis(rows.index)
    found = {}
    for name in SETS:
        change = ((of.loc[name] - theirs)[shares.columns] * shares).sum(axis=1)
        same = rows.published_set == name
        least = supply_of_low_carbon(shares, name).where(~same, 0.0)
        found[name] = (rows.ci_lifecycle_g_per_kwh.astype(float) + change.where(~same, 0.0)).clip(lower=least)
    return pd.DataFrame(found)


def supply_of_low_carbon(shares: pd.DataFrame, name: str) -> pd.Series:
    """Return what hydropower, nuclear, wind and solar power add to a zone's intensity by a set [g/kWh]."""
    added: pd.Series[float] = (shares * factors().loc[name, shares.columns]).sum(axis=1)
    return added
