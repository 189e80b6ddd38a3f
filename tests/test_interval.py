"""The interval of a plan's KPIs comes from declared intervals alone, and its middle is the plan."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from siting import DataError, Plan, Scenario, ScenarioError, SiteCount, prepare, solve, uncertain_inputs
from siting.problem.parts import Capacity, Incentives
from siting.show.text.terminal import interval_sentence
from siting.study.story import Story
from siting.study.uncertainty.factor_sets import by_other_factors
from siting.study.uncertainty.inputs import inputs_for, inputs_of, sample
from siting.study.uncertainty.interval import _At, _places, kpis_at
from siting.world import grid

KPI = "emissions_g_per_eflop"


@pytest.fixture(scope="module")
def one() -> Plan:
    """Return a plan of a single site."""
    return solve(prepare(Scenario(name="one", demand={"it_mw": 100}, limits=(SiteCount(min=1, max=1),))))


def others(plan: Plan, *names: str) -> list[str]:
    """Return every input but some, to hold them."""
    return [x.name for x in inputs_of(plan) if x.name not in names]


def own_values(plan: Plan, n: int = 1) -> dict[str, np.ndarray]:
    """Return the values that the plan was made with."""
    return {x.name: np.full(n, x.mid) for x in inputs_of(plan)}


def changed(plan: Plan, new: Mapping[str, float]) -> pd.Series:
    """Return the KPIs with some inputs at other values."""
    return kpis_at(plan, own_values(plan) | {k: np.full(1, v) for k, v in new.items()}).iloc[0]


def test_at_the_middle_of_every_input_the_draw_is_the_plan(plan: Plan) -> None:
    drawn = kpis_at(plan, own_values(plan, 3))
    for name, value in plan.kpis.items():
        assert drawn[name].tolist() == [value] * 3


def test_a_plan_whose_inputs_are_all_held_has_no_width(plan: Plan) -> None:
    table = plan.kpis_interval(100, hold=others(plan))
    for column in ("p05", "p50", "p95"):
        assert table[column].tolist() == table["mid"].tolist()


def test_percentiles_are_in_order_and_emissions_cost_and_pue_have_width(plan: Plan) -> None:
    table = plan.kpis_interval(200)
    assert (table["p05"] <= table["p50"]).all()
    assert (table["p50"] <= table["p95"]).all()
    wide = table.loc[[KPI, "cost_usd_per_eflop", "pue", "it_mw", "embodied_t_per_year"]]
    assert (wide["p05"] < wide["p95"]).all()
    assert table["mid"].to_dict() == plan.kpis
    assert (table["unit"] != "").all()


def test_a_seed_gives_the_same_table_and_another_seed_another(one: Plan) -> None:
    assert_frame_equal(one.kpis_interval(100, seed=3), one.kpis_interval(100, seed=3))
    assert one.kpis_interval(100, seed=3).at[KPI, "p95"] != one.kpis_interval(100, seed=4).at[KPI, "p95"]


def test_holding_one_input_leaves_the_draws_of_the_others_alone(one: Plan) -> None:
    inputs = inputs_of(one)
    free, held = sample(inputs, 100, 0, ()), sample(inputs, 100, 0, ("discount-rate",))
    assert all((free[k] == held[k]).all() for k in free if k != "discount-rate")
    assert (held["discount-rate"] == 0.07).all()


def test_a_saved_plan_has_the_same_interval(one: Plan, tmp_path: Path) -> None:
    again = Plan.load(one.save(tmp_path))
    assert_frame_equal(one.kpis_interval(100), again.kpis_interval(100))


# --- worked by hand --------------------------------------------------------------------------------


@pytest.mark.slow
def test_embodied_carbon_alone_gives_the_percentiles_worked_by_hand(one: Plan) -> None:
    """A B200 with its share of the host embodies 342, 553, 1,250 kg, a triangle: the servers' line is linear in it."""
    held, name = others(one, "embodied-accelerator-kg"), "embodied-accelerator-kg"
    kg = sample(inputs_of(one), 4000, 0, held)[name]
    table, few_kg = one.kpis_interval(400, hold=held), sample(inputs_of(one), 400, 0, held)[name]
    servers_t = one.ledger.loc[one.ledger["line"] == "servers", "tco2e_per_year"].sum()
    g_per_kg = servers_t * 1e6 / one.kpis["eflop_per_year"] / 553
    width, falls = 1250 - 342, 1250 - 553
    below_mid = [342 + np.sqrt(share * width * (553 - 342)) for share in (0.05,)]
    above_mid = [1250 - np.sqrt((1 - share) * width * falls) for share in (0.50, 0.95)]
    by_hand = dict(zip(("p05", "p50", "p95"), [*below_mid, *above_mid], strict=True))
    for column, share in (("p05", 0.05), ("p50", 0.50), ("p95", 0.95)):
        # the standard error of a percentile of 4,000 draws is below 0.8 % of the width
        assert np.percentile(kg, 100 * share) == pytest.approx(by_hand[column], abs=0.02 * width)
        expected = one.kpis[KPI] + (np.percentile(few_kg, 100 * share) - 553) * g_per_kg
        assert table.at[KPI, column] == pytest.approx(expected, rel=1e-9)
    assert table.at["cost_usd_per_eflop", "p05"] == table.at["cost_usd_per_eflop", "p95"]


