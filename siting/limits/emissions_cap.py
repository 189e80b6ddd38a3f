"""Cap on yearly emissions, of all sites or by jurisdiction."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from siting.errors import ScenarioError, listed
from siting.problem.rows import Rows, one_row
from siting.problem.sites import no_site_in
from siting.scenario.field_types import Code, NotNegative, Positive
from siting.scenario.limit import Limit
from siting.units import Bools
from siting.world.policy.jurisdictions import known_code, within

if TYPE_CHECKING:
    from siting.problem.problem import Problem


class EmissionsCap(Limit):
    """Keep yearly emissions at or below a cap, over all sites and within jurisdictions.

    ``sum_{o in J} e_load[o] * load_mw[o] + e_halls[o] * halls[o] <= cap[J]``: operational and embodied,
    by the same lines of the ledger and the same method as the objective. Market-based emissions of a zone belong
    to the jurisdiction of all its sites; a zone with contracts and sites in several jurisdictions is refused.

    Attributes
    ----------
    t_per_year : float or None
        Cap on all sites together [tCO2e/a], above 0.
    by_jurisdiction : mapping of str to float
        Cap on the sites in a country, state or union [tCO2e/a], 0 or more: `{ DE = 1e5, US-TX = 0 }`.
    """

    loosened_by: ClassVar[str] = "raise `t_per_year` or `by_jurisdiction`"

    kind: Literal["emissions_cap"] = "emissions_cap"
    t_per_year: Positive | None = None
    by_jurisdiction: dict[Code, NotNegative] = Field(default={})

    @field_validator("by_jurisdiction", mode="before")
    @classmethod
    def _each_once(cls, caps: Any) -> Any:
        """Refuse two words for one place, such as `UK` and `GB`: one cap would be lost."""
        codes: dict[str, str] = {}
        for word in caps if isinstance(caps, dict) else ():
            try:
                first = codes.setdefault(known_code(str(word)), str(word))
            except ValueError:  # an unknown code is the fault of its key
                continue
            if first != word:
                raise ValueError(f"`{first}` and `{word}` are one place: keep one cap")
        return caps

    @model_validator(mode="after")
    def _something_is_capped(self) -> "EmissionsCap":
        if self.t_per_year is None and not self.by_jurisdiction:
            raise ValueError("nothing is capped: give `t_per_year`, `by_jurisdiction`, or both")
        return self

    @property
    def caps(self) -> tuple[str, ...]:
        """KPIs that the limit bounds."""
        return () if self.t_per_year is None else ("emissions_t_per_year", "emissions_g_per_eflop")

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return a row for the plan and one per jurisdiction that has sites [tCO2e/year]."""
        rows = [] if self.t_per_year is None else [problem.emissions.at_most(self.kind, self.t_per_year)]
        place = problem.sites["jurisdiction"].to_list()
        for code, cap in self.by_jurisdiction.items():
            inside = within(place, [code])
            terms = {
                f: np.where(self._inside(problem, f, inside, code), c, 0.0) for f, c in problem.emissions.terms.items()
            }
            rows += [one_row(self.kind, code, terms, "<=", cap, problem.emissions.unit)] if inside.any() else []
        return rows or no_site_in(self.kind, self.by_jurisdiction)

    def _inside(self, problem: "Problem", name: str, inside: Bools, code: str) -> Bools:
        """Return which variables of a family belong to a jurisdiction, given which sites lie inside."""
        family = problem.families[name]
        if family.owner in ("site", "option"):
            return inside[problem.site_of(family)]
        if family.owner != "zone":
            raise ScenarioError(f"limit `{self.kind}`: emissions of `{name}` belong to no jurisdiction: cap them all")
        assert family.owner_index is not None
        zone = problem.sites["zone_id"].to_numpy(str)
        here = {z: np.unique(inside[zone == problem.zones[z]]) for z in map(int, np.unique(family.owner_index))}
        split = [problem.zones[z] for z, part in here.items() if len(part) > 1]
        if split:
            raise ScenarioError(
                f"limit `{self.kind}`: zone {listed(split)} has contracts and lies only in part in {code}: cap all "
                "emissions, or count them by location"
            )
        return np.array([here[int(z)][0] for z in family.owner_index], dtype=np.bool_)
