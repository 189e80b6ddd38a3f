"""Ensemble: the scenario solved at many draws of its uncertain inputs, each to proven optimality."""

import hashlib
from collections.abc import Collection
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from siting.errors import InfeasibleError, UnprovenError, brief
from siting.plan.plan import Plan
from siting.problem.problem import Problem
from siting.problem.rows import Rows
from siting.progress_bar import Progress, shows_progress
from siting.scenario.scenario import Scenario
from siting.solver.warm_start import start_values
from siting.study.runs.fingerprint import scenario_hash
from siting.study.runs.job import Job, Settings, row_of
from siting.study.runs.store import Store
from siting.study.runs.sweep import check_hands, header_of, runs_of
from siting.study.session import Study, solve_from
from siting.study.uncertainty.draws import DEMAND, ROUND_TRIPS, Drawn, Draws, inputs_of_problem
from siting.study.uncertainty.inputs import HELD

if TYPE_CHECKING:
    from distributed import Client

Row = dict[str, Any]
EXTRA = {"sample": "number", "plan_objective": "number", "plan_status": "text"}
"""Columns of an ensemble's rows before those of every run."""


@dataclass(frozen=True)
class Ensemble:
    """Results of an ensemble.

    Attributes
    ----------
    plan : Plan
        The plan at the planner's own figures.
    inputs : pandas.DataFrame
        What was drawn: `low`, `mid`, `high`, `shape`, `correlation`, `source`, `quality`; `held` where it was not.
    table : pandas.DataFrame
        A row a sample: `objective` and `bound` of the best plan there, `plan_objective` of the plan that is held,
        `regret` (how much worse it is), `plan_status` (`infeasible` where the plan's sites and halls cannot serve the demand),
        `sites`.
    sites : pandas.DataFrame
        A row a site that is chosen in any sample: `chosen_share` with its standard error, `mean_it_mw` where it is
        chosen, `in_plan`.
    draws : Draws
        The coefficients, for `siting.robust`.
    unit : str
        Unit of objectives and regrets.
    """

    plan: Plan
    inputs: pd.DataFrame
    table: pd.DataFrame
    sites: pd.DataFrame
    draws: Draws
    unit: str

    def __repr__(self) -> str:
        often = [
            f"{name} in {p:.0%}" for name, p in self.sites[["name", "chosen_share"]].head(5).itertuples(index=False)
        ]
        return brief(f"Ensemble of {self.plan.name!r}", f"{len(self.table)} samples", *often)

    def _repr_html_(self) -> str:
        from siting.show.notebook.cards import ensemble_card
        from siting.study.map_data import candidate_points

        return ensemble_card(self, candidate_points(self.plan.scenario))

    @property
    def solved(self) -> pd.DataFrame:
        """Samples with a plan."""
        return self.table[self.table["objective"].notna()]

    @property
    def fails_share(self) -> float:
        """Share of the samples in which the plan's own sites and halls cannot serve the demand."""
        return float((self.table["plan_status"] == "infeasible").mean())


@shows_progress("samples of the ensemble")
def ensemble(
    scenario: Scenario,
    samples: int = 200,
    seed: int = 1,
    *,
    scheduler: "str | Client | None" = None,
    store: str | Path = "ensemble",
    workers: int | None = None,
    hold: Collection[str] = HELD,
    demand: tuple[float, float] | None = None,
    latency: tuple[float, float] | None = None,
    time_limit_s: float | None = 60.0,
    gap: float = 1e-4,
    solver: str = "highs",
    progress: Progress = None,
) -> Ensemble:
    """Solve the scenario at many draws of its uncertain inputs.

    Limits are evaluated at the planner's own figures: a budget is the same sum in every sample. Draws change the
    objective; draws of demand and round trips change the constraints as well.

    Parameters
    ----------
    scenario : Scenario
        The scenario; all of its demand is to be served.
    samples : int
        How many draws.
    seed : int
        The same seed gives the same draws.
    scheduler, store, workers, time_limit_s, gap, solver, progress
        As in `siting.sweep`; a sample in the store is not solved again.
    hold : collection of str
        Inputs that are not drawn.
    demand, latency : (float, float) or None, optional
        Least and largest factor on the demand, and on all round trips. No source gives an interval, so they are
        held unless one is given.

    Returns
    -------
    Ensemble
        Frequency of each site, and the regret of the plan.

    Raises
    ------
    ScenarioError
        An input that does not exist, an interval that is not valid, an elastic demand.
    InfeasibleError, UnprovenError
        The scenario itself has no plan, or none was found in the time limit.
    StudyError
        As in `siting.sweep`.

    Examples
    --------
    >>> import siting as st, tempfile
    >>> scenario = st.Scenario(name="one", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = ensemble(scenario, samples=4, store=folder + "/e", workers=1, gap=0.01)
    >>> bool((found.table["regret"] >= -0.01 * found.table["objective"]).all())
    True
    """
    check_hands(scheduler, workers)
    settings = Settings(solver, gap, time_limit_s, from_the_last=False)
    study = Study(time_limit_s=time_limit_s, gap=gap, solver=solver)
    problem = study.prepare(scenario)
    wide = study.prepare(_widest(scenario, problem, demand, latency))
    draws = Draws.of(replace(wide, scenario=scenario), inputs_of_problem(wide, demand, latency), samples, seed, hold)
    header = header_of("ensemble", scenario, EXTRA, settings)
    drawn = repr([asdict(x) for x in draws.inputs]) + repr((seed, sorted(hold)))
    key = hashlib.sha256(f"{scenario_hash(scenario)} {drawn}".encode()).hexdigest()[:20]
    with Store(store, header) as opened:
        plan = _plan_of(study, problem)
        known = opened.keys()
        jobs = [
            _Sample(f"{key}-{k}", scenario, {"sample": k}, settings, draws.at(k), plan, draws.question(scenario, k))
            for k in range(samples)
        ]
        before = sum(j.key in known for j in jobs)
        if callable(progress):
            progress(before, samples, None)
        left = (j for j in jobs if j.key not in known)
        with closing(runs_of(left, scheduler, workers, samples - before)) as rows_left:
            for done, row in enumerate(rows_left, before + 1):
                opened.append(row)
                if callable(progress):
                    progress(done, samples, row)
        rows = opened.rows().set_index("key").loc[[j.key for j in jobs]].reset_index()
    sign = -1.0 if scenario.minimise.maximise else 1.0
    table = rows.assign(regret=sign * (rows["plan_objective"] - rows["objective"]))
    inputs = pd.DataFrame([asdict(x) for x in draws.inputs]).set_index("name")
    inputs = inputs.assign(held=inputs.index.isin(list(hold)))
    return Ensemble(plan, inputs, table, _frequency(table, plan, wide), draws, plan.proof.unit)


