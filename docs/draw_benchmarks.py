"""Draw the gap over time and the scaling for the page on benchmarks; called by `build_benchmarks.py`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")
from matplotlib import pyplot as plt

IMAGES = Path(__file__).parent / "images"
PROVEN = 1e-4
"""Requested gap of the siting model [-]."""

type Figures = dict[str, Any]


def draw(traces: Sequence[Figures], grown: Sequence[Figures]) -> None:
    """Draw the gap over time, and the growth where more than one size was measured."""
    _gap(traces)
    if len(grown) > 1:
        _growth(grown)


def _gap(traces: Sequence[Figures]) -> None:
    figure, axes = plt.subplots(figsize=(7.5, 4.5), layout="constrained")
    for one in traces:
        who = {"highs": "HiGHS"}.get(one["solver"], one["solver"])
        seconds = [m["cpu_seconds"] for m in one["moments"]]
        gaps = [max(100 * m["gap"], 1e-5) for m in one["moments"]]
        style = "--" if one["solver"] == "highs" else "-"
        axes.step(seconds, gaps, style, where="post", label=f"{one['instance']} ({who})")
    axes.set(xscale="log", yscale="log", xlabel="processor time [s]", ylabel="proven gap [%]", ylim=(1e-4, 150))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(IMAGES / "benchmarks-gap.png", dpi=120)
    plt.close(figure)


def _growth(runs: Sequence[Figures]) -> None:
    figure, pair = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    sites = [r["sites"] for r in runs]
    for side, values, label in (
        (pair[0], [r["cpu_seconds"] for r in runs], "processor time [s]"),
        (pair[1], [r["peak_memory_mb"] for r in runs], "peak memory [MB]"),
    ):
        side.plot(sites, values, "-", color="0.6")
        for met, fill, words in ((True, "C0", "proven to 1e-4"), (False, "none", "stopped by the time limit")):
            chosen = [
                (s, v)
                for s, v, r in zip(sites, values, runs, strict=True)
                if (r["gap"] is not None and r["gap"] <= PROVEN) is met
            ]
            if chosen:
                side.plot(*zip(*chosen, strict=True), "o", color="C0", markerfacecolor=fill, label=words)
        side.set(xscale="log", yscale="log", xlabel="candidates", ylabel=label)
        side.grid(alpha=0.3, which="both")
    pair[0].legend()
    figure.savefig(IMAGES / "benchmarks-growth.png", dpi=120)
    plt.close(figure)
