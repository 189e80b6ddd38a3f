"""The line of PUE on degree-days: least squares worked by hand, and what cannot be fitted."""

import numpy as np
import pytest
from degree_day_fit import annual_pue, pue_by_degree_days

from siting.errors import DataError
from siting.physics import cooling
from siting.world.climate import hours_of, summaries_of


@pytest.fixture(scope="module")
def places() -> list[tuple[str, str]]:
    return [("sites", "lulea"), ("hubs", "singapore"), ("sites", "longyearbyen"), ("hubs", "amsterdam")]


def test_the_line_is_that_of_least_squares(places: list[tuple[str, str]]) -> None:
    """By the textbook: slope = cov/var, intercept through the means, R2 = squared correlation."""
    climate = summaries_of(places)
    x = climate["cdd21_k_day"].to_numpy(float)
    y = annual_pue("waterside_economizer", places, climate["pressure_pa"])
    line = pue_by_degree_days(["waterside_economizer"], places).iloc[0]
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    assert line["slope_per_k_day"] == pytest.approx(slope)
    assert line["intercept"] == pytest.approx(y.mean() - slope * x.mean())
    assert line["r2"] == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2)
    residual = y - line["intercept"] - slope * x
    assert line["residual_sd"] == pytest.approx(np.sqrt((residual**2).sum() / 2))
    assert (line["cdd_min_k_day"], line["cdd_max_k_day"]) == (x.min(), x.max())


def test_annual_pue_is_the_mean_over_the_hours_of_the_year(places: list[tuple[str, str]]) -> None:
    year = hours_of(places[:1])
    hourly = cooling.pue("direct_liquid", year.dry_bulb_c, np.minimum(year.wet_bulb_c, year.dry_bulb_c), 1e5)
    by_hand = (hourly * year.hours).sum() / 8760
    assert annual_pue("direct_liquid", places[:1], [1e5]) == pytest.approx(by_hand)


def test_every_design_costs_more_where_it_is_warmer() -> None:
    lines = pue_by_degree_days().set_index("design")
    assert set(lines.index) == set(cooling.DESIGNS) - {"seawater"}
    assert (lines["slope_per_k_day"] > 0.0).all()
    assert (lines["r2"] > 0.5).all()
    assert (lines["places"] > 2500).all()


def test_seawater_follows_the_sea_it_is_given(places: list[tuple[str, str]]) -> None:
    line = pue_by_degree_days(["seawater"], places, sea_c=[4.0, 29.0, 1.0, 11.0]).iloc[0]
    assert line["slope_per_k_day"] > 0.0
    with pytest.raises(DataError, match="needs the temperature of the sea"):
        pue_by_degree_days(["seawater"], places)


def test_what_cannot_be_fitted_is_refused(places: list[tuple[str, str]]) -> None:
    with pytest.raises(DataError, match="`base_c` is 15: use one of 18, 21"):
        pue_by_degree_days(base_c=15)
    with pytest.raises(DataError, match="through 2 places has no meaning: give at least 3"):
        pue_by_degree_days(["direct_liquid"], places[:2])
    with pytest.raises(DataError, match="all 3 places have 0 K day"):
        pue_by_degree_days(["direct_liquid"], [("sites", "longyearbyen")] * 3)
