"""Design of a study: every combination of values, a list of runs, or a Latin hypercube."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from siting.errors import ScenarioError, listed
from siting.scenario.scenario import Scenario
from siting.study.runs.scenario_paths import check_paths

Values = dict[str, Any]
Vary = Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Design:
    """The runs of a study, made one at a time.

    Attributes
    ----------
    paths : tuple of str
        Paths that vary.
    size : int
        Number of runs.
    vary : mapping or sequence
        As it was given.
    """

    paths: tuple[str, ...]
    size: int
    vary: Vary

    def __iter__(self) -> Iterator[Values]:
        """Yield the values of each run, the last path the fastest."""
        if isinstance(self.vary, Mapping):
            for values in itertools.product(*self.vary.values()):
                yield dict(zip(self.paths, values, strict=True))
        else:
            yield from (dict(run) for run in self.vary)


def design_of(scenario: Scenario, vary: Vary) -> Design:
    """Check the paths and values of a design before anything runs.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    vary : mapping or sequence of mapping
        Path to its values, for every combination; or a list of runs, each path to value, as `latin_hypercube` makes.

    Returns
    -------
    Design
        The runs.

    Raises
    ------
    ScenarioError
        Nothing varies, an unknown path, a path without values, or runs with different paths.
    """
    if not vary:
        raise ScenarioError('nothing varies: give paths with values, such as {"demand.it_mw": [100, 300]}')
    if isinstance(vary, Mapping):
        check_paths(scenario, list(vary))
        odd = [k for k, v in vary.items() if isinstance(v, (str, bytes)) or not isinstance(v, Sequence) or not len(v)]
        if odd:
            raise ScenarioError(f"{listed(f'`{k}`' for k in odd)}: give a list of one or more values")
        return Design(tuple(vary), int(np.prod([len(v) for v in vary.values()])), vary)
    paths = tuple(vary[0])
    check_paths(scenario, paths)
    other = [str(i) for i, run in enumerate(vary) if set(run) != set(paths)]
    if other:
        raise ScenarioError(
            f"run(s) {listed(other)} vary other paths than the first ({listed(paths)}): let all vary the same"
        )
    return Design(paths, len(vary), vary)


def latin_hypercube(ranges: Mapping[str, tuple[float, float]], samples: int, seed: int = 0) -> list[Values]:
    """Return runs that fill ranges evenly: each path has one value in each of as many equal slices as runs.

    Parameters
    ----------
    ranges : mapping of str to (float, float)
        Path to its lowest and highest value; integers if both ends are `int`.
    samples : int
        Number of runs, 1 or more.
    seed : int
        The same seed gives the same runs.

    Returns
    -------
    list of dict
        For `siting.sweep`.

    Raises
    ------
    ScenarioError
        No range, a range without width, or no samples.

    References
    ----------
    M. D. McKay, R. J. Beckman, W. J. Conover (1979), Technometrics 21(2), 239-245; drawn by scipy.stats.qmc.

    Examples
    --------
    >>> runs = latin_hypercube({"demand.it_mw": (100.0, 500.0)}, samples=4, seed=1)
    >>> sorted(int(run["demand.it_mw"] // 100) for run in runs)
    [1, 2, 3, 4]
    """
    from scipy.stats import qmc

    faults = [f"`{k}`: {low} to {high} is not a range" for k, (low, high) in ranges.items() if not low < high]
    if samples < 1 or not ranges:
        faults.append(f"`samples` is {samples} over {len(ranges)} range(s): give one or more of both")
    if faults:
        raise ScenarioError.from_faults("no Latin hypercube:", faults)
    unit = qmc.LatinHypercube(d=len(ranges), rng=np.random.default_rng(seed)).random(samples)
    columns = [_spread(u, low, high) for u, (low, high) in zip(unit.T, ranges.values(), strict=True)]
    return [dict(zip(ranges, values, strict=True)) for values in zip(*columns, strict=True)]


def _spread(unit: np.ndarray, low: float, high: float) -> list[Any]:
    """Return values between two ends, integers if both ends are."""
    if isinstance(low, int) and isinstance(high, int):
        return [int(v) for v in np.floor(low + unit * (high - low + 1))]
    return [float(v) for v in low + unit * (high - low)]
