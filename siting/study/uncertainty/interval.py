"""Intervals of a plan's KPIs: its inputs drawn many times, its decisions held."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.errors import DataError, SitingError, listed
from siting.kpis import EMBODIED_LINES, MarketYear, PlanYear, field, kpis_of, over_sites
from siting.physics.cooling.performance import balance_of, preset
from siting.problem.ledger.cost_figures import COSTS_USED, rates_of
from siting.problem.ledger.incentive_offers import benefit
from siting.problem.ledger.lines import ledger_lines
from siting.problem.ledger.option_costs import OptionCosts
from siting.problem.ledger.option_taxes import Taxes
from siting.problem.markets.zone_markets import LINE as CONTRACTS_LINE
from siting.problem.markets.zone_markets import Market, market_t, markets_of, matched
from siting.problem.parts.incentives import INCENTIVE
from siting.problem.weather import weather_of
from siting.scenario.named_places import candidates_of
from siting.study.uncertainty.inputs import (
    HELD,
    MEAN_DRAW,
    ROUND_TRIP_ERROR,
    cooling_name,
    inputs_of,
    price_name,
    sample,
    zone_factors,
)
from siting.units import HOURS_PER_YEAR, Floats
from siting.world import grid
from siting.world.outlook import LIFECYCLE_COLUMNS, WARMING, with_outlook
from siting.world.policy import Incentive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.plan.plan import Plan

CI_COLUMNS = (*LIFECYCLE_COLUMNS, "ci_direct_g_per_kwh", "ci_marginal_direct_g_per_kwh")
CLIMATE_ERROR = "climate error"
"""Name of the input by which every hour of a typical year is too warm or too cold [K]."""
SAME_BENEFIT = 1e-6
"""Largest relative difference at which a claim pays the full benefit of its programme, without a binding cap."""
SAME_PUE = 1e-6
"""Largest relative difference at which a recomputed PUE is the plan's own."""


def kpis_interval(plan: "Plan", draws: int = 1000, seed: int = 0, hold: Collection[str] = HELD) -> pd.DataFrame:
    """Return each KPI with its percentiles over draws of the inputs; see `Plan.kpis_interval`."""
    from siting.study.uncertainty.extremes import extremes

    inputs = inputs_of(plan)
    drawn = kpis_at(plan, sample(inputs, draws, seed, hold))
    p05, p50, p95 = np.percentile(drawn.to_numpy(float), [5, 50, 95], axis=0)
    table = pd.DataFrame({"mid": pd.Series(dict(plan.kpis)), "p05": p05, "p50": p50, "p95": p95})
    table = table.join(extremes(plan, inputs, hold))
    table = table.assign(unit=[field(str(k)).unit for k in table.index]).rename_axis("kpi")
    table.attrs["held_fixed"] = tuple(x.name for x in inputs if x.name in hold or not x.low < x.high)
    table.attrs["lines_not_varied"] = drawn.attrs["lines_not_varied"]
    return table


def kpis_drivers(plan: "Plan", draws: int = 1000, seed: int = 0, hold: Collection[str] = HELD) -> pd.DataFrame:
    """Return the inputs that the width of emissions per compute comes from; see `Plan.kpis_drivers`."""
    inputs = inputs_of(plan)
    values = sample(inputs, draws, seed, hold)
    emissions = kpis_at(plan, values)["emissions_g_per_eflop"].to_numpy(float)
    rank = {x.name: _rank_correlation(values[x.name], emissions) for x in inputs}
    table = pd.DataFrame(
        [(x.name, x.low, x.mid, x.high, x.unit, rank[x.name], rank[x.name] ** 2, x.source) for x in inputs],
        columns=["input", "low", "mid", "high", "unit", "rank_correlation", "variance_share", "source"],
    )
    return table.set_index("input").sort_values("variance_share", ascending=False, kind="stable")


