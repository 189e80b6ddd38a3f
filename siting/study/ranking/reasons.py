"""Why a candidate was built, lost or excluded: one sentence of names and numbers."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from siting.errors import listed
from siting.kpis import usd_a_year
from siting.limits import MaxLatency
from siting.plan.plan import Plan
from siting.problem.problem import Problem
from siting.scenario.scenario import Scenario
from siting.study.ranking.own_best import counts_cost, own_best
from siting.units import HOURS_PER_YEAR, Bools

NEAR_TIE = 0.01
"""Regret relative to the plan's objective up to which a candidate is a near tie (assumption)."""
NOTHING = 1e-9
"""Regret below which a sentence calls it nothing, in any unit: the rounding of a solver."""
NAMED = 3
"""Hubs and sites that a sentence names before it counts the rest."""


@dataclass(frozen=True)
class Regret:
    """What is known of one candidate's regret, in the unit of the objective.

    Attributes
    ----------
    exact, at_least : float
        NaN and 0 or more where not solved; infinite where no plan exists.
    relative : float
        `exact` over the plan's objective; NaN where not solved.
    instead : tuple of str
        Ids of the sites that leave the plan (a lost candidate), or that take its place (a built one).
    """

    exact: float
    at_least: float
    relative: float
    instead: tuple[str, ...] = ()

    @property
    def near_tie(self) -> bool:
        """Whether the candidate could replace chosen sites, or be added to them, at a loss within `NEAR_TIE`."""
        return self.relative <= NEAR_TIE or self.exact <= NOTHING


def amount(value: float, unit: str) -> str:
    """Return a regret with its unit, in three digits and short words.

    Examples
    --------
    >>> amount(15.123, "gCO2e/EFLOP"), amount(2.5e7, "USD/year"), amount(0.00002, "gCO2e/EFLOP")
    ('15.1 gCO2e/EFLOP', '25.00 M USD a year', 'less than 0.001 gCO2e/EFLOP')
    """
    short = unit.replace("/year", " a year")
    if unit == "USD/year":
        return usd_a_year(value)
    if abs(value) < NOTHING:
        return "nothing"
    if abs(value) < 1e-3:
        return f"less than 0.001 {short}"
    return f"{value:,.0f} {short}" if abs(value) >= 100 else f"{value:#.3g} {short}"


