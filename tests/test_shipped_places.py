"""The shipped places lie where they say they lie, and on the grid of their own country."""

import pandas as pd
import pytest

from siting.world.locate_point import locate
from siting.world.tables import read_table

POLAR = [
    "longyearbyen",
    "tromso",
    "kirkenes",
    "narvik",
    "mo-i-rana",
    "lulea",
    "boden",
    "kiruna",
    "rovaniemi",
    "oulu",
    "kajaani",
    "hamina",
    "reykjavik",
    "akureyri",
    "blonduos",
    "nuuk",
    "ilulissat",
    "iqaluit",
    "yellowknife",
    "whitehorse",
    "inuvik",
    "fairbanks",
    "anchorage",
    "utqiagvik",
    "nome",
    "murmansk",
    "norilsk",
    "yakutsk",
    "magadan",
    "tiksi",
    "punta-arenas",
    "ushuaia",
    "stanley",
    "mcmurdo",
]
UNDRAWN = {"adamstown", "port-aux-francais", "laayoune", "gibraltar", "kralendijk", "vatican-city"}
"""Places that Natural Earth does not draw as units of their ISO country."""


def places() -> pd.DataFrame:
    columns = ["id", "lon", "lat", "country_iso2", "zone_id", "jurisdiction"]
    return pd.concat([read_table("sites")[columns], read_table("hubs")[columns]], ignore_index=True)


def test_every_place_lies_in_its_stated_country() -> None:
    """Places that the outlines lack are the only ones that the map does not know."""
    astray = {p.id for p in places().itertuples() if locate(p.lon, p.lat, p.country_iso2).country_iso2 is None}
    assert astray <= UNDRAWN


def test_every_place_stands_on_a_known_zone_of_its_own_country() -> None:
    owner = read_table("zones").set_index("zone_id")["country_iso2"]
    listed = places()
    unzoned = listed.loc[listed["zone_id"].isna(), "country_iso2"]
    assert len(unzoned) < 25  # two Japanese islands, and territories that no zone table has
    assert set(unzoned[unzoned.isin(owner)]) <= {"JP"}
    listed = listed[listed["zone_id"].notna()]
    assert listed["zone_id"].isin(owner.index).all()
    assert (owner.reindex(listed["zone_id"]).to_numpy() == listed["country_iso2"].to_numpy()).all()


def test_the_world_set_has_three_thousand_places_of_every_kind_and_the_starter_set_among_them() -> None:
    sites = read_table("sites")
    assert len(sites) == 3000
    assert sites["starter"].sum() == 156
    assert set(sites.loc[~sites["starter"].astype(bool), "kind"]) == {"city", "polar", "rural_clean", "cloud_region"}


def test_every_country_with_land_and_a_town_is_in_the_world_set() -> None:
    """Bouvet, Heard, the Chagos, Tokelau and the US outlying islands have no town in GeoNames."""
    missing = set(read_table("countries")["iso2"]) - set(read_table("sites")["country_iso2"])
    assert missing <= {"BV", "HM", "IO", "TK", "UM"}


def test_border_towns_keep_to_their_side() -> None:
    zone = places().drop_duplicates("id").set_index("id")["zone_id"]
    assert zone["foz-do-iguacu"] == "BR-S"
    assert zone["ciudad-del-este"] == "PY"
    assert zone["geneva"] == "CH"
    assert zone["johor-bahru"] == "MY-WM"
    assert zone["copenhagen"] == "DK-DK2"


def test_every_polar_place_that_the_project_promises_is_there() -> None:
    assert set(POLAR) <= set(read_table("sites")["id"])


def test_namibia_is_a_country_and_not_a_missing_value() -> None:
    windhoek = read_table("sites").set_index("id").loc["windhoek"]
    assert windhoek["country_iso2"] == "NA"
    assert windhoek["zone_id"] == "NA"
    assert read_table("zones").set_index("zone_id").loc["NA", "country_iso3"] == "NAM"


def test_states_and_provinces_are_jurisdictions_of_their_own() -> None:
    jurisdiction = places().drop_duplicates("id").set_index("id")["jurisdiction"]
    assert jurisdiction["dallas"] == "US-TX"
    assert jurisdiction["quebec-city"] == "CA-QC"
    assert jurisdiction["lulea"] == "SE"


def test_a_hub_weighs_as_many_regions_as_it_lists() -> None:
    hubs = read_table("hubs")
    assert (hubs["regions"].str.split(";").str.len() == hubs["weight"]).all()
    listed = hubs["regions"].str.split(";").explode()
    assert not listed.duplicated().any()
    assert listed.size == 230


@pytest.mark.parametrize("place", ["longyearbyen", "mcmurdo"])
def test_a_place_without_published_intensity_gets_none(place: str) -> None:
    zone = read_table("sites").set_index("id").loc[place, "zone_id"]
    assert zone in set(read_table("zones")["zone_id"])
    assert zone not in set(read_table("zone_intensity")["zone_id"])


@pytest.mark.parametrize(
    ("place", "zone"),
    [
        ("the-dalles", "US-NW-BPAT"),
        ("reno", "US-NW-NEVP"),
        ("council-bluffs", "US-MIDW-MISO"),
        ("everett-us-wa", "US-NW-BPAT"),
        ("clinton-us-ia", "US-MIDW-MISO"),
        ("yuma", "US-SW-AZPS"),
        ("tulsa", "US-CENT-SWPP"),
        ("beijing", "CN-BJ"),
        ("ulanqab", "CN-NM"),
    ],
)
def test_a_place_is_on_the_grid_of_the_utility_that_serves_it(place: str, zone: str) -> None:
    assert read_table("sites").set_index("id").at[place, "zone_id"] == zone


def test_a_hub_is_on_the_grid_of_the_utility_that_serves_it() -> None:
    hubs = read_table("hubs").set_index("id")["zone_id"]
    assert hubs["charleston"] == "US-CAR-SC"
    assert hubs["the-dalles"] == "US-NW-BPAT"


def test_a_place_near_another_zone_says_so() -> None:
    sites = read_table("sites").set_index("id")
    near = sites.dropna(subset="zone_border_km")
    assert (near["zone_border_km"] <= 30).all()
    assert (near["zone_beyond"] != near["zone_id"]).all()
    assert (near["zone_beyond"].str[:2] == near["country_iso2"]).all()
    assert sites.at["council-bluffs", "zone_border_km"] == 0  # in the outline of the Southwest Power Pool
    assert sites.at["council-bluffs", "zone_beyond"] == "US-CENT-SWPP"
    assert set(sites["zone_beyond"].dropna()) <= set(read_table("zones")["zone_id"])


@pytest.mark.parametrize(
    ("place", "admin1"),
    [("hyderabad", "Telangana"), ("bergen", "Vestland"), ("trondheim", "Trøndelag"), ("ilulissat", "Avannaata")],
)
def test_admin1_units_bear_their_names_of_today(place: str, admin1: str) -> None:
    assert read_table("sites").set_index("id").at[place, "admin1"] == admin1
