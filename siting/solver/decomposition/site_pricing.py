"""What building an option is worth at given prices of all shared limits: each site alone, exactly but for incentives.

At prices y of the rows that sites share, the programme falls apart into one small question a site:
which design, how many halls, which load for whom. Its least value, at most 0, is what a site that
is not built could still bring; summed over all sites it gives the Lagrangian bound (Geoffrion 1974).
"""

from dataclasses import dataclass

import numpy as np

from siting.problem.problem import Problem
from siting.solver.decomposition.columns import Columns
from siting.solver.valid_inequalities import hall_mw_of
from siting.units import Floats, Ints


@dataclass(frozen=True)
class Pricing:
    """What is asked of every site at given prices.

    Parameters
    ----------
    site : numpy.ndarray
        Site of each option, (n_options,).
    least_halls, most_halls : numpy.ndarray
        Smallest and largest number of halls of an option, (n_options,).
    hall_mw : float
        Mean draw that one hall can carry [MW].
    arc_order : numpy.ndarray or None
        Positions of the arcs in order of their sites, (n_arcs,); None where they are in that order.
    arc_site, arc_mw : numpy.ndarray
        Site of each arc, in order, and the demand behind it [MW], (n_arcs,).
    claim_option, claim_usd_per_hall, claim_usd_per_mw : numpy.ndarray
        Option of each claim, and what it pays at most, (n_claims,).
    n_sites : int
        Number of sites.
    """

    site: Ints
    least_halls: Floats
    most_halls: Floats
    hall_mw: float
    arc_order: Ints | None
    arc_site: Ints
    arc_mw: Floats
    claim_option: Ints
    claim_usd_per_hall: Floats
    claim_usd_per_mw: Floats
    n_sites: int

    def of_opening(self, columns: Columns, reduced: Floats) -> Floats:
        """Return a lower bound on what each option brings if it is built, (n_options,).

        Exact for design, halls and load; of incentives only what the base gives is counted, as if every
        threshold were met, which can only be too hopeful.

        Parameters
        ----------
        columns : Columns
            All columns.
        reduced : numpy.ndarray
            Cost of each column less the prices of the shared rows that it is in, (n,).
        """
        per_usd = np.minimum(columns.of("benefit_usd", reduced) / columns.of("benefit_usd", columns.unit), 0.0)
        free = np.minimum(columns.of("claim", reduced), 0.0)
        n = len(self.site)
        at = self.claim_option
        opened = columns.of("open", reduced) + np.bincount(at, free, n)
        hall = columns.of("halls", reduced) + np.bincount(at, per_usd * self.claim_usd_per_hall, n)
        load = columns.of("load_mw", reduced) + np.bincount(at, per_usd * self.claim_usd_per_mw, n)
        return opened + self._halls_and_load(hall, load, columns.of("serve_mw", reduced))

    def of_sites(self, option_values: Floats) -> Floats:
        """Return the least over the options of each site, infinite where it has none, (n_sites,)."""
        best = np.full(self.n_sites, np.inf)
        np.minimum.at(best, self.site, option_values)
        return best

    def _halls_and_load(self, hall: Floats, load: Floats, serve: Floats) -> Floats:
        """Return the least of halls and load together: whole halls, and the dearest demand first."""
        least = self.of_sites(load + np.minimum(hall, 0.0) / self.hall_mw)
        first = self._dearest_first(serve, least)
        wanted = self._wanted_mw(load + hall / self.hall_mw, first)
        low, high = self.least_halls, self.most_halls
        down = np.clip(np.floor(wanted / self.hall_mw + 1e-9), low, high)
        best = np.full(len(hall), np.inf)
        for halls in (down, np.minimum(down + 1.0, high), high):
            best = np.minimum(best, hall * halls + self._load(load, halls * self.hall_mw, first))
        return best

    def _dearest_first(self, serve: Floats, least_per_mw: Floats) -> "_DearestFirst":
        """Sort the arcs of each site by their price, without those that pay for no option of it."""
        price = serve if self.arc_order is None else serve[self.arc_order]
        pays = np.flatnonzero(price < -least_per_mw[self.arc_site])
        price, site, mw = price[pays], self.arc_site[pays], self.arc_mw[pays]
        order = np.lexsort((price, site))
        begin = np.searchsorted(site, np.arange(self.n_sites + 1))
        price, mw = price[order], mw[order]
        filled = np.concatenate([[0.0], np.cumsum(mw)])
        mw *= price
        return _DearestFirst(np.append(price, np.inf), filled, np.concatenate([[0.0], np.cumsum(mw)]), begin)

    def _wanted_mw(self, per_mw: Floats, arcs: "_DearestFirst") -> Floats:
        """Return the load at which one MW more stops paying, (n_options,)."""
        price, filled, s = arcs.price, arcs.filled_mw, self.site
        first, last = arcs.begin[s], arcs.begin[s + 1]
        low, high = first.copy(), last.copy()
        while np.any(low < high):
            middle = (low + high) // 2
            pays = (low < high) & (price[middle] + per_mw < 0)
            low = np.where(pays, middle + 1, low)
            high = np.where((low < high) & ~pays, middle, high)
        return np.asarray(filled[low] - filled[first])

    def _load(self, per_mw: Floats, most_mw: Floats, arcs: "_DearestFirst") -> Floats:
        """Return the least of the load alone, up to what the halls carry, (n_options,)."""
        price, worth, filled, begin, s = arcs.price, arcs.worth, arcs.filled_mw, arcs.begin, self.site
        first = begin[s]
        load = np.minimum(most_mw, self._wanted_mw(per_mw, arcs))
        at = np.minimum(np.searchsorted(filled, filled[first] + load, side="right") - 1, begin[s + 1])
        at = np.maximum(at, first)
        rest = np.where(at < begin[s + 1], np.maximum(load - (filled[at] - filled[first]), 0.0), 0.0)
        partly = rest * np.where(rest > 0, price[at], 0.0)
        return np.asarray(per_mw * load + worth[at] - worth[first] + partly)


@dataclass(frozen=True)
class _DearestFirst:
    """Arcs by site and price, and up to each of them the demand [MW] and what it is worth; where each site begins."""

    price: Floats
    filled_mw: Floats
    worth: Floats
    begin: Ints


def pricing_of(problem: Problem) -> Pricing:
    """Take from a problem what a site's own question needs."""
    options, claims, building = problem.options, problem.claims, problem.scenario.building
    sorted_already = bool((np.diff(problem.arcs.site) >= 0).all())
    order = None if sorted_already else np.argsort(problem.arcs.site, kind="stable")
    return Pricing(
        site=options["site"].to_numpy(np.intp),
        least_halls=np.minimum(float(building.min_halls), options["max_halls"].to_numpy(float)),
        most_halls=options["max_halls"].to_numpy(float),
        hall_mw=hall_mw_of(problem),
        arc_order=order,
        arc_site=problem.arcs.site if order is None else problem.arcs.site[order],
        arc_mw=problem.groups.demand_mw[problem.arcs.group if order is None else problem.arcs.group[order]],
        claim_option=claims["option"].to_numpy(np.intp),
        claim_usd_per_hall=claims["benefit_usd_per_hall"].to_numpy(float),
        claim_usd_per_mw=claims["benefit_usd_per_mw"].to_numpy(float),
        n_sites=len(problem.sites),
    )
