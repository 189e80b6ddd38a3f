"""Accelerators: which can be planned with, and how draw, nameplate and embodied carbon agree with what is published."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from accelerators import mean_draw_w
from embodied import board_kg, embodied_table, estimate, host_kg

from siting import ScenarioError
from siting.physics.compute import eflop_per_mwh_it, lifetime_eflop
from siting.scenario.building import Hardware
from siting.world import catalogue
from siting.world.tables import read_table

ROOT = Path(__file__).parents[1]
POWER_LOGS = ROOT.parent / "shared" / "sources" / "facts" / "power_training_2026.csv"
"""Power logs of MLPerf Training beside a checkout; absent elsewhere."""

PLANNABLE = (
    *("NVIDIA GB200 NVL72", "NVIDIA GB300 NVL72", "NVIDIA B200", "NVIDIA B300", "NVIDIA H100 SXM5", "NVIDIA H200 SXM"),
    *("NVIDIA A100 SXM4 40GB", "NVIDIA A100 SXM4 80GB", "AMD MI300X", "AMD MI325X", "AMD MI355X", "Google TPU v4"),
    *("Google TPU v5e", "Google TPU v5p", "Google TPU v6e Trillium", "Amazon Trainium2"),
)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Return the accelerators by name."""
    return read_table("hardware").set_index("accelerator")


@pytest.mark.parametrize("name", PLANNABLE)
def test_what_is_bought_in_2026_can_be_planned_with(name: str) -> None:
    chip = catalogue.accelerator(name)
    assert chip.power_low_w <= chip.server_power_w <= chip.power_high_w <= chip.nameplate_w
    assert chip.embodied_low_kg < chip.embodied_mid_kg < chip.embodied_high_kg
    assert 0.6 < chip.draw_share < 0.83


def test_no_mean_is_above_the_nameplate_and_every_figure_has_source_and_quality(table: pd.DataFrame) -> None:
    known = table[table["power_mean_w"].notna()]
    assert (known["power_mean_high_w"] <= known["nameplate_w"]).all()
    assert (known["power_mean_w"].between(known["power_mean_low_w"], known["power_mean_high_w"])).all()
    assert known[["source_power", "quality_power", "power_basis", "cooling"]].notna().all(axis=None)
    embodied = table[table["embodied_kg"].notna()]
    assert embodied[["source_embodied", "quality_embodied", "embodied_basis"]].notna().all(axis=None)
    both = embodied["embodied_board_kg"] + embodied["embodied_host_share_kg"]
    np.testing.assert_allclose(embodied["embodied_kg"], both, atol=1.0)


# --- draw ------------------------------------------------------------------------------------------


def test_the_draw_of_h100_is_the_mean_of_three_measurements(table: pd.DataFrame) -> None:
    """Nodes of 856, 971 and 969 W per accelerator, with 116, 11 and 55 W of fabric."""
    row = table.loc["NVIDIA H100 SXM5"]
    assert row["power_mean_w"] == pytest.approx((856 + 116 + 971 + 11 + 969 + 55) / 3, abs=5)
    assert row["nameplate_w"] == pytest.approx(10_200 / 8 * 1.07, abs=1)
    assert (row["power_mean_low_w"], row["power_mean_high_w"]) == (870, 1110)


def test_a_rack_without_a_measurement_has_a_ratio_of_its_rating(table: pd.DataFrame) -> None:
    row = table.loc["NVIDIA GB200 NVL72"]
    stated = row[["power_mean_low_w", "power_mean_w", "power_mean_high_w"]]
    assert mean_draw_w(132e3 / 72, "liquid") == tuple(stated)
    assert (row["power_basis"], row["quality_power"]) == ("rating x ratio", "modelled")


