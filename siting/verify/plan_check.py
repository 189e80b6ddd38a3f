"""Independent re-check of a plan: every limit, every fact and the ledger recomputed.

Nothing here comes from the model builder: no rows, no families, no ledger lines. First the tables of the plan must be
consistent; then sums are computed from sites and assignments, facts are compared with the shipped tables (`facts`),
every line of the ledger is computed (`money_check`), and each limit is checked (`limit_check`). The least cost behind
a budget is the solver's and cannot be checked; a limit of the user's own without a re-check is listed as not re-checked.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.errors import UnprovenError
from siting.verify.contract_check import contracts
from siting.verify.facts import facts
from siting.verify.limit_check import OWN_LINES, RECHECK
from siting.verify.money_check import money
from siting.verify.tolerances import Check, at_least, at_most, equal
from siting.world import catalogue

if TYPE_CHECKING:
    from siting.plan.plan import Plan

HOURS = 8760.0
EMBODIED_LINES = ("servers", "facility")
UNMET = "unmet demand"
PORTFOLIO = "portfolio"
KPI_OF = {
    "emissions_per_compute": "emissions_g_per_eflop",
    "emissions": "emissions_t_per_year",
    "cost": "cost_usd_per_year",
    "cost_per_compute": "cost_usd_per_eflop",
    "mean_latency": "rtt_p90_ms_mean",
    "worst_latency": "rtt_p90_ms_max",
    "sites": "sites",
    "covered_demand": "it_mw",
    "water": "water_m3_per_year",
}
"""Which KPI each objective is; one of the user's own has none."""


def verify(plan: "Plan") -> pd.DataFrame:
    """Check a plan and return every check made; see `Plan.verify`."""
    if plan.objective is None:
        raise UnprovenError(f"plan `{plan.name}` is {plan.status}: there is nothing to verify")
    _judge(plan, _is_consistent(plan))
    own_lines = [line for limit in plan.scenario.limits for line in OWN_LINES.get(limit.name, ())]
    checks = [*_served(plan), *_sizes(plan), *_sums(plan), *_kpis(plan), *facts(plan), *money(plan, own_lines)]
    checks += [*_proof(plan), *contracts(plan)]
    for limit in plan.scenario.limits:
        kind = limit.name
        own = (f"NOT RE-CHECKED: limit `{kind}` is the user's own", "portfolio", np.nan, np.nan, "-", True)
        checks += RECHECK[kind](plan, limit) if kind in RECHECK else [own]
    return _judge(plan, checks)


def _judge(plan: "Plan", checks: list[Check]) -> pd.DataFrame:
    """Return the checks as a table, or raise with all that are off."""
    table = pd.DataFrame(checks, columns=["check", "where", "value", "limit", "unit", "holds"])
    off = table[~table["holds"].astype(bool)]
    if len(off):
        faults = [f"{r.check}, {r.where}: {r.value:.6g} {r.unit} against {r.limit:.6g}" for r in off.itertuples()]
        raise UnprovenError.from_faults(f"plan `{plan.name}` fails {len(faults)} check(s):", faults)
    return table.drop(columns="holds")


def _is_consistent(plan: "Plan") -> list[Check]:
    """Check that ids are unique, that tables name the same places, and that no number is missing or negative."""
    built, hubs, serving = list(plan.sites["id"]), set(plan.hubs["id"]), set(plan.assignments["site"])
    lines = plan.ledger.loc[plan.ledger["line"].isin(["energy", *EMBODIED_LINES])]
    needed = {(s, line) for s in built for line in ("energy", *EMBODIED_LINES)}
    per_line = lines.groupby(["site", "line"]).size().to_dict()
    load = plan.assignments["it_mw"].to_numpy(float)
    charged = plan.ledger[plan.ledger["line"] != UNMET]
    excluded = set(plan.scenario.candidates.exclude) & set(built)
    counts = {
        "sites listed twice (one design a site)": len(built) - len(set(built)),
        "loads from sites that are not built (served from built sites)": len(serving - set(built)),
        "loads for hubs that do not exist": len(set(plan.assignments["hub"]) - hubs),
        "ledger lines of sites that are not built": len(set(charged["site"]) - set(built) - {PORTFOLIO}),
        "ledger lines missing or twice": sum(per_line.get(k, 0) != 1 for k in needed),
        "loads that are negative or missing": int((~(load > 0)).sum()),
        "sites that the scenario excludes": len(excluded),
    }
    return [equal(name, "portfolio", float(n), 0.0, "found") for name, n in counts.items()]


