"""Embodied carbon of an accelerator by its components, as an interval.

    board = logic + memory + package + carrier, power stages, cooler and share of switch chips
    with its host = board + share of host CPU, DRAM, SSD, network card, chassis, supplies and scale-out network

Not counted: building and cooling plant (the table `costs` has them), air freight, end of life. Every factor is a
triple (low, middle, high), of which low and high stand for the percentiles 5 and 95.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from earth import read_csv

PARTS = Path(__file__).parent / "accelerator_parts.csv"
"""Dies, memory stacks and kind of host of each accelerator; die areas that nobody published are estimates."""

Triple = tuple[float, float, float]

LOGIC_KG_PER_CM2: Mapping[str, Triple] = {
    "16": (0.97, 1.35, 2.6),
    "7": (1.44, 1.93, 4.3),
    "6": (1.44, 1.93, 4.3),
    "5": (1.54, 2.31, 4.3),
    "4": (1.54, 2.31, 4.3),
    "3": (1.75, 2.60, 4.7),
    "2": (1.9, 3.0, 5.4),
    "smic7": (1.8, 2.9, 6.0),
}
"""Processed wafer by node. Low: imec.netzero in facebookresearch/ACT; middle: ACT at 0.5 kg/kWh; high: ADEME 2026
(hubblo-org/gpu-calculator). 2 nm and SMIC are extrapolated."""

DEFECTS_PER_CM2: Mapping[bool, Triple] = {False: (0.05, 0.10, 0.15), True: (0.2, 0.4, 0.8)}
"""Defects of logic by whether SMIC makes it (assumption)."""
MEMORY_DEFECTS_PER_CM2: Triple = (0.03, 0.05, 0.10)
SALVAGED = 0.5
"""Share of dies with a defect that are sold with units switched off (assumption)."""

MEMORY_KG_PER_CM2: Triple = (0.75, 1.3, 2.6)
"""Wafer of DRAM: Boavizta 2.20, ACT far less; the middle meets two product footprints of NVIDIA."""
MEMORY_DIE_CM2: Mapping[str, float] = {"hbm2": 0.92, "hbm2e": 1.10, "hbm3": 1.21, "hbm3e": 1.21, "hbm4": 1.21}
PACKAGE_KG_PER_CM2: Triple = (0.25, 0.5, 1.0)
"""Interposer and substrate (assumption)."""
BOARD_KG_PER_W: Triple = (0.035, 0.065, 0.11)
"""Carrier, power stages, cooler and share of switch chips per W of thermal design power; the middle meets two product
footprints of NVIDIA."""

HOST_FACTORS: Mapping[str, Triple] = {
    "dram_gb": (0.15, 0.40, 1.30),
    "ssd_gb": (0.010, 0.022, 0.100),
    "cpus": (18.0, 32.0, 50.0),
    "network_cards": (4.0, 8.0, 20.0),
    "metal_kg": (2.2, 4.0, 8.0),
    "network": (5.0, 15.0, 40.0),
}
"""kg per unit. Low: about ACT; middle: Boavizta and assumptions; high: Dell's life-cycle assessment of the R740
(2019). Factors of DRAM and SSD differ tenfold between sources: the largest doubt of the whole."""

HOSTS: Mapping[str, Mapping[str, float]] = {
    "hgx": {"dram_gb": 256, "ssd_gb": 3800, "cpus": 0.25, "network_cards": 1.25, "metal_kg": 13, "network": 1},
    "nvl72": {"dram_gb": 240, "ssd_gb": 2000, "cpus": 0.5, "network_cards": 1.25, "metal_kg": 14, "network": 1},
    "tpu": {"dram_gb": 128, "ssd_gb": 500, "cpus": 0.5, "network_cards": 0.5, "metal_kg": 9, "network": 1},
    "trainium": {"dram_gb": 128, "ssd_gb": 1900, "cpus": 0.125, "network_cards": 1.0, "metal_kg": 12, "network": 1},
    "ocp": {"dram_gb": 256, "ssd_gb": 2000, "cpus": 0.25, "network_cards": 1.0, "metal_kg": 14, "network": 1},
}
"""Share of the host per accelerator: eight to a host of 2 TB and 30 TB (hgx), two to a Grace CPU (nvl72), four to a
host of two CPUs (tpu), sixteen (trainium), four (ocp)."""

CORRELATION = 0.5
"""Correlation of the errors of components: they share the grid behind them (assumption)."""
DRAWS, SEED = 20_000, 0
PERCENTILE_Z = 1.645
"""Standard normal deviate of the percentile 95."""

WAFER_MM, EDGE_MM = 300.0, 0.2


@dataclass(frozen=True)
class Estimate:
    """Embodied carbon [kgCO2e]: percentile 5, sum of the middles, percentile 95."""

    low: float
    mid: float
    high: float


def wafer_cm2(die_mm2: float, defects_per_cm2: Triple) -> np.ndarray:
    """Return the wafer area that one good die takes.

    Parameters
    ----------
    die_mm2 : float
        Area of the die [mm2].
    defects_per_cm2 : tuple of float
        Low, middle, high.

    Returns
    -------
    numpy.ndarray
        (3,) area [cm2], with what the edge and failed dies take (Murphy's yield).

    Examples
    --------
    >>> wafer_cm2(814.0, (0.05, 0.10, 0.15)).round(1).tolist()
    [13.9, 16.4, 18.5]
    """
    side = die_mm2**0.5 + EDGE_MM
    per_wafer = np.pi * (WAFER_MM / 2) ** 2 / side**2 - np.pi * WAFER_MM / 2**0.5 / side
    expected = die_mm2 / 100 * np.asarray(defects_per_cm2)
    faultless = ((1 - np.exp(-expected)) / expected) ** 2
    return np.asarray(np.pi * (WAFER_MM / 20) ** 2 / per_wafer / (faultless + SALVAGED * (1 - faultless)))


def board_kg(dies: str, memory: str, stacks: int, layers: int, tdp_w: float) -> dict[str, np.ndarray]:
    """Return the components of the board.

    Parameters
    ----------
    dies : str
        As in `accelerator_parts.csv`: ``2 x 814 mm2 in 4 + ...``, the node in nm or ``smic7``.
    memory : str
        Generation of the stacked memory.
    stacks, layers : int
        Stacks, and dies of memory in each (a base die comes on top).
    tdp_w : float
        Thermal design power [W].

    Returns
    -------
    dict of str to numpy.ndarray
        (3,) low, middle, high of each component [kgCO2e].
    """
    logic, area_cm2 = np.zeros(3), 0.0
    for count, mm2, node in re.findall(r"(\d+) x (\d+) mm2 in (\w+)", dies):
        wafer = wafer_cm2(float(mm2), DEFECTS_PER_CM2[node == "smic7"])
        logic += int(count) * wafer * np.array(LOGIC_KG_PER_CM2[node])
        area_cm2 += int(count) * float(mm2) / 100
    of_memory = wafer_cm2(100 * MEMORY_DIE_CM2[memory], MEMORY_DEFECTS_PER_CM2) * np.array(MEMORY_KG_PER_CM2)
    interposer_cm2 = max(area_cm2 * 0.75, 4.0) + stacks * 1.15
    return {
        "logic": logic,
        "memory": stacks * (layers + 1) * of_memory,
        "package": interposer_cm2 * np.array(PACKAGE_KG_PER_CM2),
        "board": tdp_w * np.array(BOARD_KG_PER_W),
    }


def host_kg(host: str) -> dict[str, np.ndarray]:
    """Return the components of an accelerator's share of its host, storage and network, (3,) each [kgCO2e].

    Parameters
    ----------
    host : str
        A key of `HOSTS`.
    """
    return {name: HOSTS[host][name] * np.array(factor) for name, factor in HOST_FACTORS.items()}


def estimate(components: Mapping[str, np.ndarray]) -> Estimate:
    """Return the sum of components, its ends by draws of correlated split log-normals.

    Parameters
    ----------
    components : mapping of str to numpy.ndarray
        (3,) low, middle, high of each [kgCO2e].

    Returns
    -------
    Estimate
        The same at every call.
    """
    rng = np.random.default_rng(SEED)
    common, total = rng.standard_normal(DRAWS), np.zeros(DRAWS)
    for low, mid, high in components.values():
        z = CORRELATION**0.5 * common + (1 - CORRELATION) ** 0.5 * rng.standard_normal(DRAWS)
        total += mid * np.exp(np.where(z < 0, np.log(mid / low), np.log(high / mid)) * z / PERCENTILE_Z)
    low, high = np.quantile(total, [0.05, 0.95])
    return Estimate(float(low), float(sum(mid for _, mid, _ in components.values())), float(high))


def embodied_table(tdp_w: Mapping[str, float]) -> pd.DataFrame:
    """Return the embodied carbon of every accelerator whose parts are known.

    Parameters
    ----------
    tdp_w : mapping of str to float
        Thermal design power by accelerator [W].

    Returns
    -------
    pandas.DataFrame
        By accelerator: low, middle and high of the board and of board with host, and the host's share [kgCO2e].
    """
    rows = {}
    for row in read_csv(PARTS).itertuples(index=False):
        board = board_kg(row.dies, row.memory, row.stacks, row.layers, tdp_w[row.accelerator])
        host = host_kg(row.host)
        alone, whole = estimate(board), estimate(board | host)
        rows[row.accelerator] = {
            "embodied_low_kg": whole.low,
            "embodied_kg": whole.mid,
            "embodied_high_kg": whole.high,
            "embodied_board_low_kg": alone.low,
            "embodied_board_kg": alone.mid,
            "embodied_board_high_kg": alone.high,
            "embodied_host_share_kg": whole.mid - alone.mid,
        }
    return pd.DataFrame.from_dict(rows, orient="index").round()
