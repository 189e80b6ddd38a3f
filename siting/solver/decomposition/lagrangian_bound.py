"""Lagrangian bound over all rows and columns at given dual prices, and the bound of every option.

With dual prices y of the rows ``A x >= b``, every plan x satisfies ``c x >= y b + (c - y A) x`` (Geoffrion 1974). The
second term is minimised site by site, so

    L(y) = y b + sum over shared columns of the box minimum + sum over sites s of min(0, v_s(y)),

where v_s is the optimum of the site subproblem (`siting.solver.decomposition.site_pricing`). A plan that builds option
o of site s costs at least ``L(y) - min(0, v_s) + v_so``, where v_so is the optimum with o built. Both hold for any y with
the right signs, so that no tolerance of the solver of the LP relaxation enters.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from siting.solver.decomposition.columns import SHARED, Columns, ConstraintMatrix
from siting.solver.decomposition.site_pricing import Pricing, box_minimum
from siting.units import Bools, Floats

ROUNDING = 1e-12
"""Margin by which a reduced cost is moved above 0, where costs are scaled to 1."""


@dataclass(frozen=True)
class Bound:
    """Lagrangian bound at some dual prices.

    Attributes
    ----------
    total : float
        Lower bound on every plan.
    site : numpy.ndarray
        Contribution of each site, (n_sites,).
    option_bound : numpy.ndarray
        Lower bound on every plan that builds an option, (n_options,).
    """

    total: float
    site: Floats
    option_bound: Floats


def bound_at(
    prices: Floats,
    cost: Floats,
    columns: Columns,
    lines: ConstraintMatrix,
    upper: Floats,
    pricing: Pricing,
    inside: Bools,
) -> Bound:
    """Return the Lagrangian bound at given dual prices.

    Parameters
    ----------
    prices : numpy.ndarray
        Dual price of each row; 0 where its sign needs a right-hand side that the row does not have, (m,).
    cost : numpy.ndarray
        Coefficients of the objective to minimise, (n,).
    columns, lines : Columns, ConstraintMatrix
        All variables and rows.
    upper : numpy.ndarray
        Upper bounds of the columns, (n,).
    pricing : Pricing
        Data of the site subproblem.
    inside : numpy.ndarray
        Sites in the LP relaxation, so that the rows that belong to them alone have dual prices too, (n_sites,).
    """
    n_sites = pricing.n_sites
    prices = _without_rays(prices, cost, columns, lines, upper, inside)
    # y b: a positive price pays for the lower end of its row, a negative one for the upper end
    side = np.where(prices > 0, lines.low, lines.high)
    worth = prices * np.where(prices != 0, side, 0.0)
    shared = lines.site == SHARED

    # 1. Reduced costs over the shared rows only: the rows of one site stay in its subproblem, which is solved exactly.
    over_shared = cost - lines.matrix.T @ np.where(shared, prices, 0.0)
    always = pricing.always(columns, over_shared, upper)
    opening_option = pricing.of_opening(columns, over_shared, upper)
    exact = always + np.minimum(pricing.of_sites(opening_option), 0.0)

    # 2. Reduced costs over all rows: the plain LP dual bound, every column at the better end of its bounds. For sites
    # in the LP it also knows the rows of the site that the subproblem ignores. Shared columns have no other bound.
    reduced = cost - lines.matrix.T @ prices
    least = box_minimum(reduced, columns.lower, upper)
    alone = columns.site != SHARED
    from_rows = np.bincount(columns.site[alone], least[alone], n_sites)
    from_rows += np.bincount(lines.site[~shared], worth[~shared], n_sites)

    # The Lagrangian is separable by site, and each term may be bounded by either of the two.
    site = np.where(inside, np.maximum(from_rows, exact), exact)
    total = float(worth[shared].sum()) + float(least[~alone].sum()) + float(site.sum())

    # 3. Option bound: exchange the term of the site for its minimum with the option built (open = 1 and the smallest
    # size, where the minimum above had left them at 0).
    forced = from_rows[pricing.site] + np.maximum(columns.of("open", reduced), 0.0)
    forced += pricing.least_halls * np.maximum(columns.of("halls", reduced), 0.0)
    built = always[pricing.site] + opening_option
    built = np.where(inside[pricing.site], np.maximum(forced, built), built)
    if not np.isfinite(total):  # an infinite bound with a negative reduced cost: nothing is proven, of any option
        return Bound(-np.inf, site, np.full(len(built), -np.inf))
    return Bound(total, site, total - site[pricing.site] + built)


def _without_rays(
    prices: Floats, cost: Floats, columns: Columns, lines: ConstraintMatrix, upper: Floats, inside: Bools
) -> Floats:
    """Return dual prices at which columns without an upper bound have no negative reduced cost.

    In an optimum of the LP they have none, but for rounding, which would make the bound minus infinity. The price that
    counts most for such a column is moved towards 0, which keeps its sign: any y with the right signs is valid.
    """
    free = np.flatnonzero(np.isinf(upper) & ((columns.site == SHARED) | np.append(inside, False)[columns.site]))
    if not len(free):
        return prices
    part, moved = sparse.csc_array(lines.matrix[:, free]), prices.copy()
    for j in np.flatnonzero(cost[free] - part.T @ moved < 0):
        row, value = (x[part.indptr[j] : part.indptr[j + 1]] for x in (part.indices, part.data))
        reduced = cost[free[j]] - float(value @ moved[row])
        most = int(np.argmax(value * moved[row])) if len(row) else 0
        if len(row) and reduced < 0 < value[most] * moved[row[most]]:
            price = moved[row[most]] + (reduced * (1.0 + ROUNDING) - ROUNDING) / value[most]
            moved[row[most]] = max(price, 0.0) if moved[row[most]] > 0 else min(price, 0.0)
    return moved
