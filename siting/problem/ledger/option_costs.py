"""What capital, electricity and taxes cost at each option: what ledger and programmes are both counted from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from siting.physics.money import finance
from siting.problem.ledger.rates import REMOTE_KM, Rates
from siting.problem.ledger.taxes import FACILITY, IT, Levies
from siting.scenario.scenario import Scenario
from siting.units import HOURS_PER_YEAR, Floats

LIFE = {IT: "life-it-years", FACILITY: "life-facility-years"}
"""The life over which each capital is charged."""


@dataclass(frozen=True)
class OptionCosts:
    """What every line is computed from: options with their site's facts beside them."""

    facts: pd.DataFrame
    scenario: Scenario
    rates: Rates
    levies: Levies

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
        facility = cost["capex-facility-usd-per-mw"] * self.hall_mw * uplift * self.levies.construction_index
        return {IT: np.full(n, cost["capex-it-usd-per-mw"] * self.hall_mw), FACILITY: facility}

    def charge(
        self, base: str, *, tax: Floats | float | None = None, itc: float = 0.0, schedule: Sequence[float] | None = None
    ) -> Floats:
        """Return the fixed charge rate of a base at each option [1/a], at its corporate tax or at another."""
        cost = self.rates.cost
        return finance.fixed_charge_rate(
            cost["discount-rate"],
            cost[LIFE[base]],
            self.column("corporate_tax_rate") if tax is None else tax,
            itc,
            schedule=schedule,
            inflation=cost["inflation"],
        )

    @cached_property
    def capital_usd_per_year(self) -> dict[str, Floats]:
        """What the capital of one hall costs a year, by base [USD/a]."""
        return {base: usd * self.charge(base) for base, usd in self.capital_usd_per_hall.items()}

    @cached_property
    def energy_mwh_per_mw(self) -> Floats:
        """Facility energy of one MW of mean IT draw in a year [MWh]."""
        return HOURS_PER_YEAR * self.column("pue")
