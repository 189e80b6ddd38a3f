"""Return the page on benchmarks, docs/benchmarks.md; as a script, draw its charts (`make figures`).

Every number comes from `locate.json`, `rivals.json`, `over_time.json`, `growth.json` and, for the siting model,
`programme.json` of `benchmarks/`; a missing part is marked as not measured. Each target is shown with the measured value.
"""

import json
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.runner import Measured, Row, cells

HERE = Path(__file__).parent
FIGURES = HERE.parent / "benchmarks"
MOMENTS_S = (1, 2, 5, 10, 25, 60, 120)
SMALLEST = 100
"""Facilities of the published p-medians without a target ratio: they end in hundredths of a second."""

type Figures = dict[str, Any]

HEAD = """# Benchmarks

Time to a proof, compared with other programs on the same instances in the same run. `make bench` repeats all measurements
of this page, which is generated.

**CPU s** is processor time of one thread: other work on the machine stretches wall-clock time (**s**) but hardly this
one. Ratios are of processor time, of two fresh processes one after the other; `>` marks a rival that was
stopped before its proof. **gap** is the proven gap; all are solved to 1e-6. **MB** is peak memory on top of the
arrays. A solver's own status is not counted; its bound is.
"""

REASONS = {
    "euclid": "The remaining gap is that of the relaxation. On these 3,000 points the bound converges to 0.106 % below the "
    "answer: four times the subgradient steps raise it by less than 0.001 %, and 450 further perturbations find no better answer; "
    "other points, from another seed, keep 0.18 %. Only branching closes it, and branching on sites or on clusters of them "
    "hardly changes the bound. Compiled loops (numba) were measured and dropped: 1.9 times faster in the inner loop, over a second "
    "in every process.",
    "capacitated": "Loose, equal capacities leave many sets of sites with almost equal cost: the bound is "
    "tight at once, and the rest of the time goes into the final integer model on the remaining arcs.",
    "wide": "This instance has capacities and no latency or budget, and is solved to 1e-6, a hundred times tighter.",
    "programme": "Most of the time goes into the last models without arcs, which HiGHS solves again for every region that a plan "
    "left short; with 300 hubs it ended before the last of them. The gap is the one proven by then.",
    "growth": "A run stopped by its time limit gives no information on the time it would need.",
    "rival": "The ratio is smallest where few sites are open (5 or 10): these instances take siting the longest, too.",
    "time": "See the table of the family below.",
}


@dataclass(frozen=True)
class Target:
    """One target and the measured value: `met` is None if it was not measured."""

    target: str
    reached: str
    met: bool | None
    reason: str


def read(name: str) -> Figures:
    """Read the figures of one benchmark; empty if it was not run."""
    path = FIGURES / f"{name}.json"
    found: Figures = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def rows_of(figures: Sequence[Figures]) -> list[Row]:
    """Turn figures into rows."""
    return [
        Row(
            f["family"],
            f["instance"],
            f["optimum"],
            Measured(**f["ours"]),
            None if f["rival"] is None else Measured(**f["rival"]),
        )
        for f in figures
    ]


def page() -> str:
    """Return the page."""
    return "".join(f"{part.rstrip()}\n\n" for part in _parts()).rstrip() + "\n"


def _parts() -> Iterator[str]:
    locate, rivals, followed, programme = (read(n) for n in ("locate", "rivals", "over_time", "programme"))
    grows = read("growth")
    rows = sorted(rows_of(locate["rows"]), key=lambda row: row.family)
    yield HEAD
    yield _machine(locate["about"])
    yield "## Targets and measured values"
    yield "Targets are in seconds of a quiet machine and are compared with CPU s."
    yield from _targets(rows, followed, rivals, programme)
    yield "## Comparison with HiGHS from plain arrays"
    yield (
        "HiGHS gets the strong formulation as arrays, without a modelling layer, on one thread, and "
        f"{locate['about']['rival_seconds_allowed']:.0f} s; siting has {locate['about']['seconds_allowed']:.0f} s. HiGHS is run "
        "up to a million arcs, and not on larger or similar instances of those that it cannot solve, so that the run takes minutes."
    )
    yield _summary(rows)
    yield "If HiGHS was stopped, the ratio is a lower bound; if siting was stopped, there is none."
    yield _table([cells(row) for row in rows])
    yield "## Comparison with spopt and the textbook model in PuLP"
    yield from _rivals(rivals)
    yield "## The gap over time"
    yield from _over_time(followed)
    yield "## Scaling of points and tables"
    yield from _growth(grows)
    yield "## The siting model and its scaling"
    yield from _programme(programme)


