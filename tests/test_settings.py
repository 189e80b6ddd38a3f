"""What of a ratio of emissions is model, hardware, PUE and grid."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from siting import (
    DataError,
    Scenario,
    ScenarioError,
    Setting,
    patterson_waterfall,
    prepare,
    published_setting,
    setting,
    waterfall,
)
from siting.scenario.building import Hardware
from siting.show.figures.waterfall_chart import draw_waterfall
from siting.world import catalogue

ratios = some.floats(0.01, 100.0)


def made(model: float = 1.0, hardware: float = 1.0, pue: float = 1.0, grid: float = 1.0, name: str = "x") -> Setting:
    """Return a setting that is a multiple of a plain one."""
    return Setting(name, 1e6 * model, 0.001 * hardware, 1.0 * pue, 100.0 * grid)


def test_the_published_chain_is_reproduced_within_three_percent() -> None:
    """Patterson et al. 2021: 1.3, 7.4, 10.5 and 56.5; the PUE 1.59/1.11 and the grid 0.429/0.080 are ours."""
    table = patterson_waterfall()
    assert table["published"].tolist() == [1.3, 7.4, 10.5, 56.5]
    assert (table["error"].abs() < 0.03).all()
    assert table.at["PUE", "factor"] == pytest.approx(1.59 / 1.11)
    assert table.at["grid", "factor"] == pytest.approx(0.429 / 0.080)
    assert table["basis"].tolist() == ["cited", "cited", "recomputed", "recomputed"]
    assert table["share"].sum() == pytest.approx(1.0)


def test_by_location_the_published_chain_ends_near_ten_as_its_notes_say() -> None:
    """The row tells gross 0.478 beside net 0.080: 10.6 x 0.429 / 0.478 = 9.5."""
    row = catalogue.workload("patterson-et-medium-iowa")
    told = re.search(r"gross ([\d.]+), net ([\d.]+)", row.status)
    assert told is not None
    gross, net = (float(kg) for kg in told.groups())
    assert row.ci_g_per_kwh == pytest.approx(net * 1000)
    before = catalogue.workload("patterson-transformer-big-usavg")
    factor = before.ci_g_per_kwh / (gross * 1000)
    whole = patterson_waterfall().at["PUE", "cumulative"] * factor
    assert (round(factor, 2), round(whole, 1)) == (0.90, 9.5)
    assert "grid factor 0.90 and the ratio 9.5" in " ".join(str(patterson_waterfall.__doc__).split())


def test_factors_shares_and_steps_of_two_settings_worked_by_hand() -> None:
    """2 x 4 x 1.25 x 5 = 50; ln 2 / ln 50 = 0.177."""
    table = waterfall(made(2.0, 4.0, 1.25, 5.0), made())
    assert table["factor"].tolist() == pytest.approx([2.0, 4.0, 1.25, 5.0])
    assert table["cumulative"].tolist() == pytest.approx([2.0, 8.0, 10.0, 50.0])
    assert table.at["model", "share"] == pytest.approx(np.log(2) / np.log(50))


@given(ratios, ratios, some.floats(1.0, 3.0), ratios)
def test_the_last_step_is_the_ratio_of_the_tonnes_and_turned_round_it_is_its_inverse(
    model: float, hardware: float, pue: float, grid: float
) -> None:
    before, after = made(model, hardware, pue, grid), made(1.0, 1.0, 1.1, 1.0)
    there, back = waterfall(before, after), waterfall(after, before)
    assert there["cumulative"].iloc[-1] == pytest.approx(before.tonnes / after.tonnes)
    assert back["cumulative"].iloc[-1] == pytest.approx(after.tonnes / before.tonnes)
    pd.testing.assert_series_equal(there["share"], back["share"], rtol=1e-6, atol=1e-9)


def test_settings_that_emit_alike_have_no_shares() -> None:
    assert waterfall(made(), made())["share"].isna().all()


def test_a_place_gives_pue_and_grid_and_a_hardware_its_energy() -> None:
    """Lulea stands in zone SE-SE1; an H100 at 38 % does 989.4e12 x 0.38 x 3.6e9 / 1,275 / 1e18 EFLOP a MWh."""
    one = setting("llama31-405b", "lulea", year=2024)
    assert one.it_mwh_per_eflop == pytest.approx(1 / (989.4e12 * 0.38 * 3.6e9 / 990 / 1e18))
    assert one.compute_eflop == 3.8e7
    problem = prepare(Scenario(name="x", demand={"it_mw": 100}))
    option = problem.options[problem.options["label"] == "lulea__airside_economizer_adiabatic"]
    assert one.pue == pytest.approx(float(option["pue"].iloc[0]))
    assert "zone SE-SE1, life cycle, 2024" in one.source


def test_the_same_run_elsewhere_differs_by_pue_and_grid_alone() -> None:
    table = waterfall(setting("llama31-405b", "mumbai"), setting("llama31-405b", "lulea"))
    assert table.loc[["model", "hardware"], "factor"].tolist() == [1.0, 1.0]
    assert table.at["grid", "cumulative"] > 10


def test_the_same_place_in_another_year_differs_by_its_grid_alone() -> None:
    table = waterfall(setting("llama31-405b", "london", year=2021), setting("llama31-405b", "london", year=2025))
    assert (table["factor"] != 1.0).tolist() == [False, False, False, True]


def test_hardware_at_another_precision_differs_by_its_hardware_alone() -> None:
    b200 = Hardware(accelerator="NVIDIA B200", precision="fp8")
    table = waterfall(setting("llama31-405b", "lulea"), setting("llama31-405b", "lulea", hardware=b200))
    assert table.at["hardware", "factor"] == pytest.approx((4.5e15 / 1340) / (989.4e12 / 990))
    assert (table["factor"] != 1.0).tolist() == [False, True, False, False]


def test_a_published_run_emits_what_is_recomputed_of_it() -> None:
    run = published_setting("patterson-gpt3")
    assert (run.pue, run.ci_g_per_kwh) == (1.1, pytest.approx(429.0))
    assert run.energy_mwh == pytest.approx(1289.376)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: setting("llama31-405b", "atlantis"), "no shipped site has the id `atlantis`"),
        (lambda: setting("llama31-405b", "lulea", year=1990), "SE-SE1 in 1990 is not known .known are 2021, 2022"),
        (lambda: setting("gemma3-family", "lulea"), "the compute of training run `gemma3-family` is unknown"),
        (lambda: setting("llama31-405b", "lulea", cooling="ice"), "no cooling design `ice`: choose one of airside_ec"),
        (
            lambda: setting("llama31-405b", "denver", cooling="seawater"),
            "`seawater` needs a sea within reach of `denver`",
        ),
        (lambda: published_setting("gpt4-iea"), "no energy, no intensity known"),
        (lambda: published_setting("strubell-nas"), "`strubell-nas`: no compute known"),
    ],
)
def test_what_is_not_known_is_named(call: object, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        call()  # type: ignore[operator]


def test_a_setting_that_cannot_be_is_refused_with_all_its_faults() -> None:
    with pytest.raises(DataError, match=r"(?s)`compute_eflop` is 0.*`ci_g_per_kwh` is nan"):
        Setting("x", 0.0, 1.0, 1.2, float("nan"))
    with pytest.raises(DataError, match=r"`pue` is 0\.9"):
        Setting("x", 1.0, 1.0, 0.9, 10.0)


def test_the_chart_has_a_bar_a_cause_from_the_ratio_before_to_the_ratio_after() -> None:
    axes = draw_waterfall(patterson_waterfall(), "57 times")
    bars = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in axes.patches]
    assert bars[1] == pytest.approx((1.3, 7.4))
    assert bars[-1] == pytest.approx((1.0, 56.8425))
    assert axes.get_yscale() == "log"
    assert "x 5.36" in [t.get_text() for t in axes.texts]
    plt.close("all")


def test_a_cause_that_works_the_other_way_hangs_down_in_another_colour() -> None:
    axes = draw_waterfall(waterfall(made(4.0, 0.5), made()), "x")
    colours = [bar.get_facecolor() for bar in axes.patches]
    assert colours[1] != colours[0]
    low, height = axes.patches[1].get_y(), axes.patches[1].get_height()
    assert (low, low + height) == pytest.approx((2.0, 4.0))
    plt.close("all")
