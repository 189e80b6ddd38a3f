"""Draws of the uncertain inputs of all candidates: the objective's coefficients at each draw."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import PrivateAttr

from siting.errors import ScenarioError
from siting.problem.ledger.cost_figures import rates_of
from siting.problem.ledger.option_costs import OptionCosts
from siting.problem.problem import Problem
from siting.problem.rows import Linear
from siting.problem.uncertain_input import UncertainInput
from siting.scenario.objective import Objective
from siting.study.uncertainty.inputs import inputs_for, zone_factors
from siting.study.uncertainty.interval import CLIMATE_ERROR, drawn_costs, drawn_prices, yearly_means
from siting.units import Floats

if TYPE_CHECKING:
    from siting.scenario.scenario import Scenario

CLIMATE_HALF_K = 1.0
"""Error of a typical year [K] (assumption): degree-days at 140 stations are off by about 85 K day of 1,000
(docs/accuracy.md), which is 0.6 K on each of 150 warm days."""

SAME_COEFFICIENT = 1e-12
"""Relative difference up to which a drawn coefficient is the planner's own (rounding)."""

DEMAND, ROUND_TRIPS = "demand", "round trips"
"""Inputs that change what must be served and from where: factors on the demand, and on all round trips."""


def inputs_of_problem(
    problem: Problem, demand: tuple[float, float] | None = None, latency: tuple[float, float] | None = None
) -> tuple[UncertainInput, ...]:
    """Return every input of a problem that is drawn, for all candidates.

    Parameters
    ----------
    problem : Problem
        The numbers.
    demand, latency : (float, float) or None, optional
        Least and largest factor on the demand and on all round trips; held where none are given, since no source has an interval.

    Returns
    -------
    tuple of UncertainInput
        Those of `siting.uncertain_inputs` for all candidates, and climate, demand and round trips.

    Raises
    ------
    ScenarioError
        Factors that are not an interval around 1, or not above 0.
    """
    facts = problem.options.join(problem.sites.drop(columns=["id"]), on="site")
    shared = [x for x in inputs_for(problem.scenario, facts) if x.name != "climate"]
    of_parts = [x for part in problem.parts for x in part.uncertain_inputs(problem)]
    given = {DEMAND: demand, ROUND_TRIPS: latency}
    if demand is not None and problem.scenario.demand.runs:
        raise ScenarioError("a demand of training runs is not drawn: give `it_mw` or `eflop_per_year`")
    factors = {name: ends for name, ends in given.items() if ends is not None}
    faults = [
        f"`{n}` is {ends}: give a factor of 1 or less and one of 1 or more"
        for n, ends in factors.items()
        if not 0 < ends[0] <= 1 <= ends[1]
    ]
    if faults:
        raise ScenarioError.from_faults("no ensemble:", faults)
    own = [
        UncertainInput(n, "1", low, 1.0, high, "uniform", "all hubs alike", "given by the planner", "assumption")
        for n, (low, high) in factors.items()
    ]
    return (*shared, _climate(), *of_parts, *own)


def _climate() -> UncertainInput:
    half = CLIMATE_HALF_K
    why = "assumption from the error of degree-days (docs/accuracy.md); relative humidity held"
    return UncertainInput(CLIMATE_ERROR, "K", -half, 0.0, half, "triangular", "all sites alike", why, "assumption")


class OfBase(Objective):
    """An objective in the unit of another one, its base, and with the same denominator; not in files."""

    in_files: ClassVar[bool] = False
    ties_are_many: ClassVar[bool] = False

    _base: Objective = PrivateAttr()

    def per(self, problem: Problem) -> Linear | None:
        """Return the denominator of a ratio."""
        return self._base.per(problem)

    def in_unit(self, problem: Problem, value: float) -> float:
        """Return the value in the unit of the base objective."""
        return self._base.in_unit(problem, value)

    @property
    def unit(self) -> str:
        """Unit of the base objective."""
        return self._base.unit


class Drawn(OfBase):
    """An objective at other figures: the same quantity, its coefficients drawn (made by `Draws`)."""

    objective: Literal["drawn"] = "drawn"
    _coefficients: Mapping[str, Mapping[str, float]] = PrivateAttr()

    @classmethod
    def of(cls, base: Objective, coefficients: Mapping[str, Mapping[str, float]]) -> "Drawn":
        """Return an objective at other coefficients, by family and label of the variable."""
        made = cls(carbon=base.carbon)
        made._base, made._coefficients = base, coefficients
        return made

    def linear(self, problem: Problem) -> Linear:
        """Return the quantity of the base objective, at the drawn figures."""
        base, families = self._base.linear(problem), problem.families
        drawn = {f: np.array([of[label] for label in families[f].labels]) for f, of in self._coefficients.items()}
        return Linear({**base.terms, **drawn}, base.unit, base.constant)


