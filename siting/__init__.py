"""Where should AI-training compute be built? Places, sizes and cooling with the least emissions per compute, with proof."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from siting.errors import DataError as DataError
    from siting.errors import InfeasibleError as InfeasibleError
    from siting.errors import ScenarioError as ScenarioError
    from siting.errors import SitingError as SitingError
    from siting.errors import StudyError as StudyError
    from siting.errors import UnprovenError as UnprovenError
    from siting.limits import Budget as Budget
    from siting.limits import CarbonFreeShare as CarbonFreeShare
    from siting.limits import ClimateLimit as ClimateLimit
    from siting.limits import EfficiencyDuty as EfficiencyDuty
    from siting.limits import EmissionsCap as EmissionsCap
    from siting.limits import EmissionsGate as EmissionsGate
    from siting.limits import Excluded as Excluded
    from siting.limits import Existing as Existing
    from siting.limits import GridHeadroom as GridHeadroom
    from siting.limits import Jobs as Jobs
    from siting.limits import Jurisdictions as Jurisdictions
    from siting.limits import MaxCi as MaxCi
    from siting.limits import MaxCostPerCompute as MaxCostPerCompute
    from siting.limits import MaxLatency as MaxLatency
    from siting.limits import MaxShare as MaxShare
    from siting.limits import MinSeparationKm as MinSeparationKm
    from siting.limits import MinShare as MinShare
    from siting.limits import Moratorium as Moratorium
    from siting.limits import RenewableShare as RenewableShare
    from siting.limits import Required as Required
    from siting.limits import Screen as Screen
    from siting.limits import SiteCount as SiteCount
    from siting.limits import SiteSize as SiteSize
    from siting.limits import SurviveLoss as SurviveLoss
    from siting.limits import TrainingDomain as TrainingDomain
    from siting.limits import WaterUse as WaterUse
    from siting.objectives import Cost as Cost
    from siting.objectives import CostPerCompute as CostPerCompute
    from siting.objectives import CoveredDemand as CoveredDemand
    from siting.objectives import Emissions as Emissions
    from siting.objectives import EmissionsPerCompute as EmissionsPerCompute
    from siting.objectives import MeanLatency as MeanLatency
    from siting.objectives import Sites as Sites
    from siting.objectives import Water as Water
    from siting.objectives import WorstLatency as WorstLatency
    from siting.plan.plan import Plan as Plan
    from siting.problem.prepare import prepare as prepare
    from siting.problem.problem import Problem as Problem
    from siting.scenario.contracts import PowerContract as PowerContract
    from siting.scenario.contracts import ResidualMix as ResidualMix
    from siting.scenario.limit import Limit as Limit
    from siting.scenario.objective import Objective as Objective
    from siting.scenario.scenario import Scenario as Scenario
    from siting.show.figures.layer_maps import plot_layer as plot_layer
    from siting.show.figures.layer_maps import plot_layers as plot_layers
    from siting.show.figures.layer_maps import plot_regret as plot_regret
    from siting.solver.analysis.diagnose import Diagnosis as Diagnosis
    from siting.solver.analysis.diagnose import diagnose as diagnose
    from siting.solver.analysis.near_optimal import Alternatives as Alternatives
    from siting.solver.analysis.near_optimal import alternatives as alternatives
    from siting.solver.analysis.regret import Explanation as Explanation
    from siting.solver.analysis.regret import explain as explain
    from siting.solver.solve import solve as solve
    from siting.study.change import change as change
    from siting.study.compare import Comparison as Comparison
    from siting.study.compare import compare as compare
    from siting.study.frontier import Frontier as Frontier
    from siting.study.frontier import frontier as frontier
    from siting.study.runs.sweep import Sweep as Sweep
    from siting.study.runs.sweep import read_sweep as read_sweep
    from siting.study.runs.sweep import sweep as sweep
    from siting.study.runs.vary import latin_hypercube as latin_hypercube
    from siting.study.session import Study as Study
    from siting.study.site_frequency import site_heat as site_heat
    from siting.study.threshold import Threshold as Threshold
    from siting.study.threshold import threshold as threshold
    from siting.study.todays_pattern import today as today
    from siting.study.training_runs import published_runs as published_runs
    from siting.study.training_setting import Setting as Setting
    from siting.study.training_setting import patterson_waterfall as patterson_waterfall
    from siting.study.training_setting import published_setting as published_setting
    from siting.study.training_setting import setting as setting
    from siting.study.training_setting import waterfall as waterfall
    from siting.study.uncertainty.ensemble import Ensemble as Ensemble
    from siting.study.uncertainty.ensemble import ensemble as ensemble
    from siting.study.uncertainty.inputs import uncertain_inputs as uncertain_inputs
    from siting.study.uncertainty.robust import Robust as Robust
    from siting.study.uncertainty.robust import robust as robust
    from siting.world.climate import Climate as Climate
    from siting.world.climate import climate_at as climate_at
    from siting.world.climate import read_epw as read_epw
    from siting.world.climate import read_hours as read_hours
    from siting.world.latency.round_trips import rtt_ms as rtt_ms
    from siting.world.latency.round_trips import rtt_quality as rtt_quality
    from siting.world.place_facts import place as place

__version__ = "0.2.0"

_HOME = {
    "DataError": "siting.errors",
    "InfeasibleError": "siting.errors",
    "ScenarioError": "siting.errors",
    "SitingError": "siting.errors",
    "StudyError": "siting.errors",
    "UnprovenError": "siting.errors",
    "Budget": "siting.limits",
    "CarbonFreeShare": "siting.limits",
    "ClimateLimit": "siting.limits",
    "EfficiencyDuty": "siting.limits",
    "EmissionsCap": "siting.limits",
    "EmissionsGate": "siting.limits",
    "Excluded": "siting.limits",
    "Existing": "siting.limits",
    "GridHeadroom": "siting.limits",
    "Jobs": "siting.limits",
    "Jurisdictions": "siting.limits",
    "MaxCi": "siting.limits",
    "MaxCostPerCompute": "siting.limits",
    "MaxLatency": "siting.limits",
    "MaxShare": "siting.limits",
    "MinSeparationKm": "siting.limits",
    "MinShare": "siting.limits",
    "Moratorium": "siting.limits",
    "RenewableShare": "siting.limits",
    "Required": "siting.limits",
    "Screen": "siting.limits",
    "SiteCount": "siting.limits",
    "SiteSize": "siting.limits",
    "SurviveLoss": "siting.limits",
    "TrainingDomain": "siting.limits",
    "WaterUse": "siting.limits",
    "PowerContract": "siting.scenario.contracts",
    "ResidualMix": "siting.scenario.contracts",
    "Limit": "siting.scenario.limit",
    "Objective": "siting.scenario.objective",
    "Plan": "siting.plan.plan",
    "prepare": "siting.problem.prepare",
    "Problem": "siting.problem.problem",
    "Scenario": "siting.scenario.scenario",
    "Cost": "siting.objectives",
    "CostPerCompute": "siting.objectives",
    "CoveredDemand": "siting.objectives",
    "Emissions": "siting.objectives",
    "EmissionsPerCompute": "siting.objectives",
    "MeanLatency": "siting.objectives",
    "Sites": "siting.objectives",
    "Water": "siting.objectives",
    "WorstLatency": "siting.objectives",
    "plot_layer": "siting.show.figures.layer_maps",
    "plot_layers": "siting.show.figures.layer_maps",
    "plot_regret": "siting.show.figures.layer_maps",
    "Alternatives": "siting.solver.analysis.near_optimal",
    "alternatives": "siting.solver.analysis.near_optimal",
    "Explanation": "siting.solver.analysis.regret",
    "explain": "siting.solver.analysis.regret",
    "Diagnosis": "siting.solver.analysis.diagnose",
    "diagnose": "siting.solver.analysis.diagnose",
    "solve": "siting.solver.solve",
    "change": "siting.study.change",
    "Comparison": "siting.study.compare",
    "compare": "siting.study.compare",
    "Ensemble": "siting.study.uncertainty.ensemble",
    "ensemble": "siting.study.uncertainty.ensemble",
    "Frontier": "siting.study.frontier",
    "frontier": "siting.study.frontier",
    "site_heat": "siting.study.site_frequency",
    "Robust": "siting.study.uncertainty.robust",
    "robust": "siting.study.uncertainty.robust",
    "published_runs": "siting.study.training_runs",
    "Setting": "siting.study.training_setting",
    "patterson_waterfall": "siting.study.training_setting",
    "published_setting": "siting.study.training_setting",
    "setting": "siting.study.training_setting",
    "waterfall": "siting.study.training_setting",
    "Study": "siting.study.session",
    "Sweep": "siting.study.runs.sweep",
    "read_sweep": "siting.study.runs.sweep",
    "sweep": "siting.study.runs.sweep",
    "Threshold": "siting.study.threshold",
    "threshold": "siting.study.threshold",
    "today": "siting.study.todays_pattern",
    "uncertain_inputs": "siting.study.uncertainty.inputs",
    "latin_hypercube": "siting.study.runs.vary",
    "Climate": "siting.world.climate",
    "climate_at": "siting.world.climate",
    "read_epw": "siting.world.climate",
    "read_hours": "siting.world.climate",
    "rtt_ms": "siting.world.latency.round_trips",
    "rtt_quality": "siting.world.latency.round_trips",
    "place": "siting.world.place_facts",
}
"""Public names and the module each lives in: nothing heavy is imported until it is used."""

__all__ = [*_HOME, "__version__"]  # noqa: PLE0604  (names come from the table above)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOME:
        raise AttributeError(f"module `siting` has no `{name}`: it has {', '.join(_HOME)}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