def _machine(about: Figures) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    memory = "memory unknown" if about["memory_mb"] is None else f"{about['memory_mb'] / 1000:.0f} GB"
    busy = about["cores"] and about["load_when_begun"] and about["load_when_begun"] > about["cores"]
    words = " (the machine was busy: wall-clock times and time limits are not meaningful)" if busy else ""
    return (
        f"Measured on {about['date']}: {about['processor']}, {about['cores']} cores, {memory}, {about['system']}; Python "
        f"{about['python']}, {versions}. Load average at the start: {about['load_when_begun']}{words}."
    )


def _table(lines: Sequence[dict[str, str]]) -> str:
    head = list(lines[0])
    rule = ["---"] * len(head)
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, rule, *(list(x.values()) for x in lines)])


# Targets --------------------------------------------------------------------------------------------------------------


def _targets(rows: Sequence[Row], followed: Figures, rivals: Figures, programme: Figures) -> Iterator[str]:
    targets = [
        *_p_median_targets(rows, rivals),
        *_fixed_cost_targets(rows),
        *_euclidean_targets(followed),
        *_programme_targets(programme),
    ]
    words = {True: "yes", False: "**no**", None: "not measured"}
    yield _table([{"target": t.target, "reached": t.reached, "met": words[t.met]} for t in targets])
    missed = dict.fromkeys(t.reason for t in targets if t.met is False)
    if missed:
        yield "Reasons for missed targets:"
        yield "\n".join(f"* {REASONS[reason]}" for reason in missed)


def _cpu(rows: Iterable[Row]) -> list[float]:
    return [row.ours.cpu_seconds for row in rows]


def _least_ratio(ratios: dict[str, float]) -> str:
    """Return the smallest ratio with its instance, and the median."""
    if not ratios:
        return "no rival finished"
    least = min(ratios, key=lambda name: ratios[name])
    return f"smallest {ratios[least]:.0f} ({least}), median {statistics.median(ratios.values()):.0f}"


def _finished(gap: float | None) -> bool:
    return gap is not None and gap <= 2e-6


def _p_median_targets(rows: Sequence[Row], rivals: Figures) -> Iterator[Target]:
    medians = [r for r in rows if r.instance.startswith("pmed")]
    if not medians:
        yield Target("pmed1 to pmed20", "-", None, "time")
        return
    proven, spent = sum(r.proven for r in medians), _cpu(medians)
    yield Target("pmed1 to pmed20: all proven", f"{proven} of {len(medians)}", proven == len(medians), "time")
    median, worst = statistics.median(spent), max(spent)
    reached = f"median {median:.2f} s, worst {worst:.2f} s"
    yield Target("... median under 0.6 s, worst under 15 s", reached, median < 0.6 and worst < 15, "time")
    large = [r for r in medians if int(r.instance[4:]) > 5]
    ratios = {
        r.instance: r.ratio for r in large if r.ratio is not None and r.rival is not None and _finished(r.rival.gap)
    }
    target = f"... beyond {SMALLEST} facilities, where the rival finishes: at least 30 x HiGHS from arrays"
    yield Target(target, _least_ratio(ratios), min(ratios.values()) >= 30 if ratios else None, "rival")
    lines = [x for x in rival_lines(rivals, "spopt") if x["n"] > SMALLEST]
    spopt = {x["instance"]: x["ratio"] for x in lines if x["finished"]}
    stopped = ", ".join(f"{x['instance']} > {x['ratio']:.0f}" for x in lines if not x["finished"])
    reached = _least_ratio(spopt) + (f"; when stopped {stopped}" if stopped else "")
    yield Target("... at least 100 x spopt", reached, min(spopt.values()) >= 100 if spopt else None, "rival")


def _fixed_cost_targets(rows: Sequence[Row]) -> Iterator[Target]:
    large = [r for r in rows if r.instance[:4] in ("capa", "capb", "capc")]
    full = [r for r in large if not r.instance.endswith("_uncapacitated")]
    free = [r for r in large if r.instance.endswith("_uncapacitated")]
    target = "capa, capb, capc with all 12 capacities: proven to 1e-6, each under 60 s"
    if full:
        proven, worst = sum(r.proven for r in full), max(_cpu(full))
        reached = f"{proven} of {len(full)} proven, worst {worst:.1f} s"
        yield Target(target, reached, proven == len(full) == 12 and worst < 60, "capacitated")
    else:
        yield Target(target, "-", None, "capacitated")
    worst_free = max(_cpu(free), default=None)
    reached = (
        "-" if worst_free is None else f"worst {worst_free:.2f} s, {sum(r.proven for r in free)} of {len(free)} proven"
    )
    met = None if worst_free is None else worst_free < 0.5 and all(r.proven for r in free)
    yield Target("... uncapacitated under 0.5 s", reached, met, "time")
    wide = [r for r in rows if r.family == "capacitated, clusters" and r.instance == "1000 x 500"]
    target = "1,000 candidates x 500 demand nodes with capacities: 1e-4 under 30 s"
    for row in wide:
        gap = row.ours.gap
        reached = f"gap {_percent(gap)} at {row.ours.cpu_seconds:.1f} s, when {'proven' if row.proven else 'stopped'}"
        yield Target(target, reached, gap is not None and gap <= 1e-4 and row.ours.cpu_seconds <= 30, "wide")


