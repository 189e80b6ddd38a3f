"""Regression model of the round-trip time between two places without a measurement."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from siting.physics.geodesy import great_circle_km
from siting.units import Floats, Ints

FIBRE_KM_PER_MS = 102.0
"""Great-circle kilometres per millisecond of round trip: light in fibre takes 4.9 us/km one way."""

FIXED_MS = 2.0
"""Added to the floor before the stretch: the time between neighbours (fitted, 2020 pings)."""

EFFECT_REACH_KM = 200.0
EFFECT_DOUBT = 0.05
"""Range of an endpoint's effect, and the weight of no effect (chosen by cross-validation)."""

FAR_KM = 1500.0
"""Distance to the nearest endpoint beyond which a place is extrapolated (cross-validation covers up to here)."""


@dataclass(frozen=True)
class RttModel:
    """Fitted parameters of round-trip times: endpoints, region pairs, distance, remoteness.

    The median is (floor + 2 ms) * exp(distance + region pair + both endpoints' effects);
    the 90th percentile over pairs multiplies it by exp(spread). A place takes the effects
    of the endpoints around it, fading with distance, and the region of the nearest one.

    Parameters
    ----------
    lon, lat : numpy.ndarray
        (n,) endpoints [degree].
    region : numpy.ndarray
        (n,) index of each endpoint's world region.
    effect : numpy.ndarray
        (n, r) logarithmic effect of an endpoint on routes to each region.
    pair_effect, pair_spread : numpy.ndarray
        (r, r) logarithmic effect, and ratio of the spread, of region pairs; symmetric.
    knots_km, base, spread : numpy.ndarray
        (k,) distances [km], logarithmic stretch and spread there.
    remote_km, remote_spread : numpy.ndarray
        (m,) distance of the remoter end from its endpoint [km], ratio of the spread there.
    line : dict
        Intercept [ms] and slope [ms/km] of the pooled line for each quantile.
    """

    lon: Floats
    lat: Floats
    region: Ints
    effect: Floats
    pair_effect: Floats
    pair_spread: Floats
    knots_km: Floats
    base: Floats
    spread: Floats
    remote_km: Floats
    remote_spread: Floats
    line: dict[float, tuple[float, float]]

    def rtt_ms(self, lon_a: ArrayLike, lat_a: ArrayLike, lon_b: ArrayLike, lat_b: ArrayLike, quantile: float) -> Floats:
        """Estimate round-trip times.

        Parameters
        ----------
        lon_a, lat_a, lon_b, lat_b : array_like
            The two ends [degree]; broadcast.
        quantile : {0.5, 0.9}
            Median, or 90th percentile, of an unseen pair.

        Returns
        -------
        numpy.ndarray
            Round trip [ms], of the broadcast shape.
        """
        km = great_circle_km(lon_a, lat_a, lon_b, lat_b)
        effect_a, region_a, remote_a = self._place(lon_a, lat_a)
        effect_b, region_b, remote_b = self._place(lon_b, lat_b)
        stretch = (
            along_log_km(km, self.knots_km, self.base)
            + self.pair_effect[region_a, region_b]
            + (_towards(effect_a, region_b) + _towards(effect_b, region_a))
        )
        remote = np.maximum(remote_a, remote_b)
        if quantile == 0.9:
            stretch = stretch + (
                along_log_km(km, self.knots_km, self.spread)
                * self.pair_spread[region_a, region_b]
                * np.interp(remote, self.remote_km, self.remote_spread)
            )
        estimate = (km / FIBRE_KM_PER_MS + FIXED_MS) * np.exp(stretch)
        intercept_ms, slope_ms_per_km = self.line[quantile]
        pooled = np.maximum(estimate, intercept_ms + slope_ms_per_km * km)
        return np.maximum(np.where(remote > FAR_KM, pooled, estimate), km / FIBRE_KM_PER_MS)

    def remoteness_km(self, lon: ArrayLike, lat: ArrayLike) -> Floats:
        """Return the distance to the nearest endpoint [km]."""
        return self._place(lon, lat)[2]

    def _place(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Ints, Floats]:
        """Return effects (..., r), region index (...) and distance to the nearest endpoint (...) [km]."""
        lon, lat = np.broadcast_arrays(np.asarray(lon, float), np.asarray(lat, float))
        km = great_circle_km(lon[..., None], lat[..., None], self.lon, self.lat)
        weight = np.exp(-km / EFFECT_REACH_KM)
        weight /= weight.sum(axis=-1, keepdims=True) + EFFECT_DOUBT
        # einsum, not @: the bits of a place do not depend on the other places of the call
        effect = np.einsum("...n,nr->...r", weight, self.effect)
        nearest = km.argmin(axis=-1)
        return effect, self.region[nearest], km.min(axis=-1)


def along_log_km(km: Floats, knots_km: Floats, values: Floats) -> Floats:
    """Interpolate linearly in log(1 + km/50), so that near and far bands have equal weight.

    Parameters
    ----------
    km : numpy.ndarray
        Distances [km].
    knots_km, values : numpy.ndarray
        Knots [km] and values there.

    Returns
    -------
    numpy.ndarray
        Values at `km`.
    """
    return np.interp(np.log1p(km / 50.0), np.log1p(knots_km / 50.0), values)


def _towards(effect: Floats, region: Ints) -> Floats:
    """Return the effect of places on routes to regions, broadcast."""
    shape = np.broadcast_shapes(effect.shape[:-1], region.shape)
    effect = np.broadcast_to(effect, (*shape, effect.shape[-1]))
    region = np.broadcast_to(region, shape)
    return np.take_along_axis(effect, region[..., None], axis=-1)[..., 0]
