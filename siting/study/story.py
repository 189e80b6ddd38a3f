"""The story of a plan: the plan, and what it is compared with, as one value for terminal, report and notebooks."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from siting.errors import DataError, SitingError
from siting.objectives import Cost
from siting.plan.plan import Plan
from siting.problem.prepare import prepare
from siting.problem.problem import Problem
from siting.scenario.scenario import Scenario
from siting.solver.analysis.regret import Explanation, explain
from siting.solver.solve import solve
from siting.study.kpi_objectives import in_order
from siting.study.map_data import Ground, ground_of
from siting.study.todays_pattern import Today, against_today
from siting.study.todays_pattern import today as todays_pattern
from siting.study.uncertainty.factor_sets import by_other_factors
from siting.verify.plan_check import cannot_be_rechecked
from siting.world.policy import packs_in_force

INTERVAL_DRAWS = 200


@dataclass(frozen=True)
class Story:
    """A plan and what it is compared with. What needs many draws or tables is computed when it is first read.

    Attributes
    ----------
    plan : Plan
        Any plan; one without sites has no members but this one.
    today : Today or None
        The same demand, served in the metros of today's cloud regions.
    cheapest : Plan or None
        The least-cost plan of the same scenario.
    explanation : Explanation or None
        Regret of every candidate.
    frontier : pandas.DataFrame or None
        Plans to compare with, a row for each; the first two columns of numbers are the axes.
    waterfall : pandas.DataFrame or None
        The ratio of two training settings, cause by cause.
    """

    plan: Plan
    today: Today | None = None
    cheapest: Plan | None = None
    explanation: Explanation | None = None
    frontier: pd.DataFrame | None = None
    waterfall: pd.DataFrame | None = None

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
        """The numbers of the plan's scenario, prepared again."""
        return prepare(self.plan.scenario)

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


def story_of(
    plan: Plan,
    *,
    today: Today | None = None,
    cheapest: Plan | None = None,
    explanation: Explanation | None = None,
    frontier: Any = None,
    waterfall: pd.DataFrame | None = None,
) -> Story:
    """Return the story of a plan; today's pattern is added where the hubs are metros of cloud regions.

    Parameters
    ----------
    plan : Plan
        Any plan.
    today : Today, optional
        Today's pattern, where it is computed already.
    cheapest : Plan, optional
        As `cheapest_plan` returns it.
    explanation : Explanation, optional
        As `siting.explain` returns it.
    frontier : Frontier or pandas.DataFrame, optional
        As `siting.frontier` returns it, or a table of plans.
    waterfall : pandas.DataFrame, optional
        As `siting.waterfall` returns it.

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
    return Story(plan, pattern, cheapest, explanation, table, waterfall)


def cheapest_plan(scenario: Scenario, **how: Any) -> Plan:
    """Return the least-cost plan of a scenario, its limits and carbon method held.

    Parameters
    ----------
    scenario : Scenario
        What it minimises is replaced by cost.
    **how
        As in `siting.solve`.
    """
    return solve(prepare(in_order(scenario, [Cost(carbon=scenario.minimise.carbon)])), **how)
