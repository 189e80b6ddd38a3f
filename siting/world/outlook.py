"""Places in a later year and a warmer climate: published projections where available, else the trend."""

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from siting.errors import DataError, ScenarioError
from siting.world import grid
from siting.world.tables import read_table
from siting.world.user_files.own_columns import AS_GIVEN

if TYPE_CHECKING:
    from pandas import DataFrame, Series

UsScenario = Literal["MidCase", "95by2050", "100by2035", "AEO-reference", "highelec_lowfossil", "lowelec_highfossil"]
"""Scenarios of the table `us_projection`."""

FIRST_YEAR, LAST_YEAR = 2026, 2050
LARGEST_WARMING_K = 5.0

WARMING = "climate_warming_k"
"""Column of places: warming of every hour above the shipped typical year [K]."""

LIFECYCLE_COLUMNS = ("ci_lifecycle_g_per_kwh", "ci_lifecycle_ipcc2014_g_per_kwh")
"""Life-cycle intensity by each set of factors, the default first."""

LEAST_LEFT = 0.1
"""Share of today's intensity at which a falling trend is cut (assumption): a straight line has no end, a fleet has."""

MOST_LEFT = 2.0
"""Share of today's intensity at which a rising trend is cut (assumption)."""

SMALL_G_PER_KWH = 50.0
"""Direct intensity of a state below which the mean ratio of all states is used (assumption)."""

BAND_ERRORS = 2.0
"""Standard errors of the slope to either side of a trend: about 95 % if years were independent, which they are not."""


def with_outlook(places: "DataFrame", year: int | None, us_scenario: str, warming_k: float) -> "DataFrame":
    """Return gathered places with the intensity of a later year, and a warmer climate.

    Direct emissions follow the projection or the trend. The rest of the life-cycle intensity (fuel supply, plants)
    is constant where direct emissions are projected, and follows the trend otherwise.

    Parameters
    ----------
    places : pandas.DataFrame
        As `siting.world.places.gather` returns them: `zone_id`, `jurisdiction`, the columns of intensity, `ci_year`.
    year : int or None
        2026 to 2050, or None for today.
    us_scenario : str
        One of `UsScenario`.
    warming_k : float
        Warming of every hour [K].

    Returns
    -------
    pandas.DataFrame
        The same places, unchanged where year is None and the warming 0; else with `ci_low_g_per_kwh`,
        `ci_high_g_per_kwh` and `ci_outlook`, the basis of the intensity. Without a projection or a trend the
        intensity is unknown.

    Raises
    ------
    ScenarioError
        A year or a scenario that is not known.

    Examples
    --------
    >>> from siting.world.places import starter_sites
    >>> some = starter_sites().query("id in ('dallas', 'lulea')")
    >>> with_outlook(some, 2035, "MidCase", 0.0).set_index("id")["ci_outlook"].loc[["lulea", "dallas"]].tolist()
    ['trend', 'projection MidCase']
    """
    if warming_k != 0.0:
        places = places.assign(**{WARMING: warming_k})
    if year is None:
        return places
    if not FIRST_YEAR <= year <= LAST_YEAR or us_scenario not in get_args(UsScenario):
        raise ScenarioError(
            f"year {year}, scenario `{us_scenario}`: give a year from {FIRST_YEAR} to {LAST_YEAR} and one of "
            f"{', '.join(get_args(UsScenario))}"
        )
    ratio, low, high, word = outlook_ratios(places, year, us_scenario)
    sets = {c: places[c].astype(float) for c in LIFECYCLE_COLUMNS if c in places}
    direct = places["ci_direct_g_per_kwh"].astype(float)
    projected = word.str.startswith("projection").fillna(value=False).astype(bool)

    def at(share: "Series[float]", lifecycle: "Series[float]") -> "Series[float]":
        beyond = (lifecycle - direct).clip(lower=0.0)
        return (beyond + direct * share).where(projected, lifecycle * share)

    quality = places.get("ci_quality", word)
    mine = quality == AS_GIVEN  # the planner's own intensity is that of the year that is planned for
    marked = quality.where(ratio.isna() & ("ci_quality" in places), "modelled").where(~mine, AS_GIVEN)
    ratio, low, high = (x.where(~mine, 1.0) for x in (ratio, low, high))
    word = word.where(~mine, AS_GIVEN)
    return places.assign(
        **{column: at(ratio, today) for column, today in sets.items()},
        ci_direct_g_per_kwh=direct * ratio,
        ci_low_g_per_kwh=at(low, sets[LIFECYCLE_COLUMNS[0]]),
        ci_high_g_per_kwh=at(high, sets[LIFECYCLE_COLUMNS[0]]),
        ci_outlook=word,
        ci_quality=marked,
    )


