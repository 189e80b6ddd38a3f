"""Existing halls are kept."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from siting.errors import InfeasibleError, listed
from siting.problem.rows import Rows, group_sum
from siting.problem.sites import require_known_sites, rows_of_sites
from siting.scenario.limit import Limit

if TYPE_CHECKING:
    from pandas import DataFrame

    from siting.problem.problem import Problem
    from siting.scenario.scenario import Scenario


class Existing(Limit):
    """Keep existing sites open with at least their present size: ``sum_{o of s} halls[o] >= halls[s]``.

    Their cost and embodied carbon are sunk: a constant of every plan that keeps them, which changes no
    decision. The ledger still includes it, as a yearly share, in the plan's totals, and budgets and caps count it.

    Attributes
    ----------
    halls : mapping of str to int
        Existing halls [halls], by id of the candidate: `{ lulea = 4 }`.
    cooling : mapping of str to str
        Their cooling design: other designs are excluded there. Any design if none is given.
    """

    loosened_by: ClassVar[str] = "lower `halls`"

    kind: Literal["existing"] = "existing"
    halls: Annotated[dict[str, Annotated[int, Field(ge=1)]], Field(min_length=1)]
    cooling: dict[str, str] = Field(default={})

    @property
    def sites(self) -> tuple[str, ...]:
        """Ids of the existing sites."""
        return tuple(self.halls)

    def faults(self, scenario: "Scenario") -> list[str]:
        """Return cooling of sites without halls, and designs that the scenario does not offer."""
        offered = listed(scenario.building.cooling)
        strangers = [f"`cooling` names `{s}`, which has no `halls`" for s in self.cooling if s not in self.halls]
        return strangers + [
            f"`cooling` of `{s}` is `{design}`, which `building.cooling` does not offer (it offers {offered})"
            for s, design in self.cooling.items()
            if design not in scenario.building.cooling
        ]

    def drop_sites(self, sites: "DataFrame") -> Mapping[str, str]:
        """Exclude nothing; refuse an id that no candidate has."""
        require_known_sites(self.kind, self.halls, sites)
        return {}

    def drop_options(
        self, scenario: "Scenario", sites: "DataFrame", options: "DataFrame", eflop_per_mwh_it: float
    ) -> Mapping[str, str]:
        """Return the designs that the existing halls do not have."""
        ids = sites["id"].to_numpy(str)[options["site"]]
        return {
            str(label): f"exists with {self.cooling[s]}"
            for label, s, design in zip(options["label"], ids, options["cooling"], strict=True)
            if self.cooling.get(s, design) != design
        }

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return one row per site [halls]; refuse a site that may not have as many."""
        at, n = rows_of_sites(self.kind, self.sites, problem), len(problem.sites)
        most = problem.options.groupby("site")["max_halls"].max().reindex(range(n)).to_numpy(float)[at]
        small = [
            f"`{s}`: {h} halls exist, {m:.0f} are allowed"
            for (s, h), m in zip(self.halls.items(), most, strict=True)
            if m < h
        ]
        if small:
            raise InfeasibleError.from_faults(
                f"limit `{self.kind}`: more halls exist than the demand or another limit allows at a site:", small
            )
        total = group_sum(problem.options["site"].to_numpy(np.intp), np.ones(len(problem.options)), n)[at]
        wanted = np.array(list(self.halls.values()), dtype=float)
        return [Rows(self.kind, list(self.halls), {"halls": total}, ">=", wanted, "halls")]
