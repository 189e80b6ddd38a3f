"""Catalogue of hardware, training runs and costs: low, middle and high values, each with unit and source."""

from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import pandas as pd

from siting.errors import ScenarioError, listed, nearest
from siting.world.tables import read_table

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
    """One accelerator of the catalogue, with the properties that a plan needs."""

    name: str
    peak_flop_per_s: float
    server_power_w: float
    server_power_kind: str
    embodied_low_kg: float
    embodied_high_kg: float
    source: str
    quality: str

    @property
    def embodied_mid_kg(self) -> float:
        """Middle of the interval between vendor figure and component LCA [kgCO2e]."""
        return (self.embodied_low_kg + self.embodied_high_kg) / 2.0


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


@cache
def accelerator(name: str, precision: str = "bf16", server_power_w: float | None = None) -> Accelerator:
    """Return one accelerator of the `hardware` table, with its dense peak rate at a precision.

    Parameters
    ----------
    name : str
        Name as in `siting data show hardware`.
    precision : str
        Number format of the training: `bf16` or `fp8`.
    server_power_w : float, optional
        Power per accelerator with its share of the host, as measured [W], in place of the catalogue's.

    Returns
    -------
    Accelerator
        Peak rate, server power and embodied carbon.

    Raises
    ------
    ScenarioError
        The name or the precision is unknown, or the catalogue lacks its rate, power or embodied carbon.

    Examples
    --------
    >>> accelerator("NVIDIA H100 SXM5").server_power_w
    1275.0
    """
    table = read_table("hardware").set_index("accelerator")
    if name not in table.index:
        raise ScenarioError(f"unknown accelerator `{name}`{_hint(name, table.index)}")
    row: dict[Any, Any] = table.to_dict("index")[name]
    if precision not in PEAK:
        raise ScenarioError(f"unknown precision `{precision}`: choose one of {', '.join(PEAK)}")
    if server_power_w is not None:
        row |= {"server_power_w_per_accelerator": server_power_w, "server_power_kind": "given"}
    needed = [PEAK[precision], *(["server_power_w_per_accelerator"] if server_power_w is None else [])]
    embodied = [float(row[c]) for c in ("embodied_vendor_kg", "embodied_lca_kg") if not pd.isna(row[c])]
    missing = [c for c in needed if pd.isna(row[c])] + ([] if embodied else ["embodied_vendor_kg or embodied_lca_kg"])
    if missing:
        complete = table.dropna(subset=needed)
        complete = complete[complete[["embodied_vendor_kg", "embodied_lca_kg"]].notna().any(axis=1)]
        raise ScenarioError(
            f"accelerator `{name}`: {listed(missing)} unknown in the catalogue; complete are {listed(complete.index)}"
        )
    return Accelerator(
        name,
        float(row[PEAK[precision]]),
        float(row["server_power_w_per_accelerator"]),
        str(row["server_power_kind"]),
        min(embodied),
        max(embodied),
        str(row["source"]),
        str(row["quality"]),
    )


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
