"""The numbers of one question, aligned and complete: sites, options, hubs, arcs, claims, ledger lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, overload

import numpy as np
import pandas as pd

from siting.problem.markets.zone_markets import ZoneCurve, facility_mwh
from siting.problem.rows import Family, Linear, Owner
from siting.scenario.scenario import Scenario
from siting.units import HOURS_PER_YEAR, Floats, Ints

NO_SITE = -1
"""Site of a variable that belongs to no single site."""

FULL_MWH = 1e-6
"""Energy by which a run of a curve may miss being full (rounding) [MWh/a]."""


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


class ArcLabels(Sequence[str]):
    """The labels of arcs, each made when it is asked for: millions of them are never handed to a solver.

    Parameters
    ----------
    sites : sequence of str
        Id of each site.
    arcs : Arcs
        The arcs.
    """

    def __init__(self, sites: Sequence[str], arcs: Arcs) -> None:
        self._sites, self._arcs = sites, arcs

    def __len__(self) -> int:
        return len(self._arcs)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        return f"{self._sites[self._arcs.site[at]]}__g{self._arcs.group[at]}"


@dataclass(frozen=True)
class ArcTimes:
    """The p90 round trip of each arc: mean over its group's demand, and the slowest of it [ms], (n_arcs,)."""

    mean: Floats
    worst: Floats


