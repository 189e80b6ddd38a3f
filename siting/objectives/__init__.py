"""Objectives, one file each. Importing the package registers every `objective` for scenario files."""

from siting.objectives.cost import Cost as Cost
from siting.objectives.cost_per_compute import CostPerCompute as CostPerCompute
from siting.objectives.covered_demand import CoveredDemand as CoveredDemand
from siting.objectives.emissions import Emissions as Emissions
from siting.objectives.emissions_per_compute import EmissionsPerCompute as EmissionsPerCompute
from siting.objectives.mean_latency import MeanLatency as MeanLatency
from siting.objectives.sites import Sites as Sites
from siting.objectives.water import Water as Water
from siting.objectives.worst_latency import WorstLatency as WorstLatency

__all__ = sorted(name for name in globals() if name[0].isupper())  # noqa: PLE0605  (a new one needs its import only)
