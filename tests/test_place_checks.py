"""Where the planner's places are: names, countries, slips of coordinates, small territories, one place twice; and ids."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as some

from siting import (
    EmissionsCap,
    GridHeadroom,
    InfeasibleError,
    Jurisdictions,
    MaxLatency,
    Scenario,
    ScenarioError,
    prepare,
    solve,
)
from siting.physics.geodesy import great_circle_km
from siting.world.identifiers import identifier, slug
from siting.world.locate_point import NOT_ON_THE_MAP, locate
from siting.world.place_facts import place_named, row_named, shipped_names
from siting.world.policy.country_names import ALIASES, country_code
from siting.world.policy.jurisdictions import known_code
from siting.world.tables import read_table
from siting.world.user_files.place_checks import ONE_PLACE_KM, near_pairs
from siting.world.user_files.user_places import read_hubs, read_sites
from siting.world.user_files.user_tables import NOTES

HUBS = "id,name,lon,lat,weight\nstockholm,Stockholm,18.07,59.33,2\nfrankfurt,Frankfurt,8.68,50.11,3\n"


def csv(folder: Path, text: str, name: str = "mine.csv") -> Path:
    """Write a file of places."""
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def notes(folder: Path, text: str) -> str:
    """Return what is stated beside the sites of a file."""
    return "\n".join(read_sites(csv(folder, text)).attrs[NOTES])


def scenario(folder: Path, sites: str, *limits: Any, it_mw: float = 100, hubs: str = HUBS) -> Scenario:
    """Return a scenario on sites and hubs of one's own."""
    files = csv(folder, sites, "sites.csv"), csv(folder, hubs, "hubs.csv")
    demand = {"it_mw": it_mw, "hubs": files[1].name}
    given = {"name": "own", "demand": demand, "candidates": {"set": files[0].name}, "limits": limits}
    return Scenario(**given).with_folder(folder)


# --- countries -----------------------------------------------------------------------------------


def test_every_country_is_known_by_its_codes_and_its_name() -> None:
    table = read_table("countries")
    for code, three, name in zip(table["iso2"], table["iso3"], table["name"], strict=True):
        for word in (code, code.lower(), three, three.lower(), name, name.upper(), name.removeprefix("The ")):
            assert country_code(word) == code, word


def test_an_alias_never_hides_a_code_or_a_name() -> None:
    table = read_table("countries")
    taken = {slug(str(x)) for c in ("iso2", "iso3", "name") for x in table[c]}
    meant = dict(zip((slug(str(n)) for n in table["name"]), table["iso2"], strict=True))
    for code, others in ALIASES.items():
        assert code in set(table["iso2"])
        for other in others:
            assert other == slug(other)
            assert other not in taken or meant.get(other, code if other == "xkx" else None) == code


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("UK", "GB"),
        ("EL", "GR"),
        ("uk", "GB"),
        ("Deutschland", None),
        ("USA", "US"),
        ("united states", "US"),
        ("", None),
    ],
)
def test_usual_words_for_a_country_are_read(word: str, code: str | None) -> None:
    assert country_code(word) == code


@pytest.mark.parametrize(
    ("word", "code"),
    [("UK", "GB"), ("us-tx", "US-TX"), ("DEU", "DE"), ("eu", "EU"), ("Sweden", "SE"), ("USA-TX", "US-TX")],
)
def test_a_limit_reads_the_same_words(word: str, code: str) -> None:
    assert known_code(word) == code
    assert Jurisdictions(allowed=(word,)).allowed == (code,)


def test_two_words_for_one_place_do_not_hide_a_cap() -> None:
    assert EmissionsCap(by_jurisdiction={"UK": 1.0, "us-tx": 2.0}).by_jurisdiction == {"GB": 1.0, "US-TX": 2.0}
    with pytest.raises(ScenarioError, match="`UK` and `GB` are one place: keep one cap"):
        EmissionsCap(by_jurisdiction={"UK": 1.0, "GB": 2.0})


@settings(max_examples=50, deadline=None)
@given(some.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2))
def test_no_other_country_is_guessed_for_two_letters(word: str) -> None:
    assume(country_code(word) is None and word != "EU")
    with pytest.raises(ValueError, match="is not a country code") as caught:
        known_code(word)
    assert "did you mean" not in str(caught.value)


