"""Minimum shares of the facility energy: over the plan, per site, or per jurisdiction."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from pandas import DataFrame
from scipy import sparse

from siting.problem.problem import Problem
from siting.problem.rows import Rows
from siting.problem.sites import no_site_in
from siting.scenario.field_types import Code, PositiveShare
from siting.scenario.limit import Limit
from siting.units import Bools
from siting.world.policy.jurisdictions import within


class GridShare(Limit):
    """Base of the limits on a share of the facility energy, which the grid of the site gives.

    Over all sites, or over those of each jurisdiction, a row; per site a filter, since the share of a site is
    that of its grid at any load.

    Attributes
    ----------
    min : float
        Smallest share of the yearly facility energy [0-1], above 0.
    per : {"portfolio", "site", "jurisdiction"}
        Over what the share is taken.
    jurisdictions : tuple of str
        Countries, states or unions in which it applies; everywhere where none is named. With
        `per = "jurisdiction"` each named one has a row, else each jurisdiction of the sites.
    """

    column: ClassVar[str]
    words: ClassVar[str]
    loosened_by: ClassVar[str] = "lower `min`"

    min: PositiveShare
    per: Literal["portfolio", "site", "jurisdiction"] = "portfolio"
    jurisdictions: tuple[Code, ...] = ()

    def drop_sites(self, sites: DataFrame) -> Mapping[str, str]:
        """Return the sites whose grid has less, where the limit is per site."""
        if self.per != "site":
            return {}
        low = self._inside(sites) & ~(sites[self.column].to_numpy(float) >= self.min)
        found = sites[low]
        return {
            str(s): f"{self.words} {share:.2f} in zone {zone}, below {self.min:g}"
            if not np.isnan(share)
            else f"UNKNOWN {self.words} of zone {zone}"
            for s, zone, share in zip(found["id"], found["zone_id"], found[self.column], strict=True)
        }

    def rows(self, problem: Problem, least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return one row, or one a jurisdiction [MW of facility draw]; none where the limit is per site."""
        if self.per == "site":
            return []
        share = problem.sites[self.column].to_numpy(float)[problem.options["site"]]
        surplus = problem.options["pue"].to_numpy(float) * (share - self.min)
        groups = {where: inside for where, inside in self._groups(problem.sites).items() if inside.any()}
        if not groups:
            no_site_in(self.name, self.jurisdictions)
        matrix = np.array([np.where(inside[problem.options["site"]], surplus, 0.0) for inside in groups.values()])
        terms = {"load_mw": sparse.csr_array(matrix)}
        return [Rows(self.name, list(groups), terms, ">=", np.zeros(len(groups)), "MW")]

    def _inside(self, sites: DataFrame) -> Bools:
        if not self.jurisdictions:
            return np.ones(len(sites), dtype=bool)
        return within(list(sites["jurisdiction"]), self.jurisdictions)

    def _groups(self, sites: DataFrame) -> dict[str, Bools]:
        """Return which sites count together, by the name of the row."""
        if self.per == "portfolio":
            return {", ".join(self.jurisdictions) or "portfolio": self._inside(sites)}
        codes = self.jurisdictions or sorted(set(sites["jurisdiction"].astype(str)))
        return {code: within(list(sites["jurisdiction"]), [code]) for code in codes}
