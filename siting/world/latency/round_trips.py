"""Round-trip times between any two places: measured where there is a measurement, else modelled."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siting.errors import ScenarioError, nearest
from siting.physics.geodesy import great_circle_km
from siting.units import Floats, Ints
from siting.world.latency.rtt_model import FAR_KM, FIBRE_KM_PER_MS, INSIDE, NETWORKS, RttModel
from siting.world.tables import read_table
from siting.world.user_files.user_rtt import DAY_MAXIMUM_OVER_MEAN_P90

QUANTILES = (0.5, 0.9)

MEASURED_WITHIN_KM = 10.0
"""Distance up to which a place is a measured endpoint: towns are points of different sources (assumption)."""


@dataclass(frozen=True)
class Measured:
    """Measured endpoints and the round trips between them.

    Parameters
    ----------
    lon, lat : numpy.ndarray
        (n,) endpoints [degree].
    rtt_ms : numpy.ndarray
        (n, n) symmetric; NaN where none was measured [ms].
    """

    lon: Floats
    lat: Floats
    rtt_ms: Floats

    def between(self, lon_a: ArrayLike, lat_a: ArrayLike, lon_b: ArrayLike, lat_b: ArrayLike) -> Floats:
        """Return the measured round trip [ms], NaN where there is none; broadcasts."""
        return np.asarray(self.rtt_ms[self._endpoint(lon_a, lat_a), self._endpoint(lon_b, lat_b)])

    def _endpoint(self, lon: ArrayLike, lat: ArrayLike) -> Ints:
        """Return the nearest endpoint within reach, else -1: the row and column of NaN."""
        lon, lat = np.broadcast_arrays(np.asarray(lon, float), np.asarray(lat, float))
        km = great_circle_km(lon[..., None], lat[..., None], self.lon, self.lat)
        return np.where(km.min(axis=-1) <= MEASURED_WITHIN_KM, km.argmin(axis=-1), -1)


def rtt_ms(
    lon_a: ArrayLike,
    lat_a: ArrayLike,
    lon_b: ArrayLike,
    lat_b: ArrayLike,
    quantile: float = 0.9,
    network: str = "public_internet",
) -> Floats:
    """Return the round-trip time between places.

    The modelled median or 90th percentile of an unseen pair; that is a spread over pairs, not over time. On the
    backbone a pair of which both ends are measured endpoints has the measured value as its median and 1.19 times that
    as its 90th percentile; no backbone is known in mainland China, so that a pair with an end there has the estimate
    of the public internet.

    Parameters
    ----------
    lon_a, lat_a, lon_b, lat_b : array_like
        Places [degree], longitude -180..360, latitude -90..90; the four broadcast.
    quantile : {0.9, 0.5}
        0.9 for limits, 0.5 for a best guess.
    network : {"public_internet", "backbone"}
        Routes of public servers, or a cloud's own fibre.

    Returns
    -------
    numpy.ndarray
        Round trip [ms], of the broadcast shape; symmetric, never below the time that
        light in fibre needs over the great circle.

    Raises
    ------
    siting.errors.DataError
        A coordinate is missing or out of range.
    siting.errors.ScenarioError
        `quantile` is neither 0.5 nor 0.9, or `network` is neither of the two.

    References
    ----------
    Measured pairs, and backbone: Microsoft, Azure network round-trip latency statistics (2026).
    Public internet: fitted on 19,000 pairs of public servers, July 2020; the errors are in the
    method of the table ``rtt_fit_endpoints``.

    Examples
    --------
    >>> float(rtt_ms(-6.27, 53.35, 4.90, 52.37, quantile=0.5, network="backbone"))  # Dublin - Amsterdam, measured
    18.0
    """
    if quantile not in QUANTILES:
        raise ScenarioError(f"`quantile` is {quantile}: use 0.5 (median over pairs) or 0.9 (for limits)")
    known_network(network)
    km = great_circle_km(lon_a, lat_a, lon_b, lat_b)
    public = rtt_model("public_internet")
    a, b = public.ends(lon_a, lat_a), public.ends(lon_b, lat_b)
    estimate = public.rtt_ms(a, b, km, float(quantile))
    if network == "public_internet":
        return estimate
    backbone = rtt_model(network)
    own = backbone.rtt_ms(backbone.ends(lon_a, lat_a), backbone.ends(lon_b, lat_b), km, float(quantile))
    measured = _measured().between(lon_a, lat_a, lon_b, lat_b)
    ratio = DAY_MAXIMUM_OVER_MEAN_P90 if quantile == 0.9 else 1.0
    modelled = np.where((a.country == INSIDE) | (b.country == INSIDE), estimate, own)
    return np.where(np.isnan(measured), modelled, np.maximum(ratio * measured, km / FIBRE_KM_PER_MS))


def rtt_quality(
    lon_a: ArrayLike, lat_a: ArrayLike, lon_b: ArrayLike, lat_b: ArrayLike, network: str = "public_internet"
) -> NDArray[np.str_]:
    """Return the quality of round-trip times.

    Parameters
    ----------
    lon_a, lat_a, lon_b, lat_b : array_like
        Places [degree]; the four broadcast.
    network : {"public_internet", "backbone"}
        Routes of public servers, or a cloud's own fibre.

    Returns
    -------
    numpy.ndarray
        ``measured`` (on the backbone, both ends measured endpoints: the median is observed; the 90th percentile is
        1.19 times it and so modelled), ``modelled``, or ``extrapolated`` where an end lies more than 1,500 km
        from every endpoint of the fit on its side of the border of mainland China, or, on the backbone, inside it.

    Raises
    ------
    siting.errors.DataError
        A coordinate is missing or out of range.
    siting.errors.ScenarioError
        `network` is neither of the two.

    Examples
    --------
    >>> rtt_quality(15.63, 78.22, [-6.27, 100.5], [53.35, 13.75]).tolist()  # from Longyearbyen
    ['extrapolated', 'extrapolated']
    """
    known_network(network)
    model = rtt_model(network)
    far = np.maximum(model.ends(lon_a, lat_a).remote_km, model.ends(lon_b, lat_b).remote_km) > FAR_KM
    modelled = np.where(far, "extrapolated", "modelled")
    if network == "public_internet":
        return modelled
    return np.where(np.isnan(_measured().between(lon_a, lat_a, lon_b, lat_b)), modelled, "measured")


def known_network(network: str) -> None:
    """Refuse a network without round trips, naming the nearest.

    Raises
    ------
    siting.errors.ScenarioError
        `network` is not one of `NETWORKS`.
    """
    if network not in NETWORKS:
        raise ScenarioError(
            f"`network` is `{network}`{nearest(str(network), NETWORKS)}. Use {' or '.join(f'`{n}`' for n in NETWORKS)}"
        )


@cache
def rtt_model(network: str = "public_internet") -> RttModel:
    """Return the fitted model of a network, from the data package.

    Raises
    ------
    siting.errors.DataError
        A table is missing or altered.
    """
    parts = (read_table(f"rtt_fit_{part}") for part in ("endpoints", "distance", "remoteness", "line", "regions"))
    endpoints, distance, remote, line, pairs = (part[part["network"] == network] for part in parts)
    regions = tuple(sorted(set(pairs["world_region_a"]) | set(pairs["world_region_b"])))
    code = {name: index for index, name in enumerate(regions)}
    between, within = (distance[distance["within_country"] == row] for row in (0, 1))
    return RttModel(
        regions=regions,
        lon=_numbers(endpoints, "lon"),
        lat=_numbers(endpoints, "lat"),
        region=endpoints["world_region"].map(code).to_numpy(dtype=np.intp),
        effect=endpoints[[f"effect_{name}" for name in (*regions, "own_country")]].to_numpy(dtype=np.float64),
        pair_effect=_square(pairs, "effect", code),
        pair_spread=_square(pairs, "spread_ratio", code),
        knots_km=_numbers(between, "km"),
        base=np.stack([_numbers(between, "stretch"), _numbers(within, "stretch")]),
        spread=np.stack([_numbers(between, "spread"), _numbers(within, "spread")]),
        remote_km=_numbers(remote, "km"),
        remote_spread=_numbers(remote, "spread_ratio"),
        line=dict(zip(line["quantile"], zip(line["intercept_ms"], line["slope_ms_per_km"], strict=True), strict=True)),
    )


@cache
def _measured() -> Measured:
    """Return the measured endpoints and pairs, with a last row and column of NaN."""
    endpoints, pairs = read_table("rtt_endpoints"), read_table("rtt_measured")
    code = {name: index for index, name in enumerate(endpoints["region"])}
    times = np.full((len(code) + 1, len(code) + 1), np.nan)
    row, column = (pairs[f"region_{end}"].map(code).to_numpy(dtype=np.intp) for end in "ab")
    times[row, column] = times[column, row] = _numbers(pairs, "rtt_ms")
    return Measured(_numbers(endpoints, "lon"), _numbers(endpoints, "lat"), times)


def _numbers(table: Any, column: str) -> Floats:
    """Return a column as floats."""
    return np.asarray(table[column].to_numpy(dtype=np.float64))


def _square(pairs: Any, column: str, code: dict[str, int]) -> Floats:
    """Return a symmetric matrix of a column of region pairs."""
    square = np.zeros((len(code), len(code)))
    row, other = (pairs[f"world_region_{end}"].map(code).to_numpy(dtype=np.intp) for end in "ab")
    square[row, other] = square[other, row] = _numbers(pairs, column)
    return square
