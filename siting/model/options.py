"""Sites times cooling designs: what each draws, drinks and may grow to."""

import numpy as np
import pandas as pd

from siting.model.rows import Floats
from siting.model.scenario import Building
from siting.physics import cooling
from siting.world import climate


def cooling_options(sites: pd.DataFrame, designs: tuple[str, ...]) -> pd.DataFrame:
    """Return one option per site and design, with PUE and WUE over the site's typical year.

    Parameters
    ----------
    sites : pandas.DataFrame
        Gathered sites with `climate_set`, `climate_id` and `pressure_pa`.
    designs : tuple of str
        Cooling designs.

    Returns
    -------
    pandas.DataFrame
        `site` (position), `cooling`, `label`, `pue` (mean of the year), `peak_pue` (largest hour) and
        `wue_l_per_kwh` (mean of the year).

    Examples
    --------
    >>> from siting.world.places import starter_sites
    >>> lulea = starter_sites().query("id == 'lulea'").reset_index(drop=True)
    >>> cooling_options(lulea, ("airside_economizer_adiabatic",))["pue"].between(1.0, 1.3).tolist()
    [True]
    """
    tables = [_one_design(sites, design) for design in designs]
    options = pd.concat(tables, ignore_index=True).sort_values(["site", "cooling"], ignore_index=True)
    ids = sites["id"].to_numpy(str)[options["site"]]
    return options.assign(label=[f"{s}__{c}" for s, c in zip(ids, options["cooling"], strict=True)])


def _one_design(sites: pd.DataFrame, design: str) -> pd.DataFrame:
    """Run one design over the (dry bulb, wet bulb) hours of every site."""
    hours = climate.hours_of(list(zip(sites["climate_set"], sites["climate_id"], strict=True)))
    pressure = sites["pressure_pa"].to_numpy(float)[hours.place]
    balance = cooling.balance(design, hours.dry_bulb_c, hours.wet_bulb_c, pressure)
    peak = np.zeros(len(sites))
    np.maximum.at(peak, hours.place, balance.pue)
    return pd.DataFrame(
        {
            "site": np.arange(len(sites)),
            "cooling": design,
            "pue": hours.mean(balance.pue),
            "peak_pue": peak,
            "wue_l_per_kwh": hours.mean(balance.wue_l_per_kwh),
        }
    )


def with_max_halls(
    options: pd.DataFrame, facility_mw_cap: Floats, demand_mw: float, building: Building
) -> pd.DataFrame:
    """Add the largest number of halls each option may have.

    No site needs more halls than carry the whole demand: building beyond it, to reach a
    programme's threshold, is not offered.

    Parameters
    ----------
    options : pandas.DataFrame
        As `cooling_options` returns them.
    facility_mw_cap : numpy.ndarray
        Largest facility power of each site [MW]; infinite where no limit caps it.
    demand_mw : float
        Mean IT draw of the whole demand [MW].
    building : Building
        Hall size and utilisation.

    Returns
    -------
    pandas.DataFrame
        The options with `max_halls`.
    """
    enough = max(building.min_halls, int(np.ceil(demand_mw / (building.utilisation_max * building.hall_mw))))
    hall_peak_mw = building.hall_mw * options["peak_pue"].to_numpy(float)
    fit = np.floor(facility_mw_cap[options["site"]] / hall_peak_mw + 1e-9)
    return options.assign(max_halls=np.minimum(fit, enough).astype(int))
