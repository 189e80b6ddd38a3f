"""The re-check of each limit, by its `kind`: written anew, from the plan's tables and the shipped ones."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.solver.verify import carbon, places, sizes
from siting.solver.verify.checks import Check, at_most
from siting.solver.verify.loss import survive_loss

if TYPE_CHECKING:
    from siting.plan.plan import Plan


def _budget(plan: "Plan", limit: Any) -> list[Check]:
    ceiling = limit.usd_per_year
    if ceiling is None:
        ceiling = (1.0 + limit.above_least_cost) * (plan.proof.least_cost_usd_per_year or np.nan)
    return [at_most("budget", "portfolio", float(plan.ledger["usd_per_year"].sum()), float(ceiling), "USD/year")]


def _max_cost_per_compute(plan: "Plan", limit: Any) -> list[Check]:
    usd = float(plan.ledger["usd_per_year"].sum()) / plan.kpis["eflop_per_year"]
    return [at_most("cost per compute", "portfolio", usd, limit.usd_per_eflop, "USD/EFLOP")]


RECHECK: Mapping[str, Callable[["Plan", Any], list[Check]]] = MappingProxyType(
    {
        "budget": _budget,
        "carbon_free_share": carbon.energy_share,
        "climate": places.climate,
        "efficiency_duty": places.efficiency_duty,
        "emissions_cap": carbon.emissions_cap,
        "emissions_gate": carbon.emissions_gate,
        "excluded": places.excluded,
        "existing": places.existing,
        "grid_headroom": sizes.grid_headroom,
        "jobs": sizes.jobs,
        "jurisdictions": places.jurisdictions,
        "max_ci": carbon.max_ci,
        "max_cost_per_compute": _max_cost_per_compute,
        "max_latency": places.max_latency,
        "max_share": sizes.max_share,
        "min_separation_km": places.min_separation_km,
        "min_share": sizes.min_share,
        "moratorium": places.moratorium,
        "renewable_share": carbon.energy_share,
        "required": places.required,
        "screen": places.screen,
        "site_count": sizes.site_count,
        "site_size": sizes.site_size,
        "survive_loss": survive_loss,
        "training_domain": places.training_domain,
        "water": sizes.water,
    }
)
"""The re-check of each kind; a limit of the user's own has none."""
