"""One file, one objective. Importing this room makes every `objective` known to scenario files."""

from siting.objectives.cost import Cost
from siting.objectives.emissions_per_compute import EmissionsPerCompute

__all__ = ["Cost", "EmissionsPerCompute"]
