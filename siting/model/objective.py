"""What an objective is: a linear quantity of the plan to be made least, and the unit it is told in."""

from typing import TYPE_CHECKING, ClassVar, Literal

from siting.model.rows import Linear
from siting.model.sentence import Frozen, Word

if TYPE_CHECKING:
    from siting.model.problem import Problem


class CarbonMethod(Frozen):
    """How electricity's carbon is counted; the words are never mixed in one ranking."""

    scope: Literal["lifecycle", "direct"] = "lifecycle"
    signal: Literal["average"] = "average"
    basis: Literal["location"] = "location"


class Objective(Word):
    """Base of every objective. Least cost comes last, whatever comes first.

    Attributes
    ----------
    carbon : CarbonMethod
        The method in which emissions are counted.
    """

    word_field: ClassVar[str] = "objective"
    registry: ClassVar[dict[str, type["Objective"]]] = {}
    is_cost: ClassVar[bool] = False

    carbon: CarbonMethod = CarbonMethod()

    def linear(self, problem: "Problem") -> Linear:
        """Return the quantity to minimise as a linear function of the variables."""
        raise NotImplementedError

    def tell(self, problem: "Problem", value: float) -> float:
        """Turn the linear quantity into the unit in which the objective is told."""
        return value

    @property
    def unit(self) -> str:
        """Unit of what `tell` returns."""
        raise NotImplementedError
