"""One run of a study: a scenario, and its plan or its error as one row."""

import json
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from siting.errors import InfeasibleError, SitingError
from siting.kpis import KPIS
from siting.scenario.scenario import Scenario
from siting.solver.settings import require_settings
from siting.study.runs.scenario_paths import with_values
from siting.study.session import Study

if TYPE_CHECKING:
    from siting.plan.plan import Plan

RUN_KPIS = tuple(k.name for k in KPIS.values() if not k.by_market and k.name != "sites")
"""KPIs of a plan that a row holds, as numbers."""

COLUMNS: Mapping[str, str] = {
    "key": "text",
    "status": "text",
    "error": "text",
    "objective": "number",
    "bound": "number",
    "gap": "number",
    "unit": "text",
    **dict.fromkeys(RUN_KPIS, "number"),
    "n_sites": "integer",
    "sites": "texts",
    "sites_it_mw": "numbers",
    "sites_halls": "numbers",
    "sites_cooling": "texts",
    "seconds": "number",
    "prepare_seconds": "number",
    "started_utc": "text",
}
"""Columns of every row after those that vary, and their types in a store."""


@dataclass(frozen=True)
class Settings:
    """Solve options of every run of a study.

    Attributes
    ----------
    solver : str
        Any PuLP solver.
    gap : float
        Relative gap at which a plan counts as optimal [0-1].
    time_limit_s : float or None
        Wall-clock limit of a run [s].
    from_the_last : bool
        Whether a run starts from the plan that the same process found before it.
    """

    solver: str = "highs"
    gap: float = 1e-4
    time_limit_s: float | None = 60.0
    from_the_last: bool = True

    def __post_init__(self) -> None:
        """Check the options, so that a study refuses them before its first run."""
        require_settings(self.time_limit_s, self.gap, self.solver)


@dataclass(frozen=True)
class Job:
    """One run to do: the scenario, the values that vary, how to solve it."""

    key: str
    scenario: Scenario
    values: Mapping[str, Any]
    settings: Settings

    def answer(self, study: Study) -> dict[str, Any]:
        """Return the cells of its plan."""
        clock = time.perf_counter()
        problem = study.prepare(with_values(self.scenario, self.values))
        took = time.perf_counter() - clock
        return row_of(study.solve(problem, progress=False)) | {"prepare_seconds": took}


@lru_cache(maxsize=4)
def _study_of(_thread: int, settings: Settings) -> Study:
    """Return the session of a worker's thread: its cached inputs serve the next run of the same thread only."""
    return Study(
        time_limit_s=settings.time_limit_s,
        gap=settings.gap,
        solver=settings.solver,
        from_the_last=settings.from_the_last,
    )


def run(job: Job) -> dict[str, Any]:
    """Do one run; an error of the run becomes its row.

    Parameters
    ----------
    job : Job
        The run.

    Returns
    -------
    dict
        A row of a store: the values that vary, and `COLUMNS`.
    """
    started, clock = time.time(), time.perf_counter()
    row: dict[str, Any] = {k: as_cell(v) for k, v in job.values.items()}
    row |= {"key": job.key, "started_utc": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started))}
    study = _study_of(threading.get_ident(), job.settings)
    try:
        row |= job.answer(study)
    except InfeasibleError as error:
        row |= {"status": "infeasible", "error": str(error)}
    except Exception as error:
        text = str(error) if isinstance(error, SitingError) else f"{type(error).__name__}: {error}"
        row |= {"status": "error", "error": text}
    return row | {"seconds": time.perf_counter() - clock}


def row_of(plan: "Plan") -> dict[str, Any]:
    """Return a plan as the cells of a row."""
    sites = plan.sites
    return {
        "status": plan.status,
        "objective": plan.objective,
        "bound": plan.bound,
        "gap": plan.gap,
        "unit": plan.proof.unit,
        **{k: float(plan.kpis[k]) for k in RUN_KPIS if k in plan.kpis},
        "n_sites": len(sites),
        "sites": [str(s) for s in sites["id"]],
        "sites_it_mw": [float(v) for v in sites["it_mw"]],
        "sites_halls": [float(v) for v in sites["halls"]],
        "sites_cooling": [str(c) for c in sites["cooling"]],
    }


def as_cell(value: Any) -> float | str | None:
    """Return a value that varies as a cell: numbers as they are, anything else as JSON."""
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return None if value is None else float(value)
    return value if isinstance(value, str) else json.dumps(value, default=str)


def column_kinds(runs: Iterable[Mapping[str, Any]], paths: Sequence[str]) -> dict[str, str]:
    """Return the type in a store of each path: a number where all its values are."""
    kinds = dict.fromkeys(paths, "number")
    for run_ in runs:
        for path in paths:
            value = as_cell(run_[path])
            if value is not None and not isinstance(value, float):
                kinds[path] = "text"
    return kinds
