"""Plans side by side in sentences: how much more or less one emits and costs than the first, and where each builds."""

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from siting.errors import listed, printable
from siting.kpis import KPIS, usd_a_year
from siting.plan.proof import decisive
from siting.study.changes.differences import MOST_CHANGES, changes
from siting.study.changes.scenario_words import place_name

if TYPE_CHECKING:
    from pandas import DataFrame

    from siting.plan.plan import Plan
    from siting.study.compare import Comparison

BEFORE, AFTER = "before", "after"
"""Names of the plans of one scenario before and after a change, which have sentences of their own."""
MOST_PLANS = 6
"""Plans that have a sentence of their own; the tables have all (our choice)."""
MOST_SITES = 6
"""Sites named in one sentence (our choice)."""
SAME_BUDGET = 1e-6
"""Relative difference of budgets that is the rounding of a solver."""
SAME = 5e-4
"""Relative difference of a KPI that is written as none: it would read 0.0 %."""
TIMES = 2.0
"""Ratio from which a difference is written as times, not per cent (our choice)."""
SAME_LOAD = 0.01
"""Relative difference of compute up to which yearly totals are compared (our choice)."""
SAME_MW = 0.5
"""Difference of the IT power of a site that is written as none [MW]."""
PORTFOLIO = ("portfolio", "at most", "at least", "exactly", "")
"""Places of rows that hold for the whole plan."""


def sentences_of(side: "Comparison") -> list[str]:
    """Return the comparison in sentences: each plan against the first, the sites they share, limits, and budgets."""
    found = [_against_first(side, i) for i in range(1, min(len(side.plans), MOST_PLANS + 1))]
    more = len(side.plans) - 1 - len(found)
    found += [f"{more} more plans are in the tables."] if more > 0 else []
    every = [*found, *_sites(side), *_limits(side), *_budgets(side)]
    return [printable(s) for s in every]


def _is_change(side: "Comparison") -> bool:
    """Return whether the plans are those of one scenario before and after a change."""
    return side.names == (BEFORE, AFTER)


def _against_first(side: "Comparison", which: int) -> str:
    """Return the sentence about one plan against the first."""
    base, plan, name = side.plans[0], side.plans[which], side.names[which]
    apart = changes(side.in_words, side.names[0], name)
    shown = apart[:MOST_CHANGES] + (
        [f"with {len(apart) - MOST_CHANGES} more changes"] if len(apart) > MOST_CHANGES else []
    )
    subject = f"{name} ({listed(shown, '; ')})" if shown else name
    with_changes = listed(shown, "; ") or "unchanged"
    if _is_change(side):
        subject = f"{with_changes[:1].upper()}{with_changes[1:]}, the plan"
    without = [n for n, p in ((name, plan), (side.names[0], base)) if not p.kpis]
    if without and _is_change(side) and base.kpis:
        return f"{with_changes[:1].upper()}{with_changes[1:]}, no plan meets all limits ({_status(plan)})."
    if without:
        return f"{subject}: {' and '.join(f'{n} has no plan ({_status(p)})' for n, p in ((name, plan), (side.names[0], base)) if not p.kpis)}."
    same_load = abs(plan.kpis["eflop_per_year"] / base.kpis["eflop_per_year"] - 1) <= SAME_LOAD
    emits = _more_or_less(base, plan, "emissions_g_per_eflop", "emits", side.names[0])
    costs = _more_or_less(base, plan, "cost_usd_per_eflop", "costs", "")
    totals = f" A year, {_totals(base, plan)}." if same_load else ""
    if not same_load:
        totals = f" It serves {plan.kpis['it_mw']:,.0f} MW of IT load instead of {base.kpis['it_mw']:,.0f} MW."
    return f"{subject} {emits}, and {costs}, per unit of compute.{totals}{_proof(base, plan)}"


def _status(plan: "Plan") -> str:
    return plan.status.replace("_", " ")


def _more_or_less(base: "Plan", plan: "Plan", kpi: str, verb: str, base_name: str) -> str:
    """Return one KPI against that of the base, with both values."""
    field, old, new = KPIS[kpi], base.kpis[kpi], plan.kpis[kpi]
    values = f"{field.write(new)} against {field.write(old)} {field.unit}"
    if abs(new - old) <= SAME * abs(old) or old <= 0:
        return f"{verb} the same{f' as {base_name}' if base_name else ''} ({field.write(new)} {field.unit})"
    ratio = new / old
    if ratio >= TIMES or 0 < ratio <= 1 / TIMES:
        times = f"{ratio:.1f} times as much as" if ratio > 1 else f"{1 / ratio:.1f} times less than"
        return f"{verb} {times} {base_name}".removesuffix(" as ").removesuffix(" than ") + f" ({values})"
    than = f" than {base_name}" if base_name else ""
    return f"{verb} {100 * abs(ratio - 1):.1f} % {'more' if ratio > 1 else 'less'}{than} ({values})"


def _totals(base: "Plan", plan: "Plan") -> str:
    """Return the differences of yearly emissions and cost."""
    tonnes = plan.kpis["emissions_t_per_year"] - base.kpis["emissions_t_per_year"]
    usd = plan.kpis["cost_usd_per_year"] - base.kpis["cost_usd_per_year"]
    money = usd_a_year(abs(usd)).removesuffix(" a year")
    return f"that is {abs(tonnes):,.0f} t of CO2e {'more' if tonnes > 0 else 'less'} and {money} {'more' if usd > 0 else 'less'}"


