"""What every plan meets anyway, written out: it changes no answer and shortens the proof.

Two things make the programme hard to prove. Halls are whole, and a region that only a few sites
can reach needs whole halls among them; and a budget trades a hall here against a hall there. So:

* **reach cuts**: for each set S of sites that is all that some demand can reach,
  ``sum_{s in S} halls >= ceil(demand that only S can reach / (utilisation_max * hall_mw))`` and at
  least one of S is open; the plan as a whole needs ``ceil(demand / ...)`` halls; of an elastic
  demand what may stay unmet is taken off first;
* **whole totals**: the halls of a site, of a country and of the plan are whole numbers of their
  own, so that a solver may branch on "56 halls or 57" and not on one option at a time.

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
"""Slack for a demand that fills its halls to the last digit [halls]."""


def strengthen(problem: Problem) -> tuple[dict[str, Family], list[Rows]]:
    """Return families and rows that no plan breaks and that lift the bound.

    Parameters
    ----------
    problem : Problem
        The numbers.

    Returns
    -------
    dict of str to Family
        `site_open`, `site_halls`, `country_halls` and `total_halls`, all whole.
    list of Rows
        What ties them to `open` and `halls`, and the reach cuts over them.
    """
    site = problem.options["site"].to_numpy(np.intp)
    country_of_site, country = _countries(problem)
    most = np.zeros(len(problem.sites))
    np.maximum.at(most, site, problem.options["max_halls"].to_numpy(float))
    sites, total = list(problem.sites["id"]), np.zeros(len(problem.sites), dtype=np.intp)
    families = {
        "site_open": _whole("site_open", sites, np.ones(len(sites)), of_sites=True),
        "site_halls": _whole("site_halls", sites, most, of_sites=True),
        "country_halls": _whole("country_halls", country, np.bincount(country_of_site, weights=most)),
        "total_halls": Family("total_halls", ["plan"], fewest_halls(problem), np.array([most.sum()]), integer=True),
    }
    ties = [
        _tie("open", "site_open", site, families),
        _tie("halls", "site_halls", site, families),
        _tie("site_halls", "country_halls", country_of_site, families),
        _tie("site_halls", "total_halls", total, families),
    ]
    return families, [*ties, *_reach_cuts(problem)]


def _countries(problem: Problem) -> tuple[Ints, list[str]]:
    """Return the country of each site as a position, and the countries' names."""
    names, position = np.unique(problem.sites["country_iso2"].to_numpy(str), return_inverse=True)
    return position.astype(np.intp), [str(n) for n in names]


def _whole(name: str, labels: list[str], upper: Floats, *, of_sites: bool = False) -> Family:
    each = np.arange(len(labels)) if of_sites else None
    owner: Owner = "site" if of_sites else "none"
    return Family(name, labels, np.zeros(len(labels)), upper, integer=True, owner=owner, owner_index=each)


def _tie(parts: str, whole: str, group: Ints, families: Mapping[str, Family]) -> Rows:
    """Return the rows that make each total the sum of its parts."""
    m = len(families[whole])
    minus = sparse.csr_array(-sparse.eye_array(m))
    sums = group_sum(group, np.ones(len(group)), m)
    return Rows("total", list(families[whole].labels), {parts: sums, whole: minus}, "==", np.zeros(m), "-")


def _reach_cuts(problem: Problem) -> list[Rows]:
    """Return the two cuts of every set of sites that some demand cannot do without."""
    sets, needed = reach_sets(problem)
    if not len(sets):
        return []
    where = [f"reach {i}" for i in range(len(sets))]
    members = sparse.csr_array(sets).astype(float)
    return [
        Rows("reach", where, {"site_halls": members}, ">=", needed, "halls"),
        Rows("reach", where, {"site_open": members}, ">=", np.ones(len(sets)), "sites"),
    ]


def reach_sets(problem: Problem) -> tuple[Bools, Floats]:
    """Return the sets of sites that are all some demand can reach, and the halls they need at least.

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


def fewest_halls(problem: Problem) -> Floats:
    """Return the number of halls below which the whole demand cannot be carried, (1,)."""
    return halls_for(np.array([problem.least_served_mw]), hall_mw_of(problem))


def hall_mw_of(problem: Problem) -> float:
    """Return the mean draw that one hall can carry [MW]."""
    building = problem.scenario.building
    return building.utilisation_max * building.hall_mw


def halls_for(demand_mw: Floats, hall_mw: float) -> Floats:
    """Return the whole number of halls that a mean draw needs."""
    return np.ceil(demand_mw / hall_mw - ROUNDING)
