"""Limits on which sites stand together, who serves whom, what stands already, and what the law asks."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_limits import asked, dense, three

from siting import (
    EfficiencyDuty,
    Existing,
    InfeasibleError,
    Jurisdictions,
    Limit,
    MinSeparationKm,
    Problem,
    Scenario,
    ScenarioError,
    TrainingDomain,
    prepare,
    rtt_ms,
    solve,
)
from siting.problem.row_patterns.conflict_cliques import clique_cover, conflict_rows
from siting.world.policy import packs


def test_near_sites_share_one_row() -> None:
    """On 50 north the sites lie 10 degrees, some 715 km, from one to the next: 0-1 and 1-2 conflict at 800 km."""
    limit = MinSeparationKm(km=800)
    (row,) = limit.rows(asked(limit))
    assert list(row.where) == ["site-0 and site-1", "site-1 and site-2"]
    assert dense(row, "open") == [[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]
    assert (row.sense, row.rhs.tolist()) == ("<=", [1.0, 1.0])


def test_sites_that_are_all_near_are_one_clique() -> None:
    limit = MinSeparationKm(km=2000)
    (row,) = limit.rows(asked(limit))
    assert list(row.where) == ["site-0, site-1 and 1 more"]
    assert dense(row, "open") == [[1.0, 1.0, 1.0]]
    assert MinSeparationKm(km=100).rows(asked()) == []


def test_a_training_domain_parts_those_who_answer_late() -> None:
    problem = asked()
    lon = problem.sites["lon"].to_numpy(float)
    late = {(i, j): float(rtt_ms(lon[i], 50.0, lon[j], 50.0, quantile=0.9)) for i, j in [(0, 1), (0, 2), (1, 2)]}
    limit = TrainingDomain(max_ms=(late[0, 1] + late[0, 2]) / 2)  # twice the way answers later
    assert late[0, 2] > limit.max_ms > max(late[0, 1], late[1, 2])
    (row,) = limit.rows(problem)
    assert list(row.where) == ["site-0 and site-2"]
    assert dense(row, "open") == [[1.0, 0.0, 1.0]]


GRAPHS = st.tuples(st.integers(2, 12), st.floats(0.05, 0.95), st.integers(0, 10**6))


def graph_of(drawn: tuple[int, float, int]) -> np.ndarray:
    """Return a random symmetric graph without loops."""
    n, density, seed = drawn
    upper = np.triu(np.random.default_rng(seed).random((n, n)) < density, 1)
    return upper | upper.T


@settings(max_examples=100, deadline=None, derandomize=True)
@given(GRAPHS)
def test_cliques_hold_every_conflict_and_nothing_else(drawn: tuple[int, float, int]) -> None:
    graph = graph_of(drawn)
    cliques = clique_cover(graph, 1000)
    assert cliques is not None
    covered = np.zeros_like(graph)
    for clique in cliques:
        covered[np.ix_(clique, clique)] = True
    np.fill_diagonal(covered, val=False)
    assert (covered == graph).all()
    assert len(cliques) <= graph.sum() // 2


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.floats(0.1, 0.9))
def test_too_many_cliques_become_one_row_a_site_that_allows_the_same(seed: int, density: float) -> None:
    graph = graph_of((3, density, seed))
    problem = asked()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("siting.problem.row_patterns.conflict_cliques.MOST_CLIQUES", -1)
        weak = conflict_rows("x", problem, graph)
    strong = conflict_rows("x", problem, graph)
    for opened in np.ndindex(2, 2, 2):
        values = {"open": np.array(opened, dtype=float)}
        holds = [all((block.slack(values) >= 0).all() for block in blocks) for blocks in (weak, strong)]
        assert holds[0] == holds[1]


def test_residency_keeps_pairs_of_the_named_countries_and_classes() -> None:
    sites = asked().sites  # SE, US-TX, US-VA
    hubs = pd.DataFrame({"id": ["paris", "boston", "oslo"], "country_iso2": ["FR", "US", "NO"]})
    eu = Jurisdictions(allowed=("EU",), hub_countries=("EEA",), workloads=("batch",))
    assert eu.keep_pairs(sites, hubs, "interactive") is None
    assert eu.keep_pairs(sites, hubs, "batch").tolist() == [
        [True, True, True],
        [False, True, False],
        [False, True, False],
    ]
    home = Jurisdictions(home=True, allowed=("US-VA",)).keep_pairs(sites, hubs, "batch")
    assert home.tolist() == [[False, False, False], [False, True, False], [True, True, True]]


def test_residency_needs_to_know_where_a_hub_is() -> None:
    hubs = pd.DataFrame({"id": ["a", "b"], "country_iso2": ["", "FR"]})
    with pytest.raises(ScenarioError, match="the country of hub a is unknown"):
        Jurisdictions(home=True).keep_pairs(asked().sites, hubs, "batch")
    assert Jurisdictions(allowed=("SE",)).keep_pairs(asked().sites, hubs, "batch").tolist() == [
        [True, True],
        [False, False],
        [False, False],
    ]
    with pytest.raises(ScenarioError, match="no hub lies in JP"):
        Jurisdictions(allowed=("SE",), hub_countries=("JP",)).keep_pairs(asked().sites, hubs[1:], "batch")


def test_a_plan_with_residency_serves_europe_from_europe_alone() -> None:
    rule = Jurisdictions(allowed=("EEA",), hub_countries=("EEA",))
    plan = solve(prepare(Scenario(name="resident", demand={"it_mw": 200}, limits=(rule,))), gap=0.05)
    hub, place = plan.hubs.set_index("id")["country_iso2"], plan.sites.set_index("id")["jurisdiction"]
    area = packs()["eu"].jurisdictions
    european = plan.assignments[plan.assignments["hub"].map(hub).isin(area)]
    assert len(european) > 5
    assert european["site"].map(place).isin(area).all()
    plan.verify()


def test_residency_without_a_site_says_that_nobody_may_serve() -> None:
    others = tuple(prepare(Scenario(name="all")).sites.query("country_iso2 == 'JP'")["id"])
    assert others
    rule = Jurisdictions(home=True, hub_countries=("JP",))
    scenario = Scenario(name="shut", candidates={"exclude": others}, limits=(rule,))
    with pytest.raises(InfeasibleError, match=r"hub tokyo, class `batch`: .* but `jurisdictions` allows none"):
        prepare(scenario)


def test_what_stands_stays_at_its_size_with_its_cooling() -> None:
    limit = Existing(halls={"site-2": 3, "site-0": 1})
    (row,) = limit.rows(asked(limit))
    assert dense(row, "halls") == [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    assert (row.sense, row.rhs.tolist()) == (">=", [3.0, 1.0])
    problem = asked()
    options = problem.options.assign(cooling=["airside", "waterside", "waterside"])
    cooled = Existing(halls={"site-2": 1, "site-1": 1}, cooling={"site-2": "airside"})
    assert list(cooled.drop_options(problem.scenario, problem.sites, options, 1.0)) == [
        "site-2__airside_economizer_adiabatic"
    ]


def test_more_halls_than_may_stand_are_refused() -> None:
    with pytest.raises(InfeasibleError, match="`site-1`: 5 halls exist, 4 are allowed"):
        Existing(halls={"site-1": 5}).rows(asked())


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ({"kind": "min_separation_km", "km": 0}, "greater than 0"),
        ({"kind": "training_domain"}, "max_ms` is missing"),
        ({"kind": "jurisdictions"}, "nothing may serve"),
        ({"kind": "jurisdictions", "home": True, "workloads": ["idle"]}, "no class `idle`"),
        ({"kind": "jurisdictions", "allowed": ["Europe"]}, "`Europe` is not a country code"),
        ({"kind": "existing", "halls": {}}, "at least 1 item"),
        ({"kind": "existing", "halls": {"lulea": 0}}, "greater than or equal to 1"),
        ({"kind": "existing", "halls": {"lulea": 2}, "cooling": {"oslo": "seawater"}}, "`oslo`, which has no `halls`"),
        ({"kind": "existing", "halls": {"lulea": 2}, "cooling": {"lulea": "ice"}}, "does not offer"),
        ({"kind": "efficiency_duty", "heat_reuse_share": 2}, "less than or equal to 1"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(kind: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        Scenario(name="odd", limits=(kind,))


def in_germany(**pue: float) -> Problem:
    """Return the three sites, the first in Germany after July 2026, with some PUE."""
    problem = asked(EfficiencyDuty(), jurisdictions=("DE", "US-TX", "US-VA"))
    options = problem.options.assign(pue=[pue.get("first", 1.3), 1.3, 1.3])
    policy = problem.scenario.policy.model_copy(update={"date": pd.Timestamp("2026-08-01").date()})
    scenario = problem.scenario.model_copy(update={"policy": policy})
    return replace(problem, scenario=scenario, options=options)


def test_a_duty_bars_what_breaks_it_in_its_own_words() -> None:
    problem = in_germany()
    barred = EfficiencyDuty(heat_reuse_share=0.1).drop_options(problem.scenario, problem.sites, problem.options, 1.0)
    assert list(barred) == ["site-0__airside_economizer_adiabatic"]
    text = next(iter(barred.values()))
    assert text.startswith("airside_economizer_adiabatic has a PUE of 1.300, above 1.2: ")
    assert "EnEfG section 11" in text
    good = in_germany(first=1.2)
    assert not EfficiencyDuty(heat_reuse_share=0.1).drop_options(good.scenario, good.sites, good.options, 1.0)


def test_heat_that_is_not_promised_breaks_a_duty() -> None:
    problem = in_germany(first=1.1)
    barred = EfficiencyDuty().drop_options(problem.scenario, problem.sites, problem.options, 1.0)
    assert next(iter(barred.values())).startswith("0 of the energy is reused, below 0.1 (`heat_reuse_share`): ")


def test_a_duty_from_a_size_on_keeps_an_option_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = in_germany()
    pack = packs()["de"]
    duty = pack.duties[0].model_copy(
        update={"min_facility_mw": 40.0}
    )  # halls of 10 MW at a peak PUE of 1.1: 36.4 MW IT
    larger = pack.model_copy(update={"duties": (duty,)})
    monkeypatch.setattr("siting.scenario.policy.selected_packs", lambda *_: (larger,))
    limit = EfficiencyDuty()
    assert limit.drop_options(problem.scenario, problem.sites, problem.options, 1.0) == {}
    (row,) = limit.rows(problem)
    assert dense(row, "halls") == [[1.0, 0.0, 0.0]]
    assert row.rhs.tolist() == [3.0]  # 3 halls draw 33 MW, 4 would draw 44
    assert "EnEfG" in row.where[0]


def test_a_barred_design_is_listed_by_its_option_and_a_barred_site_by_its_name() -> None:
    day = pd.Timestamp("2026-08-01").date()
    plain = prepare(Scenario(name="free", policy={"date": day}))
    ruled = prepare(Scenario(name="ruled", policy={"date": day}, limits=(EfficiencyDuty(heat_reuse_share=0.1),)))
    said = ruled.excluded.query("limit == 'efficiency_duty'")
    labels, sites = set(plain.options["label"]), set(plain.sites["id"])
    assert len(said) > 0
    assert set(said["site"]) <= labels | sites
    assert not set(said["site"]) & (set(ruled.options["label"]) | set(ruled.sites["id"]))
    assert said["reason"].str.contains("above").all()


@pytest.mark.parametrize(
    ("loose", "tight"),
    [
        (MinSeparationKm(km=100), MinSeparationKm(km=800)),
        (TrainingDomain(max_ms=500), TrainingDomain(max_ms=1)),
        (Existing(halls={"site-0": 1}), Existing(halls={"site-0": 1, "site-2": 2})),
    ],
    ids=lambda x: f"{x.kind}",
)
def test_tightening_never_lowers_emissions_and_binds_here(loose: Limit, tight: Limit) -> None:
    """Demand of 60 MW needs two sites of 36 MW: the clean pair, unless it may not stand."""

    def tonnes(limit: Limit) -> float:
        problem = asked(limit)
        doubled = replace(problem, demand_mw=problem.demand_mw * 2)
        groups = replace(doubled.groups, demand_mw=doubled.groups.demand_mw * 2)
        return solve(replace(doubled, groups=groups), gap=1e-9).kpis.get("emissions_t_per_year", np.inf)

    assert three().demand.sum() == 30
    assert np.isfinite(tonnes(loose))
    assert tonnes(tight) > tonnes(loose) * (1 + 1e-6)
