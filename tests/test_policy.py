"""Policy is dated and sourced: a rule holds where and when it says, and no price is added twice."""

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting import Plan, Problem, Scenario, ScenarioError, UnprovenError
from siting.physics.money.finance import carbon_price_not_in_tariff
from siting.problem.ledger.cost_figures import rates_of
from siting.problem.ledger.lines import ledger_lines
from siting.problem.ledger.option_costs import OptionCosts
from siting.problem.parts import Incentives
from siting.problem.policy_rules import stopped
from siting.show.text.site_text import jobs_sentences
from siting.world.places import starter_sites
from siting.world.policy import Incentive, Pack, Stop, pack_table, packs, packs_in_force
from siting.world.tables import read_table, resource
from siting.world.user_values.strict_model import FIRST_DAY, LAST_DAY

TODAY = dt.date(2026, 7, 1)
EU_ALLOWANCE_USD_PER_T = 70.08  # mean of 2024, as the pack says
HALL_MW, HALLS = 20.0, 17
IT_USD_PER_MW, FACILITY_USD_PER_MW, OTHER_USD_PER_MW = 26.3e6, 11.7e6, 0.3e6


def fixed_charge(tax: float, life_years: float, rate: float = 0.07) -> float:
    """Spell out the fixed charge rate of the NREL ATB with straight-line depreciation, inflation 2.5 %."""
    crf = rate * (1 + rate) ** life_years / ((1 + rate) ** life_years - 1)
    nominal = (1 + rate) * 1.025 - 1
    depreciation = (1 - (1 + nominal) ** -life_years) / (nominal * life_years)
    return crf * (1 - tax * depreciation) / (1 - tax)


def expensed(tax: float, life_years: float, rate: float = 0.07) -> float:
    """Spell out the fixed charge rate where the whole price is written off at the end of the first year."""
    crf = rate * (1 + rate) ** life_years / ((1 + rate) ** life_years - 1)
    return crf * (1 - tax / ((1 + rate) * 1.025)) / (1 - tax)


def tax_of(iso2: str) -> float:
    return float(read_table("countries").set_index("iso2").loc[iso2, "corporate_tax_rate"])


# --- when and where ------------------------------------------------------------------------------


days = st.dates(FIRST_DAY, LAST_DAY)


@given(days, days, st.dates())
def test_a_rule_holds_from_its_first_to_its_last_day(first: dt.date, last: dt.date, day: dt.date) -> None:
    first, last = sorted((first, last))
    stop = Stop(id="x", title="x", effective_from=first, effective_to=last, source="x", quality="observed")
    assert stop.holds_on(day) == (first <= day <= last)
    assert stop.model_copy(update={"effective_to": None}).holds_on(day) == (first <= day)


def test_the_date_of_the_scenario_decides_which_rules_hold() -> None:
    def rules(day: dt.date) -> set[str]:
        return {e.id for p in packs_in_force(day) for e in p.entries()}

    assert rules(dt.date(1998, 1, 13)) == set()
    assert rules(dt.date(1998, 1, 14)) == {"aq-treaty"}  # the Madrid Protocol enters into force
    assert {"us-tx-qdc", "us-tx-sales-tax"}.isdisjoint(rules(dt.date(2013, 8, 31)))
    assert {"us-tx-qdc", "us-tx-sales-tax"} <= rules(dt.date(2013, 9, 1))


def test_a_country_covers_its_states_and_a_state_covers_neither_its_country_nor_its_namesakes() -> None:
    america, texas = (Pack(id=j, title=j, jurisdictions=(j,)) for j in ("US", "US-TX"))
    assert [america.covers(j) for j in ("US", "US-TX", "USA", "CA", "")] == [True, True, False, False, False]
    assert [texas.covers(j) for j in ("US", "US-TX", "US-TXX", "US-CA")] == [False, True, False, False]


def test_packs_are_all_none_or_those_that_are_named() -> None:
    assert [p.id for p in packs_in_force(TODAY)] == sorted(packs())
    assert packs_in_force(TODAY, "none") == ()
    assert [p.id for p in packs_in_force(TODAY, ("us-tx", "eu"))] == ["us-tx", "eu"]
    assert [p.id for p in packs_in_force(TODAY, ("eu", "eu"))] == ["eu"]  # a tax is not levied twice


def test_a_pack_that_is_not_shipped_is_refused_with_those_that_are() -> None:
    with pytest.raises(
        ScenarioError, match=r"no policy pack `us-cal`: did you mean `us-al`\? \(shipped are aq, br, ca-bc,"
    ):
        packs_in_force(TODAY, ("eu", "us-cal"))