@dataclass(frozen=True)
class Groups:
    """Demand that the very same sites may serve, merged: the plan cannot tell it apart.

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
class Line:
    """One line of the ledger: what one unit of a variable costs and emits at each option.

    Cost, emissions and the report are sums of the same lines, so that they cannot drift apart.

    Parameters
    ----------
    name : str
        Name in the ledger.
    per : {"load_mw", "halls"}
        Variable it is charged on.
    usd_per_year, tco2e_per_year : numpy.ndarray
        Charge per unit and year at each option, (n_options,).
    """

    name: str
    per: Literal["load_mw", "halls"]
    usd_per_year: Floats
    tco2e_per_year: Floats


@dataclass(frozen=True)
class Problem:
    """World and scenario brought together; what `solve` decides on.

    Parameters
    ----------
    scenario : Scenario
        The question.
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
    claims : pandas.DataFrame
        A row per option and programme it could claim.
    lines : tuple of Line
        The ledger.
    eflop_per_mwh_it : float
        Compute per IT energy [EFLOP/MWh].
    jobs_per_mw : float
        Permanent jobs per MW of IT capacity.
    excluded, unknowns, sources : pandas.DataFrame
        What was left out and why; what a limit could not judge; the tables used.
    measured_rtt : pandas.DataFrame
        Round trips that the planner measured: `site`, `hub`, `rtt_p90_ms`.
    curves : tuple of ZoneCurve
        Where carbon is counted by contract: what the load of each zone with contracts emits.
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
    claims: pd.DataFrame
    lines: tuple[Line, ...]
    eflop_per_mwh_it: float
    jobs_per_mw: float
    excluded: pd.DataFrame
    unknowns: pd.DataFrame
    sources: pd.DataFrame
    measured_rtt: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["site", "hub", "rtt_p90_ms"]))
    curves: tuple[ZoneCurve, ...] = ()

    @property
    def eflop_per_year(self) -> float:
        """Useful compute of the whole demand [EFLOP/a]; see `compute` for what is served."""
        return HOURS_PER_YEAR * self.eflop_per_mwh_it * float(self.demand_mw.sum())

    @property
    def least_served_mw(self) -> float:
        """Mean IT draw that must be served [MW]: the demand, or its minimum where it is elastic."""
        return self.scenario.demand.least_it_mw(float(self.demand_mw.sum()), self.eflop_per_mwh_it)

    @cached_property
    def served_mw(self) -> Linear:
        """Mean IT draw that is served, as a function of what is not [MW]: a constant where demand is hard."""
        total = float(self.demand_mw.sum())
        unmet = {"unmet_mw": -np.ones(len(self.groups.demand_mw))} if self.scenario.demand.elastic else {}
        return Linear(unmet, "MW", total)

    @cached_property
    def compute(self) -> Linear:
        """Useful compute that is served [EFLOP/a]: a constant where demand is hard."""
        served = self.served_mw.scaled(HOURS_PER_YEAR * self.eflop_per_mwh_it)
        return Linear(served.terms, "EFLOP/year", served.constant)

    @cached_property
    def arc_rtt_ms(self) -> "ArcTimes":
        """Round trips of the arcs [ms]: over the hubs of an arc's group, which are served alike."""
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

    @property
    def unmet_usd_per_mw(self) -> float:
        """Price of a MW that is not served, through the year [USD/a]; 0 where it has none."""
        elastic = self.scenario.demand.elastic
        return HOURS_PER_YEAR * ((elastic.unmet_usd_per_mwh or 0.0) if elastic else 0.0)

    @cached_property
    def families(self) -> Mapping[str, Family]:
        """Families of variables, by name."""
        options, sites = list(self.options["label"]), list(self.sites["id"])
        most = self.options["max_halls"].to_numpy(float)
        building = self.scenario.building
        groups = [f"g{g}" for g in range(len(self.groups.demand_mw))]
        claims = list(self.claims["label"])
        claimed_at = self.claims["option"].to_numpy(np.intp)
        benefit = self.claims["max_benefit_usd"].to_numpy(float)
        each = np.arange(len(options))
        unmet = (
            {"unmet_mw": _family("unmet_mw", groups, self.groups.demand_mw, integer=False)}
            if self.scenario.demand.elastic
            else {}
        )
        asked_for = unmet | self._curve_families()
        return asked_for | {
            "open": _family("open", options, np.ones(len(options)), integer=True, option=each),
            "halls": _family("halls", options, most, integer=True, option=each),
            "load_mw": _family(
                "load_mw", options, most * building.hall_mw * building.utilisation_max, integer=False, option=each
            ),
            "serve_mw": Family(
                "serve_mw",
                ArcLabels(sites, self.arcs),
                np.zeros(len(self.arcs)),
                self.groups.demand_mw[self.arcs.group],
                integer=False,
                owner="site",
                owner_index=self.arcs.site,
            ),
            "claim": _family("claim", claims, np.ones(len(claims)), integer=True, option=claimed_at),
            "benefit_usd": Family(
                "benefit_usd", claims, np.zeros(len(claims)), benefit, integer=False, solver_unit=1e6,
                owner="option", owner_index=claimed_at,
            ),
        }  # fmt: skip

    def site_of(self, family: Family) -> Ints:
        """Return the site that each variable of a family belongs to, `NO_SITE` where it belongs to no single one, (n,).

        Variables of a zone, of a stage or of the plan belong to no single site.
        """
        if family.owner == "site":
            return np.asarray(family.owner_index, dtype=np.intp)
        if family.owner == "option":
            return self.options["site"].to_numpy(np.intp)[family.owner_index]
        return np.full(len(family), NO_SITE, dtype=np.intp)

    @cached_property
    def cost(self) -> Linear:
        """Yearly cost as a function of the variables [USD/a]: all lines and unmet demand, less the benefits."""
        terms = self._sum_lines("usd_per_year")
        if self.unmet_usd_per_mw > 0:
            terms["unmet_mw"] = np.full(len(self.groups.demand_mw), self.unmet_usd_per_mw)
        return Linear(terms | {"benefit_usd": -np.ones(len(self.claims))}, "USD/year")

    @cached_property
    def emissions(self) -> Linear:
        """Yearly emissions as a function of the variables [tCO2e/a]: all lines; by contract the curves of zones."""
        terms = self._sum_lines("tco2e_per_year")
        if self.curves:
            terms["zone_mwh"] = np.concatenate(
                [z.curve.slope_t_per_mwh - z.location_g_per_kwh / 1000.0 for z in self.curves]
            )
        return Linear(terms, "tCO2e/year")

    @cached_property
    def facility_mwh_per_mw(self) -> Floats:
        """Facility energy of one MW of mean IT draw through the year at each option [MWh/a]."""
        return facility_mwh(self.options["pue"].to_numpy(float), np.ones(len(self.options)))

    def settled(self, values: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return values of the variables with every zone's energy on its curve from the beginning on.

        Where emissions are only kept below a limit, a solver may leave it on later pieces than contracts give.
        """
        if not self.curves:
            return dict(values)
        mwh = [float((self.facility_mwh_per_mw * values["load_mw"])[z.options].sum()) for z in self.curves]
        pieces = [z.curve.filled(e) for z, e in zip(self.curves, mwh, strict=True)]
        full = [
            np.array([float(p[run].sum() >= z.curve.length_mwh[run].sum() - FULL_MWH) for run in z.curve.runs()[:-1]])
            for z, p in zip(self.curves, pieces, strict=True)
        ]
        return {**values, "zone_mwh": np.concatenate(pieces), "zone_full": np.concatenate([*full, np.empty(0)])}

    def _curve_families(self) -> dict[str, Family]:
        """Return the energy of each zone with contracts by the pieces of its curve, and which of its runs are full."""
        if not self.curves:
            return {}
        pieces = [f"{z.zone}__{i}" for z in self.curves for i in range(len(z.curve.length_mwh))]
        runs = [f"{z.zone}__{i}" for z in self.curves for i in range(len(z.curve.runs()) - 1)]
        most = np.concatenate([z.curve.length_mwh for z in self.curves])
        at = [list(self.zones).index(z.zone) for z in self.curves]
        piece_at = np.repeat(at, [len(z.curve.length_mwh) for z in self.curves])
        run_at = np.repeat(at, [len(z.curve.runs()) - 1 for z in self.curves])
        return {
            "zone_mwh": Family(
                "zone_mwh", pieces, np.zeros(len(most)), most, integer=False, solver_unit=HOURS_PER_YEAR,
                owner="zone", owner_index=piece_at,
            ),
            "zone_full": Family(
                "zone_full", runs, np.zeros(len(runs)), np.ones(len(runs)), integer=True,
                owner="zone", owner_index=run_at,
            ),
        }  # fmt: skip

    @cached_property
    def zones(self) -> tuple[str, ...]:
        """Grid zones of the sites, sorted: what a family of zones numbers its owners by."""
        return tuple(sorted({str(z) for z in self.sites["zone_id"]}))

    def _sum_lines(self, column: str) -> dict[str, Floats]:
        per = {"load_mw": np.zeros(len(self.options)), "halls": np.zeros(len(self.options))}
        for line in self.lines:
            per[line.per] = per[line.per] + getattr(line, column)
        return dict(per)


def _family(name: str, labels: Sequence[str], upper: Floats, *, integer: bool, option: Ints | None = None) -> Family:
    """Return a family of variables of 0 or more, of options or of none."""
    owner: Owner = "none" if option is None else "option"
    return Family(name, labels, np.zeros(len(labels)), upper, integer, owner=owner, owner_index=option)
