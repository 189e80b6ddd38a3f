"""Sites built in each of many runs, as one table: a row for each run, a column for each site."""

from typing import TYPE_CHECKING

import pandas as pd

from siting.errors import StudyError

if TYPE_CHECKING:
    from siting.study.runs.sweep import Sweep
    from siting.study.uncertainty.ensemble import Ensemble


def site_heat(found: "Sweep | Ensemble") -> pd.DataFrame:
    """Return the IT power of every site in every run that has a plan [MW].

    Parameters
    ----------
    found : Sweep or Ensemble
        Results of many runs.

    Returns
    -------
    pandas.DataFrame
        A row for each run, named by the values that vary; a column for each site, the largest over all runs first;
        NaN if it is not built, 0 if it is built and idle.

    Raises
    ------
    StudyError
        No run has a plan.

    Examples
    --------
    >>> import siting as st, tempfile
    >>> scenario = st.Scenario(name="one", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     runs = st.sweep(scenario, {"demand.it_mw": [60, 90]}, store=folder + "/s", workers=1, gap=0.01)
    >>> site_heat(runs).sum(axis=1).round().tolist()
    [60.0, 90.0]
    """
    paths = getattr(found, "paths", ("sample",))
    solved = found.table[found.table["objective"].notna()]
    if solved.empty:
        raise StudyError("no run has a plan, so there are no sites: relax a limit or raise the time limit")
    names = [
        ", ".join(f"{p.split('.')[-1]} {_short(v)}" for p, v in zip(paths, row, strict=True))
        for row in solved[list(paths)].itertuples(index=False)
    ]
    rows = [dict(zip(s, mw, strict=True)) for s, mw in zip(solved["sites"], solved["sites_it_mw"], strict=True)]
    heat = pd.DataFrame(rows, index=pd.Index(names, name="run"), dtype=float)
    return heat[heat.sum().sort_values(ascending=False, kind="stable").index]


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
