"""Return the page with the measurements of studies, docs/studies_measured.md.

Every number comes from `sweep.json` and `studies.json` of `benchmarks/`; a missing part is marked as not measured.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FIGURES = HERE.parent / "benchmarks"
HEAD = "# Measurements of studies\n\nGenerated from `benchmarks/sweep.json` and `benchmarks/studies.json`; see [studies](studies.md)."
TARGET = 0.2
"""Largest CPU time of a re-solve over that of a fresh solve (target)."""

WORDS = {
    "hardware.mfu": "another model-FLOP utilisation",
    "limits.budget.above_least_cost": "another budget",
    "policy.carbon_price_usd_per_t": "another carbon price",
    "limits.max_latency.batch_ms": "another latency limit",
    "demand.it_mw": "another demand",
}
MOST_SITES = 25

type Figures = dict[str, Any]


def read(name: str) -> Figures:
    """Read the figures of one benchmark; empty if it was not run."""
    path = FIGURES / f"{name}.json"
    found: Figures = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def page() -> str:
    """Return the page."""
    parts = [HEAD, *_sweeps(read("sweep")), *_studies(read("studies"))]
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _missing(figures: Figures, parts: Sequence[str]) -> str:
    """Return a sentence on the parts that were not measured yet."""
    left = [f"`{part}`" for part in parts if part not in figures]
    return f" Not measured yet: {', '.join(left)}." if left else ""


def _about(machine: Figures) -> str:
    load, cores = machine["load_when_begun"], machine["cores"]
    busy = load is not None and cores and load > cores
    words = " (the machine was busy: compare ratios and CPU time)" if busy else ""
    return f"{machine['date']}, {machine['processor']}, {cores} cores, load average {load} at the start{words}"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _sweeps(figures: Figures) -> Iterator[str]:
    yield "## Sweeps"
    yield "`python benchmarks/sweep.py` repeats the measurement." + _missing(
        figures, ("overhead", "processes", "dask", "resolves")
    )
    if "overhead" in figures:
        of = figures["overhead"]
        yield _table(
            ("overhead besides preparing and solving: hash, submit, write, read back", "per run"),
            [
                (f"CPU time, {of['runs']:,} runs in one process", f"{of['cpu_ms_a_run']:.1f} ms"),
                ("elapsed time", f"{of['ms_a_run']:.1f} ms"),
                ("elapsed time if the row is stored already", f"{of['ms_a_run_found_again']:.1f} ms"),
                ("memory, from run 100 to the last", f"{of['memory_grown_mb_over_the_last_900']:+.1f} MB in total"),
            ],
        )
        yield _about(of["about"]) + "."
    rows = [
        _scaled(words, figures[part])
        for part, words in (("processes", "processes"), ("dask", "dask cluster"))
        if part in figures
    ]
    if rows:
        yield _table(("workers", "runs", "1 worker", "2 workers", "speed-up", "concurrent runs: 1, 2"), rows)
        yield "`speed-up` is the time of one worker over that of two, start included; `concurrent runs` is time in runs over elapsed time."
        yield _about(figures["processes" if "processes" in figures else "dask"]["about"]) + "."
    if "resolves" in figures:
        yield from _resolves(figures["resolves"])


def _scaled(words: str, of: Figures) -> tuple[object, ...]:
    one, two = of["1"], of["2"]
    at_once = ", ".join(f"{x['seconds_in_runs'] / x['seconds']:.2f}" for x in (one, two))
    return (
        words,
        one["runs"],
        f"{one['seconds']:.0f} s",
        f"{two['seconds']:.0f} s",
        f"{one['seconds'] / two['seconds']:.2f}",
        at_once,
    )


def _resolves(of: Figures) -> Iterator[str]:
    yield "## Re-solves of the baseline"
    yield (
        f"{of['resolves']} scenarios that differ from the baseline in one figure, to a gap of {of['gap']:g}, in one study and one "
        f"process; {of['fresh']} of them also prepared and solved from scratch. The target ratio is {TARGET:.2f}; the mean over all "
        f"figures is **{of['again_over_fresh']:.2f}**: {'met' if of['again_over_fresh'] <= TARGET else 'missed'}."
    )
    paired = all("fresh_cpu_s_where_both" in f for f in of["by_field"].values())
    basis = (
        "of the scenarios solved both ways." if paired else "of the mean of each, as fewer were solved from scratch."
    )
    yield f"`again / fresh` is a ratio of CPU times {basis}"
    yield _table(
        (
            "changed figure",
            "re-solves",
            "proven",
            "CPU s again",
            "prepare",
            "CPU s fresh",
            "prepare",
            "again / fresh",
        ),
        [
            (
                WORDS.get(path, path),
                f["again"]["questions"],
                f["proven"],
                *(
                    f"{f[way][key] / f[way]['questions']:.2f}"
                    for way in ("again", "fresh")
                    for key in ("cpu_s", "prepare_cpu_s")
                ),
                f"{f['again_over_fresh']:.2f}",
            )
            for path, f in of["by_field"].items()
        ],
    )
    yield _about(of["about"]) + "."


def _studies(figures: Figures) -> Iterator[str]:
    yield "## Frontier and ensemble of the baseline"
    yield "`python benchmarks/studies.py` repeats the measurement." + _missing(figures, ("frontier", "ensemble"))
    if "frontier" in figures:
        of = figures["frontier"]
        yield (
            f"Cost against emissions without the budget, {of['asked_points']} levels, a gap of {of['gap']:g}, {of['time_limit_s']:.0f} s "
            f"a solve: {len(of['points'])} plans, none dominated; {of['levels_settled_without_a_solve']} levels settled without a "
            f"solve, {of['levels_without_a_plan']} without a plan in the time limit; {of['cpu_seconds']:.0f} s of CPU time in total."
        )
        yield _table(
            ("USD/EFLOP", "gCO2e/EFLOP", "gap", "status", "sites", "s"),
            [
                (
                    f"{p['cost_usd_per_eflop']:.3f}",
                    f"{p['emissions_g_per_eflop']:.1f}",
                    "-" if p["gap"] is None else f"{p['gap']:.2%}",
                    p["status"],
                    p["sites"],
                    f"{p['seconds']:.0f}",
                )
                for p in of["points"]
            ],
        )
        yield _about(of["about"]) + "."
    if "ensemble" in figures:
        yield from _ensemble(figures["ensemble"])


def _ensemble(of: Figures) -> Iterator[str]:
    low, mid, high = (of["objective"][q] for q in ("0.05", "0.5", "0.95"))
    status = ", ".join(f"{n} {word}" for word, n in of["status"].items())
    yield (
        f"{of['samples']} draws of the baseline's uncertain inputs (seed {of['seed']}, gap {of['gap']:g}): {status}. The best plan has "
        f"{mid:.1f} {of['unit']} in the median, {low:.1f} to {high:.1f} in nine of ten. The plan at central figures is worse than the best "
        f"by {of['regret_share']['mean']:.2%} on average and {of['regret_share']['largest']:.2%} at most (within the "
        f"gaps of both). {of['cpu_seconds']:.0f} s of CPU time in total."
    )
    shown = of["sites"][:MOST_SITES]
    yield _table(
        ("site", "chosen in", "standard error", "mean MW IT where chosen", "in the plan"),
        [
            (
                s["name"],
                f"{s['chosen_share']:.0%}",
                f"{s['standard_error']:.0%}",
                f"{s['mean_it_mw']:.0f}",
                "yes" if s["in_plan"] else "no",
            )
            for s in shown
        ],
    )
    left = len(of["sites"]) - len(shown)
    yield (f"{left} more sites are chosen less often. " if left else "") + _about(of["about"]) + "."