def outlook_ratios(
    places: "DataFrame", year: int, us_scenario: str
) -> "tuple[Series[float], Series[float], Series[float], Series[str]]":
    """Return intensity over today's at each place with its band, and its basis.

    Parameters
    ----------
    places : pandas.DataFrame
        `zone_id` and `jurisdiction`.
    year : int
        Year of the outlook.
    us_scenario : str
        Scenario of the projections.

    Returns
    -------
    tuple of pandas.Series
        Ratio, its low and high end (of a projection the lowest and highest of all scenarios), and the basis;
        missing where unknown.
    """
    import pandas as pd

    state, zone = _of_states(year), _of_zones(sorted(set(places["zone_id"].dropna())), year)
    rows: list[tuple[float, float, float, str | None]] = []
    for j, z in zip(places["jurisdiction"], places["zone_id"], strict=True):
        if j in state:
            every = state[j]
            rows.append((every[us_scenario], min(every.values()), max(every.values()), f"projection {us_scenario}"))
        else:
            rows.append((*zone[z], "trend") if z in zone else (np.nan, np.nan, np.nan, None))
    found = pd.DataFrame(rows, index=places.index, columns=["ratio", "low", "high", "word"])
    return found["ratio"].astype(float), found["low"].astype(float), found["high"].astype(float), found["word"]


def _of_states(year: int) -> dict[str, dict[str, float]]:
    """Return direct intensity over that of the first projected year, by state and scenario, from 0 to `MOST_LEFT`."""
    table = read_table("us_projection")
    wide = table.assign(ci=table["ci_direct_g_per_kwh"].astype(float).clip(lower=0.0)).pivot_table(
        index=["jurisdiction", "scenario"], columns="year", values="ci"
    )
    first = wide[min(wide.columns)]
    mean = (wide[year].groupby("scenario").mean() / first.groupby("scenario").mean()).clip(0.0, MOST_LEFT)
    own = (wide[year] / first).clip(0.0, MOST_LEFT)
    small = first < SMALL_G_PER_KWH
    ratios: dict[str, dict[str, float]] = {}
    states, scenarios = (own.index.get_level_values(k) for k in ("jurisdiction", "scenario"))
    for state, scenario, ratio, is_small in zip(states, scenarios, own, small, strict=True):
        ratios.setdefault(str(state), {})[str(scenario)] = float(mean[scenario] if is_small else ratio)
    return ratios


def _of_zones(zones: list[str], year: int) -> dict[str, tuple[float, float, float]]:
    """Return life-cycle intensity over that of the last known year by each zone's trend, with its band."""
    found = {}
    for zone in zones:
        try:
            line = grid.trend(zone)
        except DataError:
            continue
        last = float(grid.history(zone)["ci_lifecycle_g_per_kwh"].iloc[-1])
        ahead = year - line.years[-1]
        slope, error = line.slope_g_per_kwh_per_year, line.slope_error_g_per_kwh_per_year
        if last > 0:
            ends = [1.0 + (slope + way * BAND_ERRORS * error) * ahead / last for way in (0.0, -1.0, 1.0)]
            found[zone] = tuple(float(np.clip(e, LEAST_LEFT, MOST_LEFT)) for e in ends)
    return found  # type: ignore[return-value]
