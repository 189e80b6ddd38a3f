"""Each KPI of a plan once: its name, label, unit, format and sense, the objective that optimises it, and its formula."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from siting.physics.carbon import indicators
from siting.units import HOURS_PER_YEAR, Floats
from siting.world.tables import resources

if TYPE_CHECKING:
    import pandas as pd

G_PER_T = 1e6
EFLOP_PER_RUN = 1e25 / 1e18
"""Compute of a training run of 1e25 operations, the size from which the EU AI Act presumes systemic risk [EFLOP]."""
EMBODIED_LINES = ("servers", "facility")
"""Lines of the ledger whose emissions are embodied; those of every other line are operational."""


@dataclass(frozen=True, slots=True)
class Field:
    """A figure's name for people, its unit, and how a number of it is written.

    Attributes
    ----------
    label : str
        Name for a planner.
    unit : str
        Empty for text.
    form : str
        Format of a number, as in `format`.
    """

    label: str
    unit: str = ""
    form: str = ",.4g"

    def heading(self) -> str:
        """Return label and unit, as the head of a column or an axis.

        Examples
        --------
        >>> KPIS["it_mw"].heading()
        'IT power [MW]'
        """
        return f"{self.label} [{self.unit}]" if self.unit else self.label

    def write(self, value: object) -> str:
        """Return a value as text; `unknown` for a missing one.

        Examples
        --------
        >>> KPIS["pue"].write(1.1304), KPIS["pue"].write(float("nan")), KPIS["pue"].write(-4e-6)
        ('1.130', 'unknown', '0.000')
        """
        if isinstance(value, str):
            return value
        number = float("nan") if value is None else float(value)  # type: ignore[arg-type]
        text = "unknown" if math.isnan(number) else format(number, self.form)
        return text.removeprefix("-") if not set(text) & set("123456789") else text  # -0.0 is 0.0


def usd_a_year(*usd: float) -> str:
    """Return yearly amounts as text, in one unit and with as many digits as they need to differ.

    Examples
    --------
    >>> usd_a_year(10.5974e9), usd_a_year(530e6), usd_a_year(10.597e9, 10.781e9), usd_a_year(1.0001e9, 1.0002e9)
    ('10.60 bn USD a year', '530.00 M USD a year', '10.60, 10.78 bn USD a year', '1.0001, 1.0002 bn USD a year')
    """
    scale, unit = (1e9, "bn ") if max(usd) >= 1e9 else (1e6, "M ") if max(usd) >= 1e6 else (1.0, "")
    for digits in range(2, 9):
        written = [f"{x / scale:,.{digits}f}" for x in usd]
        if len(set(written)) == len(set(usd)):
            break
    return f"{', '.join(written)} {unit}USD a year"


@dataclass(frozen=True)
class MarketYear:
    """Emissions of a year by location and by market, where the scenario has contracts or a residual mix.

    Attributes
    ----------
    location_t, market_t : numpy.ndarray
        Emissions on each basis [tCO2e/year].
    contract_mwh : numpy.ndarray
        Facility energy that contracts cover [MWh/year].
    """

    location_t: ArrayLike
    market_t: ArrayLike
    contract_mwh: ArrayLike


@dataclass(frozen=True)
class PlanYear:
    """A year of a plan: what its KPIs are computed from.

    Arrays of sites are (site,), or (site, draw) where inputs are drawn; totals are scalars, or (draw,).

    Attributes
    ----------
    it_mw, pue, wue_l_per_kwh, ci_g_per_kwh, pue_ci_covariance, renewable_share, cfe_share : numpy.ndarray
        Of each site: mean IT load [MW], PUE [-], WUE [L/kWh], carbon intensity [gCO2e/kWh], the factor by which the
        hours of PUE and intensity raise their product [-], and the shares of its electricity [0-1].
    eflop, usd, operational_t, embodied_t, jobs : numpy.ndarray
        Totals: compute [EFLOP/year], cost [USD/year], emissions [tCO2e/year], permanent jobs.
    demand_mw : float or numpy.ndarray
        IT load requested [MW].
    rtt_p90_ms, served_mw : numpy.ndarray
        (pair,) round trip [ms] and load [MW] of each pair of site and hub in use.
    market : MarketYear or None
        Both accounting bases.
    """

    it_mw: Floats
    pue: Floats
    wue_l_per_kwh: Floats
    ci_g_per_kwh: Floats
    pue_ci_covariance: Floats
    renewable_share: Floats
    cfe_share: Floats
    eflop: ArrayLike
    usd: ArrayLike
    operational_t: ArrayLike
    embodied_t: ArrayLike
    jobs: ArrayLike
    demand_mw: float | Floats
    rtt_p90_ms: Floats
    served_mw: Floats
    market: MarketYear | None = None

    @property
    def it_mwh(self) -> Floats:
        """IT energy of all sites [MWh/year]."""
        return np.asarray(HOURS_PER_YEAR * over_sites(self.it_mw))

    @property
    def facility_mwh(self) -> Floats:
        """Facility energy of each site [MWh/year]."""
        return np.asarray(HOURS_PER_YEAR * self.it_mw * self.pue)

    @property
    def water_m3(self) -> Floats:
        """Fresh water of all sites [m3/year]: L/kWh are m3/MWh."""
        return np.asarray(HOURS_PER_YEAR * over_sites(self.it_mw * self.wue_l_per_kwh))

    @property
    def emissions_t(self) -> Floats:
        """Operational and embodied emissions [tCO2e/year]."""
        return np.asarray(np.asarray(self.operational_t) + np.asarray(self.embodied_t))


def over_sites(values: Floats) -> Floats:
    """Add up over the first axis, in the same order for one draw as for many: rounding is then the same too."""
    return np.asarray(sum(values))


def emissions_per_compute(operational_t: ArrayLike, embodied_t: ArrayLike, eflop: ArrayLike) -> Floats:
    """Return the compute carbon intensity [gCO2e/EFLOP] of yearly totals.

    Contracts that cover all energy leave a rounding error of either sign: operational emissions are 0 or more.
    """
    operational_g = G_PER_T * np.maximum(operational_t, 0.0)
    return indicators.cci_g_per_eflop(operational_g, G_PER_T * np.asarray(embodied_t), eflop)


def _mean(values: Floats, weights: Floats) -> Floats:
    """Return the mean over sites."""
    return np.asarray(over_sites(values * weights) / over_sites(weights))


def _cue(year: PlanYear) -> Floats:
    """Return the CUE, its product of PUE and intensity hour by hour where the shapes are known."""
    by_site = indicators.cue_kg_per_kwh(year.pue, year.ci_g_per_kwh) * year.pue_ci_covariance
    return _mean(by_site, year.it_mw)


def _cfe(year: PlanYear) -> Floats:
    """Return the carbon-free score with each site as one step of load and nothing contracted."""
    load = year.facility_mwh.reshape(len(year.it_mw), -1)
    share = np.ravel(year.cfe_share)
    scores = np.array([indicators.cfe_score(one, np.zeros_like(one), share) for one in np.ascontiguousarray(load.T)])
    return scores if year.facility_mwh.ndim > 1 else np.asarray(scores[0])


def _by_market(year: PlanYear) -> MarketYear:
    assert year.market is not None  # noqa: S101  (`kpis_of` skips these KPIs without a market)
    return year.market


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi(Field):
    """A KPI of a plan.

    Attributes
    ----------
    name : str
        Its key in `Plan.kpis`.
    sense : {"min", "max", ""}
        Which direction is better; empty where neither is.
    objective : str
        Word of the objective that optimises it; empty where none does.
    of : callable
        Its value, from a `PlanYear`.
    by_market : bool
        Whether only a plan with contracts or a residual mix has it.
    """

    name: str
    of: Callable[[PlanYear], ArrayLike]
    sense: Literal["min", "max", ""] = "min"
    objective: str = ""
    by_market: bool = False


_ALL = (
    Kpi(
        name="emissions_g_per_eflop", label="emissions per compute", unit="gCO2e/EFLOP", form=",.1f",
        objective="emissions_per_compute",
        of=lambda y: emissions_per_compute(y.operational_t, y.embodied_t, y.eflop),
    ),
    Kpi(
        name="emissions_t_per_year", label="emissions", unit="tCO2e/year", form=",.0f", objective="emissions",
        of=lambda y: y.emissions_t,
    ),
    Kpi(
        name="embodied_t_per_year", label="of which embodied", unit="tCO2e/year", form=",.0f",
        of=lambda y: y.embodied_t,
    ),
    Kpi(
        name="cost_usd_per_eflop", label="cost per compute", unit="USD/EFLOP", form=",.3f",
        objective="cost_per_compute", of=lambda y: np.asarray(y.usd) / np.asarray(y.eflop),
    ),
    Kpi(name="cost_usd_per_year", label="cost", unit="USD/year", form=",.0f", objective="cost", of=lambda y: y.usd),
    Kpi(
        name="pue", label="PUE", unit="-", form=".3f",
        of=lambda y: indicators.pue(over_sites(y.facility_mwh), y.it_mwh),
    ),
    Kpi(
        name="wue_l_per_kwh", label="fresh water, WUE", unit="L/kWh IT", form=".2f",
        of=lambda y: indicators.wue_l_per_kwh(y.water_m3, y.it_mwh),
    ),
    Kpi(name="cue_kg_per_kwh", label="CUE", unit="kgCO2e/kWh IT", form=".3f", of=_cue),
    Kpi(
        name="renewable_share", label="renewable share", unit="0-1", form=".2f", sense="max",
        of=lambda y: _mean(y.renewable_share, y.facility_mwh),
    ),
    Kpi(name="cfe_share", label="carbon-free share", unit="0-1", form=".2f", sense="max", of=_cfe),
    Kpi(
        name="rtt_p90_ms_max", label="slowest round trip, p90", unit="ms", form=",.0f", objective="worst_latency",
        of=lambda y: y.rtt_p90_ms.max(axis=0),
    ),
    Kpi(
        name="it_mw", label="IT power", unit="MW", form=",.1f", sense="max", objective="covered_demand",
        of=lambda y: over_sites(y.it_mw),
    ),
    Kpi(name="eflop_per_year", label="compute", unit="EFLOP/year", form=",.3g", sense="max", of=lambda y: y.eflop),
    Kpi(name="jobs", label="permanent jobs", unit="count", form=",.0f", sense="max", of=lambda y: y.jobs),
    Kpi(
        name="rtt_p90_ms_mean", label="round trip to the hubs, p90, weighted by demand", unit="ms", form=",.0f",
        objective="mean_latency", of=lambda y: _mean(y.rtt_p90_ms, y.served_mw),
    ),
    Kpi(
        name="water_m3_per_year", label="fresh water", unit="m3/year", form=",.0f", objective="water",
        of=lambda y: y.water_m3,
    ),
    Kpi(
        name="served_share", label="demand served", unit="0-1", form=".3f", sense="max",
        of=lambda y: over_sites(y.it_mw) / y.demand_mw,
    ),
    Kpi(name="sites", label="sites", unit="count", form=",.0f", objective="sites", of=lambda y: float(len(y.it_mw))),
    Kpi(
        name="emissions_location_t_per_year", label="emissions by location", unit="tCO2e/year", form=",.0f",
        by_market=True, of=lambda y: _by_market(y).location_t,
    ),
    Kpi(
        name="emissions_market_t_per_year", label="emissions by market", unit="tCO2e/year", form=",.0f",
        by_market=True, of=lambda y: _by_market(y).market_t,
    ),
    Kpi(
        name="emissions_location_g_per_eflop", label="emissions per compute by location", unit="gCO2e/EFLOP",
        form=",.1f", by_market=True, of=lambda y: _on_basis(y, _by_market(y).location_t),
    ),
    Kpi(
        name="emissions_market_g_per_eflop", label="emissions per compute by market", unit="gCO2e/EFLOP", form=",.1f",
        by_market=True, of=lambda y: _on_basis(y, _by_market(y).market_t),
    ),
    Kpi(
        name="contract_share", label="energy under contract", unit="0-1", form=".3f", sense="", by_market=True,
        of=lambda y: np.asarray(_by_market(y).contract_mwh) / over_sites(y.facility_mwh),
    ),
)  # fmt: skip


def _on_basis(year: PlanYear, tonnes: ArrayLike) -> Floats:
    """Return the CCI with the emissions of one accounting basis."""
    return emissions_per_compute(np.asarray(tonnes) - np.asarray(year.embodied_t), year.embodied_t, year.eflop)


KPIS: Mapping[str, Kpi] = {kpi.name: kpi for kpi in _ALL}
"""Every KPI of a plan by its name, in the order in which plans list them."""


def kpis_of(year: PlanYear) -> dict[str, Floats]:
    """Return every KPI of a year; those of both accounting bases only where it has a market.

    Examples
    --------
    >>> one, pair = np.ones(1), np.array([20.0])
    >>> year = PlanYear(10 * one, 1.2 * one, 0 * one, 100 * one, one, one, one, 1e6, 1e6, 9e3, 1e3, 5.0, 10.0, pair, one)
    >>> float(kpis_of(year)["emissions_g_per_eflop"])
    10000.0
    """
    return {k.name: np.asarray(k.of(year), float) for k in _ALL if year.market is not None or not k.by_market}


def per_compute(total: ArrayLike, eflop: ArrayLike) -> Floats:
    """Return a part of a total over compute: [USD/EFLOP] of USD, [gCO2e/EFLOP] of grams; NaN where none is computed."""
    amount, compute = np.asarray(total, float), np.asarray(eflop, float)
    return np.asarray(amount / np.where(compute > 0, compute, np.nan))


def site_kpis(sites: "pd.DataFrame", assignments: "pd.DataFrame", kpis: Mapping[str, float]) -> "pd.DataFrame":
    """Return the sites of a plan with compute, cost per compute and slowest round trip of each, NaN where idle."""
    eflop = sites["it_mw"] * (kpis["eflop_per_year"] / kpis["it_mw"])
    return sites.drop(columns="geometry").assign(
        eflop_per_year=eflop,
        cost_usd_per_eflop=per_compute(sites["cost_usd_per_year"], eflop),
        rtt_p90_ms_max=sites["id"].map(assignments.groupby("site")["rtt_p90_ms"].max()),
    )


OTHER_FIELDS: Mapping[str, Field] = {
    "built_mw": Field("built", "MW", ",.0f"),
    "capacity_it_mw": Field("built", "MW", ",.0f"),
    "capex_usd": Field("capital", "USD", ",.0f"),
    "cdd18_k_day": Field("cooling degree-days, base 18 °C", "K day", ",.0f"),
    "cdd21_k_day": Field("cooling degree-days, base 21 °C", "K day", ",.0f"),
    "ci_g_per_kwh": Field("grid intensity", "gCO2e/kWh", ",.0f"),
    "ci_quality": Field("intensity is"),
    "ci_direct_g_per_kwh": Field("grid intensity, direct", "gCO2/kWh", ",.0f"),
    "ci_lifecycle_g_per_kwh": Field("grid intensity, life cycle", "gCO2e/kWh", ",.0f"),
    "cooling": Field("cooling"),
    "country": Field("country"),
    "g_per_eflop": Field("emissions per compute", "gCO2e/EFLOP", ",.1f"),
    "halls": Field("halls", "count", ",.0f"),
    "hub": Field("hub"),
    "incentives": Field("programmes claimed"),
    "export_control": Field("export control"),
    "capacity_statements": Field("stated capacity to connect"),
    "limit": Field("limit"),
    "line": Field("line"),
    "musd_per_year": Field("cost", "M USD/year", ",.1f"),
    "name": Field("site"),
    "price_quality": Field("price is"),
    "price_usd_per_mwh": Field("electricity price", "USD/MWh", ",.1f"),
    "regret": Field("regret"),
    "rtt_p90_ms": Field("round trip, p90", "ms", ",.0f"),
    "rtt_quality": Field("round trip is"),
    "site": Field("site"),
    "t_per_1e25_operations": Field("emissions of a training run of 1e25 operations", "tCO2e", ",.0f"),
    "tco2e_per_year": Field("emissions", "tCO2e/year", ",.0f"),
    "unknown_tax_high_usd_per_year": Field("unknown taxes, at most", "USD/year", ",.0f"),
    "unknown_tax_low_usd_per_year": Field("unknown taxes, at least", "USD/year", ",.0f"),
    "usd_per_1e25_operations": Field("cost of a training run of 1e25 operations", "USD", ",.0f"),
    "usd_per_accelerator_hour": Field("cost of an accelerator-hour", "USD", ",.2f"),
    "usd_per_year": Field("cost", "USD/year", ",.0f"),
    "workload": Field("class"),
    "worst_fact": Field("facts of that quality"),
    "worst_quality": Field("worst quality of facts that differ by place"),
    "zone_headroom_mw": Field("headroom of the grid zone", "MW", ",.0f"),
}
"""Columns of tables that are not KPIs."""


def table_title(name: str) -> str:
    """Return the title of a shipped table; the name itself for a file of the planner's own.

    Examples
    --------
    >>> table_title("zones")
    'Grid zones: price and average generation'
    """
    table = resources().get(name)
    return name.replace("_", " ") if table is None else str(table.descriptor.get("title", name))


def field(column: str) -> Field:
    """Return the field of a column: a KPI's, one of `OTHER_FIELDS`, the shipped table's description, or its bare name.

    Examples
    --------
    >>> field("elevation_m").heading()
    'elevation [m]'
    """
    if known := KPIS.get(column) or OTHER_FIELDS.get(column):
        return known
    for table in resources().values():
        for described in table.descriptor.get("schema", {}).get("fields", []):
            if described["name"] == column:
                unit = str(described.get("unit", "") or "")
                ending = "_" + unit.lower().replace("/", "_per_").replace(" ", "_")
                return Field(column.removesuffix(ending).replace("_", " "), unit)
    return Field(column.replace("_", " "))