def _euclidean_targets(followed: Figures) -> Iterator[Target]:
    for name, steps in (
        ("3000 x 3000, p=30", ((10, 1e-3), (120, 3e-4))),
        ("5000 x 5000, p=50", ((25, 1e-2), (120, 1e-3))),
    ):
        one = _trace(followed, name, "siting")
        for seconds, gap in steps:
            target = f"Euclidean {name}: {_percent(gap)} under {seconds} s"
            if one is None:
                yield Target(target, "-", None, "euclid")
                continue
            reached, last = _when(one, gap), one["moments"][-1]["cpu_seconds"]
            best = min(m["gap"] for m in one["moments"] if m["cpu_seconds"] <= seconds)
            words = f"{_percent(best)} by then" if last >= seconds else f"{_percent(best)} at {last:.0f} s (stopped)"
            words += "" if reached is None else f"; {_percent(gap)} at {reached:.1f} s"
            yield Target(target, words, reached is not None and reached <= seconds, "euclid")
        if one is not None and name.startswith("5000") and one["megabytes"] is not None:
            yield Target(
                "... under 700 MB", f"{one['megabytes']:.0f} MB, entire process", one["megabytes"] < 700, "time"
            )


def _programme_targets(programme: Figures) -> Iterator[Target]:
    runs = {r["case"]: r for r in programme.get("runs", ()) if r["model"] == "restricted"}
    for case, target, seconds, memory in (
        ("world", "`siting plan` on `world`: 1e-4 under 10 s, under 1 GB", 10, 1000),
        ("20000x300", "20,000 candidates x 300 hubs, least cost: 1e-4 under 120 s, under 3 GB", 120, 3000),
    ):
        run = runs.get(case)
        if run is None or "error" in run:
            yield Target(target, "-" if run is None else "failed", None if run is None else False, "programme")
            continue
        within = _gap_met(run) and run["cpu_seconds"] <= seconds and run["peak_memory_mb"] <= memory
        reached = f"gap {_percent(run['gap'])} at {run['cpu_seconds']:.0f} s, {run['peak_memory_mb']:,} MB"
        yield Target(target, reached, within, "programme")
    exponent = _exponent(programme)
    reached = "-" if exponent is None else f"n^{exponent:.2f}"
    met = None if exponent is None else exponent <= 1.3
    yield Target("growth in candidates at most n^1.3 from 1,000 to 20,000", reached, met, "growth")


def _gap_met(run: Figures) -> bool:
    return run["gap"] is not None and run["gap"] <= 1e-4


def _exponent(programme: Figures) -> float | None:
    """Return the fitted power of n with which processor time grows; None unless both ends are proven."""
    runs = {r["case"]: r for r in programme.get("runs", ()) if r["model"] == "restricted"}
    ends = [runs.get("1000"), runs.get("20000")]
    if not all(end is not None and "error" not in end and _gap_met(end) for end in ends):
        return None
    power: float | None = programme["powers"]["cpu_seconds"]
    return power


def _percent(gap: float | None) -> str:
    return "unknown" if gap is None else "0 %" if gap == 0 else f"{100 * gap:.{2 if gap < 0.095 else 3}g} %"


# Families and rivals --------------------------------------------------------------------------------------------------


def _summary(rows: Sequence[Row]) -> str:
    lines = []
    for family in dict.fromkeys(row.family for row in rows):
        ours = [r for r in rows if r.family == family]
        beaten = [r for r in ours if r.proven and r.ratio is not None]
        ratios = [r.ratio for r in beaten if r.ratio is not None]
        ended = sum(_finished(r.rival.gap) for r in ours if r.rival is not None)
        spent = _cpu(ours)
        lines.append(
            {
                "family": family,
                "instances": str(len(ours)),
                "proven": str(sum(r.proven for r in ours)),
                "median CPU s": f"{statistics.median(spent):.2f}",
                "worst CPU s": f"{max(spent):.2f}",
                "HiGHS runs": str(sum(r.rival is not None for r in ours)),
                "... proven": str(ended),
                "ratio, smallest": f"{min(ratios):.1f}" if ratios else "-",
                "... median": f"{statistics.median(ratios):.1f}" if ratios else "-",
            }
        )
    return _table(lines)


