"""What the interval of a plan holds fixed is named."""

import numpy as np
import pandas as pd
import pytest

import siting as st
from siting.problem.ledger.option_taxes import construction_index
from siting.study.uncertainty.inputs import inputs_for
from siting.world.tables import read_table

PRICES = ["price_usd_per_mwh", "price_low_usd_per_mwh", "price_high_usd_per_mwh"]
HERE = {"cooling": "direct_liquid", "jurisdiction": "SE", "country_iso2": "SE", "price_quality": "observed"}


def held(*rows: tuple[str, float, float, float]) -> dict[str, tuple[float, float]]:
    """Return low and high of the inputs on electricity prices, of zones in Sweden with price, low and high."""
    sites = pd.DataFrame([HERE | {"zone_id": zone} | dict(zip(PRICES, ends, strict=True)) for zone, *ends in rows])
    inputs = inputs_for(st.Scenario(name="x", demand={"it_mw": 10}), sites)
    return {x.name: (x.low, x.high) for x in inputs if x.name.startswith("electricity price")}


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([("SE-SE1", 40, 30, 60)], {"electricity price SE": (-1, 1)}),
        ([("SE-SE1", 40, np.nan, np.nan)], {"electricity price SE": (0, 0)}),
        (
            [("SE-SE1", 40, 30, 60), ("SE-SE4", 50, np.nan, 70)],
            {"electricity price SE": (-1, 1), "electricity price of zone SE-SE4": (1, 1)},
        ),
        ([("SE-SE1", 40, 30, 60), ("SE-SE4", np.nan, np.nan, np.nan)], {"electricity price SE": (-1, 1)}),
    ],
)
def test_a_price_without_an_interval_is_held_and_named(
    rows: list[tuple[str, float, float, float]], wanted: dict[str, tuple[float, float]]
) -> None:
    assert held(*rows) == wanted


def test_the_interval_of_a_plan_contains_that_of_every_construction_market() -> None:
    table = read_table("construction")
    sites = pd.DataFrame([HERE | {"zone_id": "SE-SE1"} | dict(zip(PRICES, (40, 30, 60), strict=True))])
    inputs = {x.name: x for x in inputs_for(st.Scenario(name="x", demand={"it_mw": 10}), sites)}
    drawn = inputs["capex-facility-usd-per-mw"]
    metros = table[table["stands_for"] == "metro"]
    index = construction_index(metros)
    assert (metros["low_usd_per_mw"].to_numpy() < metros["usd_per_mw"].to_numpy()).all()
    assert index * drawn.low == pytest.approx(metros["low_usd_per_mw"].to_numpy(float), abs=1)
    assert index * drawn.high == pytest.approx(metros["high_usd_per_mw"].to_numpy(float), abs=1)
