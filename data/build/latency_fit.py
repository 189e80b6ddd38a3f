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
from siting.world.latency.rtt_model import FIBRE_KM_PER_MS, FIXED_MS, MAINLAND_CHINA, RttModel, domestic
from siting.world.locate_point import country_at

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
    "mainland_china": ("China",),
    "east_asia": ("Hong Kong", "Japan", "South Korea", "Taiwan"),
    "oceania": ("Australia", "New Zealand"),
    "north_africa": ("Algeria", "Egypt", "Tunisia"),
    "africa": ("Ghana", "Nigeria", "South Africa", "Tanzania", "Uganda"),
}
"""World regions of the servers' countries; Russia east of 60 E counts as north_asia."""

REGIONS = tuple(sorted(WORLD_REGIONS))

PAIRS = np.column_stack(np.triu_indices(len(REGIONS)))
"""Indices of the two regions of every region pair, by its code."""

DOMESTIC_SD, OWN_SD, PAIR_SD, ENDPOINT_SD, ROUTE_SD, NOISE_SD = 0.4, 0.2, 0.4, 0.15, 0.25, 0.25
"""Prior spread of same-country, endpoint-to-own-country, region-pair, endpoint and endpoint-to-region effects and of the rest (cross-validated)."""

CALIBRATED_TO = 0.895
"""Quantile of held-out residuals. Thin region pairs and limits widen it, so that coverage ends above it
(0.895 to 0.93 were looked at; all meet the promises, the least rejects the fewest pairs that are fast enough)."""

HUBER_LOG = 0.25
"""Residuals beyond this count less and less, for the odd detour."""


@dataclass(frozen=True)
class Pings:
    """Round trips between pairs of cities.

    Parameters
    ----------
    what : str
        Who measured, and when.
    quantile : float
        Quantile of held-out residuals to calibrate the 90th percentile to.
    name : tuple of str
        Servers or regions.
    lon, lat : numpy.ndarray
        (n,) [degree].
    region : numpy.ndarray
        (n,) index in `REGIONS`.
    country : numpy.ndarray
        (n,) ISO 3166 code of the land there.
    first, second : numpy.ndarray
        (p,) indices of the two ends.
    rtt_ms : numpy.ndarray
        (p,) mean round trip of both directions [ms].
    km : numpy.ndarray
        (p,) great circle [km].
    clustered : float
        Factor on the spread of region pairs of many cities, where the pairs of a new one are slower together [-].
    """

    what: str
    quantile: float
    name: tuple[str, ...]
    lon: Floats
    lat: Floats
    region: Indices
    country: NDArray[np.str_]
    first: Indices
    second: Indices
    rtt_ms: Floats
    km: Floats
    clustered: float = 1.0

    @property
    def within(self) -> NDArray[np.bool_]:
        """Whether both ends lie in one country."""
        return domestic(self.country[self.first], self.country[self.second])

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
    return Pings(
        what="Mean round trips between WonderNetwork's servers of 19-20 July 2020",
        quantile=CALIBRATED_TO,
        name=tuple(servers["name"]),
        lon=lon,
        lat=lat,
        region=_regions(servers),
        country=country_at(lon, lat),
        first=first[real],
        second=second[real],
        rtt_ms=rtt[real],
        km=km[real],
    )


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
    china = REGIONS.index(MAINLAND_CHINA)  # its one domestic pair crosses carriers, which says nothing of the others
    used = used & ((pings.region[pings.first] != china) | (pings.region[pings.second] != china))
    first, second = pings.first[used], pings.second[used]
    pair = pair_codes()[pings.region[first], pings.region[second]]
    effects = 2 * k + len(PAIRS)
    to_second = effects + n + first * r + pings.region[second]
    to_first = effects + n + second * r + pings.region[first]
    own = effects + n + n * r
    hat, share = _hats(pings.km[used])
    within, between = pings.within[used].astype(float), 1.0 - pings.within[used]
    terms = [
        (hat, 1 - share),
        (hat + 1, share),
        (k + hat, DOMESTIC_SD * within * (1 - share)),
        (k + hat + 1, DOMESTIC_SD * within * share),
        (2 * k + pair, PAIR_SD * between),
        (effects + first, ENDPOINT_SD * between),
        (effects + second, ENDPOINT_SD * between),
        (to_second, ROUTE_SD * between),
        (to_first, ROUTE_SD * between),
        (own + first, OWN_SD * within),
        (own + second, OWN_SD * within),
    ]
    rows = np.tile(np.arange(len(first)), len(terms))
    columns, values = (np.concatenate(part) for part in zip(*terms, strict=True))
    design = sparse.csr_matrix((values, (rows, columns)), shape=(len(first), own + n))
    found = _robust_ridge(design, pings.stretch[used], np.where(np.arange(own + n) < k, 0.02, 1.0))
    pair_effect = PAIR_SD * found[2 * k : effects]
    endpoint = ENDPOINT_SD * found[effects : effects + n]
    effect = endpoint[:, None] + ROUTE_SD * found[effects + n : own].reshape(n, r)
    seen = np.unique(np.concatenate([first, second]))
    return RttModel(
        regions=REGIONS,
        lon=pings.lon[seen],
        lat=pings.lat[seen],
        region=pings.region[seen],
        effect=np.column_stack([effect, OWN_SD * found[own:]])[seen],
        pair_effect=pair_effect[pair_codes()],
        pair_spread=np.ones((r, r)),
        knots_km=KNOTS_KM,
        base=np.stack([found[:k], found[:k] + DOMESTIC_SD * found[k : 2 * k]]),
        spread=np.zeros((2, k)),
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
    codes = np.zeros((len(REGIONS), len(REGIONS)), dtype=np.intp)
    codes[PAIRS[:, 0], PAIRS[:, 1]] = np.arange(len(PAIRS))
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
