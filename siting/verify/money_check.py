"""Re-check of money, taxes and stops: every line of the ledger and every claim is computed independently."""

from typing import TYPE_CHECKING, Any

from siting.physics.money.finance import SCHEDULES
from siting.verify.question import own_again
from siting.verify.tolerances import Check, at_least, at_most, equal
from siting.world import catalogue
from siting.world.policy import Incentive, Pack, PropertyTax, SalesTax, packs
from siting.world.user_values.strict_model import FIRST_DAY

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from siting.plan.plan import Plan

HOURS = 8760.0
LINES = (
    *("energy", "electricity_tax", "carbon_price", "water", "servers", "facility", "shell", "site_works", "land"),
    *("other_operation", "sales_tax", "property_tax", "contracts", "unmet demand"),
)
CLAIM = "incentive "
BASES = ("it_capex", "facility_capex")
"""Servers, and all that is built."""
CAPITAL_KINDS = ("grant", "investment_tax_credit", "accelerated_depreciation", "corporate_tax_rate")
"""Programmes that change what capital costs: one at a site at most."""


def money(plan: "Plan", own_lines: "Collection[str]" = ()) -> list[Check]:
    """Return every check of the ledger's lines, the claims, and the stops of the packs in force."""
    asked = list(plan.scenario.policy.in_force(plan.scenario.file))
    ledger = plan.ledger.groupby(["site", "line"], as_index=False)[["usd_per_year", "tco2e_per_year"]].sum()
    strange = [
        name for name in set(plan.ledger["line"]) if name not in (*LINES, *own_lines) and not name.startswith(CLAIM)
    ]
    checks = [equal("ledger lines that are not defined", "portfolio", float(len(strange)), 0.0, "found")]
    checks.append(
        equal("switched entries that the plan does not list", "portfolio", float(_unlisted(plan)), 0.0, "found")
    )
    claims: list[tuple[str, str, float]] = []
    own = own_again(plan)
    for s in plan.sites.itertuples():
        here = {str(row["line"]): row for row in ledger[ledger["site"] == s.id].to_dict("records")}
        under = _with_own([p for p in asked if p.covers(str(s.jurisdiction))], own.get(str(s.id), {}))
        checks += _capital(plan, s, here, under, own.get(str(s.id), {}).get("land_usd_per_m2"))
        checks += [_carbon_price(plan, s, here, under), *_drawn(plan, s, here, under)]
        checks += _stops(s, under)
        at_site = [
            (line.removeprefix(CLAIM), -float(values["usd_per_year"]))
            for line, values in here.items()
            if line.startswith(CLAIM)
        ]
        for name, benefit_usd in at_site:
            checks += _claim(plan, s, name, benefit_usd, under)
        checks += _exclusive(s, [name for name, _ in at_site], under)
        claims += [(str(s.id), name, usd) for name, usd in at_site]
    return [*checks, *_caps(claims, asked), *_unknown_taxes(plan, asked)]


def _unknown_taxes(plan: "Plan", asked: list[Pack]) -> list[Check]:
    """Compute what taxes that no law was read of cost at least and at most, and that the plan lists all of them."""
    listed: dict[tuple[str, str], Any] = {}
    if (table := plan.tables.get("unknown_taxes")) is not None:
        listed = {(str(r.site), str(r.entry)): r for r in table.itertuples()}
    due: dict[tuple[str, str], tuple[float, ...]] = {}
    own = own_again(plan)
    for s in plan.sites.itertuples():
        here = _with_own([p for p in asked if p.covers(str(s.jurisdiction))], own.get(str(s.id), {}))
        bought = _bought(plan, s)
        for e in _held(here, "property_taxes", s):
            if not e.known:
                value = e.assessed_share * bought[e.base]
                due[(str(s.id), e.id)] = (e.ends[0] * value, e.rate * value, e.ends[1] * value)
        for e in _held(here, "sales_taxes", s):
            if not e.known:
                law = _by_law(s, here, e.base)
                yearly = bought[e.base] * charge(plan, e.base, _taxed(s, here), schedule=law)
                due[(str(s.id), e.id)] = (e.ends[0] * yearly, e.rate * yearly, e.ends[1] * yearly)
    checks = [equal("unknown taxes that are not listed", "portfolio", float(len(set(due) ^ set(listed))), 0.0, "found")]
    for (site, entry), usd in due.items():
        if (row := listed.get((site, entry))) is not None:
            found = (row.low_usd_per_year, row.mid_usd_per_year, row.high_usd_per_year)
            checks += [
                equal(f"unknown tax {entry}", site, float(a), b, "USD/year") for a, b in zip(found, usd, strict=True)
            ]
    return checks


