"""The re-check finds changes to a plan, reads files as the package does, and refuses no plan that was solved."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import random_scenarios
import verify_mutants
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siting import Plan, Scenario, SitingError, UnprovenError, prepare, solve
from siting.errors import ScenarioError
from siting.show.report.report_tables import unknowns_table
from siting.study.story import Story
from siting.verify.facts import measured_pairs
from siting.verify.second_reader import contract_hours
from siting.world.user_files.contract_hours import read_contract_hours
from siting.world.user_files.user_rtt import read_measured

OWN_SITES = """id,name,lon,lat,plants_mw_150km
lulea-own,Lulea,22.2,65.6,5000
dublin-own,Dublin,-6.3,53.3,5000
bergen-own,Bergen,5.3,60.39,5000
dallas-own,Dallas,-96.8,32.8,9000
singapore-own,Singapore,103.8,1.35,5000
rarotonga-own,Rarotonga,-159.78,-21.21,
"""
OWN_HUBS = """id,name,lon,lat,weight
oslo,Oslo,10.75,59.9,2
houston,Houston,-95.37,29.76,1.5
singapore,Singapore,103.85,1.3,1
"""
OWN_RTT = """site,hub,rtt_ms,quantile
lulea-own,oslo,20,0.5
dallas-own,houston,15,0.9
"""


def own_places(folder: Path) -> Scenario:
    """Return a question on places, hubs and round trips of the planner's own, with contracts and a policy switch."""
    for name, text in (("sites.csv", OWN_SITES), ("hubs.csv", OWN_HUBS), ("rtt.csv", OWN_RTT)):
        (folder / name).write_text(text, encoding="utf-8")
    return Scenario.model_validate(
        {
            "name": "own places",
            "demand": {
                "it_mw": 180,
                "hubs": str(folder / "hubs.csv"),
                "shares": {"batch": 0.7, "interactive": 0.3},
            },
            "candidates": {"set": str(folder / "sites.csv")},
            "latency": {"measured": str(folder / "rtt.csv")},
            "building": {"hall_mw": 10.0, "min_halls": 1},
            "minimise": [
                {"objective": "emissions_per_compute", "carbon": {"basis": "market"}, "tolerance": 0.05},
                {"objective": "cost"},
            ],
            "limits": [
                {"kind": "site_count", "min": 2, "max": 3},
                {"kind": "max_latency", "interactive_ms": 260},
                {"kind": "screen"},
                {"kind": "grid_headroom", "zone_share": 0.05, "plants_share": 0.2},
                {"kind": "max_share", "max": 0.6},
                {"kind": "max_ci", "g_per_kwh": 480},
                {"kind": "water", "max_m3_per_year": 3e6},
            ],
            "contracts": [
                {"name": "wind", "zone": "US-TEX-ERCO", "mwh_per_year": 2e5, "g_per_kwh": 12, "shape": "flat",
                 "matching": "hourly"},
                {"name": "hydro", "zone": "SE-SE1", "mwh_per_year": 9e5, "g_per_kwh": 5},
            ],
            "residual_mix": [{"zone": "US-TEX-ERCO", "g_per_kwh": 430.0, "source": "a tender"}],
            "policy": {"off": ["us-tx-qdc"]},
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def own_plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Return a plan of places of the planner's own."""
    return solve(prepare(own_places(tmp_path_factory.mktemp("own"))), gap=1e-3)


# --- what is changed is found --------------------------------------------------------------------


def forged(group: str, name: str, plan: Plan) -> Plan:
    """Return one mutant of a plan."""
    found = verify_mutants.FORGERIES[group][name](plan)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("group", "name", "message"),
    [
        ("the question", "a hub dropped everywhere, loads restated", r"hubs is `.*`, not `.*`, portfolio"),
        ("the question", "hub moved beside its site, round trips restated", r"longitude of the hub, "),
        ("the question", "hubs of another country", r"country_iso2 of the hub is `AQ`, not `NO`, oslo"),
        ("the proof", "status nonsense", r"status `splendid` is that of a plan, portfolio: 0 - against 1"),
        ("the proof", "gap 0.4", r"gap, portfolio: 0\.4 - against 0\."),
        ("the proof", "stages dropped", r"stages is ``, not `emissions_per_compute, cost`, portfolio"),
        ("the proof", "least cost above the plan's own", r"least cost, portfolio: .* USD/year against"),
        ("the proof", "bound is text", r"cannot be re-checked: tables that do not fit each other \(TypeError"),
        ("sizes", "halls not whole, sums restated", r"halls are integer, \S+: \d+\.5 halls against"),
        ("sizes", "peak facility power 0", r"peak of the facility, \S+: 0 MW against"),
        ("own places", "degree-days 0", r"cdd18_k of the site, \S+: 0 K day against"),
        ("contracts and policy", "contract of another zone", r"zone of the contract is `FR`, not `US-TEX-ERCO`, wind"),
        ("contracts and policy", "policy switches hidden", r"policy switch is not listed: us-tx-qdc; off; .*, us-tx"),
        ("words and provenance", "names swapped", r"name of the site is `\w+`, not `\w+`, \S+-own"),
        ("words and provenance", "worst quality observed", r"worst quality is `observed`, not `unverified`"),
        ("words and provenance", "exclusions hidden", r"excluded site is not listed: max_ci; .*, singapore-own"),
        ("words and provenance", "sources under another licence", r"licence of source is `secret`, not `"),
        ("words and provenance", "a KPI that nobody defines", r"KPIs that are not defined, beauty: 1 found"),
    ],
)
def test_a_forgery_that_keeps_the_sums_is_named(own_plan: Plan, group: str, name: str, message: str) -> None:
    changed = forged(group, name, own_plan)
    with pytest.raises(UnprovenError) as refused:
        changed.verify()
    assert any(re.search(message, fault) for fault in refused.value.faults), refused.value.faults


@pytest.mark.slow
def test_another_question_is_noticed(own_plan: Plan) -> None:
    """The same plan does not answer a question with more demand, other designs, or a warmer climate."""
    missed = [
        m.name
        for m in verify_mutants.mutants(own_plan)
        if m.name in ("asked: demand doubled", "asked: 3 K warmer", "asked: shares other", "asked: cooling preset")
        and verify_mutants.outcome(m.plan, []) != "caught"
    ]
    assert missed == []


@pytest.mark.slow
def test_at_least_95_of_100_mutants_of_four_plans_are_found_and_none_gives_a_traceback(
    own_plan: Plan, proven_baseline: Plan
) -> None:
    folder = Path(__file__).parents[1] / "scenarios"
    names = ("carbon_price_and_incentives", "data_residency")
    plans = {name: solve(prepare(Scenario.read(folder / f"{name}.toml")), gap=0.02) for name in names}
    counts = verify_mutants.run({**plans, "own places": own_plan, "baseline": proven_baseline}, seed=1, n=160)
    assert counts.tracebacks == ()
    assert counts.share_caught >= 0.95, counts.survived


# --- what cannot be rebuilt is said --------------------------------------------------------------


def test_files_that_are_gone_are_listed_and_the_rest_is_checked(own_plan: Plan, tmp_path: Path) -> None:
    lost = own_plan.scenario.with_folder(tmp_path)
    named = {"demand": lost.demand.model_copy(update={"hubs": "gone.csv"})}
    named |= {"candidates": lost.candidates.model_copy(update={"set": "lost.csv"})}
    named |= {"latency": lost.latency.model_copy(update={"measured": "away.csv"})}
    without = replace(own_plan, scenario=lost.model_copy(update=named))
    checks = set(without.verify()["check"])
    notes = {c for c in checks if c.startswith("NOT RE-CHECKED: ")}
    for what in ("hubs and demand: gone.csv", "names and facts of sites: lost.csv", "round trips of away.csv"):
        assert any(what in note for note in notes)
    with pytest.raises(UnprovenError, match="gap, portfolio"):
        verify_mutants.FORGERIES["the proof"]["gap 0.4"](without).verify()


# --- no false alarm ------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("solver", ["highs", "cbc", "scip"])
def test_no_plan_of_random_questions_is_refused(solver: str, tmp_path: Path) -> None:
    refused = {}
    for seed in range(40 if solver == "highs" else 12):
        try:
            question = random_scenarios.scenario(seed, tmp_path if seed % 2 else None)
            plan = solve(prepare(question), time_limit_s=20, gap=1e-3, solver=solver)
        except SitingError:
            continue
        if plan.objective is None:
            continue
        try:
            plan.verify()
        except SitingError as error:
            refused[seed] = str(error)
    assert refused == {}


@pytest.mark.parametrize("solver", ["cbc", "highs"])
def test_the_price_of_unmet_demand_is_held_against_that_of_all_demand(solver: str, tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text(OWN_SITES, encoding="utf-8")
    (tmp_path / "hubs.csv").write_text(OWN_HUBS, encoding="utf-8")
    question = Scenario(
        name="elastic",
        demand={
            "it_mw": 91.3,
            "hubs": str(tmp_path / "hubs.csv"),
            "elastic": {"min_share": 0.5, "unmet_usd_per_mwh": 500.0},
        },
        candidates={"set": str(tmp_path / "sites.csv")},
        minimise={"objective": "covered_demand"},
    )
    plan = solve(prepare(question), solver=solver)
    plan.verify()
    unserved = plan.ledger["line"] == "unmet demand"
    assert unserved.any()
    for usd, holds in ((50.0, True), (5e4, False)):  # of 400 M USD for all demand
        ledger = plan.ledger.assign(usd_per_year=plan.ledger["usd_per_year"] + np.where(unserved, usd, 0.0))
        text = ""
        try:
            replace(plan, ledger=ledger).verify()
        except UnprovenError as error:
            text = str(error)
        assert ("price of unmet demand" in text) is not holds


# --- two readers agree ---------------------------------------------------------------------------

NAMES = ("nan", "NA", "null", "None", "-", "true", "1e5", "inf", "été", "oslo", "a b", "x;y", "n/a")
PADS = ("", " ", "  ", "\t")
CELLS = st.sampled_from(("12", "12.5", " 7 ", "1e2", "0012", ".5e2"))


@st.composite
def hostile_tables(draw: st.DrawFn) -> tuple[bytes, list[str], list[str]]:
    """Draw a table of measured round trips with words that look missing, padding, separators and encodings."""
    sites = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    hubs = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    separator = draw(st.sampled_from(",;\t"))
    pad = draw(st.sampled_from(PADS if separator != "\t" else PADS[:3]))
    header = [draw(st.sampled_from((c, f"{c} ", c.upper()))) for c in ("site", "hub", "rtt_ms", "quantile")]
    rows = [
        [s, h, draw(CELLS) + pad, draw(st.sampled_from(("", "0.5", "0.9", " 0.90")))]
        for s in sites
        for h in draw(st.lists(st.sampled_from(hubs), max_size=3, unique=True))
    ]
    blank = draw(st.sampled_from(("", "\n", "# from the lab\n")))
    lines = "\n".join(separator.join(_quoted(c, separator) for c in row) for row in [header, *rows])
    encoding = draw(st.sampled_from(("utf-8", "utf-8-sig", "utf-16")))
    return (blank + lines + "\n").encode(encoding), sites, hubs


def _quoted(cell: str, separator: str) -> str:
    return f'"{cell}"' if separator in cell else cell


def _places(ids: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"id": ids, "lon": 0.0, "lat": 50.0})


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(hostile_tables())
def test_both_readers_of_round_trips_agree_on_hostile_tables(
    own_plan: Plan, tmp_path_factory: pytest.TempPathFactory, table: tuple[bytes, list[str], list[str]]
) -> None:
    content, sites, hubs = table
    path = tmp_path_factory.mktemp("rtt") / "rtt.csv"
    path.write_bytes(content)
    try:
        read = read_measured(path, _places(sites), _places(hubs))
    except ScenarioError:
        return
    latency = own_plan.scenario.latency.model_copy(update={"measured": str(path)})
    again = measured_pairs(replace(own_plan, scenario=own_plan.scenario.model_copy(update={"latency": latency})))
    pairs = zip(read["site"], read["hub"], strict=True)
    assert again == pytest.approx(dict(zip(pairs, read["rtt_p90_ms"], strict=True)))


@pytest.mark.parametrize(
    ("head", "cell", "count", "end"),
    [
        ("mwh", "{:.1f}", 8760, "\n"),
        (" MWh ", " {:.1f} ", 8784, "\r\n"),
        ("hour;mwh", "{hour};{:.1f}", 8760, "\n"),
        ("hour;mwh", "{hour};{comma}", 8784, "\n"),
        ("mwh,note", "{:.1f},nan", 8760, "\n"),
    ],
    ids=["plain", "padded, leap year", "semicolons", "decimal commas, leap year", "a word that is no number"],
)
def test_both_readers_of_contract_hours_agree(tmp_path: Path, head: str, cell: str, count: int, end: str) -> None:
    mwh = [1.5 + hour % 7 for hour in range(count)]
    rows = [cell.format(x, hour=i, comma=f"{x:.1f}".replace(".", ",")) for i, x in enumerate(mwh)]
    (tmp_path / "hours.csv").write_text(end.join([head, *rows, ""]), encoding="utf-8", newline="")
    hours, _ = read_contract_hours(tmp_path / "hours.csv")
    assert contract_hours(tmp_path / "hours.csv") == hours.tolist()


def test_the_report_lists_what_its_re_check_cannot_rebuild(own_plan: Plan, tmp_path: Path) -> None:
    assert Story(own_plan).not_rechecked == []
    lost = own_plan.scenario.with_folder(tmp_path)
    gone = replace(
        own_plan, scenario=lost.model_copy(update={"demand": lost.demand.model_copy(update={"hubs": "gone.csv"})})
    )
    notes = [n for n in Story(gone).not_rechecked if "gone.csv" in n]
    assert notes == ["`demand.hubs` reads gone.csv, which cannot be found"]
    assert f"NOT RE-CHECKED: {notes[0]}" in str(unknowns_table(gone, notes).rows)
