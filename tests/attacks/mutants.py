"""Solved plans with their meaning changed, which verify has to refuse."""

import random
from collections.abc import Iterator
from pathlib import Path

from verify_mutants import mutants, outcome

import siting
from attacks import question
from attacks.outcome import Outcome
from siting import Plan, Problem, Scenario

SHIPPED = ("baseline", "carbon_price_and_incentives", "data_residency")
GAP = 0.02
"""Gap of the plans: a mutant is judged by what it states, not by how close its proof is."""


def plans(folder: Path) -> dict[str, Plan]:
    """Solve three shipped scenarios, and one on the planner's own files."""
    scenarios = Path(__file__).parents[2] / "scenarios"
    paths = [question.write(folder / "own"), *(scenarios / f"{name}.toml" for name in SHIPPED)]
    return {p.stem: siting.solve(siting.prepare(siting.Scenario.read(p)), time_limit_s=300.0, gap=GAP) for p in paths}


def attempts(seed: int, n: int, folder: Path) -> Iterator[Outcome]:
    """Re-check `n` mutants of four plans, as many of each."""
    rng = random.Random(seed)  # noqa: S311 (no secret: a seed that repeats)
    known: list[tuple[Scenario, Problem]] = []
    solved = plans(folder)
    for name, plan in solved.items():
        every = list(mutants(plan))
        for mutant in rng.sample(every, min(len(every), -(-n // len(solved)))):
            found = outcome(mutant.plan, known)
            fault = None if found == "caught" else found
            yield Outcome("verify: mutants", f"{name}: {mutant.group}: {mutant.name}", fault)
