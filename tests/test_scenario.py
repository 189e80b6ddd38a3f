"""A scenario is one sentence: it reads back as it was written, and all its faults come at once."""

import datetime as dt
import importlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import problem_of, random_numbers

from siting import (
    Budget,
    Cost,
    EmissionsPerCompute,
    GridHeadroom,
    Limit,
    MaxLatency,
    RenewableShare,
    Scenario,
    ScenarioError,
    Screen,
    SiteCount,
    prepare,
    solve,
)
from siting.problem.rows import Family, one_row
from siting.solver.results.binding import MET, _because


def read(folder: Path, text: str) -> Scenario:
    """Read a scenario from the text of its file."""
    path = folder / "asked.toml"
    path.write_text(text, encoding="utf-8")
    return Scenario.read(path)


# --- reading and writing -------------------------------------------------------------------------


def test_the_baseline_reads_back_as_it_was_written(baseline: Scenario, tmp_path: Path) -> None:
    baseline.write(tmp_path / "again.toml")
    assert Scenario.read(tmp_path / "again.toml") == baseline


def test_a_scenario_built_in_python_equals_the_one_of_the_file(baseline: Scenario) -> None:
    built = Scenario(
        name="baseline",
        demand={
            "it_mw": 1000,
            "hubs": "cloud_regions",
            "exclude_countries": ["CN"],
            "network": "backbone",
            "shares": {"batch": 1.0},
        },
        hardware={"accelerator": "NVIDIA B200", "mfu": 0.38},
        candidates={"set": "starter"},
        building={"hall_mw": 20, "min_halls": 2},
        minimise=EmissionsPerCompute(carbon={"scope": "lifecycle", "signal": "average", "basis": "location"}),
        limits=(
            MaxLatency(batch_ms=200),
            SiteCount(min=3, max=16),
            RenewableShare(min=0.6),
            GridHeadroom(),
            Screen(),
            Budget(above_least_cost=0.03),
        ),
        policy={"date": dt.date(2026, 7, 1), "packs": "all"},
    )
    assert built == baseline


def test_scenarios_that_ask_for_different_things_differ(baseline: Scenario) -> None:
    other = Scenario(**(baseline.as_dict() | {"limits": [SiteCount(min=3, max=15)]}))
    assert other != baseline
    assert other != "baseline"


SHARES = st.floats(0.01, 1.0)
LIMITS = st.one_of(
    st.builds(MaxLatency, batch_ms=st.floats(1.0, 400.0)),
    st.builds(SiteCount, min=st.integers(1, 5), max=st.none() | st.integers(5, 20)),
    st.builds(RenewableShare, min=SHARES),
    st.builds(GridHeadroom, zone_share=SHARES, plants_share=SHARES),
    st.builds(
        Screen,
        min_political_stability=st.none() | st.floats(-2.5, 2.5),
        min_rule_of_law=st.none() | st.floats(-2.5, 2.5),
        max_outages_per_month=st.none() | st.floats(0.0, 30.0),
        min_access_to_electricity=st.none() | SHARES,
        sanctions=st.booleans(),
    ),
    st.builds(Budget, usd_per_year=st.floats(1000.0, 1e11)),
    st.builds(Budget, above_least_cost=st.floats(0.0, 2.0)),
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    limits=st.lists(LIMITS, max_size=5).filter(lambda some: sum(isinstance(x, Budget) for x in some) < 2),
    minimise=st.sampled_from([Cost(), EmissionsPerCompute(), EmissionsPerCompute(carbon={"scope": "direct"})]),
    demand=st.one_of(
        st.builds(lambda x: {"it_mw": x}, st.floats(0.05, 1e5)),
        st.builds(lambda x: {"eflop_per_year": x}, st.floats(1e5, 1e12)),
    ),
    date=st.dates(dt.date(1990, 1, 1), dt.date(2050, 1, 1)),
    price=st.none() | st.floats(0.5, 1000.0),
)
def test_whatever_can_be_asked_reads_back_equal(
    tmp_path_factory: pytest.TempPathFactory, limits: list[Limit], minimise: Any, demand: Any, date: Any, price: Any
) -> None:
    asked = Scenario(
        name="any",
        demand=demand,
        limits=limits,
        minimise=minimise,
        policy={"date": date, "carbon_price_usd_per_t": price, "packs": ("eu",)},
        costs={"discount-rate": 0.05},
    )
    path = tmp_path_factory.mktemp("asked") / "any.toml"
    asked.write(path)
    assert Scenario.read(path) == asked
    assert Scenario(**asked.model_dump(mode="json")) == asked


