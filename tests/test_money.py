"""Lines and programmes of the ledger: worked by hand, against published anchors, and changed ones are found."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from instances import DRAWS_ITS_NAMEPLATE

from siting import DataError, Plan, Problem, Scenario, ScenarioError, SiteCount, UnprovenError
from siting.problem.ledger.cost_figures import money_year, rates_of
from siting.problem.ledger.incentive_offers import incentive_offers
from siting.problem.ledger.lines import ledger_lines
from siting.problem.ledger.option_costs import OptionCosts
from siting.problem.ledger.option_taxes import construction_index, money_unknowns
from siting.problem.parts import Incentives
from siting.world import catalogue
from siting.world.construction import market_costs
from siting.world.places import starter_sites
from siting.world.policy import Pack, packs, packs_in_force, read_pack

TODAY = dt.date(2026, 7, 1)
HALL_MW, PUE, WUE = 20.0, 1.2, 0.5
IT_USD, FACILITY_USD = 26.3e6 * HALL_MW, 11.7e6 * HALL_MW  # a hall of a US site
HEAD = 'id = "own"\ntitle = "Own"\njurisdictions = ["US-TX"]\n'
ENTRY = 'title = "t"\neffective_from = 2020-01-01\nsource = "s"\nquality = "assumption"\n'


def charge(tax: float, life: int, itc: float = 0.0, worth: float | None = None) -> float:
    """Spell out the fixed charge rate at 7 % real and 2.5 % of inflation; straight line unless told its worth."""
    crf, nominal = 0.07 * 1.07**life / (1.07**life - 1), 1.07 * 1.025 - 1
    if worth is None:
        worth = (1 - (1 + nominal) ** -life) / (nominal * life)
    return crf * (1 - tax * worth * (1 - itc / 2) - itc) / (1 - tax)


def pack(text: str) -> Pack:
    """Return a pack of Texas from its entries."""
    return read_pack(HEAD + text, "own.toml")


def incentive(name: str, kind: str, more: str) -> str:
    return f'[[incentives]]\nid = "{name}"\nkind = "{kind}"\n{more}\n{ENTRY}'


def priced(site: str = "dallas", own: tuple[Pack, ...] = (), tax: float = 0.25, **scenario: Any) -> Any:
    """Return the lines by name [USD a unit and year], the capital of a hall, and the claims of one option."""
    sites = starter_sites().query("id == @site").reset_index(drop=True)
    sites = sites.assign(corporate_tax_rate=tax, ci_direct_g_per_kwh=400.0, price_usd_per_mwh=60.0)
    options = pd.DataFrame(
        {
            "site": [0],
            "label": ["x"],
            "pue": PUE,
            "peak_pue": 1.3,
            "wue_l_per_kwh": WUE,
            "pue_ci_covariance": 1.0,
            "max_halls": 10,
        }
    )
    asked = Scenario(**({"name": "one", "policy": {"packs": "none"}, "hardware": DRAWS_ITS_NAMEPLATE} | scenario))
    costs = OptionCosts.of(sites, options, asked, rates_of(asked), own)
    lines, capital, claims = ledger_lines(costs), costs.capex_usd_per_hall, incentive_offers(costs)
    return {x.name: float(x.usd_per_year[0]) for x in lines}, float(capital[0]), claims


# --- lines ---------------------------------------------------------------------------------------


def test_every_line_of_a_us_site_is_worked_by_hand() -> None:
    """Energy 8,760 MWh x 1.2 x 60 USD; water 8,760 x 0.5 m3 x 2 USD; land 80,000 m2 x 60.1703 USD x 7 % / 0.75."""
    found, capital, claims = priced()
    facility = FACILITY_USD * charge(0.25, 14)
    assert found == pytest.approx(
        {
            "energy": 630_720.0,
            "electricity_tax": 0.0,
            "carbon_price": 0.0,
            "water": 8_760.0,
            "servers": IT_USD * charge(0.25, 5),
            "facility": 0.69 * facility,
            "shell": 0.21 * facility,
            "site_works": 0.10 * facility,
            "land": 80_000 * 60.1703 * 0.07 / 0.75,
            "other_operation": 6e6,
            "sales_tax": 0.0,
            "property_tax": 0.0,
        }
    )
    assert capital == pytest.approx(IT_USD + FACILITY_USD)
    assert claims.empty


@pytest.mark.parametrize(
    ("place", "day", "krona"),
    [("lulea", "2026-07-01", 264), ("stockholm", "2026-07-01", 360), ("lulea", "2025-07-01", 439)],
)
def test_the_swedish_tax_is_by_year_and_lower_in_the_north(place: str, day: str, krona: float) -> None:
    """264 / 10.577 = 24.96 USD/MWh on 10,512 MWh a MW: 262,378 USD a year at Lulea."""
    found, _, _ = priced(place, own=packs_in_force(dt.date.fromisoformat(day), ("se",)))
    assert found["electricity_tax"] == pytest.approx(10_512 * krona / 10.577)


def test_finland_takes_its_tax_back_until_june_2026_and_no_longer() -> None:
    """Class II waived 22.4 - 0.5 = 21.9 EUR/MWh, 23.699 USD, on 10,512 MWh a MW: 249,120 USD."""
    lines, _, claims = priced("helsinki", own=tuple(packs()["fi"].on(d) for d in (TODAY.replace(month=6),)))
    assert lines["electricity_tax"] == pytest.approx(10_512 * 22.4 / 0.9241)
    assert claims["benefit_usd_per_mw"].tolist() == pytest.approx([10_512 * 21.9 / 0.9241])
    assert priced("helsinki", own=packs_in_force(TODAY, ("fi",)))[2].empty


def test_a_property_tax_is_a_share_of_what_is_assessed() -> None:
    """1 % of half of what the servers cost, 2 % of what the building cost."""
    own = pack(
        f'[[property_taxes]]\nid = "a"\nrate = 0.01\nassessed_share = 0.5\nbase = "it_capex"\n{ENTRY}'
        f'[[property_taxes]]\nid = "b"\nrate = 0.02\nbase = "facility_capex"\n{ENTRY}'
    )
    assert priced(own=(own,))[0]["property_tax"] == pytest.approx(0.005 * IT_USD + 0.02 * FACILITY_USD)


def test_a_facility_costs_what_its_market_or_country_costs() -> None:
    """Japan is the mean of Tokyo 15.2 and Osaka 14.1; San Antonio is itself; Sweden is not known."""
    at = pd.DataFrame(
        {"country_iso2": ["JP", "US", "US", "SE"], "lon": [141.35, -98.5, -96.8, 22.1], "lat": [43.1, 29.4, 32.8, 65.6]}
    )
    costs = market_costs(at)
    assert costs["usd_per_mw"].tolist()[:3] == [14.65e6, 9.3e6, 11.7e6]
    assert costs["market"].tolist() == ["Osaka and Tokyo", "San Antonio", "United States", ""]
    assert construction_index(at) == pytest.approx([14.65 / 11.7, 9.3 / 11.7, 1.0, 1.0])


def test_india_is_not_charged_the_mean_of_the_united_states() -> None:
    """Mumbai, 51st of 52 markets of Turner & Townsend 2025: 6.64 USD/W."""
    assert market_costs(pd.DataFrame({"country_iso2": ["IN"], "lon": [78.5], "lat": [17.4]})).iloc[0].tolist() == [
        6.64e6,
        "Mumbai",
    ]


def test_a_site_on_the_other_side_of_a_border_does_not_take_the_metro_s_cost() -> None:
    across = pd.DataFrame({"country_iso2": ["MX"], "lon": [-98.49], "lat": [29.42]})
    assert np.isnan(market_costs(across)["usd_per_mw"].iloc[0])


def test_what_no_source_tells_of_a_site_s_cost_is_listed() -> None:
    sites = starter_sites().query("id in ('dallas', 'lulea')")
    told = {(s, t) for s, kind, t in money_unknowns(sites, packs_in_force(TODAY)) if kind == "cost"}
    held = "UNKNOWN property tax on servers:"
    assert told == {
        ("dallas", "UNKNOWN electricity tax: none is charged"),
        ("dallas", f"{held} 0.63% of the price is charged every year, the middle of 0% to 1.26%"),
        ("lulea", f"{held} 0.28% of the price is charged every year, the middle of 0% to 0.56%"),
        ("lulea", "UNKNOWN construction cost: the mean of 19 US markets is used"),
    }
    policy = {t.split(" ")[0] for s, kind, t in money_unknowns(sites, packs_in_force(TODAY)) if kind == "policy us"}
    assert "us-48e-storage" in policy


# --- anchors -------------------------------------------------------------------------------------


def per_mw(tax: float, own: tuple[Pack, ...] = (), **scenario: Any) -> dict[str, float]:
    """Return the lines of one MW that is drawn all year, at a US site [USD/a]."""
    lines, _, _ = priced(tax=tax, own=own, **scenario)
    load = ("energy", "electricity_tax", "carbon_price", "water")
    return {name: usd if name in load else usd / HALL_MW for name, usd in lines.items()}


def test_before_income_tax_a_mw_costs_8_5_to_9_million_a_year_and_energy_is_7_per_cent() -> None:
    """Epoch AI 2026: 8.5 M USD, of which energy 0.6. Income tax is not in it."""
    found = per_mw(tax=0.0)
    assert 8.5e6 <= sum(found.values()) <= 9.0e6
    assert found["energy"] / sum(found.values()) == pytest.approx(0.07, abs=0.005)


def test_income_tax_takes_the_cost_above_the_anchor_by_what_the_charge_says() -> None:
    """At 25.768 % of tax the charge on capital rises; nothing else but the land's return does."""
    without, taxed = per_mw(tax=0.0), per_mw(tax=0.25768)
    rise = 26.3e6 * (charge(0.25768, 5) - charge(0, 5)) + 11.7e6 * (charge(0.25768, 14) - charge(0, 14))
    land = 4000 * 60.1703 * 0.07 * (1 / (1 - 0.25768) - 1)
    assert sum(taxed.values()) - sum(without.values()) == pytest.approx(rise + land)
    assert 9.4e6 <= sum(taxed.values()) <= 9.6e6


