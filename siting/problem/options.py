"""Options: each site with each cooling design, its PUE, water use and largest size."""

import numpy as np
import pandas as pd

from siting.physics import cooling
from siting.problem.weather import weather_of
from siting.scenario.building import Building
from siting.units import Floats
from siting.world.sea import sea_of


def cooling_options(
    sites: pd.DataFrame,
    designs: tuple[str, ...],
    preset: str = "default",
    sea_reach_km: float = 5.0,
    *,
    by_hour: bool = True,
) -> pd.DataFrame:
    """Return one option per site and design, with PUE and WUE over the site's typical year.

    A design that needs the sea is offered where the sea is within reach.

    Parameters
    ----------
    sites : pandas.DataFrame
        Gathered sites with `climate_set`, `climate_id` and `pressure_pa`.
    designs : tuple of str
        Cooling designs.
    preset : str
        Plant of every design, see `physics.cooling.preset`.
    sea_reach_km : float
        How far the sea may be from a site that uses it [km].
    by_hour : bool
        Whether to count the covariance of the hours of PUE and of the grid's life-cycle intensity.

    Returns
    -------
    pandas.DataFrame
        `site` (position), `cooling`, `label`, `pue` (mean of the year), `peak_pue` (largest hour),
        `wue_l_per_kwh` (mean of the year), `pue_ci_covariance` (emissions by the hour over those of annual means; 1
        where the grid has no hourly shape) and `ci_shape_known`.

    Examples
    --------
    >>> from siting.world.places import starter_sites
    >>> lulea = starter_sites().query("id == 'lulea'").reset_index(drop=True)
    >>> cooling_options(lulea, ("airside_economizer_adiabatic",))["pue"].between(1.0, 1.3).tolist()
    [True]
    """
    tables = [_one_design(sites, design, preset, sea_reach_km, by_hour) for design in designs]
    options = pd.concat(tables, ignore_index=True).sort_values(["site", "cooling"], ignore_index=True)
    ids = sites["id"].to_numpy(str)[options["site"]]
    return options.assign(label=[f"{s}__{c}" for s, c in zip(ids, options["cooling"], strict=True)])


def _one_design(sites: pd.DataFrame, design: str, preset: str, sea_reach_km: float, by_hour: bool) -> pd.DataFrame:
    """Run one design over the weather of every site that can have it."""
    here = np.arange(len(sites))
    if cooling.DESIGNS[design].needs_sea:
        here = np.flatnonzero(sea_of(sites["lon"], sites["lat"]).within(sea_reach_km))
    year = weather_of(sites.iloc[here].reset_index(drop=True), design)
    balance = cooling.balance_of(design, year.air, cooling.preset(design, preset))
    peak = np.zeros(len(here))
    np.maximum.at(peak, year.place, balance.pue)
    return pd.DataFrame(
        {
            "site": here,
            "cooling": design,
            "pue": year.mean(balance.pue),
            "peak_pue": peak,
            "wue_l_per_kwh": year.mean(balance.wue_l_per_kwh),
            "pue_ci_covariance": year.covariance(balance.pue) if by_hour else 1.0,
            "ci_shape_known": year.ci_known & by_hour,
        }
    )


def with_max_halls(
    options: pd.DataFrame, facility_mw_cap: Floats, demand_mw: float, building: Building, usable_hall_mw: float
) -> pd.DataFrame:
    """Add the largest number of halls each option may have.

    No site needs more halls than carry all demand: building beyond it, to reach a
    programme's threshold, is not offered.

    Parameters
    ----------
    options : pandas.DataFrame
        As `cooling_options` returns them.
    facility_mw_cap : numpy.ndarray
        Largest facility power of each site [MW]; infinite where no limit caps it.
    demand_mw : float
        Mean IT draw of all demand [MW].
    building : Building
        Hall size.
    usable_hall_mw : float
        Largest mean IT draw of a hall [MW].

    Returns
    -------
    pandas.DataFrame
        The options with `max_halls`.
    """
    enough = max(building.min_halls, int(np.ceil(demand_mw / usable_hall_mw)))
    hall_peak_mw = building.hall_mw * options["peak_pue"].to_numpy(float)
    fit = np.floor(facility_mw_cap[options["site"]] / hall_peak_mw + 1e-9)
    return options.assign(max_halls=np.minimum(fit, enough).astype(int))
