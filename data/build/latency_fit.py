"""What a route between two cities takes, learnt from pings between public servers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.linalg import lsqr

from siting.physics.geodesy import great_circle_km
from siting.units import Floats
from siting.world.latency.rtt_model import FIBRE_KM_PER_MS, FIXED_MS, RttModel

Indices = NDArray[np.intp]

KNOTS_KM = np.array([0, 100, 300, 700, 1500, 3000, 6000, 10000, 20040], dtype=float)
UNUSABLE = ("LaCeiba",)
"""Servers whose stated place is wrong: 87 of their pairs are faster than light."""

WORLD_REGIONS = {
    "north_america": ("United States", "Canada"),
    "central_america": ("Mexico", "Costa Rica", "Honduras", "Panama", "Puerto Rico"),
    "south_america": (
        "Argentina",
        "Brazil",
        "Colombia",
        "Ecuador",
        "Peru",
        "Suriname",
        "Uruguay",
        "Venezuela",
    ),
    "west_europe": (
        "Belgium",
        "Denmark",
        "Finland",
        "France",
        "Germany",
        "Iceland",
        "Ireland",
        "Isle of Man",
        "Italy",
        "Luxembourg",
        "Malta",
        "Netherlands",
        "Norway",
        "Portugal",
        "Spain",
        "Sweden",
        "Switzerland",
        "United Kingdom",
    ),
    "east_europe": (
        "Albania",
        "Bulgaria",
        "Croatia",
        "Cyprus",
        "Czech Republic",
        "Greece",
        "Hungary",
        "Kosovo",
        "Latvia",
        "Lithuania",
        "Moldova",
        "Poland",
        "Romania",
        "Russia",
        "Slovakia",
        "Slovenia",
        "Turkey",
        "Ukraine",
    ),
    "north_asia": ("Kazakhstan", "Georgia"),
    "middle_east": ("Israel", "Lebanon", "Saudi Arabia", "United Arab Emirates"),
    "south_asia": ("India", "Pakistan", "Bangladesh"),
    "southeast_asia": ("Cambodia", "Indonesia", "Malaysia", "Singapore", "Thailand", "Vietnam"),
    "east_asia": ("China", "Hong Kong", "Japan", "South Korea", "Taiwan"),
    "oceania": ("Australia", "New Zealand"),
    "north_africa": ("Algeria", "Egypt", "Tunisia"),
    "africa": ("Ghana", "Nigeria", "South Africa", "Tanzania", "Uganda"),
}
"""World regions of the servers' countries; Russia east of 60 E counts as north_asia."""

REGIONS = tuple(sorted(WORLD_REGIONS))

PAIR_SD, ENDPOINT_SD, ROUTE_SD, NOISE_SD = 0.4, 0.15, 0.25, 0.25
"""Prior spread of region-pair, endpoint and endpoint-to-region effects and of the rest (cross-validated)."""

HUBER_LOG = 0.25
"""Residuals beyond this count less and less, for the odd detour."""


@dataclass(frozen=True)
class Pings:
    """Round trips between pairs of cities.

    Parameters
    ----------
    name : tuple of str
        Servers.
    lon, lat : numpy.ndarray
        (n,) [degree].
    region : numpy.ndarray
        (n,) index in `REGIONS`.
    first, second : numpy.ndarray
        (p,) indices of the two ends.
    rtt_ms : numpy.ndarray
        (p,) mean round trip of both directions [ms].
    km : numpy.ndarray
        (p,) great circle [km].
    """

    name: tuple[str, ...]
    lon: Floats
    lat: Floats
    region: Indices
    first: Indices
    second: Indices
    rtt_ms: Floats
    km: Floats

    @property
    def stretch(self) -> Floats:
        """Logarithm of the round trip over floor plus fixed time."""
        return np.asarray(np.log(self.rtt_ms / (self.km / FIBRE_KM_PER_MS + FIXED_MS)))


def read_pings(sources: Path) -> Pings:
    """Read the public servers' pings, without impossible pairs.

    Parameters
    ----------
    sources : Path
        Folder of the raw tables.

    Returns
    -------
    Pings
        Undirected pairs; a pair with a direction faster than light in fibre is dropped.
    """
    folder = sources / "geo"
    servers = pd.read_csv(
        folder / "rtt_public_internet_2020_servers_FIT_ONLY.csv", keep_default_na=False, na_values=[""]
    )
    servers = servers[~servers["name"].isin(UNUSABLE)].sort_values("id", ignore_index=True)
    pings = pd.read_parquet(folder / "rtt_public_internet_2020_pings_FIT_ONLY.parquet")
    known = pings["source"].isin(servers["id"]) & pings["destination"].isin(servers["id"])
    pings = pings[known & (pings["source"] != pings["destination"])]
    code = pd.Series(servers.index, index=servers["id"])
    ends = np.sort(np.stack([code[pings["source"]], code[pings["destination"]]]), axis=0)
    pairs = (
        pd.DataFrame(
            {"first": ends[0], "second": ends[1], "avg": pings["avg"].to_numpy(), "min": pings["min"].to_numpy()}
        )
        .groupby(["first", "second"], as_index=False)
        .agg(avg=("avg", "mean"), least=("min", "min"))
    )
    lon, lat = servers["longitude"].to_numpy(float), servers["latitude"].to_numpy(float)
    first, second = pairs["first"].to_numpy(np.intp), pairs["second"].to_numpy(np.intp)
    km = great_circle_km(lon[first], lat[first], lon[second], lat[second])
    real = pairs["least"].to_numpy() >= km / FIBRE_KM_PER_MS
    rtt = pairs["avg"].to_numpy()
    return Pings(tuple(servers["name"]), lon, lat, _regions(servers), first[real], second[real], rtt[real], km[real])