@dataclass(frozen=True)
class Reasons:
    """Writes the sentence of each candidate that was prepared.

    Parameters
    ----------
    problem : Problem
        The numbers.
    plan : Plan
        Its plan, with sites.
    names : mapping of str to str
        Name of every candidate by its id.
    """

    problem: Problem
    plan: Plan
    names: Mapping[str, str]

    @cached_property
    def own(self) -> pd.DataFrame:
        """What each candidate achieves alone, by its id, with intensity, price and MW in the plan."""
        sites, scenario = self.problem.sites, self.problem.scenario
        table = own_best(self.problem).reset_index(drop=True).set_index(sites["id"].to_numpy(str))
        built = self.plan.sites.set_index("id")["it_mw"]
        return table.assign(
            ci_g_per_kwh=sites[scenario.minimise.carbon.column].to_numpy(float),
            price_usd_per_mwh=sites["price_usd_per_mwh"].to_numpy(float),
            it_mw=built.reindex(table.index).fillna(0.0),
        )

    @cached_property
    def _alone(self) -> dict[str, dict[str, float]]:
        """The numbers of `own` by id and column."""
        numbers = self.own.select_dtypes("number")
        return {str(s): {str(c): float(v) for c, v in row.items()} for s, row in numbers.to_dict("index").items()}

    @cached_property
    def within_reach(self) -> Bools:
        """Whether a site may serve a hub in any class, (n_sites, n_hubs)."""
        problem = self.problem
        served = np.zeros((len(problem.sites), len(problem.groups.demand_mw) + 1), dtype=bool)
        served[problem.arcs.site, problem.arcs.group] = True  # the last column is of no group: -1
        return np.asarray(served[:, problem.groups.of].any(axis=2))

    def built(self, site: str, regret: Regret) -> str:
        """Return what a built site serves, and what the plan would lose without it."""
        column = "price_usd_per_mwh" if counts_cost(self.problem) else "ci_g_per_kwh"
        here, others = self._alone[site], self.own[column]
        rank = int((others < here[column]).sum()) + 1
        place = f"{'the least' if rank == 1 else f'number {rank}'} of {len(others)} candidates"
        figure = "costs {:,.0f} USD/MWh" if counts_cost(self.problem) else "emits {:,.0f} g/kWh"
        what = "electricity" if counts_cost(self.problem) else "grid"
        head = f"It serves {here['it_mw']:,.0f} MW; its {what} {figure.format(here[column])}, {place}"
        if math.isinf(regret.exact):
            return f"{head}; without it no plan meets the limits."
        if math.isnan(regret.exact):
            proven = (
                f"; without it the plan loses at least {amount(regret.at_least, self._unit)}"
                if regret.at_least > 0
                else ""
            )
            return f"{head}{proven}."
        if regret.near_tie:
            takes = (
                f"{self._named(regret.instead)} could take its place for"
                if regret.instead
                else "it could leave the plan for"
            )
            return f"{head}; {takes} {amount(regret.exact, self._unit)}{self._share(regret)}."
        takes = f" ({self._named(regret.instead)} would take its place)" if regret.instead else ""
        return f"{head}; without it the plan loses {amount(regret.exact, self._unit)}{takes}."

    def lost(self, site: str, regret: Regret) -> str:
        """Return why a candidate was not chosen, and what forcing it in costs."""
        head = self._cause(site, regret)
        if math.isinf(regret.exact):
            return f"{head}; no plan that has it meets the limits."
        if math.isnan(regret.exact):
            if regret.at_least > 0:
                return (
                    f"{head}; forcing it in costs at least {amount(regret.at_least, self._unit)} (a bound; not solved)."
                )
            return f"{head}; what forcing it in costs is not solved, and no bound above 0 is proven."
        swap = f" ({self._named(regret.instead)} would leave)" if regret.instead else ""
        near = f": a near tie{self._share(regret)}" if regret.near_tie else ""
        return f"{head}; forcing it in costs {amount(regret.exact, self._unit)}{swap}{near}."

    def _share(self, regret: Regret) -> str:
        return (
            f", {regret.relative:.2%} of the objective" if regret.exact > 0 and math.isfinite(regret.relative) else ""
        )

    @property
    def _unit(self) -> str:
        return self.plan.proof.unit

    def _named(self, ids: Sequence[str]) -> str:
        return listed([self.names.get(s, s) for s in ids], most=NAMED)

    def _rival(self, site: str, regret: Regret) -> str:
        """Return the built site to compare with: the largest that would make room, else the one that serves most of its hubs."""
        chosen = self.own[self.own["it_mw"] > 0]
        leaving = chosen[chosen.index.isin(regret.instead)]
        if len(leaving):
            return str(leaving["it_mw"].idxmax())
        served = self.plan.assignments
        shared = (
            served[served["hub"].map(self._reached(site)).fillna(False).astype(bool)].groupby("site")["it_mw"].sum()
        )
        return str(shared.idxmax() if len(shared) else chosen["it_mw"].idxmax())

    def _left_to_the_budget(self, usd_per_year: float, by_figures: float, regret: Regret) -> float:
        """Return the part of a regret that the figures of two places do not explain, where the budget cannot pay for the swap.

        The shadow price of a budget is often unknown (halls are integer): what is known is the room that the plan leaves in it.
        """
        most, cost = self.plan.budget_usd_per_year, self.plan.kpis["cost_usd_per_year"]
        known = regret.exact if math.isfinite(regret.exact) else regret.at_least
        if (
            most is None
            or usd_per_year <= most - cost
            or not self._unit.startswith("gCO2e")
            or not math.isfinite(known)
        ):
            return 0.0
        return known * self.plan.kpis["it_mw"] - max(by_figures, 0.0)

    def _cause(self, site: str, regret: Regret) -> str:
        """Return the largest disadvantage against the rival, by what each would add to the objective.

        The effects are estimates [gCO2e/EFLOP or USD/EFLOP times MW]: the sentence names a cause, the regret is what is proven.
        """
        rival = self._rival(site, regret)
        here, there, name = self._alone[site], self._alone[rival], self.names[rival]
        measure = "cost_usd_per_eflop" if counts_cost(self.problem) else "emissions_g_per_eflop"
        chosen = self.own[(self.own["it_mw"] > 0) & (self.own.index != rival)][measure]
        # what the candidate has no room for goes to the next best site, and hubs out of its reach to the worst
        next_best, worst = (float(x) - float(there[measure]) for x in (chosen.min(), chosen.max()))
        mw, dearer = min(here["load_mw"], there["it_mw"]), here["cost_usd_per_eflop"] - there["cost_usd_per_eflop"]
        far, far_mw = self._out_of_reach(site, rival) if rival in regret.instead else ([], 0.0)
        yearly = mw * HOURS_PER_YEAR * self.problem.eflop_per_mwh_it
        emits_or_costs = counts_cost(self.problem) or self._unit[:5] in ("gCO2e", "tCO2e")
        by_figures = (here[measure] - there[measure]) * mw * emits_or_costs
        effects = {
            self._own_figures(here, there, name): by_figures,
            f"Compute there costs {here['cost_usd_per_eflop']:.3f} USD/EFLOP against {there['cost_usd_per_eflop']:.3f} at "
            f"{name}, and the budget binds": self._left_to_the_budget(dearer * yearly, by_figures, regret),
            f"It does not reach {listed(far, most=NAMED)} in time, which {name} serves ({far_mw:,.0f} MW)": (
                max(worst, 0.0) * far_mw
            ),
            f"Its limits leave room for {here['load_mw']:,.0f} MW of load against {there['it_mw']:,.0f} MW at {name}": (
                max(next_best, 0.0) * (there["it_mw"] - here["load_mw"])
            ),
        }
        words, most = max(effects.items(), key=lambda item: item[1] if item[1] > 0 else 0.0)
        if most > 0:
            return words
        if not emits_or_costs:
            return f"{name} and the other chosen sites serve the hubs as well or better by this objective"
        verb, unit = ("costs", "USD/EFLOP") if counts_cost(self.problem) else ("emits", "gCO2e/EFLOP")
        alone = f"{here[measure]:.3g} {unit} against {there[measure]:.3g} at {name}"
        return f"By itself it {verb} {alone}, but the chosen sites are better together"

    def _own_figures(self, here: Mapping[str, float], there: Mapping[str, float], name: str) -> str:
        """Return the figure in which a candidate is worse than its rival."""
        if counts_cost(self.problem):
            if here["price_usd_per_mwh"] > 1.1 * there["price_usd_per_mwh"]:
                return f"Its electricity costs {here['price_usd_per_mwh']:,.0f} USD/MWh against {there['price_usd_per_mwh']:,.0f} at {name}"
            return f"Compute there costs {here['cost_usd_per_eflop']:.3f} USD/EFLOP against {there['cost_usd_per_eflop']:.3f} at {name}"
        if here["ci_g_per_kwh"] > 1.02 * there["ci_g_per_kwh"]:
            return f"Its grid emits {here['ci_g_per_kwh']:,.0f} g/kWh against {there['ci_g_per_kwh']:,.0f} at {name}"
        if here["pue"] > 1.005 * there["pue"]:
            return f"Its PUE is {here['pue']:.3f} against {there['pue']:.3f} at {name}"
        return f"Compute there emits {here['emissions_g_per_eflop']:.1f} gCO2e/EFLOP against {there['emissions_g_per_eflop']:.1f} at {name}"

    def _reached(self, site: str) -> dict[str, bool]:
        """Return for each hub whether a site may serve it."""
        row = self.problem.sites["id"].astype(str).tolist().index(site)
        return dict(zip(self.problem.hubs["id"].astype(str), self.within_reach[row].tolist(), strict=True))

    def _out_of_reach(self, site: str, rival: str) -> tuple[list[str], float]:
        """Return the hubs that the rival serves and the candidate may not, largest first, and their load [MW]."""
        problem, near = self.problem, self._reached(site)
        served = self.plan.assignments[self.plan.assignments["site"] == rival]
        load = served.groupby("hub")["it_mw"].sum().sort_values(ascending=False)
        far = [str(h) for h in load.index if not near.get(str(h), False)]
        called = dict(zip(problem.hubs["id"].astype(str), problem.hubs["name"].astype(str), strict=True))
        return [called[h] for h in far], float(load[far].sum())