@pytest.mark.skipif(not POWER_LOGS.is_file(), reason="the raw sources are not beside this checkout")
@pytest.mark.parametrize("name", ["NVIDIA H100 SXM5", "NVIDIA B200"])
def test_measured_runs_of_large_models_lie_within_the_interval(name: str, table: pd.DataFrame) -> None:
    """Node power of whole runs, less fabric, which the table adds."""
    logs = pd.read_csv(POWER_LOGS)
    of_chip = logs["accelerator"].str.startswith(name) & logs["busy_mean_w_per_accelerator"].notna()
    large = logs["workload"].str.contains("GPT-3|Llama 2 70B LoRA|BERT|Stable") & (logs["accelerators"] != 512)
    busy = logs.loc[of_chip & large & ~logs["cooling"].str.contains("immersion"), "busy_mean_w_per_accelerator"]
    assert len(busy) > 0
    low, high = table.loc[name, ["power_mean_low_w", "power_mean_high_w"]]
    assert busy.add(11).between(0.98 * low, high).all()


# --- embodied --------------------------------------------------------------------------------------


PUBLISHED = (
    ("NVIDIA HGX H100 product footprint over eight", "NVIDIA H100 SXM5", "board", 164.0),
    ("NVIDIA HGX B200 product footprint over eight", "NVIDIA B200", "board", 284.0),
    ("ADEME 2026 inventory, A100 SXM4 40GB", "NVIDIA A100 SXM4 40GB", "board", 113.5),
    ("ADEME 2026 inventory, A100 PCIe 40GB", "NVIDIA A100 SXM4 40GB", "board", 122.0),
    ("Hubblo calculator, A100 PCIe 40GB with air freight", "NVIDIA A100 SXM4 40GB", "board", 181.0),
    ("ADEME 2026 parametric, H100 PCIe", "NVIDIA H100 SXM5", "board", 170.0),
    ("Chien et al. 2023, A100 with host", "NVIDIA A100 SXM4 40GB", "with_host", 318.0),
    ("Luccioni et al. 2022, A100 with host", "NVIDIA A100 SXM4 80GB", "with_host", 462.0),
)


@pytest.mark.parametrize(("what", "name", "boundary", "kg"), PUBLISHED)
def test_published_footprints_lie_within_the_interval(what: str, name: str, boundary: str, kg: float) -> None:
    chip = catalogue.accelerator(name, boundary=boundary)
    assert chip.embodied_low_kg <= kg <= chip.embodied_high_kg, what
    assert abs(chip.embodied_mid_kg / kg - 1) < 0.32, what


def test_the_page_has_the_checks() -> None:
    page = (ROOT / "docs" / "hardware.md").read_text(encoding="utf-8")
    for what, name, boundary, kg in PUBLISHED:
        chip = catalogue.accelerator(name, boundary=boundary)
        figures = f"{chip.embodied_mid_kg:.0f} | {chip.embodied_low_kg:.0f} | {chip.embodied_high_kg:.0f}"
        off = f"{chip.embodied_mid_kg / kg - 1:+.0%}".replace("%", " %")
        assert f"| {what} | {boundary} | {kg:g} | {figures} | {off} |" in page
    for name, published in TPU_CCI:
        kwh, embodied, implied = implied_grid(name, published)
        assert f"| {name} | {published:g} | {kwh:.3f} | {embodied:.1f} | {implied:.0f} |" in page


def test_h100_and_h200_differ_by_one_stack_of_memory_alone() -> None:
    one, two = (board_kg("1 x 814 mm2 in 5", memory, n, 8, 700) for memory, n in (("hbm3", 5), ("hbm3e", 6)))
    assert one["logic"].tolist() == two["logic"].tolist()
    assert (two["memory"] / one["memory"]).round(9).tolist() == [1.2] * 3
    h100, h200 = (catalogue.accelerator(n) for n in ("NVIDIA H100 SXM5", "NVIDIA H200 SXM"))
    assert h200.embodied_mid_kg - h100.embodied_mid_kg == pytest.approx(17, abs=1)


