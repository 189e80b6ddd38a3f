"""The re-check of each limit, by its `kind`: written anew, from the plan's tables and the shipped ones."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.solver import verify_carbon, verify_places, verify_sizes
from siting.solver.checks import Check, at_most
from siting.solver.verify_loss import survive_loss

if TYPE_CHECKING:
    from siting.model.plan import Plan


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
        "carbon_free_share": verify_carbon.energy_share,
        "climate": verify_places.climate,
        "efficiency_duty": verify_places.efficiency_duty,
        "emissions_cap": verify_carbon.emissions_cap,
        "emissions_gate": verify_carbon.emissions_gate,
        "excluded": verify_places.excluded,
        "existing": verify_places.existing,
        "grid_headroom": verify_sizes.grid_headroom,
        "jobs": verify_sizes.jobs,
        "jurisdictions": verify_places.jurisdictions,
        "max_ci": verify_carbon.max_ci,
        "max_cost_per_compute": _max_cost_per_compute,
        "max_latency": verify_places.max_latency,
        "max_share": verify_sizes.max_share,
        "min_separation_km": verify_places.min_separation_km,
        "min_share": verify_sizes.min_share,
        "moratorium": verify_places.moratorium,
        "renewable_share": verify_carbon.energy_share,
        "required": verify_places.required,
        "screen": verify_places.screen,
        "site_count": verify_sizes.site_count,
        "site_size": verify_sizes.site_size,
        "survive_loss": survive_loss,
        "training_domain": verify_places.training_domain,
        "water": verify_sizes.water,
    }
)
"""The re-check of each kind; a limit of the user's own has none."""
