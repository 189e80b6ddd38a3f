"""No hall is bought to remain empty: a built site uses at least a share of its draw in training on average."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from siting.problem.part import Part, PartInputs
from siting.problem.problem import Problem
from siting.problem.rows import Rows

UTILISATION = "utilisation"
"""Name of its rows."""


@dataclass(frozen=True)
class Utilisation(Part):
    """Use what is built: ``load_mw[o] >= utilisation_min * (mean draw / nameplate) * hall_mw * halls[o]``.

    The load is the mean IT draw that a site serves, and ``(mean draw / nameplate) * hall_mw * halls[o]`` what all the
    accelerators there draw while they train.
    """

    name: ClassVar[str] = UTILISATION
    row_names: ClassVar[Mapping[str, str]] = MappingProxyType(
        {UTILISATION: "the least use of halls (`building.utilisation_min`)"}
    )
    can_be_loosened: ClassVar[bool] = True

    @classmethod
    def prepare(cls, inputs: PartInputs) -> Self | None:
        """Return the part where halls have a least use."""
        return cls() if inputs.scenario.building.utilisation_min > 0 else None

    def rows(self, problem: Problem) -> list[Rows]:
        """Return one row an option [MW]."""
        n, least_mw = len(problem.options), problem.scenario.least_hall_mw
        one = sparse.csr_array(sparse.eye_array(n, format="csr"))
        terms = {"load_mw": one, "halls": -least_mw * one}
        return [Rows(UTILISATION, list(problem.options["label"]), terms, ">=", np.zeros(n), "MW")]

    def may_bind(self, block: Rows) -> bool:
        """Return True: the least use is the planner's."""
        return True
