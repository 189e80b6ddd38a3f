"""Site subproblem of the column generation: the least reduced cost of building each option, at given dual prices.

At dual prices y of the rows that sites share, the problem separates into one small problem a site: which design, how
many halls, which load for which demand. Its optimum, at most 0, is what a site that is not built could still
contribute; summed over all sites it gives the Lagrangian bound (`siting.solver.decomposition.lagrangian_bound`). It is
exact for design, halls and load; for incentives and for families that this module does not know it is a lower bound.
"""

from dataclasses import dataclass

import numpy as np

from siting.problem.parts import Incentives
from siting.problem.problem import Problem
from siting.solver.decomposition.columns import SHARED, Columns
from siting.solver.valid_inequalities import hall_mw_of
from siting.units import Bools, Floats, Ints

EXACT = ("open", "halls", "load_mw", "serve_mw", "claim", "benefit_usd")
"""Families of the site subproblem: all of them are 0 where their option or site is not built."""


@dataclass(frozen=True)
class Pricing:
    """Data of the site subproblem.

    Parameters
    ----------
    site : numpy.ndarray
        Site of each option, (n_options,).
    least_halls, most_halls : numpy.ndarray
        Smallest and largest number of halls of an option, (n_options,).
    hall_mw, hall_least_mw : float
        Mean draw that one hall can carry, and the least that it has to, on average over its site [MW].
    arc_order : numpy.ndarray or None
        Positions of the arcs in order of their sites, (n_arcs,); None where they are in that order.
    arc_site, arc_mw : numpy.ndarray
        Site of each arc, in order, and the demand behind it [MW], (n_arcs,).
    claim_option, claim_usd_per_hall, claim_usd_per_mw : numpy.ndarray
        Option of each claim, and the most that it pays, (n_claims,).
    n_sites : int
        Number of sites.
    others : numpy.ndarray
        Columns of other families that belong to a site or an option, (k,).
    with_owner : numpy.ndarray
        Which of them are 0 unless their owner is built, (k,).
    """

    site: Ints
    least_halls: Floats
    most_halls: Floats
    hall_mw: float
    hall_least_mw: float
    arc_order: Ints | None
    arc_site: Ints
    arc_mw: Floats
    claim_option: Ints
    claim_usd_per_hall: Floats
    claim_usd_per_mw: Floats
    n_sites: int
    others: Ints
    with_owner: Bools

    def of_opening(self, columns: Columns, reduced: Floats, upper: Floats) -> Floats:
        """Return a lower bound on the reduced cost of building each option, (n_options,).

        Exact for design, halls and load. An incentive counts as if every threshold were met. A column of another
        family that comes with the site or the option counts at the better end of its bounds: both ignore rows, so the
        minimum can only be lower than the true one.

        Parameters
        ----------
        columns : Columns
            All columns.
        reduced : numpy.ndarray
            Reduced cost of each column over the shared rows, (n,).
        upper : numpy.ndarray
            Upper bounds of the columns, (n,).
        """
        per_usd = np.minimum(columns.of("benefit_usd", reduced) / columns.of("benefit_usd", columns.unit), 0.0)
        free = np.minimum(columns.of("claim", reduced), 0.0)
        n = len(self.site)
        at = self.claim_option
        opened = columns.of("open", reduced) + np.bincount(at, free, n)
        hall = columns.of("halls", reduced) + np.bincount(at, per_usd * self.claim_usd_per_hall, n)
        load = columns.of("load_mw", reduced) + np.bincount(at, per_usd * self.claim_usd_per_mw, n)
        built = opened + self._halls_and_load(hall, load, columns.of("serve_mw", reduced))
        # the other families that come with the option or its site
        least = self._least_of_others(columns, reduced, upper)
        option, site = columns.option[self.others], columns.site[self.others]
        of_option, of_site = self.with_owner & (option >= 0), self.with_owner & (option < 0)
        others = np.bincount(option[of_option], least[of_option], n)
        return np.asarray(built + (others + np.bincount(site[of_site], least[of_site], self.n_sites)[self.site]))

    def always(self, columns: Columns, reduced: Floats, upper: Floats) -> Floats:
        """Return the least reduced cost of what a site has whether it is built or not, (n_sites,)."""
        least, free = self._least_of_others(columns, reduced, upper), ~self.with_owner
        return np.bincount(columns.site[self.others[free]], least[free], self.n_sites)

    def _least_of_others(self, columns: Columns, reduced: Floats, upper: Floats) -> Floats:
        j = self.others
        return box_minimum(reduced[j], columns.lower[j], upper[j])

    def of_sites(self, option_values: Floats) -> Floats:
        """Return the minimum over the options of each site, infinite if it has none, (n_sites,)."""
        best = np.full(self.n_sites, np.inf)
        np.minimum.at(best, self.site, option_values)
        return best

    def _halls_and_load(self, hall: Floats, load: Floats, serve: Floats) -> Floats:
        """Return the minimum over halls and load: an integer number of halls, the best-paid demand first.

        For a fixed number of halls the load is a continuous knapsack over the arcs of the site, filled by price. The
        value is convex in the halls, so the integer optimum is next to the load at which one more MW stops paying,
        or at a bound. Halls that cost are filled; of halls that pay there are as many as their least use allows.
        """
        pays = (hall < 0) & (self.hall_least_mw > 0)
        mw_per_hall = np.where(pays, self.hall_least_mw, self.hall_mw)
        per_mw = load + hall / mw_per_hall
        least = self.of_sites(np.minimum(load, per_mw))
        first = self._by_price(serve, least)
        wanted = self._wanted_mw(per_mw, first)
        low, high = self.least_halls, self.most_halls
        down = np.clip(np.floor(wanted / mw_per_hall + 1e-9), low, high)
        best = np.full(len(hall), np.inf)
        for halls in (down, np.minimum(down + 1.0, high), high):
            best = np.minimum(best, hall * halls + self._load(load, halls, first, least))
        return best

    def _by_price(self, serve: Floats, least_per_mw: Floats) -> "_SortedArcs":
        """Sort the arcs of each site by reduced cost, without those that pay for none of its options."""
        price = serve if self.arc_order is None else serve[self.arc_order]
        pays = np.flatnonzero(price < -least_per_mw[self.arc_site])
        price, site, mw = price[pays], self.arc_site[pays], self.arc_mw[pays]
        order = np.lexsort((price, site))
        begin = np.searchsorted(site, np.arange(self.n_sites + 1))
        price, mw = price[order], mw[order]
        filled = np.concatenate([[0.0], np.cumsum(mw)])
        mw *= price
        return _SortedArcs(np.append(price, np.inf), filled, np.concatenate([[0.0], np.cumsum(mw)]), begin)

    def _wanted_mw(self, per_mw: Floats, arcs: "_SortedArcs") -> Floats:
        """Return the load at which one more MW stops paying, by bisection over the sorted arcs, (n_options,)."""
        price, filled, s = arcs.price, arcs.filled_mw, self.site
        first, last = arcs.begin[s], arcs.begin[s + 1]
        low, high = first.copy(), last.copy()
        while np.any(low < high):
            middle = (low + high) // 2
            pays = (low < high) & (price[middle] + per_mw < 0)
            low = np.where(pays, middle + 1, low)
            high = np.where((low < high) & ~pays, middle, high)
        return np.asarray(filled[low] - filled[first])

    def _load(self, per_mw: Floats, halls: Floats, arcs: "_SortedArcs", least_per_mw: Floats) -> Floats:
        """Return the minimum over the load alone, between what the halls carry and their least use, (n_options,).

        Demand that pays for no option of its site is not among the sorted arcs: a MW of it costs at least
        `per_mw - least_per_mw`, so that the minimum can only be lower than the true one.
        """
        price, worth, filled, begin, s = arcs.price, arcs.worth, arcs.filled_mw, arcs.begin, self.site
        first = begin[s]
        load = np.minimum(halls * self.hall_mw, self._wanted_mw(per_mw, arcs))
        load = np.maximum(load, halls * self.hall_least_mw)
        at = np.minimum(np.searchsorted(filled, filled[first] + load, side="right") - 1, begin[s + 1])
        at = np.maximum(at, first)
        rest = np.maximum(load - (filled[at] - filled[first]), 0.0)
        dearer = np.where(at < begin[s + 1], price[at], -least_per_mw[s])
        return np.asarray(per_mw * load + worth[at] - worth[first] + rest * dearer)


