"""Base class of limits: a constraint that excludes sites or arcs, caps sizes, or adds rows to the model."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import tomlkit

from siting.scenario.schema import KindModel
from siting.units import Bools, Floats

if TYPE_CHECKING:
    from pandas import DataFrame

    from siting.problem.part import Part, PartInputs
    from siting.problem.problem import Problem
    from siting.problem.rows import Rows
    from siting.scenario.scenario import Scenario


FILTER_METHODS = ("drop_sites", "drop_options", "facility_mw_cap", "keep_arcs", "keep_pairs", "cuts", "parts")
"""Methods that a limit overrides to act without a row."""


NAMING_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "zones": "zone",
        "admin1": "admin1",
        "jurisdictions": "jurisdiction",
        "allowed": "jurisdiction",
        "hub_countries": "jurisdiction",
        "by_jurisdiction": "jurisdiction",
    }
)
"""Fields of limits that hold names of places, and what they name; ids of sites are checked by the limits themselves."""


class Limit(KindModel):
    """Base of every limit: override what the limit needs, leave the rest.

    A limit that excludes sites or arcs is a filter and adds no row; one that adds rows returns them as
    arrays over variable families and never calls a solver. Define a subclass with its own `kind`,
    in a notebook too, and a scenario file can use it.

    Attributes
    ----------
    needs_least_cost : bool
        Whether the least cost must be proven before the rows can be written.
    may_be_idle : bool
        Whether every choice of sites may meet the limit, so that it has no row to add. Any other limit
        that adds none and is not a filter is refused: the planner believes that it has an effect.
    by_default : bool
        Whether the limit acts although the scenario does not name it, unless `[policy] off` does.
    loosened_by : str
        What a planner changes so that the limit allows more, as a clause, such as "raise `km`".
    """

    kind_field: ClassVar[str] = "kind"
    package: ClassVar[str] = "siting.limits"
    registry: ClassVar[dict[str, type["Limit"]]] = {}
    may_be_idle: ClassVar[bool] = False
    by_default: ClassVar[bool] = False
    loosened_by: ClassVar[str] = "relax it or remove it"

    @classmethod
    def overrides(cls, method: str) -> bool:
        """Return whether the limit has a method of its own in place of the base's, which does nothing."""
        return getattr(cls, method) is not getattr(Limit, method)

    @classmethod
    def is_filter(cls) -> bool:
        """Return whether the limit can exclude sites, designs or arcs, cap a size, or add cuts."""
        return any(cls.overrides(name) for name in FILTER_METHODS)

    @property
    def named(self) -> dict[str, tuple[str, ...]]:
        """Places that the limit names, by what they are (`zone`, `admin1`, `jurisdiction`): each must be known.

        They are read from the fields that hold such names in every limit (`NAMING_FIELDS`), in one of your own too.
        """
        found: dict[str, tuple[str, ...]] = {}
        for field, what in NAMING_FIELDS.items():
            names = getattr(self, field, ()) if field in type(self).model_fields else ()
            if isinstance(names, (tuple, Mapping)):
                found[what] = (*found.get(what, ()), *map(str, names))
        return found

    @property
    def caps(self) -> tuple[str, ...]:
        """KPIs of the plan that the limit bounds directly, so that a frontier over one of them ends at the limit."""
        return ()

    def as_toml(self) -> str:
        """Return the values as a scenario file holds them, without the unset and the empty ones: ``min = 2, max = 4``."""
        values = self.model_dump(mode="json", exclude={self.kind_field})
        return ", ".join(f"{k} = {tomlkit.item(v).as_string()}" for k, v in values.items() if v not in (None, [], {}))

    def how_to_loosen(self, needed: Mapping[str, float] | None = None) -> str:
        """Return what to change so that the limit allows more, as a clause without the name of the limit.

        Parameters
        ----------
        needed : mapping of str to float, optional
            Values by field that are enough, where they are known: the clause names them.

        Returns
        -------
        str
            Such as ``raise `max_ms` to 90``.
        """
        if not needed:
            return self.loosened_by
        now = {field: float(getattr(self, field, None) or 0.0) for field in needed}
        verbs = {field: "raise" if value > now[field] else "lower" for field, value in needed.items()}
        return ", ".join(f"{verbs[field]} `{field}` to {value:.6g}" for field, value in needed.items())

    @property
    def needs_least_cost(self) -> bool:
        """Whether `rows` needs `least_cost_usd_per_year`."""
        return False

    def largest_usd_per_year(self, least_cost_usd_per_year: float | None = None) -> float:
        """Return the yearly cost up to which the limit admits plans [USD/a]: infinite for none, NaN while unknown."""
        return float("inf")

    @property
    def tables(self) -> tuple[str, ...]:
        """Tables of the data package that only this limit reads, for the sources of a plan."""
        return ()

    def bound_to(self, scenario: "Scenario") -> "Limit":
        """Return the limit with what it reads of the rest of a scenario; itself where it reads nothing."""
        return self

    def faults(self, scenario: "Scenario") -> list[str]:
        """Return what conflicts with the rest of the scenario, one fault each."""
        return []

    def never_met(self, problem: "Problem") -> str:
        """Return why no plan of a prepared problem can meet the limit, empty where one may; needs no solve."""
        return ""

    def drop_sites(self, sites: "DataFrame") -> Mapping[str, str]:
        """Return the ids of sites that may not be built, each with the reason."""
        return {}

    def unknowns(self, sites: "DataFrame") -> Mapping[str, str]:
        """Return the ids of sites that the limit cannot judge, each with the missing data."""
        return {}

    def facility_mw_cap(self, sites: "DataFrame") -> Floats | None:
        """Return the largest facility power of each site [MW], infinite for no cap; None for no cap at all."""
        return None

    def keep_arcs(self, workload: Sequence[str], rtt_p90_ms: Floats) -> Bools | None:
        """Return which arcs may exist, or None for all."""
        return None

    def keep_pairs(self, sites: "DataFrame", hubs: "DataFrame", workload: str) -> Bools | None:
        """Return which site may serve which hub in a class, (n_sites, n_hubs), or None for all."""
        return None

    def drop_options(
        self, scenario: "Scenario", sites: "DataFrame", options: "DataFrame", eflop_per_mwh_it: float
    ) -> Mapping[str, str]:
        """Return the labels of options (site and cooling design) that may not be built, each with the reason."""
        return {}

    def parts(self, inputs: "PartInputs") -> "tuple[Part, ...]":
        """Return parts that the limit adds to the problem: variables of its own, with their costs and rows."""
        return ()

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> "list[Rows]":
        """Return the rows of the limit."""
        return []

    def cuts(self, problem: "Problem", values: Mapping[str, Floats]) -> "list[Rows]":
        """Return rows that a solution violates, for a limit with too many rows to add all of them in advance."""
        return []
