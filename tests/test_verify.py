"""The second opinion: a good plan passes, and whatever is changed in it is found and named."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from siting import Budget, Limit, Plan, Problem, SiteCount, SitingError, UnprovenError, prepare, solve

ANTIPODE_OF_EUROPE = Point(-170.0, -50.0)
Tamper = Callable[[Plan], Plan]


def site(row: int = 0, **values: Any) -> Tamper:
    """Return what changes one built site."""

    def change(plan: Plan) -> Plan:
        sites = plan.sites.copy()
        for column, value in values.items():
            old = sites.loc[row, column]
            sites.loc[row, column] = value(old) if callable(value) else value
        return replace(plan, sites=sites)

    return change


def every_site(**values: Any) -> Tamper:
    """Return what changes all built sites alike."""
    return lambda plan: replace(plan, sites=plan.sites.assign(**values))


def ledger(line: str, column: str, factor: float) -> Tamper:
    """Return what scales one line of the ledger at the first site."""

    def change(plan: Plan) -> Plan:
        table = plan.ledger.copy()
        row = table.index[table["line"] == line][0]
        table.loc[row, column] *= factor
        return replace(plan, ledger=table)

    return change


def assignment(row: int = 0, **values: Any) -> Tamper:
    """Return what changes one assignment."""

    def change(plan: Plan) -> Plan:
        table = plan.assignments.copy()
        for column, value in values.items():
            table.loc[row, column] = value(table.loc[row, column]) if callable(value) else value
        return replace(plan, assignments=table)

    return change


def kpi(name: str, factor: float = 0.9) -> Tamper:
    """Return what scales one KPI."""
    return lambda plan: replace(plan, kpis=dict(plan.kpis) | {name: plan.kpis[name] * factor})


def proof(**values: Any) -> Tamper:
    """Return what changes the proof."""
    return lambda plan: replace(plan, proof=replace(plan.proof, **{k: v(plan.proof) for k, v in values.items()}))


def asked(*limits: Limit) -> Tamper:
    """Return what lets the plan answer another question, with the record that this question has."""
    return lambda plan: with_record(replace(plan, scenario=plan.scenario.model_copy(update={"limits": limits})))


def with_record(plan: Plan) -> Plan:
    """Return a plan with the exclusions, unknowns and zone headroom of its scenario, and no binding limit."""
    try:
        problem = prepare(plan.scenario)
    except SitingError:
        return plan
    shares = [float(x.zone_share) for x in plan.scenario.limits if hasattr(x, "zone_share")]
    headroom = plan.sites["avg_generation_mw"] * (min(shares) if shares else np.nan)
    return replace(
        plan,
        excluded=problem.excluded,
        unknowns=problem.unknowns,
        binding=plan.binding.iloc[:0],
        sites=plan.sites.assign(zone_headroom_mw=headroom),
    )


def halved(plan: Plan) -> Plan:
    """Halve intensities, ledger, KPIs and proof together, so that every sum still agrees."""
    tonnes = {k: v / 2 for k, v in plan.kpis.items() if k.startswith(("emissions_", "embodied_", "cue_"))}
    sites = plan.sites.assign(
        **{c: plan.sites[c] / 2 for c in ("ci_g_per_kwh", "emissions_t_per_year", "emissions_g_per_eflop")}
    )
    ledger_ = plan.ledger.assign(tco2e_per_year=plan.ledger["tco2e_per_year"] / 2)
    proof_ = replace(plan.proof, objective=plan.proof.objective / 2, bound=plan.proof.bound / 2)
    return replace(plan, sites=sites, ledger=ledger_, kpis=dict(plan.kpis) | tonnes, proof=proof_)


def without_line(line: str) -> Tamper:
    """Return what takes one line of one site out of the ledger."""

    def tampered(plan: Plan) -> Plan:
        first = plan.ledger.index[plan.ledger["line"] == line][0]
        return replace(plan, ledger=plan.ledger.drop(index=first))

    return tampered


def renamed(line: str, name: str) -> Tamper:
    """Return what gives a line of the ledger another name."""
    return lambda plan: replace(plan, ledger=plan.ledger.assign(line=plan.ledger["line"].replace(line, name)))


def under_policy(**changes: Any) -> Tamper:
    """Return what lets the plan stand under another policy."""

    def changed(plan: Plan) -> Plan:
        policy = plan.scenario.policy.model_copy(update=changes)
        return replace(plan, scenario=plan.scenario.model_copy(update={"policy": policy}))

    return changed


def under_packs(packs: Any) -> Tamper:
    """Return what asks for other packs."""
    return under_policy(packs=packs)


def priced(usd_per_t: float) -> Tamper:
    """Return what asks for a carbon price."""
    return under_policy(carbon_price_usd_per_t=usd_per_t)


def excluding_a_site(plan: Plan) -> Plan:
    """Let the scenario exclude a site that the plan builds."""
    candidates = plan.scenario.candidates.model_copy(update={"exclude": (plan.sites["id"].iloc[0],)})
    return replace(plan, scenario=plan.scenario.model_copy(update={"candidates": candidates}))


def test_a_good_plan_passes_and_lists_every_check(plan: Plan) -> None:
    checks = plan.verify()
    assert list(checks.columns) == ["check", "where", "value", "limit", "unit"]
    kinds = set(checks["check"])
    assert {"demand served", "load fits the halls", "smallest site", "ledger sums to the cost", "bound"} <= kinds
    assert {"round trip, batch", "most sites", "renewable share", "headroom of the zone", "budget"} <= kinds
    assert {"screen: sanctions", "screen: rule of law", "embodied carbon of servers"} <= kinds


def test_every_assignment_and_every_demand_is_checked(plan: Plan) -> None:
    counts = plan.verify()["check"].value_counts()
    assert counts["demand served"] == len(plan.demand)
    assert counts[counts.index.str.startswith("round trip, ")].sum() == len(plan.assignments)
    assert counts["energy cost"] == len(plan.sites)


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        pytest.param(assignment(it_mw=lambda mw: mw + 1), r"demand served, .* against", id="more load to a hub"),
        pytest.param(assignment(it_mw=1e-9), r"demand served, ", id="a hub is not served"),
        pytest.param(
            assignment(workload="idle"), r"demand served, \S+ idle: .* MW against 0", id="a class nobody asked for"
        ),
        pytest.param(site(halls=1), r"smallest site, \S+: 1 halls against 2", id="one hall too few"),
        pytest.param(site(halls=lambda n: n - 1), r"load fits the halls, ", id="a hall less than the load needs"),
        pytest.param(site(it_mw=lambda mw: mw - 5), r"load of the site, ", id="load of a site"),
        pytest.param(site(pue=lambda x: x + 0.05), r"energy cost, .*\n.*operational emissions, ", id="PUE"),
        pytest.param(site(ci_g_per_kwh=lambda x: x * 0.9), r"operational emissions, ", id="intensity"),
        pytest.param(site(price_usd_per_mwh=lambda x: x * 0.9), r"energy cost, ", id="price"),
        pytest.param(
            ledger("servers", "usd_per_year", 0.9), r"ledger sums to the cost, portfolio", id="dollars of a line"
        ),
        pytest.param(ledger("facility", "tco2e_per_year", 0.9), r"ledger sums to the emissions", id="tonnes of a line"),
        pytest.param(ledger("servers", "tco2e_per_year", 0.9), r"embodied carbon of servers, ", id="embodied carbon"),
        pytest.param(kpi("cost_usd_per_year"), r"ledger sums to the cost", id="KPI: cost"),
        pytest.param(kpi("emissions_t_per_year"), r"ledger sums to the emissions", id="KPI: emissions"),
        pytest.param(
            kpi("emissions_g_per_eflop"), r"emissions per compute.*\n.*objective, portfolio", id="KPI: objective"
        ),
        pytest.param(kpi("eflop_per_year"), r"emissions per compute", id="KPI: compute"),
        pytest.param(
            site(geometry=ANTIPODE_OF_EUROPE), r"round trip, \w+, \S+ to \S+: \d+", id="a site moved far away"
        ),
        pytest.param(
            every_site(renewable_share=0.3), r"renewable share, portfolio: 0\.3 - against 0\.6", id="renewable"
        ),
        pytest.param(every_site(avg_generation_mw=10.0), r"headroom of the zone, ", id="a small grid"),
        pytest.param(every_site(plants_mw_150km=10.0), r"plants within 150 km, ", id="few plants nearby"),
        pytest.param(every_site(peak_pue=9.0), r"headroom of the zone, ", id="peak draw"),
        pytest.param(site(country_iso2="AF"), r"screen: rule of law, ", id="a failing state"),
        pytest.param(site(country_iso2="KP"), r"screen: sanctions, \S+: 1 - against 0", id="a country under sanctions"),
        pytest.param(proof(least_cost_usd_per_year=lambda p: p.least_cost_usd_per_year / 2), r"budget, ", id="budget"),
        pytest.param(
            proof(least_cost_usd_per_year=lambda _: None), r"budget, portfolio: .* against nan", id="no budget"
        ),
        pytest.param(proof(bound=lambda p: p.objective * 1.01), r"bound, portfolio", id="a bound above the objective"),
        pytest.param(
            proof(status=lambda _: "optimal", bound=lambda p: p.objective * 0.9, gap_asked=lambda _: 1e-4),
            r"gap of an optimal plan, portfolio: 0\.1 - against 0\.0001",
            id="optimal with a wide gap",
        ),
        pytest.param(
            proof(status=lambda _: "optimal", bound=lambda _: None),
            r"gap of an optimal plan, portfolio: inf - against",
            id="optimal without a bound",
        ),
        pytest.param(proof(objective=lambda p: p.objective * 0.99), r"objective, portfolio", id="another objective"),
        pytest.param(
            lambda p: every_site(renewable_share=0.99)(kpi("renewable_share", 0.99 / p.kpis["renewable_share"])(p)),
            r"renewable share of the zone, ",
            id="renewable share forged throughout",
        ),
        pytest.param(halved, r"intensity of the zone, ", id="all carbon halved throughout"),
        pytest.param(assignment(it_mw=-1.0), r"loads that are negative or missing", id="a negative load"),
        pytest.param(assignment(rtt_p90_ms=1.0), r"stated round trip, ", id="a round trip prettier than its way"),
        pytest.param(assignment(site="nowhere"), r"served from built sites", id="served from nowhere"),
        pytest.param(assignment(hub="nowhere"), r"hubs that do not exist", id="a hub that does not exist"),
        pytest.param(site(jobs=20.0), r"jobs of the halls, ", id="jobs"),
        pytest.param(site(capex_usd=lambda x: x * 2), r"capital of the halls, ", id="capital"),
        pytest.param(site(wue_l_per_kwh=0.7), r"WUE over the year, ", id="water"),
        pytest.param(site(cfe_share=1.5), r"carbon-free share of the zone, ", id="carbon-free share"),
        pytest.param(site(cost_usd_per_year=1.0), r"cost of the site, ", id="cost of a site"),
        pytest.param(site(emissions_t_per_year=1.0), r"emissions of the site, ", id="emissions of a site"),
        pytest.param(kpi("pue"), r"KPI pue", id="KPI: PUE"),
        pytest.param(kpi("jobs"), r"KPI jobs", id="KPI: jobs"),
        pytest.param(kpi("rtt_p90_ms_max"), r"KPI rtt_p90_ms_max", id="KPI: worst round trip"),
        pytest.param(without_line("energy"), r"ledger lines missing or twice", id="a ledger line is gone"),
        pytest.param(excluding_a_site, r"sites that the scenario excludes", id="a site that was excluded"),
        pytest.param(asked(SiteCount(min=1, max=2)), r"most sites, portfolio: \d+ sites against 2", id="most sites"),
        pytest.param(asked(SiteCount(min=99)), r"fewest sites, portfolio: \d+ sites against 99", id="fewest sites"),
        pytest.param(asked(Budget(usd_per_year=1e9)), r"budget, portfolio: .* USD/year against 1e\+09", id="dollars"),
    ],
)
def test_whatever_is_changed_is_found_and_named(plan: Plan, tamper: Tamper, message: str) -> None:
    changed = tamper(plan)
    with pytest.raises(UnprovenError, match=r"plan `baseline` fails \d+ check\(s\):") as failed:
        changed.verify()
    assert re.search(message, "\n".join(failed.value.faults))


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        pytest.param(site(jobs=19.0), r"jobs of the halls, \S+: 19 jobs against 102", id="jobs"),
        pytest.param(
            site(capex_usd=1.9e8), r"us-tx-qdc investment, \S+: 1\.9e\+08 USD against 2e\+08", id="investment"
        ),
        pytest.param(site(jurisdiction="US-OK"), r"us-tx-qdc in force, \S+: 0 - against 1", id="another state"),
        pytest.param(
            ledger("incentive us-tx-qdc", "usd_per_year", 2.0), r"us-tx-qdc benefit, ", id="twice the benefit"
        ),
        pytest.param(
            lambda plan: replace(
                plan,
                scenario=plan.scenario.model_copy(
                    update={
                        "policy": plan.scenario.policy.model_copy(update={"date": pd.Timestamp("2010-01-01").date()})
                    }
                ),
            ),
            r"us-tx-qdc in force, \S+: 0 - against 1",
            id="before the programme",
        ),
        pytest.param(under_packs("none"), r"us-tx-qdc in force, \S+: 0 - against 1", id="no packs asked for"),
        pytest.param(under_packs(("eu",)), r"us-tx-qdc in force, \S+: 0 - against 1", id="another pack asked for"),
        pytest.param(ledger("sales_tax", "usd_per_year", 0.9), r"yearly cost of sales_tax, ", id="sales tax"),
        pytest.param(ledger("facility", "usd_per_year", 0.9), r"yearly cost of facility, ", id="building"),
        pytest.param(ledger("other_operation", "usd_per_year", 0.9), r"yearly cost of other_operation, ", id="other"),
        pytest.param(ledger("servers", "usd_per_year", 0.9), r"yearly cost of servers, ", id="servers"),
        pytest.param(
            ledger("facility", "tco2e_per_year", 0.9), r"embodied carbon of the building, ", id="building's carbon"
        ),
        pytest.param(without_line("sales_tax"), r"yearly cost of sales_tax, \S+: 0 USD", id="the tax is gone"),
        pytest.param(renamed("other_operation", "gift"), r"lines that are not defined, .*: 1 found", id="a gift"),
        pytest.param(site(jurisdiction="AQ"), r"stop aq-treaty, \S+: \S+ MW against 0", id="Antarctica"),
        pytest.param(priced(100.0), r"carbon price, \S+: 0 USD/year against", id="a carbon price unpaid"),
    ],
)
def test_a_claim_that_is_not_earned_is_found(texas_plan: Plan, tamper: Tamper, message: str) -> None:
    with pytest.raises(UnprovenError, match=message):
        tamper(texas_plan).verify()


def change_the_ledger(plan: Plan, data: st.DataObject) -> None:
    """Change one amount by a hundred thousandth of the total, and see it found."""
    column = data.draw(st.sampled_from(["usd_per_year", "tco2e_per_year"]))
    row = data.draw(st.integers(0, len(plan.ledger) - 1))
    sign = data.draw(st.sampled_from([-1.0, 1.0]))
    table = plan.ledger.copy()
    table.loc[row, column] += sign * 1e-5 * table[column].sum()
    with pytest.raises(UnprovenError, match=r"ledger sums to the"):
        replace(plan, ledger=table).verify()


@pytest.mark.slow
@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.data())
def test_no_amount_of_the_ledger_can_be_off_by_a_hundred_thousandth_of_the_total(
    plan: Plan, data: st.DataObject
) -> None:
    change_the_ledger(plan, data)


@pytest.mark.slow
@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.data())
def test_nor_can_any_of_a_hundred_amounts(plan: Plan, data: st.DataObject) -> None:
    change_the_ledger(plan, data)


def move_a_load(plan: Plan, data: st.DataObject) -> None:
    """Move half a load to another assignment, and see it found."""
    rows = st.integers(0, len(plan.assignments) - 1)
    giver, taker = data.draw(rows), data.draw(rows)
    table = plan.assignments.copy()
    moved = 0.5 * table.loc[giver, "it_mw"]
    table.loc[giver, "it_mw"] -= moved
    table.loc[taker, "it_mw"] += moved
    changed = replace(plan, assignments=table)
    if giver == taker:
        changed.verify()
    elif moved > 1e-3:
        with pytest.raises(UnprovenError, match=r"demand served|load of the site"):
            changed.verify()


@pytest.mark.slow
@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.data())
def test_no_load_can_be_moved_between_hubs_unseen(plan: Plan, data: st.DataObject) -> None:
    move_a_load(plan, data)


@pytest.mark.slow
@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.data())
def test_nor_can_any_of_a_hundred_loads(plan: Plan, data: st.DataObject) -> None:
    move_a_load(plan, data)


def test_a_site_that_stands_twice_is_found(texas_plan: Plan) -> None:
    twice = pd.concat([texas_plan.sites, texas_plan.sites.assign(cooling="waterside_economizer")], ignore_index=True)
    with pytest.raises(UnprovenError, match=r"sites listed twice \(one design a site\), portfolio: 1 found against 0"):
        replace(texas_plan, sites=twice, ledger=without_claims(texas_plan)).verify()


def without_claims(plan: Plan) -> pd.DataFrame:
    """Return the ledger without its incentives."""
    return plan.ledger[~plan.ledger["line"].str.startswith("incentive ")]


def test_several_faults_come_in_one_message(plan: Plan) -> None:
    changed = kpi("cost_usd_per_year")(site(price_usd_per_mwh=1.0)(plan))
    with pytest.raises(
        UnprovenError,
        match=r"(?s)fails 5 check\(s\):.*ledger sums to the cost.*energy cost.*price of the zone.*objective, cost.*least cost",
    ):
        changed.verify()


def test_there_is_nothing_to_verify_without_a_plan(problem: Problem) -> None:
    limits = (*problem.scenario.limits[:-1], Budget(usd_per_year=1.0))
    empty = solve(replace(problem, scenario=problem.scenario.model_copy(update={"limits": limits})))
    assert empty.status == "infeasible"
    with pytest.raises(UnprovenError, match=r"plan `baseline` is infeasible: there is nothing to verify"):
        empty.verify()


def test_a_limit_of_the_user_s_own_is_listed_as_not_re_checked(plan: Plan) -> None:
    class Secret(Limit):
        kind: Literal["secret"] = "secret"

    try:
        checks = asked(Secret())(plan).verify()["check"]
        assert "NOT RE-CHECKED: limit `secret` is the user's own" in set(checks)
    finally:
        Limit.registry.pop("secret", None)


def test_the_second_opinion_imports_nothing_of_the_model_builder() -> None:
    import siting.verify as second

    rooms = (
        "siting.problem.rows",
        "siting.problem.problem",
        "siting.problem.ledger.lines",
        "siting.solver.pulp_model",
        "siting.limits",
    )
    used = {getattr(value, "__module__", "") or "" for value in vars(second).values()}
    assert not [u for u in used for room in rooms if u.startswith(room)]


@pytest.mark.slow
def test_the_baseline_is_proven_to_a_ten_thousandth_and_passes(proven_baseline: Plan) -> None:
    assert proven_baseline.status == "optimal"
    assert proven_baseline.gap <= 1e-4
    assert np.isfinite(proven_baseline.bound)
    proven_baseline.verify()