def test_70_dollars_a_tonne_on_400_grams_are_2_9_per_cent_at_a_pue_of_one() -> None:
    """8,760 MWh x 0.4 t x 70 USD are 245,280 USD a MW; at a PUE of 1.2 it is 1.2 times that."""
    found = per_mw(tax=0.0, policy={"packs": "none", "carbon_price_usd_per_t": 70.0})
    assert found["carbon_price"] / PUE == pytest.approx(245_280.0)
    rest = sum(found.values()) - found["carbon_price"]
    assert found["carbon_price"] / PUE / rest == pytest.approx(0.029, abs=0.0015)


def test_the_texan_exemption_is_a_sixteenth_of_the_servers_share() -> None:
    """The anchor of 3.7 % is 6.25 % of servers of 5.0 in 8.5 M USD; here all of IT is taxed, with its interest: 4.6 %.

    The tax itself is 8.2 % with the mean of local taxes, which stay due.
    """
    assert pytest.approx(0.037, abs=0.0005) == 0.0625 * 5.0 / 8.5
    found = per_mw(tax=0.0, own=packs_in_force(TODAY, ("us-tx",)))
    before_tax = sum(found.values()) - found["sales_tax"]
    assert found["sales_tax"] / before_tax == pytest.approx(0.082 * found["servers"] / before_tax)
    waived = found["sales_tax"] / before_tax * 0.0625 / 0.082
    assert waived == pytest.approx(0.0625 * 26.3e6 * charge(0, 5) / before_tax)
    assert 0.040 <= waived <= 0.048


