"""Published training runs, computed again from their inputs, are what their sources print."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from siting import DataError, Scenario, ScenarioError, UnprovenError, prepare, published_runs, solve
from siting.cli.main import app
from siting.physics.carbon.footprint import G_PER_LB, emissions_t
from siting.physics.compute import lifetime_eflop, training_energy_mwh
from siting.show.text.terminal import runs_tables
from siting.study.training_runs import search_sentence


@pytest.fixture(scope="module")
def runs() -> pd.DataFrame:
    """Return every run by its id."""
    return published_runs().set_index("id")


def test_every_row_of_the_catalogue_is_there_and_none_is_silent(runs: pd.DataFrame) -> None:
    """What could not be computed says what is missing."""
    assert len(runs) == 43
    assert runs.index.is_unique
    silent = runs["our_mwh"].isna() | (runs["our_tco2e"].isna())
    assert (runs.loc[silent, "why_not"] != "").all()
    assert (runs.loc[~silent, "why_not"] == "").all()


def test_31_runs_are_computed_from_their_own_power_whatever_the_catalogue_of_accelerators_says(
    runs: pd.DataFrame,
) -> None:
    """Within 1 % of the published energy and 2 % of the emissions; Gopher's energy leaves out its PUE of 1.08."""
    assert runs["our_mwh"].notna().sum() == 31
    rest = runs.drop(index="gopher-280b")
    assert rest["error_mwh"].abs().max() < 0.01
    assert rest["error_tco2e"].abs().max() < 0.02
    assert runs.at["gopher-280b", "error_mwh"] == pytest.approx(0.080, abs=1e-3)


@pytest.mark.parametrize(
    ("run", "pounds"),
    [
        ("strubell-transformer-base", 26),
        ("strubell-transformer-big", 192),
        ("strubell-elmo", 262),
        ("strubell-bert-base", 1438),
        ("strubell-nas", 626_155),
    ],
)
def test_strubell_is_within_two_percent(runs: pd.DataFrame, run: str, pounds: float) -> None:
    """Strubell et al. 2019, table 3."""
    assert runs.at[run, "published_lb"] == pounds
    assert runs.at[run, "our_lb"] == pytest.approx(pounds, rel=0.02)


def test_the_architecture_search_is_exact_to_the_pound(runs: pd.DataFrame) -> None:
    """1,515.43 W x 274,120 h x 1.58 x 0.954 lb/kWh = 626,155.3 lb."""
    assert pytest.approx(626_155.3, abs=0.05) == 1515.43 * 274_120 / 1000 * 1.58 * 0.954
    assert runs.at["strubell-nas", "our_lb"] == pytest.approx(626_155.3, abs=0.05)


def test_the_estimate_is_never_told_without_the_measurement(runs: pd.DataFrame) -> None:
    sentence = search_sentence(runs.reset_index())
    assert "626,155 lb" in sentence
    assert "emitted 3.2 tCO2e, 88 times less" in sentence


@pytest.mark.parametrize("run", ["t5", "meena", "gshard", "switch", "gpt3", "et-nas"])
def test_patterson_is_within_three_percent(runs: pd.DataFrame, run: str) -> None:
    row = runs.loc[f"patterson-{run}"]
    assert abs(row["error_mwh"]) < 0.03
    assert abs(row["error_tco2e"]) < 0.03
    assert row["basis"] == ("location" if run == "gpt3" else "net")


def test_llama_31_is_8930_t_by_location_and_0_t_by_market(runs: pd.DataFrame) -> None:
    row = runs.loc["llama31-405b"]
    assert row["published_tco2e"] == 8930
    assert row["our_tco2e"] == pytest.approx(8930, rel=0.01)
    assert row["basis"] == "location"
    assert (row["published_market_tco2e"], row["our_market_tco2e"]) == (0, 0)
    assert row["grid_factor"] == "circular"


def test_an_offset_is_no_market_basis(runs: pd.DataFrame) -> None:
    """Llama 2 and 3 were offset, which the Scope 2 Guidance does not count."""
    assert runs.loc["llama2-70b", "basis"] == "location"
    assert pd.isna(runs.loc["llama2-70b", "our_market_tco2e"])