KINDS: Mapping[str, str] = {
    "candidates": "",
    "cooling": "",
    "data": "",
    "excluded": "",
    "moratorium": "",
    "climate": "Outside the climate limit",
    "efficiency_duty": "Cannot meet the efficiency duty",
    "emissions_gate": "Above the emissions gate",
    "export_control": "US export control",
    "grid_headroom": "Grid headroom",
    "jurisdictions": "Outside the places that may serve",
    "max_ci": "Above the limit on grid intensity",
    "screen": "Screened out",
    "site_size": "Too small for the limit on site size",
    "training_domain": "Outside the climates that the cooling model was fitted in",
}
"""First words of the sentence of an exclusion, by limit; of others the name of the limit."""
ZONE_CODE = re.compile(r" (?:of|in) (?:zone )?[A-Z]{2}(?:-[A-Z0-9]+)*(?=[,;:)]|$)")
"""A code of a zone or country behind the name of a fact: the place has a name already."""


def excluded_sentence(reasons: Sequence[tuple[str, str]], scenario: Scenario) -> str:
    """Return why a candidate was excluded, from every limit that excludes it and its words.

    Examples
    --------
    >>> import siting as st
    >>> excluded_sentence([("data", "UNKNOWN electricity price of zone CF")], st.Scenario(name="x", demand={"it_mw": 9}))
    'Missing data: electricity price.'
    """
    parts = [_one_exclusion(limit, reason, scenario) for limit, reason in dict.fromkeys(reasons)]
    return f"{'; also: '.join(parts)}."