@pytest.mark.parametrize("name", sorted(packs()))
def test_every_rule_of_a_shipped_pack_has_a_source_and_a_day_or_says_why_not(name: str) -> None:
    rules = list(packs()[name].entries())
    assert rules
    assert all(r.source and r.title and (r.effective_from or r.date_unknown) for r in rules)
    assert resource(str(pack_table(name))).provenance()["licence"]


def test_the_eu_pack_covers_member_states_and_not_their_neighbours() -> None:
    eu = packs()["eu"]
    assert all(eu.covers(j) for j in ("SE", "IE", "FR", "NO", "IS"))
    assert not any(eu.covers(j) for j in ("GB", "CH", "GL", "US", "SG"))


# --- the price of carbon -------------------------------------------------------------------------


def carbon_lines(policy: dict[str, Any]) -> dict[str, float]:
    """Return the carbon line [USD per MW and year] of Lulea and Dallas, both at PUE 1.2 and 100 gCO2/kWh direct."""
    sites = starter_sites().query("id in ('lulea', 'dallas')").reset_index(drop=True).assign(ci_direct_g_per_kwh=100.0)
    design = {
        "cooling": "airside_economizer_adiabatic",
        "label": "x",
        "pue": 1.2,
        "peak_pue": 1.3,
        "pue_ci_covariance": 1.0,
        "wue_l_per_kwh": 0.0,
        "max_halls": 5,
    }
    options = pd.DataFrame([{"site": i} | design for i in range(2)])
    asked = Scenario(name="carbon", policy=policy)
    in_force = packs_in_force(asked.policy.date, asked.policy.packs)
    costs = OptionCosts.of(sites, options, asked, rates_of(asked), in_force)
    line = next(x for x in ledger_lines(costs) if x.name == "carbon_price")
    assert line.on == "load_mw"
    return dict(zip(sites["id"], line.usd_per_year, strict=True))


TONNES_PER_MW = 8760 * 1.2 * 0.1  # 1,051.2 t/a: 8,760 MWh, 1.2 drawn for 1 used, 0.1 t/MWh


def test_an_allowance_that_the_tariff_carries_is_not_added_again() -> None:
    assert carbon_lines({}) == {"dallas": 0.0, "lulea": 0.0}


def test_a_price_of_100_adds_the_difference_in_the_eu_and_all_of_it_elsewhere() -> None:
    """100 less 70.08 is 29.92 USD/t: 31,451.904 USD a year and MW in Lulea; 105,120 in Dallas."""
    found = carbon_lines({"carbon_price_usd_per_t": 100})
    assert found["lulea"] == pytest.approx(TONNES_PER_MW * 29.92)
    assert found["lulea"] == pytest.approx(31_451.904)
    assert found["dallas"] == pytest.approx(105_120.0)


def test_a_price_below_the_one_in_the_tariff_takes_nothing_off() -> None:
    assert carbon_lines({"carbon_price_usd_per_t": 50}) == pytest.approx({"dallas": 52_560.0, "lulea": 0.0})


def test_before_the_trading_system_no_tariff_carries_a_price() -> None:
    found = carbon_lines({"carbon_price_usd_per_t": 100, "date": "2004-12-31"})
    assert found["lulea"] == pytest.approx(105_120.0)


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_what_is_added_and_what_is_carried_make_up_the_higher_of_the_two(wanted: float, carried: float) -> None:
    added = float(carbon_price_not_in_tariff(wanted, carried))
    assert added + carried == pytest.approx(max(wanted, carried))


def test_the_allowance_of_the_pack_is_the_one_these_numbers_were_worked_with() -> None:
    price = packs()["eu"].carbon_prices[0]
    assert (price.usd_per_t, price.in_tariff, price.on) == (EU_ALLOWANCE_USD_PER_T, True, "direct")


# --- Texas: a tax, and a way out of it -----------------------------------------------------------


def line(plan: Plan, name: str) -> float:
    return float(plan.ledger.loc[plan.ledger["line"] == name, "usd_per_year"].sum())


def test_the_texan_sales_tax_is_a_share_of_the_servers_of_each_year(texas_plan: Plan) -> None:
    """17 halls of 20 MW at 26.3 M USD/MW, charged over 5 years at 7 %, written off in the first year by federal law.

    6.25 % of it is the state's sales tax, 1.95 % local.
    """
    servers = HALLS * HALL_MW * IT_USD_PER_MW * expensed(tax_of("US"), 5)
    assert texas_plan.sites["halls"].tolist() == [HALLS]
    assert line(texas_plan, "servers") == pytest.approx(servers)
    assert line(texas_plan, "sales_tax") == pytest.approx(servers * 0.082)


