"""The shipped grid zones do not overlap, and no part of a country has the country's generation."""

import pytest

from siting.world.tables import read_geo, read_table

CUT_INTO_ZONES = ("AU", "BR", "CA", "DK", "IN", "IT", "JP", "MY", "NO", "PH", "RU", "SE", "US")


def test_a_country_cut_into_zones_has_no_row_of_its_own() -> None:
    assert not set(CUT_INTO_ZONES) & set(read_table("zones")["zone_id"])


def test_states_and_provinces_never_stand_beside_zones() -> None:
    zones = read_table("zones")["zone_id"]
    assert not zones.str.startswith("US-ST-").any()
    assert zones[zones.str.startswith("CN")].tolist() == ["CN"]


def test_every_intensity_belongs_to_a_zone() -> None:
    assert set(read_table("zone_intensity")["zone_id"]) <= set(read_table("zones")["zone_id"])


def test_direct_intensity_never_exceeds_life_cycle() -> None:
    intensity = read_table("zone_intensity")
    assert not (intensity["ci_direct_g_per_kwh"] > intensity["ci_lifecycle_g_per_kwh"]).any()


def test_carbon_free_share_is_at_least_the_renewable_share() -> None:
    intensity = read_table("zone_intensity")
    assert not (intensity["carbon_free_share"] < intensity["renewable_share"] - 0.011).any()


@pytest.mark.parametrize(
    ("zone", "low_mw", "high_mw"),
    [
        ("SE-SE1", 2300, 3500),  # 20-30 TWh a year
        ("SE-SE2", 3000, 6500),  # 26-57 TWh
        ("NO-NO4", 2300, 3800),  # 20-33 TWh
        ("CA-QC", 20000, 26000),  # 175-228 TWh
        ("CA-NL", 3300, 5500),  # 29-48 TWh
        ("CA-MB", 2800, 4400),  # 25-39 TWh
        ("AU-TAS", 700, 1400),  # 6-12 TWh
        ("IS", 2000, 2500),  # 18-22 TWh
        ("PY", 4500, 7500),  # 39-66 TWh
    ],
)
def test_average_generation_of_clean_zones_is_of_the_right_size(zone: str, low_mw: float, high_mw: float) -> None:
    average_mw = read_table("zones").set_index("zone_id").loc[zone, "avg_generation_mw"]
    assert low_mw <= average_mw <= high_mw


def test_zones_of_a_country_never_generate_more_than_it_does() -> None:
    zones = read_table("zones")
    modelled = zones[zones["avg_generation_method"] == "plants_by_fuel"]
    sums = modelled.groupby("country_iso2")["avg_generation_mw"].sum()
    national_mw = {
        "SE": 166.36e6 / 8760,
        "NO": 153.59e6 / 8760,
        "CA": 634.9e6 / 8760,
        "AU": 274.89e6 / 8760,
    }  # OWID 2023
    assert all(sums[iso2] <= total * 1.001 for iso2, total in national_mw.items())


def test_a_price_has_a_source_and_a_quality() -> None:
    zones = read_table("zones")
    priced = zones[zones["price_usd_per_mwh"].notna()]
    assert priced["price_source"].notna().all()
    assert priced["price_quality"].notna().all()
    national = priced[priced["price_source"].str.startswith("Eurostat") & (priced["level"] == "grid_zone")]
    assert not (national["price_quality"] == "observed").any()


def test_the_ground_is_drawn_in_valid_shapes_between_the_dates() -> None:
    ground = read_geo("ground")
    assert ground.is_valid.all()
    assert ground["id"].is_unique
    assert ground.total_bounds[0] >= -180
    assert ground.total_bounds[2] <= 180
    assert set(ground["zone_id"].dropna()) <= set(read_table("zones")["zone_id"])