def test_measured_rows_are_told_from_those_that_agree_by_construction(runs: pd.DataFrame) -> None:
    measured = set(runs.index[runs["energy_measured"]])
    assert {"patterson-t5", "patterson-meena", "patterson-gshard", "olmo2-7b"} <= measured
    assert not measured & {"llama31-405b", "bloom-176b", "strubell-nas", "patterson-gpt3", "patterson-switch"}
    assert (runs.loc[runs.index.str.startswith("llama"), "energy_basis"] == "rated power x hours").all()


def test_a_factor_that_is_tonnes_over_energy_is_called_circular(runs: pd.DataFrame) -> None:
    circular = set(runs.index[runs["grid_factor"] == "circular"])
    assert {"patterson-t5", "patterson-meena", "llama3-8b"} <= circular
    assert not circular & {"patterson-gpt3", "strubell-nas", "llama1-7b", "bloom-176b"}


def test_published_energy_that_leaves_out_its_pue_is_pointed_at(runs: pd.DataFrame) -> None:
    """Gopher's 1,066 MWh are 3,768,320 h x 283 W; its own PUE of 1.08 makes them 1,152."""
    row = runs.loc["gopher-280b"]
    assert row["error_mwh"] == pytest.approx(3_768_320 * 283 * 1.08 / 1e6 / 1066 - 1)
    assert "nearer to that before PUE, 1,066.4 MWh" in row["note"]


def test_a_run_that_published_no_energy_has_no_error(runs: pd.DataFrame) -> None:
    row = runs.loc["deepseek-v3"]
    assert row["our_mwh"] == pytest.approx(1951.6)
    assert pd.isna(row["published_mwh"])
    assert pd.isna(row["error_mwh"])


def test_the_command_prints_groups_and_the_sentence() -> None:
    said = CliRunner().invoke(app, ["runs"])
    assert said.exit_code == 0
    heads = ("Energy was measured", "Energy is measured power times hours", "Energy is rated power", "Not computed")
    places = [said.output.index(head) for head in heads]
    assert places == sorted(places)
    assert "3.2 tCO2e" in said.output


def test_the_command_prints_one_object_a_row() -> None:
    rows = json.loads(CliRunner().invoke(app, ["runs", "--json"]).output)
    assert len(rows) == 43
    wanted = {"id", "published_mwh", "our_mwh", "published_tco2e", "our_tco2e", "energy_measured"}
    assert all(wanted <= set(row) for row in rows)
    assert {type(row["energy_measured"]) for row in rows} == {bool}
    assert next(r for r in rows if r["id"] == "gemma2-family")["our_mwh"] is None


def test_the_estimate_of_the_search_does_not_stand_among_measured_energies() -> None:
    """Strubell et al. metered a short run and multiplied by hours; the search itself was metered whole."""
    said = CliRunner().invoke(app, ["runs"]).output
    measured, rest = said.split("Energy is measured power times hours")
    assert "patterson-et-nas" in measured
    assert "strubell-" not in measured
    assert "strubell-nas" in rest


def test_the_first_table_is_what_energy_measured_says(runs: pd.DataFrame) -> None:
    measured = runs["energy_measured"] & runs["our_mwh"].notna()
    assert runs_tables(runs.reset_index())[0].row_count == int(measured.sum())


def test_tables_hold_every_row(runs: pd.DataFrame) -> None:
    assert sum(t.row_count for t in runs_tables(runs.reset_index())) == len(runs)


# --- the formulas ----------------------------------------------------------------------------------


def test_a_pound_is_what_the_treaty_says() -> None:
    assert float(emissions_t(1.0, 0.954 * G_PER_LB)) == pytest.approx(0.43272712)


