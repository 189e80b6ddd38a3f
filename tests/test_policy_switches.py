"""Single entries of packs switched off and on, and their numbers overridden: it acts, is said, and is refused in words."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Texas

from siting import Plan, Scenario, ScenarioError, UnprovenError
from siting.problem.ledger.option_taxes import Taxes
from siting.problem.policy_rules import policy_mw_cap
from siting.verify.money_check import money
from siting.world.places import starter_sites
from siting.world.policy import Switches, packs

DAY = date(2026, 7, 1)


def asked(*names: str, **policy: Any) -> Scenario:
    """Return a question with a policy of its own."""
    return Scenario(name="x", policy={"packs": names, "date": DAY, **policy})


def ids(scenario: Scenario, name: str) -> list[str]:
    """Return the entries of one list that hold."""
    return [e.id for p in scenario.policy.in_force(scenario.file) for e in getattr(p, name)]


def test_an_entry_that_is_off_does_not_hold() -> None:
    assert ids(asked("us-tx"), "incentives") == ["us-tx-qdc", "us-tx-large"]
    assert ids(asked("us-tx", off=("us-tx-large",)), "incentives") == ["us-tx-qdc"]


def test_an_entry_of_unknown_date_holds_where_it_is_on_and_is_an_assumption_at_best() -> None:
    assert ids(asked("ie"), "stops") == []
    on = asked("ie", on=("ie-eirgrid-dublin",))
    assert ids(on, "stops") == ["ie-eirgrid-dublin"]
    stop = on.policy.in_force(on.file)[0].stops[0]
    assert (stop.effective_from, str(stop.effective_to), stop.quality) == (DAY, "2027-12-31", "unverified")
    assert "taken to hold on 2026-07-01: first day UNKNOWN" in on.policy.switched(on.file)[0][3]


def test_an_entry_that_has_ended_or_is_to_come_holds_where_it_is_on() -> None:
    assert ids(asked("ie", on=("ie-cru-2021",)), "stops") == ["ie-cru-2021"]
    to_come = asked("de", on=("de-enefg-erf-2028",), off=("de-enefg-erf-2026",))
    assert "de-enefg-erf-2028" in ids(to_come, "duties")


def test_an_overridden_number_holds_and_is_told_beside_the_old_one() -> None:
    question = asked("us-tx", override={"us-tx-qdc": {"min_jobs": 45}})
    qdc = question.policy.in_force(question.file)[0].incentives[0]
    assert (qdc.min_jobs, qdc.quality) == (45.0, "unverified")  # the worse of the pack's word and "assumption"
    assert question.policy.switched(question.file) == [
        ("us-tx", "us-tx-qdc", "override", "min_jobs = 45 in place of 20: an assumption of the scenario")
    ]


def test_nothing_is_said_of_a_policy_that_switches_nothing() -> None:
    assert asked("us-tx").policy.switched(Path) == []
    assert not Switches()


def test_a_carbon_price_that_is_raised_costs_what_the_tariff_does_not_carry() -> None:
    """The ETS of 70.08 USD is in the tariff; at 100 the plan pays 29.92 more, at 50 nothing."""
    here = starter_sites().query("id == 'paris'")
    added = []
    for usd in (70.08, 100.0, 50.0):
        question = asked("eu", override={"eu-ets-power": {"usd_per_t": usd}})
        taxes = Taxes(here, question.policy, question.policy.in_force(question.file))
        added.append(float(taxes.added_carbon_price_usd_per_t[0]))
    assert added == pytest.approx([0.0, 29.92, 0.0])


def ask_and_read(policy: dict[str, Any]) -> None:
    """Ask, and read the packs."""
    question = asked("us-tx", **policy)
    question.policy.asked(question.file)


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (
            {"off": ("us-tx-qcd",)},
            r"`policy\.off`: no entry `us-tx-qcd` in the packs of the scenario: did you mean `us-tx-qdc`",
        ),
        ({"on": ("eu-ets-power",)}, r"`policy\.on`: no entry `eu-ets-power`"),
        ({"override": {"us-tx-qdc": {"min_job": 3.0}}}, "no number `min_job`: did you mean `min_jobs`"),
        ({"override": {"us-tx-qdc": {"rate": 3.0}}}, r"`policy\.override\.us-tx-qdc`: `rate` is 3\.0"),
        ({"override": {"us-tx-qdc": {"source": 3.0}}}, "no number `source`"),
        ({"override": {"us-tx-qdc": {"min_jobs": True}}}, r"`us-tx-qdc\.min_jobs` is True: give a number"),
        ({"off": ("us-tx-qdc",), "on": ("us-tx-qdc",)}, "`off` names us-tx-qdc, which `on` or `override` names too"),
        ({"of": ("us-tx-qdc",)}, r"unknown key `policy\.of`: did you mean `off`"),
    ],
)
def test_what_cannot_be_switched_is_refused_with_the_nearest_name(policy: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        ask_and_read(policy)


@pytest.mark.parametrize(
    ("pack", "entry", "said"),
    [
        ("us", "us-48e-storage", "would change nothing"),
        ("ie", "ie-cru-2025-renewables", "judges duties of kind pue and heat_reuse, and not `renewable_share`"),
        ("tax-fr", packs()["tax-fr"].corporate_taxes[0].id, "reads the rate in the table `countries`"),
    ],
)
def test_an_entry_on_which_no_plan_acts_is_refused(pack: str, entry: str, said: str) -> None:
    question = asked(pack, on=(entry,))
    with pytest.raises(ScenarioError, match=said):
        question.policy.asked(question.file)


def test_two_rules_that_would_act_twice_are_refused() -> None:
    question = asked("de", on=("de-enefg-erf-2028",))
    with pytest.raises(ScenarioError, match="are the same rule with overlapping dates"):
        question.policy.asked(question.file)


def test_a_file_holds_the_switches_and_gives_them_back(tmp_path: Path) -> None:
    question = asked("us-tx", off=("us-tx-large",), override={"us-tx-qdc": {"min_jobs": 45.0}})
    question.write(tmp_path / "x.toml")
    assert Scenario.read(tmp_path / "x.toml") == question


def test_a_plan_does_not_claim_what_is_off_and_says_so(texas: Texas, texas_plan: Plan) -> None:
    claimed = set("; ".join(texas_plan.sites["incentives"]).split("; "))
    claimed.add("us-tx-large")  # which would take its place
    plan = texas(policy={"off": tuple(claimed)})
    assert claimed.isdisjoint("; ".join(plan.sites["incentives"]).split("; "))
    assert set(plan.policy["entry"]) == claimed
    assert plan.policy["wording"].str.contains("does not hold: an assumption, it did on 2026-07-01").all()
    assert plan.kpis["cost_usd_per_year"] > texas_plan.kpis["cost_usd_per_year"]
    plan.verify()


def test_a_claim_of_what_is_off_is_found(texas_plan: Plan) -> None:
    entry = texas_plan.sites["incentives"].iloc[0].split("; ")[0]
    policy = texas_plan.scenario.policy.model_copy(update={"off": (entry,)})
    forged = texas_plan.scenario.model_copy(update={"policy": policy})

    assert any("switches off" in check[0] and not check[-1] for check in money(replace(texas_plan, scenario=forged)))
    with pytest.raises(UnprovenError, match="which the scenario switches off"):
        replace(texas_plan, scenario=forged).verify()


def test_a_switch_that_a_plan_does_not_tell_is_found(texas_plan: Plan) -> None:
    policy = texas_plan.scenario.policy.model_copy(update={"off": ("ie-cru-2021",)})
    silent = replace(texas_plan, scenario=texas_plan.scenario.model_copy(update={"policy": policy}))
    with pytest.raises(UnprovenError, match="switched entries that the plan does not list"):
        silent.verify()


def test_a_call_does_not_shut_a_place_unless_the_scenario_says_so() -> None:
    """Quebec selects what connects above 5 MW: a site may open if it is chosen, and a planner may plan without one."""
    here = starter_sites().query("jurisdiction == 'CA-QC'").reset_index(drop=True)
    free, shut = (asked("ca-qc", **policy).policy.in_force(Path) for policy in ({}, {"on": ("ca-qc-selection",)}))
    assert np.isinf(policy_mw_cap(here, free)).all()
    assert policy_mw_cap(here, shut).tolist() == [5.0] * len(here)
    said = asked("ca-qc", on=("ca-qc-selection",)).policy.switched(Path)
    assert said[0][3].startswith("taken to act, though a selection is no ban")
