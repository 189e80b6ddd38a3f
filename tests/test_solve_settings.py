"""Time limit, gap and solver are checked alike in every function that solves, before anything is computed."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from instances import problem_of, random_numbers
from typer.testing import CliRunner

from siting import Scenario, ScenarioError, Study, diagnose, frontier, prepare, solve, sweep, threshold
from siting.cli.main import app
from siting.solver.settings import require_settings

SMALL = Scenario(name="small", demand={"it_mw": 60})
DOORS: dict[str, Callable[..., object]] = {
    "solve": lambda **how: solve(problem_of(random_numbers(1)), **how),
    "frontier": lambda **how: frontier(SMALL, **how),
    "Study": Study,
    "sweep": lambda **how: sweep(SMALL, {"hardware.mfu": [0.3, 0.6]}, **how),
    "threshold": lambda **how: threshold(SMALL, "lulea", "costs.water-usd-per-m3", 0.0, 1.0, **how),
}
WRONG: list[tuple[str, Any]] = [
    *(("gap", gap) for gap in (math.nan, -1, 1, 2, math.inf, "1%", None, True, [0.1])),
    *(("time_limit_s", limit) for limit in (math.nan, -1, math.inf, "60 s", True)),
    *(("solver", solver) for solver in (None, 3, "", "no_such_solver")),
]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("setting", ["gap", "time_limit_s", "solver"])
def test_every_door_refuses_a_wrong_setting_and_names_it(door: str, setting: str) -> None:
    for name, value in WRONG:
        if name == setting and value != "no_such_solver":
            with pytest.raises(ScenarioError, match=f"`{name}` is "):
                DOORS[door](**{name: value})


def test_solve_refuses_every_wrong_setting_and_all_at_once() -> None:
    for name, value in WRONG:
        with pytest.raises(ScenarioError):
            DOORS["solve"](**{name: value})
    with pytest.raises(ScenarioError) as found:
        solve(problem_of(random_numbers(1)), time_limit_s=-1, gap=2, memory_mb=0)
    assert [f.split("`")[1] for f in found.value.faults] == ["gap", "time_limit_s", "memory_mb"]
    with pytest.raises(ScenarioError, match="`time_limit_s` is -1"):
        diagnose(SMALL, time_limit_s=-1)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    some.one_of(
        some.floats(),
        some.integers(),
        some.text(),
        some.none(),
        some.booleans(),
        some.sampled_from([10**400, 10**5000]),
    )
)
def test_a_gap_is_a_finite_share_below_one_or_is_refused_in_a_sentence(gap: Any) -> None:
    fits = isinstance(gap, (int, float)) and not isinstance(gap, bool) and 0 <= gap < 1
    if fits:
        require_settings(None, gap)
    else:
        with pytest.raises(ScenarioError, match=r"1 % is 0\.01") as found:
            require_settings(None, gap)
        assert len(str(found.value)) < 300


@pytest.mark.parametrize("thing", [None, "baseline.toml", 3, {"name": "x"}])
def test_solve_and_prepare_name_the_type_that_they_were_given(thing: Any) -> None:
    with pytest.raises(ScenarioError, match=f"`problem` is a {type(thing).__name__}: "):
        solve(thing)
    with pytest.raises(ScenarioError, match=f"`scenario` is a {type(thing).__name__}: "):
        prepare(thing)


@pytest.mark.parametrize("gap", ["1", "1.5", "nan", "-0.1", "inf"])
def test_the_command_line_refuses_a_gap_that_is_no_share_with_a_hint(gap: str) -> None:
    done = CliRunner().invoke(app, ["plan", "--gap", gap])
    assert done.exit_code == 2
    assert "1 % is 0.01" in " ".join(done.output.split())
