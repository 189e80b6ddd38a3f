"""The exact dispatch and its cutting planes: against HiGHS on random years, by laws, and with bad input."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from measured_places import HOURLY, measured_year
from supply_years import QUANTITIES, random_weights, random_year, rolled

from siting.dispatch import (
    Battery,
    Design,
    Oracle,
    Source,
    SupplyYear,
    Technology,
    least_cost,
    limited,
    menu,
    solve_hourly_lp,
    value_curves,
)
from siting.dispatch.compiled import Kernel
from siting.dispatch.cut_pool import CutPool
from siting.dispatch.design import first_guess
from siting.errors import InfeasibleError, ScenarioError
from siting.units import HOURS_PER_YEAR

pytest.importorskip("numba", reason="the compiled dispatch is the extra `energy`")

NO_WEIGHT = np.zeros(len(QUANTITIES))


def solved(year: SupplyYear, weights: np.ndarray, gap: float = 1e-6) -> Design:
    return least_cost(Oracle(year), CutPool(year), weights, first_guess(year), gap=gap, most_queries=400)


def check_against_lp(seed: int) -> None:
    """Value and bound must enclose the optimum of the hourly LP."""
    year, weights = random_year(seed), random_weights(seed)
    design, (optimum, _) = solved(year, weights), solve_hourly_lp(year, weights)
    assert design.bound <= optimum + 1e-7 * abs(optimum)
    assert design.value >= optimum - 1e-7 * abs(optimum)
    assert design.gap < 1e-4


def check_limits_against_lp(seed: int) -> None:
    year, rng = random_year(seed), np.random.default_rng([seed, 2])
    _, free = solve_hourly_lp(year, NO_WEIGHT)
    quantities = Oracle(year).dispatch(free, NO_WEIGHT)[1].quantities
    most = np.array([np.inf, quantities[1] * rng.choice([0.0, 0.2, 0.6]), np.inf])
    if quantities[2] > 1.0:
        most[2] = quantities[2] * rng.choice([0.5, np.inf])
    design, oracle = limited(year, most, gap=1e-5)
    optimum, _ = solve_hourly_lp(year, NO_WEIGHT, most)
    assert design.bound <= optimum + 1e-7 * abs(optimum)
    assert design.value >= optimum - 1e-7 * abs(optimum)
    assert design.gap < 2e-5
    assert np.all(design.quantities <= most + 1e-5)
    check_feasible(oracle.year, design, oracle)


def check_feasible(year: SupplyYear, design: Design, oracle: Oracle) -> None:
    """Replay the hours of a design by rules of their own."""
    hours, z, battery = design.hours(oracle), design.capacities, year.battery
    power, energy = z[-2:]
    assert np.all(hours.stored_mwh >= -1e-7)
    assert np.all(hours.stored_mwh <= energy + 1e-7)
    assert hours.stored_mwh[-1] == pytest.approx(hours.stored_mwh[0], abs=1e-6)
    moved = np.diff(hours.stored_mwh)
    # a mixture of years may charge in one and discharge in another: its net movement is what all need at least
    charge, discharge = (
        np.maximum(moved, 0) / battery.charge_efficiency,
        np.maximum(-moved, 0) * battery.discharge_efficiency,
    )
    assert np.all(charge <= power + 1e-6)
    assert np.all(discharge <= power + 1e-6)
    assert np.all(hours.output_mw >= -1e-9)
    assert np.all(hours.output_mw <= (year.source_share @ z)[:, None] * year.availability + 1e-7)
    supplied = (year.sign * hours.output_mw).sum(axis=0) + z[year.with_output] @ year.capacity_factor
    assert np.all(supplied + discharge - charge + hours.unserved_mw >= year.load_mw - 1e-6)
    paid = year.usd_per_capacity @ z + (year.sign * year.source_usd * hours.output_mw).sum()
    paid += year.unserved_usd_per_mwh * hours.unserved_mw.sum()
    assert paid == pytest.approx(design.usd, rel=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_value_and_bound_enclose_the_optimum_of_highs(seed: int) -> None:
    check_against_lp(seed)


@pytest.mark.parametrize("seed", range(8))
def test_limits_on_annual_quantities_are_kept_at_the_optimum_of_highs(seed: int) -> None:
    check_limits_against_lp(seed)


@pytest.mark.slow
@pytest.mark.parametrize("tens", range(0, 500, 10))
def test_five_hundred_years_against_highs(tens: int) -> None:
    for seed in range(1000 + tens, 1010 + tens):
        check_against_lp(seed)
        check_limits_against_lp(seed)


@pytest.mark.parametrize("seed", range(6))
def test_a_cut_holds_at_any_capacities_and_weights_of_its_own(seed: int) -> None:
    rng, year, weights = np.random.default_rng(seed), random_year(seed), random_weights(seed)
    oracle = Oracle(year)
    points = [rng.random(len(year.names)) * np.minimum(year.upper, 4.0) for _ in range(6)]
    cuts = [oracle.cut(z, weights) for z in points]
    for z, own in zip(points, cuts, strict=True):
        assert max(cut.at(z) for cut in cuts) <= own.at(z) + 1e-9 * abs(own.at(z))
    for z, own in zip(points, cuts, strict=True):
        _, dispatch = oracle.dispatch(z, weights)
        value = dispatch.usd - year.usd_per_capacity @ z + weights @ (dispatch.quantities - year.per_capacity @ z)
        assert not own.closed or own.at(z) == pytest.approx(value, rel=1e-9)


def test_a_cut_of_another_load_holds_without_a_dispatch() -> None:
    year = random_year(3)
    other = year.load_mw * (1.0 + 0.2 * np.sin(np.arange(year.n_hours)))
    shaped = replace(year, load_mw=other)
    rng = np.random.default_rng(0)
    for _ in range(5):
        z = rng.random(len(year.names)) * np.minimum(year.upper, 4.0)
        carried = Oracle(year).cut(z, NO_WEIGHT).for_load(other)
        at = rng.random(len(year.names)) * np.minimum(year.upper, 4.0)
        assert carried.at(at) <= Oracle(shaped).cut(at, NO_WEIGHT).at(at) + 1e-6


@pytest.mark.parametrize("hours", [1, 17, 40])
def test_a_rolled_year_has_the_same_value(hours: int) -> None:
    year, weights = random_year(5), random_weights(5)
    assert solved(rolled(year, hours), weights).value == pytest.approx(solved(year, weights).value, rel=5e-6)


def test_cost_is_homogeneous_in_the_load() -> None:
    year = random_year(6)
    twice = replace(
        year,
        load_mw=2 * year.load_mw,
        technologies=tuple(replace(t, min_mw=2 * t.min_mw, max_mw=2 * t.max_mw) for t in year.technologies),
        battery=replace(year.battery, max_mw=2 * year.battery.max_mw),
    )
    assert solved(twice, NO_WEIGHT).value == pytest.approx(2 * solved(year, NO_WEIGHT).value, rel=5e-6)


def test_a_higher_price_of_a_quantity_never_raises_it_and_never_lowers_the_cost() -> None:
    year = random_year(2)
    designs = [solved(year, np.array([w, 0.0, 0.0])) for w in (0.0, 30.0, 300.0)]
    tonnes, usd = ([getattr(d, name) for d in designs] for name in ("quantities", "usd"))
    assert all(b[0] <= a[0] + 1e-3 for a, b in pairwise(tonnes))
    assert all(b >= a * (1 - 2e-6) for a, b in pairwise(usd))


def test_a_menu_is_proven_at_every_point_and_convex_between() -> None:
    year = random_year(11)
    found = menu(Oracle(year), np.array([1.0, 0.0, 0.0]), first=(0.0, 50.0, 2000.0), most_points=8)
    tonnes = [d.quantities[0] for d in found.designs]
    assert len(found.designs) >= 3
    assert max(d.gap for d in found.designs) <= 1e-4
    assert tonnes == sorted(tonnes, reverse=True)
    first, last = found.designs[0], found.designs[-1]
    between = 0.5 * (first.quantities[0] + last.quantities[0])
    cost = np.interp(between, tonnes[::-1], [d.usd for d in found.designs][::-1])
    optimum, _ = solve_hourly_lp(year, NO_WEIGHT, np.array([between, np.inf, np.inf]))
    assert optimum <= cost * (1 + 1e-4)
    assert cost <= optimum + found.chord_error + 2e-4 * abs(optimum)


def test_the_functions_give_the_same_numbers_without_compilation() -> None:
    plain = Kernel(*(getattr(value_curves, name) for name in Kernel.__annotations__))
    for seed in range(4):
        year, weights = random_year(seed, longest=80), random_weights(seed)
        z = first_guess(year)
        one, other = Oracle(year, plain).dispatch(z, weights), Oracle(year).dispatch(z, weights)
        assert one[0].at(z) == pytest.approx(other[0].at(z), rel=1e-12)
        np.testing.assert_allclose(one[1].output_mw, other[1].output_mw, atol=1e-9)


def test_a_limit_below_what_the_capacities_need_is_infeasible() -> None:
    plant = Technology("grid", 0.0, per_mw={"t": 9.0}, min_mw=1.0, max_mw=1.0)
    dear = SupplyYear(np.ones(48), (plant,), (replace(IMPORT, per_mwh={"t": 0.4}),), Battery(1.0, 1.0), ("t",))
    with pytest.raises(InfeasibleError, match="no supply keeps the limits: allow"):
        limited(dear, np.array([8.0]), most_queries=20)


GRID = Technology("grid", 0.0, max_mw=2.0)
IMPORT = Source("import", "grid", 50.0)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"load_mw": np.empty(0)}, "no hours"),
        ({"load_mw": np.array([1.0, np.nan, 1.0])}, "the load holds a value that is not finite"),
        ({"sources": (replace(IMPORT, usd_per_mwh=np.ones(4)),)}, "the price of import has 4 hours, the load 3"),
        ({"sources": (replace(IMPORT, usd_per_mwh=-1.0),)}, r"the price of import is -1 USD/MWh.*clip it at 0"),
        ({"sources": (replace(IMPORT, per_mwh={"t": -1.0}),)}, "has a quantity below 0 per MWh"),
        ({"sources": (replace(IMPORT, availability=-1.0),)}, "has an availability below 0"),
        ({"sources": (replace(IMPORT, of="gird"),)}, "gird, which is not there: did you mean `grid`"),
        ({"sources": (replace(IMPORT, per_mwh={"t": 0.4}),)}, "not in `quantities`: t"),
        (
            {"sources": (IMPORT, Source("sale", "grid", 60.0, is_sale=True))},
            r"sale pays more than import costs in 3 hour",
        ),
        ({"technologies": (replace(GRID, min_mw=3.0),)}, "grid has a range of 3 to 2 MW"),
        ({"technologies": (replace(GRID, usd_per_mw_year=np.inf),)}, "grid costs inf"),
        (
            {"technologies": (GRID, Technology("pv", 1.0, np.ones(5)))},
            "the capacity factor of pv has 5 hours, the load 3",
        ),
        ({"battery": Battery(1.0, 1.0, charge_efficiency=1.2)}, "charge efficiency of the battery is 1.2"),
        ({"battery": Battery(1.0, 1.0, discharge_efficiency=0.0)}, "discharge efficiency of the battery is 0"),
        ({"battery": Battery(1.0, 1.0, max_hours=-1.0)}, "negative or infinite largest size"),
        ({"unserved_usd_per_mwh": 0.0}, "unserved load is priced at 0"),
    ],
)
def test_a_question_that_has_no_answer_is_refused(change: dict[str, object], fault: str) -> None:
    good = SupplyYear(np.ones(3), (GRID,), (IMPORT,), Battery(1.0, 1.0))
    with pytest.raises(ScenarioError, match=fault):
        replace(good, **change)


@pytest.mark.slow
@pytest.mark.skipif(not HOURLY.is_dir(), reason="the raw hourly tables are not here")
@pytest.mark.parametrize(
    ("zone", "flat_usd", "published"),
    [("DE", 80.0, 875_154.1), ("DE", None, 654_354.1), ("US-TEX-ERCO", None, 478_264.2)],
)
def test_a_full_year_encloses_the_optimum_of_another_programme(
    zone: str, flat_usd: float | None, published: float
) -> None:
    """The optima of PyPSA 1.4.0 with HiGHS for the same data: 90 % of the load carbon-free by the hour."""
    year = measured_year(zone, flat_usd=flat_usd)
    design, oracle = limited(year, np.array([np.inf, 0.1 * HOURS_PER_YEAR]))
    assert design.bound <= published <= design.value
    assert design.gap <= 1e-4
    check_feasible(year, design, oracle)
