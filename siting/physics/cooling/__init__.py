"""Cooling: PUE and WUE of a design, hour by hour, from the outside air and the plant's parameters."""

from siting.physics.cooling.parameters import CoolingParameters as CoolingParameters
from siting.physics.cooling.performance import DESIGNS as DESIGNS
from siting.physics.cooling.performance import MODEL_SOURCE as MODEL_SOURCE
from siting.physics.cooling.performance import PRESETS as PRESETS
from siting.physics.cooling.performance import Design as Design
from siting.physics.cooling.performance import balance as balance
from siting.physics.cooling.performance import balance_of as balance_of
from siting.physics.cooling.performance import preset as preset
from siting.physics.cooling.performance import pue as pue
from siting.physics.cooling.performance import wue_l_per_kwh as wue_l_per_kwh
from siting.physics.cooling.ranges import parameter_ranges as parameter_ranges