def test_a_grid_twice_as_dirty_doubles_the_emissions_of_energy_alone(one: Plan) -> None:
    country = one.sites["country_iso2"].iloc[0]
    after = changed(one, {f"grid intensity {country}": 2.0})
    assert after["emissions_t_per_year"] == pytest.approx(
        2 * one.kpis["emissions_t_per_year"] - one.kpis["embodied_t_per_year"]
    )
    assert after["cue_kg_per_kwh"] == pytest.approx(2 * one.kpis["cue_kg_per_kwh"])
    assert after["pue"] == one.kpis["pue"]


def test_the_other_factors_double_what_hydropower_emits_and_leave_its_carbon_price(one: Plan) -> None:
    after = changed(one, {"life-cycle factors": 1.0})
    other = by_other_factors(one)
    assert other is not None
    assert other[0] == "IPCC 2014"
    assert after[KPI] == pytest.approx(other[1])
    zone = one.sites.iloc[0]
    ratio = grid.other_factors([zone["zone_id"]], "unece2022")[0]
    energy_t = one.kpis["emissions_t_per_year"] - one.kpis["embodied_t_per_year"]
    assert after["emissions_t_per_year"] == pytest.approx(one.kpis["emissions_t_per_year"] + (ratio - 1) * energy_t)
    assert after["cost_usd_per_year"] == pytest.approx(one.kpis["cost_usd_per_year"])


def test_any_ends_of_factors_and_year_give_emissions_between_the_corners(one: Plan) -> None:
    """Zone by zone, a mixture of the two sets lies between them in the wettest and in the driest year."""
    year = f"grid year {one.sites['zone_id'].iloc[0]}"
    row = uncertain_inputs(one).loc[year]
    corners = [
        changed(one, {"life-cycle factors": share, year: row[end]})[KPI]
        for share in (0.0, 1.0)
        for end in ("low", "high")
    ]
    inside = changed(one, {"life-cycle factors": 0.4, year: 0.5 * (row["low"] + row["high"])})[KPI]
    assert min(corners) <= inside <= max(corners)
    assert min(corners) <= one.kpis[KPI] <= max(corners)


def test_a_plan_of_direct_emissions_has_no_life_cycle_factors() -> None:
    carbon = {"objective": "emissions_per_compute", "carbon": {"scope": "direct"}}
    direct = Scenario(name="d", demand={"it_mw": 100}, minimise=carbon, limits=(SiteCount(min=1, max=1),))
    assert "life-cycle factors" not in {
        x.name for x in inputs_for(direct, prepare(direct).sites.assign(cooling="direct_liquid"))
    }


def test_servers_that_live_as_long_at_twice_the_price_cost_twice(one: Plan) -> None:
    after = changed(one, {"capex-it-usd-per-mw": 2 * 26.3e6})
    priced = one.ledger["line"].isin(["servers", "sales_tax", "property_tax"])  # its programme, on electricity, stays
    extra = one.ledger.loc[priced, "usd_per_year"].sum()
    assert after["cost_usd_per_year"] == pytest.approx(one.kpis["cost_usd_per_year"] + extra)


def test_taxes_and_programmes_on_servers_follow_their_price(texas_plan: Plan) -> None:
    """The Texan exemption and the tax it waives are shares of what servers cost a year."""
    after = changed(texas_plan, {"capex-it-usd-per-mw": 2 * 26.3e6})
    usd = texas_plan.ledger.groupby("line")["usd_per_year"].sum()
    assert usd["sales_tax"] > 0
    half = solve_twice_as_dear(texas_plan)
    assert after["cost_usd_per_year"] == pytest.approx(half, rel=1e-9)


