"""The planner's own files in other dialects, with bad values and with damage.

A table in another dialect is read with the values that were meant, or refused; a bad value is refused; damage never ends
in a traceback.
"""

import codecs
import json
import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

import siting
from attacks import question
from attacks.outcome import Outcome, fault_of, run
from siting.errors import SitingError

TABLES = ("sites.csv", "hubs.csv", "rtt.csv", "weather.csv", "wind.csv")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252")
ALIASES = {"lon": ("longitude", "lng", "Lon", " lon "), "lat": ("latitude", "Lat", "LAT")}
ODD_CELLS = (
    "inf",
    "nan",
    "1e999",
    "-1e999",
    "1e308",
    "ten",
    "1,5",
    "0x10",
    "--",
    "1_000",
    "9" * 400,
    "\x00",
    "True",
    "NaN",
)
GARBAGE = '\x00\x1b"\u202e\ufeff,;\t\n\r9eE-.[]{}'
HOURLY = {"weather.csv", "wind.csv"}

type Rows = list[list[str]]


def rows_of(text: str) -> Rows:
    """Split a plain table into cells."""
    return [line.split(",") for line in text.splitlines()]


def text_of(rows: Rows, separator: str = ",", end: str = "\n") -> str:
    """Join cells to a table."""
    return end.join(separator.join(row) for row in rows) + end


def in_another_dialect(rng: random.Random, name: str, text: str) -> bytes:
    """Write the same values as another program or country would."""
    rows = rows_of(text)
    separator = rng.choice(",;\t")
    if separator == ";" and rng.random() < 0.5:
        rows = [rows[0], *([cell.replace(".", ",") if _is_number(cell) else cell for cell in row] for row in rows[1:])]
    if rng.random() < 0.3:
        rows = [["", *rows[0]], *([str(i), *row] for i, row in enumerate(rows[1:]))]
    if rng.random() < 0.3:
        rows = [[*row, ""] for row in rows]
    if rng.random() < 0.3:
        rows = [[f'"{cell}"' for cell in row] for row in rows]
    if rng.random() < 0.3:
        rows[0] = [rng.choice(ALIASES.get(cell, (cell,))) for cell in rows[0]]
    if rng.random() < 0.2 and name not in HOURLY:
        rows = [
            rows[0],
            *([cell.replace("-", "\u2212") if _is_number(cell) else cell for cell in row] for row in rows[1:]),
        ]
    if rng.random() < 0.2:
        rows.insert(1, [""] * len(rows[0]))
    whole = text_of(rows, separator, rng.choice(["\n", "\r\n"]))
    if rng.random() < 0.2:
        whole = f"# written by a spreadsheet\n{whole}"
    encoding = rng.choice(ENCODINGS)
    data = whole.encode(encoding, errors="replace")
    return codecs.BOM_UTF8 + data if encoding == "utf-8" and rng.random() < 0.2 else data


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def with_a_bad_value(rng: random.Random, name: str, text: str) -> bytes:
    """Put something into a numeric cell that no quantity can be, drop a column, or shift the hours."""
    rows = rows_of(text)
    if name in HOURLY and rng.random() < 0.5:
        at = rng.randrange(1, len(rows))
        rows = rng.choice([rows[:at] + rows[at + 1 :], [*rows, rows[-1]], rows[:100]])
        return text_of(rows).encode()
    numeric = [i for i in range(len(rows[0])) if _is_number(rows[1][i])]
    if rng.random() < 0.2:
        drop = rng.choice(
            [i for i in range(len(rows[0])) if rows[0][i] in {"lon", "lat", "rtt_ms", "dry_bulb_c", "mwh"}]
        )
        return text_of([row[:drop] + row[drop + 1 :] for row in rows]).encode()
    odd = [cell for cell in ODD_CELLS if name != "sites.csv" or cell not in {"nan", "NaN"}]
    cell = rng.choice([*odd, "-1e6" if name != "weather.csv" else "373.15"])
    rows[rng.randrange(1, len(rows))][rng.choice(numeric)] = f'"{cell}"' if "," in cell else cell
    return text_of(rows).encode()


def damaged(rng: random.Random, _: str, text: str) -> bytes:
    """Delete, double or insert a few bytes anywhere."""
    data = bytearray(text.encode())
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data) + 1)
        cut = at + rng.choice([0, 1, 1, 5, 200])
        data[at:cut] = "".join(rng.choices(GARBAGE, k=rng.randint(0, 4))).encode() + rng.randbytes(
            rng.choice([0, 0, 1])
        )
    return bytes(data)