def test_the_table_is_the_model(table: pd.DataFrame) -> None:
    again = embodied_table(table["tdp_w"].to_dict())
    pd.testing.assert_frame_equal(again, table.loc[again.index, again.columns], check_names=False)


def test_an_estimate_is_the_same_at_every_call_and_widens_with_the_host() -> None:
    board = board_kg("2 x 814 mm2 in 4", "hbm3e", 8, 8, 1000)
    assert estimate(board) == estimate(board)
    alone, whole = estimate(board), estimate(board | host_kg("hgx"))
    assert whole.high - whole.low > alone.high - alone.low


def test_embodied_carbon_of_the_board_alone_can_be_asked_for() -> None:
    assert Hardware(accelerator="NVIDIA B200", embodied_boundary="board").chip.embodied_mid_kg == 282
    assert Hardware(accelerator="NVIDIA B200").chip.embodied_mid_kg == 553


# --- the chain by hand, and Google's own figures ---------------------------------------------------


def test_an_h100_at_its_rating_gives_the_chain_of_the_model() -> None:
    """989.4e12 FLOP/s * 0.40 * 3,600e6 / 1,275 W / 1e18 = 1,117 EFLOP/MWh, 0.895 kWh/EFLOP; 1,439 at the mean of 990 W."""
    rated = Hardware(accelerator="NVIDIA H100 SXM5", mfu=0.40, server_power_w=1275.0).chip
    per_mwh = float(eflop_per_mwh_it(rated.peak_flop_per_s, 0.40, rated.server_power_w))
    assert (round(per_mwh), round(1000 / per_mwh, 3)) == (1117, 0.895)
    chip = Hardware(accelerator="NVIDIA H100 SXM5").chip
    assert round(float(eflop_per_mwh_it(chip.peak_flop_per_s, 0.40, chip.server_power_w))) == 1439


FLEET_PUE, FLEET_UTILISATION, LIFE_YEARS = 1.09, 0.9, 6.0
"""Google's fleet: PUE as published, utilisation an assumption, six years as in arXiv:2502.01671."""
GRID_G_PER_KWH = (90.0, 400.0)
"""From a fleet counted by its contracts to the mean of the United States (assumption; the source does not say which)."""


TPU_CCI = (("Google TPU v5e", 228.0), ("Google TPU v6e Trillium", 125.0))
"""Carbon of all scopes of January 2026 [gCO2e/EFLOP utilised]; Google Cloud blog, second-hand."""


def implied_grid(name: str, published: float) -> tuple[float, float, float]:
    """Return energy [kWh/EFLOP], embodied carbon [g/EFLOP] at MFU 0.38, and the grid that the rest implies [g/kWh]."""
    chip = catalogue.accelerator(name)
    kwh = 1000 / float(eflop_per_mwh_it(chip.peak_flop_per_s, 0.38, chip.server_power_w))
    life = float(lifetime_eflop(chip.peak_flop_per_s, 0.38, FLEET_UTILISATION, LIFE_YEARS))
    embodied = chip.embodied_mid_kg * 1000 / life
    return kwh, embodied, (published - embodied) / (kwh * FLEET_PUE)


@pytest.mark.parametrize(("name", "published"), TPU_CCI)
def test_google_s_own_carbon_per_compute_implies_a_grid_that_exists(name: str, published: float) -> None:
    *_, g_per_kwh = implied_grid(name, published)
    assert GRID_G_PER_KWH[0] < g_per_kwh < GRID_G_PER_KWH[1]


def test_a_precision_or_boundary_that_is_not_known_is_refused() -> None:
    with pytest.raises(ScenarioError, match="unknown precision `fp4`: choose one of bf16, fp8"):
        catalogue.accelerator("NVIDIA B200", "fp4")
    with pytest.raises(ScenarioError, match="unknown boundary `rack`: choose one of with_host, board"):
        catalogue.accelerator("NVIDIA B200", boundary="rack")