def _unlisted(plan: "Plan") -> int:
    """Count the entries of packs that the scenario switches and the plan does not list, or lists for nothing."""
    policy = plan.scenario.policy
    listed = set(plan.policy["entry"]) if "entry" in plan.policy else set()
    return len(listed ^ {*policy.off, *policy.on, *policy.override})


def figure(plan: "Plan", name: str) -> float:
    """Return a cost figure: the scenario's, else the catalogue's at the end of the interval that the scenario chooses."""
    end = plan.scenario.hardware.embodied if name.startswith("embodied-") else "mid"
    return float(plan.scenario.costs.get(name, getattr(catalogue.cost(name), end)))


def _stops(s: Any, under: list[Pack]) -> list[Check]:
    """Compare a site with every stop of the packs that the plan can apply."""
    return [
        at_most(f"stop {stop.id}", s.id, s.peak_facility_mw, stop.above_facility_mw, "MW")
        for pack in under
        for stop in pack.stops
        if not stop.why_not_modelled and stop.holds_at(s.geometry.x, s.geometry.y)
    ]


def _taxed(s: Any, under: list[Pack]) -> float:
    """Return the rate on corporate income: the statutory one, at least that of large groups."""
    return float(max([s.corporate_tax_rate, *(e.rate for e in _held(under, "minimum_taxes", s))]))


def _by_law(s: Any, under: list[Pack], base: str) -> "Sequence[float] | None":
    """Return how the law of a site writes off a base; None for evenly over the life."""
    schedules = [e.schedule for e in _held(under, "depreciations", s) if e.base == base]
    if not schedules:
        return None
    return SCHEDULES[schedules[0]] if isinstance(schedules[0], str) else schedules[0]


