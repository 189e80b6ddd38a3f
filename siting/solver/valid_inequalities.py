"""Valid inequalities: rows that every plan satisfies and that raise the bound of the LP relaxation.

Two things make the MIP hard. Halls are integer, and a region that only few sites can serve needs an integer number of
them; and under a budget one hall is traded for another. So:

* **reach cuts**: let S be all sites that can serve some demand. Then
  ``sum_{s in S} halls >= ceil(demand that only S can serve / usable_hall_mw)``, and at least one site of S is
  open; the plan needs ``ceil(demand / ...)`` halls. An elastic demand is reduced by what may stay unmet.
* **integer totals**: the halls of a site, of a country and of the plan are integer variables of their own, so that a
  solver can branch on "at most 56 halls or at least 57", and not on one option at a time.

Measured on the baseline (`benchmarks/strengthen.json`): proof in 10 s with them, 58 s without; on
a first version of the data it was not reached in two minutes.
"""

from collections.abc import Mapping

import numpy as np
from scipy import sparse

from siting.problem.problem import Problem
from siting.problem.rows import Family, Owner, Rows, group_sum
from siting.units import Bools, Floats, Ints

ROUNDING = 1e-9
"""Tolerance for a demand that fills its halls exactly [halls]."""


def strengthen(problem: Problem) -> tuple[dict[str, Family], list[Rows]]:
    """Return families and rows that every plan satisfies and that raise the bound.

    Parameters
    ----------
    problem : Problem
        The numbers.

    Returns
    -------
    dict of str to Family
        `site_open`, `site_halls`, `country_halls` and `total_halls`, all integer.
    list of Rows
        Their definition by `open` and `halls`, and the reach cuts over them.
    """
    site = problem.options["site"].to_numpy(np.intp)
    names, country_of_site = np.unique(problem.sites["country_iso2"].to_numpy(str), return_inverse=True)
    country = [str(n) for n in names]
    most = np.zeros(len(problem.sites))
    np.maximum.at(most, site, problem.options["max_halls"].to_numpy(float))
    sites, total = list(problem.sites["id"]), np.zeros(len(problem.sites), dtype=np.intp)
    fewest = halls_for(np.array([problem.least_served_mw]), hall_mw_of(problem))
    families = {
        "site_open": _integer("site_open", sites, np.ones(len(sites)), of_sites=True),
        "site_halls": _integer("site_halls", sites, most, of_sites=True),
        "country_halls": _integer("country_halls", country, np.bincount(country_of_site, weights=most)),
        "total_halls": Family("total_halls", ["plan"], fewest, np.array([most.sum()]), integer=True),
    }
    ties = [
        _tie("open", "site_open", site, families),
        _tie("halls", "site_halls", site, families),
        _tie("site_halls", "country_halls", country_of_site, families),
        _tie("site_halls", "total_halls", total, families),
    ]
    sets, needed = reach_sets(problem)
    if not len(sets):
        return families, ties
    where, members = [f"reach {i}" for i in range(len(sets))], sparse.csr_array(sets).astype(float)
    cuts = [
        Rows("reach", where, {"site_halls": members}, ">=", needed, "halls"),
        Rows("reach", where, {"site_open": members}, ">=", np.ones(len(sets)), "sites"),
    ]
    return families, [*ties, *cuts]


def _integer(name: str, labels: list[str], upper: Floats, *, of_sites: bool = False) -> Family:
    each = np.arange(len(labels)) if of_sites else None
    owner: Owner = "site" if of_sites else "none"
    return Family(name, labels, np.zeros(len(labels)), upper, integer=True, owner=owner, owner_index=each)


def _tie(parts: str, total: str, group: Ints, families: Mapping[str, Family]) -> Rows:
    """Return the rows that define each total as the sum of its parts."""
    m = len(families[total])
    minus = sparse.csr_array(-sparse.eye_array(m))
    sums = group_sum(group, np.ones(len(group)), m)
    return Rows("total", list(families[total].labels), {parts: sums, total: minus}, "==", np.zeros(m), "-")


def reach_sets(problem: Problem) -> tuple[Bools, Floats]:
    """Return the sets of sites that are all that some demand can reach, and the fewest halls that each needs.

    Returns
    -------
    numpy.ndarray
        One row a set, (m, n_sites), without the set of all sites.
    numpy.ndarray
        Fewest halls in each set, (m,).
    """
    arcs, demand = problem.arcs, problem.groups.demand_mw
    reach = np.zeros((len(demand), len(problem.sites)), dtype=bool)
    reach[arcs.group, arcs.site] = True
    sets = np.unique(reach, axis=0)
    sets = sets[~sets.all(axis=1)]
    outside = reach.astype(np.float32) @ (~sets).T.astype(np.float32) > 0
    inside = demand @ ~outside
    spare = float(demand.sum()) - problem.least_served_mw
    needed = halls_for(np.maximum(inside - spare, 0.0), hall_mw_of(problem))
    return sets[needed > 0], needed[needed > 0]


def hall_mw_of(problem: Problem) -> float:
    """Return the mean IT draw that one hall can carry [MW]."""
    return problem.scenario.usable_hall_mw


def halls_for(demand_mw: Floats, hall_mw: float) -> Floats:
    """Return the integer number of halls that a mean IT draw needs."""
    return np.ceil(demand_mw / hall_mw - ROUNDING)
