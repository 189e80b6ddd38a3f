"""Sea water cools where there is a sea, and is as warm as the sea."""

import numpy as np
import pytest

from siting import DataError, InfeasibleError, Scenario, SiteCount, prepare, solve, today
from siting.physics import cooling
from siting.problem.options import cooling_options
from siting.world.places import starter_sites
from siting.world.sea import FREEZES_C, sea_of

SITES = starter_sites()


def sites(*ids: str) -> object:
    """Return some shipped sites in the order of their ids."""
    return SITES[SITES["id"].isin(ids)].sort_values("id").reset_index(drop=True)


def asked(**building: object) -> Scenario:
    """Return a small scenario with a building of its own."""
    return Scenario(name="x", demand={"it_mw": 100}, building=building, limits=(SiteCount(min=1, max=2),))


# --- the sea ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lon", "lat", "least", "most"),
    [
        (103.85, 1.29, 0.0, 3.0),  # Singapore's waterfront
        (-8.61, 41.15, 2.0, 8.0),  # Porto, on the Douro 5 km from the Atlantic
        (12.57, 55.68, 0.0, 3.0),  # Copenhagen's harbour
        (2.35, 48.86, 60.0, np.inf),  # Paris
    ],
)
def test_the_distance_to_the_sea_is_that_of_the_map(lon: float, lat: float, least: float, most: float) -> None:
    assert least <= sea_of(lon, lat).km_to_sea[0] <= most


@pytest.mark.parametrize(
    ("lon", "lat", "month", "celsius", "within_k"),
    [
        # sea-surface climatology as printed in atlases, to the degree
        (103.85, 1.29, 1, 27.0, 1.5),  # Singapore in January
        (5.73, 58.97, 8, 15.0, 1.5),  # Stavanger in August
        (5.73, 58.97, 2, 5.0, 1.5),  # Stavanger in February
        (151.2, -33.87, 2, 23.0, 1.5),  # Sydney in February
        (-21.9, 64.15, 3, 4.0, 1.5),  # Reykjavik in March
        (35.2, 33.0, 8, 28.0, 1.5),  # the Levant in August
    ],
)
def test_the_sea_is_as_warm_as_atlases_tell(
    lon: float, lat: float, month: int, celsius: float, within_k: float
) -> None:
    assert sea_of(lon, lat).sea_c[0, month - 1] == pytest.approx(celsius, abs=within_k)


def test_under_ice_the_sea_stands_at_its_freezing_point() -> None:
    mcmurdo = sea_of(166.67, -77.85).sea_c[0]
    assert (mcmurdo == FREEZES_C).all()


def test_the_date_line_is_no_coast_and_no_hole() -> None:
    """Taveuni lies across it."""
    west, east = sea_of([-179.999, 179.999], [-16.8, -16.8]).km_to_sea
    assert west == pytest.approx(east, abs=0.5)


def test_far_inland_there_is_no_sea_and_no_temperature() -> None:
    sea = sea_of([106.9], [47.9])
    assert sea.km_to_sea[0] == np.inf
    assert np.isnan(sea.sea_c).all()
    assert not sea.within(50.0)[0]


def test_a_place_that_is_nowhere_is_refused() -> None:
    with pytest.raises(DataError, match="place 1 is at 0, 91"):
        sea_of([0.0, 0.0], [0.0, 91.0])


# --- in a plan -------------------------------------------------------------------------------------


def test_sea_water_is_offered_where_a_sea_is_within_reach_and_nowhere_else() -> None:
    table = cooling_options(sites("paris", "stavanger", "ulanqab"), ("seawater", "direct_liquid"))
    offered = table.groupby("label")["cooling"].first()
    assert "stavanger__seawater" in offered
    assert {"paris__seawater", "ulanqab__seawater"}.isdisjoint(offered.index)
    assert len(offered) == 4


def test_a_longer_pipe_reaches_more_sites() -> None:
    near, far = (set(cooling_options(SITES, ("seawater",), sea_reach_km=km)["label"]) for km in (2.0, 10.0))
    assert near < far


def test_the_pue_of_a_sea_plant_is_that_of_its_twelve_months() -> None:
    """Weighted by the days of each month, with the months of the nearest open water."""
    lagos = sites("lagos")
    option = cooling_options(lagos, ("seawater",)).iloc[0]
    months = sea_of(lagos["lon"], lagos["lat"]).sea_c[0]
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    pue = cooling.pue("seawater", 20.0, 20.0, float(lagos["pressure_pa"].iloc[0]), sea_c=months)
    assert option["pue"] == pytest.approx(float(pue @ days / 365), rel=1e-9)
    assert option["peak_pue"] == pytest.approx(float(pue.max()))


def test_a_plan_cooled_by_the_sea_alone_stands_at_the_sea_and_verifies() -> None:
    plan = solve(prepare(asked(cooling=("seawater",))))
    plan.verify()
    assert set(plan.sites["cooling"]) == {"seawater"}
    points = plan.sites.geometry
    assert (sea_of(points.x, points.y).km_to_sea <= 5.0).all()
    assert "no sea within 5 km" in plan.excluded.set_index("site").at["paris", "reason"]


def test_a_demand_for_a_sea_that_is_nowhere_is_refused() -> None:
    with pytest.raises(InfeasibleError, match="no candidate is left"):
        prepare(asked(cooling=("seawater",), sea_reach_km=0))


def test_todays_hubs_without_a_sea_are_told_and_not_counted() -> None:
    now = today(asked(cooling=("seawater",)))
    assert "no sea within 5 km" in now.unknown["paris"]
    assert now.known_share < 0.5
    assert set(now.hubs["cooling"]) == {"seawater"}


@pytest.mark.slow
def test_best_practice_is_the_better_end_of_every_range_in_a_plan_too() -> None:
    plain, best = (
        prepare(asked(cooling_preset=preset)).options.set_index("label")["pue"]
        for preset in ("default", "best_practice")
    )
    assert (best < plain).all()
    plan = solve(prepare(asked(cooling_preset="best_practice")))
    plan.verify()
    assert plan.kpis_interval(100).at["pue", "mid"] == plan.kpis["pue"]
