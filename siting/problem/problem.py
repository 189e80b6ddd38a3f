"""The numbers of one scenario, aligned and complete: sites, options, hubs, arcs, and the parts that the plan decides on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import SitingError, brief
from siting.problem.rows import Family, Linear
from siting.scenario.scenario import Scenario
from siting.units import HOURS_PER_YEAR, Bools, Floats, Ints

if TYPE_CHECKING:
    from siting.problem.part import Line, Part

NO_SITE = -1
"""Site of a variable that belongs to no single site."""


@dataclass(frozen=True)
class Arcs:
    """The pairs that meet their latency limit: site s may serve demand group g.

    Parameters
    ----------
    site, group : numpy.ndarray
        Positions in `Problem.sites` and in the demand groups, (n,).
    """

    site: Ints
    group: Ints

    def __len__(self) -> int:
        return len(self.site)


@dataclass(frozen=True)
class ArcTimes:
    """The p90 round trip of each arc: mean over its group's demand, and the slowest of it [ms], (n_arcs,)."""

    mean: Floats
    worst: Floats


@dataclass(frozen=True)
class Groups:
    """Demand that the same sites may serve, merged into groups.

    Parameters
    ----------
    of : numpy.ndarray
        Group of each hub and class, -1 where there is no demand, (n_hubs, n_workloads).
    demand_mw : numpy.ndarray
        Mean IT draw of each group [MW], (n_groups,).
    labels : tuple of str
        A name a group: its first hub and class, and how many more.
    """

    of: Ints
    demand_mw: Floats
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """The prepared numbers of a scenario; `solve` decides on them.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    sites : pandas.DataFrame
        Sites that may be built, one row each.
    options : pandas.DataFrame
        A row per site and cooling design: `site` (position), `cooling`, `label`, `pue`, `peak_pue`,
        `wue_l_per_kwh`, `max_halls`, `capex_usd_per_hall`.
    hubs : pandas.DataFrame
        Where demand arises.
    workloads : tuple of str
        Classes of the demand.
    demand_mw : numpy.ndarray
        Mean IT draw wanted [MW], (n_hubs, n_workloads).
    rtt_p90_ms : numpy.ndarray
        Round-trip time between sites and hubs, p90 over pairs [ms], (n_sites, n_hubs).
    groups : Groups
        Demand merged by the sites that may serve it.
    arcs : Arcs
        Pairs of site and group that may be served.
    parts : tuple of Part
        What is decided, in the order of its rows.
    eflop_per_mwh_it : float
        Compute per IT energy [EFLOP/MWh].
    jobs_per_mw : float
        Permanent jobs per MW of IT capacity.
    excluded, unknowns, sources : pandas.DataFrame
        Excluded sites with reasons; missing data that a limit could not judge; the tables used.
    measured_rtt : pandas.DataFrame
        Round trips that the planner measured: `site`, `hub`, `rtt_p90_ms`.
    notes : tuple of str
        What was assumed to read the planner's files: encoding, separator, decimal comma, reference system, leap day.
    """

    scenario: Scenario
    sites: pd.DataFrame
    options: pd.DataFrame
    hubs: pd.DataFrame
    workloads: tuple[str, ...]
    demand_mw: Floats
    rtt_p90_ms: Floats
    groups: Groups
    arcs: Arcs
    parts: "tuple[Part, ...]"
    eflop_per_mwh_it: float
    jobs_per_mw: float
    excluded: pd.DataFrame
    unknowns: pd.DataFrame
    sources: pd.DataFrame
    measured_rtt: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["site", "hub", "rtt_p90_ms"]))
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        excluded = self.excluded["site"].nunique()
        return brief(
            f"Problem {self.scenario.name!r}",
            f"{len(self.sites)} candidates in {len(self.options)} options ({excluded} excluded)",
            f"{len(self.hubs)} hubs",
            f"{self.demand_mw.sum():,.6g} MW",
            f"{len(self.arcs)} arcs",
        )

    def _repr_html_(self) -> str:
        from siting.show.notebook.cards import problem_card

        return problem_card(self)

    @property
    def eflop_per_year(self) -> float:
        """Useful compute of all demand [EFLOP/a]; see `compute` for what is served."""
        return HOURS_PER_YEAR * self.eflop_per_mwh_it * float(self.demand_mw.sum())

    @property
    def least_served_mw(self) -> float:
        """Mean IT draw that must be served [MW]: the demand, or its minimum where it is elastic."""
        return self.scenario.demand.least_it_mw(float(self.demand_mw.sum()), self.eflop_per_mwh_it)

    @cached_property
    def served_mw(self) -> Linear:
        """Mean IT draw that is served, as a function of what is not [MW]: a constant where demand is hard."""
        unserved = {f: -np.asarray(m.sum(axis=0), dtype=float) for p in self.parts for f, m in p.unserved(self).items()}
        return Linear(unserved, "MW", float(self.demand_mw.sum()))

    @cached_property
    def compute(self) -> Linear:
        """Useful compute that is served [EFLOP/a]: a constant where demand is hard."""
        served = self.served_mw.scaled(HOURS_PER_YEAR * self.eflop_per_mwh_it)
        return Linear(served.terms, "EFLOP/year", served.constant)

    @cached_property
    def arc_rtt_ms(self) -> ArcTimes:
        """Round trips of the arcs [ms], over the hubs of an arc's group, which are served in equal shares."""
        h, k = np.nonzero(self.groups.of >= 0)
        group, weight = self.groups.of[h, k], self.demand_mw[h, k]
        share = weight / self.groups.demand_mw[group]
        mean, worst = np.zeros((2, len(self.sites), len(self.groups.demand_mw)))
        for i in range(len(h)):
            rtt = self.rtt_p90_ms[:, h[i]]
            mean[:, group[i]] += share[i] * rtt
            worst[:, group[i]] = np.maximum(worst[:, group[i]], rtt)
        at = (self.arcs.site, self.arcs.group)
        return ArcTimes(mean[at], worst[at])

    @cached_property
    def families(self) -> Mapping[str, Family]:
        """Families of variables of all parts, by name, in the order of columns.

        Raises
        ------
        SitingError
            Two parts name the same family.
        """
        found: dict[str, Family] = {}
        for part in sorted(self.parts, key=lambda p: p.column_rank):
            for family in part.families(self):
                if family.name in found:
                    raise SitingError(
                        f"part `{part.name}` names family `{family.name}`, which exists already: rename it"
                    )
                found[family.name] = family
        return found

    @cached_property
    def lines(self) -> "tuple[Line, ...]":
        """Lines of the ledger of all parts."""
        return tuple(line for part in self.parts for line in part.lines(self))

    def part[P: Part](self, kind: type[P]) -> P:
        """Return the part of a kind.

        Raises
        ------
        SitingError
            The problem has no such part.
        """
        for part in self.parts:
            if isinstance(part, kind):
                return part
        raise SitingError(
            f"the problem has no part `{kind.name}`: its parts are {', '.join(p.name for p in self.parts)}"
        )

    def site_of(self, family: Family) -> Ints:
        """Return the site that each variable of a family belongs to, `NO_SITE` where it belongs to no single one, (n,).

        Variables of a zone, of a stage or of the plan belong to no single site.
        """
        if family.owner == "site":
            return np.asarray(family.owner_index, dtype=np.intp)
        if family.owner == "option":
            return self.options["site"].to_numpy(np.intp)[family.owner_index]
        return np.full(len(family), NO_SITE, dtype=np.intp)

    def built(self, values: Mapping[str, Floats]) -> Ints:
        """Return the options that a plan builds."""
        return np.flatnonzero(values["open"] > 0.5)

    def in_use(self, values: Mapping[str, Floats]) -> dict[str, Bools]:
        """Return which variables a plan may use, by family: those of built options and sites, and of no single site."""
        option, site = np.zeros(len(self.options), dtype=bool), np.zeros(len(self.sites), dtype=bool)
        built = self.built(values)
        option[built], site[self.options["site"].to_numpy(np.intp)[built]] = True, True
        at = {"option": option, "site": site}
        used = {
            name: at[family.owner][family.owner_index] if family.owner in at else np.ones(len(family), dtype=bool)
            for name, family in self.families.items()
        }
        for part in self.parts:
            used |= part.in_use(self, values)
        return used

    def settled(self, values: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return values of the variables with those that follow from the others put in their place; see `Part.settle`."""
        found = dict(values)
        for part in self.parts:
            found |= part.settle(self, found)
        return found

    @cached_property
    def cost(self) -> Linear:
        """Yearly cost as a function of the variables: the sum of all lines [USD/a]."""
        return Linear(self._sum_lines("usd_per_year"), "USD/year")

    @cached_property
    def emissions(self) -> Linear:
        """Yearly emissions as a function of the variables: the sum of all lines [tCO2e/a]."""
        return Linear(self._sum_lines("tco2e_per_year"), "tCO2e/year")

    def _sum_lines(self, column: str) -> dict[str, Floats]:
        """Return the charges of all lines by family, without families that none of them charges."""
        found: dict[str, Floats] = {}
        for line in self.lines:
            found[line.on] = found.get(line.on, 0.0) + getattr(line, column)
        return {name: total for name, total in found.items() if np.any(total)}

    @cached_property
    def zones(self) -> tuple[str, ...]:
        """Grid zones of the sites, sorted: what a family of zones numbers its owners by."""
        return tuple(sorted({str(z) for z in self.sites["zone_id"]}))
