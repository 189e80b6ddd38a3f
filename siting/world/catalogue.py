"""Catalogue of hardware, training runs and costs: low, middle and high values, each with unit and source."""

from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from siting.errors import ScenarioError, listed, nearest
from siting.world.tables import read_table, worst

_G_PER_T, _FLOP_PER_EFLOP = 1e6, 1e18


@dataclass(frozen=True)
class Figure:
    """A number with its interval, unit, source, quality and the year of its money."""

    id: str
    low: float
    mid: float
    high: float
    unit: str
    source: str
    quality: str
    year: str = ""


@dataclass(frozen=True)
class Accelerator:
    """One accelerator of the catalogue, with the properties that a plan needs.

    Attributes
    ----------
    name : str
        Name in the table.
    peak_flop_per_s : float
        Dense peak rate at the requested precision [FLOP/s].
    power_low_w, server_power_w, power_high_w : float
        Mean draw in training with the share of host and fabric [W], and its interval: what sets energy.
    nameplate_w : float
        IT power to build, host and fabric included [W]: what sets peak power and the number in a hall.
    power_basis : str
        What the mean draw rests on; `given` where the planner gave it.
    cooling : str
        `air` or `liquid`: what its nodes are made for.
    embodied_low_kg, embodied_mid_kg, embodied_high_kg : float
        Embodied carbon within the requested boundary [kgCO2e].
    source, quality : str
        Of rate, power and embodied carbon together; the worst quality of the three.
    """

    name: str
    peak_flop_per_s: float
    power_low_w: float
    server_power_w: float
    power_high_w: float
    nameplate_w: float
    power_basis: str
    cooling: str
    embodied_low_kg: float
    embodied_mid_kg: float
    embodied_high_kg: float
    source: str
    quality: str

    @property
    def draw_share(self) -> float:
        """Mean draw in training over nameplate [0-1]."""
        return self.server_power_w / self.nameplate_w


@dataclass(frozen=True)
class Workload:
    """One published training run; a value that its source does not give is NaN, or empty text.

    `energy_low_mwh` and `energy_high_mwh` are the lowest and highest values of the sources.
    """

    id: str
    model: str
    organisation: str
    year: int
    accelerator: str
    accelerators: float
    parameters: float
    compute_flop: float
    accelerator_hours: float
    wall_days: float
    power_w_per_accelerator: float
    system_power_w: float
    mfu_low: float
    mfu_high: float
    pue: float
    energy_low_mwh: float
    energy_mwh: float
    energy_high_mwh: float
    ci_g_per_kwh: float
    ci_lb_per_kwh: float
    ci_implied_g_per_kwh: float
    ci_circular: bool
    emissions_t: float
    emissions_lb: float
    emissions_market_t: float
    emissions_basis: str
    published_energy_mwh: float
    it_energy_mwh: float
    energy_boundary: str
    energy_basis: str
    accounting: str
    place: str
    energy_kind: str
    status: str
    source: str
    quality: str
    notes: str

    @property
    def emissions_g_per_eflop(self) -> float:
        """Emissions per compute [gCO2e/EFLOP], NaN where either is unknown."""
        return self.emissions_t * _G_PER_T / (self.compute_flop / _FLOP_PER_EFLOP)


@cache  # a plan and its verification read about three hundred of them
def cost(figure_id: str) -> Figure:
    """Return one figure of the `costs` table.

    Parameters
    ----------
    figure_id : str
        Row id, as in `siting data show costs`.

    Returns
    -------
    Figure
        Low, middle and high value; a missing end of the interval equals the middle.

    Raises
    ------
    ScenarioError
        No row of that id has a middle value; the nearest id is named.

    Examples
    --------
    >>> cost("life-it-years").mid
    5.0
    """
    table = read_table("costs")
    found = table[(table["id"] == figure_id) & table["value_mid"].notna()]
    if found.empty:
        known = table.loc[table["value_mid"].notna(), "id"]
        raise ScenarioError(f"no cost figure `{figure_id}`{_hint(figure_id, pd.Index(known))}")
    row: dict[Any, Any] = found.iloc[0].to_dict()
    mid = float(row["value_mid"])
    low, high = [mid if pd.isna(row[c]) else float(row[c]) for c in ("value_low", "value_high")]
    year = "" if pd.isna(row["year"]) else str(row["year"])
    return Figure(figure_id, low, mid, high, str(row["unit"]), str(row["source"]), str(row["quality"]), year)


PEAK = {"bf16": "bf16_dense_flop_per_s", "fp8": "fp8_dense_flop_per_s"}
"""Column of the `hardware` table that holds the dense peak rate, by precision."""

EMBODIED = {
    "with_host": ("embodied_low_kg", "embodied_kg", "embodied_high_kg"),
    "board": ("embodied_board_low_kg", "embodied_board_kg", "embodied_board_high_kg"),
}
"""Columns of embodied carbon, low, middle and high, by boundary."""

SIMILAR = 4
"""Accelerators that a refusal offers instead."""


