"""A diagnosis that time or Ctrl-C ends keeps what it found, and states what it did not look for."""

import pytest
from instances import problem_of, random_numbers

from siting import Budget, Problem, RenewableShare, UnprovenError, diagnose
from siting.solver.analysis import diagnose as module


@pytest.fixture
def clash() -> Problem:
    """Return a problem whose budget is far too small."""
    return problem_of(random_numbers(8), (Budget(usd_per_year=1e7), RenewableShare(min=0.2)))


def stopped_at(monkeypatch: pytest.MonkeyPatch, call: int, error: type[BaseException]) -> None:
    """Let one search for a repair end with an error."""
    real, calls = module.cheapest_repair, []

    def search(*args: object) -> object:
        calls.append(1)
        if len(calls) == call:
            raise error("stopped")
        return real(*args)

    monkeypatch.setattr(module, "cheapest_repair", search)


def test_nothing_is_left_to_look_for_with_enough_time(clash: Problem) -> None:
    found = diagnose(clash)
    assert (found.status, found.not_tried, found.interrupted) == ("infeasible", (), False)
    assert "Not looked for" not in str(found)


def test_a_search_without_a_result_in_time_is_named(clash: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = diagnose(clash)
    stopped_at(monkeypatch, 2, UnprovenError)
    found = diagnose(clash)
    assert found.not_tried == ("how much demand can be served",)
    assert set(found.fixes) <= set(whole.fixes)
    assert found.fixes
    assert "The time limit ended the search. Not looked for: how much demand can be served." in str(found)


def test_ctrl_c_keeps_the_fixes_found_so_far_where_that_is_wanted(
    clash: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped_at(monkeypatch, 2, KeyboardInterrupt)
    found = diagnose(clash, partial=True)
    assert found.interrupted
    assert found.not_tried[0] == "how much demand can be served"
    assert found.fixes
    assert "Ctrl-C ended the search." in str(found)
    stopped_at(monkeypatch, 1, KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        diagnose(clash)


def test_no_time_at_all_is_not_called_no_fix(clash: Problem) -> None:
    found = diagnose(clash, time_limit_s=0.0)
    assert found.fixes == ()
    assert "how far to loosen `budget`" in found.not_tried
    assert "Increase `--time-limit`" in str(found)
