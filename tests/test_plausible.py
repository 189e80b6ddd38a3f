"""Every quantity that a planner gives has a possible and a usual range; what lies outside is refused unless it is meant."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_strict_models import models

from siting.errors import ScenarioError
from siting.plan.plan import Plan
from siting.problem.prepare import prepare
from siting.problem.row_patterns.grid_share import GridShare
from siting.scenario.scenario import Scenario
from siting.show.report.report import report_page
from siting.show.text.terminal import summary
from siting.study.story import Story
from siting.world.policy import packs
from siting.world.user_values.plausible import RANGES, SLIPS, quantities, range_of
from siting.world.user_values.strict_model import _kinds

ROOT = Path(__file__).parents[1]


def numeric_fields() -> list[str]:
    found = []
    for model in models():
        if model is GridShare:  # abstract: each limit of it has a range of its own
            continue
        owner = getattr(model.model_fields.get(getattr(model, "kind_field", "")), "default", model.__name__.lower())
        for name, field in model.model_fields.items():
            kinds = _kinds(field.annotation)
            inner = {k for kind in kinds for a in getattr(kind, "__args__", ()) for k in _kinds(a)}
            if {int, float} & (kinds | inner) and name not in ("override", "costs"):
                found.append(f"{owner}.{name}")
    return sorted(set(found))


def test_every_numeric_field_of_every_model_has_a_range() -> None:
    fields = numeric_fields()
    assert {"demand.it_mw", "site_count.max", "carbonprice.usd_per_t", "emissions_cap.by_jurisdiction"} <= set(fields)
    assert [field for field in fields if range_of(field) is None] == []


def test_ranges_are_ordered_and_their_units_have_names() -> None:
    for name, ends in RANGES.items():
        assert ends.low <= ends.usual_low < ends.usual_high <= ends.high, name
        assert ends.unit
        assert ends.source
    assert set(SLIPS) <= {e.unit for e in RANGES.values()} | {"USD/MW", "USD/(MW year)", "kg", "t/MW"}


@pytest.mark.parametrize("file", sorted((ROOT / "scenarios").glob("*.toml")), ids=lambda f: f.stem)
def test_shipped_scenarios_are_usual_and_each_of_their_numbers_has_a_range(file: Path) -> None:
    scenario = Scenario.read(file)
    assert scenario.unusual == {}
    assert [path for path, _ in quantities(scenario, "") if range_of(path) is None] == []


def test_shipped_packs_are_usual() -> None:
    for pack in packs().values():
        for entry in pack.entries():
            assert [(entry.id, path) for path, _ in quantities(entry, "x") if range_of(path) is None] == []


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (
            {"hardware": {"server_power_w": 1.3}},
            r"server_power_w` is 1\.3 W: usual is .*; 1\.3 kW would be 1300 W; corr",
        ),
        (
            {"costs": {"discount-rate": 8}},
            r"`costs\.discount-rate` is 8: usual is .*; 8 per cent would be 0\.08; correct",
        ),
        ({"costs": {"life-it-years": 60}}, r"60 months would be 5 year"),
        ({"costs": {"life-it-years": 1e9}}, r"`costs\.life-it-years` is 1e\+09 year: possible is 0\.1 to 100 year"),
        ({"costs": {"capex-it-usd-per-mw": 26.3}}, r"26\.3 million USD/MW would be 2\.63e\+07 USD/MW"),
        ({"demand": {"eflop_per_year": 1}}, r"`demand\.eflop_per_year` is 1 EFLOP/a: .*1 EFLOP/s would be"),
        ({"demand": {"it_mw": 1e-9}}, r"`demand\.it_mw` is 1e-09 MW: possible is 0\.001 to 1e\+07 MW; give a value"),
        ({"demand": {"runs": [{"id": "gpt4-iea", "per_year": 1e300}]}}, r"`demand\.runs\.per_year` is 1e\+300"),
        ({"limits": [{"kind": "max_latency", "batch_ms": 0.15}]}, r""),
        (
            {"limits": [{"kind": "max_latency", "batch_ms": 9e5}]},
            r"batch_ms` is .*60,000",
        ),
        ({"limits": [{"kind": "max_ci", "g_per_kwh": 0.4}]}, r"0\.4 kg/kWh would be 400 g/kWh"),
        ({"limits": [{"kind": "climate", "max_dry_bulb_c": 308.15}]}, r"308\.15 K would be 35 degree C"),
        ({"limits": [{"kind": "site_count", "max": 10**7}]}, r"`limits\.site_count\.max` is 1e\+07 sites: possible"),
        (
            {"residual_mix": [{"zone": "PL", "g_per_kwh": 0.8, "source": "x"}]},
            r"`residual_mix\.g_per_kwh` is 0\.8 g/kWh: usual is 1 to 2000 g/kWh; 0\.8 kg/kWh would be 800 g/kWh",
        ),
        (
            {"implausible": ["harware.mfu"]},
            r"`implausible` names `harware\.mfu`, which .*: did you mean `hardware\.mfu`",
        ),
    ],
)
def test_a_value_outside_its_range_is_refused_with_the_likely_slip(part: dict[str, Any], message: str) -> None:
    if not message:
        assert Scenario(**({"name": "x"} | part)).unusual == {}
        return
    with pytest.raises(ScenarioError, match=message):
        Scenario(**({"name": "x"} | part))


def test_a_value_that_is_meant_is_accepted_and_one_that_is_impossible_is_not() -> None:
    meant = Scenario(name="x", hardware={"server_power_w": 20}, implausible=["hardware.server_power_w"])
    assert list(meant.unusual) == ["hardware.server_power_w"]
    with pytest.raises(ScenarioError, match=r"possible is 1 to 100000 W"):
        Scenario(name="x", hardware={"server_power_w": 0.02}, implausible=["hardware.server_power_w"])


def test_zero_is_usual_where_it_is_possible() -> None:
    limits = [{"kind": "max_ci", "g_per_kwh": 0}, {"kind": "moratorium", "zones": ["PL"], "above_facility_mw": 0}]
    assert Scenario(name="x", limits=limits).unusual == {}


@pytest.mark.slow
def test_plan_and_report_name_the_values_that_are_meant(plan: Plan) -> None:
    meant = plan.scenario.model_copy(
        update={"hardware": plan.scenario.hardware.model_copy(update={"server_power_w": 20.0})}
    )
    story = Story(plan=replace(plan, scenario=meant))
    text = "Assumptions outside the usual range: `hardware.server_power_w` is 20 W: usual is 50 to 6000 W"
    assert any(line.startswith(text) for line in summary(story))
    page = report_page(story)
    assert "hardware.server_power_w is 20 W: usual is 50 to 6000 W" in page
    assert "Assumptions outside the usual range" not in report_page(Story(plan=plan))


PACK = """
id = "own"
title = "Own"
jurisdictions = ["SE"]
[[carbon_prices]]
id = "own-price"
title = "Price"
effective_from = 2020-01-01
source = "x"
quality = "assumption"
usd_per_t = {price}
on = "direct"
in_tariff = false
"""


@pytest.mark.parametrize(("price", "meant"), [("0.01", False), ("0.01", True), ("70", False)])
def test_a_pack_of_ones_own_is_held_to_the_same_ranges(tmp_path: Path, price: str, meant: bool) -> None:
    (tmp_path / "own.toml").write_text(PACK.format(price=price), encoding="utf-8")
    listed = ["policy.own-price.usd_per_t"] if meant else []
    scenario = Scenario(name="x", policy={"packs": ["own.toml"]}, implausible=listed).with_folder(tmp_path)
    if price == "70" or meant:
        prepare(scenario)
        return
    with pytest.raises(ScenarioError, match=r"`policy\.own-price\.usd_per_t` is 0\.01 USD/t: usual is .* list it"):
        prepare(scenario)


def test_an_override_is_held_to_the_same_ranges() -> None:
    scenario = Scenario(name="x", policy={"override": {"us-tx-qdc": {"min_capex_usd": 150}}})
    with pytest.raises(
        ScenarioError, match=r"`policy\.us-tx-qdc\.min_capex_usd` is 150 USD: .*150 million USD would be"
    ):
        prepare(scenario)