def solve_twice_as_dear(plan: Plan) -> float:
    """Price the plan's own sites and halls with the dearer servers, line by line of the model's ledger."""
    dear = plan.scenario.model_copy(update={"costs": {"capex-it-usd-per-mw": 2 * 26.3e6}})
    problem = prepare(dear)
    label = {f"{s.id}__{s.cooling}": s for s in plan.sites.itertuples()}
    total = 0.0
    for o, name in enumerate(problem.options["label"]):
        if name not in label:
            continue
        amount = {"load_mw": label[name].it_mw, "halls": label[name].halls}
        total += sum(float(line.usd_per_year[o]) * amount[line.on] for line in problem.part(Capacity).charges)
        offers = problem.part(Incentives).offers
        for claim in offers[offers["option"] == o].itertuples():
            if claim.programme in label[name].incentives:
                total -= claim.benefit_usd_per_hall * label[name].halls
    return total


@pytest.mark.slow
def test_mfu_scales_compute_and_nothing_else_when_it_is_let_free(one: Plan) -> None:
    after = changed(one, {"mfu": 0.19})
    assert after[KPI] == pytest.approx(2 * one.kpis[KPI])
    assert after["emissions_t_per_year"] == one.kpis["emissions_t_per_year"]
    held, free = (one.kpis_interval(100, hold=h).loc["eflop_per_year"] for h in (("mfu",), ()))
    assert held["p05"] == held["p95"]
    assert free["p05"] < free["p95"]


def test_accelerators_that_draw_more_use_more_energy_for_the_same_compute() -> None:
    """A B200 at 1,474 W in place of 1,340 W: energy, its carbon and its water are 1.1 times as large, servers stay."""
    limits = (SiteCount(min=1, max=1),)
    one = solve(prepare(Scenario(name="bare", demand={"it_mw": 100}, limits=limits, policy={"packs": ()})))
    after = changed(one, {"mean-draw-w": 1.1 * 1340.0})
    assert after["it_mw"] == pytest.approx(1.1 * one.kpis["it_mw"])
    assert after["pue"] == one.kpis["pue"]
    assert after["eflop_per_year"] == one.kpis["eflop_per_year"]
    operational = one.kpis["emissions_t_per_year"] - one.kpis["embodied_t_per_year"]
    assert after["emissions_t_per_year"] == pytest.approx(one.kpis["emissions_t_per_year"] + 0.1 * operational)
    assert after["embodied_t_per_year"] == pytest.approx(one.kpis["embodied_t_per_year"])
    on_load = one.ledger[one.ledger["line"].isin(["energy", "electricity_tax", "carbon_price", "water"])]
    more = 0.1 * on_load["usd_per_year"].sum()
    assert after["cost_usd_per_year"] == pytest.approx(one.kpis["cost_usd_per_year"] + more)


def test_a_better_power_supply_lowers_the_pue_of_every_site_with_that_design(one: Plan) -> None:
    design = one.sites["cooling"].iloc[0]
    after = changed(one, {f"{design}: ups_efficiency": 0.99})
    assert after["pue"] < one.kpis["pue"] - (1 / 0.945 - 1 / 0.99)
    assert after[KPI] < one.kpis[KPI]


def test_every_line_of_the_ledger_is_counted_as_the_model_counts_it(texas_plan: Plan) -> None:
    """No second copy: at the plan's own values the lines of the draws are the ledger's, claims included."""
    own = own_values(texas_plan)
    at = _At(texas_plan, own, own, _places(texas_plan))
    sites = list(texas_plan.sites["id"])
    assert len(texas_plan.ledger) > 12 * len(sites)
    for row in texas_plan.ledger.itertuples():
        usd, tonnes = (x[sites.index(row.site), 0] for x in at.counted[row.line])
        assert [usd, tonnes] == pytest.approx([row.usd_per_year, row.tco2e_per_year], rel=1e-9, abs=1e-6)


def test_dearer_land_and_water_cost_what_the_ledger_says_more(one: Plan) -> None:
    usd = one.ledger.groupby("line")["usd_per_year"].sum()
    for name, line in (("land-usd-per-m2", "land"), ("water-usd-per-m3", "water")):
        own = uncertain_inputs(one).at[name, "mid"]
        after = changed(one, {name: 3 * own})
        assert after["cost_usd_per_year"] == pytest.approx(one.kpis["cost_usd_per_year"] + 2 * usd[line])


# --- drivers ---------------------------------------------------------------------------------------


def test_a_single_uncertain_input_drives_all_of_the_variance(one: Plan) -> None:
    drivers = one.kpis_drivers(100, hold=others(one, "embodied-shell-t-per-mw"))
    assert drivers["variance_share"].iloc[0] == pytest.approx(1.0)
    assert drivers.index[0] == "embodied-shell-t-per-mw"
    assert (drivers["variance_share"].iloc[1:] == 0).all()