def test_what_an_accelerator_computes_over_its_life_is_its_rate_times_its_hours() -> None:
    """10^15 FLOP/s x 0.5 x 0.5 x 31,536,000 s x 2 a = 1.5768e22 FLOP = 15,768 EFLOP."""
    assert float(lifetime_eflop(1e15, 0.5, 0.5, 2.0)) == pytest.approx(15_768.0)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: training_energy_mwh([100.0, -1.0], 1.0), "`power_w` is -1 at element 1"),
        (lambda: training_energy_mwh(100.0, np.nan), "`hours` is nan"),
        (lambda: training_energy_mwh(100.0, 1.0, 0.9), "`pue` is 0.9"),
        (lambda: emissions_t(-1.0, 100.0), "`energy_mwh` is negative"),
        (lambda: emissions_t(1.0, np.nan), "`ci_g_per_kwh` is negative or missing"),
        (lambda: lifetime_eflop(1e15, 1.2, 0.9, 5.0), "`mfu` is 1.2"),
        (lambda: lifetime_eflop(1e15, 0.4, 0.9, 0.0), "`life_years` is 0"),
    ],
)
def test_figures_that_cannot_be_are_refused(call: Callable[[], object], said: str) -> None:
    with pytest.raises(DataError, match=said):
        call()


# --- as demand -------------------------------------------------------------------------------------


def test_runs_of_the_catalogue_are_a_demand_with_the_shares_of_their_classes() -> None:
    """Ten Llama 3.1 405B of 3.8e25 FLOP and ten GPT-4 of 2.1e25 a year are 5.9e8 EFLOP."""
    runs = [
        {"id": "llama31-405b", "per_year": 10},
        {"id": "gpt4-iea", "per_year": 10, "workload": "interactive"},
    ]
    demand = Scenario(name="x", demand={"runs": runs}).demand
    assert dict(demand.shares) == pytest.approx({"batch": 38 / 59, "interactive": 21 / 59})
    assert demand.mean_it_mw(1000.0) == pytest.approx(5.9e8 / 1000 / 8760)


def test_a_demand_of_runs_is_the_same_after_writing_and_reading(tmp_path: Path) -> None:
    asked = Scenario(name="x", demand={"runs": [{"id": "llama31-405b", "per_year": 10}]})
    path = tmp_path / "runs.toml"
    asked.write(path)
    assert Scenario.read(path).demand == asked.demand


def test_a_written_demand_of_runs_can_be_changed_run_by_run() -> None:
    """5 x 3.8e25 and 2.1e25 FLOP: 190/211 are batch."""
    runs = [{"id": "llama31-405b"}, {"id": "gpt4-iea", "workload": "interactive"}]
    written = Scenario(name="x", demand={"runs": runs}).as_dict()
    written["demand"]["runs"][0]["per_year"] = 5.0
    assert Scenario(**written).demand.shares["batch"] == pytest.approx(190 / 211)


def test_a_demand_in_megawatts_is_written_without_runs() -> None:
    written = Scenario(name="x", demand={"it_mw": 3.0}).as_dict()["demand"]
    assert "runs" not in written
    assert written["shares"] == {"batch": 1.0}


def test_as_many_megawatts_are_prepared_as_the_runs_need(tmp_path: Path) -> None:
    asked = Scenario(name="x", demand={"runs": [{"id": "llama31-405b", "per_year": 20}]})
    problem = prepare(asked)
    eflop = float(problem.demand_mw.sum()) * 8760 * problem.eflop_per_mwh_it
    assert eflop == pytest.approx(20 * 3.8e7)


