"""Infeasible problems of every cause: the conflict is named, and every fix makes them feasible."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from instances import Numbers, problem_of, random_numbers

from siting import (
    Budget,
    CarbonFreeShare,
    Cost,
    EmissionsCap,
    GridHeadroom,
    Jobs,
    Limit,
    MaxCostPerCompute,
    MaxShare,
    MinSeparationKm,
    Problem,
    RenewableShare,
    Scenario,
    ScenarioError,
    SiteCount,
    SiteSize,
    SurviveLoss,
    diagnose,
    solve,
)
from siting.problem.part import part_rows
from siting.problem.rows import Rows, one_row
from siting.solver.analysis.diagnose import Diagnosis
from siting.solver.analysis.infeasibility import exists, lp_conflict
from siting.solver.backends import Clock
from siting.solver.lexicographic import SolverSession
from siting.solver.solve import checked_rows

NO_CLOCK = SolverSession("highs", Clock(0.0, None), 1e-6)


def rows_of(problem: Problem) -> list[Rows]:
    return part_rows(problem) + [b for x in problem.scenario.limits for b in checked_rows(x, problem)]


def fits(seed: int, **more: Any) -> Numbers:
    """Return a problem that has plans while nothing is asked of it."""
    n = random_numbers(seed, **more)
    n = replace(n, near=np.ones_like(n.near))
    assert solve(problem_of(n)).status == "optimal"
    return n


def least_usd(n: Numbers, *, integer: bool) -> float:
    """Return the least cost, with integer or with fractional halls and sites."""
    problem = problem_of(n, (), Cost())
    if integer:
        return float(solve(problem, gap=1e-7).kpis["cost_usd_per_year"])
    low, high = 0.0, least_usd(n, integer=True)
    for _ in range(12):  # to a four-thousandth of the least cost with integer halls
        middle = (low + high) / 2
        conflict = lp_conflict(problem.families, [*rows_of(problem), problem.cost.at_most("budget", middle)])
        low, high = (middle, high) if conflict is not None else (low, middle)
    return high


def budget_between(seed: int) -> tuple[Numbers, tuple[Limit, ...]]:
    """Return a budget that fractions of halls could keep, and integer halls cannot."""
    n = fits(seed)
    low, high = least_usd(n, integer=False), least_usd(n, integer=True)
    assert low < 0.99 * high
    return n, (Budget(usd_per_year=(low + 2 * high) / 3),)


def headroom_of_a_hall_and_a_half(seed: int) -> tuple[Numbers, tuple[Limit, ...]]:
    """Return one zone that spares a hall and a half, and a demand of 1.2 halls."""
    n = fits(seed, n_sites=2, n_designs=1)
    n = replace(n, zone=np.zeros(2, dtype=int), demand=n.demand * 10.8 / n.demand.sum(), pue=np.full((2, 1), 1.2))
    return replace(n, zone_mw=np.array([18.0 / 0.5, 1.0])), (GridHeadroom(zone_share=0.5),)


class NoHalfSites(Limit):
    """A limit of the planner's own: between 1.2 and 1.8 sites, which an integer cannot be."""

    kind: Literal["no_half_sites"] = "no_half_sites"

    def rows(self, problem: Problem, least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return two rows."""
        ones = {"open": np.ones(len(problem.options))}
        return [
            one_row(self.kind, "low", ones, ">=", 1.2, "sites"),
            one_row(self.kind, "high", ones, "<=", 1.8, "sites"),
        ]


class OfNothing(Limit):
    """A limit of the planner's own that asks nothing to be something."""

    kind: Literal["of_nothing"] = "of_nothing"

    def rows(self, problem: Problem, least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return one row without a term."""
        return [one_row(self.kind, "portfolio", {"open": np.zeros(len(problem.options))}, ">=", 1.0, "sites")]


def reach_of_one_site(n: Numbers) -> Numbers:
    """Let one hub be reached by the first site only, and ask more there than it can hold."""
    near, demand = np.ones_like(n.near), n.demand.copy()
    near[1:, 0, :] = False
    demand[0] = [15.0, 8.0]
    return replace(n, near=near, demand=demand)


Made = tuple[Numbers, tuple[Limit, ...]]
LINEAR: dict[str, Callable[[], Made]] = {
    **{f"budget far too small {s}": lambda s=s: (fits(s), (Budget(usd_per_year=1e7),)) for s in (1, 2, 3)},
    **{f"all renewable {s}": lambda s=s: (fits(s), (RenewableShare(min=1.0),)) for s in (1, 4, 5)},
    **{f"no headroom {s}": lambda s=s: (fits(s), (GridHeadroom(zone_share=1e-3),)) for s in (1, 2, 6)},
    **{f"more sites than there are {s}": lambda s=s: (fits(s), (SiteCount(min=5),)) for s in (1, 7)},
    "contradictory counts": lambda: (fits(1), (SiteCount(min=3), SiteCount(max=2))),
    "too few sites for the demand": lambda: (
        replace(fits(2), demand=np.full((3, 2), 45.0 / 6)),
        (SiteCount(max=2),),
    ),
    "one site for a hub that needs two": lambda: (reach_of_one_site(fits(3)), ()),
    "the same with limits that do no harm": lambda: (
        reach_of_one_site(fits(4)),
        (SiteCount(max=4), RenewableShare(min=0.01)),
    ),
    "budget and renewable share": lambda: (fits(8), (Budget(usd_per_year=5e7), RenewableShare(min=0.2))),
    "of nothing": lambda: (fits(1), (OfNothing(),)),
    "more jobs than there is room for": lambda: (fits(1), (Jobs(min=9),)),
    "a cap below what can be emitted": lambda: (fits(2), (EmissionsCap(t_per_year=1),)),
    "compute for nothing": lambda: (fits(3), (MaxCostPerCompute(usd_per_eflop=1e-3),)),
    "a fifth each for four sites": lambda: (fits(1), (MaxShare(max=0.2),)),
    "sites larger than they may be": lambda: (fits(4), (SiteSize(min_halls=3),)),
    "all carbon-free": lambda: (fits(5), (CarbonFreeShare(min=1.0),)),
    "no room when one site fails": lambda: (
        replace(fits(2), demand=np.full((3, 2), 10.0)),
        (SurviveLoss(share=1.0),),
    ),
    "one site of a crowd": lambda: (replace(fits(2), demand=np.full((3, 2), 5.0)), (MinSeparationKm(km=3000),)),
}


def cap_between(seed: int) -> tuple[Numbers, tuple[Limit, ...]]:
    """Return a cap on emissions that fractions of halls could keep, and integer halls cannot."""
    n = replace(fits(seed), hall_t=3000.0)
    problem = problem_of(n)
    integer = float(solve(problem, gap=1e-7).kpis["emissions_t_per_year"])
    low, high = 0.0, integer
    for _ in range(30):
        middle = (low + high) / 2
        conflict = lp_conflict(
            problem.families, [*rows_of(problem), problem.emissions.at_most("emissions_cap", middle)]
        )
        low, high = (middle, high) if conflict is not None else (low, middle)
    assert high < 0.99 * integer
    return n, (EmissionsCap(t_per_year=(high + 2 * integer) / 3),)


INTEGER: dict[str, Callable[[], Made]] = {
    **{f"budget between fractions and integer halls {s}": lambda s=s: budget_between(s) for s in (1, 2, 3, 4, 5)},
    **{f"a zone of a hall and a half {s}": lambda s=s: headroom_of_a_hall_and_a_half(s) for s in (1, 2, 3)},
    **{f"a cap between fractions and integer halls {s}": lambda s=s: cap_between(s) for s in (1, 2)},
    "no integer number of sites": lambda: (fits(1), (NoHalfSites(),)),
    "no integer number of sites beside a budget": lambda: (fits(1), (NoHalfSites(), Budget(usd_per_year=1e12))),
}


def check_every_fix(problem: Problem, found: Any) -> None:
    """Apply each repair to the rows: a plan exists; with a little less of a single proven loosening none does."""
    rows = rows_of(problem)
    for _, fix in found.repairs.groupby("fix"):
        if (fix["limit"] == "demand").any():
            continue
        for keep, expected in ((1.0 + 1e-6, True), (0.98, False)):
            if not expected and (len(fix) > 1 or not fix["proven"].all()):
                continue
            given = {(r.limit, r.where, r.now): r.now + keep * (r.needed - r.now) for r in fix.itertuples()}
            loosened = [
                replace(b, rhs=np.array([given.get((b.limit, w, v), v) for w, v in zip(b.where, b.rhs, strict=True)]))
                for b in rows
            ]
            assert exists(NO_CLOCK, problem.families, loosened) is expected, (fix, keep)


@pytest.mark.parametrize("name", LINEAR)
def test_a_conflict_of_the_lp_relaxation_is_named_and_every_fix_is_one(name: str) -> None:
    numbers, limits = LINEAR[name]()
    problem = problem_of(numbers, limits)
    found = diagnose(problem)
    assert (found.status, found.cause) == ("infeasible", "linear")
    asked = {x.kind for x in limits}
    assert set(found.conflict["limit"]) - {"serve", "capacity", "one_design", "incentives"} <= asked
    assert len(found.conflict)
    assert found.fixes
    check_every_fix(problem, found)


@pytest.mark.parametrize("name", LINEAR)
def test_the_conflict_is_irreducible(name: str) -> None:
    numbers, limits = LINEAR[name]()
    problem = problem_of(numbers, limits)
    conflict = lp_conflict(problem.families, rows_of(problem))
    one_by_one = [
        Rows(b.limit, [b.where[i]], {f: t[[i], :] for f, t in b.terms.items()}, b.sense, b.rhs[[i]], b.unit)
        for b, i in conflict
    ]
    assert lp_conflict(problem.families, one_by_one) is not None
    for i in range(len(one_by_one)):
        rest = one_by_one[:i] + one_by_one[i + 1 :]
        assert not rest or lp_conflict(problem.families, rest) is None


@pytest.mark.parametrize("name", INTEGER)
def test_a_conflict_of_the_mip_alone_is_reported_as_such_and_every_fix_is_one(name: str) -> None:
    numbers, limits = INTEGER[name]()
    problem = problem_of(numbers, limits)
    assert lp_conflict(problem.families, rows_of(problem)) is None
    found = diagnose(problem)
    assert (found.status, found.cause) == ("infeasible", "integer")
    assert set(found.conflict["limit"]) == {limits[0].kind}
    assert "although fractional ones could" in found.reasons[-1]
    assert any(limits[0].kind in fix for fix in found.fixes)
    check_every_fix(problem, found)


def test_the_budget_that_is_asked_for_is_the_least_cost() -> None:
    """The only thing in the way is the budget: the least that it must be raised to is the cost of the cheapest plan."""
    n, limits = budget_between(1)
    found = diagnose(problem_of(n, limits))
    needed = found.repairs.loc[found.repairs["limit"] == "budget", "needed"].iloc[0]
    assert needed == pytest.approx(least_usd(n, integer=True), rel=1e-4)


def test_the_demand_that_is_left_is_what_the_headroom_carries() -> None:
    """One hall of 10 MW used at 0.9: 9 MW of the 10.8."""
    found = diagnose(problem_of(*headroom_of_a_hall_and_a_half(1)))
    assert any(x.startswith("serve 9.0 of 10.8 MW, without ") for x in found.fixes)


def test_a_problem_with_a_plan_is_feasible() -> None:
    found = diagnose(problem_of(fits(1), (SiteCount(max=4),)))
    assert (found.status, found.reasons) == ("feasible", ("a plan exists: no limits conflict",))


def test_a_budget_above_least_cost_is_judged_with_the_least_cost() -> None:
    n = fits(1)
    found = diagnose(problem_of(n, (Budget(above_least_cost=0.0), SiteCount(max=3))))
    assert found.status in ("feasible", "infeasible")
    found = diagnose(problem_of(n, (Budget(above_least_cost=0.01), SiteCount(min=3), SiteCount(max=2))))
    assert set(found.conflict["limit"]) == {"site_count"}


def test_what_is_not_a_problem_is_refused() -> None:
    with pytest.raises(ScenarioError, match="cannot diagnose a dict: give a scenario or a problem"):
        diagnose({"name": "x"})  # type: ignore[arg-type]


# --- what is seen before solving -------------------------------------------------------------------


@pytest.fixture
def ask(small: Path) -> Callable[[str], Scenario]:
    """Return what reads the small question with other limits."""

    def asked(limits: str, it_mw: float = 60.0) -> Scenario:
        small.write_text(f'name = "small"\n[demand]\nit_mw = {it_mw}\nhubs = "hubs.csv"\n' + limits, encoding="utf-8")
        return Scenario.read(small)

    return asked


CANDIDATES = '[candidates]\nset = "sites.csv"\n'
PRE: dict[str, tuple[str, float, str, str]] = {
    "too near": (
        CANDIDATES + '[[limits]]\nkind = "max_latency"\nbatch_ms = 5\n',
        60,
        r"no site within 5 ms of Oslo \(`batch`\); the nearest, (Lulea|Dublin), is \d+ ms: raise `batch_ms` to \d+",
        r"`max_latency`: raise `batch_ms` to \d+",
    ),
    "the near one is excluded": (
        '[candidates]\nset = "sites.csv"\nexclude = ["singapore-own"]\n[[limits]]\nkind = "max_latency"\nbatch_ms = 100\n',
        60,
        r"no site within 100 ms of Singapore .*or allow Singapore \(\d+ ms; excluded by candidates\)",
        "removing `candidates.exclude` leaves 3 candidates",
    ),
    "everything is excluded": (
        '[candidates]\nset = "sites.csv"\nexclude = ["singapore-own", "dublin-own", "lulea-own"]\n',
        60,
        "no candidate is left of 3",
        "removing `candidates.exclude` leaves 3 candidates",
    ),
    "nobody passes the screen": (
        CANDIDATES + '[[limits]]\nkind = "screen"\nmin_rule_of_law = 2.5\n',
        60,
        "no candidate is left of 3(.|\n)*screen: 3 excluded",
        "removing `screen` leaves 3 candidates",
    ),
    "more than the grid spares": (
        CANDIDATES + '[[limits]]\nkind = "grid_headroom"\nzone_share = 0.02\n',
        20000,
        "demand is 20000 MW, but the . sites together carry",
        "removing `grid_headroom` leaves 3 candidates",
    ),
    "a site that must and may not stand": (
        '[candidates]\nset = "sites.csv"\nexclude = ["lulea-own"]\n[[limits]]\nkind = "required"\nsites = ["lulea-own"]\n',
        60,
        r"limit `required` requires sites that may not be built(.|\n)*`lulea-own` is excluded by candidates",
        r"removing `candidates.exclude` leaves 3 candidates",
    ),
    "more halls than may stand": (
        CANDIDATES + '[[limits]]\nkind = "existing"\nhalls = { lulea-own = 30 }\n',
        60,
        r"more halls exist than the demand or another limit allows at a site(.|\n)*`lulea-own`: 30 halls exist, 5 are allowed",
        r"removing `existing` leaves 3 candidates",
    ),
    "one site is all that a hub can reach": (
        CANDIDATES
        + '[[limits]]\nkind = "max_latency"\nbatch_ms = 60\n[[limits]]\nkind = "survive_loss"\nshare = 0.5\n',
        60,
        r"`singapore batch` can reach only singapore-own",
        r"removing `(max_latency|survive_loss)` leaves 3 candidates",
    ),
    "a halt for all": (
        CANDIDATES + '[[limits]]\nkind = "moratorium"\njurisdictions = ["SE", "IE", "SG"]\n',
        60,
        r"no candidate is left of 3(.|\n)*moratorium: 3 excluded",
        r"removing `moratorium` leaves 3 candidates",
    ),
    "a grid that nobody has": (
        CANDIDATES + '[[limits]]\nkind = "max_ci"\ng_per_kwh = 0\n',
        60,
        r"no candidate is left of 3(.|\n)*max_ci: 3 excluded",
        r"removing `max_ci` leaves 3 candidates",
    ),
    "a winter that nobody has": (
        CANDIDATES + '[[limits]]\nkind = "climate"\nmin_dry_bulb_c = 30\n',
        60,
        r"climate: 3 excluded",
        r"removing `climate` leaves 3 candidates",
    ),
    "only the far ones may serve": (
        CANDIDATES
        + '[[limits]]\nkind = "jurisdictions"\nallowed = ["SE"]\n[[limits]]\nkind = "max_latency"\nbatch_ms = 100\n',
        60,
        r"no site within 100 ms of Singapore .*allow Singapore \(\d+ ms; excluded by jurisdictions\)",
        r"removing `jurisdictions` leaves 3 candidates",
    ),
    "an elastic demand out of reach": (
        "[demand.elastic]\nmin_share = 0.9\n"
        '[candidates]\nset = "sites.csv"\nexclude = ["singapore-own"]\n[[limits]]\nkind = "max_latency"\nbatch_ms = 100\n',
        60,
        r"no site within 100 ms of Singapore",
        r"raise `batch_ms`",
    ),
}


@pytest.mark.parametrize("name", PRE)
def test_what_is_seen_before_solving_is_reported_in_the_planner_s_terms(
    ask: Callable[..., Scenario], name: str
) -> None:
    text, it_mw, reason, fix = PRE[name]
    found = diagnose(ask(text, it_mw))
    assert (found.status, found.cause) == ("infeasible", "pre-check")
    text = str(found)
    assert re.search(reason, text), text
    assert re.search(fix, "\n".join(found.fixes)), text


def test_the_time_that_is_named_for_latency_is_one_that_does(ask: Callable[..., Scenario]) -> None:
    """One site for two hubs half a world apart: the time that is named has a plan, a millisecond less has none."""
    text = CANDIDATES + '[[limits]]\nkind = "site_count"\nmax = 1\n[[limits]]\nkind = "max_latency"\nbatch_ms = {}\n'
    found = diagnose(ask(text.format(60)))
    assert found.status == "infeasible"
    named = next(w for w in found.fixes if "max_latency" in w)
    ms = int(named.split(" to ")[-1].split()[0])
    assert diagnose(ask(text.format(ms))).status == "feasible"
    assert diagnose(ask(text.format(ms - 1))).status == "infeasible"


def test_fixes_are_printed_first_and_of_many_reasons_a_few() -> None:
    none = pd.DataFrame()
    many = tuple(f"hub {i} is far" for i in range(40))
    text = str(Diagnosis("infeasible", "pre-check", many, ("raise the time",), none, none)).splitlines()
    assert text[:2] == ["infeasible (pre-check)", "  fix 1: raise the time"]
    assert len(text) == 2 + 6 + 1
    assert text[-1].startswith("and 34 more")


def test_there_are_thirty_infeasible_problems_and_more_of_every_cause() -> None:
    assert len(LINEAR) + len(INTEGER) + len(PRE) >= 50
    assert len(INTEGER) >= 10
