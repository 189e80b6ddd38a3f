"""What a figure is called, in which unit and how it is written: one list for tables, maps and charts."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from siting.world.tables import resources


@dataclass(frozen=True, slots=True)
class Field:
    """A figure's name for people, its unit, and how a number of it is written.

    Attributes
    ----------
    label : str
        As a planner says it.
    unit : str
        Empty for words.
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
        >>> FIELDS["it_mw"].heading()
        'IT power [MW]'
        """
        return f"{self.label} [{self.unit}]" if self.unit else self.label

    def write(self, value: object) -> str:
        """Return a value as a planner reads it; one that nobody knows is said to be unknown.

        Examples
        --------
        >>> FIELDS["pue"].write(1.1304), FIELDS["pue"].write(float("nan"))
        ('1.130', 'unknown')
        """
        if isinstance(value, str):
            return value
        number = float("nan") if value is None else float(value)  # type: ignore[arg-type]
        return "unknown" if math.isnan(number) else format(number, self.form)


FIELDS: Mapping[str, Field] = {
    "capacity_it_mw": Field("built", "MW", ",.0f"),
    "cdd18_k_day": Field("cooling degree-days, base 18 °C", "K day", ",.0f"),
    "cdd21_k_day": Field("cooling degree-days, base 21 °C", "K day", ",.0f"),
    "cfe_share": Field("carbon-free share", "0-1", ".2f"),
    "ci_g_per_kwh": Field("grid intensity", "gCO₂e/kWh", ",.0f"),
    "ci_quality": Field("intensity is"),
    "ci_direct_g_per_kwh": Field("grid intensity, direct", "gCO₂/kWh", ",.0f"),
    "ci_lifecycle_g_per_kwh": Field("grid intensity, life cycle", "gCO₂e/kWh", ",.0f"),
    "cooling": Field("cooling"),
    "cost_usd_per_eflop": Field("cost per compute", "USD/EFLOP", ",.3f"),
    "cost_usd_per_year": Field("cost", "USD/year", ",.0f"),
    "country": Field("country"),
    "cue_kg_per_kwh": Field("CUE", "kgCO₂e/kWh IT", ".3f"),
    "eflop_per_year": Field("compute", "EFLOP/year", ",.3g"),
    "embodied_t_per_year": Field("of which embodied", "tCO₂e/year", ",.0f"),
    "emissions_g_per_eflop": Field("emissions per compute", "gCO₂e/EFLOP", ",.1f"),
    "emissions_t_per_year": Field("emissions", "tCO₂e/year", ",.0f"),
    "halls": Field("halls", "count", ",.0f"),
    "hub": Field("hub"),
    "incentives": Field("programmes claimed"),
    "it_mw": Field("IT power", "MW", ",.1f"),
    "jobs": Field("permanent jobs", "count", ",.0f"),
    "limit": Field("limit"),
    "line": Field("line"),
    "name": Field("site"),
    "price_quality": Field("price is"),
    "price_usd_per_mwh": Field("electricity price", "USD/MWh", ",.1f"),
    "pue": Field("PUE", "-", ".3f"),
    "regret": Field("regret"),
    "renewable_share": Field("renewable share", "0-1", ".2f"),
    "rtt_p90_ms": Field("round trip, p90", "ms", ",.0f"),
    "rtt_p90_ms_max": Field("slowest round trip, p90", "ms", ",.0f"),
    "rtt_p90_ms_mean": Field("round trip to the hubs, p90, weighted by demand", "ms", ",.0f"),
    "site": Field("site"),
    "tco2e_per_year": Field("emissions", "tCO₂e/year", ",.0f"),
    "usd_per_year": Field("cost", "USD/year", ",.0f"),
    "water_m3_per_year": Field("fresh water", "m³/year", ",.0f"),
    "workload": Field("class"),
    "worst_fact": Field("facts that have it"),
    "worst_quality": Field("worst quality of all facts"),
    "wue_l_per_kwh": Field("fresh water, WUE", "L/kWh IT", ".2f"),
}
"""Figures of a plan and of a place, by column."""


def field(column: str) -> Field:
    """Return the field of a column: ours, else as the table that ships it describes it, else its bare name.

    Examples
    --------
    >>> field("elevation_m").heading()
    'elevation [m]'
    """
    if column in FIELDS:
        return FIELDS[column]
    for table in resources().values():
        for described in table.descriptor.get("schema", {}).get("fields", []):
            if described["name"] == column:
                unit = str(described.get("unit", "") or "")
                return Field(_spoken(column, unit), unit)
    return Field(column.replace("_", " "))


def _spoken(column: str, unit: str) -> str:
    """Return the name of a column without the unit at its end."""
    ending = "_" + unit.lower().replace("/", "_per_").replace(" ", "_")
    return column.removesuffix(ending).replace("_", " ")
