"""One file, one limit. Importing this room makes every `kind` known to scenario files."""

from siting.limits.budget import Budget
from siting.limits.capacity import Capacity
from siting.limits.grid_headroom import GridHeadroom
from siting.limits.incentives import Incentives
from siting.limits.max_latency import MaxLatency
from siting.limits.one_design import OneDesign
from siting.limits.renewable_share import RenewableShare
from siting.limits.screen import Screen
from siting.limits.serve import Serve
from siting.limits.site_count import SiteCount

ALWAYS = (Serve(), Capacity(), OneDesign(), Incentives())
"""What holds in every plan, whatever the scenario says."""

__all__ = [
    "ALWAYS",
    "Budget",
    "Capacity",
    "GridHeadroom",
    "Incentives",
    "MaxLatency",
    "OneDesign",
    "RenewableShare",
    "Screen",
    "Serve",
    "SiteCount",
]
