"""A planner's measured round trips replace the estimates, and a faulty file is refused with all its faults."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siting import Scenario, prepare, solve
from siting.errors import ScenarioError, UnprovenError
from siting.world.user_files.user_rtt import DAY_MAXIMUM_OVER_MEAN_P90, read_measured, with_measured

PLACES = pd.DataFrame({"id": ["oslo", "rome", "cairo"], "lon": [10.75, 12.5, 31.2], "lat": [59.9, 41.9, 30.0]})


def written(folder: Path, text: str) -> Path:
    """Write a file of measured pairs."""
    file = folder / "own.csv"
    file.write_text(text, encoding="utf-8")
    return file


def read(folder: Path, text: str) -> pd.DataFrame:
    """Write and read a file of measured pairs between the three places."""
    return read_measured(written(folder, text), PLACES, PLACES)


def test_a_median_counts_1p19_times_and_a_p90_as_it_is(tmp_path: Path) -> None:
    table = read(tmp_path, "site,hub,rtt_ms,quantile\noslo,rome,40,\nrome,cairo,50,0.9\n")
    assert table["rtt_p90_ms"].tolist() == [pytest.approx(47.6), 50.0]


def test_a_stated_p90_goes_before_the_median(tmp_path: Path) -> None:
    table = read(tmp_path, "site,hub,rtt_ms,quantile\noslo,rome,45,0.9\noslo,rome,40,0.5\n")
    assert table["rtt_p90_ms"].tolist() == [45.0]


def test_pairs_that_were_not_measured_keep_their_estimate(tmp_path: Path) -> None:
    table = read(tmp_path, "site,hub,rtt_ms,quantile\noslo,rome,45,0.9\n")
    before = np.full((3, 3), 99.0)
    after = with_measured(before, PLACES, PLACES, table)
    assert after[0, 1] == 45.0
    assert (np.delete(after.ravel(), 1) == 99.0).all()
    assert (before == 99.0).all()


def test_one_pair_twice_with_one_value_is_no_fault(tmp_path: Path) -> None:
    assert len(read(tmp_path, "site,hub,rtt_ms\noslo,rome,40\noslo,rome,40\n")) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("site,hub,rtt_ms\nosl,rome,40\n", r"row 2: no candidate has the id `osl`: did you mean `oslo`\?"),
        ("site,hub,rtt_ms\noslo,roma,40\n", r"row 2: no hub has the id `roma`: did you mean `rome`\?"),
        # Oslo - Rome is 2,005 km: light in fibre needs 19.7 ms there and back
        (
            "site,hub,rtt_ms\noslo,rome,15\n",
            r"row 2: oslo to rome in 15 ms is faster than light.*19\.\d ms.*round trip",
        ),
        ("site,hub,rtt_ms\noslo,rome,-40\n", r"row 2, `rtt_ms` is `-40`: write a time above 0"),
        ("site,hub,rtt_ms\noslo,rome,0\n", r"`rtt_ms` is `0`"),
        ("site,hub,rtt_ms\noslo,rome,nan\n", r"`rtt_ms` is `nan`"),
        ('site,hub,rtt_ms\noslo,rome,"40,5"\n', r"`rtt_ms` is `40,5`: .*decimal point"),
        ("site,hub,rtt_ms\noslo,rome,40,5\n", r"row 2 has 4 cells.*decimal point"),
        ("site,hub,rtt_ms\noslo,rome\n", r"row 2 has 2 cells"),
        ("site,hub,rtt_ms\noslo,rome,40\noslo,rome,41\n", r"rows 2 and 3: oslo to rome is 40 and 41 ms: keep one"),
        (
            "site,hub,rtt_ms,quantile\noslo,rome,45,0.5\noslo,rome,40,0.9\n",
            r"rows 2 and 3: .*median of 45 ms above its 0\.9 quantile of 40 ms",
        ),
        ("site,hub,rtt_ms,quantile\noslo,rome,45,0.95\n", r"`quantile` is `0\.95`: use 0\.5, 0\.9"),
        ("site,hub,rtt\noslo,rome,45\n", r"unknown column `rtt`: did you mean `rtt_ms`\?(.|\n)*`rtt_ms` is missing"),
        ("site,hub,rtt_ms\n", r"no rows"),
        ("", r"own\.csv is empty: give a CSV file in UTF-8 with the columns site, hub, rtt_ms, quantile"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        read(tmp_path, text)


def test_all_faults_of_a_file_come_in_one_message(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"own\.csv has 3 fault\(s\):(.|\n)*row 3(.|\n)*row 2(.|\n)*row 4"):
        read(tmp_path, "site,hub,rtt_ms\nosl,rome,40\noslo,rome,x\noslo,nowhere,40\n")


def test_a_file_that_is_not_there_is_named(small: Path) -> None:
    small.write_text(small.read_text() + '[latency]\nmeasured = "own.csv"\n')
    with pytest.raises(ScenarioError, match=r"`latency\.measured` is `own\.csv`: no such file"):
        prepare(Scenario.read(small))


def test_a_plan_uses_the_measured_pair_and_says_so(small: Path) -> None:
    written(small.parent, "site,hub,rtt_ms\nlulea-own,oslo,31\nlulea-own,singapore,300\n")
    small.write_text(small.read_text() + '[latency]\nmeasured = "own.csv"\n')
    problem = prepare(Scenario.read(small))
    row = list(problem.sites["id"]).index("lulea-own")
    assert problem.rtt_p90_ms[row].tolist() == pytest.approx(
        [DAY_MAXIMUM_OVER_MEAN_P90 * 31, DAY_MAXIMUM_OVER_MEAN_P90 * 300]
    )
    plan = solve(problem)
    told = plan.assignments.set_index("site")["rtt_quality"]
    assert set(told[["lulea-own"]]) == {"measured (yours)"}
    assert "measured (yours)" not in set(told.drop("lulea-own"))
    plan.verify()
    written(small.parent, "site,hub,rtt_ms\nlulea-own,oslo,30\nlulea-own,singapore,290\n")
    with pytest.raises(UnprovenError, match=r"stated round trip, lulea-own to"):
        plan.verify()
