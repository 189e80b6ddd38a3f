"""What was assumed to read the planner's files is shown by `check` and `plan`, whichever file it is."""

import json
from pathlib import Path

import geopandas as gpd
import pytest
from conftest import HUBS_CSV, SITES_CSV, SMALL_TOML

from siting import Scenario, ScenarioError, prepare
from siting.cli.main import app
from siting.scenario.files import input_files

HOURS = "".join(f"{k % 24},5\n" for k in range(8784))
CONTRACT = """
[minimise]
objective = "emissions_per_compute"
carbon = { basis = "market" }
[latency]
measured = "rtt.csv"
[[contracts]]
name = "wind"
zone = "SE-SE1"
mwh_per_year = 1000
g_per_kwh = 0
matching = "hourly"
shape = "wind.csv"
"""


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Write a scenario whose files have four dialects."""
    (tmp_path / "sites.csv").write_bytes(SITES_CSV.replace(",", "\t").encode("utf-16"))
    (tmp_path / "hubs.csv").write_bytes(HUBS_CSV.replace("lon,lat", "longitude,latitude").encode())
    (tmp_path / "rtt.csv").write_text("site;hub;rtt_ms\nlulea-own;oslo;31,5\n")
    (tmp_path / "wind.csv").write_text(f"MWh\n{HOURS}")
    (tmp_path / "q.toml").write_text(SMALL_TOML + CONTRACT)
    return tmp_path / "q.toml"


NOTES = (
    "sites.csv is not UTF-8: read as UTF-16",
    "sites.csv is separated by tabs",
    "hubs.csv: column `longitude` is read as `lon`",
    "hubs.csv: column `latitude` is read as `lat`",
    "rtt.csv is separated by semicolons",
    "rtt.csv has decimal commas, for example `31,5` is 31.5",
    "wind.csv: column `MWh` is read as `mwh`",
    "wind.csv has decimal commas, for example `0,5` is 0.5",
    "wind.csv has the 8,784 hours of a leap year: 29 February is left out",
)


def test_the_notes_of_all_files_are_those_of_the_problem(foreign: Path) -> None:
    assert prepare(Scenario.read(foreign)).notes == NOTES


@pytest.mark.slow
@pytest.mark.parametrize("line", [["check"], ["plan", "--no-report", "--out", "out"]])
def test_check_and_plan_show_them(
    foreign: Path, line: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(foreign.parent)
    for more in ([], ["--json"]):
        app([line[0], str(foreign), *line[1:], *more], standalone_mode=False)
    printed = capsys.readouterr().out
    assert all(note in printed for note in NOTES)
    assert json.loads(printed.splitlines()[-1])["notes"] == list(NOTES)


def test_the_files_beside_a_shapefile_belong_to_the_scenario(tmp_path: Path) -> None:
    points = gpd.GeoDataFrame({"name": ["a"]}, geometry=gpd.points_from_xy([22.2], [65.6]), crs=4326)
    points.to_file(tmp_path / "p.shp")
    scenario = Scenario(name="own", candidates={"set": "p.shp"}, demand={"it_mw": 60}).with_folder(tmp_path)
    assert set(input_files(scenario)) == {"p.shp", "p.shx", "p.dbf", "p.prj", "p.cpg"}


def test_a_demand_that_is_not_finite_is_refused(tmp_path: Path) -> None:
    (tmp_path / "q.toml").write_text('name = "q"\n[demand]\nruns = [{ id = "opt-175b", per_year = 1e308 }]\n')
    with pytest.raises(ScenarioError, match=r"demand|per_year"):
        prepare(Scenario.read(tmp_path / "q.toml"))
