"""What is built: one cooling design a site, integer halls between a smallest and a largest size, and their load."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from siting.problem.ledger.lines import ledger_lines
from siting.problem.ledger.option_costs import OptionCosts
from siting.problem.part import Decisions, Line, Part, PartInputs
from siting.problem.problem import Problem
from siting.problem.rows import Family, Rows, group_sum
from siting.units import Floats


@dataclass(frozen=True)
class Capacity(Part):
    """Build halls for the load, with at most one cooling design a site.

    ``load_mw[o] <= utilisation_max * (mean draw / nameplate) * hall_mw * halls[o]``,
    ``min_halls * open[o] <= halls[o] <= max_halls[o] * open[o]``, and ``sum_{o of s} open[o] <= 1``; the largest
    number of halls follows from the grid and size limits, and from the demand.

    Attributes
    ----------
    charges : tuple of Line
        The lines of the ledger on halls and load.
    """

    name: ClassVar[str] = "capacity"
    row_names: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"capacity": "the sizes of sites", "one_design": "one design a site"}
    )
    column_rank: ClassVar[int] = 2

    charges: tuple[Line, ...]

    @classmethod
    def prepare(cls, inputs: PartInputs) -> Self:
        """Return the part with the lines of the scenario's costs."""
        return cls(ledger_lines(inputs.costs))

    def families(self, problem: Problem) -> tuple[Family, ...]:
        """Return for each option whether it is open, its halls, and its mean IT draw [MW]."""
        n = len(problem.options)
        labels, each, zero = list(problem.options["label"]), np.arange(n), np.zeros(n)
        most = problem.options["max_halls"].to_numpy(float)
        most_mw = most * problem.scenario.usable_hall_mw
        return (
            Family("open", labels, zero, np.ones(n), integer=True, owner="option", owner_index=each),
            Family("halls", labels, zero, most, integer=True, owner="option", owner_index=each),
            Family("load_mw", labels, zero, most_mw, integer=False, owner="option", owner_index=each),
        )

    def lines(self, problem: Problem) -> tuple[Line, ...]:
        """Return the lines on halls and load."""
        return self.charges

    def rows(self, problem: Problem) -> list[Rows]:
        """Return three rows an option [MW, halls, halls], and one a site that has several options."""
        n = len(problem.options)
        building = problem.scenario.building
        one, zero = sparse.eye_array(n, format="csr"), np.zeros(n)
        where = list(problem.options["label"])
        usable = problem.scenario.usable_hall_mw
        most = sparse.diags_array(problem.options["max_halls"].to_numpy(dtype=float), format="csr")
        return [
            Rows("capacity", where, {"load_mw": one, "halls": -usable * one}, "<=", zero, "MW"),
            Rows("capacity", where, {"halls": one, "open": -float(building.min_halls) * one}, ">=", zero, "halls"),
            Rows("capacity", where, {"halls": one, "open": -most}, "<=", zero, "halls"),
            *self._one_design(problem),
        ]

    def _one_design(self, problem: Problem) -> list[Rows]:
        n = len(problem.sites)
        site = problem.options["site"].to_numpy(dtype=np.intp)
        several = np.flatnonzero(np.bincount(site, minlength=n) > 1)
        if not len(several):
            return []
        matrix = group_sum(site, np.ones(len(site)), n)[several]
        where = [str(problem.sites["id"].iloc[s]) for s in several]
        return [Rows("one_design", where, {"open": matrix}, "<=", np.ones(len(several)), "designs")]

    def start(self, problem: Problem, plan: Decisions, values: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return what a plan builds, as far as the problem has its options."""
        at = {str(label): o for o, label in enumerate(problem.options["label"])}
        most = problem.options["max_halls"].to_numpy(float)
        opened, halls, load_mw = np.zeros((3, len(problem.options)))
        columns = (plan.sites[c] for c in ("id", "cooling", "halls", "it_mw"))
        for site, cooling, n_halls, it_mw in zip(*columns, strict=True):
            o = at.get(f"{site}__{cooling}")
            if o is not None:
                opened[o], halls[o], load_mw[o] = 1.0, min(float(n_halls), most[o]), float(it_mw)
        return {"open": opened, "halls": halls, "load_mw": load_mw}

    def drawn(self, costs: OptionCosts, at: Mapping[str, float]) -> Self:
        """Return the part with the lines of the drawn costs."""
        return replace(self, charges=ledger_lines(costs))
