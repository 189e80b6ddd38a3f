"""Prices of places: local tariffs, prices filled in on request, and positions in their intervals."""

import numpy as np
import pandas as pd
import pytest

import siting as st
from siting.errors import ScenarioError
from siting.scenario.named_places import candidates_of
from siting.study.uncertainty.inputs import inputs_for, price_name
from siting.study.uncertainty.interval import drawn_prices
from siting.world.grid import price_factor, with_imputed_prices
from siting.world.places import starter_sites, world_sites
from siting.world.tables import read_table


def without_limits(**given: object) -> st.Scenario:
    return st.Scenario(name="x", demand={"it_mw": 100}, **given)


def test_abu_dhabi_and_dubai_have_a_price_each() -> None:
    price = world_sites().set_index("id")["price_usd_per_mwh"]
    assert price["abu-dhabi"] == price["al-ain-city"] == 65.0
    assert price["dubai"] == pytest.approx(0.44 / 3.6725 * 1000, abs=0.05)


def test_prices_are_filled_in_only_where_the_scenario_asks_for_it() -> None:
    known = starter_sites().set_index("id")
    asked = candidates_of(without_limits(impute=("price",))).set_index("id")
    assert np.isnan(known.at["kathmandu", "price_usd_per_mwh"])
    assert asked.at["kathmandu", "price_usd_per_mwh"] == 104.5
    assert asked.at["kathmandu", "price_quality"] == "modelled"
    assert asked.at["longyearbyen", "price_quality"] == "assumption"
    priced = known["price_usd_per_mwh"].notna()
    assert (asked.loc[priced, "price_usd_per_mwh"] == known.loc[priced, "price_usd_per_mwh"]).all()
    assert candidates_of(without_limits())["price_usd_per_mwh"].isna().any()


def test_an_unknown_fact_to_impute_is_refused() -> None:
    with pytest.raises(ScenarioError, match="impute"):
        without_limits(impute=("carbon",))


@pytest.mark.slow
def test_a_plan_says_that_prices_were_filled_in_and_its_check_agrees() -> None:
    limits = (st.SiteCount(min=1, max=1), st.Required(sites=("kathmandu",)))
    scenario = without_limits(impute=("price",), limits=limits)
    problem = st.prepare(scenario)
    assert any("filled in by world_bank" in note for note in problem.notes)
    plan = st.solve(problem)
    assert plan.sites["price_quality"].tolist() == ["modelled"]
    assert "prices_imputed" in set(plan.sources["table"])
    assert "price of the zone" in set(plan.verify()["check"])


@pytest.mark.parametrize("position", [-1.0, -0.3, 0.0, 0.6, 1.0])
def test_a_drawn_price_lies_in_its_interval(position: float) -> None:
    zones = read_table("zones").dropna(subset=["price_usd_per_mwh"])
    drawn = price_factor(zones, position) * zones["price_usd_per_mwh"]
    assert (drawn >= zones["price_low_usd_per_mwh"] - 1e-9).all()
    assert (drawn <= zones["price_high_usd_per_mwh"] + 1e-9).all()


def test_zones_of_a_country_move_together_and_countries_apart() -> None:
    sites = with_imputed_prices(starter_sites().query("id in ('lulea', 'stockholm', 'oslo')"))
    factor = pd.Series(drawn_prices(sites, {price_name("SE"): 1.0}), sites["id"])
    assert factor["lulea"] > 1
    assert factor["stockholm"] > 1
    assert factor["lulea"] != factor["stockholm"]
    assert factor["oslo"] == 1


def test_the_price_is_an_uncertain_input_of_every_country() -> None:
    sites = starter_sites().query("id in ('lulea', 'oslo')").assign(cooling="direct_liquid")
    found = {x.name: x for x in inputs_for(without_limits(), sites)}
    assert {price_name("SE"), price_name("NO")} <= set(found)
    assert (found[price_name("NO")].low, found[price_name("NO")].high) == (-1.0, 1.0)
