"""What several tests share: the baseline, its plan solved once, a Texan plan, and a small question on files."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from instances import DRAWS_ITS_NAMEPLATE

from siting import Plan, Problem, Scenario, SiteCount, SitingError, prepare, solve
from siting.scenario.files import file_digests
from siting.verify import plan_check
from siting.world.tables import read_table

ROOT = Path(__file__).parents[1]
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # started in the background: tests of Ctrl-C would wait for ever
    signal.signal(signal.SIGINT, signal.default_int_handler)
LOOSE_GAP = 0.02
"""The baseline is proven to 1e-4 in half a minute; to this it is solved in seconds."""

WET = ("airside_economizer_adiabatic", "waterside_economizer")
"""Designs that use water."""

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
[building]
utilisation_min = 0
[[limits]]
kind = "site_count"
min = 2
"""

ONE_OF_THREE_CSV = """id,name,lon,lat,plants_mw_150km
malmo,Malmo,13.0,55.6,5000
bordeaux,Bordeaux,-0.6,44.8,5000
narvik,Narvik,17.4,68.4,5000
"""

Texas = Callable[..., Plan]


@pytest.fixture(autouse=True)
def width_of_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the width of the terminal that runs the tests, which tables printed into a pipe would take."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture(scope="session", autouse=True)
def one_rebuild_per_scenario() -> Iterator[None]:
    """Prepare each scenario once for all re-checks of its plans: most tests change a plan and keep its scenario."""
    real, known = plan_check.verify, dict[tuple[object, ...], Problem]()

    def verify(plan: Plan, rebuild: Callable[[Scenario], Problem]) -> Any:
        def remembered(scenario: Scenario) -> Problem:
            try:
                key = (scenario.model_dump_json(), str(scenario.folders), *file_digests(scenario).items())
            except (SitingError, ValueError, TypeError):
                return rebuild(scenario)
            key = (key, tuple(type(limit) for limit in scenario.limits), rebuild)
            if key not in known:
                known[key] = rebuild(scenario)
            return known[key]

        return real(plan, rebuild=remembered)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan_check, "verify", verify)
        yield


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
    question = {"name": "texas", "demand": {"it_mw": 300}, "candidates": {"exclude": others}}
    plant = {"hardware": DRAWS_ITS_NAMEPLATE, "building": {"cooling": WET}}
    return solve(prepare(Scenario(**(question | plant | changes))))


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
        building={"cooling": WET},
        hardware=DRAWS_ITS_NAMEPLATE,
        limits=(SiteCount(max=1),),
    )
