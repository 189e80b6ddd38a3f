"""Bounds, objectives, statuses and plans of all location problems, against trying everything."""

import pytest
from brute_force import PROBLEMS, attempts


def test_a_sample_of_every_problem_is_right() -> None:
    tally = attempts(seed=16, n=20 * len(PROBLEMS))
    assert tally.first == []
    assert tally.right == sum(tally.by_problem.values()) == 20 * len(PROBLEMS)


def test_a_tally_counts_and_shows_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siting.locate.cover_all", lambda **_: 1 / 0)
    tally = attempts(seed=16, n=3 * len(PROBLEMS))
    assert (tally.right, tally.wrong) == (3 * (len(PROBLEMS) - 1), 3)
    assert len(tally.first) == 3
    assert "ZeroDivisionError" in tally.first[0]


@pytest.mark.slow
def test_five_thousand_instances_have_no_wrong_bound_and_an_honest_status() -> None:
    tally = attempts(seed=9, n=5_600)
    assert tally.first == []
    assert tally.right == 5_600
    assert min(tally.by_problem[problem] for problem in PROBLEMS) == 700