def _rank_correlation(one: Floats, other: Floats) -> float:
    """Return Spearman's rank correlation, 0 where either does not vary."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    ranks = [np.argsort(np.argsort(x)).astype(float) for x in (one, other)]
    return float(np.corrcoef(ranks)[0, 1])


def kpis_at(plan: "Plan", values: Mapping[str, Floats]) -> pd.DataFrame:
    """Return the plan's KPIs with its inputs at other values, its sites, halls and loads held.

    Every KPI is the plan's own plus the change that the values make, so that at the plan's own values it is the
    plan's own to the last digit.

    Parameters
    ----------
    plan : Plan
        A plan with sites.
    values : mapping of str to numpy.ndarray
        (n,) values of every input of `uncertainty.inputs_of`, by name.

    Returns
    -------
    pandas.DataFrame
        A row a draw, a column a KPI; a KPI that no input moves stays. `attrs["lines_not_varied"]` names the lines
        of the ledger that no uncertain input moves.

    Raises
    ------
    DataError
        The weather of a site is not available, or is not the one that the plan was made with.
    """
    own = {x.name: np.full(1, x.mid) for x in inputs_of(plan)}
    here, there = _At(plan, own, own, _places(plan)), _At(plan, values, own, _places(plan))
    there.check_pue()
    now, then = here.kpis(), there.kpis()
    n = len(next(iter(values.values())))
    table = {k: float(v) + (then[k] - now[k] if k in then else 0.0) * np.ones(n) for k, v in plan.kpis.items()}
    answer = pd.DataFrame(table)
    answer.attrs["lines_not_varied"] = there.totals[3]
    return answer


def _places(plan: "Plan") -> pd.DataFrame:
    """Return what the tables, or the planner's file, know of the plan's sites, in their order."""
    name, ids = plan.scenario.candidates.set, list(plan.sites["id"])
    try:
        table = candidates_of(plan.scenario)
    except (SitingError, OSError) as error:
        raise DataError(
            f"the weather of the plan's sites comes from `{name}`, which cannot be read ({error}): open its "
            "folder with `Plan.load(plan, files_from=[folder])`, or read the scenario from its file and solve again"
        ) from error
    known = table.drop_duplicates("id").set_index("id")
    absent = [s for s in ids if s not in known.index or known["climate_id"].isna()[s]]
    if absent:
        raise DataError(
            f"no weather for {len(absent)} site(s) of the plan ({listed(absent)}) in `{name}`: restore the file "
            "of candidates and the weather files it names"
        )
    outlook = plan.scenario.outlook
    return with_outlook(known.loc[ids].reset_index(), outlook.year, outlook.us_scenario, outlook.warming_k)


@dataclass(frozen=True)
class _At:
    """A plan with its inputs at given values: arrays are (site, draw), and ratios are over the plan's own values."""

    plan: "Plan"
    values: Mapping[str, Floats]
    own: Mapping[str, Floats]
    places: pd.DataFrame

    def site(self, column: str) -> Floats:
        """Return a column of the plan's sites, to be multiplied with draws."""
        return np.asarray(self.plan.sites[column].to_numpy(float)[:, None])

    def ratio(self, name: str) -> Floats:
        """Return an input over the plan's own value; 1 where it does not vary."""
        value, own = self.values[name], self.own[name]
        return np.asarray(value / own if own[0] != 0 else np.ones_like(value))

    @property
    def it_mw(self) -> Floats:
        """Mean IT draw of every site and draw [MW]: the plan's accelerators, at the mean draw of each."""
        return np.asarray(self.site("it_mw") * self.ratio(MEAN_DRAW))

    @cached_property
    def means(self) -> tuple[Floats, Floats]:
        """PUE [-] and WUE [L/kWh] of every site and draw, the means of its typical year."""
        return _yearly(self.plan, self.places, self.values)

    @cached_property
    def own_means(self) -> tuple[Floats, Floats]:
        """PUE and WUE at the plan's own values."""
        return self.means if self.values is self.own else _yearly(self.plan, self.places, self.own)

    def check_pue(self) -> None:
        """Refuse weather that does not give the plan's own PUE."""
        mine, theirs = self.own_means[0][:, 0], self.plan.sites["pue"].to_numpy(float)
        off = np.flatnonzero(np.abs(mine / theirs - 1.0) > SAME_PUE)
        if off.size:
            faults = [f"{self.plan.sites['id'].iloc[i]}: {theirs[i]:.6f} in the plan, {mine[i]:.6f} now" for i in off]
            raise DataError.from_faults("the weather is not the one this plan was made with; solve it again:", faults)

    @cached_property
    def factors(self) -> tuple[Floats, Floats]:
        """Factors on every intensity at every site, and on the life-cycle one alone."""
        return zone_factors(self.plan.scenario, self.plan.sites, self.values)

    @cached_property
    def intensity(self) -> Floats:
        """Ratio of the intensity that the plan counts by at every site."""
        both, lifecycle = self.factors
        return both * lifecycle if self.plan.scenario.minimise.carbon.scope == "lifecycle" else both

    @cached_property
    def costs(self) -> OptionCosts:
        """The costs at the plan's own values, from which the ledger's lines are counted."""
        plan, own = self.plan, self.plan.sites
        facts = self.places.assign(
            label=own["id"] + "__" + own["cooling"],
            max_halls=own["halls"],
            **{c: own[c] for c in ("pue", "peak_pue", "wue_l_per_kwh", "pue_ci_covariance")},
        )
        policy = plan.scenario.policy
        packs = policy.in_force(plan.scenario.file)
        return OptionCosts(facts, plan.scenario, rates_of(plan.scenario), Taxes(facts, policy, packs))

    def drawn(self, k: int) -> OptionCosts:
        """Return the costs at one draw: the same places and taxes, other figures, PUE, WUE and intensity."""
        at = {name: float(values[k]) for name, values in self.values.items()}
        pue, wue = self.means
        both, lifecycle = self.factors
        prices = drawn_prices(self.costs.facts, at)
        return drawn_costs(self.costs, at, pue[:, k], wue[:, k], both[:, k], prices, lifecycle[:, k])

    @cached_property
    def amounts(self) -> dict[str, Floats]:
        """What the lines are charged on: load [MW] and halls of every site."""
        return {"load_mw": self.plan.sites["it_mw"].to_numpy(float), "halls": self.plan.sites["halls"].to_numpy(float)}

    @cached_property
    def programmes(self) -> dict[str, Incentive]:
        """The programmes that the plan claims, by id."""
        claimed = set("; ".join(self.plan.sites["incentives"]).split("; "))
        return {e.id: e for p in self.costs.taxes.packs for e in p.incentives if e.id in claimed}

    def benefits(self, costs: OptionCosts) -> dict[str, Floats]:
        """Return what each claimed programme would pay at every site without a cap [USD/a]."""
        full = {name: benefit(costs, e) for name, e in self.programmes.items()}
        return {n: hall * self.amounts["halls"] + mw * self.amounts["load_mw"] for n, (hall, mw) in full.items()}

    @cached_property
    def counted(self) -> dict[str, tuple[Floats, Floats]]:
        """(site, draw) cost [USD/a] and emissions [t/a] of every line that the model counts, in every draw."""
        n = len(next(iter(self.values.values())))
        found: dict[str, tuple[Floats, Floats]] = {}
        shape = (len(self.places), n)
        for k in range(n):
            costs = self.drawn(k)
            for line in ledger_lines(costs):
                usd, tonnes = found.setdefault(line.name, (np.empty(shape), np.empty(shape)))
                usd[:, k] = line.usd_per_year * self.amounts[line.on]
                tonnes[:, k] = line.tco2e_per_year * self.amounts[line.on]
            for name, paid in self.benefits(costs).items():
                usd, _ = found.setdefault(f"{INCENTIVE}{name}", (np.empty(shape), np.zeros(shape)))
                usd[:, k] = -paid
        return found

    @cached_property
    def totals(self) -> tuple[Floats, Floats, Floats, tuple[str, ...]]:
        """Yearly cost [USD], emissions and embodied emissions [t] of every draw, and the lines that do not vary."""
        one = np.ones_like(next(iter(self.values.values())))
        usd, tonnes, embodied = 0.0 * one, 0.0 * one, 0.0 * one
        at = {str(site): s for s, site in enumerate(self.plan.sites["id"])}
        moved: dict[str, bool] = {}
        for site, line, own_usd, own_t in self.plan.ledger.itertuples(index=False):
            money, carbon = own_usd * one, own_t * one
            if line == CONTRACTS_LINE:
                carbon = self.by_contract[at[site]]
            elif line in self.counted and site in at:
                money, carbon = (x[at[site]] for x in self.counted[line])
                if line.startswith(INCENTIVE):
                    money = self._capped(line, at[site], own_usd)
            usd, tonnes = usd + money, tonnes + carbon
            embodied = embodied + (carbon if line in EMBODIED_LINES else 0.0)
            if own_usd or own_t:
                moved[line] = moved.get(line, False) or bool(np.ptp(money) > 0 or np.ptp(carbon) > 0)
        return usd, tonnes, embodied, tuple(sorted(line for line, moves in moved.items() if not moves))

    @cached_property
    def markets(self) -> dict[str, Market]:
        """Contracts and residual mixes of the scenario."""
        return markets_of(self.plan.scenario)

    @cached_property
    def by_contract(self) -> Floats:
        """(site, draw) tonnes that lead from location to market: the contracts held, the grid and the PUE drawn."""
        zones, ci = list(self.plan.sites["zone_id"].astype(str)), self.site("ci_g_per_kwh") * self.intensity
        mwh = HOURS_PER_YEAR * self.it_mw * self.means[0]
        market = [market_t(self.markets, zones, ci[:, k], mwh[:, k]) for k in range(mwh.shape[1])]
        _, operational = self.counted["energy"]
        return np.asarray(np.nan_to_num(np.array(market).T - operational))

    def market_year(self, tonnes: Floats) -> MarketYear | None:
        """Return the emissions on both accounting bases, where the plan has them."""
        if not self.markets:
            return None
        other, mwh = over_sites(self.by_contract), HOURS_PER_YEAR * self.it_mw * self.means[0]
        by_market = self.plan.scenario.minimise.carbon.basis == "market"
        location_t, market_t_ = (tonnes - other, tonnes) if by_market else (tonnes, tonnes + other)
        zones, ci = list(self.plan.sites["zone_id"].astype(str)), self.plan.sites["ci_g_per_kwh"].to_numpy(float)
        draws = [matched(self.markets, zones, ci, mwh[:, k]) for k in range(mwh.shape[1])]
        covered = np.array([sum(found.matched_mwh for _, _, found in draw) for draw in draws], dtype=float)
        return MarketYear(location_t, market_t_, covered)

    def _capped(self, line: str, s: int, paid_usd: float) -> Floats:
        """Return what a claim pays in each draw: one at its cap stays at what it pays in the plan."""
        drawn = self.counted[line][0][s]
        full = self.benefits(self.costs)[line.removeprefix(INCENTIVE)][s]
        capped = -paid_usd <= full * (1 - SAME_BENEFIT)
        return np.asarray(np.maximum(drawn, paid_usd) if capped else drawn)

    def kpis(self) -> dict[str, Floats]:
        """Return the KPIs in every draw, by the formulas of the plan."""
        usd, tonnes, embodied, _ = self.totals
        pue, wue = self.means
        pairs = self.plan.assignments
        year = PlanYear(
            it_mw=self.it_mw,
            pue=pue,
            wue_l_per_kwh=wue,
            ci_g_per_kwh=self.site("ci_g_per_kwh") * self.intensity,
            pue_ci_covariance=self.site("pue_ci_covariance"),
            renewable_share=self.site("renewable_share"),
            cfe_share=self.site("cfe_share"),
            eflop=self.plan.kpis["eflop_per_year"] * self.ratio("mfu"),
            usd=usd,
            operational_t=tonnes - embodied,
            embodied_t=embodied,
            jobs=self.plan.kpis["jobs"] * self.ratio("jobs-per-mw"),
            demand_mw=float(self.plan.demand["it_mw"].sum()) * self.ratio(MEAN_DRAW),
            rtt_p90_ms=pairs["rtt_p90_ms"].to_numpy(float)[:, None] * self.ratio(ROUND_TRIP_ERROR),
            served_mw=pairs["it_mw"].to_numpy(float)[:, None],
            market=self.market_year(tonnes),
        )
        return kpis_of(year)


