"""The lines of the ledger: what energy, servers, buildings, taxes and carbon cost and emit."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from siting.errors import ScenarioError
from siting.model.problem import Line
from siting.model.rows import Floats
from siting.model.scenario import Scenario
from siting.model.sentence import nearest
from siting.physics import carbon, compute, finance
from siting.world import catalogue
from siting.world.policy import CarbonPrice, Incentive, Pack, SalesTax, packs_in_force

REMOTE_KM = 100.0
"""Distance to the next city of 100,000 [km] beyond which the remote-construction uplift applies (assumption)."""


@dataclass(frozen=True)
class Rates:
    """The figures a plan is priced with, after the scenario's overrides, and the accelerator."""

    accelerator: catalogue.Accelerator
    cost: dict[str, float]
    embodied_kg_per_accelerator: float

    @property
    def jobs_per_mw(self) -> float:
        """Permanent jobs per MW of IT capacity."""
        return self.cost["jobs-per-mw"]


COSTS_USED = (
    "capex-it-usd-per-mw",
    "capex-facility-usd-per-mw",
    "opex-other-usd-per-mw-year",
    "life-it-years",
    "life-facility-years",
    "discount-rate",
    "jobs-per-mw",
    "remote-construction-uplift",
    "embodied-host-kg-per-accelerator",
    "embodied-shell-t-per-mw",
)
"""Rows of the `costs` table that the programme reads."""


def rates_of(scenario: Scenario) -> Rates:
    """Read hardware and cost figures, with the scenario's overrides and its end of the embodied interval.

    Raises
    ------
    ScenarioError
        An override names a figure that the programme does not read, or is negative, or a life of 0 years.
    """
    faults = [
        f"`costs`: no figure `{k}`{nearest(k, COSTS_USED)} (a scenario may override {', '.join(COSTS_USED)})"
        for k in sorted(set(scenario.costs) - set(COSTS_USED))
    ]
    faults += [
        f"`costs`: {k} = {v:g}: give a finite number of 0 or more"
        for k, v in scenario.costs.items()
        if not (v >= 0 and math.isfinite(v))
    ]
    faults += [
        f"`costs`: {k} = 0: give a life above 0 years"
        for k, v in scenario.costs.items()
        if v == 0 and k.startswith("life-")
    ]
    if faults:
        raise ScenarioError("\n  - ".join(faults))
    end = scenario.hardware.embodied
    used = {c: getattr(catalogue.cost(c), end if c.startswith("embodied-") else "mid") for c in COSTS_USED}
    used |= scenario.costs
    accelerator = catalogue.accelerator(scenario.hardware.accelerator)
    own_kg = float(getattr(accelerator, f"embodied_{end}_kg"))
    return Rates(accelerator, used, own_kg + used["embodied-host-kg-per-accelerator"])


@dataclass(frozen=True)
class _Desk:
    """What every line is computed from: options with their site's facts beside them."""

    facts: pd.DataFrame
    scenario: Scenario
    rates: Rates
    packs: tuple[Pack, ...]

    def column(self, name: str) -> Floats:
        return self.facts[name].to_numpy(float)

    @property
    def hall_mw(self) -> float:
        return self.scenario.building.hall_mw

    def entries(self, name: str) -> list[list[object]]:
        """Return, for each option, the entries of one kind that its place is under."""
        places = zip(self.facts["jurisdiction"], self.facts["lon"], self.facts["lat"], strict=True)
        return [
            [
                e
                for p in self.packs
                if p.covers(j)
                for e in getattr(p, name)
                if e.why_not_modelled is None and e.holds_at(lon, lat)
            ]
            for j, lon, lat in places
        ]

    def carbon_prices(self) -> list[list[CarbonPrice]]:
        """Return, for each option, the carbon prices of its jurisdiction."""
        return [[e for e in entries if isinstance(e, CarbonPrice)] for entries in self.entries("carbon_prices")]

    def capital_usd_per_hall(self) -> dict[str, Floats]:
        """Return what one hall costs to buy, by capital line [USD]."""
        cost = self.rates.cost
        remote = self.column("km_to_city_100k") > REMOTE_KM
        uplift = 1.0 + np.where(remote, cost["remote-construction-uplift"], 0.0)
        return {
            "it_capex": np.full(len(self.facts), cost["capex-it-usd-per-mw"] * self.hall_mw),
            "facility_capex": cost["capex-facility-usd-per-mw"] * self.hall_mw * uplift,
        }

    def charge(self) -> dict[str, Floats]:
        """Return the fixed charge rate of each capital line at the option's corporate tax [1/a]."""
        cost, tax = self.rates.cost, self.column("corporate_tax_rate")
        lives = {"it_capex": cost["life-it-years"], "facility_capex": cost["life-facility-years"]}
        return {k: finance.fixed_charge_rate(cost["discount-rate"], life, tax) for k, life in lives.items()}


