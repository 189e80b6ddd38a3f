"""Progress of a solve is logged to `siting`, and printed only if the user configures logging."""

import logging
import subprocess
import sys

import pytest
from instances import problem_of, random_numbers

from siting import Budget, EmissionsPerCompute
from siting.solver.solve import solve_with


@pytest.mark.parametrize("decompose", [False, True])
def test_stage_incumbent_bound_and_gap_are_logged_at_info(caplog: pytest.LogCaptureFixture, decompose: bool) -> None:
    problem = problem_of(random_numbers(3), (Budget(above_least_cost=0.5),), EmissionsPerCompute())
    with caplog.at_level(logging.INFO, logger="siting"):
        solve_with(problem, [], decompose=decompose)
    text = "\n".join(r.getMessage() for r in caplog.records)
    assert "stage: least cost" in text
    assert "stage 1 of 1: " in text
    assert "incumbent" in text
    assert "bound" in text
    assert "gap" in text
    assert ("LP relaxation: lower bounds" in text) is decompose
    assert ("restricted MIP over" in text) is decompose
    names = {r.name for r in caplog.records}
    assert names == {"siting.solver.solve", "siting.solver.lexicographic"} | (
        {"siting.solver.decomposition.master"} if decompose else set()
    )


def test_nothing_is_printed_unless_logging_is_configured() -> None:
    code = (
        "import siting as st\n"
        "s = st.Scenario(name='one', demand={'it_mw': 60}, limits=(st.SiteCount(max=1),))\n"
        "st.solve(st.prepare(s))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
