"""Places that a planner would not build in: fragile grids, failing states, sanctions, volcanoes."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, field_serializer, field_validator

from siting.scenario.limit import Limit

if TYPE_CHECKING:
    from pandas import DataFrame, Series

Index = Annotated[float, Field(ge=-2.5, le=2.5)]
Positive = Annotated[float, Field(ge=0)]


@dataclass(frozen=True)
class Rule:
    """One row of the screen: a site is excluded if `column` (`breaks`) the threshold.

    Parameters
    ----------
    threshold : str
        Attribute of `Screen` that holds the threshold.
    column : str
        Column of the sites that is compared.
    breaks : callable
        ``breaks(value, threshold)`` is true if the site is excluded.
    text : str
        Reason, with `value`, `limit` and any column of the site to fill in.
    stderr : str
        Column that is added to the value before the comparison, in the site's favour; empty for none.
    """

    threshold: str
    column: str
    breaks: Callable[["Series[Any]", float], "Series[Any]"]
    text: str
    stderr: str = ""


RULES = (
    Rule(
        "min_political_stability",
        "wgi_political_stability",
        operator.lt,
        "political stability {value:.2f} in {country}, below {limit:g}",
        "wgi_political_stability_stderr",
    ),
    Rule(
        "min_rule_of_law",
        "wgi_rule_of_law",
        operator.lt,
        "rule of law {value:.2f} in {country}, below {limit:g}",
        "wgi_rule_of_law_stderr",
    ),
    Rule(
        "max_outages_per_month",
        "outages_per_month",
        operator.gt,
        "{value:.1f} power outages a month in {country}, above {limit:g}",
    ),
    Rule(
        "min_access_to_electricity",
        "access_to_electricity_share",
        operator.lt,
        "access to electricity {value:.2f} in {country}, below {limit:g}",
    ),
    Rule(
        "sanctions",
        "sanctions_excluded",
        operator.gt,
        "sanctions on {country}: {sanctions_measure} (unverified list)",
    ),
    Rule(
        "min_km_to_volcano",
        "km_to_volcano",
        operator.lt,
        "{value:.1f} km from the volcano {nearest_volcano}, nearer than {limit:g} km",
    ),
    Rule(
        "max_cyclone_64kt_per_decade",
        "cyclone_64kt_per_decade",
        operator.gt,
        "{value:.1f} storms of 64 kt a decade within 200 km, above {limit:g}",
    ),
    Rule(
        "max_water_stress",
        "water_stress_share",
        operator.gt,
        "water stress {value:.2f} in {country} (mean of the country), above {limit:g}",
    ),
)
"""Every rule of the screen, in the order of its reasons."""

_THRESHOLDS = tuple(rule.threshold for rule in RULES if rule.threshold != "sanctions")


class Screen(Limit):
    """Exclude places with political instability, unreliable grids, sanctions or a volcano nearby (a filter).

    ``open[o] = 0`` wherever ``value[s] + standard error[s] < min`` or ``value[s] > max``, for every active
    threshold, and where a list of sanctions names the country.

    A screen uses known values only; if one is unknown the others decide, and the unknown value is
    listed. Governance is compared one standard error above its estimate if the error is known.
    None switches a threshold off; TOML has no null value, so that a scenario file gives `false`.
    Frost and earthquakes are columns of the sites and are not screened.

    Attributes
    ----------
    min_political_stability, min_rule_of_law : float or None
        World Governance Indicators [-2.5 to 2.5], higher is better.
    max_outages_per_month : float or None
        Power outages reported by firms [1/month].
    min_access_to_electricity : float or None
        Share of the population with electricity [0-1].
    sanctions : bool
        Whether jurisdictions under comprehensive sanctions are excluded (the list is `unverified`).
    min_km_to_volcano : float or None
        Distance to the nearest Holocene volcano [km].
    max_cyclone_64kt_per_decade : float or None
        Tropical storms of 64 kt or more within 200 km [1/decade]. Off by default: Hong Kong (7.7)
        and Taipei (13.6) are built for it, and no source gives an upper limit.
    max_water_stress : float or None
        Freshwater withdrawal over available resources (SDG 6.4.2) [-], above 1 where it is overdrawn.
        Off by default: a mean of the country does not describe the basin.

    Examples
    --------
    >>> Screen().min_km_to_volcano, Screen(min_km_to_volcano=False).min_km_to_volcano
    (20.0, None)
    """

    loosened_by: ClassVar[str] = "relax its thresholds, or switch one off with `false`"

    kind: Literal["screen"] = "screen"
    min_political_stability: Index | None = -1.0
    min_rule_of_law: Index | None = -1.0
    max_outages_per_month: Positive | None = 4.0
    min_access_to_electricity: Annotated[float, Field(ge=0, le=1)] | None = 0.9
    sanctions: bool = True
    min_km_to_volcano: Positive | None = 20.0
    max_cyclone_64kt_per_decade: Positive | None = None
    max_water_stress: Positive | None = None

    @field_validator(*_THRESHOLDS, mode="before")
    @classmethod
    def _false_is_off(cls, value: Any) -> Any:
        return None if value is False else value

    @field_serializer(*_THRESHOLDS)
    def _off_is_false(self, value: float | None) -> float | bool:
        return False if value is None else value

    @property
    def tables(self) -> tuple[str, ...]:
        """Tables of hazards that the active thresholds read."""
        read = {"volcanoes": self.min_km_to_volcano, "hazard_grids": self.max_cyclone_64kt_per_decade}
        return tuple(table for table, threshold in read.items() if threshold is not None)

    def drop_sites(self, sites: "DataFrame") -> Mapping[str, str]:
        """Return the sites that a known value excludes, each with all reasons."""
        reasons: dict[str, list[str]] = {}
        for rule, limit in self._active():
            value = sites[rule.column].astype(float)
            judged = value + sites[rule.stderr].astype(float).fillna(0.0) if rule.stderr else value
            for i in sites.index[rule.breaks(judged, limit)]:
                row = {str(c): v for c, v in sites.loc[i].items()} | {"value": value[i], "limit": limit}
                reasons.setdefault(str(sites.at[i, "id"]), []).append(rule.text.format(**row))
        return {site: "; ".join(texts) for site, texts in reasons.items()}

    def unknowns(self, sites: "DataFrame") -> Mapping[str, str]:
        """Return the sites for which a screened value is unknown."""
        missing = sites.set_index("id")[[rule.column for rule, _ in self._active()]].isna()
        return {str(s): "UNKNOWN " + ", ".join(missing.columns[row]) for s, row in missing.iterrows() if row.any()}

    def _active(self) -> list[tuple[Rule, float]]:
        """Return the active rules, each with its threshold; sanctions must be 0 or less."""
        given = {name: getattr(self, name) for name in _THRESHOLDS} | {"sanctions": 0.0 if self.sanctions else None}
        return [(rule, given[rule.threshold]) for rule in RULES if given[rule.threshold] is not None]
