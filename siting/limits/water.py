"""Largest water use of cooling, per energy and per year."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import model_validator

from siting.errors import ScenarioError
from siting.problem.rows import Rows, group_sum, one_row
from siting.scenario.field_types import NotNegative
from siting.scenario.limit import Limit
from siting.units import HOURS_PER_YEAR, Bools

if TYPE_CHECKING:
    from pandas import DataFrame

    from siting.problem.problem import Problem
    from siting.scenario.scenario import Scenario


class WaterUse(Limit):
    """Exclude designs that use too much water per kWh (a filter), and cap the use of a year (a row).

    ``WUE[o] <= max_wue_l_per_kwh``, and ``sum_o 8760 * WUE[o] * load_mw[o] <= max_m3_per_year`` (L/kWh is
    m3/MWh) over all sites, or ``<= max_site_m3_per_year`` over the options of each; on site only: water used by
    power plants is not counted. With `where_stress_above` both hold only in countries with a withdrawal over
    resources above it; they also hold where it is unknown.

    Attributes
    ----------
    max_wue_l_per_kwh : float or None
        Largest water use over the typical year [L per kWh of IT energy], 0 or more.
    max_m3_per_year : float or None
        Largest water use of all sites together [m3/a], 0 or more.
    max_site_m3_per_year : float or None
        Largest water use of any one site [m3/a], 0 or more.
    where_stress_above : float or None
        Water stress of the country (SDG 6.4.2) [-], 0 or more; None for everywhere.
    """

    loosened_by: ClassVar[str] = "raise its caps on water"

    kind: Literal["water"] = "water"
    max_wue_l_per_kwh: NotNegative | None = None
    max_m3_per_year: NotNegative | None = None
    max_site_m3_per_year: NotNegative | None = None
    where_stress_above: NotNegative | None = None

    @model_validator(mode="after")
    def _a_limit_is_given(self) -> "WaterUse":
        if self.max_wue_l_per_kwh is None and self._caps_nothing:
            raise ValueError(
                "no limit is given: give `max_wue_l_per_kwh`, `max_m3_per_year`, `max_site_m3_per_year`, or some of them"
            )
        return self

    def unknowns(self, sites: "DataFrame") -> Mapping[str, str]:
        """Return the sites with unknown water stress, if it is needed."""
        if self.where_stress_above is None:
            return {}
        missing = sites.loc[sites["water_stress_share"].isna(), "id"]
        return {str(s): "UNKNOWN water_stress_share: taken as stressed" for s in missing}

    def drop_options(
        self, scenario: "Scenario", sites: "DataFrame", options: "DataFrame", eflop_per_mwh_it: float
    ) -> Mapping[str, str]:
        """Return the options that use too much per kWh."""
        most = np.inf if self.max_wue_l_per_kwh is None else self.max_wue_l_per_kwh
        over = options[self._stressed(sites)[options["site"]] & (options["wue_l_per_kwh"] > most).to_numpy()]
        return {
            str(label): f"{cooling} uses {wue:.2f} L/kWh, above {most:g}"
            for label, cooling, wue in zip(over["label"], over["cooling"], over["wue_l_per_kwh"], strict=True)
        }

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return one row, and one per site [m3/year]; none if only use per kWh is limited."""
        if self._caps_nothing:
            return []
        site = problem.options["site"].to_numpy(np.intp)
        stressed = self._stressed(problem.sites)
        if not stressed.any():
            raise ScenarioError(
                f"limit `{self.kind}` has no effect: no site that may be built has a water stress above "
                f"{self.where_stress_above}: lower `where_stress_above`, or remove the limit"
            )
        m3_per_mw = np.where(stressed[site], HOURS_PER_YEAR * problem.options["wue_l_per_kwh"].to_numpy(float), 0.0)
        rows = []
        if self.max_m3_per_year is not None:
            where = "portfolio" if self.where_stress_above is None else "stressed places"
            rows = [one_row(self.kind, where, {"load_mw": m3_per_mw}, "<=", self.max_m3_per_year, "m3/year")]
        if self.max_site_m3_per_year is not None:
            some = np.flatnonzero(stressed)
            by_site = group_sum(site, m3_per_mw, len(problem.sites))[some]
            names, most = (
                [str(problem.sites["id"].iloc[s]) for s in some],
                np.full(len(some), self.max_site_m3_per_year),
            )
            rows += [Rows(self.kind, names, {"load_mw": by_site}, "<=", most, "m3/year")]
        return rows

    @property
    def _caps_nothing(self) -> bool:
        return self.max_m3_per_year is None and self.max_site_m3_per_year is None

    def _stressed(self, sites: "DataFrame") -> Bools:
        if self.where_stress_above is None:
            return np.ones(len(sites), dtype=bool)
        return ~(sites["water_stress_share"].to_numpy(float) <= self.where_stress_above)
