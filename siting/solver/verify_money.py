"""What a plan says of money, taxes and stops, computed anew: every line of the ledger, and every claim."""

from typing import TYPE_CHECKING, Any

from siting.physics import finance
from siting.solver.checks import Check, at_least, at_most, equal
from siting.world import catalogue
from siting.world.policy import Pack, packs, packs_asked

if TYPE_CHECKING:
    from siting.model.plan import Plan

HOURS = 8760.0
LINES = ("energy", "carbon_price", "servers", "facility", "other_operation", "sales_tax", "unmet demand")
CLAIM = "incentive "
BASE_LINE = {"it_capex": "servers", "facility_capex": "facility"}
"""Which line of the ledger a tax or programme on a kind of capital is a share of."""


def money(plan: "Plan") -> list[Check]:
    """Return every check of the ledger's lines, the claims, and the stops of the packs in force."""
    asked = _packs_asked(plan)
    ledger = plan.ledger.groupby(["site", "line"], as_index=False)[["usd_per_year", "tco2e_per_year"]].sum()
    strange = [name for name in set(plan.ledger["line"]) if name not in LINES and not name.startswith(CLAIM)]
    checks = [equal("ledger lines that nobody charges", "portfolio", float(len(strange)), 0.0, "found")]
    for s in plan.sites.itertuples():
        here = {str(row["line"]): row for row in ledger[ledger["site"] == s.id].to_dict("records")}
        under = [p for p in asked if p.covers(str(s.jurisdiction))]
        checks += _capital(plan, s, here, under)
        checks.append(_carbon_price(plan, s, here, under))
        checks += _stops(s, under)
        for line, values in here.items():
            if line.startswith(CLAIM):
                checks += _claim(s, line.removeprefix(CLAIM), -values["usd_per_year"], here, under)
    return checks


def figure(plan: "Plan", name: str) -> float:
    """Return a cost figure: the scenario's, else the catalogue's at the end of the interval that is asked for."""
    end = plan.scenario.hardware.embodied if name.startswith("embodied-") else "mid"
    return float(plan.scenario.costs.get(name, getattr(catalogue.cost(name), end)))


def _packs_asked(plan: "Plan") -> list[Pack]:
    """Return the packs that the scenario switches on, with what holds on its date."""
    policy = plan.scenario.policy
    return [p.on(policy.date) for p in packs_asked(policy.packs, plan.scenario.file)]


def _stops(s: Any, under: list[Pack]) -> list[Check]:
    """Hold a site against every stop of the packs that the plan can act on."""
    return [
        at_most(f"stop {stop.id}", s.id, s.peak_facility_mw, stop.above_facility_mw, "MW")
        for pack in under
        for stop in pack.stops
        if not stop.why_not_modelled and stop.holds_at(s.geometry.x, s.geometry.y)
    ]


def _capital(plan: "Plan", s: Any, here: dict[str, Any], under: list[Pack]) -> list[Check]:
    """Spread the capital of servers and building anew, tax it, and add operation and the building's carbon."""
    mw = s.halls * plan.scenario.building.hall_mw
    servers = figure(plan, "capex-it-usd-per-mw") * mw
    capital = {"servers": servers, "facility": s.capex_usd - servers}
    years = {"servers": figure(plan, "life-it-years"), "facility": figure(plan, "life-facility-years")}
    rate = figure(plan, "discount-rate")
    usd = {
        line: capital[line] * float(finance.fixed_charge_rate(rate, years[line], s.corporate_tax_rate))
        for line in capital
    }
    usd["sales_tax"] = sum(e.rate * usd[BASE_LINE[e.base]] for p in under for e in p.sales_taxes)
    usd["other_operation"] = figure(plan, "opex-other-usd-per-mw-year") * mw
    shell_t = figure(plan, "embodied-shell-t-per-mw") * mw / years["facility"]
    checks = [
        equal(f"yearly cost of {line}", s.id, here.get(line, {}).get("usd_per_year", 0.0), value, "USD/year")
        for line, value in usd.items()
    ]
    found_t = here.get("facility", {}).get("tco2e_per_year", 0.0)
    return [*checks, equal("embodied carbon of the building", s.id, found_t, shell_t, "tCO2e/year")]


def _carbon_price(plan: "Plan", s: Any, here: dict[str, Any], under: list[Pack]) -> Check:
    """Charge direct emissions anew with what the tariff does not carry; what it carries holds in any scenario."""
    policy = plan.scenario.policy
    every = [p.on(policy.date) for p in packs().values() if p.covers(str(s.jurisdiction))]
    carried = max((e.usd_per_t for p in every for e in p.carbon_prices if e.in_tariff), default=0.0)
    wanted = policy.carbon_price_usd_per_t
    if wanted is None:
        wanted = max((e.usd_per_t for p in under for e in p.carbon_prices), default=0.0)
    tonnes = HOURS * s.it_mw * s.pue * s.ci_direct_g_per_kwh / 1000.0
    found = here.get("carbon_price", {}).get("usd_per_year", 0.0)
    return equal("carbon price", s.id, found, max(wanted - carried, 0.0) * tonnes, "USD/year")


def _claim(s: Any, name: str, benefit_usd: float, here: dict[str, Any], under: list[Pack]) -> list[Check]:
    """Read a claimed programme anew: place, date, packs asked for, thresholds, and what it may pay."""
    known = {e.id: e for p in [*packs().values(), *under] for e in p.incentives}
    if name not in known:
        return [equal(f"programme {name} exists", s.id, 0.0, 1.0, "-")]
    programme = known[name]
    in_force = name in {e.id for p in under for e in p.incentives}
    base_usd = here.get(BASE_LINE[programme.base], {}).get("usd_per_year", 0.0)
    return [
        equal(f"{name} in force", s.id, float(in_force), 1.0, "-"),
        at_least(f"{name} investment", s.id, s.capex_usd, programme.min_capex_usd, "USD"),
        at_least(f"{name} jobs", s.id, s.jobs, programme.min_jobs, "jobs"),
        at_most(f"{name} benefit", s.id, benefit_usd, programme.rate * base_usd, "USD/year"),
    ]
