"""Data of maps: the carbon intensity of grid zones in a scenario's year and method, and the figures of candidates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.errors import SitingError
from siting.physics.cooling.performance import MODEL_SOURCE
from siting.problem.sources import latency_tables
from siting.scenario.candidates import Outlook
from siting.scenario.named_places import candidates_of
from siting.scenario.objective import CarbonMethod
from siting.scenario.scenario import Scenario
from siting.world.grid import FACTORS
from siting.world.outlook import with_outlook
from siting.world.places import starter_sites, world_sites
from siting.world.tables import read_geo, read_table, resource, resources

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.problem.problem import Problem

CI_COLUMN = "ci_g_per_kwh"
PLAIN_CI = 150.0
"""An intensity whose grey stays behind every colour [gCO2e/kWh]."""
SCOPES = {"lifecycle": "life-cycle", "direct": "direct"}


@dataclass(frozen=True)
class Ground:
    """What lies under the marks of a map.

    Attributes
    ----------
    zones : geopandas.GeoDataFrame
        Polygons [EPSG:4326] with `zone_id` and `ci_g_per_kwh`, NaN where unknown.
    sources : pandas.DataFrame
        The tables it was read from: table, source, year, licence, quality; they go into the caption.
    method : str
        How the intensity is counted, such as `life-cycle (UNECE 2022) average`.
    year : str
        Year of the intensity: of an outlook, or the newest of the table.
    note : str
        Sentence of a caption: year and method, and which zones have an older year.
    """

    zones: gpd.GeoDataFrame
    sources: pd.DataFrame
    method: str = "life-cycle (UNECE 2022) average"
    year: str = ""
    note: str = ""

    @property
    def title(self) -> str:
        """Title of its colour bar."""
        return f"Grid: {self.method} {self.year}".rstrip() + " [gCO2e/kWh]"

    def plain(self) -> "Ground":
        """Return the same land in one pale grey, so that colour is left to the marks."""
        shape = self.sources[self.sources["table"].isin(LAND_TABLES)]
        return Ground(self.zones.assign(**{CI_COLUMN: PLAIN_CI}), shape)


LAND_TABLES = ("ground", "lakes")


def method_of(carbon: CarbonMethod) -> str:
    """Return how the location's intensity is counted, for a legend.

    Examples
    --------
    >>> method_of(CarbonMethod())
    'life-cycle (UNECE 2022) average'
    """
    factors = f" ({FACTORS[carbon.factors]})" if carbon.scope == "lifecycle" else ""
    return f"{SCOPES[carbon.scope]}{factors} {carbon.signal}"


def ground_of(scenario: Scenario | None = None) -> Ground:
    """Return the land, lakes cut out, with the intensity that the scenario counts sites at.

    Parameters
    ----------
    scenario : Scenario or None
        Its carbon method and outlook are used; None for today's life-cycle average.

    Returns
    -------
    Ground
        Zones, and the year and method of their intensity.

    Raises
    ------
    DataError
        If one of the tables is missing or damaged.

    Examples
    --------
    >>> ground_of().title
    'Grid: life-cycle (UNECE 2022) average 2025 [gCO2e/kWh]'
    """
    carbon = CarbonMethod() if scenario is None else scenario.minimise.carbon
    outlook = Outlook() if scenario is None else scenario.outlook
    zones = _land().merge(_intensity(carbon.column, outlook.year, outlook.us_scenario), on="zone_id", how="left")
    names = [*LAND_TABLES, "zone_signals" if carbon.signal == "marginal" else "zone_intensity"]
    method = method_of(carbon)
    if outlook.year is not None and carbon.signal == "average":
        names += ["zone_history", "us_projection"]
        year = str(outlook.year)
        note = f"Carbon of sites and grids: {method} of {year}, {outlook.us_scenario} in the USA, the trend of each zone elsewhere."
    else:
        years = zones["year"].dropna().astype(int)
        year, older = str(years.max()), int(zones.loc[zones["year"] < years.max(), "zone_id"].nunique())
        behind = f"; {older} zones have an older year, back to {years.min()}" if older else ""
        note = f"Carbon of sites and grids: {method} of {year}{behind}."
    sources = pd.DataFrame([resource(name).provenance() for name in names])
    return Ground(zones.drop(columns="year"), sources, method, year, note)


@cache
def _land() -> gpd.GeoDataFrame:
    """Return the polygons of the zones without lakes."""
    land = read_geo("ground")[["zone_id", "geometry"]]
    return land.set_geometry(land.geometry.difference(read_geo("lakes").geometry.union_all()))


@cache
def _intensity(column: str, year: int | None, us_scenario: str) -> pd.DataFrame:
    """Return zone, intensity and its year; of a zone in several projected states the mean over them."""
    table = read_table("zone_intensity").rename(columns={"year": "ci_year"})
    signals = read_table("zone_signals")[["zone_id", "ci_marginal_direct_g_per_kwh", "marginal_year"]]
    table = table.merge(signals, on="zone_id", how="left")
    when = "marginal_year" if column == "ci_marginal_direct_g_per_kwh" else "ci_year"
    states = read_table("sites")[["zone_id", "jurisdiction"]].drop_duplicates()
    ahead = with_outlook(table.merge(states, on="zone_id", how="left"), year, us_scenario, 0.0)
    mean = ahead.groupby("zone_id")[[column, when]].mean().reset_index()
    return mean.rename(columns={column: CI_COLUMN, when: "year"})


def candidate_points(scenario: Scenario | None = None) -> pd.DataFrame:
    """Return the name, longitude and latitude [degree] of the candidates of a scenario, by their ids.

    Those of the shipped world set without a scenario; none where a file that it names cannot be read.
    """
    try:
        found = world_sites() if scenario is None else candidates_of(scenario)
    except SitingError:
        found = world_sites().head(0)
    return found.set_index("id")[["name", "lon", "lat"]]


def question_places(plan: "Plan") -> pd.DataFrame:
    """Return every candidate of a plan's scenario and what became of it.

    Parameters
    ----------
    plan : Plan
        Any plan.

    Returns
    -------
    pandas.DataFrame
        `id`, `name`, `lon`, `lat` [degrees], and `outcome`: `built`, `lost` or `excluded`. It has no rows where the file of
        candidates is not there.

    Examples
    --------
    >>> import siting as st
    >>> scenario = st.Scenario(name="one", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),))
    >>> int(question_places(st.solve(st.prepare(scenario), gap=0.01))["outcome"].eq("built").sum())
    1
    """
    columns = ["id", "name", "lon", "lat"]
    try:
        places = candidates_of(plan.scenario)[columns]
    except SitingError:  # a plan from elsewhere, without the files that its scenario names
        places = pd.DataFrame(columns=columns)
    built, excluded = places["id"].isin(plan.sites["id"]), places["id"].isin(plan.excluded["site"])
    outcome = np.select([built, excluded], ["built", "excluded"], "lost")
    return places.assign(outcome=outcome).reset_index(drop=True)


COOLED = ("pue", "wue_l_per_kwh")
MADE_FROM: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(COOLED, ("climate", "climate_hours")),
    **dict.fromkeys(("ci_g_per_kwh", "renewable_share"), ("zone_intensity",)),
}
"""Tables that figures of candidates are computed from, where no table ships a column of that name."""


def candidate_facts(problem: "Problem | None" = None) -> pd.DataFrame:
    """Return the candidates of a problem with the figures that its scenario gives them.

    Parameters
    ----------
    problem : Problem, optional
        The numbers; without them the shipped starter set is returned as the tables have it.

    Returns
    -------
    pandas.DataFrame
        `Problem.sites` with `ci_g_per_kwh` (as the objective counts carbon), `rtt_p90_ms_mean` (to all hubs, weighted
        by their demand) [ms], and the least `pue` and `wue_l_per_kwh` [L/kWh] among the cooling designs.
    """
    if problem is None:
        return starter_sites()
    weight = problem.demand_mw.sum(axis=1)
    best = problem.options.groupby("site")[list(COOLED)].min().reindex(range(len(problem.sites)))
    return problem.sites.assign(
        ci_g_per_kwh=problem.sites[problem.scenario.minimise.carbon.column].to_numpy(float),
        rtt_p90_ms_mean=problem.rtt_p90_ms @ weight / weight.sum(),
        **{column: best[column].to_numpy(float) for column in COOLED},
    )


def column_sources(columns: Sequence[str]) -> pd.DataFrame:
    """Return the tables that ship the columns or that they are computed from, and the places themselves."""
    computed = {**MADE_FROM, "rtt_p90_ms_mean": ("hubs", *latency_tables("backbone"))}
    made = {table for c in columns for table in computed.get(c, ())}
    shipped = set(columns) - set(computed)
    rows = [
        table.provenance()
        for name, table in resources().items()
        if name == "sites"
        or name in made
        or (shipped & {f["name"] for f in table.fields} and not name.startswith("accuracy"))
    ]
    return pd.DataFrame([*rows, *([MODEL_SOURCE] if set(COOLED) & set(columns) else [])])
