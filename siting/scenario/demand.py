"""Demand of a scenario: power or compute, published training runs, and how much may stay unserved."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from siting.errors import ScenarioError
from siting.physics.compute import FLOP_PER_EFLOP
from siting.scenario.field_types import ClassName, NotNegative, Positive, PositiveShare, Share
from siting.units import HOURS_PER_YEAR
from siting.world.catalogue import workload
from siting.world.policy.country_names import country_code, country_hint
from siting.world.policy.jurisdictions import known_code, members
from siting.world.user_values.data_frames import as_file_name
from siting.world.user_values.strict_model import Frozen

if TYPE_CHECKING:
    import pandas as pd


class TrainingRun(Frozen):
    """A published training run, repeated a number of times a year.

    Attributes
    ----------
    id : str
        A row of the `workloads` table whose compute is known.
    per_year : float
        Number of such runs a year, above 0.
    workload : str
        Workload class of the demand that the run belongs to.
    """

    id: str
    per_year: Positive = 1.0
    workload: ClassName = "batch"

    @property
    def eflop_per_year(self) -> float:
        """Useful compute of the runs of a year [EFLOP/a]."""
        return self.per_year * workload(self.id).compute_flop / FLOP_PER_EFLOP

    @field_validator("id")
    @classmethod
    def _known_compute(cls, value: str) -> str:
        try:
            run = workload(value)
        except ScenarioError as error:
            raise ValueError(str(error)) from error
        if not run.compute_flop > 0:
            raise ValueError(f"no source gives the compute of training run `{value}`: choose a run with known compute")
        return value


class Elastic(Frozen):
    """Minimum that must be served of a demand that need not be served in full.

    One of the two minima is needed: without one every objective is minimised by building nothing.

    Attributes
    ----------
    min_share : float or None
        Smallest share of the demand that is served, over all hubs and classes [0-1], above 0.
    min_eflop_per_year : float or None
        Smallest useful compute [EFLOP/a], above 0.
    unmet_usd_per_mwh : float or None
        Cost of a MWh of IT energy that is not served, such as the price of renting it elsewhere [USD/MWh]; a line
        of the ledger. No emissions are counted for it.
    """

    min_share: PositiveShare | None = None
    min_eflop_per_year: Positive | None = None
    unmet_usd_per_mwh: NotNegative | None = None

    @model_validator(mode="after")
    def _one_minimum(self) -> Self:
        if (self.min_share is None) == (self.min_eflop_per_year is None):
            raise ValueError(
                "give either `min_share` or `min_eflop_per_year`, one of the two: without a minimum of compute "
                "every objective is minimised by building nothing"
            )
        return self


class HubChoice(Frozen):
    """Hubs by country, of the shipped ones.

    Attributes
    ----------
    countries : tuple of str
        Countries by code or name, or `EU`, `EEA`; all countries where none is named.
    by : {"population", "cloud_regions"}
        Which places are hubs and what weighs them: the largest cities by their population, or the metros of today's cloud
        regions by their number.
    """

    countries: tuple[str, ...] = ()
    by: Literal["population", "cloud_regions"] = "population"

    @field_validator("countries")
    @classmethod
    def _are_countries(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        codes = tuple(known_code(name) for name in value)
        if parts := [name for name, code in zip(value, codes, strict=True) if "-" in code]:
            raise ValueError(f"names `{parts[0]}`, a part of a country: name the country, or give a file of hubs")
        return codes

    @property
    def members(self) -> tuple[str, ...]:
        """Countries of the choice, unions by their members."""
        return members(self.countries)


class Demand(Frozen):
    """How much training compute is needed, and from where.

    Attributes
    ----------
    it_mw : float or None
        Mean IT power over the year [MW], above 0. Give this, `eflop_per_year` or `runs`.
    eflop_per_year : float or None
        Useful compute [EFLOP/a], above 0.
    runs : tuple of TrainingRun
        Training runs of the catalogue: their compute is the demand, and `shares` follow from their classes.
    hubs : str or HubChoice
        `cloud_regions`, `population` (cities of a million people and more), a choice by country such as
        `{ countries = ["US", "DE"], by = "population" }`, or a file of places with id, name, lon, lat, weight. In Python also a
        GeoDataFrame of points, or a DataFrame with `lon` and `lat`: it is written to a file named after its content.
    exclude_countries : tuple of str
        Countries, by code or name, whose hubs are left out; the others share the demand by their weights.
    shares : mapping
        Workload class to its share of the demand [0-1]; the shares sum to 1.
    network : {"public_internet", "backbone"}
        What carries the round trips between sites and hubs: routes of public servers, or a cloud's own fibre, which is
        faster; see `siting.rtt_ms`. Measured times of `[latency]` go before both.
    elastic : Elastic or None
        Minimum that must be served; None where all of the demand must be.
    """

    it_mw: Positive | None = None
    eflop_per_year: Positive | None = None
    runs: tuple[TrainingRun, ...] = ()
    hubs: str | HubChoice = "cloud_regions"
    exclude_countries: tuple[str, ...] = ()
    shares: dict[ClassName, Share] = Field(default={"batch": 1.0})
    network: Literal["public_internet", "backbone"] = "public_internet"
    elastic: Elastic | None = None

    @field_validator("hubs", mode="before")
    @classmethod
    def _one_kind_of_hubs(cls, value: Any) -> Any:
        """Read a table of a notebook as the file that holds it, and a choice with the faults of a choice alone."""
        if not isinstance(value, Mapping):
            return as_file_name(value, "hubs")
        try:
            return HubChoice(**value)
        except ScenarioError as error:
            raise ValueError("; ".join(error.faults)) from None

    @field_validator("exclude_countries")
    @classmethod
    def _are_countries(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if country_code(name) is None:
                raise ValueError(f"has `{name[:60]}`: no country is called so{country_hint(name[:60])}")
        return tuple(str(country_code(name)) for name in value)

    def included(self, hubs: "pd.DataFrame") -> "pd.DataFrame":
        """Return the hubs (`country_iso2`, `weight`) that are not in an excluded country.

        Raises
        ------
        ScenarioError
            No hub with a weight is left.
        """
        kept = hubs[~hubs["country_iso2"].isin(self.exclude_countries)].reset_index(drop=True)
        if self.exclude_countries and not kept["weight"].sum() > 0:
            raise ScenarioError(
                "`demand.exclude_countries` leaves no hub with a weight above 0: exclude fewer countries, or name other hubs"
            )
        kept.attrs = dict(hubs.attrs)
        return kept

    @model_validator(mode="after")
    def _one_quantity(self) -> Self:
        given = (self.it_mw is not None, self.eflop_per_year is not None, bool(self.runs))
        if sum(given) != 1:
            raise ValueError("give either `it_mw`, `eflop_per_year` or `runs`, one of the three")
        if self.runs:
            self._take_shares_of_runs()
        if abs(sum(self.shares.values()) - 1.0) > 1e-9:
            raise ValueError(f"`shares` sum to {sum(self.shares.values()):g}: let them sum to 1")
        return self

    def _take_shares_of_runs(self) -> None:
        """Set the shares of the classes by the compute of their runs; refuse other shares."""
        total = sum(run.eflop_per_year for run in self.runs)
        shares: dict[str, float] = {}
        for run in self.runs:
            shares[run.workload] = shares.get(run.workload, 0.0) + run.eflop_per_year / total
        given = self.shares if "shares" in self.model_fields_set else shares
        if given.keys() != shares.keys() or any(abs(given[k] - v) > 1e-9 for k, v in shares.items()):
            raise ValueError("`shares` follow from the `workload` of each of `runs`: leave them out")
        self.__dict__["shares"] = shares

    def mean_it_mw(self, eflop_per_mwh_it: float) -> float:
        """Return the mean IT power of the demand [MW]."""
        if self.it_mw is not None:
            return self.it_mw
        eflop = self.eflop_per_year or sum(run.eflop_per_year for run in self.runs)
        return eflop / eflop_per_mwh_it / HOURS_PER_YEAR

    def least_it_mw(self, mean_it_mw: float, eflop_per_mwh_it: float) -> float:
        """Return the mean IT power that must be served [MW], of a demand of `mean_it_mw`."""
        if self.elastic is None:
            return mean_it_mw
        if self.elastic.min_share is not None:
            return self.elastic.min_share * mean_it_mw
        assert self.elastic.min_eflop_per_year is not None
        return self.elastic.min_eflop_per_year / eflop_per_mwh_it / HOURS_PER_YEAR
