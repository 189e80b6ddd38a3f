"""The shipped grid zones do not overlap, and no part of a country has the country's generation."""

import pytest

from siting.world.tables import read_geo, read_table

CUT_INTO_ZONES = ("AU", "BR", "CA", "CN", "DK", "IN", "IT", "JP", "MY", "NO", "PH", "RU", "SE", "US")


def test_a_country_cut_into_zones_has_no_row_of_its_own() -> None:
    assert not set(CUT_INTO_ZONES) & set(read_table("zones")["zone_id"])


def test_states_and_provinces_never_stand_beside_zones() -> None:
    zones = read_table("zones")["zone_id"]
    assert not zones.str.startswith("US-ST-").any()
    china = zones[zones.str.startswith("CN")]
    assert len(china) == 31
    assert china.str.fullmatch("CN-[A-Z]{2}").all()


def by_set(zone: str) -> tuple[float, float]:
    row = read_table("zone_intensity").set_index("zone_id").loc[zone]
    return row["ci_lifecycle_g_per_kwh"], row["ci_lifecycle_ipcc2014_g_per_kwh"]


@pytest.mark.parametrize(
    ("zone", "published", "unece", "ipcc"),
    [
        ("NO-NO5", 25, 11.7, 25.0),  # hydropower at 24 in the source, 10.7 by UNECE
        ("PY", 25, 11.7, 25.0),
        ("SE-SE2", 15, 15.0, 26.2),  # at 10.7 in the source, 24 by IPCC
        ("FR", 31, 31.0, 37.4),  # nuclear 5.13 in the source, 12 by IPCC
        ("PL", 565, 565.0, 565.7),
    ],
)
def test_each_set_of_factors_counts_every_zone(zone: str, published: float, unece: float, ipcc: float) -> None:
    assert by_set(zone) == pytest.approx((unece, ipcc), abs=0.3)
    assert min(by_set(zone)) <= published + 0.5


def test_hydropower_by_one_set_no_longer_sets_norway_against_sweden() -> None:
    (norway, norway_ipcc), (sweden, sweden_ipcc) = by_set("NO-NO5"), by_set("SE-SE2")
    assert norway < sweden
    assert norway_ipcc == pytest.approx(sweden_ipcc, abs=3.0)


def test_provinces_of_china_stand_at_the_ratios_of_the_ministry() -> None:
    """Inner Mongolia 647.9 and Beijing 555.4 g/kWh of the 530.6 of China, whose life cycle is 485 as published."""
    for zone, mee in (("CN-NM", 647.9), ("CN-BJ", 555.4), ("CN-YN", 133.3)):
        assert by_set(zone) == pytest.approx((485 * mee / 530.6,) * 2, rel=0.015)
    table = read_table("zone_intensity").set_index("zone_id")
    assert (table.loc[table.index.str.startswith("CN-"), "ci_quality"] == "modelled").all()
    assert "CN-XZ" not in table.index  # the ministry rates no Tibet


def test_hydro_zones_carry_their_five_years() -> None:
    table = read_table("zone_intensity").set_index("zone_id")
    wet = table.dropna(subset="ci_lifecycle_low_g_per_kwh")
    assert (wet["hydro_share"] >= 0.5).all()
    assert (wet["ci_lifecycle_low_g_per_kwh"] <= wet["ci_lifecycle_g_per_kwh"]).all()
    assert (wet["ci_lifecycle_high_g_per_kwh"] >= wet["ci_lifecycle_g_per_kwh"]).all()
    low, high = wet.loc["AU-TAS", ["ci_lifecycle_low_g_per_kwh", "ci_lifecycle_high_g_per_kwh"]]
    assert low == pytest.approx(14, abs=1)  # 23 and 133 as published, hydropower at 24
    assert high == pytest.approx(126, abs=3)


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
