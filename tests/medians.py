"""Location questions with known answers: by trying every choice of sites, or published."""

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st

BENCH = Path(__file__).parents[2] / "shared" / "bench"

needs_bench = pytest.mark.skipif(not BENCH.exists(), reason="third-party instances are not in ../shared/bench")


def least_cost(costs: np.ndarray, fixed: np.ndarray, count: int | None) -> float:
    """Try every choice of sites."""
    n = len(costs)
    sizes = range(1, n + 1) if count is None else (count,)
    choices = (list(c) for size in sizes for c in itertools.combinations(range(n), size))
    return min(float(costs[c].min(axis=0).sum() + fixed[c].sum()) for c in choices)


def published(problem: str) -> dict[str, float]:
    """Read the published optima of one kind of problem, by instance; none where the folder is absent."""
    if not BENCH.exists():
        return {}
    with (BENCH / "optima.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["problem"] == problem]
    return {row["instance"]: float(row["known_optimum"]) for row in rows}


@st.composite
def small_questions(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int]:
    """Draw costs (few values give many ties), fixed costs and a number of sites."""
    n, m = draw(st.integers(1, 7)), draw(st.integers(1, 8))
    count = draw(st.integers(1, n))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["whole", "ties", "real", "tiny", "duplicates"]))
    costs = {
        "whole": rng.integers(0, 100, (n, m)),
        "ties": rng.integers(0, 3, (n, m)),
        "real": rng.random((n, m)) * 10,
        "tiny": rng.random((n, m)) * 1e-7,
        "duplicates": np.repeat(rng.random((1, m)), n, axis=0),
    }[kind]
    fixed = rng.integers(0, 50, n).astype(float) * (1e-7 if kind == "tiny" else 1)
    return costs, fixed, count
