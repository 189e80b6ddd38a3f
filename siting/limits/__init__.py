"""One file, one limit. Importing this room makes every `kind` known to scenario files."""

from siting.limits.budget import Budget
from siting.limits.carbon_free_share import CarbonFreeShare
from siting.limits.climate import ClimateLimit
from siting.limits.efficiency_duty import EfficiencyDuty
from siting.limits.emissions_cap import EmissionsCap
from siting.limits.emissions_gate import EmissionsGate
from siting.limits.excluded import Excluded
from siting.limits.existing import Existing
from siting.limits.grid_headroom import GridHeadroom
from siting.limits.jobs import Jobs
from siting.limits.jurisdictions import Jurisdictions
from siting.limits.max_ci import MaxCi
from siting.limits.max_cost_per_compute import MaxCostPerCompute
from siting.limits.max_latency import MaxLatency
from siting.limits.max_share import MaxShare
from siting.limits.min_separation_km import MinSeparationKm
from siting.limits.min_share import MinShare
from siting.limits.moratorium import Moratorium
from siting.limits.renewable_share import RenewableShare
from siting.limits.required import Required
from siting.limits.screen import Screen
from siting.limits.site_count import SiteCount
from siting.limits.site_size import SiteSize
from siting.limits.survive_loss import SurviveLoss
from siting.limits.training_domain import TrainingDomain
from siting.limits.water import WaterUse

__all__ = [
    "Budget",
    "CarbonFreeShare",
    "ClimateLimit",
    "EfficiencyDuty",
    "EmissionsCap",
    "EmissionsGate",
    "Excluded",
    "Existing",
    "GridHeadroom",
    "Jobs",
    "Jurisdictions",
    "MaxCi",
    "MaxCostPerCompute",
    "MaxLatency",
    "MaxShare",
    "MinSeparationKm",
    "MinShare",
    "Moratorium",
    "RenewableShare",
    "Required",
    "Screen",
    "SiteCount",
    "SiteSize",
    "SurviveLoss",
    "TrainingDomain",
    "WaterUse",
]
