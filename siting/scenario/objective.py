"""What an objective is: a quantity of the plan to be made least, and the unit it is told in."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import Field, SerializeAsAny, ValidationInfo, field_validator, model_validator

from siting.errors import ScenarioError
from siting.scenario.schema import Frozen, KindModel
from siting.units import Floats
from siting.world.grid.zones import Basis, Scope, Signal, intensity_column

if TYPE_CHECKING:
    from siting.problem.problem import Problem
    from siting.problem.rows import Linear
    from siting.scenario.scenario import Scenario


class CarbonMethod(Frozen):
    """How electricity's carbon is counted; one method a plan, so that methods never meet in one ranking.

    Attributes
    ----------
    scope : str
        `lifecycle` or `direct`.
    signal : str
        `average` or `marginal`; every marginal factor is direct.
    basis : str
        `location`; or `market`: contracts, then the residual mix, as `[[contracts]]` and `[[residual_mix]]` say.
        By contract energy and factor of a year are multiplied: what the hours of PUE and grid owe to each other
        is left out, of the location-based figure beside it too.
    """

    scope: Scope = "lifecycle"
    signal: Signal = "average"
    basis: Basis = "location"

    @model_validator(mode="after")
    def _can_be_counted(self) -> Self:
        if self.basis == "market" and self.signal == "marginal":
            raise ValueError(
                'market-based emissions are counted with average factors: say signal = "average", or basis = "location"'
            )
        try:
            intensity_column(self.scope, self.signal, "location")
        except ScenarioError as error:
            raise ValueError(str(error)) from error
        return self

    @property
    def column(self) -> str:
        """Column of gathered places that holds the intensity of the location [g/kWh]."""
        return intensity_column(self.scope, self.signal, "location")

    @property
    def by_hour(self) -> bool:
        """Whether the intensity's hourly shape is known, so that its covariance with PUE can be counted."""
        return (self.scope, self.signal, self.basis) == ("lifecycle", "average", "location")


class Objective(KindModel):
    """Base of every objective. Least cost comes last, whatever comes first.

    An objective is one of three: a linear quantity (`linear`), a ratio of two (`linear` over `per`),
    or the worst of what is in use (`bottleneck`). Define a subclass with an `objective` word of its
    own, in a notebook too, and a scenario file can use it.

    Attributes
    ----------
    carbon : CarbonMethod
        The method in which emissions are counted; the first objective's holds for all.
    tolerance : float
        How far, relative to its optimum, this objective may give way to what comes after it [0-1].
    then : tuple of Objective
        What is optimised next, in this order, while what came before stays within its tolerance. In a
        file: `[[minimise.then]]`, or `[[minimise]]` once an objective.
    """

    kind_field: ClassVar[str] = "objective"
    package: ClassVar[str] = "siting.objectives"
    registry: ClassVar[dict[str, type["Objective"]]] = {}
    is_cost: ClassVar[bool] = False
    maximise: ClassVar[bool] = False
    """Whether more is better."""
    whole: ClassVar[bool] = False
    """Whether the quantity is a whole number."""
    ties_are_many: ClassVar[bool] = True
    """Whether plans on quite different sites may be equally good: then least cost chooses among all of
    them, else among those on the same sites, which is decided in a moment."""
    needs_arcs_apart: ClassVar[bool] = False
    """Whether it looks at the round trip of each hub, so that hubs must not be merged."""

    carbon: CarbonMethod = CarbonMethod()
    tolerance: Annotated[float, Field(ge=0, le=1)] = 0.0
    then: tuple[SerializeAsAny["Objective"], ...] = ()

    @field_validator("then")
    @classmethod
    def _one_order_and_one_method(cls, value: tuple["Objective", ...], info: ValidationInfo) -> tuple["Objective", ...]:
        """Refuse an order inside the order, and a second method of counting carbon; hand the first one on."""
        carbon = info.data.get("carbon", CarbonMethod())
        for x in value:
            if x.then:
                raise ValueError(f"`{x.word}` has a `then` of its own: put all objectives into one list")
            if "carbon" in x.model_fields_set and x.carbon != carbon:
                raise ValueError(
                    f"`{x.word}` counts carbon in another way: give `carbon` with the first objective only"
                )
        return tuple(x.model_copy(update={"carbon": carbon}) for x in value)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        words = [x.word for x in self.stages]
        twice = sorted({w for w in words if words.count(w) > 1})
        if twice:
            raise ValueError(f"`{'`, `'.join(twice)}` stands twice: name each objective once")
        return self

    @classmethod
    def in_order(cls, objectives: Sequence[Any]) -> Any:
        """Put a list of objectives, as a file or a notebook gives it, into the first one's `then`."""
        if not objectives:
            raise ValueError("the list is empty: name at least one objective")
        first, rest = objectives[0], list(objectives[1:])
        if isinstance(first, Mapping):
            return {**first, "then": [*first.get("then", ()), *rest]} if rest else first
        if not isinstance(first, Objective):
            raise ValueError("give a table with `objective`, or a list of them")  # noqa: TRY004  (pydantic collects only these)
        return type(first)(**{**dict(first), "then": (*first.then, *rest)}) if rest else first

    @property
    def word(self) -> str:
        """KindModel by which a file names it."""
        return str(getattr(self, self.kind_field, type(self).__name__))

    @property
    def stages(self) -> tuple["Objective", ...]:
        """Itself and the objectives after it, in the order in which they matter."""
        return (self, *self.then)

    @property
    def tells_hubs_apart(self) -> bool:
        """Whether any of the objectives looks at the round trip of each hub."""
        return any(x.needs_arcs_apart for x in self.stages)

    def faults(self, scenario: "Scenario") -> list[str]:
        """Say what does not fit the rest of the scenario."""
        return []

    def linear(self, problem: "Problem") -> "Linear":
        """Return the quantity as a linear function of the variables; of a ratio what stands above the line."""
        raise NotImplementedError

    def per(self, problem: "Problem") -> "Linear | None":
        """Return what stands below the line of a ratio, above 0 in every plan; None where it is none."""
        return None

    def bottleneck(self, problem: "Problem") -> Floats | None:
        """Return a level for each arc; the largest in use is what counts. None for a sum or a ratio."""
        return None

    def tell(self, problem: "Problem", value: float) -> float:
        """Turn the quantity, or the ratio, into the unit in which the objective is told."""
        return value

    @property
    def unit(self) -> str:
        """Unit of what `tell` returns."""
        raise NotImplementedError