@dataclass(frozen=True)
class Draws:
    """A problem's objective at many draws of its inputs.

    Attributes
    ----------
    problem : Problem
        With every option that any draw may build.
    inputs : tuple of UncertainInput
        What is drawn.
    values : mapping of str to numpy.ndarray
        (draws,) values by input.
    """

    problem: Problem
    inputs: tuple[UncertainInput, ...]
    values: Mapping[str, Floats]

    @classmethod
    def of(
        cls, problem: Problem, inputs: Sequence[UncertainInput], draws: int, seed: int, hold: Collection[str]
    ) -> "Draws":
        """Draw every input that is not held.

        Raises
        ------
        ScenarioError
            No draws, a name that no input has, a demand that is elastic, carbon counted by contract, or an objective that nothing drawn moves.
        """
        known = {x.name for x in inputs}
        faults = [f"`hold` names `{n}`, which is not an input of this scenario" for n in sorted(set(hold) - known)]
        if draws < 1 or seed < 0:
            faults.append(f"`samples` is {draws}, `seed` is {seed}: give 1 or more samples and a seed of 0 or more")
        if problem.scenario.minimise.carbon.basis == "market":
            faults.append('the load that contracts do not cover is not drawn: count carbon by `basis = "location"`')
        if problem.scenario.demand.elastic is not None:
            faults.append(
                "an elastic demand has no ensemble: its objective is a ratio; use a demand that is served in full"
            )
        if faults:
            raise ScenarioError.from_faults("no ensemble:", faults)
        values = {x.name: np.full(draws, x.mid) if x.name in hold else x.draw(draws, seed) for x in inputs}
        made = cls(problem, tuple(inputs), values)
        if not made.moves:
            word = problem.scenario.minimise.name
            raise ScenarioError(f"nothing that is drawn moves the objective `{word}`: an ensemble would not vary")
        return made

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    @property
    def moves(self) -> bool:
        """Whether the objective depends on what is drawn, or the region does."""
        return bool(self.arrays) or any(np.ptp(self.values[n]) > 0 for n in (DEMAND, ROUND_TRIPS) if n in self.values)

    @cached_property
    def _costs(self) -> OptionCosts:
        problem, scenario = self.problem, self.problem.scenario
        packs = tuple(p.on(scenario.policy.date) for p in scenario.policy.asked(scenario.file))
        return OptionCosts.of(problem.sites, problem.options, scenario, rates_of(scenario), packs)

    @cached_property
    def arrays(self) -> dict[str, Floats]:
        """Coefficients of the objective by family, (draws, n), of the families whose coefficients the draws move."""
        problem, objective, costs = self.problem, self.problem.scenario.minimise, self._costs
        preset = problem.scenario.building.cooling_preset
        pue, wue = yearly_means(costs.facts, costs.facts["cooling"].to_numpy(str), preset, self.values)
        both, lifecycle = zone_factors(problem.scenario, costs.facts, self.values)
        base, drawn_terms = objective.linear(problem).terms, []
        for k in range(len(self)):
            at = {name: float(v[k]) for name, v in self.values.items()}
            prices = drawn_prices(costs.facts, at)
            drawn = drawn_costs(costs, at, pue[:, k], wue[:, k], both[:, k], prices, lifecycle[:, k])
            options = problem.options.assign(pue=pue[:, k], wue_l_per_kwh=wue[:, k] * drawn.draw)
            parts = tuple(part.drawn(drawn, at) for part in problem.parts)
            drawn_terms.append(objective.linear(replace(problem, options=options, parts=parts)).terms)
        found = {}
        for family in dict.fromkeys(f for terms in (base, *drawn_terms) for f in terms):
            none = np.zeros(len(problem.families[family]))
            rows = np.array([terms.get(family, none) for terms in drawn_terms])
            if not np.allclose(rows, base.get(family, none), rtol=SAME_COEFFICIENT, atol=0.0):
                found[family] = rows
        return found

    def objective(self, weights: Floats) -> Drawn:
        """Return the objective at a mean of the draws, weights (draws,) that sum to 1."""
        families = self.problem.families
        mixed = {f: dict(zip(families[f].labels, map(float, weights @ a), strict=True)) for f, a in self.arrays.items()}
        return Drawn.of(self.problem.scenario.minimise, mixed)

    def at(self, k: int) -> Drawn:
        """Return the objective at one draw."""
        return self.objective(np.eye(1, len(self), k)[0])

    def question(self, scenario: "Scenario", k: int) -> "Scenario":
        """Return the scenario at one draw of demand and round trips: a slower network is a stricter limit."""
        from siting.study.runs.scenario_paths import value_at, with_values

        values: dict[str, Any] = {}
        if DEMAND in self.values:
            path = "demand.it_mw" if scenario.demand.it_mw is not None else "demand.eflop_per_year"
            values[path] = value_at(scenario, path) * float(self.values[DEMAND][k])
        if ROUND_TRIPS in self.values:
            for i, limit in enumerate(scenario.limits):
                for key, ms in (limit.__pydantic_extra__ or {}).items():
                    if key.endswith("_ms"):
                        alone = sum(type(x) is type(limit) for x in scenario.limits) == 1
                        name = limit.name if alone else str(i)
                        values[f"limits.{name}.{key}"] = ms / float(self.values[ROUND_TRIPS][k])
        return with_values(scenario, values) if values else scenario
