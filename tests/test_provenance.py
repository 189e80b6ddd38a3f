"""A plan names the tables it rests on, and for every site its least trusted fact."""

from pathlib import Path

import pandas as pd
import pytest

from siting import Plan, Problem, Scenario, prepare, solve
from siting.solver.results.provenance import Fact, site_facts, worst_of
from siting.world import place_facts
from siting.world.tables import read_table, resource

FIT = {f"rtt_fit_{part}" for part in ("endpoints", "regions", "distance", "remoteness", "line")}
ASSIGNED = pd.DataFrame(
    [("lulea", "oslo", "modelled"), ("lulea", "tiksi", "extrapolated"), ("kiruna", "oslo", "measured (yours)")],
    columns=["site", "hub", "rtt_quality"],
)
LINES = pd.DataFrame([("lulea", "sales_tax", 0.0)], columns=["site", "line", "usd_per_year"])


def of_lulea(problem: Problem, **changes: object) -> dict[str, str]:
    """Return the facts of Lulea, with some of them changed, by name."""
    row = problem.sites.set_index("id", drop=False).loc["lulea"].to_dict() | {"cooling": "drycooler"} | changes
    return dict(site_facts(problem, row, ASSIGNED, LINES))


def test_the_worst_fact_is_named_and_ties_are_counted() -> None:
    facts = [Fact("a", "observed"), *(Fact(name, "unverified") for name in "bcdeb")]
    assert worst_of(facts) == ("unverified", "b; c; d and 1 more")


def test_lulea_rests_on_its_own_facts_and_round_trips_and_not_on_what_is_the_same_everywhere(problem: Problem) -> None:
    facts = of_lulea(problem)
    assert facts["grid zone"] == "modelled"  # the nearest outline: the town lies off its drawn coast
    assert facts["PUE and WUE of drycooler"] == "modelled"
    assert facts["round trip to oslo"] == "modelled"
    assert facts["round trip to tiksi (extrapolated)"] == "modelled"
    assert facts["construction cost of the United States, for want of another"] == "assumption"  # Sweden has no market
    assert not [
        name for name in facts if name.startswith(("sales tax", "programme", "rate, power", "cost figure jobs"))
    ]


def test_a_place_with_a_market_of_its_country_is_not_marked_for_its_construction(problem: Problem) -> None:
    osaka = of_lulea(problem, country_iso2="JP", lon=135.5, lat=34.7)
    assert not [name for name in osaka if name.startswith("construction")]


def test_a_remote_site_rests_on_the_uplift_too(problem: Problem) -> None:
    assert of_lulea(problem, km_to_city_100k=101.0)["cost figure remote-construction-uplift"] == "assumption"
    assert "cost figure remote-construction-uplift" not in of_lulea(problem, km_to_city_100k=99.0)


def test_a_figure_of_the_scenario_is_its_assumption(baseline: Scenario) -> None:
    changed = Scenario(**(baseline.as_dict() | {"costs": {"remote-construction-uplift": 0.2}}))
    assert of_lulea(prepare(changed), km_to_city_100k=101.0)["cost figure remote-construction-uplift"] == "assumption"


def test_a_fact_whose_quality_nobody_states_is_unverified(problem: Problem) -> None:
    assert of_lulea(problem, price_quality=None)["electricity price"] == "unverified"


def test_where_the_planner_puts_a_place_is_no_fact_that_could_be_wrong(problem: Problem) -> None:
    """Were it one, all places of a file of the planner's own would be unverified, whatever is known of them."""
    assert of_lulea(problem, kind="own") == of_lulea(problem)


def test_a_claimed_programme_counts(texas_plan: Plan) -> None:
    """Worked: of what differs between Abilene and other places, the Texan programme is second-hand."""
    first = texas_plan.sites.iloc[0]
    assert first["incentives"] == "us-tx-qdc"
    assert first["worst_quality"] == "unverified"
    assert first["worst_fact"] == "programme us-tx-qdc"


def test_the_sources_are_those_of_the_plan_and_no_others(texas_plan: Plan) -> None:
    tables = set(texas_plan.sources["table"])
    assert tables >= FIT
    assert "policy-us-tx" in tables
    assert "policy_rates" in tables  # the property tax that no law of Texas was read of
    assert not {"policy-aq", "ground", "land"} & tables
    measured = "measured" in set(texas_plan.assignments["rtt_quality"])
    assert ({"rtt_measured", "rtt_endpoints"} <= tables) == measured


def test_measured_pairs_alone_need_no_fitted_table(small: Path) -> None:
    rows = [f"{s},{h},300" for s in ("lulea-own", "dublin-own", "singapore-own") for h in ("oslo", "singapore")]
    (small.parent / "own.csv").write_text("site,hub,rtt_ms\n" + "\n".join(rows) + "\n")
    small.write_text(small.read_text() + '[latency]\nmeasured = "own.csv"\n')
    plan = solve(prepare(Scenario.read(small)))
    sources = plan.sources.set_index("table")["source"]
    assert sources["rtt"] == "user file own.csv"
    assert sources["sites"] == "user file sites.csv"
    assert not [t for t in sources.index if t.startswith("rtt_")]
    assert set(plan.sites["worst_quality"]) == {"unverified"}


def test_the_map_names_every_source_of_the_plan_and_no_other_but_its_ground(texas_plan: Plan) -> None:
    [text] = [t.get_text() for t in texas_plan.map().texts if t.get_gid() == "caption"]
    words = " ".join(text.split())
    assert "figures, tariffs and laws cited row by row" in words
    assert "fitted on WonderNetwork pings 2020" in words
    assert "NREL Cambium" not in words
    assert "Epoch AI chips (CC BY)" in words
    assert "Electricity Maps 2025 (ODbL)" in words


def test_an_empty_plan_lists_what_decided(problem: Problem) -> None:
    assert {"rtt_measured", "rtt_endpoints", "zones", "policy-aq"} | FIT <= set(problem.sources["table"])


@pytest.mark.parametrize("fact", [f for f in place_facts._FACTS if f.cites])
def test_what_a_line_of_the_page_cites_is_a_source_of_its_table(fact: place_facts._Fact) -> None:
    titles = [s["title"] for s in resource(fact.table).descriptor["sources"]]
    assert all(any(word in title for title in titles) for word in fact.cites)


def test_every_line_of_the_page_cites_its_own_source() -> None:
    facts = place_facts.place_named("lulea").set_index("fact")["source"]
    assert "Zone outlines" in facts["grid zone"]
    assert "WRI" not in facts["grid zone"]
    assert "WRI" in facts["power plants within 150 km, same country"]
    assert "GeoNames country info" in facts["country"]
    round_trip, _ = [s for name, s in facts.items() if name.startswith("round trip")]
    assert "WonderNetwork" in round_trip


def test_a_measured_round_trip_cites_its_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    hubs = read_table("hubs")
    monkeypatch.setattr(place_facts, "read_table", lambda _: hubs[hubs["id"] == "amsterdam"])
    assert "Azure" in place_facts._nearest_hub(pd.Series({"lon": -6.26, "lat": 53.35}), "backbone")["source"]
