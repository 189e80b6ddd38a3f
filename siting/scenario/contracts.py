"""Electricity that the planner buys with its attributes, and what nobody has bought: the words of a scenario."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from siting.scenario.field_types import NotNegative, Positive
from siting.scenario.schema import Frozen
from siting.world.grid.zones import Scope

FLAT = "flat"
"""The shape of a contract that delivers the same in every hour."""
HOURS_OF_A_DAY = 24


class PowerContract(Frozen):
    """Electricity bought with its attributes, for the sites of one grid zone.

    A contract changes what a plan emits by contract, not what it pays: its price is taken to be the zone's.

    Attributes
    ----------
    name : str
        As the plan is to call it, each its own.
    zone : str
        Grid zone in which it counts: `SE-SE1`.
    mwh_per_year : float
        Delivered in a year [MWh/a], above 0. What is delivered beyond the zone's load counts for nothing.
    g_per_kwh : float
        Carbon intensity of what is delivered [gCO2e/kWh], 0 or more.
    matching : {"annual", "hourly"}
        Whether it covers the load of the year, or of each hour no more than it delivers in it.
    shape : str or tuple of float or None
        Of an hourly contract: `flat`, 24 numbers (the hours of a day in UTC, every day alike), or a CSV file with a
        column `mwh` of 8,760 hours in UTC from 1 January. Numbers are scaled to `mwh_per_year`.
    scope : {"lifecycle", "direct"}
        What `g_per_kwh` counts: the scope of the plan, as scopes are not added up.
    signal : {"average"}
        What a contract states is always an average.
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
            raise ValueError(f"contract `{self.name}` is matched by the hour and has no shape: {offered}")
        if self.matching == "annual" and self.shape is not None:
            raise ValueError(
                f"contract `{self.name}` is matched by the year, where a shape says nothing: leave `shape` out, or say "
                'matching = "hourly"'
            )
        if isinstance(self.shape, tuple) and (len(self.shape) != HOURS_OF_A_DAY or not sum(self.shape) > 0):
            raise ValueError(
                f"contract `{self.name}`: `shape` has {len(self.shape)} numbers that sum to {sum(self.shape):g}: {offered}"
            )
        return self

    @property
    def file(self) -> str | None:
        """Name of the file that holds the hours, None where there is none."""
        return self.shape if isinstance(self.shape, str) and self.shape != FLAT else None


class ResidualMix(Frozen):
    """What electricity emits that nobody has bought with its attributes, in one grid zone.

    Attributes
    ----------
    zone : str
        Grid zone.
    g_per_kwh : float
        Carbon intensity [gCO2e/kWh], 0 or more.
    scope : {"lifecycle", "direct"}
        What it counts: the scope of the plan.
    source : str
        Where the number comes from; no residual mix is shipped.
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
    """Say what of the contracts does not fit each other or the method in which the plan counts carbon.

    Parameters
    ----------
    contracts, residual_mix : sequence of PowerContract, sequence of ResidualMix
        Of the scenario.
    scope, signal, basis : str
        Of its `minimise.carbon`.

    Returns
    -------
    list of str
        A line a fault.
    """
    faults = []
    if basis == "market" and not contracts and not residual_mix:
        faults.append(
            'carbon basis "market" needs contracts: give `[[contracts]]` (zone, mwh_per_year, g_per_kwh), '
            '`[[residual_mix]]`, or say basis = "location"'
        )
    faults += [f"`contracts`: {n} have the name `{name}`: give each its own" for name, n in _twice(contracts, "name")]
    faults += [f"`residual_mix`: zone `{z}` has {n}: give it one" for z, n in _twice(residual_mix, "zone")]
    told = [(f"contract `{c.name}`", c.scope) for c in contracts]
    told += [(f"residual mix of `{r.zone}`", r.scope) for r in residual_mix]
    faults += [
        f"{what} counts {other}, the plan counts {scope}: bring both to one scope (`scope`, `minimise.carbon`)"
        for what, other in told
        if other != scope
    ]
    if told and signal != "average":
        faults.append(
            f"contracts are counted with average factors, the plan counts {signal} ones: marginal factors are for "
            'decisions, not for what a contract covers; say signal = "average"'
        )
    return faults


def _twice(things: Sequence[Frozen], field: str) -> list[tuple[str, int]]:
    return [(str(k), n) for k, n in Counter(getattr(x, field) for x in things).items() if n > 1]
