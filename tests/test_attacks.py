"""A fixed sample of the attacks that `make fuzz` makes, and that the judges of an attempt find what is wrong."""

import json
from pathlib import Path

import pytest
from attacks.outcome import Ended, Outcome, fault_of
from attacks.run import (
    ALLOWED_SHARE,
    ATTACKS,
    PAGE,
    RESULT,
    Attack,
    attempt_all,
    chunks,
    failed,
    markdown,
    page_with,
    summary,
)

SAMPLE = 200
"""Attempts of the sample, shared out as in a full run."""


@pytest.mark.slow
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: a.of.removeprefix("attacks."))
def test_a_fixed_sample_of_attacks_finds_no_fault(attack: Attack) -> None:
    found = attempt_all(
        attack, seed=20_261_129, n=max(2, round(SAMPLE * attack.weight / sum(a.weight for a in ATTACKS)))
    )
    if not found and attack.of.startswith("attacks.full_disk"):
        pytest.skip("no disk in memory can be mounted here")
    assert found
    assert failed(found) == []


@pytest.mark.parametrize(
    ("ended", "fault"),
    [
        (Ended(70, "internal error: KeyError"), "exit code 70"),
        (Ended(1, "Traceback (most recent call last)"), "prints `Traceback`"),
        (Ended(2, "error: ValidationError"), "prints `ValidationError`"),
        (Ended(2, "error: name \x1b[31m"), "control character"),
        (Ended(2, "x" * 5000), "a message of 5000 bytes"),
        (Ended(2, " "), "without a message"),
        (Ended(0, "valid"), "accepted"),
    ],
)
def test_a_wrong_end_of_a_command_is_seen(ended: Ended, fault: str) -> None:
    assert fault in (fault_of(ended, must_refuse=True) or "")


def test_a_refusal_and_an_answer_are_right() -> None:
    assert fault_of(Ended(2, "error: `it_mw` is -1: give a positive number"), must_refuse=True) is None
    assert fault_of(Ended(0, "valid")) is None


def test_all_attempts_of_a_run_are_shared_out() -> None:
    sizes = [size for _, _, size in chunks(10_000, seed=1)]
    assert sum(sizes) == pytest.approx(10_000, rel=0.01)
    assert len({(attack.of, seed) for attack, seed, _ in chunks(10_000, seed=1)}) == len(sizes)


def test_a_summary_counts_each_class(tmp_path: Path) -> None:
    found = [Outcome("a", "1"), Outcome("a", "2", "accepted"), Outcome("b", "3")]
    result = summary(found, 3, 1)
    assert [tuple(row.values()) for row in result["classes"]] == [("a", 2, 1, 1), ("b", 1, 1, 0)]
    assert result["faults"] == [{"class": "a", "attempt": "2", "fault": "accepted"}]
    assert json.loads(json.dumps(result)) == result


def test_the_page_shows_the_table_of_the_last_full_run() -> None:
    page, result = PAGE.read_text(encoding="utf-8"), json.loads(RESULT.read_text(encoding="utf-8"))
    assert page == page_with(markdown(result), page)
    assert sum(row["attempts"] for row in result["classes"]) == pytest.approx(result["n"], rel=0.05)
    assert {row["class"] for row in result["classes"] if row["wrong"]} <= set(ALLOWED_SHARE)


def test_a_share_of_mutants_may_survive_and_no_traceback() -> None:
    few = [Outcome("verify: mutants", str(i), "survived" if i == 0 else None) for i in range(20)]
    assert failed(few) == []
    assert failed(few[:19]) == few[:1]
    assert failed([*few, crash := Outcome("verify: mutants", "20", "KeyError('x')")])[-1] == crash
