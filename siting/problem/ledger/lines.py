"""The lines of the ledger: what energy, servers, buildings, land, water, taxes and carbon cost and emit."""

import numpy as np
import pandas as pd

from siting.physics import carbon, compute
from siting.physics.money import finance
from siting.problem.ledger.incentive_offers import CLAIM_COLUMNS, claims_of
from siting.problem.ledger.option_costs import OptionCosts
from siting.problem.ledger.rates import COSTS_USED, PRICE_YEAR, REMOTE_KM, Rates, rates_of
from siting.problem.ledger.taxes import FACILITY, IT, Levies
from siting.problem.problem import Line
from siting.scenario.scenario import Scenario
from siting.units import HOURS_PER_YEAR, Floats
from siting.world.policy import Pack

__all__ = ["CLAIM_COLUMNS", "COSTS_USED", "PRICE_YEAR", "REMOTE_KM", "Rates", "ledger_lines", "lines_at", "rates_of"]


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
    desk = OptionCosts(facts, scenario, rates, Levies(facts, scenario.policy, packs))
    capital = np.sum(list(desk.capital_usd_per_hall.values()), axis=0)
    return lines_at(desk), capital, claims_of(desk)


def lines_at(desk: OptionCosts) -> tuple[Line, ...]:
    """Return the lines of `ledger_lines` at the options of a desk."""
    return (*_load_lines(desk), *_hall_lines(desk))


def _load_lines(desk: OptionCosts) -> tuple[Line, ...]:
    """Return what a MW of mean IT draw costs: energy and its taxes, carbon, water."""
    pue, zero, energy_mwh = desk.column("pue"), np.zeros(len(desk.facts)), desk.energy_mwh_per_mw
    method = desk.scenario.minimise.carbon
    operational = carbon.operational_t_per_mw_year(pue, desk.column(method.column), desk.column("pue_ci_covariance"))
    priced = carbon.operational_t_per_mw_year(pue, desk.column("ci_direct_g_per_kwh"))
    # L/kWh of IT energy are m3/MWh
    water_m3 = HOURS_PER_YEAR * desk.column("wue_l_per_kwh")
    return (
        Line("energy", "load_mw", energy_mwh * desk.column("price_usd_per_mwh"), operational),
        Line("electricity_tax", "load_mw", energy_mwh * desk.levies.electricity_tax_usd_per_mwh, zero),
        Line("carbon_price", "load_mw", priced * desk.levies.added_carbon_price_usd_per_t, zero),
        Line("water", "load_mw", water_m3 * desk.rates.cost["water-usd-per-m3"], zero),
    )


def _hall_lines(desk: OptionCosts) -> tuple[Line, ...]:
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
    sales = sum(desk.levies.sales_tax_rate[base] * charged[base] for base in (IT, FACILITY))
    held = sum(desk.levies.property_tax_rate[base] * desk.capital_usd_per_hall[base] for base in (IT, FACILITY))
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
