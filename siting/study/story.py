"""The story of a plan: the plan, and what it is compared with, as one value for terminal, report and notebooks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from siting.errors import DataError, SitingError
from siting.plan.board_units import summary_of
from siting.plan.plan import SCORECARD, Plan
from siting.problem.prepare import prepare
from siting.problem.problem import Problem
from siting.scenario.named_places import candidates_of
from siting.scenario.scenario import Scenario
from siting.solver.analysis.regret import Explanation, explain
from siting.study.board.assumed import assumed
from siting.study.board.rivals import MOST_CANDIDATES, cheapest_plan, nearest_plan
from siting.study.map_data import Ground, ground_of
from siting.study.ranking.scorecard import COLUMNS, EXACT, built_and_excluded, near_ties, scorecard
from siting.study.todays_pattern import Today, against_today
from siting.study.todays_pattern import today as todays_pattern
from siting.study.uncertainty.factor_sets import by_other_factors
from siting.verify.plan_check import cannot_be_rechecked
from siting.world.policy import packs_in_force
from siting.world.tables import read_table

INTERVAL_DRAWS = 200

MOST_RUNNERS_UP = 3
"""Runners-up that are named."""


@dataclass(frozen=True)
class Story:
    """A plan and what it is compared with. What needs many draws or tables is computed when it is first read.

    Attributes
    ----------
    plan : Plan
        Any plan; one without sites has no members but this one.
    today : Today or None
        The same demand, served in the metros of today's cloud regions.
    cheapest, nearest : Plan or None
        The plan of the same scenario with the least cost, and the one with the least mean round trip.
    explanation : Explanation or None
        Regret of every candidate.
    frontier : pandas.DataFrame or None
        Plans to compare with, a row for each; the first two columns of numbers are the axes.
    waterfall : pandas.DataFrame or None
        The ratio of two training settings, cause by cause.
    prepared : Problem or None
        The problem of the plan, where it is at hand.
    """

    plan: Plan
    today: Today | None = None
    cheapest: Plan | None = None
    nearest: Plan | None = None
    explanation: Explanation | None = None
    frontier: pd.DataFrame | None = None
    waterfall: pd.DataFrame | None = None
    prepared: Problem | None = None

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Names of candidates, hubs and grid zones by id; of the plan's own sites and hubs where the files of the others are missing."""
        return names_of(self.plan.scenario, self.plan.hubs, self.plan.sites)

    @cached_property
    def summary(self) -> Mapping[str, Any]:
        """`Plan.summary`, with the names of the `runner_up` sites where their regret is known."""
        best = self.runners_up
        return summary_of(self.plan, None if best is None else tuple(name for name, _ in best))

    @cached_property
    def runners_up(self) -> tuple[tuple[str, float], ...] | None:
        """Name and exact regret of the best sites that lost; None where none is known.

        Sites whose regret is only bounded may be better than these; they are not named.
        """
        card = self.scorecard
        exact = card[(card["outcome"] == "lost") & (card["regret_proof"] == EXACT)].head(MOST_RUNNERS_UP)
        return tuple(zip(exact["name"].astype(str), exact["regret"].astype(float), strict=True)) or None

    @property
    def regret_unit(self) -> str:
        """Unit of the regrets."""
        return next((str(u) for u in self.scorecard["regret_unit"] if isinstance(u, str) and u), self.plan.proof.unit)

    @cached_property
    def assumptions(self) -> pd.DataFrame | None:
        """Every input, as `Plan.assumptions` returns them; None where the weather is not available."""
        return self._or_none(lambda: self.plan.assumptions)

    @cached_property
    def assumed(self) -> pd.DataFrame | None:
        """The assumptions that a board needs, as `assumed` returns them; None where the weather is not available."""
        return self._or_none(lambda: assumed(self.plan))

    def _or_none(self, table: Callable[[], pd.DataFrame]) -> pd.DataFrame | None:
        if not self.plan.kpis:
            return None
        try:
            return table()
        except DataError:
            return None

    @cached_property
    def programmes(self) -> Mapping[str, str]:
        """Titles of programmes by id, of the packs of the scenario; empty where these cannot be read."""
        try:
            packs = self.plan.scenario.policy.in_force(self.plan.scenario.file)
        except SitingError:
            return {}
        return {entry.id: entry.title for pack in packs for entry in pack.incentives}

    @cached_property
    def interval(self) -> pd.DataFrame | None:
        """The 90 % interval of every KPI, as `Plan.kpis_interval` returns it; None where the weather is not available."""
        if not self.plan.kpis:
            return None
        try:
            table = self.plan.kpis_interval(INTERVAL_DRAWS)
        except DataError:
            return None
        table.attrs["draws"] = INTERVAL_DRAWS
        return table

    @cached_property
    def by_other_factors(self) -> tuple[str, float] | None:
        """The other set of life-cycle factors and the plan's emissions by it, as `factor_sets.by_other_factors` returns them."""
        return by_other_factors(self.plan)

    @cached_property
    def steps(self) -> pd.DataFrame | None:
        """Causes of the difference to today's pattern, as `against_today` returns them."""
        return None if self.today is None or not self.plan.kpis else against_today(self.plan, self.today)

    @cached_property
    def ground(self) -> Ground:
        """Carbon intensity of the grid zones, in the scenario's year and by its method."""
        return ground_of(self.plan.scenario)

    @cached_property
    def problem(self) -> Problem:
        """The numbers of the plan's scenario, prepared again unless they are at hand."""
        return self.prepared or prepare(self.plan.scenario)

    @cached_property
    def not_rechecked(self) -> list[str]:
        """What `Plan.verify` cannot rebuild: files that are not there, and limits of the user's own."""
        return cannot_be_rechecked(self.plan.scenario)

    @cached_property
    def regrets(self) -> Explanation:
        """Regret of every candidate, solved for where no explanation is given."""
        if self.explanation is not None:
            return self.explanation
        return explain(self.problem, self.plan, gap=self.plan.proof.gap_asked)

    @cached_property
    def scorecard(self) -> pd.DataFrame:
        """Every candidate, best first, as `Plan.scorecard` describes it: the stored one, else with the regrets at hand.

        Of a plan whose scenario cannot be prepared here (its files are not there) only the built sites and the exclusions
        are known, without figures.
        """
        if SCORECARD in self.plan.tables:
            card = pd.DataFrame(self.plan.scorecard)
            whole = set(COLUMNS) - {"lon", "lat"} <= set(card.columns)
            return card if whole else built_and_excluded(self.plan)
        try:
            if not self.plan.sites["id"].isin(self.problem.sites["id"]).all():
                return built_and_excluded(
                    self.plan
                )  # a plan of other candidates than those that its scenario names now
            return pd.DataFrame(scorecard(self.plan, self.problem, explanation=self.explanation, time_limit_s=0.0))
        except SitingError:
            return built_and_excluded(self.plan)

    @cached_property
    def near_ties(self) -> list[str]:
        """Candidates that could replace chosen sites within 1 % of the objective, each as a sentence."""
        return near_ties(self.plan, self.scorecard)

    @cached_property
    def duties(self) -> pd.DataFrame | str:
        """Duties of new data centres at the built sites on the policy date; or why they cannot be read.

        Columns: `site_id`, `site`, `duty`, `wording`, `kind`, `judged` (whether a limit acts on it), `source`,
        `quality`.
        """
        policy, scenario = self.plan.scenario.policy, self.plan.scenario
        try:
            packs = packs_in_force(policy.date, policy.packs, scenario.file)
        except SitingError as error:
            return f"The duties at the sites cannot be read: {error}"
        judged = ("pue", "heat_reuse") if any(x.name == "efficiency_duty" for x in scenario.limits) else ()
        rows = [
            (str(site.id), site.name, duty.title, duty.wording(), duty.kind,
             duty.kind in judged and duty.why_not_modelled is None, duty.source, duty.quality)
            for site in self.plan.sites.itertuples()
            for pack in packs
            if pack.covers(str(site.jurisdiction))
            for duty in pack.duties
            if duty.holds_at(site.geometry.x, site.geometry.y) and duty.applies_to != "existing"
        ]  # fmt: skip
        columns = ["site_id", "site", "duty", "wording", "kind", "judged", "source", "quality"]
        return pd.DataFrame(rows, columns=columns, dtype=object)


