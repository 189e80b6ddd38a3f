"""Legal duties on efficiency: PUE and reuse of heat."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from scipy import sparse

from siting.problem.rows import Rows
from siting.scenario.field_types import Share
from siting.scenario.limit import Limit
from siting.world.policy import Duty, Pack

if TYPE_CHECKING:
    from pandas import DataFrame

    from siting.problem.problem import Problem
    from siting.scenario.scenario import Scenario


class EfficiencyDuty(Limit):
    """Meet the duties on PUE and heat reuse of the scenario's policy packs, on its policy date.

    ``PUE[o] <= max_pue`` of the duty, with the mean of the typical year, and ``heat_reuse_share >= min`` of the
    duty, for new data centres. An option that violates a duty is excluded (a filter) if the duty applies to the
    smallest site; if it applies from a larger size, the option stays below it: ``halls[o] <= largest number of
    halls below that size``. Duties on renewables, on-site power, reports and permits are not checked here.

    Attributes
    ----------
    heat_reuse_share : float
        Share of the energy that every site reuses as heat [0-1]; 0 by default.
    """

    loosened_by: ClassVar[str] = "raise `heat_reuse_share`, or offer more efficient designs in `building.cooling`"

    kind: Literal["efficiency_duty"] = "efficiency_duty"
    heat_reuse_share: Share = 0.0

    def drop_options(
        self, scenario: "Scenario", sites: "DataFrame", options: "DataFrame", eflop_per_mwh_it: float
    ) -> Mapping[str, str]:
        """Return the options that violate a duty at any size, with its wording."""
        broken: dict[str, list[str]] = {}
        least_mw = scenario.building.min_halls * scenario.building.hall_mw
        for row, why, duty in self._broken(scenario, sites, options):
            if _holds_from_mw(duty, float(options["peak_pue"].iloc[row])) <= least_mw:
                broken.setdefault(str(options["label"].iloc[row]), []).append(f"{why}: {duty.wording()}")
        return {label: "; ".join(texts) for label, texts in broken.items()}

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return a row for each option that must stay below the size from which a duty applies [halls]."""
        hall_mw, options = problem.scenario.building.hall_mw, problem.options
        found = []
        for row, why, duty in self._broken(problem.scenario, problem.sites, options):
            below = _holds_from_mw(duty, float(options["peak_pue"].iloc[row])) / hall_mw
            found.append(
                (row, float(np.ceil(below - 1e-9)) - 1.0, f"{options['label'].iloc[row]}: {why}: {duty.wording()}")
            )
        if not found:
            return []
        columns, most, where = zip(*found, strict=True)
        at = (np.ones(len(columns)), (np.arange(len(columns)), np.array(columns)))
        matrix = sparse.csr_array(at, shape=(len(columns), len(options)))
        return [Rows(self.kind, list(where), {"halls": matrix}, "<=", np.array(most), "halls")]

    def _broken(
        self, scenario: "Scenario", sites: "DataFrame", options: "DataFrame"
    ) -> Iterator[tuple[int, str, Duty]]:
        """Yield each option and duty that it violates, and why."""
        asked = list(scenario.policy.in_force(scenario.file))
        places = zip(sites["jurisdiction"], sites["lon"], sites["lat"], strict=True)
        duties = [_duties(asked, str(j), float(lon), float(lat)) for j, lon, lat in places]
        for row, (s, design, pue) in enumerate(zip(options["site"], options["cooling"], options["pue"], strict=True)):
            for duty in duties[s]:
                if duty.max_pue is not None and pue > duty.max_pue:
                    yield row, f"{design} has a PUE of {pue:.3f}, above {duty.max_pue:g}", duty
                if duty.min_heat_reuse_share is not None and self.heat_reuse_share < duty.min_heat_reuse_share:
                    share = f"{self.heat_reuse_share:g} of the energy is reused, below {duty.min_heat_reuse_share:g}"
                    yield row, f"{share} (`heat_reuse_share`)", duty


def _duties(asked: list[Pack], jurisdiction: str, lon: float, lat: float) -> list[Duty]:
    """Return the efficiency duties of a new site at a point."""
    return [
        duty
        for pack in asked
        if pack.covers(jurisdiction)
        for duty in pack.duties
        if duty.kind in ("pue", "heat_reuse") and duty.applies_to != "existing" and duty.why_not_modelled is None
        if duty.holds_at(lon, lat)
    ]


def _holds_from_mw(duty: Duty, peak_pue: float) -> float:
    """Return the IT power [MW] from which a duty applies: both of its thresholds must be reached."""
    return max(duty.min_it_mw, duty.min_facility_mw / peak_pue)