@pytest.mark.slow
def test_drivers_of_the_baseline_explain_most_of_its_variance_and_name_what_lowers_it(plan: Plan) -> None:
    drivers = plan.kpis_drivers()
    assert 0.8 < drivers["variance_share"].sum() < 1.2
    assert drivers.at["life-it-years", "rank_correlation"] < 0
    assert drivers.at["embodied-accelerator-kg", "rank_correlation"] > 0


# --- declarations ----------------------------------------------------------------------------------


def test_every_input_says_its_interval_its_source_and_its_quality(plan: Plan) -> None:
    table = uncertain_inputs(plan)
    assert table.index.is_unique
    assert (table["low"] <= table["mid"]).all()
    assert (table["mid"] <= table["high"]).all()
    assert (table[["source", "quality", "unit"]] != "").all(axis=None)
    assert ((table["shape"] == "fixed") == (table["low"] == table["high"])).all()


def test_grid_intensity_varies_by_half_the_difference_of_two_sources(plan: Plan) -> None:
    """France: Electricity Maps and Ember differ by 0.103 of their mean in `zone_signals`."""
    row = uncertain_inputs(plan).loc["grid intensity FR"]
    assert [row["low"], row["high"]] == pytest.approx([1 - 0.103 / 2, 1 + 0.103 / 2])


def test_a_figure_that_the_scenario_sets_does_not_vary(one: Plan) -> None:
    mine = replace(one, scenario=one.scenario.model_copy(update={"costs": {"discount-rate": 0.04}}))
    row = uncertain_inputs(mine).loc["discount-rate"]
    assert [row["low"], row["mid"], row["high"], row["shape"]] == [0.04, 0.04, 0.04, "fixed"]
    assert row["source"] == "set by the scenario"


@pytest.mark.slow
def test_lines_that_no_interval_moves_are_named(plan: Plan) -> None:
    assert "other_operation" in plan.kpis_interval(100).attrs["lines_not_varied"]


@pytest.mark.slow
def test_an_unknown_line_of_the_ledger_stays_as_it_is_and_is_named(one: Plan) -> None:
    extra = pd.DataFrame([(one.sites["id"].iloc[0], "moat", 5.0, 1.0)], columns=list(one.ledger.columns))
    more = replace(one, ledger=pd.concat([one.ledger, extra], ignore_index=True))
    assert "moat" in more.kpis_interval(100).attrs["lines_not_varied"]
    with_it, without = (p.kpis_interval(100, hold=("mfu",)) for p in (more, one))
    assert with_it.at[KPI, "p95"] == pytest.approx(without.at[KPI, "p95"])


# --- refusals --------------------------------------------------------------------------------------


def test_too_few_draws_a_negative_seed_and_an_unknown_name_are_refused_at_once(one: Plan) -> None:
    with pytest.raises(ScenarioError, match=r"(?s)`moat`.*`draws` is 99: .* 100 or more.*`seed` is -1"):
        one.kpis_interval(99, seed=-1, hold=("moat",))


def test_a_plan_without_sites_has_no_interval(one: Plan) -> None:
    with pytest.raises(DataError, match="has no sites"):
        replace(one, sites=one.sites.iloc[:0]).kpis_interval()


@pytest.mark.slow
def test_a_plan_on_own_places_needs_their_file(small: Path, tmp_path: Path) -> None:
    own = solve(prepare(Scenario.read(small)))
    assert own.kpis_interval(100).at[KPI, "p05"] < own.kpis[KPI]
    saved = own.save(tmp_path / "out")
    assert Plan.load(saved).kpis_interval(100).at[KPI, "p05"] == own.kpis_interval(100).at[KPI, "p05"]
    shutil.rmtree(saved / "scenario")
    loaded = Plan.load(saved)
    with pytest.raises(DataError, match=r"weather of the plan's sites comes from `sites\.csv`"):
        loaded.kpis_interval(100)


def test_a_site_that_the_set_does_not_have_is_named(one: Plan) -> None:
    with pytest.raises(DataError, match=r"no weather for 1 site\(s\) of the plan \(atlantis\)"):
        replace(one, sites=one.sites.assign(id="atlantis")).kpis_interval()


def test_another_weather_than_the_plans_is_refused(one: Plan) -> None:
    with pytest.raises(DataError, match="not the one this plan was made with"):
        replace(one, sites=one.sites.assign(pue=1.5)).kpis_interval()


@pytest.mark.slow
def test_the_command_line_says_the_interval_in_one_line(plan: Plan) -> None:
    interval = Story(plan).interval
    assert interval is not None
    said, row = interval_sentence(interval), plan.kpis_interval(200).loc[KPI]
    assert f"{row['p05']:.1f} to {row['p95']:.1f} gCO2e/EFLOP" in said
