"""What the pictures of maps are drawn from: a made-up plan, its candidates and their regret, the same every day."""

from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

PLACES = {  # longitude, latitude [degrees], IT power [MW], emissions [gCO2e/EFLOP]
    "Luleå": (22.15, 65.58, 240.0, 31.0),
    "Longyearbyen": (15.63, 78.22, 60.0, 310.0),
    "Tromsø": (18.96, 69.65, 40.0, 36.0),
    "Hobart": (147.33, -42.88, 120.0, 88.0),
    "Auckland": (174.76, -36.85, 80.0, 120.0),
    "McMurdo": (166.67, -77.85, 40.0, 700.0),
    "Honolulu": (-157.86, 21.31, 60.0, 560.0),
    "Quebec City": (-71.21, 46.81, 200.0, 40.0),
    "Petropavlovsk": (158.65, 53.02, 40.0, 240.0),
}
HUBS = {
    "Tokyo": (139.69, 35.69),
    "Los Angeles": (-118.24, 34.05),
    "London": (-0.13, 51.51),
    "Suva": (178.44, -18.14),
}
SOURCES = pd.DataFrame(
    [("zones", "made up", "2025", "public domain", "synthetic")],
    columns=["table", "source", "year", "licence", "quality"],
)


def points(places: dict[str, Any], **columns: Any) -> gpd.GeoDataFrame:
    """Make a table of places."""
    lon, lat = ([place[k] for place in places.values()] for k in (0, 1))
    table = pd.DataFrame({"id": list(places), "name": list(places), **columns})
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(lon, lat), crs=4326)


def a_plan() -> Any:
    """Make what a map needs of a plan: sites on both sides of 180 degrees and at both poles serve four hubs."""
    power, emissions = ([place[k] for place in PLACES.values()] for k in (2, 3))
    pairs = [(site, hub) for site in PLACES for hub in HUBS]
    return SimpleNamespace(
        name="pictures", status="optimal", gap=1e-4, kpis={"emissions_g_per_eflop": 88.0, "it_mw": sum(power)},
        sites=points(PLACES, it_mw=power, emissions_g_per_eflop=emissions), hubs=points(HUBS), sources=SOURCES,
        assignments=pd.DataFrame(pairs, columns=["site", "hub"]).assign(it_mw=np.linspace(1.0, 30.0, len(pairs))),
    )  # fmt: skip


def outcomes(plan: Any, **others: tuple[float, float, str]) -> pd.DataFrame:
    """Make what became of the candidates: the sites of a plan are built, others are given by place and outcome."""
    at = plan.sites.geometry
    built = pd.DataFrame(
        {"id": plan.sites["id"], "name": plan.sites["name"], "lon": at.x, "lat": at.y, "outcome": "built"}
    )
    rows = [(name.lower(), name, lon, lat, outcome) for name, (lon, lat, outcome) in others.items()]
    return pd.concat([built, pd.DataFrame(rows, columns=list(built))], ignore_index=True)


def candidates() -> pd.DataFrame:
    """Make candidates with numbers, words, a gap, and values that are assumed and synthetic."""
    lon, lat = ([place[k] for place in PLACES.values()] for k in (0, 1))
    table = pd.DataFrame({"id": list(PLACES), "name": list(PLACES), "lon": lon, "lat": lat})
    return table.assign(
        cdd21_k_day=[0.0, 0.0, 0.0, 12.0, 35.0, np.nan, 1900.0, 80.0, 0.0],
        climate_quality=["observed", "modelled", "assumption", "observed", "synthetic", "", "observed", "assumption", "modelled"],
        price_usd_per_mwh=np.linspace(30.0, 240.0, len(table)),
        price_quality=["observed", "derived", "modelled"] * 3,
        ci=np.linspace(20.0, 700.0, len(table)),
    )  # fmt: skip


def a_problem() -> Any:
    """Make what the maps of candidates need of a problem."""
    sites = candidates()
    rtt = np.abs(sites["lon"].to_numpy()[:, None] - np.array([140.0, -118.0, 0.0])) + 20.0
    return SimpleNamespace(
        sites=sites, rtt_p90_ms=rtt, demand_mw=np.array([[1.0, 1.0], [3.0, 0.0], [2.0, 2.0]]),
        options=pd.DataFrame({"site": np.repeat(range(9), 2), "pue": 1.2, "wue_l_per_kwh": np.linspace(2.0, 0.0, 18)}),
        scenario=SimpleNamespace(name="pictures", minimise=SimpleNamespace(carbon=SimpleNamespace(column="ci"))),
    )  # fmt: skip


def an_explanation() -> Any:
    """Make regrets of every kind: solved, screened, of a built site, and where no plan exists."""
    rows = [
        ("Luleå", "out", 12.0, 11.0, "optimal"), ("Longyearbyen", "in", 40.0, 39.0, "optimal"),
        ("Tromsø", "in", np.nan, 0.4, "screened"), ("Hobart", "out", np.nan, 0.0, "screened"),
        ("Auckland", "in", np.nan, 6.0, "screened"), ("McMurdo", "in", np.inf, np.inf, "infeasible"),
        ("Honolulu", "in", 25.0, 25.0, "optimal"), ("Quebec City", "out", 30.0, 30.0, "optimal"),
        ("Petropavlovsk", "in", np.nan, 18.0, "screened"),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["site", "forced", "regret", "regret_at_least", "status"])
    return SimpleNamespace(regret=table, unit="gCO2e/EFLOP")