@pytest.mark.parametrize(
    ("demand", "said"),
    [
        ({"runs": [{"id": "llama31-405"}]}, r"`demand.runs\[0\].id`: no training run .*did you mean `llama31-405b`"),
        ({"runs": [{"id": "gemma3-family"}]}, "no source gives the compute of training run `gemma3-family`"),
        ({"runs": [{"id": "llama31-405b", "per_year": 0}]}, "per_year"),
        ({"it_mw": 3, "runs": [{"id": "llama31-405b"}]}, "one of the three"),
        ({}, "one of the three"),
        ({"runs": [{"id": "llama31-405b"}], "shares": {"interactive": 1.0}}, "`shares` follow from the `workload`"),
    ],
)
def test_a_demand_of_runs_that_cannot_be_is_refused(demand: dict[str, object], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        Scenario(name="x", demand=demand)


# --- hardware --------------------------------------------------------------------------------------


def asked(**hardware: object) -> float:
    """Return the compute of a MWh of IT energy."""
    return prepare(Scenario(name="x", demand={"it_mw": 100}, hardware=hardware)).eflop_per_mwh_it


def test_compute_per_energy_follows_precision_power_and_utilisation() -> None:
    """A B200 computes 4.5e15 FLOP/s at FP8 and half of it at BF16, at a mean of 1,340 W."""
    b200 = {"accelerator": "NVIDIA B200", "mfu": 0.4}
    assert asked(**b200) == pytest.approx(2.25e15 * 0.4 * 3.6e9 / 1340 / 1e18)
    assert asked(**b200, precision="fp8") == pytest.approx(2 * asked(**b200))
    assert asked(**b200, server_power_w=670.0) == pytest.approx(2 * asked(**b200))


def test_a_plan_on_measured_power_and_fp8_verifies() -> None:
    hardware = {"accelerator": "NVIDIA B200", "precision": "fp8", "server_power_w": 1500.0}
    plan = solve(prepare(Scenario(name="x", demand={"it_mw": 100}, hardware=hardware)))
    plan.verify()
    assert plan.kpis["eflop_per_year"] == pytest.approx(100 * 8760 * 4.5e15 * 0.38 * 3.6e9 / 1500 / 1e18)


def test_a_rate_that_the_catalogue_lacks_is_asked_for() -> None:
    with pytest.raises(ScenarioError, match="fp8_dense_flop_per_s unknown in the catalogue; complete and most like it"):
        asked(accelerator="NVIDIA A100 SXM4 80GB", precision="fp8")


def test_an_accelerator_without_power_says_what_is_missing_and_which_like_it_have_it() -> None:
    said = "power_mean_w, nameplate_w, embodied_kg unknown in the catalogue; complete and most like it are NVIDIA H100 SXM5"
    with pytest.raises(ScenarioError, match=said):
        asked(accelerator="NVIDIA H800 SXM5")


@pytest.mark.parametrize("own", [{"server_power_w": 1400.0}, {"nameplate_w": 900.0}])
def test_a_mean_above_the_nameplate_is_refused(own: dict[str, float]) -> None:
    with pytest.raises(ScenarioError, match=r"a mean draw of [\d,]+ W is above the nameplate of [\d,]+ W: lower"):
        asked(accelerator="NVIDIA H100 SXM5", **own)


def test_air_alone_does_not_cool_an_accelerator_that_is_made_for_liquid() -> None:
    rack = {"accelerator": "NVIDIA GB200 NVL72"}
    problem = prepare(Scenario(name="x", demand={"it_mw": 100}, hardware=rack))
    assert set(problem.options["cooling"]) == {"waterside_economizer", "direct_liquid"}
    plan = solve(problem)
    plan.verify()
    in_air = plan.sites.assign(cooling="airside_economizer_adiabatic")
    with pytest.raises(UnprovenError, match="cooling design `airside_economizer_adiabatic` is on offer"):
        replace(plan, sites=in_air).verify()
    air = {"cooling": ["airside_economizer_adiabatic"]}
    with pytest.raises(ScenarioError, match=r"cooled by liquid, and `building\.cooling` has outside air alone: add"):
        prepare(Scenario(name="x", demand={"it_mw": 100}, hardware=rack, building=air))


def test_a_hall_holds_its_power_over_the_nameplate_and_draws_the_mean() -> None:
    """20 MW / 1,000 W = 20,000 accelerators, which draw 500 W each, 10 MW, in at most 0.9 of the time: 9 MW."""
    power = {"server_power_w": 500.0, "nameplate_w": 1000.0}
    half = Scenario(name="x", demand={"it_mw": 90}, hardware=power, building={"hall_mw": 20})
    assert half.usable_hall_mw == pytest.approx(9.0)
    plan = solve(prepare(half))
    plan.verify()
    assert plan.sites["halls"].sum() == 10
    peak = plan.sites["halls"] * 20 * plan.sites["peak_pue"]
    np.testing.assert_allclose(plan.sites["peak_facility_mw"], peak)
    kg = half.hardware.chip.embodied_mid_kg
    servers = plan.ledger.loc[plan.ledger["line"] == "servers", "tco2e_per_year"].sum()
    assert servers == pytest.approx(10 * 20_000 * kg / 1000 / 5)