def names_of(scenario: Scenario, *known: pd.DataFrame) -> dict[str, str]:
    """Return the names of candidates and grid zones by id, and of places that are known already.

    Parameters
    ----------
    scenario : Scenario
        Its candidates are read; they are left out where their file is missing.
    *known : pandas.DataFrame
        Tables with `id` and `name`.
    """
    try:
        places = [candidates_of(scenario)]
    except SitingError:
        places = []
    zones = read_table("zones")[["zone_id", "name"]].rename(columns={"zone_id": "id"})
    named = [t for t in (zones, *places, *known) if {"id", "name"} <= set(t.columns)]
    return {str(i): str(name) for t in named for i, name in zip(t["id"], t["name"], strict=True)}


def story_of(
    plan: Plan,
    *,
    today: Today | None = None,
    cheapest: Plan | None = None,
    nearest: Plan | None = None,
    explanation: Explanation | None = None,
    frontier: Any = None,
    waterfall: pd.DataFrame | None = None,
    prepared: Problem | None = None,
) -> Story:
    """Return the story of a plan; today's pattern is added where the hubs are metros of cloud regions.

    Parameters
    ----------
    plan : Plan
        Any plan.
    today : Today, optional
        Today's pattern, where it is computed already.
    cheapest, nearest : Plan, optional
        As `cheapest_plan` and `nearest_plan` return them.
    explanation : Explanation, optional
        As `siting.explain` returns it.
    frontier : Frontier or pandas.DataFrame, optional
        As `siting.frontier` returns it, or a table of plans.
    waterfall : pandas.DataFrame, optional
        As `siting.waterfall` returns it.
    prepared : Problem, optional
        The problem of the plan.

    Returns
    -------
    Story
        One value for terminal, report and notebooks.

    Examples
    --------
    >>> import siting as st
    >>> scenario = st.Scenario(name="one", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),))
    >>> story = story_of(st.solve(st.prepare(scenario), gap=0.01))
    >>> bool(story.today.emissions_g_per_eflop > story.plan.kpis["emissions_g_per_eflop"])
    True
    """
    known = plan.kpis and plan.scenario.demand.hubs == "cloud_regions"
    pattern = todays_pattern(plan.scenario) if today is None and known else today
    table = getattr(frontier, "table", frontier)
    return Story(plan, pattern, cheapest, nearest, explanation, table, waterfall, prepared)


def with_rivals(story: Story, *, always: bool = False, **how: Any) -> Story:
    """Return a story with the cheapest and the nearest plan, solved for.

    Parameters
    ----------
    story : Story
        A story whose problem is at hand; others are returned as they are.
    always : bool
        Whether they are solved for with more than 60 candidates too.
    **how
        As in `siting.solve`.
    """
    known = story.plan.kpis and story.prepared is not None
    if not known or not (always or len(story.prepared.sites) <= MOST_CANDIDATES):  # type: ignore[union-attr]
        return story
    cheapest, nearest = (_solved(rival, story.plan.scenario, how) for rival in (cheapest_plan, nearest_plan))
    return replace(story, cheapest=cheapest, nearest=nearest)


def _solved(rival: Callable[..., Plan], scenario: Scenario, how: Mapping[str, Any]) -> Plan | None:
    """Return a rival; None where the scenario does not admit its objective, as with elastic demand, or the solver fails."""
    try:
        return rival(scenario, **how)
    except SitingError:
        return None
