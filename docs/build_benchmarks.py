"""Print what was measured: `python docs/build_benchmarks.py` (`make docs-benchmarks`) writes docs/benchmarks.md.

Every number comes from `locate.json`, `rivals.json`, `over_time.json`, `growth.json` and, for the siting programme,
`programme.json` of `benchmarks/`; what a file does not hold is said to be not measured. Targets stand beside what was reached.
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
"""Facilities of the published p-medians on which no ratio is asked for: they end in hundredths of a second."""

type Figures = dict[str, Any]

HEAD = """# Benchmarks

How long a proof takes, beside others who are asked the same in the same run. `siting bench --quick` measures your own
machine in under a minute, `siting bench` in some; `make bench` measures everything on this page and writes it again:
do not edit it by hand.

**CPU s** is processor time of one thread: other work on the machine stretches wall-clock time (**s**) but hardly this
one. Ratios are of processor time, of two fresh processes one after the other; `>` stands where the other one was
stopped before its proof. **gap** is what was proven, and all are asked for 1e-6. **MB** is peak memory on top of the
arrays. What a solver says of itself is not counted: a bound is.
"""

REASONS = {
    "euclid": "What is left is the gap of the relaxation itself. On these 3,000 points the bound settles at 0.106 % below the "
    "answer: four times the price moves lift it by less than 0.001 %, and 450 further kicks find no better answer; other "
    "points, scattered from another seed, keep 0.18 %. Only cases close it, and branching on sites or on clusters of them "
    "hardly moves the bound. Compiled loops (numba) were measured and left: 1.9 times faster in the inner loop, over a second "
    "in every process.",
    "capacitated": "Loose, equal capacities leave many sets of sites within a hair of each other: the bound is "
    "good at once, and the rest goes into the final programme on the arcs that survive.",
    "wide": "Our question has capacities and no latency or budget, and is asked for 1e-6, a hundred times closer.",
    "programme": "Most of the time goes into the last models without arcs, which HiGHS solves anew for every region that a plan "
    "left short; with 300 hubs it ended before the last of them. The gap says what was proven by then.",
    "growth": "A case that is stopped by its time says nothing of the time it would need.",
    "rival": "The ratio is least where few sites are open (5 or 10): these questions take ours the longest, too.",
    "time": "See the table of the family below.",
}


@dataclass(frozen=True)
class Target:
    """One target beside what was reached: `met` is None where it was not measured."""

    asked: str
    reached: str
    met: bool | None
    reason: str


def read(name: str) -> Figures:
    """Read the figures of one benchmark; none where it was not run."""
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
    yield "## Targets and what was reached"
    yield "Targets are in seconds of a quiet machine and are held against CPU s."
    yield from _targets(rows, followed, rivals, programme)
    yield "## Beside HiGHS from plain arrays"
    yield (
        "HiGHS gets the strong formulation as arrays, with no modelling layer between, on one thread, and "
        f"{locate['about']['rival_seconds_allowed']:.0f} s; ours has {locate['about']['seconds_allowed']:.0f} s. HiGHS is asked "
        "up to a million arcs, and not the twins and the larger ones of what it cannot end, so that the whole takes minutes."
    )
    yield _summary(rows)
    yield "Where HiGHS was stopped, its ratio counts here as what it is at least; where ours was, there is none."
    yield _table([cells(row) for row in rows])
    yield "## Beside spopt and the textbook model in PuLP"
    yield from _rivals(rivals)
    yield "## The gap over time"
    yield from _over_time(followed)
    yield "## How points and tables grow"
    yield from _growth(grows)
    yield "## The siting programme, and how it grows"
    yield from _programme(programme)


def _machine(about: Figures) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    memory = "memory unknown" if about["memory_mb"] is None else f"{about['memory_mb'] / 1000:.0f} GB"
    busy = about["cores"] and about["load_when_begun"] and about["load_when_begun"] > about["cores"]
    words = ": it was busy with other work, and wall-clock times and limits say little" if busy else ""
    return (
        f"Measured on {about['date']}: {about['processor']}, {about['cores']} cores, {memory}, {about['system']}; Python "
        f"{about['python']}, {versions}. When it began, {about['load_when_begun']} processes wanted a core{words}."
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
    words = {True: "yes", False: "**no**", None: "not known"}
    yield _table([{"target": t.asked, "reached": t.reached, "met": words[t.met]} for t in targets])
    missed = dict.fromkeys(t.reason for t in targets if t.met is False)
    if missed:
        yield "Why what is missed is missed:"
        yield "\n".join(f"* {REASONS[reason]}" for reason in missed)


def _cpu(rows: Iterable[Row]) -> list[float]:
    return [row.ours.cpu_seconds for row in rows]


def _least_ratio(ratios: dict[str, float]) -> str:
    """Tell the least ratio with its question, and the median."""
    if not ratios:
        return "no rival finished"
    least = min(ratios, key=lambda name: ratios[name])
    return f"least {ratios[least]:.0f} ({least}), median {statistics.median(ratios.values()):.0f}"


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
    asked = f"... beyond {SMALLEST} facilities, where the rival finishes: at least 30 x HiGHS from arrays"
    yield Target(asked, _least_ratio(ratios), min(ratios.values()) >= 30 if ratios else None, "rival")
    lines = [x for x in rival_lines(rivals, "spopt") if x["n"] > SMALLEST]
    spopt = {x["instance"]: x["ratio"] for x in lines if x["finished"]}
    stopped = ", ".join(f"{x['instance']} > {x['ratio']:.0f}" for x in lines if not x["finished"])
    reached = _least_ratio(spopt) + (f"; when stopped {stopped}" if stopped else "")
    yield Target("... at least 100 x spopt", reached, min(spopt.values()) >= 100 if spopt else None, "rival")


def _fixed_cost_targets(rows: Sequence[Row]) -> Iterator[Target]:
    large = [r for r in rows if r.instance[:4] in ("capa", "capb", "capc")]
    full = [r for r in large if not r.instance.endswith("_uncapacitated")]
    free = [r for r in large if r.instance.endswith("_uncapacitated")]
    asked = "capa, capb, capc with all 12 capacities: proven to 1e-6, each under 60 s"
    if full:
        proven, worst = sum(r.proven for r in full), max(_cpu(full))
        reached = f"{proven} of {len(full)} proven, worst {worst:.1f} s"
        yield Target(asked, reached, proven == len(full) == 12 and worst < 60, "capacitated")
    else:
        yield Target(asked, "-", None, "capacitated")
    worst_free = max(_cpu(free), default=None)
    reached = (
        "-" if worst_free is None else f"worst {worst_free:.2f} s, {sum(r.proven for r in free)} of {len(free)} proven"
    )
    met = None if worst_free is None else worst_free < 0.5 and all(r.proven for r in free)
    yield Target("... uncapacitated under 0.5 s", reached, met, "time")
    wide = [r for r in rows if r.family == "capacitated, clusters" and r.instance == "1000 x 500"]
    asked = "1,000 candidates x 500 demand nodes with capacities: 1e-4 under 30 s"
    for row in wide:
        gap = row.ours.gap
        reached = f"gap {_percent(gap)} at {row.ours.cpu_seconds:.1f} s, when {'proven' if row.proven else 'stopped'}"
        yield Target(asked, reached, gap is not None and gap <= 1e-4 and row.ours.cpu_seconds <= 30, "wide")


def _euclidean_targets(followed: Figures) -> Iterator[Target]:
    for name, steps in (
        ("3000 x 3000, p=30", ((10, 1e-3), (120, 3e-4))),
        ("5000 x 5000, p=50", ((25, 1e-2), (120, 1e-3))),
    ):
        one = _trace(followed, name, "siting")
        for seconds, gap in steps:
            asked = f"Euclidean {name}: {_percent(gap)} under {seconds} s"
            if one is None:
                yield Target(asked, "-", None, "euclid")
                continue
            reached, last = _when(one, gap), one["moments"][-1]["cpu_seconds"]
            best = min(m["gap"] for m in one["moments"] if m["cpu_seconds"] <= seconds)
            words = (
                f"{_percent(best)} by then"
                if last >= seconds
                else f"{_percent(best)} at {last:.0f} s, when it was stopped"
            )
            words += "" if reached is None else f"; {_percent(gap)} at {reached:.1f} s"
            yield Target(asked, words, reached is not None and reached <= seconds, "euclid")
        if one is not None and name.startswith("5000") and one["megabytes"] is not None:
            yield Target(
                "... under 700 MB", f"{one['megabytes']:.0f} MB, the whole process", one["megabytes"] < 700, "time"
            )


def _programme_targets(programme: Figures) -> Iterator[Target]:
    runs = {r["case"]: r for r in programme.get("runs", ()) if r["model"] == "restricted"}
    for case, asked, seconds, memory in (
        ("world", "`siting plan` on `world`: 1e-4 under 10 s, under 1 GB", 10, 1000),
        ("20000x300", "20,000 candidates x 300 hubs, least cost: 1e-4 under 120 s, under 3 GB", 120, 3000),
    ):
        run = runs.get(case)
        if run is None or "error" in run:
            yield Target(asked, "-" if run is None else "failed", None if run is None else False, "programme")
            continue
        within = _gap_met(run) and run["cpu_seconds"] <= seconds and run["peak_memory_mb"] <= memory
        reached = f"gap {_percent(run['gap'])} at {run['cpu_seconds']:.0f} s, {run['peak_memory_mb']:,} MB"
        yield Target(asked, reached, within, "programme")
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
                "questions": str(len(ours)),
                "proven": str(sum(r.proven for r in ours)),
                "median CPU s": f"{statistics.median(spent):.2f}",
                "worst CPU s": f"{max(spent):.2f}",
                "HiGHS asked": str(sum(r.rival is not None for r in ours)),
                "... proven": str(ended),
                "ratio, least": f"{min(ratios):.1f}" if ratios else "-",
                "... median": f"{statistics.median(ratios):.1f}" if ratios else "-",
            }
        )
    return _table(lines)


RIVAL_COLUMNS = ("CPU s", "s", "building s", "proof", "MB", "said", "ratio")


def rival_lines(rivals: Figures, who: str) -> list[Figures]:
    """Return a line a question that a rival was asked: what it proved, and how many times our processor time it took."""
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
    told = "; ".join(f"{who}: {', '.join(f'{n} {v}' for n, v in has.items())}" for who, has in versions.items())
    about = rivals["about"]
    yield (
        f"{_machine(about)} Each has {about['seconds_allowed']:.0f} s for building its model and solving it with HiGHS "
        f"({told}). spopt needs an older PuLP than ours and has an environment of its own, made by the script; its assignments are "
        "whole numbers, those of the textbook model shares. **said** is the status that the rival itself reports: `Optimal` beside "
        "`not proven` is what it calls an answer that the time limit cut off."
    )
    yield _table([_rival_cells(row, rivals) for row in rivals["rivals"]])


def _rival_cells(row: Figures, rivals: Figures) -> dict[str, str]:
    ours = next(r for r in rows_of(rivals["siting"]) if (r.family, r.instance) == (row["family"], row["instance"]))
    told = {"instance": row["instance"], "rival": {"pulp": "textbook, PuLP"}.get(row["rival"], row["rival"])}
    told |= {"siting CPU s": f"{ours.ours.cpu_seconds:.2f}"}
    if "error" in row:
        return told | dict.fromkeys(RIVAL_COLUMNS, "-") | {"proof": row["error"]}
    line = next(x for x in rival_lines(rivals, row["rival"]) if x["instance"] == row["instance"])
    proof = "proven" if line["finished"] else f"not proven in {row['seconds']:.0f} s ({_percent(line['gap'])})"
    return told | {
        "CPU s": f"{row['cpu_seconds']:.2f}",
        "s": f"{row['seconds']:.2f}",
        "building s": f"{row['build_seconds']:.2f}",
        "proof": proof,
        "MB": "-" if row["megabytes"] is None else f"{row['megabytes']:.0f}",
        "said": row["said"],
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
        f"{_machine(about)} Ours had {about['seconds_allowed']:.0f} s each, HiGHS {about['rival_seconds_allowed']:.0f} s. "
        "The proven gap after so many CPU s. Points are asked without a table of distances, as `locate.p_median_points` "
        "does; 9 and 25 million arcs are more than HiGHS is asked here. MB is the whole process. A cell is empty where the run "
        "had ended."
    )
    lines = []
    for one in followed["traces"]:
        last = one["moments"][-1] if one["moments"] else None
        told = {"question": one["instance"], "who": {"highs": "HiGHS"}.get(one["solver"], one["solver"])}
        for seconds in MOMENTS_S:
            before = [m["gap"] for m in one["moments"] if m["cpu_seconds"] <= seconds]
            ended = last is None or (seconds > last["cpu_seconds"] and last["cpu_seconds"] <= _moment_before(seconds))
            told[f"{seconds} s"] = "" if ended else _percent(min(before)) if before else "none"
        told["at the end"] = "none" if last is None else f"{_percent(last['gap'])} at {last['cpu_seconds']:.1f} s"
        told["MB"] = "-" if one["megabytes"] is None else f"{one['megabytes']:.0f}"
        lines.append(told)
    yield _table(lines)
    yield "![The proven gap over processor time](images/benchmarks-gap.png)"


def _moment_before(seconds: int) -> int:
    """Return the column before: a run that ended after it still fills the next."""
    at = MOMENTS_S.index(seconds)
    return MOMENTS_S[at - 1] if at else 0


def _growth(grows: Figures) -> Iterator[str]:
    if not grows:
        yield "Not measured: `python benchmarks/growth.py`, then `make docs-benchmarks`."
        return
    about = grows["about"]
    yield (
        f"{_machine(about)} Gap {about['gap']:g}, {about['seconds_allowed']:.0f} s each. Of points one in a hundred is open, "
        "without a table of distances; a table of n x n costs grows with the square of n before anything is asked. MB is the "
        "whole process."
    )
    lines = [
        {
            "question": row["family"],
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
    told = [f"{family}: n^{power:.2f}" for family, power in grows["powers"].items() if power is not None]
    yield f"Processor time grows as {'; '.join(told)} (least squares over what was proven from 1,000 on, or over all sizes where that is fewer than three)."


def _programme(programme: Figures) -> Iterator[str]:
    runs = programme.get("runs", [])
    if not runs:
        yield "Not measured: `python benchmarks/programme.py`, then `make docs-benchmarks`."
        return
    about = programme["about"]
    yield (
        f"{_machine(about)} {about['seconds_allowed']:.0f} s each, gap {about['gap']:g}. `restricted` is how `st.solve` works, "
        "`whole` hands every option and arc to the solver. `starter` is the baseline; `world` is all candidates with five "
        "cooling designs and three classes. A number is the least cost of that question, without its budget, over so many "
        "candidates, drawn from `world` and moved a little; `20000x300` draws hubs as well. MB is the whole process, data "
        "included."
    )
    yield _table([_run_cells(run) for run in runs])
    powers = {"processor time": "cpu_seconds", "memory": "peak_memory_mb"}
    fitted = [
        f"{words} grows as n^{x:.2f}" for words, key in powers.items() if (x := programme["powers"][key]) is not None
    ]
    if fitted:
        yield f"From 1,000 candidates on: {' and '.join(fitted)} (least squares over what was proven)."
    if len(grown(programme)) > 1:
        yield "![Processor time and memory against candidates](images/benchmarks-growth.png)"


def _run_cells(run: Figures) -> dict[str, str]:
    told = {"question": run["case"], "model": run["model"]}
    columns = ("candidates", "options", "arcs", "CPU s", "s", "status", "gap", "MB")
    if "error" in run:
        return told | dict.fromkeys(columns, "-") | {"status": f"failed: {run['error']}"}
    found = (run["sites"], run["options"], run["arcs"])
    told |= dict(zip(columns, (f"{x:,}" for x in found), strict=False))
    told |= {"CPU s": f"{run['cpu_seconds']:.1f}", "s": f"{run['seconds']:.1f}", "status": run["status"]}
    return told | {"gap": _percent(run["gap"]), "MB": f"{run['peak_memory_mb']:,}"}


def grown(programme: Figures) -> list[Figures]:
    """Return the runs of the growth curve, by size."""
    runs = [r for r in programme.get("runs", ()) if r["case"].isdigit() and "error" not in r]
    return sorted(runs, key=lambda r: int(r["sites"]))


if __name__ == "__main__":
    from draw_benchmarks import draw

    draw(read("over_time").get("traces", []), grown(read("programme")))
