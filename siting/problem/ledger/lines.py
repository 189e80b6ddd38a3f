"""Ledger lines: cost and emissions of energy, servers, buildings, land, water, taxes and carbon."""

import numpy as np
import pandas as pd

from siting.physics import carbon, compute
from siting.physics.money import finance
from siting.problem.ledger.option_costs import OptionCosts
from siting.problem.ledger.option_taxes import FACILITY, IT
from siting.problem.part import Line
from siting.units import HOURS_PER_YEAR


def ledger_lines(costs: OptionCosts) -> tuple[Line, ...]:
    """Return the lines of the ledger on load and halls.

    Parameters
    ----------
    costs : OptionCosts
        Options with their site's facts, rates and packs.

    Returns
    -------
    tuple of Line
        On the load: energy, electricity tax, carbon price, water. On the halls: servers, facility (power, cooling,
        fit-out), shell, site works, land, other operation, sales tax, property tax.
    """
    return (*_load_lines(costs), *_hall_lines(costs))


def unknown_taxes(costs: OptionCosts) -> pd.DataFrame:
    """Return the taxes on capital that no law was read of, a row for each option and tax.

    Parameters
    ----------
    costs : OptionCosts
        Options with their site's facts, rates and packs.

    Returns
    -------
    pandas.DataFrame
        `option`, `entry`, `tax` (``sales`` or ``property``), `rate`, `low`, `high` [0-1], and `charged_usd_per_hall`: what
        one hall's capital costs a year before a sales tax, or the assessed value of a property tax [USD]. The ledger
        charges `rate` of it a year.
    """
    taxes, yearly, price = costs.taxes, costs.capital_usd_per_year, costs.capital_usd_per_hall
    rows = [
        (o, e.id, "sales", e.rate, *e.ends, float(yearly[e.base][o]))
        for o, at in enumerate(taxes.sales_taxes)
        for e in at
        if not e.known
    ]
    rows += [
        (o, e.id, "property", e.rate, *e.ends, float(e.assessed_share * price[e.base][o]))
        for o, at in enumerate(taxes.property_taxes)
        for e in at
        if not e.known
    ]
    return pd.DataFrame(rows, columns=list(TAX_COLUMNS))


TAX_COLUMNS = ("option", "entry", "tax", "rate", "low", "high", "charged_usd_per_hall")
"""Columns of `unknown_taxes`."""


def _load_lines(costs: OptionCosts) -> tuple[Line, ...]:
    """Return the lines on the mean IT draw: energy and its taxes, carbon, water."""
    pue, zero, energy_mwh, draw = costs.column("pue"), np.zeros(len(costs.facts)), costs.energy_mwh_per_mw, costs.draw
    method = costs.scenario.minimise.carbon
    operational = draw * carbon.operational_t_per_mw_year(
        pue, costs.column(method.column), costs.column("pue_ci_covariance")
    )
    priced = draw * carbon.operational_t_per_mw_year(pue, costs.column("ci_direct_g_per_kwh"))
    # L/kWh of IT energy are m3/MWh
    water_m3 = HOURS_PER_YEAR * draw * costs.column("wue_l_per_kwh")
    return (
        Line("energy", "load_mw", energy_mwh * costs.column("price_usd_per_mwh"), operational),
        Line("electricity_tax", "load_mw", energy_mwh * costs.taxes.electricity_tax_usd_per_mwh, zero),
        Line("carbon_price", "load_mw", priced * costs.taxes.added_carbon_price_usd_per_t, zero),
        Line("water", "load_mw", water_m3 * costs.rates.cost["water-usd-per-m3"], zero),
    )


def _hall_lines(costs: OptionCosts) -> tuple[Line, ...]:
    """Return the lines on halls, used or not: capital by part, land, operation, taxes on capital."""
    cost, n, mw = costs.rates.cost, len(costs.facts), costs.hall_mw
    zero, charged = np.zeros(n), costs.capital_usd_per_year
    shell, works = cost["facility-shell-share"], cost["facility-site-share"]
    servers_t = carbon.embodied_servers_t_per_mw_year(
        float(compute.accelerators_per_mw(costs.rates.accelerator.nameplate_w)),
        costs.rates.embodied_kg_per_accelerator,
        cost["life-it-years"],
    )
    building_t = carbon.embodied_shell_t_per_mw_year(cost["embodied-shell-t-per-mw"], cost["life-facility-years"])
    land_usd = costs.land_usd_per_m2 * cost["land-m2-per-mw"] * mw
    land = land_usd * finance.land_charge_rate(cost["discount-rate"], costs.corporate_tax_rate)
    sales = sum(costs.taxes.sales_tax_rate[base] * charged[base] for base in (IT, FACILITY))
    held = sum(costs.taxes.property_tax_rate[base] * costs.capital_usd_per_hall[base] for base in (IT, FACILITY))
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