def drawn_costs(
    costs: OptionCosts,
    at: Mapping[str, float],
    pue: Floats,
    wue: Floats,
    intensity: Floats | float,
    price: Any = 1.0,
    lifecycle: Floats | float = 1.0,
) -> OptionCosts:
    """Return costs at the same places with other figures and the drawn rates of uncertain taxes.

    A load is of accelerators at the plan's own mean draw: where they draw more, so does every MW of it, for the same
    compute. Energy, its taxes, carbon and water scale; servers and halls stay.

    Parameters
    ----------
    costs : OptionCosts
        At the scenario's own figures.
    at : mapping of str to float
        Value of every input of hardware and costs, by name.
    pue, wue : numpy.ndarray
        (n,) PUE [-] and WUE [L/kWh].
    intensity, price : numpy.ndarray or float
        Factors on the grid's intensity and on the electricity price at each place.
    lifecycle : numpy.ndarray or float
        Further factor on the life-cycle intensity alone: the set of life-cycle factors.
    """
    kg, draw = at["embodied-accelerator-kg"], at[MEAN_DRAW] / costs.rates.accelerator.server_power_w
    figures = costs.rates.cost | {c: at[c] for c in COSTS_USED}
    scaled = {c: costs.column(c) * intensity for c in CI_COLUMNS if c in costs.facts}
    scaled |= {c: scaled[c] * lifecycle for c in LIFECYCLE_COLUMNS if c in scaled}
    scaled |= {"price_usd_per_mwh": costs.column("price_usd_per_mwh") * price}
    facts = costs.facts.assign(pue=pue, wue_l_per_kwh=wue, **scaled)
    rates = replace(costs.rates, cost=figures, embodied_kg_per_accelerator=kg)
    return replace(costs, facts=facts, rates=rates, taxes=costs.taxes.drawn(at), draw=draw)