RIVAL_COLUMNS = ("CPU s", "s", "building s", "proof", "MB", "status", "ratio")


def rival_lines(rivals: Figures, who: str) -> list[Figures]:
    """Return a line per instance that a rival solved: its proof, and its processor time over that of siting."""
    ours = {(r.family, r.instance): r.ours for r in rows_of(rivals.get("siting", []))}
    lines = []
    for row in rivals.get("rivals", ()):
        mine = ours[row["family"], row["instance"]]
        if row["rival"] != who or "error" in row:
            continue
        measured = Measured(**{k: row[k] for k in ("seconds", "cpu_seconds", "megabytes", "objective", "bound")})
        ratio = measured.cpu_seconds / mine.cpu_seconds
        finished = _finished(measured.gap)
        size = {"pmed1": 100, "pmed6": 200, "pmed11": 300}.get(row["instance"]) or int(row["instance"].split(" ")[0])
        lines.append(row | {"gap": measured.gap, "ratio": ratio, "finished": finished, "n": size})
    return lines


def _rivals(rivals: Figures) -> Iterator[str]:
    if not rivals:
        yield "Not measured."
        return
    versions = {r["rival"]: r["versions"] for r in rivals["rivals"] if "versions" in r}
    versions_used = "; ".join(
        f"{who}: {', '.join(f'{n} {v}' for n, v in has.items())}" for who, has in versions.items()
    )
    about = rivals["about"]
    yield (
        f"{_machine(about)} Each has {about['seconds_allowed']:.0f} s for building its model and solving it with HiGHS "
        f"({versions_used}). spopt needs an older PuLP and has a separate environment, made by the script; its assignments are "
        "integer, those of the textbook model fractional. **status** is the one that the rival itself reports: it may be `Optimal` "
        "although the time limit cut the solve off (`not proven`)."
    )
    yield _table([_rival_cells(row, rivals) for row in rivals["rivals"]])


def _rival_cells(row: Figures, rivals: Figures) -> dict[str, str]:
    ours = next(r for r in rows_of(rivals["siting"]) if (r.family, r.instance) == (row["family"], row["instance"]))
    cells = {"instance": row["instance"], "rival": {"pulp": "textbook, PuLP"}.get(row["rival"], row["rival"])}
    cells |= {"siting CPU s": f"{ours.ours.cpu_seconds:.2f}"}
    if "error" in row:
        return cells | dict.fromkeys(RIVAL_COLUMNS, "-") | {"proof": row["error"]}
    line = next(x for x in rival_lines(rivals, row["rival"]) if x["instance"] == row["instance"])
    proof = "proven" if line["finished"] else f"not proven in {row['seconds']:.0f} s ({_percent(line['gap'])})"
    return cells | {
        "CPU s": f"{row['cpu_seconds']:.2f}",
        "s": f"{row['seconds']:.2f}",
        "building s": f"{row['build_seconds']:.2f}",
        "proof": proof,
        "MB": "-" if row["megabytes"] is None else f"{row['megabytes']:.0f}",
        "status": row["said"],
        "ratio": f"{'' if line['finished'] else '> '}{line['ratio']:.0f}",
    }


# Gap over time and growth ---------------------------------------------------------------------------------------------


def _trace(followed: Figures, instance: str, solver: str) -> Figures | None:
    found = (
        t for t in followed.get("traces", ()) if (t["instance"], t["solver"]) == (instance, solver) and t["moments"]
    )
    return next(found, None)


def _when(one: Figures, gap: float) -> float | None:
    return next((float(m["cpu_seconds"]) for m in one["moments"] if m["gap"] <= gap), None)


