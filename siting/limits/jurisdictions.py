"""Data residency: jurisdictions that may serve hubs of some countries."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import model_validator

from siting.errors import ScenarioError, listed
from siting.scenario.field_types import Code
from siting.scenario.limit import Limit
from siting.units import Bools
from siting.world.policy.jurisdictions import within

if TYPE_CHECKING:
    from pandas import DataFrame

    from siting.scenario.scenario import Scenario


class Jurisdictions(Limit):
    """Serve hubs of some countries only from sites in some jurisdictions (a filter: other arcs are excluded).

    ``load_mw[s,h,k] = 0`` for every class k of `workloads` and hub h of `hub_countries`, unless site s is in
    `allowed` or, with `home`, in the hub's own country. Repeat the kind for several rules.

    Attributes
    ----------
    allowed : tuple of str
        Countries, states or unions that may serve: `["EEA", "CH"]`.
    home : bool
        Whether a hub's own country may serve it as well.
    hub_countries : tuple of str
        Countries or unions whose hubs the rule applies to; every hub by default.
    workloads : tuple of str
        Workload classes that the rule applies to; every class by default.
    """

    loosened_by: ClassVar[str] = "add places to `allowed`"

    kind: Literal["jurisdictions"] = "jurisdictions"
    allowed: tuple[Code, ...] = ()
    home: bool = False
    hub_countries: tuple[Code, ...] = ()
    workloads: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _somewhere_is_allowed(self) -> "Jurisdictions":
        if not self.allowed and not self.home:
            raise ValueError("nothing may serve: give `allowed`, or `home = true`")
        return self

    def faults(self, scenario: "Scenario") -> list[str]:
        """Return the classes that the demand does not have."""
        known = listed(f"`{k}`" for k in scenario.demand.shares)
        return [
            f"`workloads`: the demand has no class `{k}`; it has {known}"
            for k in self.workloads
            if k not in scenario.demand.shares
        ]

    def drop_sites(self, sites: "DataFrame") -> Mapping[str, str]:
        """Return no site; refuse places in which no candidate lies.

        Raises
        ------
        ScenarioError
            Nothing but places without a candidate may serve.
        """
        if not self.home and not within(list(sites["jurisdiction"]), self.allowed).any():
            named = listed(f"`{code}`" for code in self.allowed)
            raise ScenarioError(
                f"limit `{self.kind}` allows none of the candidates: none lies in {named}: name other places in `allowed`, or "
                "add candidates there"
            )
        return {}

    def keep_pairs(self, sites: "DataFrame", hubs: "DataFrame", workload: str) -> Bools | None:
        """Return which site may serve which hub in a class.

        Raises
        ------
        ScenarioError
            The rule needs a hub's country and some hubs have none, or no hub is in the countries.
        """
        if self.workloads and workload not in self.workloads:
            return None
        country = hubs["country_iso2"].fillna("").astype(str).to_list()
        if (self.hub_countries or self.home) and "" in country:
            lost = listed(str(h) for h, c in zip(hubs["id"], country, strict=True) if not c)
            raise ScenarioError(
                f"limit `{self.kind}`: the country of hub {lost} is unknown: give its `country_iso2`, or remove "
                "`hub_countries` and `home`"
            )
        asked = within(country, self.hub_countries) if self.hub_countries else np.ones(len(hubs), dtype=bool)
        if not asked.any():
            raise ScenarioError(
                f"limit `{self.kind}`: no hub lies in {listed(self.hub_countries)}: name other countries"
            )
        may = np.repeat(within(list(sites["jurisdiction"]), self.allowed)[:, None], len(hubs), axis=1)
        if self.home:
            may |= sites["country_iso2"].to_numpy(str)[:, None] == np.array(country)
        return may | ~asked
