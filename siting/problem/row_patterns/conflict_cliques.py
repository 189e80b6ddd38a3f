"""Conflict rows: pairs of sites that may not both be open, as cliques of the conflict graph."""

import numpy as np
from scipy import sparse

from siting.problem.problem import Problem
from siting.problem.rows import Rows, group_sum, member_sum
from siting.units import Bools, Ints

MOST_CLIQUES = 20_000
"""Rows beyond which one weaker row a site is written instead of cliques (assumption: a size that solvers handle well)."""


def conflict_rows(limit: str, problem: Problem, conflict: Bools) -> list[Rows]:
    """Return rows under which no two sites in conflict are open.

    Cliques of the conflict graph that cover every conflict, ``sum_{s in clique} open_s <= 1``; beyond
    `MOST_CLIQUES` of them a row a site, ``sum_{t against s} open_t + n_s open_s <= n_s`` with n_s the number of
    sites against s: the same plans, a weaker bound.

    Parameters
    ----------
    limit : str
        The kind that writes them.
    problem : Problem
        The numbers.
    conflict : numpy.ndarray
        Which sites may not both be open, symmetric, (n_sites, n_sites); the diagonal is ignored.

    Returns
    -------
    list of Rows
        One block [sites]; empty where nothing is in conflict.
    """
    apart = conflict & ~np.eye(len(conflict), dtype=bool)
    if not apart.any():
        return []
    names = problem.sites["id"].to_numpy(str)
    opened = group_sum(problem.options["site"].to_numpy(np.intp), np.ones(len(problem.options)), len(names))
    cliques = clique_cover(apart, MOST_CLIQUES)
    if cliques is not None:
        member = member_sum(cliques, len(names))
        where, rhs = [_named(names[c]) for c in cliques], np.ones(len(cliques))
    else:
        some = np.flatnonzero(apart.any(axis=1))
        rhs = apart[some].sum(axis=1).astype(float)
        own = sparse.csr_array((rhs, (np.arange(len(some)), some)), shape=(len(some), len(names)))
        member, where = sparse.csr_array(apart[some].astype(float)) + own, [f"around {names[s]}" for s in some]
    return [Rows(limit, where, {"open": sparse.csr_array(member @ opened)}, "<=", rhs, "sites")]


def clique_cover(conflict: Bools, most: int) -> list[Ints] | None:
    """Return cliques that cover every edge of a graph, greedily; None where there are more than `most`.

    Examples
    --------
    >>> triangle_and_tail = np.array([[0, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 1], [0, 0, 1, 0]], dtype=bool)
    >>> [c.tolist() for c in clique_cover(triangle_and_tail, 10)]
    [[0, 1, 2], [2, 3]]
    """
    left, cliques = conflict.copy(), []
    for i in range(len(conflict)):
        while left[i].any():
            clique = _grown(i, int(left[i].argmax()), conflict, left)
            left[np.ix_(clique, clique)] = False
            cliques.append(clique)
            if len(cliques) > most:
                return None
    return cliques


def _grown(i: int, j: int, conflict: Bools, left: Bools) -> Ints:
    """Return a maximal clique around an edge, grown greedily by the number of uncovered edges."""
    clique, may = [i, j], conflict[i] & conflict[j]
    gain = left[i].astype(np.intp) + left[j]
    while may.any():
        v = int(np.where(may, gain, -1).argmax())
        clique.append(v)
        may, gain = may & conflict[v], gain + left[v]
    return np.sort(np.array(clique, dtype=np.intp))


def _named(names: "np.ndarray[tuple[int], np.dtype[np.str_]]") -> str:
    """Return a clique by its first two members."""
    more = len(names) - 2
    return f"{names[0]} and {names[1]}" if not more else f"{names[0]}, {names[1]} and {more} more"