def features(text: str) -> dict[str, object]:
    """Return the sites as GeoJSON."""
    rows = rows_of(text)
    found = []
    for row in rows[1:]:
        cells = dict(zip(rows[0], row, strict=True))
        point = {"type": "Point", "coordinates": [float(cells.pop("lon")), float(cells.pop("lat"))]}
        cells = {k: float(v) if k == "plants_mw_150km" else v for k, v in cells.items() if v}
        found.append({"type": "Feature", "properties": cells, "geometry": point})
    return {"type": "FeatureCollection", "features": found}


def geojson(rng: random.Random, _: str, text: str) -> bytes:
    """Write the sites as GeoJSON with one value replaced by one of another shape."""
    whole = features(text)
    nodes: list[tuple[dict[str, object] | list[object], str | int]] = []

    def visit(value: object) -> None:
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in pairs:
            nodes.append((value, key))  # type: ignore[arg-type]
            visit(inner)

    visit(whole)
    node, key = rng.choice(nodes)
    odd: list[object] = [
        None,
        7,
        "x",
        [],
        {},
        [[]],
        math.nan,
        math.inf,
        10**400,
        True,
        [1, 2, 3, 4],
        {"type": "Polygon"},
    ]
    node[key] = rng.choice(odd)  # type: ignore[index]
    return json.dumps(whole).encode()


type Change = Callable[[random.Random, str, str], bytes]
KINDS: dict[str, tuple[Change, tuple[str, ...]]] = {
    "another dialect": (in_another_dialect, TABLES),
    "a bad value": (with_a_bad_value, TABLES),
    "damaged bytes": (damaged, (*TABLES, "pack.toml")),
    "odd GeoJSON": (geojson, ("sites.csv",)),
}


def numbers(scenario: Path) -> dict[str, np.ndarray]:
    """Return what the programme has made of the files: candidates, hubs and the carbon of the contract."""
    problem = siting.prepare(siting.Scenario.read(scenario))
    sites, hubs = problem.sites, problem.hubs
    found = {f"site {c}": sites[c].to_numpy() for c in ("id", "name", "lon", "lat", "plants_mw_150km")}
    found |= {f"hub {c}": hubs[c].to_numpy() for c in ("id", "lon", "lat")}
    return found | {
        "demand": problem.demand_mw,
        "round trips": problem.rtt_p90_ms,
        "cooling": problem.options["pue"].to_numpy(),
    }


def same(left: dict[str, np.ndarray], right: dict[str, np.ndarray]) -> str | None:
    """Return the first of the values that differs, None if none does."""
    for key, value in left.items():
        other = right[key]
        if value.shape != other.shape:
            return key
        close = np.isclose(value, other, rtol=1e-9, equal_nan=True) if value.dtype.kind == "f" else value == other
        if not np.all(close):
            return key
    return None


def read_dialect(scenario: Path, meant: dict[str, np.ndarray]) -> str | None:
    """Return the fault where the files are read with other values than were meant."""
    try:
        read = numbers(scenario)
    except SitingError:
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:300]
    differs = same(meant, read)
    return differs and f"silently read another `{differs}`"


def attempts(seed: int, n: int, folder: Path) -> Iterator[Outcome]:
    """Check `n` questions of which one file was changed."""
    rng = random.Random(seed)  # noqa: S311 (no secret: a seed that repeats)
    texts = question.texts()
    meant = numbers(question.write(folder / "meant"))
    kinds = list(KINDS)
    for i in range(n):
        kind = kinds[i % len(kinds)]
        change, names = KINDS[kind]
        name = rng.choice(names)
        changed: dict[str, str | bytes] = {name: change(rng, name, texts[name])}
        if kind == "odd GeoJSON":
            changed = {
                "sites.geojson": changed["sites.csv"],
                "own.toml": question.SCENARIO.format(sites="sites.geojson"),
            }
        here = folder / f"{seed}-{i}"
        scenario = question.write(here, changed)
        if kind == "another dialect":
            fault = read_dialect(scenario, meant)
        else:
            fault = fault_of(run(["check", scenario.name], here), must_refuse=kind == "a bad value")
        yield Outcome(f"file: {kind}", f"{here.name} {name}", fault)