def _over_time(followed: Figures) -> Iterator[str]:
    if not followed:
        yield "Not measured."
        return
    about = followed["about"]
    yield (
        f"{_machine(about)} siting had {about['seconds_allowed']:.0f} s each, HiGHS {about['rival_seconds_allowed']:.0f} s. "
        "The proven gap after a number of CPU s. Points are solved without a table of distances, as `locate.p_median_points` "
        "does; 9 and 25 million arcs are too many for the HiGHS model. MB is the entire process. A cell is empty if the run "
        "had ended."
    )
    lines = []
    for one in followed["traces"]:
        last = one["moments"][-1] if one["moments"] else None
        cells = {"instance": one["instance"], "solver": {"highs": "HiGHS"}.get(one["solver"], one["solver"])}
        for seconds in MOMENTS_S:
            before = [m["gap"] for m in one["moments"] if m["cpu_seconds"] <= seconds]
            ended = last is None or (seconds > last["cpu_seconds"] and last["cpu_seconds"] <= _moment_before(seconds))
            cells[f"{seconds} s"] = "" if ended else _percent(min(before)) if before else "none"
        cells["at the end"] = "none" if last is None else f"{_percent(last['gap'])} at {last['cpu_seconds']:.1f} s"
        cells["MB"] = "-" if one["megabytes"] is None else f"{one['megabytes']:.0f}"
        lines.append(cells)
    yield _table(lines)
    yield "![The proven gap over processor time](images/benchmarks-gap.png)"


def _moment_before(seconds: int) -> int:
    """Return the column before: a run that ended after it still fills the next."""
    at = MOMENTS_S.index(seconds)
    return MOMENTS_S[at - 1] if at else 0


def _growth(grows: Figures) -> Iterator[str]:
    if not grows:
        yield "Not measured: run `python benchmarks/growth.py`."
        return
    about = grows["about"]
    yield (
        f"{_machine(about)} Gap {about['gap']:g}, {about['seconds_allowed']:.0f} s each. One point in a hundred is open, "
        "without a table of distances; a table of n x n costs itself grows with the square of n. MB is the "
        "entire process."
    )
    lines = [
        {
            "family": row["family"],
            "n": f"{row['n']:,}",
            "open": f"{row['open']:,}",
            "CPU s": f"{row['cpu_seconds']:.2f}",
            "s": f"{row['seconds']:.2f}",
            "gap": _percent(row["gap"]),
            "MB": "-" if row["peak_memory_mb"] is None else f"{row['peak_memory_mb']:,.0f}",
        }
        for row in grows["rows"]
    ]
    yield _table(lines)
    powers = [f"{family}: n^{power:.2f}" for family, power in grows["powers"].items() if power is not None]
    yield f"Processor time grows as {'; '.join(powers)} (least squares over the proven sizes from 1,000 on, or over all sizes if those are fewer than three)."


def _programme(programme: Figures) -> Iterator[str]:
    runs = programme.get("runs", [])
    if not runs:
        yield "Not measured: run `python benchmarks/programme.py`."
        return
    about = programme["about"]
    yield (
        f"{_machine(about)} {about['seconds_allowed']:.0f} s each, gap {about['gap']:g}. `restricted` is the decomposition of `st.solve`, "
        "`whole` passes every option and arc to the solver. `starter` is the baseline; `world` is all candidates with five "
        "cooling designs and three classes. A number is the least cost of that scenario, without its budget, over so many "
        "candidates, drawn from `world` with small displacements; `20000x300` draws hubs as well. MB is the entire process, data "
        "included."
    )
    yield _table([_run_cells(run) for run in runs])
    powers = {"processor time": "cpu_seconds", "memory": "peak_memory_mb"}
    fitted = [
        f"{words} grows as n^{x:.2f}" for words, key in powers.items() if (x := programme["powers"][key]) is not None
    ]
    if fitted:
        yield f"From 1,000 candidates on: {' and '.join(fitted)} (least squares over the proven sizes)."
    if len(grown(programme)) > 1:
        yield "![Processor time and memory against candidates](images/benchmarks-growth.png)"


def _run_cells(run: Figures) -> dict[str, str]:
    cells = {"case": run["case"], "model": run["model"]}
    columns = ("candidates", "options", "arcs", "CPU s", "s", "status", "gap", "MB")
    if "error" in run:
        return cells | dict.fromkeys(columns, "-") | {"status": f"failed: {run['error']}"}
    found = (run["sites"], run["options"], run["arcs"])
    cells |= dict(zip(columns, (f"{x:,}" for x in found), strict=False))
    cells |= {"CPU s": f"{run['cpu_seconds']:.1f}", "s": f"{run['seconds']:.1f}", "status": run["status"]}
    return cells | {"gap": _percent(run["gap"]), "MB": f"{run['peak_memory_mb']:,}"}


def grown(programme: Figures) -> list[Figures]:
    """Return the runs of the growth curve, by size."""
    runs = [r for r in programme.get("runs", ()) if r["case"].isdigit() and "error" not in r]
    return sorted(runs, key=lambda r: int(r["sites"]))


if __name__ == "__main__":
    from draw_benchmarks import draw

    draw(read("over_time").get("traces", []), grown(read("programme")))
