"""A sweep in sentences and as a table with names of sites."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.errors import listed
from siting.kpis import field
from siting.show.text.site_text import counted
from siting.study.changes.scenario_words import in_words, label_of

if TYPE_CHECKING:
    from siting.study.runs.sweep import Sweep

SHOWN = ("emissions_g_per_eflop", "cost_usd_per_eflop", "emissions_t_per_year", "cost_usd_per_year", "n_sites")
"""KPIs of a run in its table; the store has all."""
EMISSIONS, COST = "emissions_g_per_eflop", "cost_usd_per_eflop"
DIGITS = 6
"""Significant digits of a KPI, about those that the default gap leaves known."""
NAMED = 6
"""Sites or runs named in one sentence."""
SAME = 1e-4
"""Relative difference of emissions below which runs are the same: the default gap."""


def runs_in_words(found: "Sweep", names: Mapping[str, str]) -> pd.DataFrame:
    """Return a row for each run: what varied, the status, KPIs, and the sites by name with their IT power [MW].

    Parameters
    ----------
    found : Sweep
        As `siting.sweep` returns it.
    names : mapping of str to str
        Names of sites by id.
    """
    runs, cells = found.table, dict[str, list[Any]]()
    for path in found.paths:
        cells[label_of(path).heading()] = [in_words(v, path.rpartition(".")[2], names) for v in runs[path]]
    cells["status"] = [str(s).replace("_", " ") for s in runs["status"]]
    for kpi in SHOWN:
        values = runs[kpi] if kpi == "n_sites" else [float(f"{v:.{DIGITS}g}") for v in runs[kpi].astype(float)]
        cells["sites" if kpi == "n_sites" else field(kpi).heading()] = list(values)
    cells["sites and their IT power [MW]"] = [
        ", ".join(f"{names.get(s, s)} {mw:,.0f}" for s, mw in _by_size(ids, power))
        for ids, power in zip(runs["sites"], runs["sites_it_mw"], strict=True)
    ]
    return pd.DataFrame(cells)


def _by_size(ids: Sequence[str] | None, power: Sequence[float] | None) -> list[tuple[str, float]]:
    if ids is None or power is None:
        return []
    return sorted(zip(ids, power, strict=True), key=lambda pair: -pair[1])


def run_labels(found: "Sweep", names: Mapping[str, str]) -> list[str]:
    """Return the values of each run as one text, for sentences and pictures."""
    heads = {path: label_of(path) for path in found.paths}
    return [
        ", ".join(
            " ".join(x for x in (heads[p].label, in_words(v, p.rpartition(".")[2], names), heads[p].unit) if x)
            for p, v in zip(found.paths, row, strict=True)
        )
        for row in found.table[list(found.paths)].itertuples(index=False)
    ]


def sweep_sentences(found: "Sweep", names: Mapping[str, str]) -> list[str]:
    """Return a sweep in sentences: the range of emissions, which sites every run builds, and where the sites change.

    Parameters
    ----------
    found, names
        As for `runs_in_words`.
    """
    runs, labels = found.table, run_labels(found, names)
    by_status = runs["status"].value_counts()
    counts = ", ".join(f"{n} {str(status).replace('_', ' ')}" for status, n in by_status.items())
    sentences = [f"{counted(len(runs), 'run')} over {listed(label_of(p).label for p in found.paths)}: {counts}."]
    solved = [i for i, known in enumerate(runs["objective"].notna()) if known]
    if not solved:
        return [*sentences, "No run has a plan: relax a limit or raise the time limit."]
    return [
        *sentences,
        *_range(runs, labels, solved),
        *_shared(runs, names, solved),
        *_without_effect(found),
        *_moves(runs, labels, names, solved),
    ]


def _range(runs: pd.DataFrame, labels: Sequence[str], solved: Sequence[int]) -> list[str]:
    """Return the least and the largest emissions per compute, with the cost of each."""
    emissions, kpi, cost = runs[EMISSIONS].iloc[list(solved)].astype(float), field(EMISSIONS), field(COST)
    low, high = (solved[int(i)] for i in (np.argmin(emissions), np.argmax(emissions)))
    least, most = float(emissions.min()), float(emissions.max())
    if most - least <= SAME * abs(most):
        return [f"All runs with a plan emit {kpi.write(least)} {kpi.unit}."]
    return [
        f"{kind} {kpi.label}: {kpi.write(value)} {kpi.unit} at {cost.write(runs[COST].iloc[i])} {cost.unit} ({labels[i]})."
        for kind, i, value in (("Least", low, least), ("Largest", high, most))
    ]


def _shared(runs: pd.DataFrame, names: Mapping[str, str], solved: Sequence[int]) -> list[str]:
    """Return the sites that all runs build, and how often the others are built."""
    built = [list(map(str, runs["sites"].iloc[i])) for i in solved]
    often = Counter(s for one in built for s in one).most_common()
    always = [names.get(s, s) for s, n in often if n == len(built)]
    others = [f"{names.get(s, s)} in {n}" for s, n in often if n < len(built)]
    if not others:
        return [f"Every run with a plan builds the same sites: {listed(always, most=NAMED)}."]
    every = f"Every run with a plan builds {listed(always, most=NAMED)}; " if always else "No site is in every run; "
    return [f"{every}of {len(built)} runs, {listed(others, most=NAMED)}."]


def _without_effect(found: "Sweep") -> list[str]:
    """Return the values on which no choice of sites depends, where others vary too."""
    runs, idle = found.table[found.table["objective"].notna()], []
    sites = runs["sites"].map(lambda ids: ", ".join(sorted(map(str, ids))))
    for path in found.paths if len(found.paths) > 1 and len(set(sites)) > 1 else ():
        others = [p for p in found.paths if p != path]
        if len(set(runs[path])) > 1 and sites.groupby([runs[p].astype(str) for p in others]).nunique().max() == 1:
            idle.append(label_of(path).label)
    return [f"The sites do not depend on {listed(idle, ' and ')}."] if idle else []


def _moves(runs: pd.DataFrame, labels: Sequence[str], names: Mapping[str, str], solved: Sequence[int]) -> list[str]:
    """Return between which runs, in the order of the design, the sites change; of the first changes only."""
    built = {int(i): set(map(str, runs["sites"].iloc[i])) for i in solved}
    steps = [(a, b) for a, b in pairwise(built) if built[a] != built[b]]
    found = []
    for a, b in steps[:NAMED]:
        added = listed((names.get(s, s) for s in sorted(built[b] - built[a])), most=NAMED)
        dropped = listed((names.get(s, s) for s in sorted(built[a] - built[b])), most=NAMED)
        parts = [f"adds {added}"] if added else []
        parts += [f"drops {dropped}"] if dropped else []
        found.append(f"{labels[b]} {' and '.join(parts)}, against {labels[a]}.")
    more = len(steps) - len(found)
    return [*found, *([f"The sites change {more} times more; the table has them."] if more > 0 else [])]
