"""Power contracts and residual mixes of a scenario."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from siting.scenario.field_types import NotNegative, Positive
from siting.world.grid.zones import Scope
from siting.world.user_values.strict_model import Frozen

FLAT = "flat"
"""Shape of a contract that delivers the same energy in every hour."""
HOURS_OF_A_DAY = 24


class PowerContract(Frozen):
    """Electricity bought with its attributes, for the sites of one grid zone.

    A contract changes the market-based emissions of a plan, not its cost: its price is taken to be the zone's.

    Attributes
    ----------
    name : str
        Unique name of the contract.
    zone : str
        Grid zone in which it counts: `SE-SE1`.
    mwh_per_year : float
        Energy delivered in a year [MWh/a], above 0. Energy beyond the zone's load does not count.
    g_per_kwh : float
        Carbon intensity of the energy delivered [gCO2e/kWh], 0 or more.
    matching : {"annual", "hourly"}
        Covers the load of the year, or in each hour at most the energy delivered in that hour.
    shape : str or tuple of float or None
        For an hourly contract: `flat`, 24 numbers (the hours of a day in UTC, every day alike), or a CSV file with a
        column `mwh` of 8,760 hours in UTC from 1 January. Numbers are scaled to `mwh_per_year`.
    scope : {"lifecycle", "direct"}
        Scope of `g_per_kwh`, equal to that of the plan: scopes are not added up.
    signal : {"average"}
        A contract always states an average.
    """

    name: Annotated[str, Field(pattern=r"^\w[\w .-]*$")]
    zone: str
    mwh_per_year: Positive
    g_per_kwh: NotNegative
    matching: Literal["annual", "hourly"] = "annual"
    shape: tuple[NotNegative, ...] | str | None = None
    scope: Scope = "lifecycle"
    signal: Literal["average"] = "average"

    @model_validator(mode="after")
    def _shape_fits_the_matching(self) -> Self:
        offered = f'give `shape` = "{FLAT}", {HOURS_OF_A_DAY} numbers, or a CSV file with a column `mwh` of 8,760 hours'
        if self.matching == "hourly" and self.shape is None:
            raise ValueError(f"contract `{self.name}` is matched hourly and has no shape: {offered}")
        if self.matching == "annual" and self.shape is not None:
            raise ValueError(
                f"contract `{self.name}` is matched annually, where a shape has no effect: leave `shape` out, or set "
                'matching = "hourly"'
            )
        if isinstance(self.shape, tuple) and (len(self.shape) != HOURS_OF_A_DAY or not sum(self.shape) > 0):
            raise ValueError(
                f"contract `{self.name}`: `shape` has {len(self.shape)} numbers that sum to {sum(self.shape):g}: {offered}"
            )
        return self

    @property
    def file(self) -> str | None:
        """Name of the file that holds the hours, or None."""
        return self.shape if isinstance(self.shape, str) and self.shape != FLAT else None


class ResidualMix(Frozen):
    """Carbon intensity of electricity that is not bought with its attributes, in one grid zone.

    Attributes
    ----------
    zone : str
        Grid zone.
    g_per_kwh : float
        Carbon intensity [gCO2e/kWh], 0 or more.
    scope : {"lifecycle", "direct"}
        Its scope, equal to that of the plan.
    source : str
        Source of the number; no residual mix is shipped.
    """

    zone: str
    g_per_kwh: NotNegative
    scope: Scope = "lifecycle"
    source: Annotated[str, Field(min_length=1)]


def contract_faults(
    contracts: Sequence[PowerContract],
    residual_mix: Sequence[ResidualMix],
    *,
    scope: str,
    signal: str,
    basis: str,
) -> list[str]:
    """Return conflicts among the contracts, and between them and the carbon method of the plan.

    Parameters
    ----------
    contracts, residual_mix : sequence of PowerContract, sequence of ResidualMix
        Contracts and residual mixes of the scenario.
    scope, signal, basis : str
        Fields of its `minimise.carbon`.

    Returns
    -------
    list of str
        One line per fault.
    """
    faults = []
    if basis == "market" and not contracts and not residual_mix:
        faults.append(
            'carbon basis "market" needs contracts: give `[[contracts]]` (zone, mwh_per_year, g_per_kwh), '
            '`[[residual_mix]]`, or set basis = "location"'
        )
    faults += [f"`contracts`: {n} have the name `{name}`: give each its own" for name, n in _twice(contracts, "name")]
    faults += [f"`residual_mix`: zone `{z}` has {n}: give it one" for z, n in _twice(residual_mix, "zone")]
    scopes = [(f"contract `{c.name}`", c.scope) for c in contracts]
    scopes += [(f"residual mix of `{r.zone}`", r.scope) for r in residual_mix]
    faults += [
        f"{what} counts {other}, the plan counts {scope}: bring both to one scope (`scope`, `minimise.carbon`)"
        for what, other in scopes
        if other != scope
    ]
    if scopes and signal != "average":
        faults.append(
            f"contracts are counted with average factors, the plan counts {signal} ones: marginal factors are for "
            'decisions, not for the coverage of a contract; set signal = "average"'
        )
    return faults


def _twice(things: Sequence[Frozen], field: str) -> list[tuple[str, int]]:
    return [(str(k), n) for k, n in Counter(getattr(x, field) for x in things).items() if n > 1]
