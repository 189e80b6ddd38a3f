"""The plan: the frozen result of a solve, with its proof, tables and sources."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import geopandas as gpd
import pandas as pd

from siting.errors import brief
from siting.plan.board_units import summary_of
from siting.plan.files import points_of, read_plan, save_plan
from siting.plan.proof import Proof, Status
from siting.progress_bar import Progress, shows_progress
from siting.scenario.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from siting.show.notebook.explore import ExploreMap


SCORECARD = "scorecard"
"""Name of the stored scorecard among the tables of a plan, and of its CSV file."""


@dataclass(frozen=True)
class Plan:
    """Sites to build, with sizes, cooling designs and service areas.

    Attributes
    ----------
    scenario : Scenario
        The scenario that was solved.
    proof : Proof
        Status, objective, bound and gap.
    sites : geopandas.GeoDataFrame
        One row per built site. `worst_quality` is the worst quality of the data behind the site's numbers that differ
        between places (its own facts, round trips of the hubs it serves, policy entries behind its ledger lines);
        `worst_fact` names that datum. `export_control` is what export rules mean there, and `capacity_statements` what
        operators state on the capacity of the zone.
    hubs : geopandas.GeoDataFrame
        One row per hub.
    assignments : pandas.DataFrame
        Service of hubs by sites: site, hub, workload, it_mw, rtt_p90_ms, rtt_quality.
    kpis : mapping of str to float
        Totals and means of the plan; empty if no plan was found.
    ledger : pandas.DataFrame
        Site, line, usd_per_year, tco2e_per_year; sums to the KPIs.
    demand : pandas.DataFrame
        Demand: hub, workload, it_mw.
    excluded, unknowns, sources : pandas.DataFrame
        Excluded candidates; missing data that a limit could not judge; tables behind the plan's numbers (behind
        those of all candidates if there is no plan).
    binding : pandas.DataFrame
        Binding limits: `limit`, `where`, `slack` [`unit`], `price` [`price_unit`] (shadow price: improvement of the
        first objective per unit relaxed; NaN if unknown), `priced_at`, and `because`: the limit is met with equality,
        or its slack is less than one more hall or site needs.
    contracts : pandas.DataFrame
        Electricity bought: contract, zone, matching, mwh_per_year, matched_mwh, surplus_mwh, g_per_kwh,
        rest_g_per_kwh and its source. The KPIs then report location- and market-based emissions.
    policy : pandas.DataFrame
        Entries of packs that the scenario switches or overrides: pack, entry, switch, wording.
    tables : mapping of str to pandas.DataFrame
        Further tables, of parts that have any.
    """

    scenario: Scenario
    proof: Proof
    sites: gpd.GeoDataFrame
    hubs: gpd.GeoDataFrame
    assignments: pd.DataFrame
    kpis: Mapping[str, float]
    ledger: pd.DataFrame
    demand: pd.DataFrame
    excluded: pd.DataFrame
    unknowns: pd.DataFrame
    binding: pd.DataFrame
    sources: pd.DataFrame
    contracts: pd.DataFrame = field(default_factory=pd.DataFrame)
    policy: pd.DataFrame = field(default_factory=pd.DataFrame)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def __repr__(self) -> str:
        found = (
            () if self.objective is None else (f"{self.objective:.5g} {self.proof.unit}", f"{len(self.sites)} sites")
        )
        sites = self.sites.sort_values("it_mw", ascending=False) if self.kpis else self.sites
        largest = [
            f"{name} {mw:,.0f} MW" for name, mw in zip(sites.get("name", ()), sites.get("it_mw", ()), strict=True)
        ]
        return brief(f"Plan {self.name!r}", self.status, *found, *largest[:5])

    def _repr_html_(self) -> str:
        from siting.show.notebook.cards import plan_card

        return plan_card(self)

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return self.scenario.name

    @property
    def status(self) -> Status:
        """Status of the proof; see `Proof`."""
        return self.proof.status

    @property
    def objective(self) -> float | None:
        """Value of the plan, in `proof.unit`."""
        return self.proof.objective

    @property
    def bound(self) -> float | None:
        """Proven bound on the objective, in `proof.unit`."""
        return self.proof.bound

    @property
    def gap(self) -> float | None:
        """Proven relative distance between objective and bound."""
        return self.proof.gap

    @property
    def budget_usd_per_year(self) -> float | None:
        """Cost up to which the scenario admits plans [USD/a]; None without a budget, or where its least cost is unknown."""
        least = self.proof.least_cost_usd_per_year
        most = min((limit.largest_usd_per_year(least) for limit in self.scenario.limits), default=math.inf)
        return most if math.isfinite(most) else None

    @property
    def summary(self) -> Mapping[str, Any]:
        """The plan in the units of a board, from its KPIs, sites and taxes; empty if no plan was found.

        `sites`
            Names of the sites, the largest first.
        `it_mw`, `built_mw`
            Mean IT load, and IT power of the halls (nameplate) [MW].
        `emissions_t_per_year`, `embodied_t_per_year`
            Emissions, and the embodied part of them [tCO2e/year].
        `cost_usd_per_year`, `capex_usd`
            Cost with capital spread over its life [USD/year]; capital to build the sites [USD].
        `water_m3_per_year`, `eflop_per_year`
            Fresh water [m3/year]; compute [EFLOP/year], where 1 EFLOP is 10^18 operations.
        `emissions_g_per_eflop`, `cost_usd_per_eflop`
            Per compute [gCO2e/EFLOP, USD/EFLOP].
        `usd_per_accelerator_hour`
            Cost of an hour in which an accelerator trains [USD].
        `t_per_1e25_operations`, `usd_per_1e25_operations`
            Emissions [tCO2e] and cost [USD] of a training run of 1e25 operations.
        `renewable_share`, `jobs`, `rtt_p90_ms_max`
            Share of electricity [0-1]; permanent jobs; slowest round trip in use [ms].
        `unknown_tax_low_usd_per_year`, `unknown_tax_high_usd_per_year`
            What taxes that are unknown may cost [USD/year]; absent where all are known.
        `runner_up`
            Names of the best sites that lost, in `Story.summary` only: absent where no regret is known.

        Examples
        --------
        >>> import siting as st
        >>> scenario = st.Scenario(name="one", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),))
        >>> summary = st.solve(st.prepare(scenario)).summary
        >>> round(summary["t_per_1e25_operations"] / summary["emissions_g_per_eflop"], 6)
        10.0
        """
        return summary_of(self)

    @shows_progress("checking the plan")
    def verify(self, *, progress: Progress = None) -> pd.DataFrame:
        """Check the plan against its scenario and the data, with code that shares nothing with the model builder.

        Demand, hubs, places, physics, ledger, limits and the record of the proof are computed again. The words of
        exclusions and unknowns are compared with those of the scenario prepared again, as they are the limits' own.

        Parameters
        ----------
        progress : bool or callable, optional
            False for no progress bar.

        Returns
        -------
        pandas.DataFrame
            One row per check: `check`, `where`, `value`, `limit`, `unit` (`words`: the value is 1 where they agree).
            Rows that begin with `NOT RE-CHECKED` name what cannot be rebuilt, such as files that are not there.

        Raises
        ------
        UnprovenError
            Checks that fail, all in one message.
        """
        from siting.problem.prepare import prepare
        from siting.verify.plan_check import verify

        return verify(self, rebuild=prepare)

    def kpis_interval(self, draws: int = 1000, seed: int = 0, hold: Collection[str] = ()) -> pd.DataFrame:
        """Return the uncertainty of the KPIs: uncertain inputs are drawn, sites, halls and loads are held.

        `siting.uncertain_inputs` lists the inputs, with their intervals and sources. Some, such as the MFU, scale all
        places and plans alike: they widen the interval of one plan and do not change which of two is better.

        Parameters
        ----------
        draws : int
            Number of draws, 100 or more.
        seed : int
            0 or more; the same seed gives the same table.
        hold : collection of str
            Names of inputs that are not drawn.

        Returns
        -------
        pandas.DataFrame
            Indexed by KPI: `mid` (the plan's value), `p05`, `p50`, `p95`, `low` and `high` (over all combinations of the
            ends of the inputs), `unit`. `attrs["held_fixed"]` names the inputs that do not vary, `attrs["lines_not_varied"]`
            the lines of the ledger that no uncertain input changes.

        Raises
        ------
        DataError
            No sites, or their weather is missing or differs from that of the plan.
        ScenarioError
            Too few draws, a negative seed, or an unknown name in `hold`.

        Examples
        --------
        >>> import siting as st
        >>> scenario = st.Scenario(name="x", demand={"it_mw": 100}, limits=(st.SiteCount(min=2, max=2),))
        >>> row = st.solve(st.prepare(scenario)).kpis_interval(draws=100).loc["emissions_g_per_eflop"]
        >>> bool(row["p05"] < row["p50"] < row["p95"])
        True
        """
        from siting.study.uncertainty.interval import kpis_interval

        return kpis_interval(self, draws, seed, hold)

    @property
    def assumptions(self) -> pd.DataFrame:
        """What the plan's numbers rest on, by leverage on its objective; sites, halls and loads are held.

        Returns
        -------
        pandas.DataFrame
            Indexed by `name`, the largest effect of a range first: `value`, `unit`, `low`, `high`, `effect_10_percent`
            (relative change of the objective where the value is 10 % larger; NaN where that means nothing),
            `effect_range` (difference of the objective between the ends of the interval, relative to the plan's; 0 where no
            interval is known), `source`, `quality`.

        Raises
        ------
        DataError
            As `kpis_interval` does.
        """
        from siting.study.uncertainty.extremes import assumptions

        return assumptions(self)

    @cached_property
    def scorecard(self) -> gpd.GeoDataFrame:
        """Every candidate of the scenario, best first: built, lost or excluded, and why.

        The stored table where the plan has one (`siting plan` and `siting rank` store it). Otherwise it is computed when it
        is first read, within a minute: of up to 60 candidates every regret is solved, of more the most promising ones.

        Returns
        -------
        geopandas.GeoDataFrame
            `id`, `name`, `country`, `outcome` (`built`, `lost`, `excluded`), `reason` (a sentence), figures of the candidate
            alone, and `regret` with what is proven of it; columns as `siting.study.ranking.scorecard.scorecard` describes
            them.

        Raises
        ------
        ScenarioError
            A file of the scenario is not there.

        Examples
        --------
        >>> import siting as st
        >>> plan = st.solve(st.prepare(st.Scenario.read("mine.toml")))  # doctest: +SKIP
        >>> plan.scorecard.query("outcome == 'lost'")["reason"].iloc[0]  # doctest: +SKIP
        'Its grid emits 363 g/kWh against 15 at Luleå; forcing it in costs 21.6 gCO2e/EFLOP (Luleå would leave).'
        """
        if SCORECARD in self.tables:
            return points_of(self.tables[SCORECARD])
        from siting.study.ranking.scorecard import scorecard

        return scorecard(self)

    def kpis_drivers(self, draws: int = 1000, seed: int = 0, hold: Collection[str] = ()) -> pd.DataFrame:
        """Return the inputs that cause the uncertainty of emissions per compute, largest first.

        Parameters
        ----------
        draws, seed, hold
            As in `kpis_interval`; the same draws.

        Returns
        -------
        pandas.DataFrame
            Indexed by input: `low`, `mid`, `high`, `unit`, `rank_correlation` with gCO2e/EFLOP, its square
            `variance_share` [0-1] (about the share of the variance, as inputs are independent; about 1/draws
            by chance for an input without effect), `source`.

        Raises
        ------
        DataError, ScenarioError
            As `kpis_interval` does.
        """
        from siting.study.uncertainty.interval import kpis_drivers

        return kpis_drivers(self, draws, seed, hold)

    def explain(self, sites: Sequence[str] | None = None, **how: Any) -> Any:
        """Return the regret of every candidate: how much worse the plan gets if a site is forced in, or out.

        Parameters
        ----------
        sites : sequence of str or None, optional
            Ids of sites whose exact regret is computed; see `siting.explain`.
        **how
            `time_limit_s`, `gap`, `solver` and `progress`, as in `siting.explain`; the plan's own gap by default.

        Returns
        -------
        Explanation
            Regrets, smallest first, with binding limits and excluded candidates.

        Raises
        ------
        ScenarioError, UnprovenError
            As `siting.explain` does.

        Examples
        --------
        >>> import siting as st
        >>> plan = st.solve(st.Scenario(name="one", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),)), gap=0.01)
        >>> plan.explain(sites=["lulea"]).unit
        'gCO2e/EFLOP'
        """
        from siting.problem.prepare import prepare
        from siting.solver.analysis.regret import explain

        return explain(prepare(self.scenario), self, sites, **({"gap": self.proof.gap_asked} | how))

    def explore(self) -> "ExploreMap":
        """Return an interactive map of candidates, hubs and links: hover, zoom, click on the legend to hide a layer.

        It needs nothing from the network, in a notebook as in the page that its `save` writes.

        Returns
        -------
        ExploreMap
            Shown by a notebook where it is the value of a cell; `save("map.html")` writes it as a page.

        Raises
        ------
        SitingError
            The plan has no sites.
        """
        from siting.show.notebook.explore import explore_plan
        from siting.study.map_data import candidate_points

        return explore_plan(self, candidate_points(self.scenario))

    def map(self, ax: "Axes | None" = None, view: str = "fit") -> "Axes":
        """Draw the plan on a map and return the axes; `view` as in `siting map`, but `layers` and `regret`."""
        from siting.show.figures.maps import draw_plan

        return draw_plan(self, ax=ax, view=view)

    @shows_progress("writing the report")
    def report(
        self,
        path: str | Path,
        *,
        explanation: Any = None,
        frontier: Any = None,
        waterfall: pd.DataFrame | None = None,
        today: Any = None,
        cheapest: Any = None,
        nearest: Any = None,
        progress: Progress = None,
    ) -> Path:
        """Write the plan as one self-contained HTML page.

        Parameters
        ----------
        path : str or pathlib.Path
            File to write, ending in `.html`.
        explanation, frontier, waterfall, today : optional
            Results of `siting.explain`, `siting.frontier`, `siting.waterfall` and `siting.today`, to be shown too;
            today's pattern is computed if the hubs are today's cloud regions.
        cheapest, nearest : Plan, optional
            Plans of the same scenario with the least cost and the least mean round trip, for the table of totals.
        progress : bool or callable, optional
            False for no progress bar.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        SitingError, DataError
            As `write_report` does.
        """
        from siting.show.report.report import write_report
        from siting.study.story import story_of

        story = story_of(
            self, cheapest=cheapest, nearest=nearest, explanation=explanation, frontier=frontier, waterfall=waterfall,
            today=today,
        )  # fmt: skip
        return write_report(story, path)

    def to_excel(self, path: str | Path) -> Path:
        """Write the plan as a workbook: what to read first, summary, sites, who serves whom, ledger, assumptions, sources.

        Heads have units, numbers a format, and no text is a formula. It needs the extra `xlsx`.

        Parameters
        ----------
        path : str or pathlib.Path
            File to write, ending in `.xlsx`.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        SitingError
            The ending is not `.xlsx`, or the extra `xlsx` is not installed.
        DataError
            The file cannot be written.
        """
        from siting.show.report.workbook import write_workbook
        from siting.study.story import story_of

        return write_workbook(story_of(self), path)

    def save(self, folder: str | Path) -> Path:
        """Write the plan: plan.json, sites.geojson, sites.csv, assignments.csv, ledger.csv, and the files its scenario reads.

        The files of the scenario (places, weather, hubs, round trips, policy packs, contract hours), those that exist, are
        copied into its folder `scenario`, so that the plan can be loaded and checked anywhere. `manifest.json` has the
        digest of every file. All is written beside the folder and moved there in one step.

        Parameters
        ----------
        folder : str or pathlib.Path
            Folder of the plan; created if it does not exist. One that is there is replaced if siting wrote all its files
            and nobody has changed them.

        Returns
        -------
        pathlib.Path
            The folder.

        Raises
        ------
        DataError
            The folder cannot be written, has other files or an input of the scenario, or another run writes to it.
        """
        save_plan(self, Path(folder))
        return Path(folder)

    @classmethod
    def load(cls, folder: str | Path, files_from: Sequence[str | Path] = ()) -> Self:
        """Read a plan that `save` wrote.

        Its scenario is text from anywhere: files that it names are looked for in a folder that is opened to it, or in the
        folder `scenario` of the plan, into which `save` copied them, and nowhere else (the plan's own `sites.csv` is not a
        file of the scenario).

        Parameters
        ----------
        folder : str or pathlib.Path
            Folder that `save` wrote.
        files_from : sequence of str or pathlib.Path, optional
            Other folders whose files its scenario may name.

        Returns
        -------
        Plan
            The plan as it was saved.

        Raises
        ------
        DataError
            The folder has no plan, or one that another version wrote in another format.
        """
        return cls(**read_plan(cls, Path(folder).expanduser(), files_from))
