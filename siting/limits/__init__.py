"""Limits, one file each. Importing the package registers every `kind` for scenario files."""

from siting.limits.budget import Budget as Budget
from siting.limits.carbon_free_share import CarbonFreeShare as CarbonFreeShare
from siting.limits.climate import ClimateLimit as ClimateLimit
from siting.limits.efficiency_duty import EfficiencyDuty as EfficiencyDuty
from siting.limits.emissions_cap import EmissionsCap as EmissionsCap
from siting.limits.emissions_gate import EmissionsGate as EmissionsGate
from siting.limits.excluded import Excluded as Excluded
from siting.limits.existing import Existing as Existing
from siting.limits.export_control import ExportControl as ExportControl
from siting.limits.grid_headroom import GridHeadroom as GridHeadroom
from siting.limits.jobs import Jobs as Jobs
from siting.limits.jurisdictions import Jurisdictions as Jurisdictions
from siting.limits.max_ci import MaxCi as MaxCi
from siting.limits.max_cost_per_compute import MaxCostPerCompute as MaxCostPerCompute
from siting.limits.max_latency import MaxLatency as MaxLatency
from siting.limits.max_share import MaxShare as MaxShare
from siting.limits.min_separation_km import MinSeparationKm as MinSeparationKm
from siting.limits.min_share import MinShare as MinShare
from siting.limits.moratorium import Moratorium as Moratorium
from siting.limits.renewable_share import RenewableShare as RenewableShare
from siting.limits.required import Required as Required
from siting.limits.screen import Screen as Screen
from siting.limits.site_count import SiteCount as SiteCount
from siting.limits.site_size import SiteSize as SiteSize
from siting.limits.survive_loss import SurviveLoss as SurviveLoss
from siting.limits.training_domain import TrainingDomain as TrainingDomain
from siting.limits.water import WaterUse as WaterUse

__all__ = sorted(name for name in globals() if name[0].isupper())  # noqa: PLE0605  (a new one needs its import only)
