"""The plan in the units of a board: totals of a year, capital, and the price of an accelerator-hour and of a training run."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from siting.kpis import EFLOP_PER_RUN, G_PER_T
from siting.physics.compute import eflop_per_mwh_it

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.scenario.scenario import Scenario

W_PER_MW = 1e6
OF_KPIS = (
    "it_mw", "emissions_t_per_year", "embodied_t_per_year", "cost_usd_per_year", "water_m3_per_year", "eflop_per_year",
    "emissions_g_per_eflop", "cost_usd_per_eflop", "renewable_share", "jobs", "rtt_p90_ms_max",
)  # fmt: skip
"""Figures that are KPIs of the plan."""


def in_board_units(emissions_g_per_eflop: float, cost_usd_per_eflop: float, scenario: "Scenario") -> dict[str, float]:
    """Return emissions and cost per compute as a board reads them: per accelerator-hour, and per run of 1e25 operations.

    Parameters
    ----------
    emissions_g_per_eflop, cost_usd_per_eflop : float
        Of a plan, or of today's pattern.
    scenario : Scenario
        Its accelerator, MFU and mean draw set what an accelerator computes in an hour.

    Returns
    -------
    dict of str to float
        `usd_per_accelerator_hour`, `t_per_1e25_operations`, `usd_per_1e25_operations`.

    Examples
    --------
    >>> import siting as st
    >>> h100 = {"accelerator": "NVIDIA H100 SXM5", "mfu": 0.38}
    >>> one = st.Scenario(name="one", demand={"it_mw": 60}, hardware=h100)
    >>> {name: round(value, 2) for name, value in in_board_units(43.5, 1.19, one).items()}
    {'usd_per_accelerator_hour': 1.61, 't_per_1e25_operations': 435.0, 'usd_per_1e25_operations': 11900000.0}
    """
    chip, mfu = scenario.hardware.chip, scenario.hardware.mfu
    per_hour = float(eflop_per_mwh_it(chip.peak_flop_per_s, mfu, chip.server_power_w)) * chip.server_power_w / W_PER_MW
    return {
        "usd_per_accelerator_hour": cost_usd_per_eflop * per_hour,
        "t_per_1e25_operations": emissions_g_per_eflop * EFLOP_PER_RUN / G_PER_T,
        "usd_per_1e25_operations": cost_usd_per_eflop * EFLOP_PER_RUN,
    }


def summary_of(plan: "Plan", runner_up: tuple[str, ...] | None = None) -> Mapping[str, Any]:
    """Return the figures of a plan for a board; see `Plan.summary`."""
    if not plan.kpis:
        return {}
    sites, taxes = plan.sites, plan.tables.get("unknown_taxes")
    unknown = {} if taxes is None or taxes.empty else {
        f"unknown_tax_{end}_usd_per_year": float(taxes[f"{end}_usd_per_year"].sum()) for end in ("low", "high")
    }  # fmt: skip
    per_compute = in_board_units(plan.kpis["emissions_g_per_eflop"], plan.kpis["cost_usd_per_eflop"], plan.scenario)
    return {
        "sites": tuple(sites.sort_values("it_mw", ascending=False)["name"]),
        **{name: float(plan.kpis[name]) for name in OF_KPIS},
        "built_mw": float(sites["capacity_it_mw"].sum()),
        "capex_usd": float(sites["capex_usd"].sum()),
        **per_compute,
        **unknown,
        **({} if runner_up is None else {"runner_up": runner_up}),
    }
