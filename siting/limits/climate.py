"""Climate limits: cooling degree-days and extreme hours."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import model_validator

from siting.scenario.field_types import Finite, NotNegative
from siting.scenario.limit import Limit

if TYPE_CHECKING:
    from pandas import DataFrame

COLUMN = MappingProxyType(
    {
        "max_cdd18_k_day": ("cdd18_k_day", "{value:g} cooling degree-days at base 18 C, above {limit:g} K day"),
        "max_cdd21_k_day": ("cdd21_k_day", "{value:g} cooling degree-days at base 21 C, above {limit:g} K day"),
        "max_dry_bulb_c": ("t_max_c", "{value:g} C in the hottest hour of the typical year, above {limit:g}"),
        "min_dry_bulb_c": ("t_min_c", "{value:g} C in the coldest hour of the typical year, below {limit:g}"),
    }
)
"""Column that each threshold is compared with, and the reason for an exclusion."""


class ClimateLimit(Limit):
    """Exclude sites that are too hot or too cold in the typical year (a filter).

    ``CDD18[s] <= max_cdd18_k_day``, ``CDD21[s] <= max_cdd21_k_day`` (21 C is the base of Regulation (EU)
    2024/1364), and the design temperatures ``min_dry_bulb_c <= dry bulb of every hour <= max_dry_bulb_c``. A
    site without the required value is excluded.

    Attributes
    ----------
    max_cdd18_k_day, max_cdd21_k_day : float or None
        Largest number of cooling degree-days a year [K day], 0 or more.
    max_dry_bulb_c, min_dry_bulb_c : float or None
        Hottest and coldest hour of the typical year [C]; single years may exceed them.
    """

    loosened_by: ClassVar[str] = "widen its range of temperatures or degree-days"

    kind: Literal["climate"] = "climate"
    max_cdd18_k_day: NotNegative | None = None
    max_cdd21_k_day: NotNegative | None = None
    max_dry_bulb_c: Finite | None = None
    min_dry_bulb_c: Finite | None = None

    @model_validator(mode="after")
    def _a_limit_is_given(self) -> "ClimateLimit":
        if all(getattr(self, name) is None for name in COLUMN):
            raise ValueError(f"no threshold is given: give at least one of {', '.join(COLUMN)}")
        if None not in (low := self.min_dry_bulb_c, high := self.max_dry_bulb_c) and low > high:  # type: ignore[operator]
            raise ValueError(f"`min_dry_bulb_c` {low:g} is above `max_dry_bulb_c` {high:g}: swap them")
        return self

    def drop_sites(self, sites: "DataFrame") -> Mapping[str, str]:
        """Return the sites that exceed a threshold, each with all reasons."""
        reasons: dict[str, list[str]] = {}
        for name, (column, text) in COLUMN.items():
            limit = getattr(self, name)
            for site, value in zip(sites["id"], sites[column].astype(float), strict=True):
                if limit is not None and not (value >= limit if name.startswith("min_") else value <= limit):
                    why = text.format(value=value, limit=limit) if not np.isnan(value) else f"UNKNOWN {column}"
                    reasons.setdefault(str(site), []).append(why)
        return {site: "; ".join(texts) for site, texts in reasons.items()}
