"""Regression model of the round-trip time between two places without a measurement."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siting.physics.geodesy import check_lon_lat, great_circle_km
from siting.units import Bools, Floats, Ints
from siting.world.locate_point import country_at

NETWORKS = ("public_internet", "backbone")
"""What carries a round trip: the routes of public servers, or a cloud's own fibre between its regions."""

FIBRE_KM_PER_MS = 102.0
"""Great-circle kilometres per millisecond of round trip: light in fibre takes 4.9 us/km one way."""

FIXED_MS = 2.0
"""Added to the floor before the stretch: the time between neighbours (fitted, 2020 pings)."""

EFFECT_REACH_KM = 200.0
EFFECT_DOUBT = 0.05
"""Range of an endpoint's effect, and the weight of no effect (chosen by cross-validation)."""

MOST_SPREAD = float(np.log(4.0))
"""Largest logarithm of the 90th percentile over the median: few cities, short distance and remoteness multiply."""

FAR_KM = 1500.0
"""Distance to the nearest endpoint beyond which a place is extrapolated (cross-validation covers up to here)."""


MAINLAND_CHINA, INSIDE = "mainland_china", "CN"
"""World region, and its country: routes across its border give no information on places on the other side."""


@dataclass(frozen=True)
class Ends:
    """One end of each route.

    Parameters
    ----------
    effect : numpy.ndarray
        (..., r + 1) logarithmic effect on routes to each region, last on routes within the country.
    region : numpy.ndarray
        (...) index of the world region.
    country : numpy.ndarray
        (...) ISO 3166 code, empty at sea.
    remote_km : numpy.ndarray
        (...) distance to the nearest endpoint on the same side of the border of mainland China [km].
    """

    effect: Floats
    region: Ints
    country: NDArray[np.str_]
    remote_km: Floats


@dataclass(frozen=True)
class RttModel:
    """Fitted parameters of round-trip times: endpoints, region pairs, distance, remoteness.

    The median is (floor + 2 ms) * exp(distance + region pair + both endpoints' effects); within a country the region
    pair has no part in it, and distance and endpoints have effects of their own. The 90th percentile over pairs multiplies it by exp(spread). A place takes the effects
    of the endpoints around it, fading with distance, and the region of the nearest one, never across the border of
    mainland China.

    Parameters
    ----------
    regions : tuple of str
        Names of the world regions.
    lon, lat : numpy.ndarray
        (n,) endpoints [degree].
    region : numpy.ndarray
        (n,) index of each endpoint's world region.
    effect : numpy.ndarray
        (n, r + 1) logarithmic effect of an endpoint on routes to each region, last on routes within its country.
    pair_effect, pair_spread : numpy.ndarray
        (r, r) logarithmic effect, and ratio of the spread, of region pairs; symmetric.
    knots_km : numpy.ndarray
        (k,) distances [km].
    base, spread : numpy.ndarray
        (2, k) logarithmic stretch and spread there, between countries and within one.
    remote_km, remote_spread : numpy.ndarray
        (m,) distance of the remoter end from its endpoint [km], ratio of the spread there.
    line : dict
        Intercept [ms] and slope [ms/km] of the pooled line for each quantile.
    """

    regions: tuple[str, ...]
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

    def rtt_ms(self, a: Ends, b: Ends, km: Floats, quantile: float) -> Floats:
        """Estimate round-trip times.

        Parameters
        ----------
        a, b : Ends
            The two ends, of `ends`; broadcast.
        km : numpy.ndarray
            Great circle between them [km].
        quantile : {0.5, 0.9}
            Median, or 90th percentile, of an unseen pair.

        Returns
        -------
        numpy.ndarray
            Round trip [ms], of the broadcast shape.
        """
        within, at, knots = domestic(a.country, b.country), _log_km(km), _log_km(self.knots_km)
        between_regions = self.pair_effect[a.region, b.region] + (
            _towards(a.effect, b.region) + _towards(b.effect, a.region)
        )
        in_country = a.effect[..., -1] + b.effect[..., -1]
        stretch = _either(within, self.base, at, knots) + np.where(within, in_country, between_regions)
        remote = np.maximum(a.remote_km, b.remote_km)
        if quantile == 0.9:
            spread = (
                _either(within, self.spread, at, knots)
                * np.where(within, 1.0, self.pair_spread[a.region, b.region])
                * np.interp(remote, self.remote_km, self.remote_spread)
            )
            stretch = stretch + np.minimum(spread, MOST_SPREAD)
        estimate = (km / FIBRE_KM_PER_MS + FIXED_MS) * np.exp(stretch)
        intercept_ms, slope_ms_per_km = self.line[quantile]
        pooled = np.maximum(estimate, intercept_ms + slope_ms_per_km * km)
        china = self.regions.index(MAINLAND_CHINA)
        far = (remote > FAR_KM) & ((a.region != china) | (b.region != china))
        return np.maximum(np.where(far, pooled, estimate), km / FIBRE_KM_PER_MS)

    def ends(self, lon: ArrayLike, lat: ArrayLike) -> Ends:
        """Return what the model knows of places.

        Parameters
        ----------
        lon, lat : array_like
            Places [degree]; broadcast.

        Returns
        -------
        Ends
            Of the broadcast shape.
        """
        check_lon_lat(lon, lat)
        lon, lat = np.broadcast_arrays(np.asarray(lon, float), np.asarray(lat, float))
        country = country_at(lon, lat)
        inside, china = country == INSIDE, self.regions.index(MAINLAND_CHINA)
        km = great_circle_km(lon[..., None], lat[..., None], self.lon, self.lat)
        km = np.where(inside[..., None] == (self.region == china), km, np.inf)
        weight = np.exp(-km / EFFECT_REACH_KM)
        weight /= weight.sum(axis=-1, keepdims=True) + EFFECT_DOUBT
        # einsum, not @: the bits of a place do not depend on the other places of the call
        effect = np.einsum("...n,nr->...r", weight, self.effect)
        region = np.where(inside, china, self.region[km.argmin(axis=-1)])
        return Ends(effect, region, country, km.min(axis=-1))


def domestic(country_a: NDArray[np.str_], country_b: NDArray[np.str_]) -> Bools:
    """Return whether both ends lie in one country; places at sea are in none."""
    return np.asarray((country_a == country_b) & (country_a != ""))


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
    return np.interp(_log_km(km), _log_km(knots_km), values)


def _log_km(km: Floats) -> Floats:
    """Return the scale on which stretch and spread are linear."""
    return np.asarray(np.log1p(km / 50.0))


def _either(within: Bools, values: Floats, at: Floats, knots: Floats) -> Floats:
    """Return values between countries (first row) or within one (second), interpolated."""
    between, inside = (np.interp(at, knots, row) for row in values)
    return np.asarray(np.where(within, inside, between))


def _towards(effect: Floats, region: Ints) -> Floats:
    """Return the effect of places on routes to regions, broadcast."""
    shape = np.broadcast_shapes(effect.shape[:-1], region.shape)
    effect = np.broadcast_to(effect, (*shape, effect.shape[-1]))
    region = np.broadcast_to(region, shape)
    return np.take_along_axis(effect, region[..., None], axis=-1)[..., 0]
