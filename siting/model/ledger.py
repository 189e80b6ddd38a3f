"""The lines of the ledger: what energy, servers, buildings, land, water, taxes and carbon cost and emit."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from siting.model.charges import FACILITY, IT, Desk
from siting.model.claims import CLAIM_COLUMNS, claims_of
from siting.model.problem import Line
from siting.model.rates import COSTS_USED, PRICE_YEAR, REMOTE_KM, Rates, rates_of
from siting.model.rows import Floats
from siting.model.scenario import Scenario
from siting.physics import carbon, compute, finance
from siting.world.policy import CarbonPrice, Pack, packs_in_force

__all__ = ["CLAIM_COLUMNS", "COSTS_USED", "PRICE_YEAR", "REMOTE_KM", "Rates", "ledger_lines", "rates_of"]


def ledger_lines(
    sites: pd.DataFrame, options: pd.DataFrame, scenario: Scenario, rates: Rates, packs: tuple[Pack, ...]
) -> tuple[tuple[Line, ...], Floats, pd.DataFrame]:
    """Return the ledger's lines, the capital of a hall, and the claims that options may make.

    Parameters
    ----------
    sites, options : pandas.DataFrame
        Gathered sites, and their options with `pue`, `peak_pue`, `wue_l_per_kwh` and `max_halls`.
    scenario : Scenario
        Hall size, carbon method, carbon price.
    rates : Rates
        Figures of the catalogue.
    packs : tuple of Pack
        Policy in force.

    Returns
    -------
    tuple of Line
        On the load: energy, electricity tax, carbon price, water. On the halls: servers, facility (power, cooling,
        fit-out), shell, site works, land, other operation, sales tax, property tax.
    numpy.ndarray
        What one hall costs to buy at each option, without land [USD].
    pandas.DataFrame
        A row per option and programme; see `limits.incentives`.
    """
    facts = options.join(sites.drop(columns=["id"]), on="site")
    desk = Desk(facts, scenario, rates, packs)
    capital = np.sum(list(desk.capital_usd_per_hall.values()), axis=0)
    return (*_load_lines(desk), *_hall_lines(desk)), capital, claims_of(desk)


def _load_lines(desk: Desk) -> tuple[Line, ...]:
    """Return what a MW of mean IT draw costs: energy and its taxes, carbon, water."""
    pue, zero, energy_mwh = desk.column("pue"), np.zeros(len(desk.facts)), desk.energy_mwh_per_mw
    operational = carbon.operational_t_per_mw_year(pue, desk.column(desk.scenario.minimise.carbon.column))
    priced = carbon.operational_t_per_mw_year(pue, desk.column("ci_direct_g_per_kwh"))
    # L/kWh of IT energy are m3/MWh
    water_m3 = compute.HOURS_PER_YEAR * desk.column("wue_l_per_kwh")
    return (
        Line("energy", "load_mw", energy_mwh * desk.column("price_usd_per_mwh"), operational),
        Line("electricity_tax", "load_mw", energy_mwh * desk.electricity_tax_usd_per_mwh, zero),
        Line("carbon_price", "load_mw", priced * _added_carbon_price(desk), zero),
        Line("water", "load_mw", water_m3 * desk.rates.cost["water-usd-per-m3"], zero),
    )


def _added_carbon_price(desk: Desk) -> Floats:
    """Return the carbon price that the tariff does not carry, at each option [USD/tCO2].

    What tariffs carry is a fact of the day, whichever packs the scenario switches on; a pack of the planner's own
    may say more of it.
    """
    every = desk.under((*packs_in_force(desk.scenario.policy.date), *desk.packs))
    carried = np.array([_dearest(p for p in prices if p.in_tariff) for prices in _carbon_prices(every)])
    prices = _carbon_prices(desk)
    override = desk.scenario.policy.carbon_price_usd_per_t
    stated = np.array([_dearest(entries) for entries in prices])
    wanted = stated if override is None else np.full(len(prices), override)
    return finance.carbon_price_not_in_tariff(wanted, carried)


def _carbon_prices(desk: Desk) -> list[list[CarbonPrice]]:
    return desk.entries("carbon_prices", CarbonPrice)


def _dearest(prices: Iterable[CarbonPrice]) -> float:
    """Return the highest of the prices on one place [USD/tCO2]: a union's and a state's are not paid both."""
    return max((p.usd_per_t for p in prices), default=0.0)


def _hall_lines(desk: Desk) -> tuple[Line, ...]:
    """Return what a hall costs whether it is used or not: capital by part, land, operation, taxes on capital."""
    cost, n, mw = desk.rates.cost, len(desk.facts), desk.hall_mw
    zero, charged = np.zeros(n), desk.capital_usd_per_year
    shell, works = cost["facility-shell-share"], cost["facility-site-share"]
    servers_t = carbon.embodied_servers_t_per_mw_year(
        float(compute.accelerators_per_mw(desk.rates.accelerator.server_power_w)),
        desk.rates.embodied_kg_per_accelerator,
        cost["life-it-years"],
    )
    building_t = carbon.embodied_shell_t_per_mw_year(cost["embodied-shell-t-per-mw"], cost["life-facility-years"])
    land_usd = cost["land-usd-per-m2"] * cost["land-m2-per-mw"] * mw
    land = land_usd * finance.land_charge_rate(cost["discount-rate"], desk.column("corporate_tax_rate"))
    sales = sum(desk.sales_tax_rate(base) * charged[base] for base in (IT, FACILITY))
    held = sum(desk.property_tax_usd_per_hall(base) for base in (IT, FACILITY))
    return (
        Line("servers", "halls", charged[IT], np.full(n, servers_t * mw)),
        Line("facility", "halls", charged[FACILITY] * (1.0 - shell - works), np.full(n, building_t * mw)),
        Line("shell", "halls", charged[FACILITY] * shell, zero),
        Line("site_works", "halls", charged[FACILITY] * works, zero),
        Line("land", "halls", land, zero),
        Line("other_operation", "halls", np.full(n, cost["opex-other-usd-per-mw-year"] * mw), zero),
        Line("sales_tax", "halls", np.asarray(sales, dtype=float), zero),
        Line("property_tax", "halls", np.asarray(held, dtype=float), zero),
    )