@dataclass(frozen=True)
class _SortedArcs:
    """Arcs by site and reduced cost, with cumulated demand [MW] and value; `begin` is the first arc of each site."""

    price: Floats
    filled_mw: Floats
    worth: Floats
    begin: Ints


def box_minimum(reduced: Floats, lower: Floats, upper: Floats) -> Floats:
    """Return the minimum of each ``reduced * x`` over ``lower <= x <= upper``; 0 where the reduced cost is 0."""
    with np.errstate(invalid="ignore"):  # 0 times an infinite bound
        least = reduced * np.where(reduced < 0, upper, lower)
    return np.where(reduced == 0, 0.0, least)


def pricing_of(problem: Problem, columns: Columns, with_owner: Bools) -> Pricing:
    """Return the data of the site subproblem.

    Parameters
    ----------
    problem : Problem
        The numbers.
    columns : Columns
        All columns.
    with_owner : numpy.ndarray
        Which columns are 0 unless their owner is built (`zero_unless_built`), (n,).
    """
    exact = [i for i, name in enumerate(columns.families) if name in EXACT]
    others = np.flatnonzero((columns.site != SHARED) & ~np.isin(columns.family, exact))
    options, claims, building = problem.options, problem.part(Incentives).offers, problem.scenario.building
    sorted_already = bool((np.diff(problem.arcs.site) >= 0).all())
    order = None if sorted_already else np.argsort(problem.arcs.site, kind="stable")
    return Pricing(
        site=options["site"].to_numpy(np.intp),
        least_halls=np.minimum(float(building.min_halls), options["max_halls"].to_numpy(float)),
        most_halls=options["max_halls"].to_numpy(float),
        hall_mw=hall_mw_of(problem),
        hall_least_mw=problem.scenario.least_hall_mw,
        arc_order=order,
        arc_site=problem.arcs.site if order is None else problem.arcs.site[order],
        arc_mw=problem.groups.demand_mw[problem.arcs.group if order is None else problem.arcs.group[order]],
        claim_option=claims["option"].to_numpy(np.intp),
        claim_usd_per_hall=claims["benefit_usd_per_hall"].to_numpy(float),
        claim_usd_per_mw=claims["benefit_usd_per_mw"].to_numpy(float),
        n_sites=len(problem.sites),
        others=others,
        with_owner=with_owner[others],
    )