def test_a_country_of_a_site_is_read_and_said(tmp_path: Path) -> None:
    rows = "London,-0.1,51.5,UK\nAthens,23.7,38.0,EL\nParis,2.35,48.86,fra\nBerlin,13.4,52.5,Germany\n"
    sites = read_sites(csv(tmp_path, "name,lon,lat,country_iso2\n" + rows))
    assert sites["country_iso2"].tolist() == ["GB", "GR", "FR", "DE"]
    said = "`UK` is read as `GB`, `EL` is read as `GR`, `fra` is read as `FR`, `Germany` is read as `DE`"
    assert any(said in note for note in sites.attrs[NOTES])


def test_an_unknown_country_is_one_fault_without_a_guess(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"has 2 fault\(s\)") as caught:
        read_sites(csv(tmp_path, "name,lon,lat,country_iso2\na,22,66,ZZ\nb,22,66,Swedn\n"))
    text = str(caught.value)
    assert "row 2 (a): no country `ZZ`: give its ISO 3166-1 code" in text
    assert "row 3 (b): no country `Swedn`: did you mean `Sweden`?" in text
    assert "Namibia" not in text


def test_a_stated_jurisdiction_is_read_like_a_country(tmp_path: Path) -> None:
    rows = "a,-97.7,30.3,us-tx\nb,-0.1,51.5,UK\n"
    assert read_sites(csv(tmp_path, "name,lon,lat,jurisdiction\n" + rows))["jurisdiction"].tolist() == ["US-TX", "GB"]


@pytest.mark.parametrize(("stated", "fault"), [("US-TX", "is not in SE"), ("XX", "is not a country code")])
def test_a_stated_jurisdiction_fits_its_country(tmp_path: Path, stated: str, fault: str) -> None:
    with pytest.raises(ScenarioError, match=fault):
        read_sites(csv(tmp_path, f"name,lon,lat,jurisdiction\na,22,66,{stated}\n"))


def test_a_residency_without_a_candidate_is_refused(tmp_path: Path) -> None:
    own = scenario(tmp_path, "name,lon,lat\na,22.15,65.58\n", MaxLatency(batch_ms=400), Jurisdictions(allowed=("UK",)))
    with pytest.raises(ScenarioError, match="none lies in `GB`"):
        prepare(own)


# --- coordinates and names -------------------------------------------------------------------------


def test_a_known_name_far_away_is_said_with_the_slip(tmp_path: Path) -> None:
    text = notes(tmp_path, "name,lon,lat\nAnkara,39.93,32.86\nDenver,104.99,39.74\nLuleå,22.15,65.58\n")
    assert "row 2 (Ankara) is in IQ, 1,008 km from the known place Ankara (Turkey)" in text
    assert "near it swapped: 32.86, 39.93" in text
    assert "row 3 (Denver) is in CN" in text
    assert "near it with the other sign of the longitude: -104.99, 39.74" in text
    assert "Lule" not in text


@settings(max_examples=40, deadline=None)
@given(some.integers(0, 2999), some.sampled_from(["as it is", "swapped", "lon", "lat"]))
def test_a_slip_of_a_known_place_is_never_silent(tmp_path_factory: Any, row: int, slip: str) -> None:
    """A shipped place under its name: nothing is said of the right coordinates, and something of any slip."""
    name, lon, lat = (read_table("sites").iloc[row][c] for c in ("name", "lon", "lat"))
    x, y = {"as it is": (lon, lat), "swapped": (lat, lon), "lon": (-lon, lat), "lat": (lon, -lat)}[slip]
    assume(abs(y) <= 90)
    same = read_table("sites").query("name == @name")
    assume(slip == "as it is" or great_circle_km(x, y, same["lon"], same["lat"]).min() > 150)
    folder = tmp_path_factory.mktemp("slip")
    csv(folder, f'name,lon,lat\n"{name}",{x},{y}\n')
    try:
        said = any("from the known place" in note for note in read_sites(folder / "mine.csv").attrs[NOTES])
    except ScenarioError as error:
        said = "lies at sea" in str(error)
    assert said == (slip != "as it is")


