"""Small location problems of all kinds against brute force."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from brute_force import DRAW, PROBLEMS, fault_of

from attacks.outcome import Outcome


def attempts(seed: int, n: int, _: Path) -> Iterator[Outcome]:
    """Solve `n` instances and compare them with trying everything."""
    for number in range(n):
        problem = PROBLEMS[number % len(PROBLEMS)]
        instance = DRAW[problem](np.random.default_rng([seed, number]))
        fault = fault_of(instance)
        yield Outcome("locate against brute force", f"{seed}, {number}, {problem}", fault)