def fit(pings: Pings, used: NDArray[np.bool_]) -> RttModel:
    """Fit the median of the model on some of the pairs; every spread is left at zero.

    Parameters
    ----------
    pings : Pings
        All pairs.
    used : numpy.ndarray
        (p,) which pairs may be seen.

    Returns
    -------
    RttModel
        Of the endpoints that occur in `used`.
    """
    n, r, k = len(pings.name), len(REGIONS), len(KNOTS_KM)
    first, second = pings.first[used], pings.second[used]
    pair = pair_codes()[pings.region[first], pings.region[second]]
    pairs = r * (r + 1) // 2
    to_second = k + pairs + n + first * r + pings.region[second]
    to_first = k + pairs + n + second * r + pings.region[first]
    hat, share = _hats(pings.km[used])
    columns = [hat, hat + 1, k + pair, k + pairs + first, k + pairs + second, to_second, to_first]
    scales = [1 - share, share, PAIR_SD, ENDPOINT_SD, ENDPOINT_SD, ROUTE_SD, ROUTE_SD]
    rows = np.tile(np.arange(len(first)), len(columns))
    values = np.concatenate([np.broadcast_to(scale, len(first)) for scale in scales])
    design = sparse.csr_matrix((values, (rows, np.concatenate(columns))), shape=(len(first), k + pairs + n + n * r))
    found = _robust_ridge(design, pings.stretch[used], np.where(np.arange(design.shape[1]) < k, 0.02, 1.0))
    pair_effect = PAIR_SD * found[k : k + pairs]
    endpoint = ENDPOINT_SD * found[k + pairs : k + pairs + n]
    effect = endpoint[:, None] + ROUTE_SD * found[k + pairs + n :].reshape(n, r)
    seen = np.unique(np.concatenate([first, second]))
    return RttModel(
        lon=pings.lon[seen],
        lat=pings.lat[seen],
        region=pings.region[seen],
        effect=effect[seen],
        pair_effect=pair_effect[pair_codes()],
        pair_spread=np.ones((r, r)),
        knots_km=KNOTS_KM,
        base=found[:k],
        spread=np.zeros(k),
        remote_km=np.zeros(1),
        remote_spread=np.ones(1),
        line=_pooled_lines(pings.km[used], pings.rtt_ms[used]),
    )


def region_pair_codes(region_a: Indices, region_b: Indices) -> Indices:
    """Return one number per unordered pair of regions."""
    return np.asarray(pair_codes()[region_a, region_b])


def _regions(servers: pd.DataFrame) -> Indices:
    """Return the world-region index of every server."""
    of_country = {country: region for region, countries in WORLD_REGIONS.items() for country in countries}
    named = servers["country"].map(of_country)
    if named.isna().any():
        raise ValueError(f"no world region for {', '.join(servers['country'][named.isna()].unique())}")
    named = named.mask((servers["country"] == "Russia") & (servers["longitude"] > 60), "north_asia")
    return np.asarray([REGIONS.index(region) for region in named], dtype=np.intp)


def pair_codes() -> Indices:
    """Return the (r, r) symmetric numbering of region pairs."""
    r = len(REGIONS)
    codes = np.zeros((r, r), dtype=np.intp)
    upper = np.triu_indices(r)
    codes[upper] = np.arange(len(upper[0]))
    return np.maximum(codes, codes.T)


def _hats(km: Floats) -> tuple[Indices, Floats]:
    """Return the knot below each distance and the share of the way to the next, in log distance."""
    at, knots = np.log1p(km / 50), np.log1p(KNOTS_KM / 50)
    below = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, len(knots) - 2)
    return below, (at - knots[below]) / (knots[below + 1] - knots[below])


def _robust_ridge(design: sparse.csr_matrix, wanted: Floats, penalty: Floats) -> Floats:
    """Solve ridge regression with Huber weights, unknowns scaled to unit prior spread."""
    damping = sparse.diags(NOISE_SD * penalty)
    weight, found = np.ones(len(wanted)), np.zeros(design.shape[1])
    for _ in range(4):
        stacked = sparse.vstack([sparse.diags(weight) @ design, damping]).tocsr()
        right = np.concatenate([weight * wanted, np.zeros(design.shape[1])])
        found = lsqr(stacked, right, x0=found, iter_lim=80, atol=1e-6, btol=1e-6)[0]
        miss = np.abs(wanted - design @ found)
        weight = np.sqrt(np.minimum(1.0, HUBER_LOG / np.maximum(miss, 1e-9)))
    return np.asarray(found)


def _pooled_lines(km: Floats, rtt_ms: Floats) -> dict[float, tuple[float, float]]:
    """Return intercept and slope of the quantile regression of time on distance, on a fixed thinning."""
    some = np.argsort(km, kind="stable")[::10]
    km, rtt_ms, n = km[some], rtt_ms[some], len(some)
    known = sparse.hstack([sparse.csr_matrix(np.column_stack([np.ones(n), km / 1000])), sparse.eye(n), -sparse.eye(n)])
    lines = {}
    for quantile in (0.5, 0.9):
        cost = np.concatenate([[0, 0], np.full(n, quantile), np.full(n, 1 - quantile)])
        bounds = [(None, None)] * 2 + [(0, None)] * (2 * n)
        line = linprog(cost, A_eq=known.tocsc(), b_eq=rtt_ms, bounds=bounds, method="highs").x[:2]
        lines[quantile] = (float(line[0]), float(line[1] / 1000))
    return lines
