"""Sites that may not be built."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from siting.problem.sites import require_known_sites
from siting.scenario.limit import Limit

if TYPE_CHECKING:
    from pandas import DataFrame

    from siting.scenario.scenario import Scenario


class Excluded(Limit):
    """Exclude the named sites (a filter): ``open[o] = 0`` for every option of them.

    Attributes
    ----------
    sites : tuple of str
        Ids of candidates, one or more.
    reason : str
        Reason that the plan lists.
    """

    loosened_by: ClassVar[str] = "remove sites from `sites`"

    kind: Literal["excluded"] = "excluded"
    sites: Annotated[tuple[str, ...], Field(min_length=1)]
    reason: str = "excluded by the planner"

    def faults(self, scenario: "Scenario") -> list[str]:
        """Return the sites that another limit requires."""
        wanted = {s for x in scenario.limits if x.name in ("required", "existing") for s in x.sites}  # type: ignore[attr-defined]
        return [f"`{s}` is required as well: take it out of one of the two lists" for s in self.sites if s in wanted]

    def drop_sites(self, sites: "DataFrame") -> Mapping[str, str]:
        """Return the named sites; refuse an id that no candidate has."""
        require_known_sites(self.kind, self.sites, sites)
        return dict.fromkeys(self.sites, self.reason)