def drawn_prices(facts: pd.DataFrame, at: Mapping[str, float]) -> Floats:
    """Return (n,) factors on the electricity price of places, each country at its drawn position in their intervals."""
    factor = np.ones(len(facts))
    for country in facts["country_iso2"].unique():
        here = (facts["country_iso2"] == country).to_numpy(bool)
        factor[here] = grid.price_factor(facts[here], at.get(price_name(str(country)), 0.0))
    return factor


def _yearly(plan: "Plan", where: pd.DataFrame, values: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Return (site, draw) PUE and WUE of the plan's own designs."""
    return yearly_means(where, plan.sites["cooling"].to_numpy(str), plan.scenario.building.cooling_preset, values)


def yearly_means(
    where: pd.DataFrame, designs: "NDArray[np.str_]", plant_preset: str, values: Mapping[str, Floats]
) -> tuple[Floats, Floats]:
    """Return (site, draw) PUE and WUE, the means of the year; the air is checked once a design, not once a draw.

    Parameters
    ----------
    where : pandas.DataFrame
        Gathered sites.
    designs : numpy.ndarray
        (n,) the cooling design of each.
    plant_preset : str
        Plant that the draws change.
    values : mapping of str to numpy.ndarray
        (draws,) values of inputs by name; parameters of designs are those of `uncertainty.cooling_name`.
    """
    n = len(next(iter(values.values())))
    pue, wue = np.empty((len(where), n)), np.empty((len(where), n))
    for design in sorted(set(designs)):
        mine = np.flatnonzero(designs == design)
        here = where.iloc[mine].reset_index(drop=True)
        year = weather_of(here, design)
        plant = preset(design, plant_preset)
        names = [p for p in plant.__dataclass_fields__ if cooling_name(design, p) in values]
        for k in range(n):
            if CLIMATE_ERROR in values:
                own = here.get(WARMING, 0.0)
                year = weather_of(here.assign(**{WARMING: own + values[CLIMATE_ERROR][k]}), design)
            drawn = {p: float(values[cooling_name(design, p)][k]) for p in names}
            balance = balance_of(design, year.air, replace(plant, **drawn))
            pue[mine, k], wue[mine, k] = year.mean(balance.pue), year.mean(balance.wue_l_per_kwh)
    return pue, wue
