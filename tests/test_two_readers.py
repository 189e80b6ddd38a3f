"""The reader of the package and the second reader of the re-check mean the same by every cell that both can read."""

import contextlib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siting.errors import SitingError
from siting.verify import second_reader
from siting.world.user_files.contract_hours import read_contract_hours
from siting.world.user_files.user_rtt import DAY_MAXIMUM_OVER_MEAN_P90, read_measured

IDS = ["nan", "Nan", "null", "NA", "a b", "1", "1.0", "True", "x,y", "x;y", "ø", "b"]
PLACES = pd.DataFrame({"id": IDS, "lon": [10.0 + k / 100 for k in range(len(IDS))], "lat": [50.0] * len(IDS)})
SAME_FOLDER = [HealthCheck.function_scoped_fixture]

MS = st.integers(10_000, 90_000).map(lambda hundredth: hundredth / 100)
pairs = st.dictionaries(
    st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)),
    st.sampled_from(["", "0.5", "0.9", "0.90"]).flatmap(lambda q: st.tuples(st.just(q), MS)),
    min_size=1,
    max_size=6,
)


def second(path: Path) -> dict[tuple[str, str], float] | None:
    """Return the round trips that the re-check reads [ms]; None where it is not sure."""
    rows = second_reader.read_rows(path, ["site", "hub", "rtt_ms"])
    if rows is None:
        return None
    found: dict[tuple[str, str], dict[float, float]] = {}
    for row in rows:
        found.setdefault((row["site"], row["hub"]), {})[float(row.get("quantile") or 0.5)] = float(row["rtt_ms"])
    return {pair: q.get(0.9, DAY_MAXIMUM_OVER_MEAN_P90 * q.get(0.5, 0.0)) for pair, q in found.items()}


def first(path: Path) -> dict[tuple[str, str], float]:
    """Return the round trips that the package reads [ms]."""
    return {(s, h): ms for s, h, ms in read_measured(path, PLACES, PLACES).itertuples(index=False)}


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=SAME_FOLDER)
@given(
    pairs,
    st.sampled_from([",", ";", "\t", "|"]),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    st.sampled_from(["", " ", "  "]),
    st.sampled_from(["site", "Site", " SITE "]),
)
def test_both_read_the_same_round_trips_in_any_dialect(
    tmp_path: Path,
    rtts: dict[tuple[str, str], tuple[str, float]],
    separator: str,
    comma: bool,
    encoding: str,
    pad: str,
    name: str,
) -> None:
    marked = (lambda text: text.replace(".", ",")) if comma and separator != "," else str
    cells = [
        ["site", "hub", "rtt_ms", "quantile"],
        *([s, h, marked(f"{ms:.2f}"), marked(q)] for (s, h), (q, ms) in rtts.items()),
    ]
    cells[0][0] = name
    text = "\n".join(
        separator.join(pad + (f'"{c}"' if set(c) & set(",;|\t") else c) + pad for c in row) for row in cells
    )
    path = tmp_path / "rtt.csv"
    path.write_bytes(text.encode(encoding))
    assert second(path) == pytest.approx(first(path))


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=SAME_FOLDER)
@given(st.lists(st.text(st.sampled_from("ab,;\t|\"'\n #.0159-e"), max_size=12), max_size=6))
def test_what_both_read_of_a_hostile_table_is_the_same(tmp_path: Path, cells: list[str]) -> None:
    path = tmp_path / "rtt.csv"
    path.write_text("site,hub,rtt_ms\nb,a b,100\n" + "".join(f"b,1,{cell}\n" for cell in cells), encoding="utf-8")
    with contextlib.suppress(SitingError):
        read = first(path)
        again = second(path)
        assert again is None or again == pytest.approx(read)


@pytest.mark.slow
@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=SAME_FOLDER)
@given(
    st.sampled_from([";", "\t"]), st.booleans(), st.booleans(), st.booleans(), st.sampled_from(["mwh", "MWh", "mwh "])
)
def test_both_read_the_same_hours(
    tmp_path: Path, separator: str, comma: bool, leap: bool, index: bool, name: str
) -> None:
    hours = [f"{k % 37}{',' if comma else '.'}25" for k in range(8784 if leap else 8760)]
    rows = [["hour", name], *([str(k), h] for k, h in enumerate(hours))] if index else [[name], *([h] for h in hours)]
    path = tmp_path / "h.csv"
    path.write_text("\n".join(separator.join(row) for row in rows))
    again = second_reader.contract_hours(path)
    assert again is None or again == read_contract_hours(path)[0].tolist()
