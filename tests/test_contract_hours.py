"""The hours of a contract: 8,760 numbers in order, a leap year without 29 February, or the cause and the remedy."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siting import ScenarioError
from siting.world.user_files.contract_hours import read_contract_hours

HOURS = [f"{k % 24}.5" for k in range(8760)]
LEAP = HOURS[: 59 * 24] + ["999"] * 24 + HOURS[59 * 24 :]


def hours(folder: Path, text: str) -> tuple[list[float], tuple[str, ...]]:
    """Read the text of a file of hours."""
    (folder / "h.csv").write_text(text, encoding="utf-8")
    found, notes = read_contract_hours(folder / "h.csv")
    return found.tolist(), notes


def stamps(start: str, count: int, zone: str = "") -> list[str]:
    """Return times one hour apart."""
    first = datetime.fromisoformat(start)
    return [(first + timedelta(hours=k)).isoformat(sep=" ") + zone for k in range(count)]


@pytest.mark.slow
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    comma=st.booleans(),
    separator=st.sampled_from(";\t|"),
    leap=st.booleans(),
    index=st.booleans(),
    time=st.booleans(),
    name=st.sampled_from(["mwh", "MWh", "MWH"]),
)
def test_hours_in_any_dialect_are_those_that_were_meant(
    tmp_path: Path, comma: bool, separator: str, leap: bool, index: bool, time: bool, name: str
) -> None:
    cells = LEAP if leap else HOURS
    times = stamps("2024-01-01 00:00" if leap else "2023-01-01 00:00", len(cells))
    head = [*([""] if index else []), *(["time"] if time else []), name]
    rows = [
        [*([str(k)] if index else []), *([times[k]] if time else []), c.replace(".", ",") if comma else c]
        for k, c in enumerate(cells)
    ]
    found, notes = hours(tmp_path, "\n".join(separator.join(row) for row in [head, *rows]))
    assert found == [float(c) for c in HOURS]
    assert any("29 February is left out" in n for n in notes) is leap
    assert any("decimal commas" in n for n in notes) is comma


@pytest.mark.parametrize(
    "hour", [range(8760), range(1, 8761), [k % 24 for k in range(8760)], [k % 24 + 1 for k in range(8760)]]
)
def test_a_column_of_hours_in_order_is_accepted(tmp_path: Path, hour: range | list[int]) -> None:
    rows = "\n".join(f"{h};{m}" for h, m in zip(hour, HOURS, strict=True))
    assert hours(tmp_path, f"hour;mwh\n{rows}")[0] == [float(c) for c in HOURS]


def one_wrong(text: str) -> str:
    """Return a file whose 100th hour is wrong."""
    return "mwh\n" + "\n".join([*HOURS[:99], text, *HOURS[100:]])


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (one_wrong("-3"), r"`mwh` is below 0 in line 101 \(`-3`\), 1 such: write 0 where nothing is delivered"),
        (one_wrong("nan"), r"`mwh` is `nan` in line 101: .*leave a cell blank"),
        (one_wrong("1e999"), r"`mwh` is `1e999` in line 101: this is not a finite number"),
        (one_wrong("1e308"), r"`mwh` is above 1e\+09 in line 101"),
        (one_wrong("5 MWh"), r"`mwh` is `5 MWh` in line 101: write the number without `MWh`"),
        ("hour;mwh\n" + "\n".join(f"{k};{m if k else ''}" for k, m in enumerate(HOURS)), r"`mwh` is blank in line 2"),
        ("mwh\n" + "0\n" * 8760, r"all hours are 0"),
        ("mwh\n" + "1\n" * 8759, r"has 8,759 numbers, not 8,760 \(or 8,784 in a leap year\)"),
        ("mwh,mwh\n" + "1,2\n" * 8760, r"column `mwh` occurs twice"),
        ("kwh,price\n" + "1,2\n" * 8760, r"column `mwh` is missing \(the file has `kwh`, `price`\)"),
        ("1\n" * 8760, r"line 1 is not a header"),
        ("hour,mwh\n" + "0,1\n" * 8760, r"`hour` is 0 in line 3, which does not follow the hour before"),
        (
            "hour,mwh\n" + "".join(f"{8759 - k},1\n" for k in range(8760)),
            r"`hour` is 8\d+ in line \d+, which does not follow",
        ),
        (
            "time,mwh\n" + "".join(f"{t},1\n" for t in stamps("2023-07-01 00:00", 8760)),
            r"`time` begins at 2023-07-01 00:00:00 in line 2: begin on 1 January",
        ),
        (
            "time,mwh\n" + "".join(f"{t},1\n" for t in stamps("2023-01-01 00:00", 8760, "+02:00")),
            r"`time` begins at 2023-01-01 00:00:00\+02:00 in line 2: begin on 1 January at 00:00 UTC",
        ),
        (
            "time,mwh\n" + "".join(f"{t},1\n" for t in [*stamps("2023-01-01", 50), *stamps("2023-01-03 01:00", 8710)]),
            r"`time` is 2023-01-03 01:00:00 in line 52, not one hour after the line before",
        ),
        (
            "time,mwh\n" + "".join(f"{t},1\n" for t in stamps("2023-01-01", 8784)),
            r"8,784 hours from 1 January 2023, which has 8,760",
        ),
    ],
)
def test_each_fault_of_the_hours_has_its_own_sentence(tmp_path: Path, text: str, cause: str) -> None:
    with pytest.raises(ScenarioError, match=cause):
        hours(tmp_path, text)


@pytest.mark.parametrize("time", ["9999-12-31 23:00", "0001-01-01 00:00+14:00", "spring", ""])
def test_a_time_beyond_the_calendar_is_refused_or_not_used(tmp_path: Path, time: str) -> None:
    text = "time,mwh\n" + "".join(f"{time},1\n" for _ in range(8760))
    if time.startswith("9999"):
        with pytest.raises(ScenarioError, match="give a year of 1900 to 2100"):
            hours(tmp_path, text)
    else:
        found, notes = hours(tmp_path, text)
        assert np.sum(found) == 8760
        assert "column `time` is not in ISO 8601, and is not used" in notes[-1]
