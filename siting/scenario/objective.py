"""Base class of objectives: a quantity of the plan to minimise or maximise, with its unit."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import Field, SerializeAsAny, ValidationInfo, field_validator, model_validator

from siting.errors import ScenarioError
from siting.scenario.schema import KindModel
from siting.units import Floats
from siting.world.grid.zones import Basis, Factors, Scope, Signal, intensity_column
from siting.world.user_values.strict_model import Frozen

if TYPE_CHECKING:
    from siting.problem.problem import Problem
    from siting.problem.rows import Linear
    from siting.scenario.scenario import Scenario


class CarbonMethod(Frozen):
    """Method of counting the carbon of electricity; one per plan, so that a ranking never mixes methods.

    Attributes
    ----------
    scope : str
        `lifecycle` or `direct`.
    signal : str
        `average` or `marginal`; every marginal factor is direct.
    basis : str
        `location`; or `market`: the contracts, then the residual mix, of `[[contracts]]` and `[[residual_mix]]`.
        The market-based figure multiplies yearly energy and factor: the hourly covariance of PUE and grid is left
        out, also of the location-based figure that is reported beside it.
    factors : str
        Life-cycle factors of hydropower, nuclear, wind and solar power, one set for all zones: `unece2022` (hydropower
        10.7 gCO2e/kWh, nuclear 5.13) or `ipcc2014` (24 and 12). The interval of a plan spans both.
    """

    scope: Scope = "lifecycle"
    signal: Signal = "average"
    basis: Basis = "location"
    factors: Factors = "unece2022"

    @model_validator(mode="after")
    def _can_be_counted(self) -> Self:
        if self.basis == "market" and self.signal == "marginal":
            raise ValueError(
                'market-based emissions are counted with average factors: set signal = "average", or basis = "location"'
            )
        if self.scope == "direct" and self.factors != type(self).model_fields["factors"].default:
            raise ValueError(
                f'`factors` is `{self.factors}` with scope "direct", which no life-cycle factor changes: leave `factors` '
                'out, or set scope = "lifecycle"'
            )
        try:
            intensity_column(self.scope, self.signal, "location", self.factors)
        except ScenarioError as error:
            raise ValueError(str(error)) from error
        return self

    @property
    def column(self) -> str:
        """Column of the sites that holds the location-based intensity [g/kWh]."""
        return intensity_column(self.scope, self.signal, "location", self.factors)

    @property
    def by_hour(self) -> bool:
        """Whether the hourly shape of the intensity is known, so that its covariance with PUE is counted."""
        return (self.scope, self.signal, self.basis) == ("lifecycle", "average", "location")


class Objective(KindModel):
    """Base of every objective. Remaining ties are broken by cost.

    An objective is one of three: a linear quantity (`linear`), a ratio of two (`linear` over `per`),
    or the largest level in use (`bottleneck`). Define a subclass with its own default of `objective`,
    in a notebook too, and a scenario file can use it.

    Attributes
    ----------
    carbon : CarbonMethod
        Method of counting emissions; that of the first objective holds for all.
    tolerance : float
        Relative degradation from its optimum that later objectives may use [0-1].
    then : tuple of Objective
        Objectives that are optimised next, in this order, while earlier ones stay within their tolerance. In a
        file: `[[minimise.then]]`, or `[[minimise]]` once per objective.
    """

    kind_field: ClassVar[str] = "objective"
    package: ClassVar[str] = "siting.objectives"
    registry: ClassVar[dict[str, type["Objective"]]] = {}
    is_cost: ClassVar[bool] = False
    maximise: ClassVar[bool] = False
    """Whether more is better."""
    integer: ClassVar[bool] = False
    """Whether the quantity is an integer."""
    ties_are_many: ClassVar[bool] = True
    """Whether plans with different sites may have the same value: then cost breaks the tie among all of them,
    otherwise among plans with the same sites, which takes one short solve."""
    needs_arcs_apart: ClassVar[bool] = False
    """Whether it depends on the round trip of each hub, so that hubs must not be aggregated."""

    carbon: CarbonMethod = CarbonMethod()
    tolerance: Annotated[float, Field(ge=0, le=1)] = 0.0
    then: tuple[SerializeAsAny["Objective"], ...] = ()

    @field_validator("then")
    @classmethod
    def _one_order_and_one_method(cls, value: tuple["Objective", ...], info: ValidationInfo) -> tuple["Objective", ...]:
        """Refuse a nested `then` and a second method of counting carbon; pass the first method on."""
        carbon = info.data.get("carbon", CarbonMethod())
        for x in value:
            if x.then:
                raise ValueError(f"`{x.name}` has a `then` of its own: put all objectives into one list")
            if "carbon" in x.model_fields_set and x.carbon != carbon:
                raise ValueError(
                    f"`{x.name}` counts carbon by another method: give `carbon` with the first objective only"
                )
        return tuple(x.model_copy(update={"carbon": carbon}) for x in value)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [x.name for x in self.stages]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise ValueError(f"`{'`, `'.join(twice)}` is given twice: name each objective once")
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
    def stages(self) -> tuple["Objective", ...]:
        """The objective and those after it, by priority."""
        return (self, *self.then)

    @property
    def needs_hubs_apart(self) -> bool:
        """Whether any of the objectives depends on the round trip of each hub."""
        return any(x.needs_arcs_apart for x in self.stages)

    def faults(self, scenario: "Scenario") -> list[str]:
        """Return what conflicts with the rest of the scenario, one fault each."""
        return []

    def linear(self, problem: "Problem") -> "Linear":
        """Return the quantity as a linear function of the variables; the numerator of a ratio objective.

        Raises
        ------
        ScenarioError
            A class of your own has no such method.
        """
        raise ScenarioError(
            f"objective `{self.name}` has no quantity to optimise: give `{type(self).__name__}` a method "
            "`linear(self, problem)` that returns a `Linear`, such as `problem.emissions`"
        )

    def per(self, problem: "Problem") -> "Linear | None":
        """Return the denominator of a ratio, positive in every plan; None if the objective is not a ratio."""
        return None

    def bottleneck(self, problem: "Problem") -> Floats | None:
        """Return a level for each arc, of which the largest in use is minimised; None for a sum or a ratio."""
        return None

    def in_unit(self, problem: "Problem", value: float) -> float:
        """Convert the quantity, or the ratio, to `unit`."""
        return value

    @property
    def unit(self) -> str:
        """Unit of the objective.

        Raises
        ------
        ScenarioError
            A class of your own has no such property.
        """
        raise ScenarioError(
            f'objective `{self.name}` has no unit: give `{type(self).__name__}` a property `unit`, such as "tCO2e/year"'
        )