def test_a_screen_that_is_switched_off_stays_off_in_the_file(tmp_path: Path) -> None:
    asked = Scenario(name="lenient", limits=(Screen(min_rule_of_law=None),))
    asked.write(tmp_path / "lenient.toml")
    assert "min_rule_of_law = false" in (tmp_path / "lenient.toml").read_text(encoding="utf-8")
    assert Scenario.read(tmp_path / "lenient.toml").limits[0].min_rule_of_law is None


def test_a_file_without_a_name_is_named_after_itself(tmp_path: Path) -> None:
    assert read(tmp_path, "[demand]\nit_mw = 5").name == "asked"


def test_files_that_a_scenario_names_are_looked_for_beside_it(small: Path) -> None:
    assert Scenario.read(small).file("hubs.csv") == small.parent / "hubs.csv"


def test_a_scenario_cannot_be_changed_after_it_was_asked(baseline: Scenario) -> None:
    with pytest.raises(ScenarioError, match=r"`Scenario` is frozen, `name` cannot be set: .* `siting\.change`"):
        baseline.name = "other"  # type: ignore[misc]


def test_compute_wanted_is_turned_into_power() -> None:
    """An EFLOP a year at 1000 EFLOP/MWh and 8760 h: 8.76e6 EFLOP/a are 1 MW."""
    asked = Scenario(name="compute", demand={"eflop_per_year": 8.76e6})
    assert asked.demand.mean_it_mw(1000.0) == pytest.approx(1.0)


# --- faults --------------------------------------------------------------------------------------

ALL_WRONG = """
name = "all wrong"
lmits = []
[demand]
it_mw = -5
hubz = "cloud_regions"
shares = { batch = 1.2, interactive = 0.3 }
[hardware]
mfu = nan
[building]
hall_mw = inf
cooling = ["sea_breeze"]
[minimise]
objective = "emissions_per_compute"
carbon = { scope = "lifetime", signal = "marginal", basis = "market" }
[[limits]]
kind = "site_count"
min = 5
max = 3
[[limits]]
kind = "budget"
usd_per_year = 1e9
above_least_cost = 0.03
[[limits]]
kind = "max_latency"
serving_ms = 40
[[limits]]
kind = "max_latncy"
batch_ms = 200
[[limits]]
kind = "renewable_share"
minn = 0.6
[[limits]]
kind = "grid_headroom"
zone_share = nan
[policy]
packs = "some"
"""

EACH = [
    r"unknown key `lmits`: did you mean `limits`\?",
    r"`demand\.it_mw` is -5: should be greater than 0",
    r"unknown key `demand\.hubz`: did you mean `hubs`\?",
    r"`demand\.shares\.batch` is 1\.2: should be less than or equal to 1",
    r"`hardware\.mfu` is nan: should be a finite number",
    r"`building\.hall_mw` is inf: should be a finite number",
    r"`minimise\.carbon\.scope` is 'lifetime': should be 'lifecycle' or 'direct'",
    r"`limits\[0\] \(site_count\)`: `min` 5 is above `max` 3: swap them",
    r"`limits\[1\] \(budget\)`: give either `usd_per_year` or `above_least_cost`, one of the two",
    r"`limits\[2\] \(max_latency\)`: `serving_ms`: the demand has no class `serving`; it has `batch`, `interactive`",
    r"`limits\[3\] \(max_latncy\)`: `kind` is `max_latncy`: did you mean `max_latency`\? \(known are budget, .* more\)",
    r"unknown key `limits\[4\] \(renewable_share\)\.minn`: did you mean `min`\?",
    r"`limits\[4\] \(renewable_share\)\.min` is missing: give it a value",
    r"`limits\[5\] \(grid_headroom\)\.zone_share` is nan: should be a finite number",
    r"`policy\.packs`: is 'some': give \"all\", \"none\" or a list of pack ids",
]


