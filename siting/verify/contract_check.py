"""Re-check of contracts: load and delivery are matched hour by hour, and both kinds of emissions are summed."""

from typing import TYPE_CHECKING, Any

import numpy as np

from siting.verify.second_reader import contract_hours
from siting.verify.tolerances import Check, equal, equal_or_unknown, not_rechecked, same

if TYPE_CHECKING:
    from siting.plan.plan import Plan

HOURS = 8760
LINE = "contracts"
BY_MARKET = (
    *("emissions_location_t_per_year", "emissions_market_t_per_year"),
    *("emissions_location_g_per_eflop", "emissions_market_g_per_eflop", "contract_share"),
)
"""KPIs that only a plan with contracts or a residual mix has."""


def contracts(plan: "Plan") -> list[Check]:
    """Return every check of what contracts cover, of their ledger lines, and of emissions by location and by market."""
    lost = [c for c in plan.scenario.contracts if c.file and _hours_of(plan, c.file) is None]
    if lost:
        text = "contract `{}` reads {}, which does not exist or cannot be read again"
        return [*_table(plan), *(not_rechecked(text.format(c.name, c.file)) for c in lost)]
    by_market = plan.scenario.minimise.carbon.basis == "market"
    bought = {c.zone for c in plan.scenario.contracts}
    mixes = {r.zone: r.g_per_kwh for r in plan.scenario.residual_mix}
    ledger = plan.ledger.groupby(["site", "line"])["tco2e_per_year"].sum().to_dict()
    checks, market_t, matched, drawn = _table(plan), 0.0, 0.0, 0.0
    for zone, group in plan.sites.groupby("zone_id"):
        energy = HOURS * (group["it_mw"] * group["pue"]).to_numpy(float)
        drawn += float(energy.sum())
        operational = [float(ledger[(s, "energy")]) for s in group["id"]]
        if zone not in bought and zone not in mixes:
            market_t += sum(operational)
            checks += [_line(ledger, str(s), 0.0) for s in group["id"]]
            plain = zip(group["id"], group["ci_market_g_per_kwh"], group["ci_g_per_kwh"], strict=True)
            known = bool(bought or mixes)
            checks += [
                equal_or_unknown("market-based intensity", str(s), g, ci if known else None, "g/kWh")
                for s, g, ci in plain
            ]
            continue
        location = float(group["ci_g_per_kwh"].iloc[0])
        kg, covered = _hour_by_hour(plan, str(zone), float(energy.sum()), mixes.get(zone, location))
        market_t += kg / 1000.0
        matched += sum(covered.values())
        checks += [_covered_check(plan, name, mwh) for name, mwh in covered.items()]
        for s, mwh, here in zip(group.itertuples(), energy, operational, strict=True):
            share = kg / 1000.0 * mwh / energy.sum() if energy.sum() > 0 else 0.0
            checks.append(_line(ledger, s.id, share - here if by_market else 0.0))
            if mwh > 0:
                g = kg / energy.sum()
                checks.append(equal("market-based intensity", s.id, s.ci_market_g_per_kwh, g, "g/kWh"))
    missing = bought - set(plan.sites["zone_id"])
    checks += [_covered_check(plan, c.name, 0.0) for c in plan.scenario.contracts if c.zone in missing]
    return checks + (_kpis(plan, market_t, matched / drawn) if bought or mixes else [])


def _line(ledger: dict[Any, float], site: str, tonnes: float) -> Check:
    return equal("line of contracts", site, float(ledger.get((site, LINE), 0.0)), tonnes, "tCO2e/year")


def _covered_check(plan: "Plan", name: str, mwh: float) -> Check:
    """Compare the energy that a contract covers with the plan's table."""
    stated = dict(zip(plan.contracts["contract"], plan.contracts["matched_mwh"].astype(float), strict=True))
    return equal("energy that a contract covers", name, stated.get(name, np.nan), mwh, "MWh")


