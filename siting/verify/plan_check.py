"""Independent re-check of a plan: every limit, every fact and the ledger recomputed.

Nothing here comes from the model builder: no rows, no families, no ledger lines. First the tables of the plan must be
consistent; then sums are computed from sites and assignments, facts are compared with the shipped tables (`facts`),
every line of the ledger is computed (`money_check`), each limit is checked (`limit_check`), demand, hubs and places are
rebuilt from the scenario, and so is what the plan states beside its numbers (`record`). The least cost
behind a budget, shadow prices, bounds and the regrets of a stored scorecard are the solver's and cannot be checked; a limit of the user's own without a
re-check, and files that do not exist, are listed as not re-checked.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.errors import SitingError, UnprovenError
from siting.verify.contract_check import BY_MARKET, contracts
from siting.verify.facts import facts
from siting.verify.limit_check import OWN_LINES, RECHECK
from siting.verify.money_check import money
from siting.verify.question import eflop_per_mwh, hall_draw_mw, lost_files, question
from siting.verify.record.binding_check import binding
from siting.verify.record.exclusion_check import exclusions
from siting.verify.record.own_check import own_columns
from siting.verify.record.proof_check import proof
from siting.verify.record.provenance_check import provenance
from siting.verify.record.scorecard_check import scorecard
from siting.verify.tolerances import WORDS, Check, at_least, at_most, equal, not_rechecked, shortened

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from siting.plan.plan import Plan
    from siting.scenario.scenario import Scenario
    from siting.verify.record.exclusion_check import Rebuilt

HOURS = 8760.0
EMBODIED_LINES = ("servers", "facility")
UNMET = "unmet demand"
PORTFOLIO = "portfolio"
SUMS = ("emissions_t_per_year", "emissions_g_per_eflop", "cost_usd_per_year", "eflop_per_year")
"""KPIs that are sums of the ledger, or follow from the load."""
UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What arithmetic on the tables of a plan from anywhere can raise."""

Rebuild = Callable[["Scenario"], "Rebuilt"]


def verify(plan: "Plan", rebuild: Rebuild) -> pd.DataFrame:
    """Check a plan and return every check made; see `Plan.verify`.

    Parameters
    ----------
    plan : Plan
        The plan.
    rebuild : callable
        Prepares the scenario again, for the words of its exclusions, unknowns and sources.
    """
    if plan.objective is None:
        raise UnprovenError(f"plan `{plan.name}` is {plan.status}: there is nothing to verify")
    groups = groups_of(plan, rebuild)
    judge(plan, next(groups))  # tables that do not fit each other leave nothing to compare
    return judge(plan, [check for group in groups for check in group])


def groups_of(plan: "Plan", rebuild: Rebuild) -> "Iterator[list[Check]]":
    """Yield all checks of a plan in groups, each computed when it is read: first whether its tables fit each other."""
    yield _guarded(_is_consistent, plan)
    own_lines = [line for limit in plan.scenario.limits for line in OWN_LINES.get(limit.name, ())]
    money_of = partial(money, own_lines=own_lines)
    for group in (_served, _sizes, _sums, _kpis, facts, own_columns, money_of, proof, contracts):
        yield _guarded(group, plan)
    of_limits = []
    for limit in plan.scenario.acting_limits:
        of_limits.append((limit.name, _guarded(partial(_of_limit, limit=limit), plan)))
        yield of_limits[-1][1]
    for record in (
        question,
        partial(binding, of_limits=of_limits),
        provenance,
        scorecard,
        partial(exclusions, rebuild=rebuild),
    ):
        yield _guarded(record, plan)


def cannot_be_rechecked(scenario: "Scenario") -> list[str]:
    """Return what the re-check of a plan cannot rebuild: files that are not there, and limits of the user's own."""
    lost = [f"`{field}` reads {name}, which cannot be found" for field, name in lost_files(scenario).items()]
    return lost + [f"limit `{x.name}` is the user's own" for x in scenario.limits if x.name not in RECHECK]


def _of_limit(plan: "Plan", limit: Any) -> list[Check]:
    """Return the checks of a limit; one of the user's own without a re-check is listed as such."""
    own = not_rechecked(f"limit `{limit.name}` is the user's own")
    return RECHECK[limit.name](plan, limit) if limit.name in RECHECK else [own]


def _guarded(group: "Callable[[Plan], list[Check]]", plan: "Plan") -> list[Check]:
    """Return the checks of a group; what its arithmetic cannot read fails as one check."""
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # numbers of a damaged file: they end in a check that fails
            return group(plan)
    except SitingError as error:
        why = str(error).partition("\n")[0]
    except UNREADABLE as error:
        why = f"tables that do not fit each other ({type(error).__name__}: {error})"
    return [(f"cannot be re-checked: {shortened(why)}", "portfolio", np.nan, np.nan, WORDS, False)]


def judge(plan: "Plan", checks: list[Check]) -> pd.DataFrame:
    """Return checks as a table, or raise with all that are off."""
    table = pd.DataFrame(checks, columns=["check", "where", "value", "limit", "unit", "holds"])
    off = table[~table["holds"].astype(bool)]
    if len(off):
        faults = [
            f"{r.check}, {r.where}" + ("" if r.unit == WORDS else f": {r.value:.6g} {r.unit} against {r.limit:.6g}")
            for r in off.itertuples()
        ]
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
    every = float(asked.sum())
    return [equal("demand served", " ".join(k), got.get(k, 0.0), asked.get(k, 0.0), "MW", total=every) for k in both]


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
    unmet, every = (HOURS * price * mw for mw in (wanted - served, wanted))
    return [*checks, equal("price of unmet demand", "portfolio", paid, unmet, "USD/year", total=every)]


def _sizes(plan: "Plan") -> list[Check]:
    """Compare load with halls, at most and at least, and halls with the smallest site."""
    building = plan.scenario.building
    load = plan.assignments.groupby("site")["it_mw"].sum()
    checks: list[Check] = []
    for s in plan.sites.itertuples():
        usable = building.utilisation_max * hall_draw_mw(plan.scenario) * s.halls
        checks.append(at_most("load fits the halls", s.id, float(load.get(s.id, 0.0)), usable, "MW"))
        least = building.utilisation_min * hall_draw_mw(plan.scenario) * s.halls
        checks.append(at_least("least use of the halls", s.id, float(load.get(s.id, 0.0)), least, "MW"))
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
    checks += _strange_kpis(plan, again)
    per_mwh = eflop_per_mwh(plan.scenario)
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


def _strange_kpis(plan: "Plan", again: "Collection[str]") -> list[Check]:
    """Return a check that no KPI is listed that nothing here computes, where every limit is one that ships."""
    if any(limit.name not in RECHECK or limit.name in OWN_LINES for limit in plan.scenario.limits):
        return []
    has_market = bool(plan.scenario.contracts or plan.scenario.residual_mix)
    known = {*again, *SUMS, *(BY_MARKET if has_market else ())}
    strange = sorted(set(plan.kpis) - known)
    return [equal("KPIs that are not defined", ", ".join(strange) or "portfolio", float(len(strange)), 0.0, "found")]
