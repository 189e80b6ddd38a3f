"""A ratio of emissions as the product of its causes: model, hardware, PUE, grid."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from siting.errors import DataError


def log_shares(factors: Mapping[str, float]) -> dict[str, float]:
    """Return each factor's share of a product, independent of their order.

    The product's logarithm is the sum of the factors' logarithms, so the share of factor f is
    ``ln f / ln(product)``. For a product this is the Shapley value as well: the order
    does not change a factor's logarithm.

    Parameters
    ----------
    factors : mapping of str to float
        Factor by cause [-], each above 0; below 1 for an opposite effect.

    Returns
    -------
    dict
        Share by cause; the shares sum to 1 and are negative for an opposite effect.

    Raises
    ------
    DataError
        A factor that is not above 0, or a product of 1, which has no shares.

    References
    ----------
    Ang 2004, Decomposition analysis for policymaking in energy (logarithmic mean Divisia index),
    Energy Policy 32:1131-1139; for a pure product the two agree.

    Examples
    --------
    >>> {cause: round(share, 2) for cause, share in log_shares({"grid": 8.0, "PUE": 2.0}).items()}
    {'grid': 0.75, 'PUE': 0.25}
    """
    _check(factors)
    logs = {cause: float(np.log(factor)) for cause, factor in factors.items()}
    total = sum(logs.values())
    if abs(total) < 1e-12:
        raise DataError("the factors multiply to 1: there is no ratio to share out")
    return {cause: value / total for cause, value in logs.items()}


def cumulative(factors: Mapping[str, float], order: Sequence[str] | None = None) -> dict[str, float]:
    """Return the product after each cause, in a stated order.

    Parameters
    ----------
    factors : mapping of str to float
        Factor by cause [-], each above 0.
    order : sequence of str, optional
        Every cause once; the mapping's own order if not given.

    Returns
    -------
    dict
        Cause to the ratio reached with it [-]; the last is the product of all.

    Raises
    ------
    DataError
        A factor that is not above 0, or an order that does not name every cause once.

    References
    ----------
    Patterson et al. 2021, Carbon emissions and large neural network training, arXiv:2104.10350,
    section 4: model 1.3, hardware 7.4, PUE 10.5, clean grid 56.5, cumulative.

    Examples
    --------
    >>> cumulative({"model": 1.5, "hardware": 4.0, "grid": 2.0})
    {'model': 1.5, 'hardware': 6.0, 'grid': 12.0}
    """
    _check(factors)
    names = list(order) if order is not None else list(factors)
    if sorted(names) != sorted(factors):
        raise DataError(f"`order` is {', '.join(names)}: name each of {', '.join(factors)} once")
    reached = np.cumprod([factors[name] for name in names])
    return dict(zip(names, reached.tolist(), strict=True))


def steps(reached: Sequence[float]) -> list[float]:
    """Return the factors of cumulative ratios.

    ``reached[i] / reached[i - 1]``: the inverse of `cumulative`.

    Parameters
    ----------
    reached : sequence of float
        Ratio after each cause [-], each above 0.

    Returns
    -------
    list of float
        The first ratio, then each over the one before [-].

    Raises
    ------
    DataError
        A ratio that is not above 0.

    References
    ----------
    Patterson et al. 2021, arXiv:2104.10350, section 4.

    Examples
    --------
    >>> steps([1.5, 6.0, 12.0])
    [1.5, 4.0, 2.0]
    """
    _check({str(i): ratio for i, ratio in enumerate(reached)})
    return [reached[0], *(after / before for before, after in pairwise(reached))] if reached else []


def effects(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Return the contribution of each cause to the change of a product, in the unit of the product.

    ``effect[f] = L(P1, P0) * ln(f1 / f0)`` with the logarithmic mean ``L(a, b) = (a - b) / ln(a / b)``, a itself
    where both are equal: the effects add up to ``P1 - P0``, whatever the order of the causes.

    Parameters
    ----------
    before, after : mapping of str to float
        The same causes on both sides, each above 0 [-]; their product is what changes.

    Returns
    -------
    dict
        Effect by cause, negative where it lowers the product [unit of the product].

    Raises
    ------
    DataError
        A factor that is not above 0, or causes that are not the same.

    References
    ----------
    Ang 2004, Decomposition analysis for policymaking in energy (additive LMDI-I), Energy Policy 32:1131-1139.

    Examples
    --------
    >>> {cause: round(effect, 3) for cause, effect in effects({"a": 2.0, "b": 4.0}, {"a": 1.0, "b": 4.0}).items()}
    {'a': -4.0, 'b': 0.0}
    """
    _check(before)
    _check(after)
    if before.keys() != after.keys():
        raise DataError(f"causes are {', '.join(before)} before and {', '.join(after)} after: give the same")
    first, last = float(np.prod(list(before.values()))), float(np.prod(list(after.values())))
    mean = first if np.isclose(first, last, rtol=1e-12) else (last - first) / np.log(last / first)
    return {cause: float(mean * np.log(after[cause] / before[cause])) for cause in before}


def _check(factors: Mapping[str, float]) -> None:
    bad = [f"{cause}: {factor:g}" for cause, factor in factors.items() if not (np.isfinite(factor) and factor > 0)]
    if bad:
        raise DataError(f"factors are not above 0 ({'; '.join(bad)}): give ratios")
