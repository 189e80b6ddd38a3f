"""Re-check of each limit by its `kind`, from the plan's tables and the shipped ones, independent of the limit's rows."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.errors import SitingError
from siting.verify import carbon_check, place_check, size_check
from siting.verify.loss_check import survive_loss
from siting.verify.record.export_check import export_control
from siting.verify.tolerances import Check, at_most

if TYPE_CHECKING:
    from siting.plan.plan import Plan

Recheck = Callable[["Plan", Any], list[Check]]
"""Function of a plan and one of its limits that returns every check made."""


def _budget(plan: "Plan", limit: Any) -> list[Check]:
    ceiling = limit.usd_per_year
    if ceiling is None:
        ceiling = (1.0 + limit.above_least_cost) * (plan.proof.least_cost_usd_per_year or np.nan)
    return [at_most("budget", "portfolio", float(plan.ledger["usd_per_year"].sum()), float(ceiling), "USD/year")]


def _max_cost_per_compute(plan: "Plan", limit: Any) -> list[Check]:
    usd = float(plan.ledger["usd_per_year"].sum()) / plan.kpis["eflop_per_year"]
    return [at_most("cost per compute", "portfolio", usd, limit.usd_per_eflop, "USD/EFLOP")]


RECHECK: dict[str, Recheck] = {
    "budget": _budget,
    "carbon_free_share": carbon_check.energy_share,
    "climate": place_check.climate,
    "efficiency_duty": place_check.efficiency_duty,
    "emissions_cap": carbon_check.emissions_cap,
    "emissions_gate": carbon_check.emissions_gate,
    "excluded": place_check.excluded,
    "existing": place_check.existing,
    "export_control": export_control,
    "grid_headroom": size_check.grid_headroom,
    "jobs": size_check.jobs,
    "jurisdictions": place_check.jurisdictions,
    "max_ci": carbon_check.max_ci,
    "max_cost_per_compute": _max_cost_per_compute,
    "max_latency": place_check.max_latency,
    "max_share": size_check.max_share,
    "min_separation_km": place_check.min_separation_km,
    "min_share": size_check.min_share,
    "moratorium": place_check.moratorium,
    "renewable_share": carbon_check.energy_share,
    "required": place_check.required,
    "screen": place_check.screen,
    "site_count": size_check.site_count,
    "site_size": size_check.site_size,
    "survive_loss": survive_loss,
    "training_domain": place_check.training_domain,
    "water": size_check.water,
}
"""The re-check of each kind; a limit of the user's own has the one that `add_recheck` gives it, or none."""

OWN_LINES: dict[str, tuple[str, ...]] = {}
"""Ledger lines that the parts of a user's own limits charge, by the kind of the limit; their re-check covers them."""


def add_recheck(kind: str, check: Recheck, lines: Sequence[str] = ()) -> None:
    """Add the re-check of a limit of one's own.

    Parameters
    ----------
    kind : str
        The `kind` of the limit.
    check : callable
        Function of a plan and the limit; it returns checks as `siting.verify.tolerances` makes them.
    lines : sequence of str, optional
        Ledger lines that the limit's parts charge.

    Raises
    ------
    SitingError
        A limit that ships has this kind.
    """
    if kind in RECHECK and kind not in OWN_LINES:
        raise SitingError(f"limit `{kind}` ships with its re-check: choose another kind for a limit of your own")
    RECHECK[kind], OWN_LINES[kind] = check, tuple(lines)