# --- programmes ----------------------------------------------------------------------------------

SALES = f'[[sales_taxes]]\nid = "tax"\nrate = 0.05\nbase = "it_capex"\n{ENTRY}'
PROPERTY = f'[[property_taxes]]\nid = "held"\nrate = 0.02\nbase = "facility_capex"\n{ENTRY}'
POWER = f'[[electricity_taxes]]\nid = "power"\nper_mwh = 10\n{ENTRY}'
EXPENSED = 1 / (1.07 * 1.025)  # all of it after one year
KINDS = {
    "sales_tax_exemption": ('rate = 0.08\nbase = "it_capex"', 0.05 * IT_USD * charge(0.25, 5)),  # not above the tax
    "property_tax_abatement": ('rate = 0.5\nbase = "facility_capex"', 0.5 * 0.02 * FACILITY_USD),
    "grant": ('rate = 0.1\nbase = "facility_capex"', 0.1 * FACILITY_USD * charge(0.25, 14)),
    "investment_tax_credit": ('rate = 0.3\nbase = "it_capex"', IT_USD * (charge(0.25, 5) - charge(0.25, 5, itc=0.3))),
    "accelerated_depreciation": (
        'schedule = "first_year"\nbase = "it_capex"',
        IT_USD * (charge(0.25, 5) - charge(0.25, 5, worth=EXPENSED)),
    ),
    "corporate_tax_rate": (
        "rate = 0.1",
        IT_USD * (charge(0.25, 5) - charge(0.1, 5)) + FACILITY_USD * (charge(0.25, 14) - charge(0.1, 14)),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_each_programme_pays_a_hall_is_worked_by_hand(kind: str) -> None:
    more, usd = KINDS[kind]
    _, _, claims = priced(own=(pack(SALES + PROPERTY + incentive("p", kind, more)),))
    assert claims["benefit_usd_per_hall"].tolist() == pytest.approx([usd])
    assert claims["max_benefit_usd"].tolist() == pytest.approx([10 * usd])
    assert usd > 0


@pytest.mark.parametrize(("more", "saved"), [("reduced_per_mwh = 4", 6.0), ("rate = 0.25", 2.5)])
def test_a_reduced_electricity_tax_pays_by_the_load(more: str, saved: float) -> None:
    """10 USD/MWh are due; 8,760 x 1.2 MWh a MW of load; 10 halls of 20 MW at 0.9 draw 180 MW."""
    _, _, claims = priced(own=(pack(POWER + incentive("p", "electricity_tax_reduction", more)),))
    assert claims["benefit_usd_per_mw"].tolist() == pytest.approx([saved * 10_512])
    assert claims["max_benefit_usd"].tolist() == pytest.approx([saved * 10_512 * 180])


def test_a_waiver_of_a_tax_that_is_not_charged_pays_nothing_and_is_not_offered() -> None:
    waiver = incentive("p", "sales_tax_exemption", 'rate = 0.05\nbase = "it_capex"')
    assert priced(own=(pack(waiver),))[2].empty


def test_of_two_that_exclude_each_other_the_one_that_asks_more_for_as_much_is_not_offered() -> None:
    """The large Texan programme waives the same tax as the small one, from 500 and not from 200 M USD."""
    _, _, claims = priced(own=packs_in_force(TODAY, ("us-tx",)))
    assert claims["programme"].tolist() == ["us-tx-qdc"]
    assert {e.id for e in packs()["us-tx"].incentives} == {"us-tx-qdc", "us-tx-large"}


def own_plan(texas: Any, folder: Path, text: str, jobs_thresholds: str = "committed", **changes: Any) -> Plan:
    """Solve 300 MW in Texas under one own pack."""
    file = folder / "own.toml"
    file.write_text(HEAD + text, encoding="utf-8")
    found: Plan = texas(policy={"packs": (str(file),), "jobs_thresholds": jobs_thresholds}, **changes)
    return found


@pytest.fixture(scope="module")
def taxed(texas: Any, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Return a plan that pays every tax, and claims nothing."""
    return own_plan(texas, tmp_path_factory.mktemp("taxed"), SALES + PROPERTY + POWER)


def paid(plan: Plan) -> dict[str, float]:
    """Return what each programme pays in all [USD/a]."""
    lines = plan.ledger[plan.ledger["line"].str.startswith("incentive ")]
    sums = -lines.groupby("line")["usd_per_year"].sum()
    return {str(k).removeprefix("incentive "): float(v) for k, v in sums.items()}


@pytest.mark.parametrize("kind", [*KINDS, "electricity_tax_reduction"])
def test_a_plan_claims_each_kind_and_a_benefit_one_per_cent_higher_is_found(
    kind: str, texas: Any, tmp_path: Path
) -> None:
    more = KINDS[kind][0] if kind in KINDS else "reduced_per_mwh = 4"
    plan = own_plan(texas, tmp_path, SALES + PROPERTY + POWER + incentive("p", kind, more))
    assert paid(plan)["p"] > 0
    plan.verify()
    assert plan.ledger["usd_per_year"].sum() == pytest.approx(plan.kpis["cost_usd_per_year"], rel=1e-9)
    assert plan.objective == pytest.approx(plan.kpis["emissions_g_per_eflop"], rel=1e-6)
    raised = plan.ledger.copy()
    raised.loc[raised["line"] == "incentive p", "usd_per_year"] *= 1.01
    with pytest.raises(UnprovenError, match=r"p benefit, "):
        replace(plan, ledger=raised).verify()


@pytest.mark.parametrize(
    ("threshold", "claimed"),
    [
        ("min_it_mw = 340", True),
        ("min_it_mw = 341", False),
        ("min_facility_mw = 390", True),
        ("min_facility_mw = 600", False),
        ("min_jobs = 102", True),
        ("min_jobs = 103", False),
        ("min_capex_usd = 12.9e9", True),
        ("min_capex_usd = 13.0e9", False),
    ],
)
def test_a_programme_pays_from_its_threshold_on(threshold: str, claimed: bool, texas: Any, tmp_path: Path) -> None:
    """17 halls of 20 MW are 340 MW of IT and 102 jobs, and cost 38 M USD/MW: 12.92 billion."""
    text = incentive("p", "grant", f'rate = 0.1\nbase = "it_capex"\n{threshold}')
    assert ("p" in paid(own_plan(texas, tmp_path, text, jobs_thresholds="binding"))) is claimed


def test_of_programmes_that_exclude_each_other_the_better_one_is_claimed(texas: Any, tmp_path: Path) -> None:
    """A grant of 10 % of the servers or of 20 % of the building: 2.63 against 2.34 M USD/MW, and 5 years against 14."""
    group = 'exclusive_group = "g"\n'
    text = incentive("servers", "grant", f'rate = 0.1\nbase = "it_capex"\n{group}')
    text += incentive("building", "grant", f'rate = 0.2\nbase = "facility_capex"\n{group}')
    plan = own_plan(texas, tmp_path, text)
    assert list(paid(plan)) == ["servers"]
    both = pd.DataFrame([{"site": plan.sites["id"].iloc[0], "line": "incentive building", "usd_per_year": 0.0}])
    forged = pd.concat([plan.ledger, both.assign(tco2e_per_year=0.0)], ignore_index=True)
    with pytest.raises(UnprovenError, match=r"programmes of group g, \S+: 2 claimed against 1"):
        replace(plan, ledger=forged).verify()


def test_two_programmes_on_the_charge_of_capital_are_never_claimed_together(texas: Any, tmp_path: Path) -> None:
    text = incentive("credit", "investment_tax_credit", 'rate = 0.3\nbase = "it_capex"')
    text += incentive("rate", "corporate_tax_rate", "rate = 0.2")
    assert list(paid(own_plan(texas, tmp_path, text))) == ["credit"]


def test_the_cap_of_a_programme_binds_over_all_sites_that_claim_it(texas: Any, tmp_path: Path) -> None:
    """Two sites share 5 M USD a year; without the cap each would take more than that."""
    text = incentive("p", "grant", 'rate = 0.1\nbase = "it_capex"\ncap_usd_per_year = 5e6')
    plan = own_plan(texas, tmp_path, text, limits=(SiteCount(min=2),))
    assert len(plan.sites) >= 2
    assert paid(plan)["p"] == pytest.approx(5e6)
    plan.verify()
    shares = plan.ledger.copy()
    claims = shares["line"] == "incentive p"
    extra = pd.DataFrame([{"site": s, "line": "incentive p", "usd_per_year": -5e6} for s in plan.sites["id"]])
    forged = pd.concat([shares[~claims], extra.assign(tco2e_per_year=0.0)], ignore_index=True)
    with pytest.raises(UnprovenError, match=r"cap of p, portfolio: 1e\+07 USD/year against 5e\+06"):
        replace(plan, ledger=forged).verify()


def test_no_more_capital_counts_than_the_programme_says(texas: Any, tmp_path: Path) -> None:
    """10 % of 100 M USD of servers, charged over 5 years."""
    text = incentive("p", "grant", 'rate = 0.1\nbase = "it_capex"\nmax_base_usd = 100e6')
    plan = own_plan(texas, tmp_path, text)
    tax = float(plan.sites["corporate_tax_rate"].iloc[0])
    assert paid(plan)["p"] == pytest.approx(0.1 * 100e6 * charge(tax, 5))
    plan.verify()


def test_the_rows_of_programmes_say_what_they_bound(problem: Problem) -> None:
    """Each claim has its site, two bounds, and one row a threshold that it has; no group has two rivals here."""
    incentives = problem.part(Incentives)
    n, rows = len(incentives.offers), incentives.rows(problem)
    asking = {c: int((incentives.offers[c] > 0).sum()) for c in ("min_capex_usd", "min_facility_mw")}
    assert not incentives.offers["min_jobs"].any()  # taken as committed
    assert [(len(r), r.unit) for r in rows] == [
        (n, "-"),
        (asking["min_capex_usd"], "USD"),
        (asking["min_facility_mw"], "MW"),
        (n, "USD/year"),
        (n, "USD/year"),
    ]


# --- a changed line is found ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        *("energy", "electricity_tax", "water", "servers", "facility", "shell", "site_works", "land"),
        *("other_operation", "sales_tax", "property_tax"),
    ],
)
def test_whichever_line_is_changed_by_a_hundredth_is_named(line: str, taxed: Plan) -> None:
    changed = taxed.ledger.copy()
    assert changed.loc[changed["line"] == line, "usd_per_year"].sum() > 0
    changed.loc[changed["line"] == line, "usd_per_year"] *= 1.01
    with pytest.raises(UnprovenError, match="energy cost, " if line == "energy" else f"yearly cost of {line}, "):
        replace(taxed, ledger=changed).verify()


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            incentive("p", "grant", 'rate = 0.1\nbase = "it_capex"\nmin_capex_usd = 2e8\nmax_base_usd = 1e8'),
            r"incentives `p`: `max_base_usd` 1e\+08 is below `min_capex_usd` 2e\+08",
        ),
        (incentive("p", "grant", "min_jobs = 5"), r"`p`: an incentive of kind `grant` needs `base`; .*needs `rate`"),
        (incentive("p", "accelerated_depreciation", 'base = "it_capex"'), r"needs `schedule`"),
        (
            incentive("p", "accelerated_depreciation", 'base = "it_capex"\nschedule = [0.5, 0.4]'),
            r"`schedule` writes off 0\.9 of the price",
        ),
        (incentive("p", "electricity_tax_reduction", ""), r"needs `reduced_per_mwh`"),
        (incentive("p", "corporate_tax_rate", "rate = 1.0"), r"a tax on income is below 1"),
        (incentive("p", "corporate_tax_rate", "rate = 0.1\nmax_base_usd = 1e8"), r"`max_base_usd` needs a `base`"),
        (incentive("p", "grant", 'rate = 1.5\nbase = "it_capex"'), r"incentives `p`: `rate` is 1\.5"),
        (incentive("p", "grant", 'rate = 0.1\nbase = "it_capex"\ncap_usd_per_year = 0'), r"`cap_usd_per_year` is 0"),
        (f'[[electricity_taxes]]\nid = "t"\nper_mwh = 5\ncurrency = "SEK"\n{ENTRY}', r"money in SEK needs `exchange`"),
        (
            f'[[property_taxes]]\nid = "t"\nrate = -0.1\nbase = "it_capex"\n{ENTRY}',
            r"property_taxes `t`: `rate` is -0\.1",
        ),
        (POWER + POWER.replace('"power"', '"again"'), r"`power` and `again` are the same rule"),
    ],
)
def test_a_programme_or_tax_that_cannot_be_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        pack(text)


@pytest.mark.parametrize(
    ("costs", "message"),
    [
        ({"life-it-years": -1.0}, r"life-it-years` is -1 year: possible is 0\.1 to 100 year"),
        ({"facility-shell-share": 0.95}, r"sum to 1\.05: reduce them to 1 or less together"),
        ({"land-usd-per-acre": 1.0}, r"no figure `land-usd-per-acre`"),
    ],
)
def test_costs_that_cannot_be_are_refused(costs: dict[str, float], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        rates_of(Scenario(name="odd", costs=costs))


def test_a_figure_in_money_of_long_ago_is_refused_unless_the_scenario_gives_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    true = catalogue.cost

    def old(name: str) -> catalogue.Figure:
        return replace(true(name), year="2017") if name == "land-usd-per-m2" else true(name)

    monkeypatch.setattr(catalogue, "cost", old)
    with pytest.raises(DataError, match=r"`land-usd-per-m2` is in money of 2017, more than 1 year\(s\) from 2025"):
        rates_of(Scenario(name="old"))
    assert rates_of(Scenario(name="own", costs={"land-usd-per-m2": 50.0})).cost["land-usd-per-m2"] == 50.0
    assert money_year(true("capex-it-usd-per-mw")) == 2025


def test_a_figure_in_another_unit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    true = catalogue.cost

    def per_kw(name: str) -> catalogue.Figure:
        return replace(true(name), unit="USD/kW") if name == "capex-it-usd-per-mw" else true(name)

    monkeypatch.setattr(catalogue, "cost", per_kw)
    with pytest.raises(DataError, match=r"`capex-it-usd-per-mw` is in USD/kW: give it in USD/MW"):
        rates_of(Scenario(name="unit"))


def test_a_programme_on_capital_that_costs_nothing_pays_nothing(texas: Any, tmp_path: Path) -> None:
    text = PROPERTY + incentive(
        "p", "property_tax_abatement", 'rate = 1.0\nbase = "facility_capex"\nmax_base_usd = 1e8'
    )
    plan = own_plan(texas, tmp_path, text, costs={"capex-facility-usd-per-mw": 0.0})
    assert paid(plan) == {}
    plan.verify()


def test_of_the_least_cost_the_objective_is_the_ledger_s_sum(texas: Any, tmp_path: Path) -> None:
    text = SALES + PROPERTY + POWER + incentive("p", "grant", 'rate = 0.1\nbase = "it_capex"')
    text += incentive("q", "electricity_tax_reduction", "rate = 0.5")
    plan = own_plan(texas, tmp_path, text, minimise={"objective": "cost"})
    assert set(paid(plan)) == {"p", "q"}
    assert plan.objective == pytest.approx(plan.ledger["usd_per_year"].sum(), rel=1e-6)
    plan.verify()


def test_a_plan_names_the_market_whose_cost_it_takes(texas_plan: Plan, problem: Problem) -> None:
    assert "construction" in set(problem.sources["table"])
    assert "construction" in set(texas_plan.sources["table"])
