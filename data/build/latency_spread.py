"""How far round trips spread around the estimate, so that the 90th percentile holds on unseen cities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from latency_fit import KNOTS_KM, PAIRS, REGIONS, Indices, pair_codes
from numpy.typing import NDArray

from siting.units import Floats
from siting.world.latency.rtt_model import MAINLAND_CHINA, RttModel, along_log_km

REMOTE_KM = np.array([100, 250, 500, 1000, 1500], dtype=float)
"""Held-out cities are never nearer to an endpoint than 100 km; below that the first value holds."""

WITHIN = len(PAIRS)
"""Code of routes within a country, one class in all regions."""

DISTANCE_DOUBT, PAIR_DOUBT, REMOTE_DOUBT, WIDER_DOUBT = 100.0, 200.0, 200.0, 5.0
"""Pairs of cities that a group must have for its own spread to count half; fewer suffice where a thin pair is wider."""

FEW_CITIES, FEW_PAIRS = 7, 100
"""Unseen cities, or pairs, below which a region pair is thin: the sign of a new city's residual is then not known from
the others."""

SLOWER = {50.0: 0.0375, 100.0: 0.015, 150.0: 0.015, 200.0: 0.015}
"""Limit [ms] to the share of accepted calibration pairs that may be slower: below the promises, since unseen cities
do a little worse (0.03 to 0.045 and 0.013 to 0.019 were looked at)."""

LEAST_ACCEPTED = 60
"""Pairs accepted at a limit that a region pair needs to be widened on its own."""

WIDENINGS = np.arange(1.0, 3.0, 0.02)


def calibrate(model: RttModel, held_out: pd.DataFrame, quantile: float, clustered: float = 1.0) -> RttModel:
    """Give a model the spread that residuals of held-out cities have.

    By distance first, between countries and within one, then by region pair, then by remoteness; groups of few pairs
    are drawn to what the others have. A region pair with few cities counts residuals of either sign, those of its rarer
    cities apart, is never narrower than the others, and is widened by sqrt(1 + 1/n) for n cities. Mainland China to
    abroad is one such class. Last, region pairs with many pairs accepted at a limit are widened until few enough of
    those are slower: there the tail is heavier than its 90th percentile says. Where the pairs of one new city are slower
    together, as on a backbone of few regions, `clustered` widens the region pairs of many cities once more.

    Parameters
    ----------
    model : RttModel
        As fitted.
    held_out : pandas.DataFrame
        `rtt_ms`, `residual` (log of measured over median), `km`, `within` (one country), `pair` (region-pair code, or `WITHIN`),
        `unseen` (the held-out city), `unseen_region` and `remote_km` of pairs of cities that the fit behind each
        residual had not seen.
    quantile : float
        Quantile of the residuals that the spread is.
    clustered : float, optional
        Factor on the spread of region pairs of `FEW_CITIES` or more, 1 or more [-].

    Returns
    -------
    RttModel
        With spreads.
    """
    residual, km, within = (held_out[name].to_numpy() for name in ("residual", "km", "within"))
    by_distance = _by_distance(residual, km, within, quantile)
    scaled = held_out.assign(residual=residual / _at(by_distance, km, within))
    pair = held_out["pair"].to_numpy()
    ratio = _by_region_pair(scaled, quantile)
    left = scaled["residual"].to_numpy() / ratio[pair]
    remote = held_out["remote_km"].to_numpy()
    remote_ratio = np.array([_drawn(left[group], REMOTE_DOUBT, quantile) for group in _around(remote, REMOTE_KM)])
    remote_factor = np.interp(remote, REMOTE_KM, remote_ratio)
    spread = by_distance * np.quantile(left / remote_factor, quantile)
    wide = _widened_at_limits(ratio, held_out, _at(spread, km, within) * remote_factor)
    city, at = (held_out[name].to_numpy() for name in ("unseen", "unseen_region"))
    many = [_rarer(code, pair, city, at)[1] >= FEW_CITIES for code in range(len(PAIRS))]
    wide[:WITHIN][many] *= clustered
    return replace(
        model,
        remote_km=REMOTE_KM,
        spread=spread * np.array([[1.0], [wide[WITHIN]]]),
        pair_spread=wide[pair_codes()],
        remote_spread=remote_ratio,
    )


def _by_distance(residual: Floats, km: Floats, within: NDArray[np.bool_], quantile: float) -> Floats:
    """Return the spread at each knot, (2, k): between countries and within one."""
    spread = np.zeros((2, len(KNOTS_KM)))
    for knot, group in enumerate(_around(np.log1p(km / 50), np.log1p(KNOTS_KM / 50))):
        every = np.quantile(residual[group], quantile) if group.any() else np.nan
        for row, own in enumerate((group & ~within, group & within)):
            value = np.quantile(residual[own], quantile) if own.any() else every
            spread[row, knot] = (own.sum() * value + DISTANCE_DOUBT * every) / (own.sum() + DISTANCE_DOUBT)
    known = ~np.isnan(spread[0])
    return np.stack([np.interp(KNOTS_KM, KNOTS_KM[known], row[known]) for row in spread])


def _by_region_pair(scaled: pd.DataFrame, quantile: float) -> Floats:
    """Return the ratio of every region pair's spread to that of all pairs at the distance."""
    value, pair, city, at = (scaled[name].to_numpy() for name in ("residual", "pair", "unseen", "unseen_region"))
    china = REGIONS.index(MAINLAND_CHINA)
    ratio = np.array([_of_region_pair(code, value, pair, city, at, quantile) for code in range(len(PAIRS))] + [1.0])
    ratio[WITHIN] = _drawn(value[pair == WITHIN], PAIR_DOUBT, quantile)
    abroad = np.array([code for code, ends in enumerate(PAIRS) if (ends == china).sum() == 1])
    across = np.isin(pair, abroad) & (at == china)
    ratio[abroad] = np.maximum(ratio[abroad], _thin(value[across], len(np.unique(city[across])), quantile))
    return ratio