def _hour_by_hour(plan: "Plan", zone: str, energy_mwh: float, rest_g_per_kwh: float) -> tuple[float, dict[str, float]]:
    """Return the emissions of a zone's load [kg] and what each contract covers [MWh], met hour by hour."""
    here = [c for c in plan.scenario.contracts if c.zone == zone]
    left, kg, covered = np.full(HOURS, energy_mwh / HOURS), 0.0, {}
    for c in (c for c in here if c.matching == "hourly"):
        taken = np.minimum(_delivery(plan, c), left)
        left, covered[c.name] = left - taken, float(taken.sum())
    for c in (c for c in here if c.matching == "annual"):
        total = float(left.sum())
        covered[c.name] = min(c.mwh_per_year, total)
        left = left * (1.0 - covered[c.name] / total) if total > 0 else left
    for c in here:
        kg += covered[c.name] * c.g_per_kwh
    return kg + float(left.sum()) * rest_g_per_kwh, covered


def _delivery(plan: "Plan", contract: Any) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Return what a contract delivers in each hour [MWh], from the scenario's shape or file."""
    if contract.shape == "flat":
        shape = np.ones(HOURS)
    elif isinstance(contract.shape, tuple):
        shape = np.array([contract.shape[hour % 24] for hour in range(HOURS)], dtype=float)
    else:
        shape = np.array(_hours_of(plan, str(contract.shape)), dtype=float)
    return np.asarray(contract.mwh_per_year * shape / shape.sum())


def _hours_of(plan: "Plan", name: str) -> list[float] | None:
    """Read the hours of a contract; None without a file that can be read."""
    path = plan.scenario.file(name)
    return contract_hours(path) if path.is_file() else None


def _table(plan: "Plan") -> list[Check]:
    """Compare what the plan's table states of each contract with the scenario and the zones of the built sites."""
    asked = plan.scenario.contracts
    if not asked:
        return [equal("contracts that the scenario does not have", "portfolio", len(plan.contracts), 0.0, "found")]
    stated = list(plan.contracts["contract"])
    checks = [same("contracts", "portfolio", ", ".join(stated), ", ".join(c.name for c in asked))]
    given = {r.zone: r.g_per_kwh for r in plan.scenario.residual_mix}
    here = dict(zip(plan.sites["zone_id"], plan.sites["ci_g_per_kwh"], strict=True))
    rows = plan.contracts.set_index("contract")
    for c in (c for c in asked if c.name in rows.index):
        row: Any = rows.loc[c.name]
        rest = given.get(c.zone, here.get(c.zone, np.nan))
        left = c.mwh_per_year - float(row["matched_mwh"])
        source = "residual mix, yours" if c.zone in given else "location average, as no residual mix is known"
        checks += [
            same("zone of the contract", c.name, row["zone"], c.zone),
            same("matching of the contract", c.name, row["matching"], c.matching),
            same("source of the rest", c.name, row["rest"], source),
            equal("energy of the contract", c.name, float(row["mwh_per_year"]), c.mwh_per_year, "MWh/year"),
            equal("energy that is left over", c.name, float(row["surplus_mwh"]), left, "MWh", total=c.mwh_per_year),
            equal("intensity of the contract", c.name, float(row["g_per_kwh"]), c.g_per_kwh, "g/kWh"),
            equal_or_unknown("intensity of the rest", c.name, row["rest_g_per_kwh"], rest, "g/kWh"),
        ]
    return checks


def _kpis(plan: "Plan", market_t: float, share: float) -> list[Check]:
    """Sum both kinds of emissions: they differ in the energy lines alone."""
    k, ledger = plan.kpis, plan.ledger
    location = float(ledger.loc[ledger["line"] != LINE, "tco2e_per_year"].sum())
    other = location - float(ledger.loc[ledger["line"] == "energy", "tco2e_per_year"].sum())
    per_eflop = 1e6 / k["eflop_per_year"]
    figures = (location, other + market_t, location * per_eflop, (other + market_t) * per_eflop, share)
    again = dict(zip(BY_MARKET, figures, strict=True))
    counted = "market" if plan.scenario.minimise.carbon.basis == "market" else "location"
    expected = again[f"emissions_{counted}_t_per_year"]
    return [
        equal("emissions by the plan's basis", "portfolio", k["emissions_t_per_year"], expected, "tCO2e/year"),
        *(equal(f"KPI {name}", "portfolio", k[name], value, "") for name, value in again.items()),
    ]
