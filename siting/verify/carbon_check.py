"""Re-check of limits on the carbon and origin of energy, from the grid tables and the ledger."""

from typing import TYPE_CHECKING, Any

from siting.verify.facts import intensity_ahead
from siting.verify.place_check import lies_in
from siting.verify.tolerances import Check, at_least, at_most
from siting.world.tables import read_table

if TYPE_CHECKING:
    from siting.plan.plan import Plan

SHARES = {"renewable_share": "renewable_share", "carbon_free_share": "cfe_share"}
"""The column of the built sites that each limit on a share reads."""


def energy_share(plan: "Plan", limit: Any) -> list[Check]:
    """Average the grids' shares, weighted by facility energy: over all sites, those of a jurisdiction, or one."""
    name, column = limit.kind.replace("_", " ").replace("carbon free", "carbon-free"), SHARES[limit.kind]
    counted = [
        (s.id, str(s.jurisdiction), s.it_mw * s.pue, getattr(s, column))
        for s in plan.sites.itertuples()
        if not limit.jurisdictions or lies_in(str(s.jurisdiction), limit.jurisdictions)
    ]
    groups: dict[str, list[tuple[float, float]]] = {}
    for site, place, facility_mw, share in counted:
        if limit.per == "jurisdiction":
            heads = [c for c in limit.jurisdictions if lies_in(place, [c])] or [place]
        else:
            heads = [site] if limit.per == "site" else [", ".join(limit.jurisdictions) or "portfolio"]
        for head in heads:
            groups.setdefault(head, []).append((facility_mw, share))
    return [
        at_least(name, head, sum(mw * x for mw, x in rows) / sum(mw for mw, _ in rows), limit.min, "-")
        for head, rows in groups.items()
        if sum(mw for mw, _ in rows) > 0
    ]


def _intensity(plan: "Plan", column: str) -> dict[Any, float]:
    """Return the intensity of every built site by one method, from its zone's table, in the scenario's year."""
    table = read_table("zone_intensity" if column in read_table("zone_intensity") else "zone_signals")
    of_zone = dict(zip(table["zone_id"], table[column].astype(float), strict=True))
    tomorrow = intensity_ahead(plan)
    here: dict[Any, float] = {s.id: of_zone[s.zone_id] for s in plan.sites.itertuples()}
    return here | {site: float(then[column]) for site, then in tomorrow.items() if column in then}


def max_ci(plan: "Plan", limit: Any) -> list[Check]:
    """Compare the grid of every built site with the limit."""
    ci = _intensity(plan, limit.carbon.column)
    return [at_most("carbon intensity", s.id, ci[s.id], limit.g_per_kwh, "g/kWh") for s in plan.sites.itertuples()]


def emissions_gate(plan: "Plan", limit: Any) -> list[Check]:
    """Compare grid and operation of every built site with the gate."""
    ci, hardware = _intensity(plan, limit.carbon.column), plan.scenario.hardware
    chip = hardware.chip
    eflop_per_kwh = chip.peak_flop_per_s * hardware.mfu * 3.6e6 / chip.server_power_w / 1e18
    checks = []
    for s in plan.sites.itertuples():
        if limit.max_g_per_kwh is not None:
            checks.append(at_most("gate on the grid", s.id, ci[s.id], limit.max_g_per_kwh, "g/kWh"))
        if limit.max_g_per_eflop is not None:
            g = s.pue * ci[s.id] / eflop_per_kwh
            checks.append(at_most("gate on compute", s.id, g, limit.max_g_per_eflop, "gCO2e/EFLOP"))
    return checks


def emissions_cap(plan: "Plan", limit: Any) -> list[Check]:
    """Add up the tonnes of the ledger, in all and by jurisdiction."""
    tonnes = plan.ledger.groupby("site")["tco2e_per_year"].sum().to_dict()
    place = dict(zip(plan.sites["id"], plan.sites["jurisdiction"].astype(str), strict=True))
    caps = [] if limit.t_per_year is None else [("portfolio", sum(tonnes.values()), limit.t_per_year)]
    for code, cap in limit.by_jurisdiction.items():
        caps.append((code, sum(t for s, t in tonnes.items() if lies_in(place[s], [code])), cap))
    return [at_most("emissions cap", where, float(t), cap, "tCO2e/year") for where, t, cap in caps]
