"""What capital, electricity and taxes cost at each option: what ledger and programmes are both counted from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from siting.model.rates import REMOTE_KM, Rates
from siting.model.rows import Floats
from siting.model.scenario import Scenario
from siting.physics import compute, finance
from siting.world import catalogue
from siting.world.construction import market_costs
from siting.world.policy import ElectricityTax, Entry, Pack, PropertyTax, SalesTax

IT, FACILITY = "it_capex", "facility_capex"
LIFE = {IT: "life-it-years", FACILITY: "life-facility-years"}
"""The life over which each capital is charged."""


@dataclass(frozen=True)
class Desk:
    """What every line is computed from: options with their site's facts beside them."""

    facts: pd.DataFrame
    scenario: Scenario
    rates: Rates
    packs: tuple[Pack, ...]

    def column(self, name: str) -> Floats:
        """Return one fact of every option."""
        return self.facts[name].to_numpy(float)

    @property
    def hall_mw(self) -> float:
        """IT power of a hall [MW]."""
        return self.scenario.building.hall_mw

    def under(self, packs: tuple[Pack, ...]) -> "Desk":
        """Return the same desk under other packs."""
        return replace(self, packs=packs)

    @cached_property
    def _covering(self) -> dict[str, tuple[Pack, ...]]:
        return {j: tuple(p for p in self.packs if p.covers(j)) for j in dict.fromkeys(self.facts["jurisdiction"])}

    def entries[Kind: Entry](self, name: str, kind: type[Kind]) -> list[list[Kind]]:
        """Return, for each option, the entries of one kind that its place is under and the plan can act on."""
        places = zip(self.facts["jurisdiction"], self.facts["lon"], self.facts["lat"], strict=True)
        return [
            [
                e
                for p in self._covering[j]
                for e in getattr(p, name)
                if isinstance(e, kind) and e.why_not_modelled is None and e.holds_at(lon, lat)
            ]
            for j, lon, lat in places
        ]

    @cached_property
    def capital_usd_per_hall(self) -> dict[str, Floats]:
        """What one hall costs to buy, by base, without land [USD]."""
        cost, n = self.rates.cost, len(self.facts)
        remote = self.column("km_to_city_100k") > REMOTE_KM
        uplift = 1.0 + np.where(remote, cost["remote-construction-uplift"], 0.0)
        facility = cost["capex-facility-usd-per-mw"] * self.hall_mw * uplift * construction_index(self.facts)
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

    def sales_tax_rate(self, base: str) -> Floats:
        """Return the tax on what is bought, all that hold together, at each option [0-1]."""
        taxes = self.entries("sales_taxes", SalesTax)
        return np.array([sum(e.rate for e in at if e.base == base) for at in taxes], dtype=float)

    def property_tax_usd_per_hall(self, base: str) -> Floats:
        """Return the yearly tax on what is owned, all that hold together [USD/a]."""
        taxes = self.entries("property_taxes", PropertyTax)
        rate = [sum(e.rate * e.assessed_share for e in at if e.base == base) for at in taxes]
        return np.asarray(np.array(rate, dtype=float) * self.capital_usd_per_hall[base])

    @cached_property
    def electricity_tax_usd_per_mwh(self) -> Floats:
        """Tax on the electricity drawn, all that hold together; 0 where none is known [USD/MWh]."""
        taxes = self.entries("electricity_taxes", ElectricityTax)
        return np.array([sum(e.usd_per_mwh() for e in at) for at in taxes], dtype=float)

    @cached_property
    def energy_mwh_per_mw(self) -> Floats:
        """Facility energy of one MW of mean IT draw in a year [MWh]."""
        return compute.HOURS_PER_YEAR * self.column("pue")


def construction_index(places: pd.DataFrame) -> Floats:
    """Return the facility's cost at places relative to the catalogue's; 1 where no market is known.

    Parameters
    ----------
    places : pandas.DataFrame
        With `country_iso2`, `lon` and `lat`.

    Returns
    -------
    numpy.ndarray
        Factor on `capex-facility-usd-per-mw`.

    Examples
    --------
    Tokyo and Osaka: 14.65 M USD/MW; the catalogue's 11.7 is the mean of 19 US markets.

    >>> japan = pd.DataFrame({"country_iso2": ["JP"], "lon": [139.7], "lat": [35.7]})
    >>> construction_index(japan).round(3).tolist()
    [1.252]
    """
    relative = market_costs(places)["usd_per_mw"].to_numpy(float) / catalogue.cost("capex-facility-usd-per-mw").mid
    return np.where(np.isnan(relative), 1.0, relative)


def money_unknowns(sites: pd.DataFrame, packs: tuple[Pack, ...]) -> list[tuple[str, str, str]]:
    """Return what no source tells of a site's costs: taxes that are not charged, a market that stands in.

    A sales tax is missed in the United States only: elsewhere a tax on value added is taken to be refunded.

    Parameters
    ----------
    sites : pandas.DataFrame
        Sites of the problem.
    packs : tuple of Pack
        Packs in force.

    Returns
    -------
    list of (str, str, str)
        Site, `cost`, and what is unknown of it.
    """
    found = []
    names = ("id", "jurisdiction", "country_iso2", "lon", "lat")
    rows = zip(*(sites[n] for n in names), market_costs(sites)["market"], strict=True)
    for site, jurisdiction, country, lon, lat, market in rows:
        here = [p for p in packs if p.covers(str(jurisdiction))]
        missing = [
            word
            for word, name, applies in (
                ("electricity tax", "electricity_taxes", True),
                ("property tax", "property_taxes", True),
                ("sales tax", "sales_taxes", country == "US"),
            )
            if applies and not any(e.holds_at(lon, lat) for p in here for e in getattr(p, name))
        ]
        if missing:
            found.append((str(site), "cost", f"UNKNOWN {', '.join(missing)}: none is charged"))
        if not market:
            found.append((str(site), "cost", "UNKNOWN construction cost: the mean of 19 US markets stands in"))
        found += [
            (str(site), f"policy {p.id}", f"{e.id} ({e.title}): not counted: {e.why_not_modelled}")
            for p in here
            for e in p.programmes
            if e.holds_at(lon, lat)
        ]
    return found
