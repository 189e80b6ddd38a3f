"""What a site is built of: accelerators, halls and cooling designs."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from siting.physics.cooling.performance import DESIGNS
from siting.scenario.field_types import Positive, PositiveShare
from siting.scenario.schema import Frozen


class Hardware(Frozen):
    """Accelerator, its utilisation in training, and the estimate of its embodied carbon.

    Attributes
    ----------
    accelerator : str
        A row of the `hardware` table.
    precision : {"bf16", "fp8"}
        Precision of the training, and of the peak rate that `mfu` refers to.
    mfu : float
        Model-FLOP utilisation: share of the peak rate that trains the model, above 0 to 1.
    server_power_w : float or None
        Power per accelerator with its share of the host [W], as measured by the planner; None takes the value of
        the catalogue, which is mostly a maximum. It also sets the number of servers in a hall.
    embodied : {"low", "mid", "high"}
        Vendor's figure, the middle, or the component LCA.
    """

    accelerator: str = "NVIDIA H100 SXM5"
    precision: Literal["bf16", "fp8"] = "bf16"
    server_power_w: Positive | None = None
    mfu: PositiveShare = 0.38
    embodied: Literal["low", "mid", "high"] = "mid"


class Building(Frozen):
    """The module that a site is built of, and the cooling designs that are available.

    Attributes
    ----------
    hall_mw : float
        IT power of a hall [MW], above 0.
    min_halls : int
        Smallest number of halls of a site.
    utilisation_max : float
        Largest mean draw over capacity [0-1].
    cooling : tuple of str
        Designs to choose from; `seawater` is available where the sea is within reach.
    cooling_preset : {"default", "best_practice"}
        Plant parameters of every design: the midpoint of every published range, or its better end.
    sea_reach_km : float
        Largest distance to the sea of a site that cools with it [km] (the default is an assumption).
    """

    hall_mw: Positive = 20.0
    min_halls: Annotated[int, Field(ge=1)] = 2
    utilisation_max: PositiveShare = 0.9
    cooling: tuple[str, ...] = ("airside_economizer_adiabatic", "waterside_economizer")
    cooling_preset: Literal["default", "best_practice"] = "default"
    sea_reach_km: Annotated[float, Field(ge=0, le=50)] = 5.0

    @model_validator(mode="after")
    def _known_designs(self) -> Self:
        unknown = [d for d in self.cooling if d not in DESIGNS]
        if unknown or not self.cooling or len(set(self.cooling)) < len(self.cooling):
            raise ValueError(f"`cooling` is {list(self.cooling)}: name one or more of {', '.join(DESIGNS)}, each once")
        return self