def test_all_faults_of_one_file_come_in_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siting.errors.MOST_LISTED", 99)
    with pytest.raises(ScenarioError, match=r"scenario `all wrong` has 15 fault\(s\):") as caught:
        read(tmp_path, ALL_WRONG)
    said = str(caught.value)
    assert [fault for fault in EACH if not re.search(fault, said)] == []
    assert said.count("\n  - ") == len(EACH) == 15


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (
            {"demand": {"it_mw": 5, "shares": {"batch": 0.5, "late": 0.4}}},
            r"`demand`: `shares` sum to 0\.9: let them sum",
        ),
        ({"demand": {"it_mw": 5, "eflop_per_year": 5}}, r"`demand`: give either `it_mw`, `eflop_per_year` or `runs`"),
        ({"demand": {}}, r"`demand`: give either `it_mw`, `eflop_per_year` or `runs`"),
        ({"demand": {"it_mw": float("nan")}}, r"`demand\.it_mw` is nan: should be a finite number"),
        ({"demand": {"it_mw": 5, "shares": {"batch": float("nan")}}}, r"`demand\.shares\.batch` is nan"),
        ({"demand": 5}, r"`demand` is 5: give a table of keys"),
        ({"hardware": {"mfu": 38}}, r"`hardware\.mfu` is 38: should be less than or equal to 1"),
        ({"hardware": {"embodied": "mean"}}, r"`hardware\.embodied` is 'mean': should be 'low', 'mid' or 'high'"),
        ({"building": {"cooling": ["sea_breeze"]}}, r"`cooling` is \['sea_breeze'\]: name one or more of airside_econ"),
        ({"building": {"cooling": []}}, r"`cooling` is \[\]: name one or more of"),
        ({"building": {"cooling": ["waterside_economizer"] * 2}}, r"each once"),
        ({"building": {"min_halls": 0}}, r"`building\.min_halls` is 0: should be greater than or equal to 1"),
        ({"minimise": {"objective": "emision"}}, r"`objective` is `emision`: did you mean `emissions`\?"),
        (
            {"minimise": {"carbon": {"scope": "direct"}}},
            r"`minimise`: `objective` is `None` \(known are cost, cost_per_compute, .*emis",
        ),
        ({"limits": {"kind": "screen"}}, r"`limits` is \{'kind': 'screen'\}: give a list"),
        ({"limits": ["screen"]}, r"`limits\[0\]` is 'screen': give a table of keys"),
        ({"limits": [{"kind": ["screen"]}]}, r"`kind` is `\['screen'\]`"),
        ({"limits": [{"kind": "site_count"}]}, r"neither `min` nor `max` is given"),
        ({"limits": [{"kind": "budget"}]}, r"give either `usd_per_year` or `above_least_cost`"),
        ({"limits": [{"kind": "max_latency"}]}, r"no class is named: give at least one, like `batch_ms = 200`"),
        (
            {"limits": [{"kind": "max_latency", "batch": 5}]},
            r"unknown key `batch`: name a workload class with its unit",
        ),
        ({"limits": [{"kind": "max_latency", "batch_ms": float("nan")}]}, r"`batch_ms` is nan: give a round-trip time"),
        ({"limits": [{"kind": "max_latency", "batch_ms": 0}]}, r"`batch_ms` is 0: give a round-trip time above 0 ms"),
        (
            {"limits": [{"kind": "max_latency", "late_ms": 9}]},
            r"`late_ms`: the demand has no class `late`; it has `batch`",
        ),
        ({"limits": [{"kind": "renewable_share", "min": 60}]}, r"\.min` is 60: should be less than or equal to 1"),
        ({"limits": [{"kind": "screen", "min_rule_of_law": 3}]}, r"\.min_rule_of_law` is 3: should be less than"),
        ({"policy": {"date": "2026-13-01"}}, r"`policy\.date`: is '2026-13-01': no such day"),
        ({"policy": {"date": 0}}, r"`policy\.date`: is 0: give a date like 2026-07-01"),
        ({"policy": {"date": "86400"}}, r"`policy\.date`: is '86400': give a date like 2026-07-01"),
        ({"policy": {"date": "1989-12-31"}}, r"`policy\.date`: is 1989-12-31: give a date between 1990-01-01 and 2100"),
        ({"demand": {"it_mw": 5, "shares": {"": 1.0}}}, r"`demand\.shares"),
        ({"limits": [{"kind": "jurisdictions", "home": "no"}]}, r"`home`|\.home`: is 'no': give true or false"),
        ({"limits": [{"kind": "site_count", "max": 10**400}]}, r"\.max`: is a number of 401 digits: give at most"),
        ({"policy": {"packs": [3]}}, r"`policy\.packs`: is \[3\]: give \"all\", \"none\" or a list of pack ids"),
        ({"policy": {"carbon_price_usd_per_t": -1}}, r"`policy\.carbon_price_usd_per_t` is -1: should be greater than"),
        ({"costs": {"discount-rate": float("inf")}}, r"`costs\.discount-rate` is inf: should be a finite number"),
        ({"name": ""}, r"`name` is ''"),
    ],
)
def test_a_fault_names_the_key_the_value_and_the_way_out(part: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        Scenario(**({"name": "wrong"} | part))


def test_a_scenario_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"cannot read scenario .*nowhere\.toml \(No such file.*give the path"):
        Scenario.read(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("content", [b"name = ", b"\xff\x00", b"[demand]\n[demand]\n"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.toml").write_bytes(content)
    with pytest.raises(ScenarioError, match=r"broken\.toml is not (valid TOML|in UTF-8)"):
        Scenario.read(tmp_path / "broken.toml")


def test_faults_that_only_the_tables_show_come_together_too() -> None:
    asked = Scenario(
        name="strangers",
        hardware={"accelerator": "H100"},
        candidates={"exclude": ["atlantis"]},
        demand={"it_mw": 5, "hubs": "people"},
        policy={"packs": ["eu", "eu-2"]},
    )
    with pytest.raises(ScenarioError) as caught:
        prepare(asked)
    said = str(caught.value)
    assert "unknown accelerator `H100`: did you mean `NVIDIA H100 SXM5`?" in said
    assert "no policy pack `eu-2`: did you mean `eu`? (shipped are aq, br, ca-bc, ca-qc, cn-beijing," in said
    assert "`candidates.exclude` names atlantis: no candidate has that id" in said
    assert "`demand.hubs` is `people`: no such file; shipped is `cloud_regions` or `population`" in said


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (
            {"costs": {"land": 5.0}},
            r"`costs`: no figure `land`: did you mean `land-usd-per-m2`\? \(a scenario may override capex-it-usd-per-mw",
        ),
        ({"costs": {"discount-rat": 0.1}}, r"no figure `discount-rat`: did you mean `discount-rate`\?"),
        ({"costs": {"jobs-per-mw": -1.0}}, r"`costs\.jobs-per-mw` is -1 jobs/MW: possible is 0 to"),
        ({"costs": {"life-it-years": 0.0}}, r"`costs\.life-it-years` is 0 year: possible is 0\.1 to 100 year"),
        (
            {"hardware": {"accelerator": "NVIDIA H800 SXM5"}},
            r"accelerator `NVIDIA H800 SXM5`: .* unknown in the catalogue; complete",
        ),
        (
            {"candidates": {"set": "worlds"}},
            r"`candidates\.set` is `worlds`: no such file; shipped is `starter` or `world`",
        ),
    ],
)
def test_what_no_table_knows_is_refused_before_solving(part: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        prepare(Scenario(**({"name": "unknown"} | part)))


def test_a_word_that_no_limit_has_is_refused_with_those_that_are() -> None:
    with pytest.raises(
        ScenarioError, match=r"`kind` is `largest_site`: did you mean `site_count`.*known are budget, .* and \d+ more"
    ):
        Scenario(name="own", limits=[{"kind": "largest_site", "max_mw": 6}])


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"demand": {"it_mw": True}}, r"`demand\.it_mw`: is True: give a number, without quotes"),
        ({"demand": {"it_mw": "1000"}}, r"`demand\.it_mw`: is '1000': give a number"),
        ({"building": {"min_halls": True}}, r"`building\.min_halls`: is True"),
        ({"demand": {"it_mw": 1, "shares": {"batch": True}}}, r"`demand\.shares`: `batch` is True"),
        ({"costs": {"discount-rate": "0.07"}}, r"`costs`: `discount-rate` is '0\.07'"),
        ({"limits": [{"kind": "budget", "usd_per_year": "9e9"}]}, r"usd_per_year`: is '9e9'"),
        ({"limits": [{"kind": "screen", "min_rule_of_law": True}]}, r"min_rule_of_law`: is True"),
        ({"policy": {"carbon_price_usd_per_t": False}}, r"carbon_price_usd_per_t`: is False"),
    ],
)
def test_true_and_text_are_no_numbers(part: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        Scenario(**({"name": "strict", "demand": {"it_mw": 10}} | part))


def test_false_still_switches_a_screen_s_threshold_off() -> None:
    asked = Scenario(name="off", demand={"it_mw": 10}, limits=[{"kind": "screen", "min_rule_of_law": False}])
    assert asked.limits[0].min_rule_of_law is None


@pytest.mark.parametrize(("gap", "binds"), [(0.01, True), (1e-4, False)])
def test_a_limit_met_to_the_asked_gap_binds(gap: float, *, binds: bool) -> None:
    """99.5 of 100 USD: half a per cent of room, within a gap of one per cent."""
    row = one_row("budget", "portfolio", {"load_mw": np.array([1.0])}, "<=", 100.0, "USD/year")
    values = {"load_mw": np.array([99.5])}
    families = {"load_mw": Family("load_mw", ["a"], np.zeros(1), np.full(1, 200.0), integer=False)}
    assert _because(row, 0, float(row.slack(values)[0]), values, families, gap) == (MET if binds else "")


def test_the_least_cost_leaves_time_for_the_objective(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds: the least cost, which is proven closer than the plan, may take half of them."""
    given: dict[str, list[float]] = {"cbc": [], "highs": []}
    solving = importlib.import_module("siting.solver.lexicographic")
    real = solving.solver_called

    def noted(name: str, *, time_limit_s: float | None, gap: float, warm: bool = False) -> Any:
        given[name].append(float(time_limit_s or 0.0))
        return real("highs", time_limit_s=time_limit_s, gap=gap, warm=warm)

    monkeypatch.setattr(solving, "solver_called", noted)
    problem = problem_of(random_numbers(5), (Budget(above_least_cost=0.5),))
    for name in given:
        solve(problem, time_limit_s=10.0, solver=name)
    for times in given.values():
        assert 4.0 < times[0] <= 5.0 < times[1] <= 10.0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
def test_cost_figures_are_finite_and_not_negative(value: float, small: Path) -> None:
    with pytest.raises(ScenarioError, match=r"discount-rate"):
        prepare(Scenario(**(Scenario.read(small).as_dict() | {"costs": {"discount-rate": value}})))


def test_a_scenario_is_not_written_where_its_files_would_be_lost(small: Path, tmp_path: Path) -> None:
    asked, there = Scenario.read(small), tmp_path / "elsewhere"
    there.mkdir()
    with pytest.raises(ScenarioError, match=r"`candidates\.set` is `sites\.csv`: copy it to(.|\n)*`demand\.hubs`"):
        asked.write(there / "copy.toml")
    assert not (there / "copy.toml").exists()
    for name in ("sites.csv", "hubs.csv"):
        (there / name).write_bytes((small.parent / name).read_bytes())
    asked.write(there / "copy.toml")
    assert Scenario.read(there / "copy.toml") == asked
    asked.write(small.parent / "beside.toml")
    assert len(prepare(Scenario.read(small.parent / "beside.toml")).sites) == 3


ELSEWHERE = {
    "a whole path": "{there}/sites.csv",
    "a way out of the folder": "../elsewhere/sites.csv",
    "a link": "link.csv",
}


@pytest.mark.parametrize("way", ELSEWHERE)
def test_a_file_outside_the_scenario_s_folder_is_refused_unless_its_folder_is_opened(
    way: str, small: Path, tmp_path: Path
) -> None:
    there = tmp_path.parent / f"{tmp_path.name}-other" / "elsewhere"
    home = there.parent / "home"
    for folder in (there, home):
        folder.mkdir(parents=True)
    (there / "sites.csv").write_bytes((small.parent / "sites.csv").read_bytes())
    (home / "hubs.csv").write_bytes((small.parent / "hubs.csv").read_bytes())
    (home / "link.csv").symlink_to(there / "sites.csv")
    named = ELSEWHERE[way].format(there=there)
    path = home / "small.toml"
    path.write_text(small.read_text(encoding="utf-8").replace("sites.csv", named), encoding="utf-8")
    with pytest.raises(
        ScenarioError, match=r"`.*` lies outside the folder of the scenario \(.*home\): copy it there, or"
    ):
        prepare(Scenario.read(path))
    assert len(prepare(Scenario.read(path, files_from=[there])).sites) == 3


@pytest.mark.parametrize(
    ("part", "key"),
    [
        ('[demand]\nit_mw = 1\nhubs = "../../etc/passwd"\n', "etc/passwd"),
        ('[latency]\nmeasured = "/etc/passwd"\n', "/etc/passwd"),
        ('[policy]\npacks = ["../own.toml"]\n', "own.toml"),
        ('[candidates]\nset = "~/../../etc/passwd"\n', "etc/passwd"),
    ],
)
def test_no_part_of_a_scenario_reads_what_it_was_not_given(part: str, key: str, tmp_path: Path) -> None:
    path = tmp_path / "curious.toml"
    path.write_text(part, encoding="utf-8")
    with pytest.raises(ScenarioError, match=rf"{key}.* (lies outside the folder|begins with `~`)"):
        prepare(Scenario.read(path))


def test_a_file_in_an_opened_folder_is_found_by_its_name(small: Path, tmp_path: Path) -> None:
    there = tmp_path / "maps"
    there.mkdir()
    (small.parent / "sites.csv").rename(there / "sites.csv")
    with pytest.raises(ScenarioError, match="no such file"):
        prepare(Scenario.read(small))
    assert len(prepare(Scenario.read(small, files_from=[there])).sites) == 3


def test_text_of_a_scenario_is_never_computed(tmp_path: Path) -> None:
    path = tmp_path / "formula.toml"
    path.write_text('[demand]\nit_mw = "10 * 100"\n', encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"`demand\.it_mw`.*'10 \* 100'"):
        Scenario.read(path)
    path.write_text('name = "{1+1} ${HOME} __import__(os)"\n', encoding="utf-8")
    with pytest.raises(ScenarioError, match="`name`"):
        Scenario.read(path)


@pytest.mark.parametrize("number", [900, 10_000])
@pytest.mark.parametrize("limit", [{"kind": "no_such"}, {"kind": "site_count", "min": -1, "x" * 5000: 1}, 7, {}])
def test_bad_limits_in_bulk_give_ten_faults_and_a_count(number: int, limit: Any) -> None:
    with pytest.raises(ScenarioError, match=r"and \d+ more$|`limits` has 10,000 entries: at most 1,000") as caught:
        Scenario(name="bulk", limits=[limit] * number)
    assert len(str(caught.value)) < 4096
    assert str(caught.value).count("\n  - ") <= 11
