"""Cooling: PUE and WUE of a design, hour by hour, from the outside air and the plant's parameters."""

from siting.physics.cooling.performance import (
    DESIGNS,
    MODEL_SOURCE,
    PRESETS,
    CoolingParameters,
    Design,
    balance,
    balance_of,
    parameter_ranges,
    preset,
    pue,
    wue_l_per_kwh,
)

__all__ = [
    "DESIGNS",
    "MODEL_SOURCE",
    "PRESETS",
    "CoolingParameters",
    "Design",
    "balance",
    "balance_of",
    "parameter_ranges",
    "preset",
    "pue",
    "wue_l_per_kwh",
]
