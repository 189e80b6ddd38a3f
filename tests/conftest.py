"""What several tests share: the baseline, its plan solved once, a Texan plan, and a small question on files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from siting import Plan, Problem, Scenario, SiteCount, prepare, solve
from siting.world.tables import read_table

ROOT = Path(__file__).parents[1]
LOOSE_GAP = 0.02
"""The baseline is proven to 1e-4 in half a minute; to this it is solved in seconds."""

SITES_CSV = """id,name,lon,lat,plants_mw_150km
lulea-own,Lulea,22.2,65.6,5000
dublin-own,Dublin,-6.3,53.3,5000
singapore-own,Singapore,103.8,1.35,5000
"""
HUBS_CSV = """id,name,lon,lat,weight
oslo,Oslo,10.75,59.9,2
singapore,Singapore,103.85,1.3,1
"""
SMALL_TOML = """name = "small"
[demand]
it_mw = 60
hubs = "hubs.csv"
[candidates]
set = "sites.csv"
[[limits]]
kind = "site_count"
min = 2
"""

ONE_OF_THREE_CSV = """id,name,lon,lat,plants_mw_150km
malmo,Malmo,13.0,55.6,5000
bordeaux,Bordeaux,-0.6,44.8,5000
zurich,Zurich,8.5,47.4,5000
"""

Texas = Callable[..., Plan]


@pytest.fixture(scope="session")
def baseline() -> Scenario:
    """Return the shipped question."""
    return Scenario.read(ROOT / "scenarios" / "baseline.toml")


@pytest.fixture(scope="session")
def problem(baseline: Scenario) -> Problem:
    """Return the numbers of the shipped question."""
    return prepare(baseline)


@pytest.fixture(scope="session")
def plan(problem: Problem) -> Plan:
    """Return a good plan for the shipped question, proven loosely."""
    return solve(problem, time_limit_s=60.0, gap=LOOSE_GAP)


@pytest.fixture(scope="session")
def proven_baseline(problem: Problem) -> Plan:
    """Return the shipped plan, proven as closely as `siting plan` asks."""
    return solve(problem, time_limit_s=300.0, gap=1e-4)


def solve_in_texas(**changes: Any) -> Plan:
    """Solve 300 MW with all sites but the Texan ones left out: 17 halls of 20 MW, used at 0.9."""
    sites = read_table("sites").query("starter")
    others = tuple(sites.loc[sites["jurisdiction"] != "US-TX", "id"])
    question = {"name": "texas", "demand": {"it_mw": 300}, "candidates": {"exclude": others}} | changes
    return solve(prepare(Scenario(**question)))


@pytest.fixture(scope="session")
def texas() -> Texas:
    """Return what solves a question on Texan sites alone."""
    return solve_in_texas


@pytest.fixture(scope="session")
def texas_plan() -> Plan:
    """Return a plan that claims the Texan exemption."""
    return solve_in_texas()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Write a question on three places and two hubs of the planner's own, and return its file."""
    (tmp_path / "sites.csv").write_text(SITES_CSV, encoding="utf-8")
    (tmp_path / "hubs.csv").write_text(HUBS_CSV, encoding="utf-8")
    path = tmp_path / "small.toml"
    path.write_text(SMALL_TOML, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Return a question with one site of three, and so six plans in all: 60 MW in four halls, two designs."""
    folder = tmp_path_factory.mktemp("alone")
    (folder / "sites.csv").write_text(ONE_OF_THREE_CSV, encoding="utf-8")
    (folder / "hubs.csv").write_text(HUBS_CSV, encoding="utf-8")
    return Scenario(
        name="alone",
        demand={"it_mw": 60, "hubs": str(folder / "hubs.csv")},
        candidates={"set": str(folder / "sites.csv")},
        limits=(SiteCount(max=1),),
    )
