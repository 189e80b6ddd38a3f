"""Places that a scenario names: candidates and hubs, of shipped sets, of named countries, or of the planner's own files."""

from pathlib import Path

import pandas as pd

from siting.errors import ScenarioError, listed, nearest
from siting.scenario.demand import HubChoice
from siting.scenario.scenario import Scenario
from siting.world import grid, places
from siting.world.outlook import with_outlook
from siting.world.user_files import user_places

OWN_PLACES = "shipped is `{}`, or give a CSV or GeoJSON file of places (or GeoPackage, Shapefile, Parquet, KML)"


def candidates_of(scenario: Scenario) -> pd.DataFrame:
    """Return every candidate the scenario names, the excluded ones too."""
    name = scenario.candidates.set
    if name in places.SETS:
        candidates = places.SETS[name]()
    else:
        file = own_file(scenario, "candidates.set", name, OWN_PLACES.format("` or `".join(places.SETS)))
        candidates = user_places.read_sites(file, off_land=scenario.candidates.off_land)
    strangers = sorted(set(scenario.candidates.exclude) - set(candidates["id"]))
    if strangers:
        raise ScenarioError(
            f"`candidates.exclude` names {listed(strangers)}: no candidate has that id"
            f"{nearest(strangers[0], candidates['id'])}: correct or remove it"
        )
    return grid.with_imputed_prices(candidates) if "price" in scenario.impute else candidates


def candidates_in_their_year(scenario: Scenario) -> pd.DataFrame:
    """Return the candidates in the year and the climate that the scenario looks at."""
    outlook = scenario.outlook
    return with_outlook(candidates_of(scenario), outlook.year, outlook.us_scenario, outlook.warming_k)


def hubs_of(scenario: Scenario) -> pd.DataFrame:
    """Return the hubs of a scenario with their weights, without those of excluded countries.

    Raises
    ------
    ScenarioError
        The file does not exist or is not valid, or a named country has no hub.
    """
    name = scenario.demand.hubs
    if isinstance(name, HubChoice):
        return scenario.demand.included(_chosen(name))
    if name in places.HUBS:
        return scenario.demand.included(places.HUBS[name]())
    path = own_file(scenario, "demand.hubs", name, OWN_PLACES.format("` or `".join(places.HUBS)))
    return scenario.demand.included(user_places.read_hubs(path))


def _chosen(choice: HubChoice) -> pd.DataFrame:
    """Return the hubs of the named countries; of cities all that are known there."""
    if not choice.countries:
        return places.HUBS[choice.by]()
    hubs = places.cloud_hubs() if choice.by == "cloud_regions" else places.city_hubs(0)
    found = hubs[hubs["country_iso2"].isin(choice.members)].reset_index(drop=True)
    here = set(found["country_iso2"])
    without = [c for c in choice.countries if not here & set(HubChoice(countries=(c,)).members)]
    if without:
        other = '; `by = "population"` takes its cities' if choice.by == "cloud_regions" else ""
        raise ScenarioError(
            f"`demand.hubs.countries` names {listed(without)}, where no hub by `{choice.by}` is known: remove it{other}"
        )
    return found


def own_file(scenario: Scenario, key: str, name: str, advice: str) -> Path:
    """Return the path of a file of the planner's own.

    Raises
    ------
    ScenarioError
        No such file.
    """
    path = scenario.file(name)
    if not path.is_file():
        slash = ", with a slash (/) between folders" if "\\" in name else ""
        raise ScenarioError(f"`{key}` is `{name}`: no such file; {advice}{slash} (looked for {path})")
    return path
