"""One file, one objective. Importing this room makes every `objective` known to scenario files."""

from siting.objectives.cost import Cost
from siting.objectives.cost_per_compute import CostPerCompute
from siting.objectives.covered_demand import CoveredDemand
from siting.objectives.emissions import Emissions
from siting.objectives.emissions_per_compute import EmissionsPerCompute
from siting.objectives.mean_latency import MeanLatency
from siting.objectives.sites import Sites
from siting.objectives.water import Water
from siting.objectives.worst_latency import WorstLatency

__all__ = [
    "Cost",
    "CostPerCompute",
    "CoveredDemand",
    "Emissions",
    "EmissionsPerCompute",
    "MeanLatency",
    "Sites",
    "Water",
    "WorstLatency",
]