def test_the_ledger_of_texas_is_worked_by_hand(texas_plan: Plan) -> None:
    site = texas_plan.sites.iloc[0]
    facility = HALLS * HALL_MW * FACILITY_USD_PER_MW * fixed_charge(tax_of("US"), 14)
    parts = [line(texas_plan, part) for part in ("facility", "shell", "site_works")]
    assert parts == pytest.approx([0.69 * facility, 0.21 * facility, 0.10 * facility])
    acres = 4000 * 60.1703 * HALLS * HALL_MW
    assert line(texas_plan, "land") == pytest.approx(acres * 0.07 / (1 - tax_of("US")))
    assert line(texas_plan, "water") == pytest.approx(300 * 8760 * site["wue_l_per_kwh"] * 2.0)
    assert line(texas_plan, "electricity_tax") == 0.0
    servers = HALLS * HALL_MW * IT_USD_PER_MW
    assert line(texas_plan, "property_tax") == pytest.approx(0.0063 * servers)  # the middle of 0 to Loudoun's 1.26 %
    assert line(texas_plan, "other_operation") == pytest.approx(HALLS * HALL_MW * OTHER_USD_PER_MW)
    assert line(texas_plan, "energy") == pytest.approx(300 * 8760 * site["pue"] * site["price_usd_per_mwh"])
    assert line(texas_plan, "carbon_price") == 0.0


def test_the_exemption_waives_the_whole_state_tax(texas_plan: Plan) -> None:
    assert texas_plan.sites["incentives"].tolist() == ["us-tx-qdc"]
    assert line(texas_plan, "incentive us-tx-qdc") == pytest.approx(-line(texas_plan, "sales_tax") * 0.0625 / 0.082)
    texas_plan.verify()


def test_the_jobs_that_a_programme_asks_for_are_committed_unless_the_scenario_binds_them(texas: Any) -> None:
    """0.06 jobs/MW on 16 halls are 19.2 jobs against 20; the plan lists the commitment, or does not claim."""
    few = {"demand": {"it_mw": 280}, "costs": {"jobs-per-mw": 0.06}}
    committed, bound = texas(**few), texas(**few, policy={"jobs_thresholds": "binding"})
    assert committed.tables["committed_jobs"].to_dict("records") == [
        {
            "site": committed.sites["id"].iloc[0],
            "programme": "us-tx-qdc",
            "committed_jobs": 20.0,
            "jobs": pytest.approx(19.2),
        }
    ]
    assert "us-tx-qdc at" in jobs_sentences(committed)[0]
    assert "needs 20 jobs, taken as committed (19 by jobs per MW)" in jobs_sentences(committed)[0]
    committed.verify()
    with pytest.raises(UnprovenError, match="us-tx-qdc jobs committed"):
        replace(committed, tables={}).verify()
    assert bound.sites["incentives"].tolist() == [""]
    assert line(bound, "sales_tax") > 0
    assert "committed_jobs" not in bound.tables
    assert texas(demand={"it_mw": 280}, policy={"jobs_thresholds": "binding"}).sites["incentives"].tolist() == [
        "us-tx-qdc"
    ]


def test_full_expensing_and_the_minimum_tax_are_switched_off_by_name(texas: Any) -> None:
    """At 25.81 % tax a dollar of servers costs 0.2511 a year written off at once and 0.2599 evenly: 3.4 % less."""
    plan = texas(policy={"off": ("us-168k-full-expensing",)})
    assert line(plan, "servers") == pytest.approx(HALLS * HALL_MW * IT_USD_PER_MW * fixed_charge(tax_of("US"), 5))
    plan.verify()


@pytest.mark.parametrize(("country", "rate"), [("IE", 0.15), ("QA", 0.15), ("AE", 0.15), ("US", None)])
def test_a_large_group_pays_fifteen_per_cent_where_the_rate_is_lower(country: str, rate: float | None) -> None:
    sites = starter_sites().query(f"country_iso2 == '{country}'").head(1).reset_index(drop=True)
    options = pd.DataFrame([{"site": 0, "cooling": "waterside_economizer", "label": "x", "pue": 1.1, "max_halls": 5}])
    asked = Scenario(name="x", demand={"it_mw": 10})
    every = packs_in_force(TODAY)
    on, off = (
        OptionCosts.of(sites, options, asked, rates_of(asked), packs)
        for packs in (every, tuple(p for p in every if not p.minimum_taxes))
    )
    assert off.corporate_tax_rate.tolist() == [tax_of(country)]
    assert on.corporate_tax_rate.tolist() == [tax_of(country) if rate is None else rate]


@pytest.mark.parametrize(("usd_per_mw", "claimed"), [(0.58e6, ""), (0.59e6, "us-tx-qdc")])
def test_the_investment_must_reach_200_million(texas: Any, usd_per_mw: float, claimed: str) -> None:
    """340 MW at 0.58 M USD are 197.2 M, at 0.59 M they are 200.6 M."""
    costs = {"capex-it-usd-per-mw": usd_per_mw, "capex-facility-usd-per-mw": 0.0}
    found = texas(costs=costs, implausible=[f"costs.{name}" for name in costs])
    assert found.sites["capex_usd"].tolist() == pytest.approx([340 * usd_per_mw])
    assert found.sites["incentives"].tolist() == [claimed]


