"""Costs that policy packs and place set for each option: taxes, carbon price, construction index."""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from siting.physics.money import finance
from siting.scenario.policy import Policy
from siting.units import Bools, Floats
from siting.world import catalogue
from siting.world.construction import market_costs
from siting.world.policy import (
    CarbonPrice,
    Depreciation,
    ElectricityTax,
    Entry,
    MinimumTax,
    Pack,
    PropertyTax,
    SalesTax,
    acting_taxes,
    packs_in_force,
)
from siting.world.user_files.own_columns import given

IT, FACILITY = "it_capex", "facility_capex"
"""What is bought: servers; and the building with its power and cooling."""

TAXES = {
    "sales": ("tax on servers", "is charged"),
    "property": ("property tax on servers", "of the price is charged every year"),
}
"""Taxes on capital that may be intervals because no law was read: what each is called, and how it is charged."""


@dataclass(frozen=True)
class Taxes:
    """Taxes, carbon price and construction index of each option, looked up once.

    Parameters
    ----------
    places : pandas.DataFrame
        A row an option: `jurisdiction`, `country_iso2`, `lon`, `lat`.
    policy : Policy
        Date, and the carbon price that overrides the packs.
    packs : tuple of Pack
        Policy in force.
    """

    places: pd.DataFrame
    policy: Policy
    packs: tuple[Pack, ...]

    @cached_property
    def _covering(self) -> dict[str, tuple[Pack, ...]]:
        return {j: tuple(p for p in self.packs if p.covers(j)) for j in dict.fromkeys(self.places["jurisdiction"])}

    def entries[Kind: Entry](self, name: str, kind: type[Kind]) -> list[list[Kind]]:
        """Return, for each option, the entries of one kind that its place is under and the plan can act on."""
        places = zip(self.places["jurisdiction"], self.places["lon"], self.places["lat"], strict=True)
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
    def minimum_tax_rate(self) -> Floats:
        """Least rate on corporate income at each option, 0 where no law sets one [0-1]."""
        return np.array([max((e.rate for e in at), default=0.0) for at in self.entries("minimum_taxes", MinimumTax)])

    @cached_property
    def schedules(self) -> dict[str, list[tuple[tuple[float, ...], Bools]]]:
        """Schedules by which the law writes off each base, and the options under each; the others write off evenly."""
        held = self.entries("depreciations", Depreciation)
        found: dict[str, list[tuple[tuple[float, ...], Bools]]] = {IT: [], FACILITY: []}
        for base, of_base in found.items():
            here = [next((e.schedule for e in at if e.base == base), None) for at in held]
            for schedule in dict.fromkeys(s for s in here if s is not None):
                shares = finance.SCHEDULES[schedule] if isinstance(schedule, str) else schedule
                of_base.append((shares, np.array([s == schedule for s in here], dtype=bool)))
        return found

    @cached_property
    def sales_taxes(self) -> list[list[SalesTax]]:
        """Taxes on what is bought that each option's place is under, known or not; the planner's own rate replaces those on servers."""
        own = ~np.isnan(given(self.places, "sales_tax"))
        held = zip(self.entries("sales_taxes", SalesTax), own, strict=True)
        return [acting_taxes([e for e in at if e.base != IT] if mine else at) for at, mine in held]

    @cached_property
    def property_taxes(self) -> list[list[PropertyTax]]:
        """Yearly taxes on what is owned that each option's place is under, known or not; the planner's own rate replaces all."""
        own = ~np.isnan(given(self.places, "property_tax"))
        held = zip(self.entries("property_taxes", PropertyTax), own, strict=True)
        return [[] if mine else acting_taxes(at) for at, mine in held]

    @cached_property
    def sales_tax_rate(self) -> dict[str, Floats]:
        """Tax on what is bought, by base, all that hold together, at each option [0-1]."""
        by_law = {b: _sums([e.rate for e in at if e.base == b] for at in self.sales_taxes) for b in (IT, FACILITY)}
        return by_law | {IT: by_law[IT] + np.nan_to_num(given(self.places, "sales_tax"))}

    @cached_property
    def property_tax_rate(self) -> dict[str, Floats]:
        """Yearly tax on what is owned, by base, all that hold together, at each option [1/a]."""
        taxes, own = self.property_taxes, given(self.places, "property_tax")
        by_law = {
            b: _sums([e.rate * e.assessed_share for e in at if e.base == b] for at in taxes) for b in (IT, FACILITY)
        }
        return {b: np.where(np.isnan(own), rate, own) for b, rate in by_law.items()}

    @cached_property
    def _ranges(self) -> list[tuple[str, SalesTax | PropertyTax, Bools]]:
        """Taxes on capital whose rate has an interval: the rates that each is part of, and the options that pay it."""
        found: list[tuple[str, SalesTax | PropertyTax, Bools]] = []
        for rates, taxes in (("sales_tax_rate", self.sales_taxes), ("property_tax_rate", self.property_taxes)):
            ids = [{e.id for e in at} for at in taxes]
            wide = {e.id: e for at in taxes for e in at if e.ends[0] < e.ends[1]}
            found += [(rates, e, np.array([e.id in at for at in ids], dtype=bool)) for e in wide.values()]
        return found

    def drawn(self, at: Mapping[str, float]) -> "Taxes":
        """Return the taxes at one draw of the rates that have an interval, by `tax_name`; the others stay."""
        made = copy(self)  # shares what is cached of the places
        for rates in ("sales_tax_rate", "property_tax_rate"):
            moved = {base: rate.copy() for base, rate in getattr(self, rates).items()}
            for of, e, paying in self._ranges:
                if of == rates:
                    counted = e.assessed_share if isinstance(e, PropertyTax) else 1.0
                    moved[e.base] += np.where(paying, (at.get(tax_name(e.id), e.rate) - e.rate) * counted, 0.0)
            made.__dict__[rates] = moved
        return made

    @cached_property
    def electricity_tax_usd_per_mwh(self) -> Floats:
        """Tax on the electricity drawn, all that hold together; 0 where none is known [USD/MWh]."""
        return _sums([e.usd_per_mwh() for e in at] for at in self.entries("electricity_taxes", ElectricityTax))

    @cached_property
    def added_carbon_price_usd_per_t(self) -> Floats:
        """Carbon price that the tariff does not carry, at each option [USD/tCO2].

        What tariffs carry is a fact of the date, whichever packs the scenario switches on; a pack of the planner's own
        may add to it.
        """
        every = replace(self, packs=(*packs_in_force(self.policy.date), *self.packs))
        # an overridden number is the scenario's choice, not what tariffs carry
        mine = {e.id for p in self.packs for e in p.carbon_prices if e.id in self.policy.override}
        shipped = {e.id: e.usd_per_t for p in packs_in_force(self.policy.date) for e in p.carbon_prices}
        carried = np.array(
            [
                max((shipped.get(p.id, 0.0) if p.id in mine else p.usd_per_t for p in at if p.in_tariff), default=0.0)
                for at in every.carbon_prices
            ]
        )
        override = self.policy.carbon_price_usd_per_t
        # the highest on a place: a union's and a state's are not paid both
        stated = np.array([max((p.usd_per_t for p in at), default=0.0) for at in self.carbon_prices])
        wanted = stated if override is None else np.full(len(stated), override)
        return finance.carbon_price_not_in_tariff(wanted, carried)

    @cached_property
    def carbon_prices(self) -> list[list[CarbonPrice]]:
        """Carbon prices that each option's place is under."""
        return self.entries("carbon_prices", CarbonPrice)

    @cached_property
    def construction_index(self) -> Floats:
        """The facility's cost at each option relative to the catalogue's; 1 where no market is known."""
        return construction_index(self.places)


