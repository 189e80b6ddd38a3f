"""Electricity of a grid zone: carbon intensity by scope, signal and basis, its history, trend and hours."""

from siting.world.grid.zones import (
    Basis,
    Scope,
    Signal,
    Trend,
    ZoneHours,
    history,
    hours,
    intensity,
    intensity_column,
    trend,
    uncertainty,
)

__all__ = [
    "Basis",
    "Scope",
    "Signal",
    "Trend",
    "ZoneHours",
    "history",
    "hours",
    "intensity",
    "intensity_column",
    "trend",
    "uncertainty",
]