def test_without_the_pack_there_is_neither_tax_nor_exemption(texas: Any) -> None:
    found = texas(policy={"packs": ["eu", "aq"]})
    assert line(found, "sales_tax") == 0.0
    assert found.sites["incentives"].tolist() == [""]


def test_before_september_2013_there_is_no_exemption(texas: Any) -> None:
    found = texas(policy={"date": "2013-08-31"})
    assert found.sites["incentives"].tolist() == [""]


def test_the_pack_says_what_of_the_programme_is_not_modelled() -> None:
    programme = packs()["us-tx"].incentives[0]
    assert isinstance(programme, Incentive)
    assert (programme.min_capex_usd, programme.min_jobs, programme.rate) == (200e6, 20, 0.0625)
    assert any("square feet" in c for c in programme.conditions_not_modelled)


# --- where no one may build, and where no one knows ----------------------------------------------


def reasons(problem: Problem, site: str) -> dict[str, str]:
    rows = problem.excluded[problem.excluded["site"] == site]
    return dict(zip(rows["limit"], rows["reason"], strict=True))


def test_mcmurdo_is_left_out_by_the_antarctic_treaty(problem: Problem) -> None:
    said = reasons(problem, "mcmurdo")["policy aq"]
    assert said.startswith("Antarctic Treaty area: Every activity needs a prior environmental assessment")


def test_longyearbyen_is_left_out_because_its_intensity_is_unknown(problem: Problem) -> None:
    said = reasons(problem, "longyearbyen")["data"]
    assert said.startswith("UNKNOWN")
    assert "life-cycle carbon intensity of zone" in said


def test_no_default_stands_in_for_an_unknown_intensity(problem: Problem) -> None:
    known = problem.sites[["ci_lifecycle_g_per_kwh", "ci_direct_g_per_kwh", "price_usd_per_mwh", "corporate_tax_rate"]]
    assert known.notna().all().all()
    left_out = set(problem.excluded["site"])
    assert set(problem.sites["id"]).isdisjoint(left_out)
    assert set(problem.sites["id"]) | left_out == set(read_table("sites").query("starter")["id"])


def test_a_stop_shuts_every_site_of_its_jurisdiction() -> None:
    stop = Stop(id="moratorium", title="No new sites", effective_from=TODAY, source="made up", quality="observed")
    pack = Pack(id="ie", title="Ireland", jurisdictions=("IE",), stops=(stop,))
    irish = stopped(pack, starter_sites())
    everyone = read_table("sites").query("starter and country_iso2 == 'IE'")["id"]
    assert irish == dict.fromkeys(everyone, "Ireland: No new sites")


def test_claims_are_offered_only_where_a_programme_is(problem: Problem) -> None:
    """Every option under a programme that pays, and no other, may claim it; Finland's ended on 30 June 2026.

    Arizona's and Illinois' exemptions are closed to new sites since 1 July 2026; of Nevada 2 % stay due.
    """
    offers = problem.part(Incentives).offers
    option = offers["option"].to_numpy(np.intp)
    offered = problem.options["site"].to_numpy()[option]
    programme = {"US-TX": "us-tx-qdc", "US-VA": "us-va-dcrsut", "US-WA": "us-wa-exemption", "US-MN": "us-mn-exemption"}
    programme |= {"US-GA": "us-ga-sales-tax"}
    programme |= {f"US-{state}": f"us-{state.lower()}-data-centres" for state in ("IA", "TN", "UT", "NC", "NV")}
    states = problem.sites["jurisdiction"].map(programme)
    states = states.mask(problem.sites["country_iso2"] == "NO", "no-data-centre-rate")
    states = states.mask(problem.sites["country_iso2"] == "DK", "dk-electricity-tax")
    assert set(offered) == set(np.flatnonzero(states.notna()))
    assert offers["programme"].tolist() == states.iloc[offered].tolist()
    assert len(offered) == int(np.isin(problem.options["site"], offered).sum())


def test_a_claim_never_pays_more_than_the_largest_base_gives(problem: Problem) -> None:
    offers = problem.part(Incentives).offers
    option = offers["option"].to_numpy(np.intp)
    halls = problem.options["max_halls"].to_numpy()[option]
    mw = halls * 20.0 * 0.9 * 1340 / 1913  # mean draw over nameplate of a B200
    most = offers["benefit_usd_per_hall"] * halls + offers["benefit_usd_per_mw"] * mw
    assert offers["max_benefit_usd"].tolist() == pytest.approx(most.tolist())
