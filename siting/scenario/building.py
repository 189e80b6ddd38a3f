"""What a site is built of: accelerators, halls and cooling designs."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from siting.errors import listed, nearest
from siting.physics.cooling.performance import DESIGNS
from siting.scenario.field_types import Positive, PositiveShare, Share
from siting.world.catalogue import Accelerator, accelerator
from siting.world.policy.country_names import country_code, country_hint
from siting.world.policy.export_control import listed_owners
from siting.world.user_values.strict_model import Frozen


class Hardware(Frozen):
    """Accelerator, its utilisation in training, and the estimate of its embodied carbon.

    Attributes
    ----------
    accelerator : str
        A row of the `hardware` table.
    precision : {"bf16", "fp8"}
        Precision of the training, and of the peak rate that `mfu` refers to.
    mfu : float
        Model-FLOP utilisation: share of the peak rate at `precision` that trains the model, above 0 to 1. The default is
        of runs in BF16; against the FP8 peak, which is twice as high, about half of it is reached.
    server_power_w : float or None
        Mean draw in training per accelerator with its share of host and fabric [W], as measured by the planner; None
        takes the value of the catalogue. It sets energy.
    nameplate_w : float or None
        IT power to build per accelerator, host and fabric included [W]; None takes the value of the catalogue. It sets
        peak power and the number of accelerators in a hall.
    embodied : {"low", "mid", "high"}
        The end of the catalogue's interval of embodied carbon, or its middle.
    embodied_boundary : {"with_host", "board"}
        What embodied carbon covers: the board with its share of host, storage and network, or the board alone.
    owner_country : str
        Seat of the owner of the accelerators, or of its parent, for export control: a code or name of a country.
    owner : str or None
        The owner, where an export rule names it (`siting data show export_rules`); None for any other.
    """

    accelerator: str = "NVIDIA B200"
    precision: Literal["bf16", "fp8"] = "bf16"
    server_power_w: Positive | None = None
    nameplate_w: Positive | None = None
    mfu: PositiveShare = 0.38
    embodied: Literal["low", "mid", "high"] = "mid"
    embodied_boundary: Literal["with_host", "board"] = "with_host"
    owner_country: str = "US"
    owner: str | None = None

    @field_validator("owner_country")
    @classmethod
    def _is_a_country(cls, value: str) -> str:
        if (code := country_code(value)) is None:
            raise ValueError(f"is `{value[:60]}`: no country is called so{country_hint(value[:60])}")
        return code

    @field_validator("owner")
    @classmethod
    def _is_listed(cls, value: str | None) -> str | None:
        if value is not None and value not in (known := listed_owners()):
            hint = nearest(value[:60], known)
            raise ValueError(
                f"is `{value[:60]}`{hint or ':'} export rules name {listed(known)}; leave out any other owner"
            )
        return value

    @property
    def chip(self) -> Accelerator:
        """The accelerator with its rate at `precision`, power and embodied carbon."""
        return accelerator(
            self.accelerator, self.precision, self.server_power_w, self.nameplate_w, self.embodied_boundary
        )


class Building(Frozen):
    """The module that a site is built of, and the cooling designs that are available.

    Attributes
    ----------
    hall_mw : float
        IT power of a hall [MW], above 0: the nameplate of its accelerators.
    min_halls : int
        Smallest number of halls of a site.
    utilisation_max : float
        Largest mean draw of a site over what its accelerators draw while all of them train [0-1].
    utilisation_min : float
        Least mean draw of a built site over what its accelerators draw while all of them train [0-1], so that no hall
        is bought to remain empty; 0 for none (the default is an assumption).
    cooling : tuple of str
        Designs to choose from; `seawater` is available where the sea is within reach. Those that cool by outside air
        alone are left out for an accelerator that only liquid cools.
    cooling_preset : {"default", "best_practice"}
        Plant parameters of every design: the midpoint of every published range, or its better end.
    sea_reach_km : float
        Largest distance to the sea of a site that cools with it [km] (the default is an assumption).
    """

    hall_mw: Positive = 20.0
    min_halls: Annotated[int, Field(ge=1)] = 2
    utilisation_max: PositiveShare = 0.9
    utilisation_min: Share = 0.6
    cooling: tuple[str, ...] = ("airside_economizer_adiabatic", "waterside_economizer", "direct_liquid")
    cooling_preset: Literal["default", "best_practice"] = "default"
    sea_reach_km: Annotated[float, Field(ge=0, le=50)] = 5.0

    @model_validator(mode="after")
    def _known_designs(self) -> Self:
        unknown = [d for d in self.cooling if d not in DESIGNS]
        if unknown or not self.cooling or len(set(self.cooling)) < len(self.cooling):
            raise ValueError(f"`cooling` is {list(self.cooling)}: name one or more of {', '.join(DESIGNS)}, each once")
        return self

    @model_validator(mode="after")
    def _least_use_below_most(self) -> Self:
        if self.utilisation_min > self.utilisation_max:
            raise ValueError(
                f"`utilisation_min` is {self.utilisation_min:g}, above `utilisation_max`, {self.utilisation_max:g}: "
                "lower `utilisation_min` (0 sets no least use)"
            )
        return self