@pytest.mark.parametrize(
    ("lon", "lat", "hint"),
    [
        (104.99, 39.74, "with the other sign of the longitude, -104.99, 39.74 lies in US"),
        (39.74, -104.99, "`lat` is -104.99"),
        (-104.99, -39.74, "with the other sign of the latitude, -104.99, 39.74 lies in US"),
    ],
)
def test_a_stated_country_that_contradicts_is_an_error(tmp_path: Path, lon: float, lat: float, hint: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_sites(csv(tmp_path, f"name,lon,lat,country_iso2\nDenver,{lon},{lat},US\n"))
    assert hint in str(caught.value)


def test_hubs_are_located_like_sites(tmp_path: Path) -> None:
    hubs = read_hubs(csv(tmp_path, HUBS))
    assert hubs["country_iso2"].tolist() == ["SE", "DE"]
    assert hubs.attrs[NOTES] == ()
    swapped = "name,lon,lat\nStockholm,59.33,18.07\nFrankfurt,50.11,8.68\n"
    with pytest.raises(ScenarioError, match=r"\(Stockholm\): .* at sea, .*swapped, 18.07, 59.33 lies in SE"):
        read_hubs(csv(tmp_path, swapped))
    with pytest.raises(ScenarioError, match="lies in DE, not in the stated FR"):
        read_hubs(csv(tmp_path, "name,lon,lat,country_iso2\nx,8.68,50.11,FR\n"))
    far = read_hubs(csv(tmp_path, "name,lon,lat\nAnkara,39.93,32.86\n"))
    assert "from the known place Ankara" in far.attrs[NOTES][0]


def test_residency_works_with_hubs_of_ones_own(tmp_path: Path) -> None:
    sites = "name,lon,lat\nLuleå,22.15,65.58\nFrankfurt,8.68,50.11\n"
    home = Jurisdictions(home=True)
    plan = solve(prepare(scenario(tmp_path, sites, MaxLatency(batch_ms=400), home)))
    served = dict(zip(plan.assignments["hub"], plan.assignments["site"], strict=True))
    assert served == {"stockholm": "lulea", "frankfurt": "frankfurt"}


def test_what_was_assumed_is_said_where_no_plan_is_possible(tmp_path: Path) -> None:
    sites = "name,lon,lat\nDenver,104.99,39.74\n"
    with pytest.raises(InfeasibleError, match=r"Note: sites\.csv: row 2 \(Denver\) is in CN, .* from the known place"):
        prepare(scenario(tmp_path, sites, MaxLatency(batch_ms=50)))


# --- territories that the map does not show --------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "lon", "lat"),
    [
        *((code, *point) for code, points in NOT_ON_THE_MAP.items() for point in points),
        ("MO", 113.55, 22.19),
        ("MC", 7.42, 43.738),
        ("BM", -64.75, 32.3),
        ("SM", 12.45, 43.94),
        ("LI", 9.52, 47.14),
        ("SG", 103.85, 1.29),
        ("HK", 114.17, 22.3),
        ("MT", 14.51, 35.9),
        ("AD", 1.52, 42.51),
    ],
)
def test_a_small_territory_is_taken_where_it_is_stated(code: str, lon: float, lat: float) -> None:
    here = locate(lon, lat, code)
    assert here.country_iso2 == code
    assert here.stated <= (code in NOT_ON_THE_MAP)
    assert locate(13.4, 52.5, code).country_iso2 is None  # Berlin is in none of them


def test_gibraltar_as_stated_has_its_zone_and_is_marked(tmp_path: Path) -> None:
    sites = read_sites(csv(tmp_path, "name,lon,lat,country_iso2\nGibraltar,-5.35,36.14,GI\n"))
    assert sites[["country_iso2", "zone_id", "jurisdiction", "zone_quality"]].iloc[0].tolist() == [
        "GI", "GI", "GI", "unverified",
    ]  # fmt: skip
    assert any("row 2 (Gibraltar) as stated" in note for note in sites.attrs[NOTES])


# --- one place twice --------------------------------------------------------------------------------


def test_candidates_at_one_place_share_the_plants_nearby(tmp_path: Path) -> None:
    alone = "name,lon,lat\nX,2.44,44.93\n"
    together = "name,lon,lat\nX,2.44,44.93\nY,2.44,44.93\nZ,2.45,44.93\n"
    most = 0.25 * float(read_sites(csv(tmp_path, alone))["plants_mw_150km"].iloc[0])
    limits = (MaxLatency(batch_ms=400), GridHeadroom())
    own = scenario(tmp_path, together, *limits, it_mw=0.5 * most)
    plan = solve(prepare(own))
    peak = 20 * plan.sites["halls"] * plan.sites["peak_pue"]
    assert peak.sum() <= most * 1.02  # the three points have nearly the same plants
    plan.verify()
    assert "X and Y are 0.0 km apart" in "\n".join(prepare(own).notes)
    with_more = solve(prepare(scenario(tmp_path, together, *limits, it_mw=1.5 * most)))
    assert with_more.status == "infeasible"