def tax_name(entry: str) -> str:
    """Return the name of the uncertain input that is the rate of a tax on capital."""
    return f"tax {entry}"


def _sums(rates: Iterable[list[float]]) -> Floats:
    return np.array([sum(at) for at in rates], dtype=float)


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
    """Return the missing data of each site's costs: taxes that are not known, a construction market that is a mean.

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
    names = ("id", "jurisdiction", "lon", "lat")
    own = {tax: ~np.isnan(given(sites, f"{tax}_tax")) for tax in ("sales", "property")}
    built_for = ~np.isnan(given(sites, "capex_usd_per_mw"))
    columns = (market_costs(sites)["market"].astype(bool) | built_for, own["sales"], own["property"])
    for site, jurisdiction, lon, lat, market, *mine in zip(*(sites[n] for n in names), *columns, strict=True):
        stated = dict(zip(own, mine, strict=True))
        here = [p for p in packs if p.covers(str(jurisdiction))]
        missing = [
            f"{tax} tax"
            for tax in ("electricity", "property", "sales")
            if not (stated.get(tax) or any(e.holds_at(lon, lat) for p in here for e in getattr(p, f"{tax}_taxes")))
        ]
        if missing:
            found.append((str(site), "cost", f"UNKNOWN {', '.join(missing)}: none is charged"))
        for tax, (words, charged) in TAXES.items():
            held = [e for p in here for e in getattr(p, f"{tax}_taxes") if e.holds_at(lon, lat) and not stated[tax]]
            found += [
                (str(site), "cost", f"UNKNOWN {words}: {e.rate:.2%} {charged}, the middle of {low:.0%} to {high:.2%}")
                for e in acting_taxes(held)
                if not e.known
                for low, high in [e.ends]
            ]
        if not market:
            found.append((str(site), "cost", "UNKNOWN construction cost: the mean of 19 US markets is used"))
        found += [
            (str(site), f"policy {p.id}", f"{e.id} ({e.title}): not counted: {e.why_not_modelled}")
            for p in here
            for e in p.programmes
            if e.holds_at(lon, lat)
        ]
    return found
