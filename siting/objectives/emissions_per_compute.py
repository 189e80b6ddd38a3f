"""Emissions per unit of training compute: the default objective."""

from typing import TYPE_CHECKING, ClassVar, Literal

from siting.problem.rows import Linear
from siting.scenario.objective import Objective

if TYPE_CHECKING:
    from siting.problem.problem import Problem

GRAMS_PER_TONNE = 1e6


class EmissionsPerCompute(Objective):
    """Minimise gCO2e per EFLOP, operational and embodied, over the whole plan.

    ``(sum e_op[o] load_mw[o] + sum e_halls[o] halls[o]) / (8760 * eflop_per_mwh_it * sum load_mw)``.
    If all demand is served, the denominator is constant and the objective is linear;
    with elastic demand the ratio is minimised exactly (Dinkelbach).

    References
    ----------
    W. Dinkelbach (1967), On nonlinear fractional programming, Management Science 13(7), 492-498.
    """

    objective: Literal["emissions_per_compute"] = "emissions_per_compute"
    ties_are_many: ClassVar[bool] = False

    def linear(self, problem: "Problem") -> Linear:
        """Return the emissions [tCO2e/a]."""
        return problem.emissions

    def per(self, problem: "Problem") -> Linear:
        """Return the compute that is served [EFLOP/a]."""
        return problem.compute

    def in_unit(self, problem: "Problem", value: float) -> float:
        """Return gCO2e per EFLOP for tCO2e per EFLOP."""
        return value * GRAMS_PER_TONNE

    @property
    def unit(self) -> str:
        """Unit of the objective."""
        return "gCO2e/EFLOP"
