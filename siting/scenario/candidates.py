"""Candidate places of a scenario, the planner's own round trips to them, and the year and climate they are judged in."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from siting.world.outlook import FIRST_YEAR, LARGEST_WARMING_K, LAST_YEAR, UsScenario
from siting.world.user_values.data_frames import as_file_name
from siting.world.user_values.strict_model import Frozen


class Candidates(Frozen):
    """Places that may be chosen.

    Attributes
    ----------
    set : str
        `starter` (about 150 shipped places), `world` (about 3,000), or a CSV or GeoJSON file of lon/lat. In Python also a
        GeoDataFrame of points, or a DataFrame with `lon` and `lat`: it is written to a file named after its content.
    exclude : tuple of str
        Ids of candidates that may not be chosen.
    off_land : {"refuse", "leave_out"}
        How rows of the planner's own file that lie at sea are treated, where neither country nor grid is known:
        `refuse` the file and name all such rows, or exclude them and list the reason.
    """

    set: str = "starter"
    exclude: tuple[str, ...] = ()
    off_land: Literal["refuse", "leave_out"] = "refuse"

    @field_validator("set", mode="before")
    @classmethod
    def _file_of_a_frame(cls, value: Any) -> Any:
        """Read a table of a notebook as the file that holds it."""
        return as_file_name(value, "candidates")


class Latency(Frozen):
    """The planner's own round-trip times.

    Attributes
    ----------
    measured : str or None
        A CSV file with `site`, `hub`, `rtt_ms` and, where it is not 0.5, `quantile`: measured pairs
        that replace the estimate. It may be partial.
    """

    measured: str | None = None


class Outlook(Frozen):
    """Year of the grid, and how much warmer the climate is; today's by default.

    Attributes
    ----------
    year : int or None
        Year of the carbon intensity, 2026 to 2050: projections in the USA, the five-year trend elsewhere.
        Prices, shares of renewables and hourly shapes stay today's.
    us_scenario : str
        Scenario of the projections for the USA, one of the table `us_projection`.
    warming_k : float
        Warming of every hour of a place over its typical year [K], -5 to 5; relative humidity is kept.
    """

    year: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)] | None = None
    us_scenario: UsScenario = "MidCase"
    warming_k: Annotated[float, Field(ge=-LARGEST_WARMING_K, le=LARGEST_WARMING_K)] = 0.0