def charge(
    plan: "Plan", base: str, tax: float, credit: float = 0.0, schedule: "Sequence[float] | None" = None
) -> float:
    """Compute the fixed charge rate of the NREL ATB: what a dollar of capital costs a year."""
    rate = figure(plan, "discount-rate")
    life = figure(plan, "life-it-years" if base == "it_capex" else "life-facility-years")
    annuity = (1.0 - (1.0 + rate) ** -life) / rate if rate > 0 else life
    growth = (1.0 + rate) * (1.0 + figure(plan, "inflation"))
    shares = list(schedule) if schedule is not None else [min(1.0, life - t) / life for t in range(int(-(-life // 1)))]
    worth = sum(share * growth ** -(t + 1) for t, share in enumerate(shares))
    return (1.0 - tax * worth * (1.0 - credit / 2.0) - credit) / ((1.0 - tax) * annuity)


def _bought(plan: "Plan", s: Any) -> dict[str, float]:
    """Return what was paid for servers, and for what is built [USD]."""
    servers = figure(plan, "capex-it-usd-per-mw") * s.halls * plan.scenario.building.hall_mw
    return {"it_capex": servers, "facility_capex": s.capex_usd - servers}


def _held(under: list[Pack], name: str, s: Any) -> list[Any]:
    """Return the entries of one list that hold at a site; a tax of unknown law only where none is known on its base."""
    held = [
        e
        for p in under
        for e in getattr(p, name)
        if e.why_not_modelled is None and e.holds_at(s.geometry.x, s.geometry.y)
    ]
    known = {e.base for e in held if getattr(e, "known", False)}
    return [e for e in held if getattr(e, "known", True) or e.base not in known]


def _with_own(under: list[Pack], mine: dict[str, float]) -> list[Pack]:
    """Return the packs of a site with the taxes that the planner gives in place of theirs."""
    found = under
    stated = {
        "id": "own",
        "title": "as given",
        "effective_from": FIRST_DAY,
        "source": "as given",
        "quality": "unverified",
    }
    if (rate := mine.get("sales_tax")) is not None:
        servers = [SalesTax(**stated, rate=rate, base="it_capex")]
        kept = [tuple(e for e in p.sales_taxes if e.base != "it_capex") for p in found]
        found = [p.model_copy(update={"sales_taxes": held}) for p, held in zip(found, kept, strict=True)]
        found.append(Pack(id="own-sales", title="as given", jurisdictions=("AQ",), sales_taxes=tuple(servers)))
    if (rate := mine.get("property_tax")) is not None:
        found = [p.model_copy(update={"property_taxes": ()}) for p in found]
        both = tuple(PropertyTax(**stated, rate=rate, base=base) for base in BASES)
        found.append(Pack(id="own-property", title="as given", jurisdictions=("AQ",), property_taxes=both))
    return found


def _capital(
    plan: "Plan", s: Any, here: dict[str, Any], under: list[Pack], own_land: float | None = None
) -> list[Check]:
    """Compute the yearly capital by part, its taxes, land, operation and the building's carbon."""
    mw, tax = s.halls * plan.scenario.building.hall_mw, _taxed(s, under)
    bought = _bought(plan, s)
    yearly = {base: bought[base] * charge(plan, base, tax, schedule=_by_law(s, under, base)) for base in BASES}
    shell, works = (figure(plan, f"facility-{part}-share") for part in ("shell", "site"))
    per_m2 = figure(plan, "land-usd-per-m2") if own_land is None else own_land
    land = per_m2 * figure(plan, "land-m2-per-mw") * mw
    usd = {
        "servers": yearly["it_capex"],
        "facility": yearly["facility_capex"] * (1.0 - shell - works),
        "shell": yearly["facility_capex"] * shell,
        "site_works": yearly["facility_capex"] * works,
        "land": land * figure(plan, "discount-rate") / (1.0 - tax),
        "other_operation": figure(plan, "opex-other-usd-per-mw-year") * mw,
        "sales_tax": sum(e.rate * yearly[e.base] for e in _held(under, "sales_taxes", s)),
        "property_tax": _property_tax(bought, s, under, BASES),
    }
    building_t = figure(plan, "embodied-shell-t-per-mw") * mw / figure(plan, "life-facility-years")
    checks = [
        equal(f"yearly cost of {line}", s.id, here.get(line, {}).get("usd_per_year", 0.0), value, "USD/year")
        for line, value in usd.items()
    ]
    found_t = here.get("facility", {}).get("tco2e_per_year", 0.0)
    return [*checks, equal("embodied carbon of the building", s.id, found_t, building_t, "tCO2e/year")]


def _property_tax(bought: dict[str, float], s: Any, under: list[Pack], bases: "Sequence[str]") -> float:
    held = (e for e in _held(under, "property_taxes", s) if e.base in bases)
    return float(sum(e.rate * e.assessed_share * bought[e.base] for e in held))


def _electricity_tax(s: Any, under: list[Pack]) -> float:
    return float(sum(e.usd_per_mwh() for e in _held(under, "electricity_taxes", s)))


def _drawn(plan: "Plan", s: Any, here: dict[str, Any], under: list[Pack]) -> list[Check]:
    """Compute the charges on energy drawn: the tax on electricity, and water."""
    usd = {
        "electricity_tax": HOURS * s.it_mw * s.pue * _electricity_tax(s, under),
        "water": HOURS * s.it_mw * s.wue_l_per_kwh * figure(plan, "water-usd-per-m3"),
    }
    return [
        equal(f"yearly cost of {line}", s.id, here.get(line, {}).get("usd_per_year", 0.0), value, "USD/year")
        for line, value in usd.items()
    ]


def _carbon_price(plan: "Plan", s: Any, here: dict[str, Any], under: list[Pack]) -> Check:
    """Compute the carbon price of direct emissions beyond what the tariff carries in every scenario."""
    policy = plan.scenario.policy
    every = [p.on(policy.date) for p in packs().values() if p.covers(str(s.jurisdiction))]
    tariffs = [e for p in every for e in p.carbon_prices]
    tariffs += [e for p in under for e in p.carbon_prices if e.id not in policy.override]  # an override is no tariff
    carried = max((e.usd_per_t for e in tariffs if e.in_tariff), default=0.0)
    wanted = policy.carbon_price_usd_per_t
    if wanted is None:
        wanted = max((e.usd_per_t for p in under for e in p.carbon_prices), default=0.0)
    tonnes = HOURS * s.it_mw * s.pue * s.ci_direct_g_per_kwh / 1000.0
    found = here.get("carbon_price", {}).get("usd_per_year", 0.0)
    return equal("carbon price", s.id, found, max(wanted - carried, 0.0) * tonnes, "USD/year")


def _claim(plan: "Plan", s: Any, name: str, benefit_usd: float, under: list[Pack]) -> list[Check]:
    """Check a claimed programme: place, date, packs in force, thresholds, and the most that it may pay."""
    known = {e.id: e for p in [*packs().values(), *under] for e in p.incentives}
    if name in plan.scenario.policy.off:
        return [equal(f"programme {name}, which the scenario switches off", s.id, 1.0, 0.0, "claimed")]
    if name not in known:
        return [equal(f"programme {name} exists", s.id, 0.0, 1.0, "-")]
    programme = known[name]
    in_force = name in {e.id for e in _held(under, "incentives", s)}
    it_mw = s.halls * plan.scenario.building.hall_mw
    return [
        equal(f"{name} in force", s.id, float(in_force), 1.0, "-"),
        at_least(f"{name} investment", s.id, s.capex_usd, programme.min_capex_usd, "USD"),
        _jobs(plan, s, programme),
        at_least(f"{name} IT power", s.id, it_mw, programme.min_it_mw, "MW"),
        at_least(f"{name} grid power", s.id, s.peak_facility_mw, programme.min_facility_mw, "MW"),
        at_most(f"{name} benefit", s.id, benefit_usd, _most(plan, s, programme, under), "USD/year"),
    ]


def _jobs(plan: "Plan", s: Any, e: Incentive) -> Check:
    """Compare the jobs of a site with those that a programme asks for, or the commitment that the plan lists of them."""
    if plan.scenario.policy.jobs_thresholds == "binding":
        return at_least(f"{e.id} jobs", s.id, s.jobs, e.min_jobs, "jobs")
    table, listed = plan.tables.get("committed_jobs"), 0.0
    if table is not None:
        mine = table[(table["site"] == s.id) & (table["programme"] == e.id)]
        listed = float(mine["committed_jobs"].sum())
    return equal(f"{e.id} jobs committed", s.id, listed, e.min_jobs, "jobs")


def _most(plan: "Plan", s: Any, e: Incentive, under: list[Pack]) -> float:
    """Return what a programme may pay a site in a year, from the site's capital, taxes and energy [USD]."""
    rate, tax, bought = float(e.rate or 0.0), _taxed(s, under), _bought(plan, s)
    law = {base: _by_law(s, under, base) for base in BASES}
    if e.kind == "electricity_tax_reduction":
        due, reduced = _electricity_tax(s, under), e.reduced_usd_per_mwh()
        return float(HOURS * s.it_mw * s.pue * (rate * due if reduced is None else max(due - reduced, 0.0)))
    if e.kind == "corporate_tax_rate":
        least = max([rate, *(x.rate for x in _held(under, "minimum_taxes", s))])
        return sum(
            bought[b] * (charge(plan, b, tax, schedule=law[b]) - charge(plan, b, least, schedule=law[b])) for b in BASES
        )
    base = str(e.base)
    usd = bought[base]
    counted = usd if e.max_base_usd is None else min(usd, e.max_base_usd)
    plain = charge(plan, base, tax, schedule=law[base])
    if e.kind == "sales_tax_exemption":
        due = sum(x.rate for x in _held(under, "sales_taxes", s) if x.base == base)
        return float(counted * plain * min(rate, due))
    if e.kind == "property_tax_abatement":
        return rate * _property_tax(bought, s, under, (base,)) * (counted / usd if usd > 0 else 0.0)
    if e.kind == "grant":
        return counted * plain * rate
    if e.kind == "investment_tax_credit":
        return counted * (plain - charge(plan, base, tax, credit=rate, schedule=law[base]))
    written_off = SCHEDULES[e.schedule] if isinstance(e.schedule, str) else e.schedule
    return counted * (plain - charge(plan, base, tax, schedule=written_off))


def _exclusive(s: Any, names: list[str], under: list[Pack]) -> list[Check]:
    """Count what a site claims of programmes that exclude each other."""
    claimed = [e for p in under for e in p.incentives if e.id in names]
    groups = [e.exclusive_group for e in claimed if e.exclusive_group]
    counts = {f"of group {g}": groups.count(g) for g in dict.fromkeys(groups)}
    counts["on the charge of capital"] = sum(e.kind in CAPITAL_KINDS for e in claimed)
    return [at_most(f"programmes {what}", s.id, float(n), 1.0, "claimed") for what, n in counts.items()]


def _caps(claims: list[tuple[str, str, float]], asked: list[Pack]) -> list[Check]:
    """Sum what each programme with a cap pays over all sites."""
    caps = {e.id: e.cap_usd_per_year for p in asked for e in p.incentives if e.cap_usd_per_year is not None}
    return [
        at_most(f"cap of {name}", "portfolio", sum(usd for _, n, usd in claims if n == name), cap, "USD/year")
        for name, cap in caps.items()
    ]