def test_thousands_of_candidates_at_one_point_are_refused_or_share_one_row(tmp_path: Path) -> None:
    many = "".join(f"s{k},2.44,44.93\n" for k in range(300))
    problem = prepare(scenario(tmp_path, "name,lon,lat\n" + many, MaxLatency(batch_ms=400), GridHeadroom()))
    shared = [row for row in GridHeadroom().rows(problem) if any(", " in where for where in row.where)]
    assert [len(row.where) for row in shared] == [1]
    assert all(len(note) < 4000 for note in problem.notes)
    with pytest.raises(ScenarioError, match=r"pairs of candidates are within 5 km of each other: give each place once"):
        near_pairs(np.full(2000, 2.44), np.full(2000, 44.93), ["FR"] * 2000)


@settings(max_examples=30, deadline=None)
@given(some.lists(some.tuples(some.floats(-180, 180), some.floats(-90, 90)), min_size=2, max_size=6))
def test_near_pairs_are_those_of_the_great_circle(points: list[tuple[float, float]]) -> None:
    at = [*points, *((lon, max(lat - 0.03, -90.0)) for lon, lat in points)]
    lon, lat = np.array(at).T
    pairs = near_pairs(lon, lat, ["XX"] * len(at))
    km = [[float(great_circle_km(*a, *b)) for b in at] for a in at]
    sure = {(i, j) for i in range(len(at)) for j in range(i) if abs(km[i][j] - ONE_PLACE_KM) > 1e-6}
    assert {(j, i) for i, j in sure if km[i][j] < ONE_PLACE_KM} == {(a, b) for a, b in pairs.tolist() if (b, a) in sure}
    assert near_pairs(lon, lat, list(range(len(at)))).size == 0  # a border parts them


# --- identifiers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("København", "kobenhavn"),
        ("Łódź", "lodz"),
        ("Tromsø", "tromso"),
        ("Þórshöfn", "thorshofn"),
        ("Straße", "strasse"),
        ("GROẞ", "gross"),
        ("Ærø", "aero"),
        ("Đà Nẵng", "da-nang"),
        ("Diyarbak\u0131r", "diyarbakir"),
        ("İzmir", "izmir"),
        ("Œuvre", "oeuvre"),
        ("Ni\u02bbihau", "niihau"),
    ],
)
def test_letters_beyond_ascii_stay_in_the_id(name: str, wanted: str) -> None:
    assert identifier(name, 7) == wanted


@pytest.mark.parametrize("name", ["東京", "東京 2", "Москва", "القاهرة", "서울 A", "★"])
def test_a_name_in_another_script_has_the_id_of_its_row(name: str, tmp_path: Path) -> None:
    assert identifier(name, 7) == "row-7"
    sites = read_sites(csv(tmp_path, f"name,lon,lat\na,22,66\n{name},22.5,66\n{name},23,66.5\n"))
    assert sites["id"].tolist() == ["a", "row-3", "row-4"]
    assert sites["name"].tolist() == ["a", name, name]


@settings(max_examples=50, deadline=None)
@given(some.text(max_size=20))
def test_an_id_is_plain_and_stays_itself(name: str) -> None:
    found = identifier(name, 3)
    assert found.isascii()
    assert identifier(found, 9) == found
    assert bool(found) == bool(name.strip() and (slug(name) or name.strip()))


def test_every_name_that_is_printed_is_found() -> None:
    ids, names = shipped_names()
    for table in ("sites", "hubs"):
        rows = read_table(table)
        for key, name, lon, lat in zip(rows["id"], rows["name"], rows["lon"], rows["lat"], strict=True):
            assert ids[key][0][2] == key
            of_id = ids.get(slug(name), [])
            near = [great_circle_km(lon, lat, x, y) < 60 for x, y, _ in of_id or names[slug(name)]]
            assert any(near) or of_id  # a name may be the id of another place: Amsterdam is that of the Netherlands
    for name in [*read_table("hubs")["name"][::12], "Tromsø", "Ålesund", "Arkhangel\u2019sk", "Diyarbak\u0131r"]:
        assert row_named(name)["name"]
    with pytest.raises(
        ScenarioError,
        match="2 shipped sites are called `Changsha`: add the state or country, or give an id: changsha-cn-11, changsha",
    ):
        row_named("Changsha")
    with pytest.raises(ScenarioError, match="no shipped site is called `東京`"):
        row_named("東京")


@pytest.mark.parametrize("name", ["Tromsø", "Łódź", "São Paulo", "tromso", "Abu Dhabi", "lulea"])
def test_a_shipped_name_has_its_page(name: str) -> None:
    assert len(place_named(name)) > 20
