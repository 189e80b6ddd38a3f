"""Halls that stand already stay."""

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
    """Keep sites that stand open at no less than the size they have: ``sum_{o of s} halls[o] >= halls[s]``.

    What was spent on them, in dollars and in embodied carbon, is sunk. It is a constant of every plan that keeps
    them, so that it changes no choice; the ledger still shows it, as a yearly share, among the plan's totals,
    and budgets and caps count it.

    Attributes
    ----------
    halls : mapping of str to int
        Halls that stand [halls], by id of the candidate: `{ lulea = 4 }`.
    cooling : mapping of str to str
        The cooling that they stand with: other designs are barred there. Any design where none is given.
    """

    loosened_by: ClassVar[str] = "lower `halls`"

    kind: Literal["existing"] = "existing"
    halls: Annotated[dict[str, Annotated[int, Field(ge=1)]], Field(min_length=1)]
    cooling: dict[str, str] = Field(default={})

    @property
    def sites(self) -> tuple[str, ...]:
        """Ids of the sites that stand."""
        return tuple(self.halls)

    def faults(self, scenario: "Scenario") -> list[str]:
        """Name cooling of sites that do not stand, and designs that are not on offer."""
        offered = listed(scenario.building.cooling)
        strangers = [f"`cooling` names `{s}`, which has no `halls`" for s in self.cooling if s not in self.halls]
        return strangers + [
            f"`cooling` of `{s}` is `{design}`, which `building.cooling` does not offer (it offers {offered})"
            for s, design in self.cooling.items()
            if design not in scenario.building.cooling
        ]

    def drop_sites(self, sites: "DataFrame") -> Mapping[str, str]:
        """Drop nothing; refuse an id that no candidate has."""
        require_known_sites(self.kind, self.halls, sites)
        return {}

    def drop_options(
        self, scenario: "Scenario", sites: "DataFrame", options: "DataFrame", eflop_per_mwh_it: float
    ) -> Mapping[str, str]:
        """Return the designs that the standing halls do not have."""
        ids = sites["id"].to_numpy(str)[options["site"]]
        return {
            str(label): f"stands with {self.cooling[s]}"
            for label, s, design in zip(options["label"], ids, options["cooling"], strict=True)
            if self.cooling.get(s, design) != design
        }

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return one row a site [halls], refused where it may not have as many."""
        at, n = rows_of_sites(self.kind, self.sites, problem), len(problem.sites)
        most = problem.options.groupby("site")["max_halls"].max().reindex(range(n)).to_numpy(float)[at]
        small = [
            f"`{s}`: {h} halls stand, {m:.0f} may" for (s, h), m in zip(self.halls.items(), most, strict=True) if m < h
        ]
        if small:
            raise InfeasibleError.from_faults(
                f"limit `{self.kind}`: more halls stand than the demand or another limit lets a site have:", small
            )
        total = group_sum(problem.options["site"].to_numpy(np.intp), np.ones(len(problem.options)), n)[at]
        wanted = np.array(list(self.halls.values()), dtype=float)
        return [Rows(self.kind, list(self.halls), {"halls": total}, ">=", wanted, "halls")]
