"""The shipped scenarios: each reads, prepares, and is proven; what stands in their comments is valid too."""

import re
from pathlib import Path

import pytest

from siting import Scenario, ScenarioError, prepare, solve
from siting.problem.parts import Contracts

FOLDER = Path(__file__).parents[1] / "scenarios"
FILES = sorted(FOLDER.glob("*.toml"))
NAMES = [path.stem for path in FILES]


def test_the_shipped_scenarios_are_these() -> None:
    assert {
        "baseline",
        "training_and_serving",
        "polar",
        "renewables_only",
        "carbon_price_and_incentives",
        "data_residency",
    } <= set(NAMES)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_shipped_scenario_has_its_file_s_name_a_question_and_a_word_on_every_limit(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    scenario = Scenario.read(path)
    assert scenario.name == path.stem
    assert scenario.candidates.set == "starter"
    assert re.match(r"# .+\?|# .+\.", text.splitlines()[0])
    assert "# " in text.split("[[limits]]", 1)[1]


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_shipped_scenario_has_sites_enough(path: Path) -> None:
    problem = prepare(Scenario.read(path))
    needed = problem.scenario.demand.it_mw
    room = problem.options.groupby("site")["max_halls"].max().sum() * problem.scenario.usable_hall_mw
    assert len(problem.sites) >= 10
    assert needed is not None
    assert room > needed


def uncommented(name: str, *starts: str) -> str:
    """Return a scenario with its commented lines of settings in force, from the first that begins so."""
    lines = (FOLDER / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    settings = re.compile(r"# ((\[\[\w+\]\]|\w+ = ).*)")
    return "\n".join(
        m[1] if (m := settings.fullmatch(x)) and (not starts or m[1].startswith(starts)) else x for x in lines
    )


def test_the_contracts_in_the_comments_are_valid(tmp_path: Path) -> None:
    text = uncommented("renewables_only").replace('basis = "location"', 'basis = "market"')
    (tmp_path / "bought.toml").write_text(text, encoding="utf-8")
    problem = prepare(Scenario.read(tmp_path / "bought.toml"))
    assert [c.name for c in problem.scenario.contracts] == ["hydropower"]
    assert [z.zone for z in problem.part(Contracts).curves] == ["CA-QC"]


def test_the_switches_and_promises_in_the_comments_are_valid(tmp_path: Path) -> None:
    for name in ("carbon_price_and_incentives", "data_residency"):
        (tmp_path / "x.toml").write_text(uncommented(name), encoding="utf-8")
        scenario = Scenario.read(tmp_path / "x.toml")
        assert len(scenario.policy.switched(scenario.file)) == (3 if name.startswith("carbon") else 0)
        prepare(scenario)


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_shipped_scenario_is_proven_and_stands_its_re_check(path: Path) -> None:
    plan = solve(prepare(Scenario.read(path)), time_limit_s=300.0)
    assert plan.status == "optimal"
    assert plan.gap is not None
    assert plan.gap <= 1e-4
    plan.verify()
    assert plan.kpis["emissions_g_per_eflop"] > 0


def test_hubs_of_excluded_countries_are_left_out_and_the_others_share_the_demand() -> None:
    whole = prepare(Scenario(name="whole", demand={"it_mw": 100, "network": "backbone"}))
    fewer = prepare(
        Scenario(name="fewer", demand={"it_mw": 100, "network": "backbone", "exclude_countries": ["China", "AU"]})
    )
    assert {"CN", "AU"} <= set(whole.hubs["country_iso2"])
    assert not {"CN", "AU"} & set(fewer.hubs["country_iso2"])
    assert fewer.demand_mw.sum() == pytest.approx(100)


def test_an_excluded_country_that_is_none_and_one_that_leaves_no_hub_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="`Chinna`: no country is called so"):
        Scenario(name="chinna", demand={"it_mw": 100, "exclude_countries": ["Chinna"]})
    hubs = tmp_path / "hubs.csv"
    hubs.write_text("id,lon,lat,weight\noslo,10.75,59.9,1\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="leaves no hub with a weight above 0"):
        prepare(Scenario(name="none", demand={"it_mw": 100, "hubs": str(hubs), "exclude_countries": ["NO"]}))
