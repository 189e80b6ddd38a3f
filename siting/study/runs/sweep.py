"""Sweep over many scenarios, one row each in a store: on all cores or on a cluster, resumable without repeating a run."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.errors import ScenarioError, brief, listed
from siting.progress_bar import Progress, shows_progress
from siting.scenario.scenario import Scenario
from siting.study.runs.fingerprint import input_digests, key_of
from siting.study.runs.job import COLUMNS, Job, Settings, column_kinds
from siting.study.runs.store import Header, Store, read_store, solver_version, versions
from siting.study.runs.vary import Design, Vary, design_of
from siting.study.runs.workers import cores, here, in_processes

if TYPE_CHECKING:
    import pandas as pd
    from distributed import Client

Row = dict[str, Any]


@dataclass(frozen=True)
class Sweep:
    """Results of a sweep.

    Attributes
    ----------
    folder : pathlib.Path
        The store.
    paths : tuple of str
        Paths that vary.
    table : pandas.DataFrame
        One row per run, in the order of the design: the values that varied, then status, KPIs, `sites` with their
        `sites_it_mw`, `seconds`, and the versions. A run that failed has its `error`.
    ran, found : int
        Number of runs of this call, and of runs found in the store.
    earlier : pathlib.Path or None
        File with the rows of earlier runs, where the content of an input file has changed since.
    scenario : Scenario or None
        The scenario that was varied; None where the store was read.
    """

    folder: Path
    paths: tuple[str, ...]
    table: "pd.DataFrame"
    ran: int
    found: int
    earlier: Path | None = None
    scenario: Scenario | None = None

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        status = self.table["status"].value_counts()
        return brief("Sweep", f"{len(self)} runs over {listed(self.paths)}", *(f"{n} {s}" for s, n in status.items()))

    def _repr_html_(self) -> str:
        from siting.show.notebook.cards import sweep_card
        from siting.study.map_data import candidate_points

        return sweep_card(self, candidate_points(self.scenario))


@shows_progress("runs of the sweep")
def sweep(
    scenario: Scenario,
    vary: Vary,
    *,
    scheduler: "str | Client | None" = None,
    store: str | Path = "sweep",
    workers: int | None = None,
    time_limit_s: float | None = 60.0,
    gap: float = 1e-4,
    solver: str = "highs",
    from_the_last: bool = True,
    progress: Progress = None,
) -> Sweep:
    """Solve a scenario many times with other values, and store one row per run.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    vary : mapping or sequence of mapping
        Dotted paths to values, for every combination: ``{"demand.it_mw": [100, 300], "limits.site_count.max":
        [4, 8]}``; inside `limits` the second part is the kind. Or a list of runs, each path to value; see
        `siting.latin_hypercube`.
    scheduler : str or distributed.Client or None, optional
        Address of a dask scheduler, or a client of one; this machine if none is given.
    store : str or pathlib.Path, optional
        Folder of the store. Finished runs in it are not repeated.
    workers : int or None, optional
        Processes on this machine; one per core by default, 1 for this process.
    time_limit_s, gap, solver : float or None, float, str
        As in `siting.solve`, for each run.
    from_the_last : bool, optional
        Whether a run uses the previous plan of its process as warm start. The proof is the same; which of two
        equally good plans is found may depend on the order of the runs.
    progress : bool or callable, optional
        False for no progress bar; a function is called in its place with how many runs are done, of how many, and the row
        that was just finished (None at the start).

    Returns
    -------
    Sweep
        The table.

    Raises
    ------
    ScenarioError
        An unknown path, or nothing to vary.
    StudyError
        A store, a scheduler or workers that cannot be used.

    Examples
    --------
    >>> import siting as st, tempfile
    >>> scenario = st.Scenario(name="one", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     runs = sweep(scenario, {"hardware.mfu": [0.3, 0.6]}, store=folder + "/mfu", workers=1, gap=0.01)
    >>> low, high = runs.table["emissions_g_per_eflop"]
    >>> bool(low > 1.9 * high)
    True
    """
    design = design_of(scenario, vary)
    check_hands(scheduler, workers)
    settings = Settings(solver, gap, time_limit_s, from_the_last)
    header = header_of("sweep", scenario, column_kinds(design, design.paths), settings)
    keys, done = [key_of(scenario, values) for values in design], 0
    total = len(set(keys))
    with Store(store, header) as opened:
        known = opened.keys()
        before = len(known & set(keys))
        rows = runs_of(_jobs(scenario, design, keys, settings, known), scheduler, workers, total - before)
        if callable(progress):
            progress(before, total, None)
        with closing(rows):  # Ctrl-C here ends the workers at once, not when the traceback is forgotten
            for row in rows:
                opened.append(_cells(row, header))
                done += 1
                if callable(progress):
                    progress(before + done, total, row)
        table = opened.rows().set_index("key").loc[keys].reset_index()[list(header.columns)]
    return Sweep(Path(store), design.paths, _with_versions(table, header), done, before, opened.earlier, scenario)


def read_sweep(store: str | Path) -> Sweep:
    """Read the finished runs of a sweep in the order of their start; it may still run.

    Raises
    ------
    StudyError
        No store there, or a damaged one.
    """
    header, rows = read_store(store)
    paths = tuple(c for c in header.columns if c not in COLUMNS)
    table = rows.sort_values("started_utc", ignore_index=True, kind="stable")
    return Sweep(Path(store), paths, _with_versions(table, header), 0, len(table))


def header_of(kind: str, scenario: Scenario, varied: dict[str, str], settings: Settings) -> Header:
    """Return the header of a store of runs.

    Raises
    ------
    ScenarioError
        A path with the name of a column of the results.
    """
    clash = sorted(set(varied) & set(COLUMNS))
    if clash:
        raise ScenarioError(f"`{listed(clash)}` cannot vary under that name")
    of_solver = versions() | solver_version(settings.solver)
    return Header(kind, {**varied, **COLUMNS}, asdict(settings), of_solver, input_digests(scenario))


def check_hands(scheduler: "str | Client | None", workers: int | None) -> None:
    """Raise for workers below 1, or for both workers and a scheduler.

    Raises
    ------
    ScenarioError
        Either.
    """
    if workers is not None and (workers < 1 or scheduler is not None):
        raise ScenarioError(
            f"`workers` is {workers}: give 1 or more processes of this machine, and none with a `scheduler`"
        )


def runs_of(
    jobs: Iterator[Job], scheduler: "str | Client | None", workers: int | None, total: int
) -> Generator[Row, None, None]:
    """Do runs on a cluster, in processes or here."""
    if scheduler is not None:
        from siting.study.runs.cluster import on_cluster

        return on_cluster(jobs, scheduler)
    n = min(workers or cores(), total)
    return here(jobs) if n <= 1 else in_processes(jobs, n)


def _jobs(
    scenario: Scenario, design: Design, keys: Sequence[str], settings: Settings, known: set[str]
) -> Iterator[Job]:
    """Yield the runs that are not in the store, each scenario once."""
    handed_out = set(known)
    for key, values in zip(keys, design, strict=True):
        if key not in handed_out:
            handed_out.add(key)
            yield Job(key, scenario, values, settings)


def _cells(row: Row, header: Header) -> Row:
    """Return a row with text where its column is text."""
    return {
        c: str(row[c]) if kind == "text" and row.get(c) is not None else row.get(c)
        for c, kind in header.columns.items()
    }


def _with_versions(table: "pd.DataFrame", header: Header) -> "pd.DataFrame":
    """Add the versions and settings of the store's header to all rows."""
    stated = {f"version_{k}": v for k, v in header.versions.items()}
    return table.assign(**stated, solver=header.settings["solver"], gap_asked=header.settings["gap"])
