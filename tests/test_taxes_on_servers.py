"""Taxes on servers: five states by hand, no state without a rate, and an interval where no law was read."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

import siting as st
from siting.errors import DataError, ScenarioError
from siting.problem.parts import Incentives
from siting.study.uncertainty.inputs import inputs_of
from siting.world.policy import SalesTax, acting_taxes, packs, packs_in_force, read_pack
from siting.world.tables import read_table

TODAY = dt.date(2026, 7, 1)
PLACES = "id,name,lon,lat\nbelgrade,Belgrade,20.46,44.82\nnovi-sad,Novi Sad,19.85,45.26\n"


def tax_at(jurisdiction: str) -> float:
    """Return what all taxes on servers at a place are together [0-1]."""
    return sum(e.rate for p in packs_in_force(TODAY) if p.covers(jurisdiction) for e in p.sales_taxes)


@pytest.mark.parametrize(
    ("state", "rate", "waived"),
    [
        ("US-CA", 0.0725 + 0.0178, None),  # no exemption
        ("US-OR", 0.0, None),  # no sales tax
        ("US-TX", 0.0625 + 0.0195, 0.0625),  # the local part stays due
        ("US-VA", 0.053 + 0.0047, 0.0577),  # all of it
        ("US-AZ", 0.056 + 0.0294, None),  # closed to new centres since 2026-07-01
        ("US-NV", 0.0685 + 0.0139, 0.0824 - 0.02),  # 2 % stays due
    ],
)
def test_the_sales_tax_and_what_is_waived_of_six_states(state: str, rate: float, waived: float | None) -> None:
    assert tax_at(state) == pytest.approx(rate)
    here = [p for p in packs_in_force(TODAY) if p.covers(state)]
    most = max((e.rate or 0.0 for p in here for e in p.incentives if e.kind == "sales_tax_exemption"), default=None)
    assert (most is None) == (waived is None)
    if waived is not None and most is not None:
        assert min(most, tax_at(state)) == pytest.approx(waived)


def test_every_state_and_country_has_a_tax_on_servers_known_or_not() -> None:
    covered = {j for p in packs().values() if p.sales_taxes for j in p.jurisdictions}
    assert len({j for j in covered if j.startswith("US-")}) == 51
    assert set(read_table("countries")["iso2"]) - covered <= {"US", "AQ"}
    assert {e.known for p in packs().values() for e in p.sales_taxes if p.jurisdictions[0].startswith("US-")} == {True}


def test_every_state_and_country_has_a_property_tax_on_servers_known_or_not() -> None:
    everywhere = {j for p in packs().values() for e in p.property_taxes if e.area is None for j in p.jurisdictions}
    assert len({j for j in everywhere if j.startswith("US-")}) == 51
    assert set(read_table("countries")["iso2"]) - everywhere <= {"US", "AQ"}
    loudoun, japan = 0.042 * 0.3, 0.014 * 0.4  # the highest of North America and of Asia, by hand
    high = {c: packs()[f"tax-{c}"].property_taxes[0].high for c in ("us-tx", "mx", "in", "se")}
    assert high == pytest.approx({"us-tx": loudoun, "mx": loudoun, "in": japan, "se": japan})


def test_a_known_tax_takes_the_place_of_an_unknown_one_on_the_same_base() -> None:
    under = [p for p in packs_in_force(TODAY) if p.covers("US-VA")]
    for lon, lat, found in (
        (-77.49, 39.04, ["us-va-loudoun-property-tax"]),
        (-78.4, 36.7, ["us-va-property-tax-unknown"]),
    ):
        held = [e for p in under for e in p.property_taxes if e.holds_at(lon, lat)]
        assert [e.id for e in acting_taxes(held)] == found


def test_every_shipped_entry_says_until_when_it_was_checked() -> None:
    assert not [e.id for p in packs().values() for e in p.entries() if not (e.checked or p.checked)]


def test_an_unknown_tax_is_never_zero_and_its_middle_is_charged() -> None:
    unknown = [e for p in packs().values() for e in p.sales_taxes if not e.known]
    assert len(unknown) > 150
    assert all(e.ends[0] == 0 < e.rate == pytest.approx(e.ends[1] / 2) for e in unknown)
    brazil, paraguay = (packs()[f"tax-{c}"].sales_taxes[0] for c in ("br", "py"))
    assert paraguay.ends[1] == brazil.rate  # the highest of its continent


@pytest.mark.parametrize(("lon", "wrong"), [("low = 0.06", "outside"), ("known = false", "needs `low` and `high`")])
def test_an_interval_that_does_not_fit_its_rate_is_refused(lon: str, wrong: str) -> None:
    entry = 'title = "x"\neffective_from = 2026-01-01\nsource = "x"\nquality = "assumption"\nbase = "it_capex"\n'
    text = f'id = "x"\ntitle = "x"\njurisdictions = ["DE"]\n[[sales_taxes]]\nid = "t"\nrate = 0.05\n{lon}\n{entry}'
    with pytest.raises(DataError, match=wrong):
        read_pack(text, "x.toml")


@pytest.fixture(scope="module")
def serbian(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a solver of 60 MW in Serbia, whose law on servers was not read."""
    folder = tmp_path_factory.mktemp("rs")
    (folder / "places.csv").write_text(PLACES, encoding="utf-8")

    def solved(**changes: Any) -> st.Plan:
        given = {"name": "rs", "demand": {"it_mw": 60}, "candidates": {"set": str(folder / "places.csv")}}
        limits = [{"kind": "grid_headroom", "zone_share": 1.0}]
        return st.solve(st.prepare(st.Scenario(**(given | {"limits": limits} | changes))))

    return solved


