"""Cheapest supply of a load over the hours of a year: exact dispatch of one battery, cutting planes, menus.

Arrays in, arrays out. `SupplyYear` states the problem, `Oracle` the exact dispatch with its cut, `least_cost` and
`limited` one design with a proven bound, `menu` a curve of designs.
"""

from siting.dispatch.design import Design, least_cost
from siting.dispatch.hourly_lp import solve_hourly_lp
from siting.dispatch.limited import limited
from siting.dispatch.menu import Menu, menu
from siting.dispatch.oracle import Oracle
from siting.dispatch.supply_year import Battery, Source, SupplyYear, Technology

__all__ = [
    "Battery",
    "Design",
    "Menu",
    "Oracle",
    "Source",
    "SupplyYear",
    "Technology",
    "least_cost",
    "limited",
    "menu",
    "solve_hourly_lp",
]