def _served(plan: "Plan") -> list[Check]:
    """Compare what every hub and class gets with its demand."""
    got = plan.assignments.groupby(["hub", "workload"])["it_mw"].sum()
    asked = plan.demand.set_index(["hub", "workload"])["it_mw"]
    if plan.scenario.demand.elastic is not None:
        return _served_in_part(plan, got, asked)
    both = [*asked.index, *sorted(set(got.index) - set(asked.index))]
    return [equal("demand served", " ".join(k), float(got.get(k, 0.0)), float(asked.get(k, 0.0)), "MW") for k in both]


def _served_in_part(plan: "Plan", got: "pd.Series[float]", asked: "pd.Series[float]") -> list[Check]:
    """Compare what an elastic demand gets with its demand, with its minimum and with the price of the rest."""
    elastic = plan.scenario.demand.elastic
    assert elastic is not None
    checks = [at_most("demand served", " ".join(k), float(got[k]), float(asked.get(k, 0.0)), "MW") for k in got.index]
    served, wanted = float(got.sum()), float(asked.sum())
    if elastic.min_share is not None:
        checks.append(at_least("least demand served", "portfolio", served, elastic.min_share * wanted, "MW"))
    if elastic.min_eflop_per_year is not None:
        least = elastic.min_eflop_per_year
        checks.append(at_least("least compute", "portfolio", plan.kpis["eflop_per_year"], least, "EFLOP"))
    paid = float(plan.ledger.loc[plan.ledger["line"] == UNMET, "usd_per_year"].sum())
    price = elastic.unmet_usd_per_mwh or 0.0
    return [*checks, equal("price of unmet demand", "portfolio", paid, HOURS * price * (wanted - served), "USD/year")]


def _sizes(plan: "Plan") -> list[Check]:
    """Compare load with halls, and halls with the smallest site."""
    building = plan.scenario.building
    load = plan.assignments.groupby("site")["it_mw"].sum()
    checks: list[Check] = []
    for s in plan.sites.itertuples():
        usable = building.utilisation_max * building.hall_mw * s.halls
        checks.append(at_most("load fits the halls", s.id, float(load.get(s.id, 0.0)), usable, "MW"))
        checks.append(at_least("smallest site", s.id, s.halls, building.min_halls, "halls"))
        checks.append(equal("load of the site", s.id, s.it_mw, float(load.get(s.id, 0.0)), "MW"))
    return checks


def _sums(plan: "Plan") -> list[Check]:
    """Sum the ledger, and derive its energy lines from PUE, price and intensity."""
    usd, tonnes = float(plan.ledger["usd_per_year"].sum()), float(plan.ledger["tco2e_per_year"].sum())
    k, load, drawn = plan.kpis, float(plan.assignments["it_mw"].sum()), float(plan.sites["it_mw"].sum())
    g_per_eflop = tonnes * 1e6 / k["eflop_per_year"]
    checks = [
        equal("ledger sums to the cost", "portfolio", usd, k["cost_usd_per_year"], "USD/year"),
        equal("ledger sums to the emissions", "portfolio", tonnes, k["emissions_t_per_year"], "tCO2e/year"),
        equal("emissions per compute", "portfolio", g_per_eflop, k["emissions_g_per_eflop"], "gCO2e/EFLOP"),
        equal("load sums to what the sites draw", "portfolio", load, drawn, "MW"),
    ]
    energy = plan.ledger[plan.ledger["line"] == "energy"].set_index("site")
    usd_of, tonnes_of = energy["usd_per_year"], energy["tco2e_per_year"]
    for s in plan.sites.itertuples():
        kwh = HOURS * 1000.0 * s.it_mw * s.pue
        checks.append(equal("energy cost", s.id, float(usd_of[s.id]), kwh / 1000.0 * s.price_usd_per_mwh, "USD/year"))
        t = kwh * s.ci_g_per_kwh * s.pue_ci_covariance / 1e6
        checks.append(equal("operational emissions", s.id, float(tonnes_of[s.id]), t, "tCO2e/year"))
    return checks