def ledger_lines(
    sites: pd.DataFrame, options: pd.DataFrame, scenario: Scenario, rates: Rates, packs: tuple[Pack, ...]
) -> tuple[tuple[Line, ...], Floats, pd.DataFrame]:
    """Return the ledger's lines, the capital of a hall, and the claims that options may make.

    Parameters
    ----------
    sites, options : pandas.DataFrame
        Gathered sites, and their options with `pue` and `max_halls`.
    scenario : Scenario
        Hall size, carbon method, carbon price.
    rates : Rates
        Figures of the catalogue.
    packs : tuple of Pack
        Policy in force.

    Returns
    -------
    tuple of Line
        Energy, carbon price, servers, facility, other operation, sales tax.
    numpy.ndarray
        What one hall costs to buy at each option [USD].
    pandas.DataFrame
        A row per option and programme; see `limits.incentives`.
    """
    facts = options.join(sites.drop(columns=["id"]), on="site")
    desk = _Desk(facts, scenario, rates, packs)
    capital = np.sum(list(desk.capital_usd_per_hall().values()), axis=0)
    return (*_load_lines(desk), *_hall_lines(desk)), capital, _claims(desk)


def _load_lines(desk: _Desk) -> tuple[Line, ...]:
    pue, zero = desk.column("pue"), np.zeros(len(desk.facts))
    operational = carbon.operational_t_per_mw_year(pue, desk.column(desk.scenario.minimise.carbon.column))
    energy_mwh = compute.HOURS_PER_YEAR * pue
    priced = carbon.operational_t_per_mw_year(pue, desk.column("ci_direct_g_per_kwh"))
    return (
        Line("energy", "load_mw", energy_mwh * desk.column("price_usd_per_mwh"), operational),
        Line("carbon_price", "load_mw", priced * _added_carbon_price(desk), zero),
    )


def _added_carbon_price(desk: _Desk) -> Floats:
    """Return the carbon price that the tariff does not carry, at each option [USD/tCO2].

    What tariffs carry is a fact of the day, whichever packs the scenario switches on; a pack of the planner's own
    may say more of it.
    """
    every = replace(desk, packs=(*packs_in_force(desk.scenario.policy.date), *desk.packs))
    carried = np.array([_dearest(p for p in prices if p.in_tariff) for prices in every.carbon_prices()])
    prices = desk.carbon_prices()
    override = desk.scenario.policy.carbon_price_usd_per_t
    stated = np.array([_dearest(entries) for entries in prices])
    wanted = stated if override is None else np.full(len(prices), override)
    return finance.carbon_price_not_in_tariff(wanted, carried)


def _dearest(prices: Iterable[CarbonPrice]) -> float:
    """Return the highest of the prices on one place [USD/tCO2]: a union's and a state's are not paid both."""
    return max((p.usd_per_t for p in prices), default=0.0)


def _hall_lines(desk: _Desk) -> tuple[Line, ...]:
    cost, n, mw = desk.rates.cost, len(desk.facts), desk.hall_mw
    capital, charge = desk.capital_usd_per_hall(), desk.charge()
    servers_t = carbon.embodied_servers_t_per_mw_year(
        float(compute.accelerators_per_mw(desk.rates.accelerator.server_power_w)),
        desk.rates.embodied_kg_per_accelerator,
        cost["life-it-years"],
    )
    shell_t = carbon.embodied_shell_t_per_mw_year(cost["embodied-shell-t-per-mw"], cost["life-facility-years"])
    taxes = [[e for e in entries if isinstance(e, SalesTax)] for entries in desk.entries("sales_taxes")]
    taxed = sum(
        capital[base] * charge[base] * np.array([sum(e.rate for e in entries if e.base == base) for entries in taxes])
        for base in capital
    )
    zero = np.zeros(n)
    return (
        Line("servers", "halls", capital["it_capex"] * charge["it_capex"], np.full(n, servers_t * mw)),
        Line("facility", "halls", capital["facility_capex"] * charge["facility_capex"], np.full(n, shell_t * mw)),
        Line("other_operation", "halls", np.full(n, cost["opex-other-usd-per-mw-year"] * mw), zero),
        Line("sales_tax", "halls", np.asarray(taxed, dtype=float), zero),
    )


CLAIM_COLUMNS = (
    "option",
    "programme",
    "label",
    "benefit_usd_per_hall",
    "max_benefit_usd",
    "capex_usd_per_hall",
    "min_capex_usd",
    "jobs_per_hall",
    "min_jobs",
)


def _claims(desk: _Desk) -> pd.DataFrame:
    """Return a row for each programme that an option could claim."""
    capital, charge = desk.capital_usd_per_hall(), desk.charge()
    rows: list[dict[str, object]] = []
    for o, entries in enumerate(desk.entries("incentives")):
        for e in _of_incentives(entries):
            per_hall = float(e.rate * capital[e.base][o] * charge[e.base][o])
            rows.append(
                {
                    "option": o,
                    "programme": e.id,
                    "label": f"{desk.facts['label'].iloc[o]}__{e.id}",
                    "benefit_usd_per_hall": per_hall,
                    "max_benefit_usd": per_hall * int(desk.facts["max_halls"].iloc[o]),
                    "capex_usd_per_hall": float(sum(c[o] for c in capital.values())),
                    "min_capex_usd": e.min_capex_usd,
                    "jobs_per_hall": desk.rates.jobs_per_mw * desk.hall_mw,
                    "min_jobs": e.min_jobs,
                }
            )
    return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS))


def _of_incentives(entries: Sequence[object]) -> list[Incentive]:
    return [e for e in entries if isinstance(e, Incentive)]
