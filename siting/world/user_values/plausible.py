"""Possible and usual ranges of every quantity that a planner gives, with unit and source, and what a value outside of them may be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from siting.errors import SitingError
from siting.world import catalogue

CHOICE = "our choice: wide of what the sources of the data report"
MW_SOURCE = "IEA, Energy and AI (2025): all data centres draw 47 GW on average; a rack draws 0.1 MW"
CI_SOURCE = "table `zone_intensity`: 10 to 1,100 g/kWh, coal plants up to 1,600"
EARTH = "half the circumference of the Earth"


@dataclass(frozen=True)
class Range:
    """Range of a quantity: possible from `low` to `high`, usual from `usual_low` to `usual_high`; 0 is usual where possible.

    Attributes
    ----------
    low, high, usual_low, usual_high : float
        Ends, in `unit`.
    unit : str
        Unit; `1` for a share or a number.
    source : str
        Where the usual range comes from.
    """

    low: float
    high: float
    usual_low: float
    usual_high: float
    unit: str
    source: str = CHOICE


def _share(usual_low: float = 0.001, usual_high: float = 1.0) -> Range:
    return Range(0, 1, usual_low, usual_high, "1")


_MW = Range(0, 1e7, 0.05, 1e5, "MW", MW_SOURCE)
_DEMAND_MW = Range(1e-3, 1e7, 0.05, 1e5, "MW", MW_SOURCE)
_EFLOP = Range(1e3, 1e16, 1e5, 1e14, "EFLOP/a", "0.05 MW to 100 GW of the accelerators in table `hardware`")
_CI = Range(0, 5000, 1, 2000, "g/kWh", CI_SOURCE)
_MS = Range(0, 60_000, 0.1, 5000, "ms", "table `rtt_measured`: up to 400 ms; a geostationary satellite takes 600 ms")
_KM = Range(0, 20_100, 0.1, 20_100, "km", EARTH)
_HALLS = Range(0, 1e6, 1, 1e4, "halls")
_M3 = Range(0, 1e12, 1, 1e10, "m3/a")
_USD = Range(0, 1e15, 1000, 1e14, "USD")
_JOBS = Range(0, 1e8, 1, 1e6, "jobs")
_T = Range(0, 1e12, 0.01, 1e10, "t/a")
_TAX = Range(0, 1e6, 0.05, 1e4, "currency/MWh", "table `policy_rates` and the shipped packs: up to 360 SEK/MWh")

RANGES: Mapping[str, Range] = MappingProxyType(
    {
        # demand
        "demand.it_mw": _DEMAND_MW,
        "eflop_per_year": _EFLOP,
        "min_eflop_per_year": _EFLOP,
        "per_year": Range(0, 1e12, 1e-4, 1e7, "runs/a"),
        "shares": _share(0),
        "min_share": _share(),
        "unmet_usd_per_mwh": Range(0, 1e8, 1, 1e6, "USD/MWh", "rented accelerators: some 1,500 USD/MWh"),
        # hardware and building
        "server_power_w": Range(1, 1e5, 50, 6000, "W", "table `hardware`: 100 to 2,000 W per accelerator and its host"),
        "nameplate_w": Range(1, 1e5, 50, 6000, "W", "table `hardware`: 300 to 3,300 W per accelerator and its host"),
        "mfu": _share(0.01),
        "hall_mw": Range(1e-3, 1e4, 0.02, 1000, "MW", MW_SOURCE),
        "min_halls": _HALLS,
        "utilisation_max": _share(0.1),
        "utilisation_min": _share(0.0),
        "sea_reach_km": Range(0, 50, 0.05, 50, "km"),
        # outlook and policy
        "year": Range(1990, 2100, 1990, 2100, "year"),
        "warming_k": Range(-5, 5, -5, 5, "K"),
        "carbon_price_usd_per_t": Range(0, 1e5, 0.5, 3000, "USD/t", "World Bank, Carbon Pricing 2025: up to 160 USD/t"),
        # contracts
        "mwh_per_year": Range(0, 1e11, 1, 1e9, "MWh/a", "table `zones`: the largest zone generates 6e9 MWh"),
        "g_per_kwh": _CI,
        "shape": Range(0, 1e12, 0, 1e12, "1"),
        # objective
        "tolerance": _share(0),
        # limits
        "usd_per_year": Range(0, 1e15, 1, 1e14, "USD/a"),
        "above_least_cost": Range(0, 1000, 0, 4, "1"),
        "min_jobs": _JOBS,
        "jobs.min": _JOBS,
        "carbon_free_share.min": _share(),
        "renewable_share.min": _share(),
        "min_share.min": _share(),
        "max_share.max": _share(),
        "survive_loss.share": _share(),
        "max_cdd18_k_day": Range(0, 2e4, 1, 1.2e4, "K day", "table `climate`: 0 to 4,500 K day"),
        "max_cdd21_k_day": Range(0, 2e4, 1, 1.2e4, "K day", "table `climate`: 0 to 3,500 K day"),
        "max_dry_bulb_c": Range(-95, 100, -60, 65, "degree C", "WMO records: -89 to 57 degree C"),
        "min_dry_bulb_c": Range(-95, 100, -95, 50, "degree C", "WMO records: -89 to 57 degree C"),
        "heat_reuse_share": _share(),
        "t_per_year": _T,
        "by_jurisdiction": _T,
        "max_g_per_kwh": _CI,
        "max_g_per_eflop": Range(0, 1e8, 0.01, 1e6, "gCO2e/EFLOP", "shipped scenarios: 100 to 1,000 gCO2e/EFLOP"),
        "halls": _HALLS,
        "max_halls": _HALLS,
        "zone_share": _share(),
        "plants_share": _share(),
        "site_mw": _MW,
        "by_site_mw": _MW,
        "min_it_mw": _MW,
        "max_it_mw": _MW,
        "usd_per_eflop": Range(0, 1e6, 1e-4, 1e4, "USD/EFLOP", "shipped scenarios: about 1 USD/EFLOP"),
        "max_latency": _MS,
        "max_ms": _MS,
        "km": _KM,
        "rural_km": _KM,
        "polar_deg": Range(0, 90, 0, 90, "degree"),
        "above_facility_mw": _MW,
        "radius_km": _KM,
        "lon": Range(-180, 180, -180, 180, "degree"),
        "lat": Range(-90, 90, -90, 90, "degree"),
        "min_political_stability": Range(-2.5, 2.5, -2.5, 2.5, "1", "World Bank, Worldwide Governance Indicators"),
        "min_rule_of_law": Range(-2.5, 2.5, -2.5, 2.5, "1", "World Bank, Worldwide Governance Indicators"),
        "max_outages_per_month": Range(0, 1000, 0, 200, "outages/month", "World Bank, Enterprise Surveys: up to 78"),
        "min_access_to_electricity": _share(),
        "min_km_to_volcano": _KM,
        "max_cyclone_64kt_per_decade": Range(0, 1000, 0.001, 100, "cyclones/decade"),
        "max_water_stress": Range(0, 1000, 0.001, 100, "1", "FAO, SDG 6.4.2: withdrawal over resources, up to 39"),
        "where_stress_above": Range(0, 1000, 0.001, 100, "1", "FAO, SDG 6.4.2: withdrawal over resources, up to 39"),
        "site_count.min": Range(0, 1e6, 1, 1e4, "sites"),
        "site_count.max": Range(0, 1e6, 1, 1e4, "sites"),
        "max_wue_l_per_kwh": Range(0, 1000, 0.001, 20, "L/kWh", "table `costs`, `wue-climate`: 0 to 3 L/kWh"),
        "max_m3_per_year": _M3,
        "max_site_m3_per_year": _M3,
        # policy packs
        "max_pue": Range(1, 10, 1, 3, "1", "Uptime Institute, Global Survey: PUE of 1.1 to 2.5"),
        "min_renewable_share": _share(),
        "min_heat_reuse_share": _share(),
        "min_on_site_power_share": _share(),
        "min_facility_mw": _MW,
        "call_mw": _MW,
        "usd_per_t": Range(0, 1e5, 0.05, 3000, "USD/t", "World Bank, Carbon Pricing 2025: up to 160 USD/t"),
        "rate": _share(),
        "low": _share(0),
        "high": _share(0),
        "assessed_share": _share(),
        "schedule": _share(0),
        "credit_share": _share(),
        "credit_share_max": _share(),
        "per_mwh": _TAX,
        "reduced_per_mwh": _TAX,
        "full_per_mwh": _TAX,
        "min_capex_usd": _USD,
        "max_base_usd": _USD,
        "cap_usd_per_year": _USD,
        "units_per_usd": Range(0, 1e6, 1e-3, 1e5, "units/USD"),
        # costs: from the interval of the table `costs`, five times wider at both ends; these have other ones
        "costs.land-usd-per-m2": Range(0, 1e6, 0.1, 30_000, "USD/m2", "city centres of Tokyo and Hong Kong: 20,000"),
        "costs.water-usd-per-m3": Range(0, 1e6, 0.01, 200, "USD/m3", "water by road: about 100"),
        "costs.remote-construction-uplift": Range(0, 100, 0.001, 3, "1", "table `costs`"),
        "costs.life-it-years": Range(0.1, 100, 1, 20, "year", "table `costs`: 3 to 7 years"),
        "costs.life-facility-years": Range(0.1, 200, 3, 60, "year", "table `costs`: 14 years"),
        "costs.discount-rate": Range(0, 10, 0.005, 0.4, "1", "table `costs`: 0.05 to 0.1"),
        "costs.inflation": Range(0, 10, 0.001, 0.3, "1", "table `costs`: 0.02 to 0.03"),
        # the planner's own tables, where what is usual is what is possible
        "weight": Range(0, 1e9, 0, 1e9, "1"),
        "elevation_m": Range(-450, 6000, -450, 6000, "metres above sea level", "the Dead Sea, and the highest town"),
        "km_to_city_100k": _KM,
        "km_to_cloud_region": _KM,
        "plants_mw_150km": Range(0, 1e6, 0, 1e6, "MW", "no circle of 150 km holds a terawatt of plants"),
        "rtt_ms": Range(
            0, 10_000.0, 0, 10_000.0, "ms", "table `rtt_measured`: up to 400 ms; a geostationary satellite takes 600 ms"
        ),
    }
)
"""Range of each quantity, by `owner.field` or, where all owners mean the same, by `field`; zero is usual where it is possible."""

SLIPS: Mapping[str, tuple[tuple[float, str], ...]] = MappingProxyType(
    {
        "MW": ((1e-3, "kW"), (1e-6, "W"), (1e3, "GW")),
        "W": ((1e3, "kW"), (1e6, "MW"), (1e-3, "mW")),
        "1": ((0.01, "per cent"),),
        "g/kWh": ((1e3, "kg/kWh"), (1e-3, "mg/kWh"), (1e-6, "g/GWh")),
        "ms": ((1e3, "s"), (1e-3, "microseconds")),
        "year": ((1 / 12, "months"), (1 / 365.25, "days")),
        "USD/t": ((1e3, "USD/kg"), (0.01, "cents/t")),
        "USD/MWh": ((1e3, "USD/kWh"), (10, "cents/kWh")),
        "currency/MWh": ((1e3, "currency/kWh"), (10, "cents/kWh")),
        "MWh/a": ((1e-3, "kWh/a"), (1e3, "GWh/a"), (1e6, "TWh/a")),
        "t/a": ((1e-3, "kg/a"), (1e-6, "g/a"), (1e3, "kt/a"), (1e6, "Mt/a")),
        "km": ((1e-3, "m"), (1.609, "miles")),
        "m3/a": ((1e-3, "L/a"), (1e6, "million m3/a")),
        "USD": ((1e6, "million USD"), (1e9, "billion USD")),
        "USD/a": ((1e6, "million USD/a"), (1e9, "billion USD/a")),
        "USD/MW": ((1e3, "USD/kW"), (1e6, "million USD/MW"), (1e-3, "USD/GW")),
        "USD/(MW year)": ((1e3, "USD/(kW year)"), (1e6, "million USD/(MW year)")),
        "EFLOP/a": ((31_557_600, "EFLOP/s"), (1e-18, "FLOP/a"), (1e3, "ZFLOP/a"), (1e-3, "PFLOP/a")),
        "gCO2e/EFLOP": ((1e3, "kgCO2e/EFLOP"), (1e6, "tCO2e/EFLOP")),
        "kg": ((1e-3, "g"), (1e3, "t")),
        "t/MW": ((1e-3, "kg/MW"), (1e3, "t/kW")),
        "L/kWh": ((1e-3, "mL/kWh"), (1e3, "m3/kWh")),
    }
)
"""Other units in which a quantity may have been given by mistake, by its unit: factor to it, and name."""

_WIDER = 5.0
"""Factor by which the usual range of a cost is wider than the interval of its sources (our choice)."""


@cache
def range_of(path: str) -> Range | None:
    """Return the range of a quantity by its path, such as `hardware.server_power_w`; None for one that is not ours.

    Examples
    --------
    >>> range_of("hardware.server_power_w").unit, range_of("limits.max_latency.batch_ms").usual_high
    ('W', 5000)
    """
    parts = path.split(".")
    owner, field = parts[-2] if len(parts) > 1 else "", parts[-1]
    known = RANGES.get(f"{owner}.{field}") or RANGES.get(owner if owner == "max_latency" else field)
    return known or (_cost_range(field) if owner == "costs" else None)


def _cost_range(row: str) -> Range | None:
    try:
        figure = catalogue.cost(row)
    except SitingError:
        return None
    ends = [end for end in (figure.low, figure.mid, figure.high) if end > 0]
    high = 1.0 if figure.unit == "1" else 1e15
    return Range(0, high, min(ends) / _WIDER, min(max(ends) * _WIDER, high), figure.unit, "table `costs`")


def quantities(model: BaseModel, path: str) -> Iterator[tuple[str, float]]:
    """Yield path and value of every number in a model and in those inside it; kinds are part of the path.

    Examples
    --------
    >>> from siting import SiteCount
    >>> list(quantities(SiteCount(max=4), "limits"))
    [('limits.site_count.min', 0), ('limits.site_count.max', 4)]
    """
    if not type(model).__module__.startswith("siting."):  # a limit of the user's own: its words may mean something else
        return
    kind = getattr(model, getattr(type(model), "kind_field", ""), None)
    own = f"{path}.{kind}" if kind and path == "limits" else path
    for name, value in (*vars(model).items(), *(model.__pydantic_extra__ or {}).items()):
        yield from _numbers(value, f"{own}.{name}" if own else name)


def _numbers(value: Any, path: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, BaseModel):
        yield from quantities(value, path)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _numbers(one, f"{path}.{key}" if path == "costs" else path)
    elif isinstance(value, tuple):
        for one in value:
            yield from _numbers(one, path)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield path, value


def unusual(model: BaseModel, path: str = "") -> dict[str, str]:
    """Return what lies outside its possible range, or its usual one: the text of the fault, by path and value."""
    found = {}
    for at, value in quantities(model, path):
        text = range_fault(at, value)
        if text:
            found[at] = text
    return found


def range_fault(path: str, value: float) -> str:
    """Return the fault of a value outside its usual range, empty where it is usual or its range is not known.

    Examples
    --------
    >>> range_fault("hardware.server_power_w", 1.3)
    '`hardware.server_power_w` is 1.3 W: usual is 50 to 6000 W; 1.3 kW would be 1300 W'
    """
    ends = range_of(path)
    if ends is None or is_usual(ends, value):
        return ""
    possible = ends.low <= value <= ends.high
    low, high = (ends.usual_low, ends.usual_high) if possible else (ends.low, ends.high)
    unit = "" if ends.unit == "1" else f" {ends.unit}"
    advice = "" if possible else "; give a value in that range"
    text = f"`{path}` is {value:g}{unit}: {'usual' if possible else 'possible'} is {low:g} to {high:g}{unit}"
    slips = ((value * f, name) for f, name in SLIPS.get(ends.unit, ()) if is_usual(ends, value * f) and value > 0)
    slip = next((f"; {value:g} {name} would be {meant:g}{unit}" for meant, name in slips), "")
    if ends.unit == "degree C" and is_usual(ends, value - 273.15):
        slip = f"; {value:g} K would be {value - 273.15:g}{unit}"
    return text + slip + advice


def is_possible(path: str, value: float) -> bool:
    """Return whether a value lies in its possible range; true where its range is not known."""
    ends = range_of(path)
    return ends is None or ends.low <= value <= ends.high


def is_usual(ends: Range, value: float) -> bool:
    """Return whether a value lies in the usual range; 0 does where it is possible."""
    return (value == 0 and ends.low == 0) or ends.usual_low <= value <= ends.usual_high
