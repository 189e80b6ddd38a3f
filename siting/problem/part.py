"""A part: one kind of decision, with its variables, ledger lines, rows, tables and uncertain inputs in one module.

A problem is a tuple of parts. What the solver, the warm start, the shadow prices and the plan's tables need to know of a
variable follows from its owner (`Family.owner`), so that a new part changes no other module.

To add a part, subclass `Part` in a module of `problem/parts/` and list it in `parts.PARTS`; or, outside the package, let a
limit of one's own return it (`Limit.parts`) and add its re-check with `siting.verify.limit_check.add_recheck`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Protocol, Self

import numpy as np
import pandas as pd
from scipy import sparse

from siting.errors import SitingError, nearest
from siting.problem.ledger.option_costs import OptionCosts
from siting.problem.problem import Problem
from siting.problem.rows import Family, Rows, require_fitting_rows
from siting.problem.uncertain_input import UncertainInput
from siting.scenario.scenario import Scenario
from siting.units import Bools, Floats

PORTFOLIO = "portfolio"
"""Where the ledger books a line whose variables belong to no site."""

LedgerRow = tuple[str, str, float, float]
"""Site, line, cost [USD/a] and emissions [tCO2e/a]."""


@dataclass(frozen=True)
class Line:
    """One line of the ledger: what one unit of each variable of a family costs and emits.

    Cost, emissions and the plan's ledger are sums of the same lines, so that they cannot differ. The ledger books built
    sites: where a part has no row that keeps the variables of other sites at 0, `Plan.verify` reports the difference.

    Parameters
    ----------
    name : str
        Name in the ledger.
    on : str
        Family of variables that it is charged on.
    usd_per_year, tco2e_per_year : numpy.ndarray
        Charge per unit and year of each variable of the family, (n,).
    booked_at : str, optional
        The `site` of the ledger's row where the family belongs to no site.
    """

    name: str
    on: str
    usd_per_year: Floats
    tco2e_per_year: Floats
    booked_at: str = PORTFOLIO


@dataclass(frozen=True)
class PartInputs:
    """What a part is prepared from.

    Attributes
    ----------
    scenario : Scenario
        The scenario.
    sites, options : pandas.DataFrame
        As in `Problem`.
    demand_mw : float
        Mean IT draw of all demand [MW].
    costs : OptionCosts
        What capital, electricity and taxes cost at each option.
    """

    scenario: Scenario
    sites: pd.DataFrame
    options: pd.DataFrame
    demand_mw: float
    costs: OptionCosts


class Decisions(Protocol):
    """The tables of a plan that a warm start reads."""

    @property
    def sites(self) -> pd.DataFrame:
        """Built sites: `id`, `cooling`, `halls`, `it_mw`."""

    @property
    def assignments(self) -> pd.DataFrame:
        """Who serves whom: `site`, `hub`, `workload`, `it_mw`."""

    @property
    def ledger(self) -> pd.DataFrame:
        """Rows of `site`, `line`, `usd_per_year`, `tco2e_per_year`."""


class Part:
    """Base of every part: override what the part needs, leave the rest.

    Attributes
    ----------
    name : str
        Unique within a problem.
    row_names : mapping of str to str
        Names of the blocks of rows that it writes (`Rows.limit`), each with its meaning to a planner.
    can_be_loosened : bool
        Whether a planner may loosen its rows; rows that define what a plan is are not loosened.
    column_rank : int
        Place of its families among those of all parts: the order of columns, which a solver's path depends on.
    """

    name: ClassVar[str]
    row_names: ClassVar[Mapping[str, str]] = MappingProxyType({})
    can_be_loosened: ClassVar[bool] = False
    column_rank: ClassVar[int] = 9

    @classmethod
    def prepare(cls, inputs: PartInputs) -> Self | None:  # noqa: ARG003 - for subclasses
        """Return the part for a scenario, None where the scenario does not need it."""
        return cls()

    def families(self, problem: Problem) -> tuple[Family, ...]:
        """Return its families of variables."""
        return ()

    def lines(self, problem: Problem) -> tuple[Line, ...]:
        """Return its lines of the ledger, on families of any part."""
        return ()

    def rows(self, problem: Problem) -> list[Rows]:
        """Return the rows that hold in every plan."""
        return []

    def unserved(self, problem: Problem) -> Mapping[str, sparse.csr_array]:
        """Return the demand that its variables leave unserved [MW]: family name to a (groups, n) matrix."""
        return {}

    def may_bind(self, block: Rows) -> bool:
        """Return whether a block of its rows is a wish, a law or a threshold that a planner may loosen.

        Rows that define the variables are none of these, and are not reported as binding.
        """
        return False

    def start(self, problem: Problem, plan: Decisions, values: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return its variables at a plan's decisions, given those of the parts before it: a warm start."""
        return {}

    def settle(self, problem: Problem, values: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return its variables that follow from the others, where a solver may leave them at other values."""
        return {}

    def in_use(self, problem: Problem, values: Mapping[str, Floats]) -> dict[str, Bools]:
        """Return which variables a plan uses, for families of which a built site may leave some unused."""
        return {}

    def ledger(self, problem: Problem, values: Mapping[str, Floats]) -> list[LedgerRow]:
        """Return its rows of the plan's ledger."""
        return ledger_rows(problem, values, self.lines(problem))

    def kpis(self, problem: Problem, plan: Decisions) -> dict[str, float]:
        """Return its KPIs of a plan with sites."""
        return {}

    def tables(self, problem: Problem, values: Mapping[str, Floats], sites: pd.DataFrame) -> Mapping[str, pd.DataFrame]:
        """Return its tables of a plan; `sites` are the built ones."""
        return {}

    def uncertain_inputs(self, problem: Problem) -> tuple[UncertainInput, ...]:
        """Return the uncertain inputs that only this part has."""
        return ()

    def drawn(self, costs: OptionCosts, at: Mapping[str, float]) -> Self:
        """Return the part at one draw of the inputs, with the same families; `costs` are those of the draw."""
        return self


def ledger_rows(problem: Problem, values: Mapping[str, Floats], lines: tuple[Line, ...]) -> list[LedgerRow]:
    """Return what lines charge: a row for each built option and line on its variables or its site's, else one a line.

    The amount at a site is the sum over the variables of the line's family that the built option, or its site, owns.
    """
    ids, site = problem.sites["id"].to_numpy(str), problem.options["site"].to_numpy(np.intp)
    built, charged = problem.built(values), []
    for option in built:
        own = {"option": option, "site": site[option]}
        for line in lines:
            family = problem.families[line.on]
            mine = family.owner in own and family.owner_index == own[family.owner]
            if np.any(mine):
                charged.append((str(ids[site[option]]), line, np.flatnonzero(mine)))
    for line in lines:
        family = problem.families[line.on]
        if family.owner not in ("option", "site"):
            charged.append((line.booked_at, line, np.arange(len(family))))
    rows = []
    for where, line, i in charged:
        amount = values[line.on][i]
        rows.append((where, line.name, float(line.usd_per_year[i] @ amount), float(line.tco2e_per_year[i] @ amount)))
    return rows


def part_rows(problem: Problem) -> list[Rows]:
    """Return the rows of all parts.

    Raises
    ------
    SitingError
        Rows that do not fit the problem's variables, or that have a name that their part does not list.
    """
    found = []
    for part in problem.parts:
        blocks = part.rows(problem)
        what = f"part `{part.name}`"
        strange = sorted({b.limit for b in blocks} - set(part.row_names))
        if strange:
            raise SitingError(f"{what} writes rows `{', '.join(strange)}`: add the names to its `row_names`")
        require_fitting_rows(what, blocks, problem.families)
        found += blocks
    return found


def require_fitting_parts(problem: Problem) -> None:
    """Check the owners and lines of all parts when a problem is prepared.

    Raises
    ------
    SitingError
        A family or rows that two parts name, an owner that does not exist, a line on an unknown family or of another
        length, or demand left unserved where the scenario does not allow it: bounds assume what the scenario states.
    """
    known = problem.families
    owners = {"site": len(problem.sites), "option": len(problem.options), "zone": len(problem.zones), "stage": 1}
    faults = [
        f"family `{f.name}`: {f.owner} {int(f.owner_index.max())} does not exist, there are {owners[f.owner]}"
        for f in known.values()
        if f.owner_index is not None and len(f) and f.owner_index.max() >= owners[f.owner]
    ]
    for part in problem.parts:
        for line in part.lines(problem):
            what = f"part `{part.name}`: ledger line `{line.name}`"
            if line.on not in known:
                faults.append(f"{what} is charged on unknown family `{line.on}`{nearest(line.on, known)}")
            elif not len(line.usd_per_year) == len(line.tco2e_per_year) == len(known[line.on]):
                faults.append(f"{what} needs {len(known[line.on])} charges, one for each variable of `{line.on}`")
    parts = [part.name for part in problem.parts]
    faults += [f"part `{name}` exists twice" for name in dict.fromkeys(parts) if parts.count(name) > 1]
    names = [name for part in problem.parts for name in part.row_names]
    faults += [f"rows `{name}` are named by two parts" for name in dict.fromkeys(names) if names.count(name) > 1]
    unserved = [part.name for part in problem.parts if part.unserved(problem)]
    if len(unserved) > (1 if problem.scenario.demand.elastic else 0):
        allowed = (
            "`demand.elastic` alone states"
            if problem.scenario.demand.elastic
            else "the scenario has no `demand.elastic` to state"
        )
        faults.append(f"part `{unserved[-1]}` leaves demand unserved: {allowed} how much may be")
    if faults:
        raise SitingError.from_faults("the parts of the problem do not fit together:", faults)