def _proof(base: "Plan", plan: "Plan") -> str:
    """Return which of two plans is not proven, and whether the difference is within what is proven."""
    same_objective = base.scenario.minimise.name == plan.scenario.minimise.name
    if same_objective and base.objective and plan.objective and base.objective != plan.objective:
        open_gap = (base.gap or 0.0) + (plan.gap or 0.0)
        if abs(plan.objective - base.objective) <= open_gap * max(abs(plan.objective), abs(base.objective)):
            return " The difference of the objective is within the gap to which the plans are proven."
    return " It is not proven optimal." if plan.status == "feasible" else ""


def _sites(side: "Comparison") -> list[str]:
    """Return which sites all plans build, which only one, and whether their sizes differ."""
    names, power = side.site_names, side.sites[list(side.names)].astype(float)
    built = {name: {str(i) for i in power.index[power[name].notna()]} for name in side.names}
    having = [name for name in side.names if built[name]]
    if len(having) < 2:
        return []

    def sized(sites: Collection[str], plan: str) -> str:
        of_size = [(names[str(i)], float(power[plan].loc[i])) for i in power.index if str(i) in sites]
        return listed((f"{name} ({mw:,.0f} MW)" for name, mw in of_size), most=MOST_SITES)

    shared = [i for i in names if all(i in built[name] for name in having)]
    called = listed((names[i] for i in shared), most=MOST_SITES)
    if _is_change(side):
        dropped, added = built[BEFORE] - built[AFTER], built[AFTER] - built[BEFORE]
        parts = [f"It keeps {called}" if shared else "It keeps no site"]
        parts += [f"drops {sized(dropped, BEFORE)}"] if dropped else []
        parts += [f"adds {sized(added, AFTER)}"] if added else []
        found = [f"{'; '.join(parts)}."]
    else:
        who = "Both plans" if len(having) == 2 else f"All {len(having)} plans with sites"
        found = [f"{who} build {called}." if shared else f"No site is in {who.lower()}."]
        for name in having[:MOST_PLANS]:
            if alone := built[name].difference(*(built[n] for n in having if n != name)):
                found.append(f"Only {name} builds {sized(alone, name)}.")
    return [*found, *_sizes(power[having], names)] if len(shared) == len(names) else found


def _sizes(power: "DataFrame", names: Mapping[str, str]) -> list[str]:
    """Return whether plans with the same sites build them alike, and of two plans where they differ most."""
    apart = power.max(axis=1) - power.min(axis=1)
    if float(apart.max()) < SAME_MW:
        return ["Their sizes are the same."]
    most = str(apart.idxmax())
    sizes = " and ".join(f"{float(power[n].loc[most]):,.0f} MW ({n})" for n in power.columns)
    return [f"Their sizes differ, most at {names[most]}: {sizes}."] if len(power.columns) == 2 else []


def _limits(side: "Comparison") -> list[str]:
    """Return the limits of the scenarios that hold one plan back only."""
    if _is_change(side) and not all(plan.kpis for plan in side.plans):
        return []
    named = {x.name for plan in side.plans for x in plan.scenario.limits}
    limits = side.limits[side.limits.index.get_level_values("limit").isin(named)]
    found = []
    for name in side.names[:MOST_PLANS]:
        held = decisive(side.plans[side.names.index(name)].binding)
        mine = set(zip(held["limit"], held["where"], strict=True)) if len(held) else set()
        only = [row for row in limits.index[limits[name].notna() & (limits.notna().sum(axis=1) == 1)] if row in mine]
        if only and _is_change(side):
            when = "was bound by" if name == BEFORE else "is now bound by"
            found.append(f"It {when} {listed(limits_at(only, side.site_names), '; ', most=MOST_CHANGES)}.")
        elif only:
            found.append(
                f"Only {name} is bound by {listed(limits_at(only, side.site_names), '; ', most=MOST_CHANGES)}."
            )
    return found


def limits_at(rows: Iterable[tuple[str, str]], sites: Mapping[str, str]) -> list[str]:
    """Return limits with the places at which they bind, each limit once.

    Examples
    --------
    >>> limits_at([("grid_headroom", "IS"), ("grid_headroom", "SE-SE1"), ("budget", "portfolio")], {})
    ['grid headroom (Iceland, North Sweden)', 'budget']
    """
    places: dict[str, list[str]] = {}
    for limit, where in rows:
        places.setdefault(str(limit), []).append(str(where))
    return [
        f"{limit.replace('_', ' ')}{f' ({named})' if (named := listed((where_in_words(w, sites) for w in at if w not in PORTFOLIO), most=MOST_SITES)) else ''}"
        for limit, at in places.items()
    ]


def where_in_words(where: str, sites: Mapping[str, str]) -> str:
    """Return the place of a row by its name: a site, a zone, a country; empty for the whole plan."""
    if where in PORTFOLIO:
        return ""
    return sites.get(where) or place_name(where).replace("_", " ")


def _budgets(side: "Comparison") -> list[str]:
    """Return the sentence about budgets that differ: relative ones move with the least cost of each scenario."""
    solved = {name: plan for name, plan in zip(side.names, side.plans, strict=True) if plan.kpis}
    budgets = [plan.budget_usd_per_year for plan in solved.values()]
    known = [b for b in budgets if b is not None]
    if not known or (len(known) == len(budgets) and max(known) <= min(known) * (1 + SAME_BUDGET)):
        return []
    without = [name for name, b in zip(solved, budgets, strict=True) if b is None]
    none = f"; {listed(without)}: none" if without else ""
    differ = f"Their budgets differ: {usd_a_year(*dict.fromkeys(known))}{none}."
    asked = {tuple(x.as_toml() for x in plan.scenario.limits if x.name == "budget") for plan in solved.values()}
    if len(asked) > 1:  # the budget is what was changed
        return [differ]
    return [
        f"{differ} A difference of the plans may come from the budget and not from what was changed: "
        "`siting what-if --hold budget` keeps the dollars of one budget."
    ]