def _kpis(plan: "Plan") -> list[Check]:
    """Recompute every KPI, and each site's totals, from sites, assignments and ledger."""
    s, k, ledger = plan.sites, plan.kpis, plan.ledger
    load, facility = s["it_mw"].to_numpy(float), (s["it_mw"] * s["pue"]).to_numpy(float)

    def mean(column: str, weight: "np.ndarray[Any, np.dtype[np.float64]]") -> float:
        return float((s[column].to_numpy(float) * weight).sum() / weight.sum())

    cue = float((load * s["pue"] * s["ci_g_per_kwh"] * s["pue_ci_covariance"]).sum() / load.sum() / 1000.0)
    embodied = float(ledger.loc[ledger["line"].isin(EMBODIED_LINES), "tco2e_per_year"].sum())
    again = {
        "pue": float(facility.sum() / load.sum()),
        "wue_l_per_kwh": mean("wue_l_per_kwh", load),
        "cue_kg_per_kwh": cue,
        "renewable_share": mean("renewable_share", facility),
        "cfe_share": mean("cfe_share", facility),
        "rtt_p90_ms_max": float(plan.assignments["rtt_p90_ms"].max()),
        "it_mw": float(load.sum()),
        "jobs": float(s["jobs"].sum()),
        "embodied_t_per_year": embodied,
        "cost_usd_per_eflop": float(ledger["usd_per_year"].sum()) / k["eflop_per_year"],
        "rtt_p90_ms_mean": float(np.average(plan.assignments["rtt_p90_ms"], weights=plan.assignments["it_mw"])),
        "water_m3_per_year": HOURS * float((load * s["wue_l_per_kwh"].to_numpy(float)).sum()),
        "served_share": float(load.sum()) / float(plan.demand["it_mw"].sum()),
        "sites": float(len(s)),
    }
    checks = [equal(f"KPI {name}", "portfolio", k[name], value, "") for name, value in again.items()]
    hardware = plan.scenario.hardware
    chip = catalogue.accelerator(hardware.accelerator, hardware.precision, hardware.server_power_w)
    per_mwh = chip.peak_flop_per_s * hardware.mfu * 3600.0 * 1e6 / chip.server_power_w / 1e18
    checks.append(equal("KPI eflop_per_year", "portfolio", k["eflop_per_year"], HOURS * per_mwh * load.sum(), "EFLOP"))
    sums = ledger.groupby("site")[["usd_per_year", "tco2e_per_year"]].sum()
    for row in s.itertuples():
        usd, tonnes = (float(sums[c][row.id]) for c in ("usd_per_year", "tco2e_per_year"))
        checks.append(equal("cost of the site", row.id, row.cost_usd_per_year, usd, "USD/year"))
        checks.append(equal("emissions of the site", row.id, row.emissions_t_per_year, tonnes, "tCO2e/year"))
        if row.it_mw > 0:
            g = tonnes * 1e6 / (HOURS * per_mwh * row.it_mw)
            stated = row.emissions_g_per_eflop
            checks.append(equal("emissions per compute of the site", row.id, stated, g, "gCO2e/EFLOP"))
    return checks


def _proof(plan: "Plan") -> list[Check]:
    """Compare every stage with its KPI, the bound with the objective, and the gap with what `optimal` means."""
    proof, stages = plan.proof, plan.scenario.minimise.stages
    assert proof.objective is not None
    first = stages[0]
    checks = []
    stated = [("portfolio", first.name, proof.objective, proof.unit)]
    stated += [(str(s["objective"]), str(s["objective"]), float(s["in_plan"]), str(s["unit"])) for s in proof.stages]
    for where, word, value, unit in stated:
        if word in KPI_OF:
            checks.append(equal("objective", where, value, plan.kpis[KPI_OF[word]], unit))
    if proof.bound is not None:
        no_better = at_least if first.maximise else at_most
        checks.append(no_better("bound", "portfolio", proof.bound, proof.objective, proof.unit))
    if proof.status == "optimal":
        way = -1.0 if first.maximise else 1.0
        ahead = np.inf if proof.bound is None else way * (proof.objective - proof.bound)
        reached = ahead / max(abs(proof.objective), 1e-12)
        checks.append(at_most("gap of an optimal plan", "portfolio", reached, _gap_allowed(plan), "-"))
    for objective, stage in zip(stages, proof.stages, strict=False):
        give, kept, value = objective.tolerance * abs(stage["value"]), stage["in_plan"], stage["value"]
        compare, limit = (at_least, value - give) if objective.maximise else (at_most, value + give)
        checks.append(compare("stage kept", objective.name, kept, limit, stage["unit"]))
    return checks


def _gap_allowed(plan: "Plan") -> float:
    """Return how far an optimal plan may be from its bound: the gap asked for, and what the tolerance gave away.

    A value within (1 + tolerance) of one that is within the gap of the bound; of the greatest, within (1 - tolerance).
    """
    give, asked = plan.proof.tolerance, plan.proof.gap_asked
    if give == 0:
        return asked
    if plan.scenario.minimise.maximise:
        return (1.0 + asked) / max(1.0 - give, 1e-12) - 1.0
    return 1.0 - (1.0 - asked) / (1.0 + give)
