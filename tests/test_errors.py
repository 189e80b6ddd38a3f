"""Messages: one line a fault, at most ten of a list and then how many more, the nearest known word."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import siting
from siting import InfeasibleError, Scenario, ScenarioError, SitingError, diagnose, prepare
from siting.errors import MOST_LISTED, listed, nearest
from siting.scenario.limit import Limit
from siting.world.climate import read_hours
from siting.world.tables import read_table


def lines_of(error: BaseException) -> list[str]:
    """Return the faults of a message, one a line."""
    lines = [line for line in str(error).splitlines() if line.lstrip().startswith("- ")]
    deepest = max(len(line) - len(line.lstrip()) for line in lines)
    return [line for line in lines if line.startswith(" " * deepest)]


def test_a_list_is_cut_at_ten_and_counts_the_rest() -> None:
    assert listed([]) == ""
    assert listed(range(10)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert listed(range(87), "; ").endswith("8; 9 and 77 more")
    assert lines_of(SitingError.from_faults("many:", map(str, range(10))))[-1] == "  - 9"
    assert lines_of(SitingError.from_faults("many:", map(str, range(11))))[-1] == "  - and 1 more"


def test_the_nearest_word_is_suggested_and_a_strange_one_is_not() -> None:
    assert nearest("site_cuont", Limit.kinds()) == ": did you mean `site_count`?"
    assert nearest("zzz", Limit.kinds()) == ""


def hours_with_bad_cells(folder: Path) -> None:
    pd.DataFrame({"dry_bulb_c": ["warm"] * 8760, "rh": [0.5] * 8760}).to_csv(folder / "hours.csv", index=False)
    read_hours(folder / "hours.csv")


def places_with_bad_rows(folder: Path) -> None:
    rows = "".join(f"p{i},{200 + i},10\n" for i in range(30))
    (folder / "sites.csv").write_text("name,lon,lat\n" + rows, encoding="utf-8")
    (folder / "s.toml").write_text('[candidates]\nset = "sites.csv"\n', encoding="utf-8")
    prepare(Scenario.read(folder / "s.toml"))


LONG: dict[str, tuple[Callable[[Path], object], type[SitingError], int]] = {
    "hubs that nothing reaches": (
        lambda _: prepare(Scenario(name="far", limits=(siting.MaxLatency(batch_ms=2),))),
        InfeasibleError,
        87,
    ),
    "a scenario with many faults": (
        lambda _: Scenario(name="x", **{f"key_{i}": 1 for i in range(30)}),
        ScenarioError,
        30,
    ),
    "limits with many faults": (
        lambda _: Scenario(name="x", limits=tuple({"kind": "site_count", "min": -i} for i in range(1, 24))),
        ScenarioError,
        23,
    ),
    "places with bad rows": (places_with_bad_rows, ScenarioError, 30),
}


@pytest.mark.parametrize("name", LONG)
def test_faults_of_one_input_are_cut_at_ten_and_counted(name: str, tmp_path: Path) -> None:
    act, kind, n = LONG[name]
    with pytest.raises(kind) as caught:
        act(tmp_path)
    lines = lines_of(caught.value)
    assert len(lines) == MOST_LISTED + 1, str(caught.value)
    more = re.fullmatch(r" +- and (\d+) more", lines[-1])
    assert more is not None
    assert int(more[1]) >= n - MOST_LISTED


INLINE: dict[str, Callable[[Path], object]] = {
    "sites that no candidate is": lambda _: prepare(
        Scenario(name="x", limits=(siting.Excluded(sites=tuple(f"no-{i}" for i in range(40))),))
    ),
    "exclusions that no candidate is": lambda _: prepare(
        Scenario(name="x", candidates={"exclude": [f"no-{i}" for i in range(40)]})
    ),
    "a table that there is not": lambda _: read_table("qqq"),
    "a kind that there is not": lambda _: Scenario(name="x", limits=({"kind": "zzz"},)),
    "a public name that there is not": lambda _: siting.zzz,
    "hours with bad cells": hours_with_bad_cells,
}


@pytest.mark.parametrize("name", INLINE)
def test_a_list_inside_a_sentence_is_cut_at_ten_and_counted(name: str, tmp_path: Path) -> None:
    with pytest.raises((SitingError, AttributeError)) as caught:
        INLINE[name](tmp_path)
    text = str(caught.value)
    assert re.search(r"and \d+ more|such\)", text), text
    assert len(text) < 1500
    assert max(s.count(", ") for s in text.splitlines()) <= MOST_LISTED + 4, text


def test_a_diagnosis_is_short_too() -> None:
    found = diagnose(Scenario(name="far", limits=(siting.MaxLatency(batch_ms=2),)))
    assert len(found.reasons) > MOST_LISTED
    assert len(str(found).splitlines()) <= 2 * MOST_LISTED
    assert re.search(r"and \d+ more", str(found))
