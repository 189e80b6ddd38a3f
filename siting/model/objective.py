"""What an objective is: a linear quantity of the plan to be made least, and the unit it is told in."""

from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import model_validator

from siting.errors import ScenarioError
from siting.model.rows import Linear
from siting.model.sentence import Frozen, Word
from siting.world.grid import Basis, Scope, Signal, intensity_column

if TYPE_CHECKING:
    from siting.model.problem import Problem


class CarbonMethod(Frozen):
    """How electricity's carbon is counted; one method a plan, so that methods never meet in one ranking.

    Attributes
    ----------
    scope : str
        `lifecycle` or `direct`.
    signal : str
        `average` or `marginal`; every marginal factor is direct.
    basis : str
        `location`; `market` is refused until a scenario can hold contracts.
    """

    scope: Scope = "lifecycle"
    signal: Signal = "average"
    basis: Basis = "location"

    @model_validator(mode="after")
    def _can_be_counted(self) -> Self:
        try:
            intensity_column(self.scope, self.signal, self.basis)
        except ScenarioError as error:
            raise ValueError(str(error)) from error
        return self

    @property
    def column(self) -> str:
        """Column of gathered places that holds the intensity [g/kWh]."""
        return intensity_column(self.scope, self.signal, self.basis)

    @property
    def by_hour(self) -> bool:
        """Whether the intensity's hourly shape is known, so that its covariance with PUE can be counted."""
        return (self.scope, self.signal) == ("lifecycle", "average")


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
