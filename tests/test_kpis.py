"""The table of KPIs: each defined once, in the unit of its objective, and computed by the standard indicators."""

import re
from pathlib import Path

import numpy as np
import pytest

from siting import Objective, Plan
from siting.kpis import KPIS, MarketYear, PlanYear, field, kpis_of, per_compute, site_kpis

PACKAGE = Path(__file__).parents[1] / "siting"
OTHER_SPELLINGS = re.compile(r"CO₂|(?<!CO2e)(?<!CO2)(?<![a-zA-Z])(?:g|t)/EFLOP|m³")


def a_year(**parts: object) -> PlanYear:
    """Make a year of two sites: 30 MW at PUE 1.2 and 100 g/kWh, 10 MW at PUE 1.5 and 400 g/kWh."""
    given = {
        "it_mw": np.array([30.0, 10.0]),
        "pue": np.array([1.2, 1.5]),
        "wue_l_per_kwh": np.array([0.4, 0.0]),
        "ci_g_per_kwh": np.array([100.0, 400.0]),
        "pue_ci_covariance": np.ones(2),
        "renewable_share": np.array([0.5, 0.1]),
        "cfe_share": np.array([0.8, 0.2]),
        "eflop": 1e8,
        "usd": 2e8,
        "operational_t": 84_096.0,
        "embodied_t": 5_904.0,
        "jobs": 12.0,
        "demand_mw": 50.0,
        "rtt_p90_ms": np.array([20.0, 60.0, 100.0]),
        "served_mw": np.array([20.0, 10.0, 10.0]),
    }
    return PlanYear(**(given | parts))  # type: ignore[arg-type]


def test_a_year_of_two_sites_is_worked_by_hand() -> None:
    """Facility energy is 36 and 15 MW of 51; 8760 h of 36 MW at 100 and 15 MW at 400 g/kWh are 84,096 t."""
    found = {name: float(value) for name, value in kpis_of(a_year()).items()}
    assert found == pytest.approx(
        {
            "emissions_g_per_eflop": 900.0,
            "emissions_t_per_year": 90_000.0,
            "embodied_t_per_year": 5_904.0,
            "cost_usd_per_eflop": 2.0,
            "cost_usd_per_year": 2e8,
            "pue": 51 / 40,
            "wue_l_per_kwh": 0.3,
            "cue_kg_per_kwh": 84_096e3 / (8760 * 40e3),
            "renewable_share": (36 * 0.5 + 15 * 0.1) / 51,
            "cfe_share": (36 * 0.8 + 15 * 0.2) / 51,
            "rtt_p90_ms_max": 100.0,
            "it_mw": 40.0,
            "eflop_per_year": 1e8,
            "jobs": 12.0,
            "rtt_p90_ms_mean": 50.0,
            "water_m3_per_year": 8760 * 30 * 0.4,
            "served_share": 0.8,
            "sites": 2.0,
        }
    )


def test_draws_give_a_value_each_and_the_first_is_that_of_the_plan() -> None:
    columns = ("it_mw", "wue_l_per_kwh", "renewable_share", "cfe_share", "ci_g_per_kwh", "pue_ci_covariance")
    plan, drawn = a_year(), {c: getattr(a_year(), c)[:, None] for c in columns}
    pue, eflop = np.array([[1.2, 1.3], [1.5, 1.5]]), np.array([1e8, 2e8])
    found = kpis_of(a_year(**drawn, pue=pue, eflop=eflop))
    for name, value in kpis_of(plan).items():
        assert float(np.ravel(found[name])[0]) == float(value), name
    assert found["emissions_g_per_eflop"].tolist() == [900.0, 450.0]


def test_both_bases_come_with_a_market_only_and_full_contracts_leave_embodied_carbon() -> None:
    """Contracts that cover all energy leave a rounding error below 0 of operational emissions: they count as 0."""
    year = a_year(market=MarketYear(90_000.0, 5_904.0 - 1e-9, 8760 * 51.0))
    found = kpis_of(year)
    assert set(found) - set(kpis_of(a_year())) == {k.name for k in KPIS.values() if k.by_market}
    assert float(found["emissions_market_g_per_eflop"]) == pytest.approx(59.04)
    assert float(found["contract_share"]) == pytest.approx(1.0)


def test_every_objective_of_a_kpi_exists_and_has_its_unit() -> None:
    kinds = Objective.kinds()
    named = {k.name: kinds[k.objective]() for k in KPIS.values() if k.objective}
    units = {name: objective.unit for name, objective in named.items() if name != "sites"}  # counted in sites
    assert units == {name: KPIS[name].unit for name in units}
    assert all(KPIS[name].sense == ("max" if objective.maximise else "min") for name, objective in named.items())


def test_each_unit_has_one_spelling_in_the_package() -> None:
    files = [p for kind in ("*.py", "*.html", "*.js") for p in PACKAGE.rglob(kind)]
    hits = [f"{p}: {hit.group()}" for p in files for hit in OTHER_SPELLINGS.finditer(p.read_text(encoding="utf-8"))]
    assert hits == []


def test_a_field_is_a_kpi_s_a_table_s_or_a_bare_name() -> None:
    assert field("pue").heading() == "PUE [-]"
    assert field("price_usd_per_mwh").heading() == "electricity price [USD/MWh]"
    assert field("a_column_of_nobody").heading() == "a column of nobody"


def test_an_idle_site_has_no_cost_per_compute() -> None:
    assert np.isnan(per_compute(5.0, 0.0))
    assert per_compute([6.0, 5.0], [2.0, 0.0])[0] == 3.0


def test_sites_have_kpis_of_their_own(plan: Plan) -> None:
    sites = site_kpis(plan.sites, plan.assignments, plan.kpis)
    total = float((sites["cost_usd_per_eflop"] * sites["eflop_per_year"]).sum())
    assert total == pytest.approx(plan.kpis["cost_usd_per_year"])
    assert sites["rtt_p90_ms_max"].max() == plan.kpis["rtt_p90_ms_max"]
