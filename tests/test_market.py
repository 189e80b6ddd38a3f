"""Carbon by contract: each kWh is matched once, kinds are never mixed, and what is avoided elsewhere stays apart."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from siting import DataError
from siting.physics.carbon.footprint import embodied_interval_t_per_mw_year, transfer_kwh_per_gb, water_energy_mwh
from siting.physics.carbon.indicators import cfe_score, eu_2024_1364
from siting.physics.carbon.market_based import (
    Contract,
    Intensity,
    MarketBased,
    marginal_intensity,
    market_based,
    net_benefit,
    require_alike,
    residual_mix_g_per_kwh,
)

GRID = Intensity(400.0, "direct")
SUN = Intensity(0.0, "direct")
mwh = some.floats(0.0, 1e4, allow_nan=False)
grams = some.floats(0.0, 1500.0)


def by_hour(*values: float) -> np.ndarray:
    """Return a series of hours."""
    return np.array(values, dtype=float)


# --- matching --------------------------------------------------------------------------------------


def test_without_contracts_the_load_is_at_the_residual_mix() -> None:
    assert market_based(100.0, [], GRID) == MarketBased(40.0, 0.0, 100.0)


def test_contracts_cover_the_year_and_the_rest_is_at_the_residual_mix() -> None:
    """60 MWh at 10 g are 0.6 t, 40 MWh at 400 g are 16 t."""
    found = market_based(100.0, [Contract("wind", 60.0, Intensity(10.0, "direct"))], GRID)
    assert found.tonnes == pytest.approx(16.6)
    assert found.g_per_kwh == pytest.approx(166.0)


def test_what_is_bought_beyond_the_load_counts_for_nothing() -> None:
    much = market_based(100.0, [Contract("wind", 1e6, Intensity(10.0, "direct"))])
    assert (much.tonnes, much.matched_mwh, much.rest_mwh) == (1.0, 100.0, 0.0)


def test_sun_by_the_hour_does_not_cover_the_night_and_by_the_year_it_does() -> None:
    load = [50.0, 50.0]
    hourly = market_based(load, [Contract("sun", by_hour(100.0, 0.0), SUN)], GRID)
    yearly = market_based(load, [Contract("sun", 100.0, SUN)], GRID)
    assert (hourly.tonnes, yearly.tonnes) == (20.0, 0.0)


def test_contracts_by_the_year_cover_what_those_by_the_hour_leave_in_every_hour_alike() -> None:
    """Night of 50 MWh and day of 50 MWh; the day is covered by the hour, half of the night by the year."""
    dirty_night = Intensity(by_hour(100.0, 500.0), "direct")
    contracts = [Contract("wind", 25.0, SUN), Contract("sun", by_hour(50.0, 0.0), SUN)]
    found = market_based([50.0, 50.0], contracts, dirty_night)
    assert found.tonnes == pytest.approx(25.0 * 500.0 / 1000.0)


def test_the_order_of_equal_kinds_is_the_order_given() -> None:
    wind, coal = Contract("wind", 80.0, SUN), Contract("coal", 80.0, Intensity(900.0, "direct"))
    assert market_based(100.0, [wind, coal]).tonnes == pytest.approx(18.0)
    assert market_based(100.0, [coal, wind]).tonnes == pytest.approx(72.0)


@given(load=some.lists(some.floats(0.1, 1e3), min_size=2, max_size=24), bought=mwh, factor=grams, rest=grams)
def test_market_based_emissions_lie_between_contract_and_residual_mix(
    load: list[float], bought: float, factor: float, rest: float
) -> None:
    found = market_based(load, [Contract("c", bought, Intensity(factor, "direct"))], Intensity(rest, "direct"))
    assert found.matched_mwh + found.rest_mwh == pytest.approx(sum(load))
    assert min(factor, rest) - 1e-6 <= found.g_per_kwh <= max(factor, rest) + 1e-6


@given(
    load=some.lists(some.floats(0.1, 1e3), min_size=4, max_size=4),
    sun=some.lists(some.floats(0.0, 1e3), min_size=4, max_size=4),
)
def test_matching_by_the_hour_never_claims_more_than_by_the_year(load: list[float], sun: list[float]) -> None:
    hourly = market_based(load, [Contract("sun", np.array(sun), SUN)], GRID)
    yearly = market_based(load, [Contract("sun", sum(sun), SUN)], GRID)
    assert hourly.matched_mwh <= yearly.matched_mwh + 1e-9
    assert hourly.tonnes >= yearly.tonnes - 1e-9


@given(load=some.lists(some.floats(0.1, 1e3), min_size=4, max_size=4), sun=some.lists(mwh, min_size=4, max_size=4))
def test_what_is_matched_by_the_hour_is_the_247_score_on_a_grid_without_clean_energy(
    load: list[float], sun: list[float]
) -> None:
    found = market_based(load, [Contract("sun", np.array(sun), SUN)], GRID)
    assert found.matched_mwh / sum(load) == pytest.approx(cfe_score(load, sun, 0.0))


@given(generation=some.floats(1.0, 1e6), share=some.floats(0.0, 0.99), dirty=grams, clean=some.floats(0.0, 1.0))
def test_residual_mix_and_what_was_claimed_add_up_to_the_market(
    generation: float, share: float, dirty: float, clean: float
) -> None:
    claimed, factor = generation * share, dirty * clean
    rest = residual_mix_g_per_kwh(generation, dirty, claimed, factor)
    whole = claimed * factor + (generation - claimed) * rest
    assert whole == pytest.approx(generation * dirty, rel=1e-6, abs=1e-6)
    assert rest >= dirty - 1e-6


# --- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: market_based(100.0, [Contract("w", 60.0, SUN)]), "40.0 of 100.0 MWh are under no contract"),
        (lambda: market_based(0.0, [], GRID), "0 in all"),
        (lambda: market_based([50.0, -1.0], [], GRID), "negative, missing"),
        (lambda: market_based([1.0, 1.0], [Contract("w", by_hour(1, 2, 3), SUN)], GRID), r"`w` is by the hour, \(3,\)"),
        (
            lambda: market_based(1.0, [Contract("w", 0.5, Intensity(10.0, "lifecycle"))], GRID),
            "lifecycle average intensity beside direct average",
        ),
        (lambda: require_alike([GRID, marginal_intensity(3.0)]), "direct average intensity beside direct marginal"),
        (lambda: Contract("w", -1.0, SUN), "contract `w` delivers a negative"),
        (lambda: Intensity(-1.0, "direct"), "g_per_kwh is -1 at element 0"),
        (lambda: Intensity(1.0, "scope 3"), "scope 'scope 3' is unknown"),  # type: ignore[arg-type]
        (lambda: Intensity(1.0, "direct", "mean"), "signal 'mean' is unknown"),  # type: ignore[arg-type]
        (lambda: marginal_intensity([5.0, -2.0]), r"-2 at element 1, 1 below 0 in all: give negative=\"clip\""),
        (lambda: marginal_intensity(5.0, negative="drop"), "negative='drop' is unknown"),
        (lambda: residual_mix_g_per_kwh(10.0, 100.0, 10.0, 0.0), "less than all"),
        (lambda: residual_mix_g_per_kwh(10.0, 10.0, 9.0, 500.0), "more carbon is claimed"),
        (lambda: net_benefit("heat", 1.0, GRID, "assumption"), "needs marginal factors"),
        (lambda: net_benefit("heat", -1.0, marginal_intensity(3.0), "assumption"), "`displaced_mwh` is negative"),
        (lambda: transfer_kwh_per_gb(2030), "`year` is 2030"),
        (lambda: water_energy_mwh(1.0, np.nan), "`kwh_per_m3` is negative or missing"),
        (lambda: embodied_interval_t_per_mw_year(5.0, 3.0, 0.0, 1.5), "(?s)lower first.*life_years.*used_share"),
    ],
)
def test_what_cannot_be_is_refused(call: Callable[[], object], said: str) -> None:
    with pytest.raises(DataError, match=said):
        call()


# --- beside the footprint --------------------------------------------------------------------------


def test_net_benefit_is_a_line_of_its_own_with_its_quality() -> None:
    line = net_benefit("heat", by_hour(10.0, 20.0), marginal_intensity([500.0, -50.0], negative="clip"), "assumption")
    assert (line.avoided_t, line.quality) == (5.0, "assumption")


def test_idle_capacity_makes_the_embodied_carbon_of_what_is_used_larger() -> None:
    """100 to 300 t over 5 years: 20 to 60 a year, twice that at half use."""
    half = embodied_interval_t_per_mw_year(100.0, 300.0, 5.0, 0.5)
    assert (half.low, half.mid, half.high) == (40.0, 80.0, 120.0)


def test_network_energy_halves_every_two_years() -> None:
    assert transfer_kwh_per_gb(2013) == pytest.approx(2 * transfer_kwh_per_gb(2015))
    assert transfer_kwh_per_gb(2025) == pytest.approx(0.06 / 32)


def test_european_indicators_refuse_more_heat_than_energy() -> None:
    with pytest.raises(DataError, match="no more heat can be reused"):
        eu_2024_1364(
            facility_mwh=1.0,
            it_mwh=1.0,
            water_m3=0.0,
            reused_mwh=2.0,
            guarantees_mwh=0.0,
            power_purchase_mwh=0.0,
            on_site_mwh=0.0,
        )