def _of_region_pair(code: int, value: Floats, pair: Indices, city: Indices, at: Indices, quantile: float) -> float:
    """Return the ratio of one region pair."""
    own = pair == code
    rarer, cities = _rarer(code, pair, city, at)
    if not own.any() or (cities >= FEW_CITIES and own.sum() >= FEW_PAIRS):
        return _drawn(value[own], PAIR_DOUBT, quantile)
    return max(_thin(value[own], cities, quantile), _thin(value[rarer], cities, quantile))


def _rarer(code: int, pair: Indices, city: Indices, at: Indices) -> tuple[NDArray[np.bool_], int]:
    """Return which rows of a region pair have their unseen city in its region of fewer cities, and their number."""
    rows = [(pair == code) & (at == region) for region in PAIRS[code]]
    return min(((own, len(np.unique(city[own]))) for own in rows), key=lambda group: group[1])


def _thin(value: Floats, cities: int, quantile: float) -> float:
    """Return the ratio of a group of few cities: residuals of either sign, one or more, for a city not among them."""
    own = float(np.quantile(np.abs(value), quantile)) if len(value) else 1.0
    return max(1.0, _drawn(np.abs(value), WIDER_DOUBT if own > 1 else PAIR_DOUBT, quantile)) * float(
        np.sqrt(1 + 1 / max(cities, 1))
    )


def _widened_at_limits(pair_ratio: Floats, held_out: pd.DataFrame, unpaired: Floats) -> Floats:
    """Return the ratios of region pairs, each by the least factor that keeps `SLOWER` at every limit."""
    rtt_ms, pair = held_out["rtt_ms"].to_numpy(), held_out["pair"].to_numpy()
    median_ms = rtt_ms / np.exp(held_out["residual"].to_numpy())
    wide = pair_ratio.copy()
    for limit_ms, most in SLOWER.items():
        for code in range(len(pair_ratio)):
            own = pair == code
            spread = unpaired[own] * wide[code]
            if (median_ms[own] * np.exp(spread) <= limit_ms).sum() >= LEAST_ACCEPTED:
                wide[code] *= _least_widening(median_ms[own], spread, rtt_ms[own], limit_ms, most)
    return wide


def _least_widening(median_ms: Floats, spread: Floats, rtt_ms: Floats, limit_ms: float, most: float) -> float:
    """Return the least factor on the spread with which one or few enough accepted pairs are slower, or the fewest."""
    fewest, best = np.inf, 1.0
    for factor in WIDENINGS:
        accepted = median_ms * np.exp(factor * spread) <= limit_ms
        slower = max(0.0, (rtt_ms[accepted] > limit_ms).sum() - max(1.0, most * accepted.sum()))
        if slower < fewest:
            fewest, best = slower, float(factor)
        if slower == 0:
            break
    return best


def _at(spread: Floats, km: Floats, within: NDArray[np.bool_]) -> Floats:
    """Return the spread at distances, between countries or within one."""
    between, inside = (along_log_km(km, KNOTS_KM, row) for row in spread)
    return np.where(within, inside, between)


def _around(at: Floats, knots: Floats) -> list[NDArray[np.bool_]]:
    """Return for each knot which values lie nearer to it than to its neighbours."""
    nearest = np.digitize(at, (knots[:-1] + knots[1:]) / 2)
    return [nearest == index for index in range(len(knots))]


def _drawn(scaled: Floats, doubt: float, quantile: float) -> float:
    """Return the quantile of scaled residuals, drawn to one where they are few."""
    own = np.quantile(scaled, quantile) if len(scaled) else 1.0
    return float(np.clip((len(scaled) * own + doubt) / (len(scaled) + doubt), 0.3, 4.0))
