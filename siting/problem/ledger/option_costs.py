"""Capital, electricity and taxes of each option: the common base of ledger lines and incentive offers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from siting.physics.money import finance
from siting.problem.ledger.cost_figures import REMOTE_KM, Rates
from siting.problem.ledger.option_taxes import FACILITY, IT, Taxes
from siting.scenario.scenario import Scenario
from siting.units import HOURS_PER_YEAR, Floats
from siting.world.policy import Pack
from siting.world.user_files.own_columns import given

LIFE = {IT: "life-it-years", FACILITY: "life-facility-years"}
"""The life over which each capital is charged."""


@dataclass(frozen=True)
class OptionCosts:
    """Options with their site's facts, rates and taxes: what every ledger line is computed from.

    Attributes
    ----------
    facts : pandas.DataFrame
        A row an option: its own columns and those of its site.
    scenario : Scenario
        Hall size, carbon method, carbon price.
    rates : Rates
        Figures of the catalogue.
    taxes : Taxes
        Policy in force at each option.
    draw : float
        What accelerators draw over their mean draw in `rates`: above 1 in a draw of inputs where they draw more for the
        same compute. It scales what is charged on the load.
    """

    facts: pd.DataFrame
    scenario: Scenario
    rates: Rates
    taxes: Taxes
    draw: float = 1.0

    @classmethod
    def of(
        cls, sites: pd.DataFrame, options: pd.DataFrame, scenario: Scenario, rates: Rates, packs: tuple[Pack, ...]
    ) -> "OptionCosts":
        """Return the costs of options under some packs; `options` refer to `sites` by position."""
        facts = options.join(sites.drop(columns=["id"]), on="site")
        return cls(facts, scenario, rates, Taxes(facts, scenario.policy, packs))

    def column(self, name: str) -> Floats:
        """Return one fact of every option."""
        return self.facts[name].to_numpy(float)

    @property
    def hall_mw(self) -> float:
        """IT power of a hall [MW]."""
        return self.scenario.building.hall_mw

    @cached_property
    def capital_usd_per_hall(self) -> dict[str, Floats]:
        """What one hall costs to buy, by base, without land [USD]."""
        cost, n = self.rates.cost, len(self.facts)
        remote = self.column("km_to_city_100k") > REMOTE_KM
        uplift = 1.0 + np.where(remote, cost["remote-construction-uplift"], 0.0)
        facility = cost["capex-facility-usd-per-mw"] * self.hall_mw * uplift * self.taxes.construction_index
        own = given(self.facts, "capex_usd_per_mw")
        facility = np.where(np.isnan(own), facility, own * self.hall_mw)
        return {IT: np.full(n, cost["capex-it-usd-per-mw"] * self.hall_mw), FACILITY: facility}

    def charge(
        self, base: str, *, tax: Floats | float | None = None, itc: float = 0.0, schedule: Sequence[float] | None = None
    ) -> Floats:
        """Return the fixed charge rate of a base at each option [1/a], at its corporate tax and law or at others."""
        cost, rate = self.rates.cost, self.corporate_tax_rate if tax is None else tax

        def by(shares: Sequence[float] | None) -> Floats:
            return finance.fixed_charge_rate(
                cost["discount-rate"], cost[LIFE[base]], rate, itc, schedule=shares, inflation=cost["inflation"]
            )

        found = by(schedule)
        for shares, under in self.taxes.schedules[base] if schedule is None else ():
            found = np.where(under, by(shares), found)
        return found

    @cached_property
    def corporate_tax_rate(self) -> Floats:
        """Tax on income at each option, the least rate of large groups included [0-1]."""
        return np.maximum(self.column("corporate_tax_rate"), self.taxes.minimum_tax_rate)

    @property
    def land_usd_per_m2(self) -> Floats:
        """Price of land at each option, the planner's own where it is given [USD/m2]."""
        own = given(self.facts, "land_usd_per_m2")
        return np.where(np.isnan(own), self.rates.cost["land-usd-per-m2"], own)

    @property
    def capex_usd_per_hall(self) -> Floats:
        """What one hall costs to buy at each option, all bases together, without land [USD]."""
        return np.asarray(np.sum(list(self.capital_usd_per_hall.values()), axis=0))

    @cached_property
    def capital_usd_per_year(self) -> dict[str, Floats]:
        """What the capital of one hall costs a year, by base [USD/a]."""
        return {base: usd * self.charge(base) for base, usd in self.capital_usd_per_hall.items()}

    @cached_property
    def energy_mwh_per_mw(self) -> Floats:
        """Facility energy of one MW of mean IT draw in a year [MWh]."""
        return HOURS_PER_YEAR * self.draw * self.column("pue")
