"""The parts that every problem is made of; a limit of the scenario may add its own (`Limit.parts`)."""

from siting.problem.part import Part, PartInputs
from siting.problem.parts.capacity import Capacity
from siting.problem.parts.contracts import Contracts
from siting.problem.parts.incentives import Incentives
from siting.problem.parts.service import Service
from siting.problem.parts.unmet_demand import UnmetDemand
from siting.problem.parts.utilisation import Utilisation

PARTS: tuple[type[Part], ...] = (Service, UnmetDemand, Capacity, Utilisation, Incentives, Contracts)
"""In the order of their rows; a warm start sets their variables in this order, too."""

__all__ = ["PARTS", "Capacity", "Contracts", "Incentives", "Service", "UnmetDemand", "Utilisation", "parts_of"]


def parts_of(inputs: PartInputs) -> tuple[Part, ...]:
    """Return the parts of a scenario: those of `PARTS` that it needs, then those that its limits bring."""
    prepared = [part for kind in PARTS if (part := kind.prepare(inputs)) is not None]
    return (*prepared, *(part for limit in inputs.scenario.limits for part in limit.parts(inputs)))