@cache
def accelerator(
    name: str,
    precision: str = "bf16",
    server_power_w: float | None = None,
    nameplate_w: float | None = None,
    boundary: str = "with_host",
) -> Accelerator:
    """Return one accelerator of the `hardware` table, with its dense peak rate at a precision.

    Parameters
    ----------
    name : str
        Name as in `siting data show hardware`.
    precision : str
        Number format of the training: `bf16` or `fp8`.
    server_power_w : float, optional
        Mean draw per accelerator with its share of host and fabric, as measured [W], in place of the catalogue's.
    nameplate_w : float, optional
        IT power to build per accelerator [W], in place of the catalogue's.
    boundary : str
        Boundary of embodied carbon: `with_host` or `board`.

    Returns
    -------
    Accelerator
        Peak rate, power and embodied carbon.

    Raises
    ------
    ScenarioError
        The name, precision or boundary is unknown, the catalogue lacks its rate, power or embodied carbon, or the
        mean draw is above the nameplate.

    Examples
    --------
    >>> chip = accelerator("NVIDIA H100 SXM5")
    >>> chip.server_power_w, chip.nameplate_w, chip.embodied_mid_kg
    (990.0, 1364.0, 443.0)
    """
    table = read_table("hardware").set_index("accelerator")
    if name not in table.index:
        raise ScenarioError(f"unknown accelerator `{name}`{_hint(name, table.index)}")
    for what, word, known in (("precision", precision, PEAK), ("boundary", boundary, EMBODIED)):
        if word not in known:
            raise ScenarioError(f"unknown {what} `{word}`: choose one of {', '.join(known)}")
    row: dict[Any, Any] = table.to_dict("index")[name]
    row["power_basis"] = "given" if server_power_w is not None else row["power_basis"]
    given = {"power_mean_w": server_power_w, "nameplate_w": nameplate_w}
    needed = [PEAK[precision], "power_mean_w", "nameplate_w", EMBODIED[boundary][1]]
    row |= {column: value for column, value in given.items() if value is not None}
    missing = [c for c in needed if pd.isna(row[c])]
    if missing:
        raise ScenarioError(
            f"accelerator `{name}`: {listed(missing)} unknown in the catalogue; "
            f"complete and most like it are {listed(_similar(table, name, needed))}"
        )
    ends = (row["power_mean_low_w"], row["power_mean_high_w"])
    low, high = ends if server_power_w is None else (server_power_w, server_power_w)
    mean = float(row["power_mean_w"])
    if mean > row["nameplate_w"]:
        raise ScenarioError(
            f"accelerator `{name}`: a mean draw of {mean:,.0f} W is above the nameplate of {row['nameplate_w']:,.0f} W: "
            "lower `hardware.server_power_w`, or give `hardware.nameplate_w`"
        )
    words = [str(row[c]) for c in ("quality", "quality_power", "quality_embodied") if not pd.isna(row[c])]
    sources = [str(row[c]) for c in ("source", "source_power", "source_embodied") if not pd.isna(row[c])]
    kg_low, kg_mid, kg_high = (float(row[c]) for c in EMBODIED[boundary])
    return Accelerator(
        name,
        float(row[PEAK[precision]]),
        float(low),
        mean,
        float(min(high, row["nameplate_w"])),
        float(row["nameplate_w"]),
        str(row["power_basis"]),
        str(row["cooling"]),
        kg_low,
        kg_mid,
        kg_high,
        "; ".join(sources),
        worst(words),
    )


def _similar(table: pd.DataFrame, name: str, needed: list[str]) -> list[str]:
    """Return complete accelerators, the most similar in thermal design power and date first."""
    complete = table.dropna(subset=needed)
    watts = np.log(complete["tdp_w"] / float(table["tdp_w"][name])).abs()
    days = (pd.to_datetime(complete["release_date"]) - pd.to_datetime(table["release_date"][name])).abs()
    unlike = watts.fillna(1.0) + days / pd.Timedelta(days=1000)
    return list(unlike.sort_values(kind="stable").index[:SIMILAR])


def workloads() -> pd.DataFrame:
    """Return every published training run, one row each.

    Returns
    -------
    pandas.DataFrame
        The `workloads` table, a copy.

    Examples
    --------
    >>> len(workloads())
    43
    """
    return read_table("workloads").copy()


def workload(run_id: str) -> Workload:
    """Return one published training run.

    Parameters
    ----------
    run_id : str
        Row id, as in `siting data show workloads`.

    Returns
    -------
    Workload
        Compute, energy, emissions, with source and quality.

    Raises
    ------
    ScenarioError
        There is no such run; the nearest id is named.

    Examples
    --------
    >>> run = workload("llama31-405b")
    >>> run.energy_mwh, run.quality, round(run.emissions_g_per_eflop)
    (21588.0, 'modelled', 235)
    """
    table = read_table("workloads").set_index("id")
    if run_id not in table.index:
        raise ScenarioError(f"no training run `{run_id}`{_hint(run_id, table.index)}")
    row: dict[Any, Any] = table.to_dict("index")[run_id]
    texts = {f.name for f in fields(Workload) if f.type in ("str", str)}
    values = {
        c: ("" if pd.isna(v) else str(v)) if c in texts else float(v)
        for c, v in row.items()
        if not pd.isna(v) or c in texts
    }
    unknown = {f.name: float("nan") for f in fields(Workload) if f.name not in values and f.name != "id"}
    return Workload(**({"id": run_id} | unknown | values | {"year": int(row["year"])}))


def _hint(word: str, known: "pd.Index[str]") -> str:
    return nearest(word, known) or f": choose one of {listed(known)}"
