"""The catalogue: hardware, published runs and costs, each with unit, source, quality and interval."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siting import ScenarioError
from siting.problem.ledger.cost_figures import COSTS_USED
from siting.world import catalogue
from siting.world.tables import read_table

ROOT = Path(__file__).parents[1]
FACTS = ROOT.parent / "shared" / "sources" / "facts"
"""The raw sources beside a checkout; absent elsewhere."""

NAMED_OR_LEFT_OUT = {"capex-shell", "land", "fibre-longhaul", "tx-rating", "water"}
"""Rows of the source without a row of that id: named ones have the first two, the others have no usable value."""


def test_the_catalogue_holds_36_accelerators_and_43_runs() -> None:
    assert len(read_table("hardware")) == 36
    assert len(catalogue.workloads()) == 43


@pytest.mark.skipif(not FACTS.is_dir(), reason="the raw sources are not beside this checkout")
def test_every_row_of_the_sources_ships_or_is_left_out_by_name() -> None:
    source = set(pd.read_csv(FACTS / "costs.csv")["id"])
    assert len(source) == 28
    assert source - set(read_table("costs")["id"]) == NAMED_OR_LEFT_OUT
    runs = pd.read_csv(FACTS / "workloads.csv").set_index("id")
    shipped = catalogue.workloads().set_index("id")
    assert set(runs.index.str.lower()) == set(shipped.index)
    energy = runs["energy_mwh"].set_axis(runs.index.str.lower())
    np.testing.assert_allclose(shipped["energy_mwh"], energy.reindex(shipped.index), atol=5e-5)


def test_every_cost_that_the_ledger_reads_is_there_and_its_ends_enclose_its_middle() -> None:
    for name in COSTS_USED:
        figure = catalogue.cost(name)
        assert figure.low <= figure.mid <= figure.high
        assert figure.unit
        assert figure.source


def test_no_cost_stands_in_the_table_for_nothing() -> None:
    """A figure of the project itself is one that the programme reads; the scenario holds the rest."""
    costs = read_table("costs")
    assert set(costs.loc[costs["source"] == "siting", "id"]) <= set(COSTS_USED)


def test_two_sources_of_one_quantity_span_an_interval() -> None:
    """Epoch AI tells 38, Bernstein 35 million dollars a MW for an AI data centre with its servers."""
    epoch, bernstein = catalogue.cost("capex-ai-1gw"), catalogue.cost("capex-ai-bernstein")
    assert (epoch.low, epoch.mid, epoch.high) == (35e6, 38e6, 38e6)
    assert (bernstein.low, bernstein.mid, bernstein.high) == (35e6, 35e6, 38e6)


def test_a_published_run_tells_compute_energy_and_emissions() -> None:
    """Meta's model card: 30.84 M GPU hours at 700 W, 8,930 t by location; 8,930 t / 38 YFLOP = 235 gCO2e/EFLOP."""
    run = catalogue.workload("llama31-405b")
    assert run.accelerator_hours * run.power_w_per_accelerator / 1e6 == pytest.approx(run.energy_mwh, rel=1e-4)
    assert run.emissions_g_per_eflop == pytest.approx(8930e6 / 38e6)
    assert (run.mfu_low, run.mfu_high) == (0.38, 0.43)
    assert math.isnan(run.pue)
    assert run.place == ""


def test_a_run_whose_sources_disagree_has_an_interval() -> None:
    """OLMo 2 7B: 131 MWh at the accelerators, 157.2 MWh with a PUE of 1.2."""
    run = catalogue.workload("olmo2-7b")
    assert (run.energy_low_mwh, run.energy_mwh, run.energy_high_mwh) == (131.0, 157.2, 157.2)
    assert run.energy_low_mwh * run.pue == pytest.approx(run.energy_mwh)


def test_an_interval_encloses_the_figure_and_an_unknown_has_none() -> None:
    runs = catalogue.workloads()
    known = runs[runs["energy_mwh"].notna()]
    assert ((known["energy_low_mwh"] <= known["energy_mwh"]) & (known["energy_mwh"] <= known["energy_high_mwh"])).all()
    assert runs.loc[runs["energy_mwh"].isna(), ["energy_low_mwh", "energy_high_mwh"]].isna().all(axis=None)
    assert math.isnan(catalogue.workload("strubell-gpt2").emissions_g_per_eflop)


def test_a_run_with_an_unverified_figure_is_unverified() -> None:
    runs = catalogue.workloads()
    doubted = runs[["status", "energy_kind", "notes"]].fillna("").agg(" ".join, axis=1).str.contains("unverified")
    assert set(runs.loc[doubted, "quality"]) == {"unverified"}
    assert set(runs["quality"]) == {"observed", "modelled", "unverified"}


def test_every_run_can_be_read_and_tells_its_source() -> None:
    for run_id in catalogue.workloads()["id"]:
        run = catalogue.workload(run_id)
        assert run.source
        assert all(v is not None for v in dataclasses.astuple(run))


def test_the_table_of_runs_is_the_callers_own() -> None:
    mine = catalogue.workloads()
    mine["energy_mwh"] = 0.0
    assert catalogue.workload("llama31-405b").energy_mwh == 21588.0


@pytest.mark.parametrize(
    ("read", "word", "message"),
    [
        (catalogue.workload, "llama31-405", r"no training run `llama31-405`: did you mean `llama31-405b`\?"),
        (catalogue.workload, "LLAMA2-70B", r"no training run `LLAMA2-70B`: did you mean `llama2-70b`\?"),
        (catalogue.workload, "", r"no training run ``: choose one of bloom-176b, "),
        (catalogue.cost, "life-it", r"no cost figure `life-it`: did you mean `life-it-years`\?"),
        (catalogue.cost, "water", r"no cost figure `water`"),
        (catalogue.accelerator, "H100", r"unknown accelerator `H100`: did you mean `NVIDIA H100 SXM5`"),
    ],
)
def test_an_unknown_id_is_refused_with_the_nearest(read: object, word: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        read(word)  # type: ignore[operator]
