"""What a planner gives in the wrong form is named for what it is, once, and in one message."""

from pathlib import Path

import pytest

from siting import Scenario, ScenarioError, prepare
from siting.world.user_files.guarded_files import decoded
from siting.world.user_files.user_places import read_hubs, read_sites


def refused(folder: Path, name: str, content: bytes) -> str:
    """Return why a file of sites is refused."""
    (folder / name).write_bytes(content)
    with pytest.raises(ScenarioError) as caught:
        read_sites(folder / name)
    return str(caught.value)


def test_faults_of_cells_and_of_places_come_in_one_message(tmp_path: Path) -> None:
    rows = "id,lon,lat,country,price_usd_per_mwh\na,x,65.6,SE,50\nb,-30,40,,cheap\nc,22.15,95,,0.05\nd,22.15,65.58,Swedn,\nd,22,65.58,,\n"
    said = refused(tmp_path, "mine.csv", rows.encode())
    for text in (
        "mine.csv has 7 fault(s):",
        "row 2, `lon` is `x`: write a number with a decimal point",
        "row 3, `price_usd_per_mwh` is `cheap`",
        "row 4 (c): `price_usd_per_mwh` is 0.05, which looks like USD/kWh",
        "row 3 (b): -30, 40 lies at sea",
        "row 4 (c): `lat` is 95",
        "no country `Swedn`",
        "share the id `d`",
    ):
        assert text in said


def test_hubs_too(tmp_path: Path) -> None:
    (tmp_path / "hubs.csv").write_text("name,lon,lat,weight\na,x,1,1\nb,-30,40,many\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"(?s)has 3 fault.*`lon` is `x`.*`weight` is `many`.*lies at sea"):
        read_hubs(tmp_path / "hubs.csv")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("mine.xlsx", b"PK\x03\x04rest", "mine.xlsx is a workbook (xlsx), not text: save the sheet as CSV (UTF-8)"),
        ("mine.ods", b"PK\x03\x04rest", "mine.ods is a workbook (ods), not text: save the sheet as CSV (UTF-8)"),
        (
            "mine.csv",
            b"PK\x03\x04rest",
            "mine.csv is a zip archive or a workbook (xlsx, ods), not text: unpack it first",
        ),
        (
            "mine.html",
            b"\n<!DOCTYPE html><table>",
            "mine.html is an HTML page, not a table of text: save the sheet as CSV",
        ),
        ("mine.csv", b"<html><body>", "mine.csv is an HTML page, not a table of text: save the sheet as CSV (UTF-8)"),
    ],
)
def test_a_workbook_and_a_page_are_named_with_the_remedy(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    assert message in refused(tmp_path, name, content)


def test_a_file_with_nul_says_utf_8_once(tmp_path: Path) -> None:
    said = refused(tmp_path, "mine.csv", b"name,lon,lat\na\x00,1,2\n")
    assert said.startswith(
        "mine.csv holds NUL characters: give a CSV file in UTF-8 with the columns id, name, lon, lat"
    )
    assert said.count("UTF-8") == 1


@pytest.mark.parametrize("name", ["mine.gpkg", "mine.kml"])
def test_a_damaged_layer_gives_no_advice_on_drivers(tmp_path: Path, name: str) -> None:
    said = refused(tmp_path, name, b"nothing of the kind" * 40)
    assert f"cannot read {tmp_path / name} (" in said
    assert said.endswith("): export the points as GeoJSON or CSV")
    assert "It might help" not in said
    assert "driver" not in said.lower()


def test_text_is_decoded_at_one_door() -> None:
    assert decoded("name = 'Łódź'".encode("utf-16"), "x") == "name = 'Łódź'"
    with pytest.raises(ScenarioError, match=r"x is not in UTF-8 \(line 2\): save it in that encoding"):
        decoded("a\nLuleå".encode("cp1252"), "x")


def test_a_path_from_home_is_expanded_or_refused_clearly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    text = 'name = "x"\n[demand]\nit_mw = 60\n[candidates]\nset = "~/places.csv"\n'
    (tmp_path / "x.toml").write_text(text, encoding="utf-8")
    read = Scenario.read("~/x.toml")
    with pytest.raises(
        ScenarioError, match=r"`~/places.csv` begins with `~`, which a scenario does not expand: write the whole"
    ):
        prepare(read)
