"""Shipped electricity prices: intervals, contents, sources, and published figures that they must agree with."""

from pathlib import Path

import pandas as pd
import pytest

from siting.world.policy import DATA_DATE, packs_in_force
from siting.world.tables import read_table

COMPILED = Path(__file__).parents[2] / "shared/sources/grid/zone_prices_2026.csv"
TABLES = ("zones", "local_prices", "prices_imputed")
PUBLISHED_USD_PER_MWH = {
    "PY": (30.0, 38.0),  # Decree 5306/2026
    "CA-QC": (93.0, 95.0),  # Hydro-Quebec, 19 February 2026: 13 c/kWh
    "AE": (119.0, 120.5),  # DEWA, 0.44 AED/kWh
    "HK": (177.0, 182.0),  # CLP 2026, 140.6 HK cents
    "TW": (130.0, 140.0),  # Taipower industry since October 2024, 4.27 TWD/kWh
    "ZA": (90.0, 115.0),  # Eskom after the increases of 2023 to 2025
    "US-MIDA-PJM": (80.0, 82.0),  # EIA 2024, weighted by sales
    "IN-SO": (70.0, 72.0),  # KSEB 220 kV
    "SE-SE1": (42.0, 58.0),  # day-ahead 29.4 and a network
    "NO-NO4": (18.0, 33.0),  # day-ahead 17.5 and a network
}


@pytest.mark.parametrize("name", TABLES)
def test_every_price_lies_in_its_interval_and_says_what_it_is(name: str) -> None:
    table = read_table(name)
    known = table[table["price_usd_per_mwh"].notna()]
    assert (known["price_low_usd_per_mwh"] <= known["price_usd_per_mwh"]).all()
    assert (known["price_usd_per_mwh"] <= known["price_high_usd_per_mwh"]).all()
    assert (known["price_low_usd_per_mwh"] > 0).all()
    words = ["price_year", "price_load", "price_includes", "price_exchange", "price_source", "price_quality"]
    assert known[words].notna().all().all()
    unknown = table[table["price_usd_per_mwh"].isna()]
    assert unknown[["price_low_usd_per_mwh", "price_high_usd_per_mwh", *words]].isna().all().all()


@pytest.mark.parametrize(("zone", "ends"), PUBLISHED_USD_PER_MWH.items())
def test_prices_agree_with_published_figures(zone: str, ends: tuple[float, float]) -> None:
    price = read_table("zones").set_index("zone_id").at[zone, "price_usd_per_mwh"]
    assert ends[0] <= price <= ends[1]


def test_bidding_zones_of_norway_and_sweden_differ() -> None:
    price = read_table("zones").set_index("zone_id")["price_usd_per_mwh"]
    assert price["NO-NO4"] < price["NO-NO3"] < price["NO-NO5"] < price["NO-NO1"] < price["NO-NO2"]
    assert price["SE-SE2"] < price["SE-SE3"] < price["SE-SE4"]


def test_no_price_holds_a_tax_that_a_pack_charges_again() -> None:
    zones = read_table("zones").dropna(subset=["price_includes"]).set_index("country_iso2")["price_includes"]
    charged = {j[:2] for p in packs_in_force(DATA_DATE) if p.electricity_taxes for j in p.jurisdictions}
    assert {"SE", "NO", "FI"} <= charged
    for country in sorted(charged & set(zones.index)):
        words = zones.loc[[country]]
        assert not words.str.contains("tax not stated|with tax").any(), country
    assert zones.loc[["SE", "NO", "FI", "DK"]].str.endswith("; no tax").all()


def test_world_bank_figures_never_rank() -> None:
    assert not read_table("zones")["price_source"].dropna().str.contains("World Bank").any()
    imputed = read_table("prices_imputed").set_index("zone_id")
    of_bank = imputed[imputed["price_method"] == "world_bank"]
    assert (of_bank["price_quality"] == "modelled").all()
    width = (of_bank["price_high_usd_per_mwh"] - of_bank["price_usd_per_mwh"]) / of_bank["price_usd_per_mwh"]
    assert (width > 0.36).all()  # its median error
    priced = read_table("zones").dropna(subset=["price_usd_per_mwh"])
    assert not set(imputed.index) & set(priced["zone_id"])


def test_a_local_price_stands_in_a_known_zone() -> None:
    local = read_table("local_prices").merge(read_table("zones")[["zone_id", "country_iso2"]], on="zone_id")
    assert len(local) == len(read_table("local_prices"))


@pytest.mark.skipif(not COMPILED.is_file(), reason="the raw sources are not here")
def test_every_usable_price_of_the_compilation_is_taken_or_replaced_by_a_cited_one() -> None:
    rows = pd.read_csv(COMPILED, keep_default_na=False)
    usable = rows[rows["kind"] != "wholesale_mean"]
    usable = usable[usable["quality"].isin(["observed", "derived", "unverified"])]
    zones = read_table("zones").set_index("zone_id")
    usable = usable[usable["zone_id"] != "CN"]  # by province, at the project's own figure
    assert zones.loc[usable["zone_id"].unique(), "price_usd_per_mwh"].notna().all()
    cited = {"AE", "CA-QC", "HK", "IN-SO", "PY", "TW"}  # data/build/price_quotes.csv, low and high beside
    american = usable["zone_id"].str.startswith("US-") & (usable["kind"] != "state_industrial_mean")
    for row in usable[~american & ~usable["zone_id"].isin(cited)].itertuples():
        assert zones.at[row.zone_id, "price_usd_per_mwh"] == pytest.approx(row.usd_per_mwh, abs=0.1), row.zone_id