def _widest(
    scenario: Scenario, problem: Problem, demand: tuple[float, float] | None, latency: tuple[float, float] | None
) -> Scenario:
    """Return the scenario that has every option that any draw may build."""
    if demand is None and latency is None:
        return scenario
    ends = {DEMAND: np.array([demand[1] if demand else 1.0]), ROUND_TRIPS: np.array([latency[0] if latency else 1.0])}
    return Draws(problem, (), ends).question(scenario, 0)


def _plan_of(study: Study, problem: Problem) -> Plan:
    plan = study.solve(problem)
    if plan.status == "infeasible":
        raise InfeasibleError(
            f"no plan of `{plan.name}` meets its limits: run `siting diagnose` to see the conflicting limits"
        )
    if plan.objective is None:
        raise UnprovenError(
            f"no plan of `{plan.name}` was found in the time limit ({plan.status}): raise `time_limit_s`"
        )
    return plan


@dataclass(frozen=True)
class _Sample(Job):
    """One draw to solve."""

    drawn: Drawn
    plan: Plan
    changed: Scenario

    def answer(self, study: Study) -> Row:
        """Return the best plan at this draw, and the value of the held plan there."""
        problem = study.prepare(self.changed)
        there = replace(problem, scenario=self.changed.model_copy(update={"minimise": self.drawn}))
        same = self.changed is self.scenario or self.changed == self.scenario
        least = self.plan.proof.least_cost_usd_per_year if same else None
        solved = self._solve(there, [], least)
        held = self._at_the_same_loads(there) if same else self._with_loads_solved(there, solved)
        return row_of(solved) | held

    def _at_the_same_loads(self, problem: Problem) -> Row:
        """Return the plan's own value: its constraints are the same, so that no solve is needed."""
        value = self.drawn.linear(problem).value(start_values(problem, self.plan))
        per = self.drawn.per(problem)
        value = self.drawn.in_unit(problem, value / (1.0 if per is None else per.constant))
        return {"plan_objective": value, "plan_status": self.plan.status}

    def _with_loads_solved(self, problem: Problem, solved: Plan) -> Row:
        """Solve with the plan's sites and halls fixed, since demand or round trips differ."""
        values = start_values(problem, self.plan)
        built = float(self.plan.sites["halls"].sum())
        if values["halls"].sum() < built:  # a site without an arc here, or with a lower cap
            return {"plan_objective": None, "plan_status": "infeasible"}
        n = len(problem.options)
        halls = {"halls": sparse.csr_array(sparse.eye_array(n, format="csr"))}
        rows = Rows("held", list(problem.options["label"]), halls, "==", values["halls"], "halls")
        try:
            held = self._solve(problem, [rows], solved.proof.least_cost_usd_per_year)
        except InfeasibleError:
            return {"plan_objective": None, "plan_status": "infeasible"}
        return {"plan_objective": held.objective, "plan_status": held.status}

    def _solve(self, problem: Problem, rows: list[Rows], least_usd: float | None) -> Plan:
        """Solve from the held plan, with further rows and the least cost where it is known."""
        s = self.settings
        return solve_from(
            problem, rows, self.plan, least_cost_usd_per_year=least_usd, time_limit_s=s.time_limit_s, gap=s.gap, solver=s.solver
        )  # fmt: skip


def _frequency(table: pd.DataFrame, plan: Plan, problem: Problem) -> pd.DataFrame:
    """Return how often each site is chosen, most often first."""
    solved = table[table["objective"].notna()]
    sites, it_mw = ([x for of_run in solved[c] for x in of_run] for c in ("sites", "sites_it_mw"))
    chosen = pd.DataFrame({"site": sites, "it_mw": it_mw}).groupby("site")["it_mw"].agg(["size", "mean"])
    n = max(len(solved), 1)
    share = chosen["size"] / n
    names = problem.sites.set_index("id")[["name", "country"]]
    found = names.join(share.rename("chosen_share"), how="right").assign(
        standard_error=np.sqrt(share * (1 - share) / n),
        mean_it_mw=chosen["mean"],
        in_plan=chosen.index.isin(list(plan.sites["id"])),
    )
    order = ["chosen_share", "mean_it_mw", "site"]
    return found.rename_axis("site").reset_index().sort_values(order, ascending=[False, False, True], ignore_index=True)
