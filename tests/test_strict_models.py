"""Every public model refuses odd values by an error of the package, in Python as in a file."""

import datetime as dt
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

import siting
from siting.errors import ScenarioError, SitingError
from siting.scenario.contracts import ResidualMix
from siting.scenario.limit import Limit
from siting.scenario.schema import KindModel
from siting.world.policy import Pack
from siting.world.user_values.strict_model import Frozen

ODD = {
    "nan": math.nan,
    "inf": -math.inf,
    "true": True,
    "none": None,
    "zero": 0,
    "negative": -1,
    "tiny": 1e-300,
    "huge": 1e300,
    "long": 10**400,
    "text": "lulea",
    "digits": "20",
    "empty": "",
    "nul": "a\0b",
    "bytes": b"7",
    "list": [],
    "table": {"self": 1},
    "date": dt.datetime(2026, 7, 1, 12),
    "decimal": Decimal("NaN"),
    "array": np.array([1.0, 2.0]),
    "frame": pd.DataFrame({"a": [1]}),
    "missing": pd.NA,
    "object": object(),
}


def models() -> list[type[Frozen]]:
    found: list[type[Frozen]] = []
    rest = [Frozen]
    while rest:
        kinds = [k for k in rest.pop().__subclasses__() if k.__module__.startswith("siting.")]
        found += kinds
        rest += kinds
    return sorted({*found} - {KindModel}, key=lambda model: (model.__module__, model.__name__))


def read_or_refused(kind: type[Frozen], values: dict[str, Any]) -> None:
    """Make a model; an error is of the package, short, and names no other library."""
    try:
        kind(**values)
    except SitingError as error:
        text = str(error)
    else:
        return
    assert "pydantic" not in text, (kind, values)
    assert len(text) < 4096, (kind, values)


@pytest.mark.parametrize("odd", ODD)
def test_no_field_of_any_model_answers_an_odd_value_with_a_foreign_exception(odd: str) -> None:
    assert {"Scenario", "SiteCount", "Pack", "Area", "Demand", "PowerContract"} <= {m.__name__ for m in models()}
    for model in models():
        for field in (*model.model_fields, "unheard_of", "batch_ms"):
            read_or_refused(model, {field: ODD[odd]})
        read_or_refused(model, dict.fromkeys(model.model_fields, ODD[odd]))


@pytest.mark.parametrize("odd", ODD)
def test_no_key_of_a_scenario_answers_an_odd_value_with_a_foreign_exception(odd: str) -> None:
    for name, field in siting.Scenario.model_fields.items():
        read_or_refused(siting.Scenario, {"name": "x", name: [ODD[odd]]})
        read_or_refused(siting.Scenario, {"name": "x", name: {"x": ODD[odd]}})
        for inner in getattr(type(field.default), "model_fields", {}):
            read_or_refused(siting.Scenario, {"name": "x", name: {inner: ODD[odd]}})
    for kind, limit in Limit.kinds().items():
        for inner in limit.model_fields:
            read_or_refused(siting.Scenario, {"name": "x", "limits": [{"kind": kind, inner: ODD[odd]}]})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: siting.SiteCount(min=-1), r"^`SiteCount` has 1 fault\(s\):\n  - `min` is -1: should be greater than"),
        (lambda: siting.Required(sites="lulea"), r"`sites` is 'lulea': give a list"),
        (lambda: siting.MaxLatency(batch_ms=-1), r"`batch_ms` is -1: give a round-trip time above 0 ms"),
        (lambda: siting.SiteCount(mx=3), r"unknown key `mx`: did you mean `max`\?"),
        (lambda: siting.Jurisdictions(allowed=("EU",), home="no"), r"`home`: is 'no': give true or false"),
        (lambda: ResidualMix(zone="PL", g_per_kwh="7", source="x"), r"`g_per_kwh`: is '7': give a number"),
        (lambda: Pack(id="x", title="x"), r"`jurisdictions` is missing: give it a value"),
    ],
)
def test_a_value_built_in_python_is_refused_as_in_a_file(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        make()


def test_faults_of_nested_values_still_come_together() -> None:
    with pytest.raises(
        ScenarioError, match=r"(?s)has 2 fault\(s\).*`demand\.it_mw`.*`limits\[0\] \(site_count\)\.min`"
    ):
        siting.Scenario(name="x", demand={"it_mw": "5"}, limits=[{"kind": "site_count", "min": "1"}])


def test_no_value_can_be_set_afterwards() -> None:
    scenario = siting.Scenario(name="x")
    with pytest.raises(ScenarioError, match=r"`Demand` is frozen, `it_mw` cannot be set: .*`siting\.change`"):
        scenario.demand.it_mw = 5  # type: ignore[misc]
