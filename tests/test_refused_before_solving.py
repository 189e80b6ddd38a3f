"""What no plan can meet is refused before any solve, and shown by `check`, with the two numbers that differ."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from instances import problem_of, random_numbers
from typer.testing import CliRunner

from siting import InfeasibleError, MaxLatency, Scenario, ScenarioError, SiteCount, SitingError, prepare, solve
from siting.cli.main import app
from siting.physics.money.finance import capital_recovery_factor
from siting.problem.rows import one_row


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ('min = 1\n[[limits]]\nkind = "survive_loss"\nshare = 0.5\n[demand.elastic]\nmin_share = 0.5', "elastic"),
        ('min = 1\n[[limits]]\nkind = "max_latency"\nbatch_ms = 1e9', r"up to 60,000"),
    ],
)
def test_check_refuses_what_plan_refuses(small: Path, changed: str, message: str) -> None:
    small.write_text(small.read_text(encoding="utf-8").replace("min = 2", changed), encoding="utf-8")
    found = []
    for command in (["check", str(small)], ["plan", str(small), "--no-report"]):
        done = CliRunner().invoke(app, command)
        found.append((type(done.exception), str(done.exception)))
        assert isinstance(done.exception, SitingError)
        assert message in str(done.exception).replace("\n", " ")
    assert found[0] == found[1]


def test_check_shows_the_place_of_a_candidate_and_what_no_plan_can_meet(small: Path) -> None:
    small.write_text(small.read_text(encoding="utf-8").replace("min = 2", "min = 4"), encoding="utf-8")
    done = CliRunner().invoke(app, ["check", str(small)])
    assert done.exit_code == 0, done.output
    assert "INFEASIBLE limit `site_count`: `min` is 4 sites, but there are 3 candidates" in done.output
    planned = CliRunner().invoke(app, ["plan", str(small), "--no-report"])
    assert isinstance(planned.exception, InfeasibleError)


def test_more_sites_than_candidates_is_one_sentence_with_both_numbers() -> None:
    problem = problem_of(random_numbers(1, n_sites=4), (SiteCount(min=20),))
    with pytest.raises(InfeasibleError, match=r"`min` is 20 sites, but there are 4 candidates: lower `min`"):
        solve(problem)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(some.floats(min_value=5e-324, max_value=9e-4), some.sampled_from(["it_mw", "eflop_per_year"]))
def test_a_demand_that_is_no_more_than_nothing_is_refused_with_the_least(size: float, key: str) -> None:
    demand: dict[str, Any] = {key: size}
    with pytest.raises(SitingError, match=r"give|usual|plausible|above") as found:
        prepare(Scenario(name="tiny", demand=demand))
    assert "internal" not in str(found.value)


def test_numbers_beyond_floating_point_are_refused_in_python_too() -> None:
    with pytest.raises(ScenarioError, match="limit `site_count`"):
        one_row("site_count", "at most", {"open": np.ones(2)}, "<=", 10**400, "sites")
    with pytest.raises(SitingError, match=r"above 60,000"):
        MaxLatency(batch_ms=10**400)


def test_capital_over_a_life_without_end_is_repaid_at_the_discount_rate() -> None:
    assert capital_recovery_factor(0.07, 1e9) == 0.07