def test_a_plan_says_what_an_unknown_tax_may_cost_and_charges_the_middle(serbian: Any) -> None:
    from siting.show.text.site_text import tax_sentences

    plan = serbian()
    both = plan.tables["unknown_taxes"]
    table, held = (both[both["tax"] == tax] for tax in ("sales", "property"))
    yearly = plan.ledger.query("line == 'property_tax'")["usd_per_year"].sum()
    assert held["mid_usd_per_year"].sum() == pytest.approx(yearly)
    assert held["high_usd_per_year"].sum() == pytest.approx(2 * yearly)
    paid = plan.ledger.query("line == 'sales_tax'")["usd_per_year"].sum()
    servers = plan.ledger.query("line == 'servers'")["usd_per_year"].sum()
    high = packs()["tax-rs"].sales_taxes[0].ends[1]
    assert table["mid_usd_per_year"].sum() == pytest.approx(paid) == pytest.approx(servers * high / 2)
    assert table["high_usd_per_year"].sum() == pytest.approx(servers * high)
    assert table["low_usd_per_year"].sum() == 0.0
    n = len(plan.sites)
    assert tax_sentences(plan)[0].startswith(f"The tax on servers is unknown at {n} of {n} site")
    assert f"{servers * high / 1e6:,.1f} M USD a year" in tax_sentences(plan)[0]
    assert tax_sentences(plan)[1].startswith(f"The property tax on servers is unknown at {n} of {n} site")
    assert plan.unknowns["unknown"].str.startswith("UNKNOWN tax on servers: 2.50% is charged").any()
    plan.verify()
    inputs = {x.name: x for x in inputs_of(plan)}
    assert (inputs["tax rs-servers-tax-unknown"].low, inputs["tax rs-servers-tax-unknown"].high) == (0.0, high)
    assert (inputs["tax rs-property-tax-unknown"].low, inputs["tax rs-property-tax-unknown"].high) == (0.0, 0.0056)
    spread = plan.kpis_interval(draws=100).loc["cost_usd_per_eflop"]
    still = plan.kpis_interval(draws=100, hold=("mfu", "tax rs-servers-tax-unknown")).loc["cost_usd_per_eflop"]
    assert spread["p05"] != still["p05"]


def test_a_tax_that_the_plan_hides_is_found(serbian: Any) -> None:
    from dataclasses import replace

    from siting.errors import UnprovenError

    with pytest.raises(UnprovenError, match="unknown taxes that are not listed"):
        replace(serbian(), tables={}).verify()


def test_a_rate_of_the_scenario_takes_the_place_of_an_unknown_one(serbian: Any) -> None:
    none = {f"rs-{tax}-tax-unknown": {"rate": 0.0} for tax in ("servers", "property")}
    plan = serbian(policy={"override": none})
    assert "unknown_taxes" not in plan.tables
    assert plan.ledger.query("line in ('sales_tax', 'property_tax')")["usd_per_year"].sum() == 0.0
    plan.verify()


def test_an_unknown_rate_moves_the_coefficients_of_a_draw() -> None:
    problem = st.prepare(st.Scenario(name="x", demand={"it_mw": 100}, minimise={"objective": "cost"}))
    part = problem.part(Incentives)
    taxes = [e for p in packs().values() for e in (*p.sales_taxes, *p.property_taxes)]
    assert set(part.unknown["entry"]) <= {e.id for e in taxes if not e.known}


def test_a_tax_without_an_interval_has_its_rate_at_both_ends() -> None:
    tax = SalesTax(
        id="t", title="t", effective_from=TODAY, source="x", quality="assumption", rate=0.05, base="it_capex"
    )
    assert tax.ends == (0.05, 0.05)


def test_an_unknown_pack_is_refused_with_the_nearest() -> None:
    with pytest.raises(ScenarioError, match=r"no policy pack `us-caa`: did you mean `us-ca`"):
        packs_in_force(TODAY, ("us-caa",), Path)


def test_loudoun_taxes_servers_by_the_county_s_own_example_and_a_state_without_a_tax_charges_none() -> None:
    """The county's page: 22,770 USD assessed of what cost 173,850, at 4.20 USD per 100: 956.34 USD a year."""
    under = [p for p in packs_in_force(TODAY) if p.covers("US-VA")]
    held = acting_taxes([e for p in under for e in p.property_taxes if e.holds_at(-77.49, 39.04)])
    assert [e.rate for e in held] == [0.042]
    assert sum((3_500, 1_800, 1_500, 470, 15_500)) * held[0].rate == pytest.approx(956.34)
    assert held[0].assessed_share == pytest.approx((0.5 + 0.4 + 0.3 + 0.2 + 0.1) / 5)
    assert [e.rate for e in packs()["us-il"].property_taxes] == [0.0]