def _one_exclusion(limit: str, reason: str, scenario: Scenario) -> str:
    text = ZONE_CODE.sub("", reason.replace("`", "")).strip().rstrip(".")
    if far := re.match(r"reaches no hub in time: the nearest answers in (\d+) ms", text):
        limits = [x for x in scenario.limits if isinstance(x, MaxLatency)]
        most = max((min(x.limit_ms(k) for x in limits) for k in scenario.demand.shares if limits), default=math.inf)
        within = f"within {most:g} ms" if math.isfinite(most) else "near enough"
        return f"No hub is {within} (p90): the nearest answers in {far[1]} ms"
    if text.startswith("UNKNOWN "):
        known = {"grid_headroom": "the grid headroom"}.get(limit, KINDS.get(limit, limit.replace("_", " ")).lower())
        return f"Missing data{f' for {known}' if known else ''}: {text.removeprefix('UNKNOWN ').split(' (no plant')[0]}"
    if limit == "export_control":
        text = text.split(":")[0].split(" (")[0]
    if limit == "screen":
        text = listed(text.split("; "), "; ", most=2)
    if text.startswith("may draw "):
        text = f"it {text}"
    head = "" if limit.startswith("policy ") else KINDS.get(limit, limit.replace("_", " ").capitalize())
    return f"{head}: {text}" if head else text[:1].upper() + text[1:]
