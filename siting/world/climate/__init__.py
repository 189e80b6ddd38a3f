"""Climate of any place on Earth: typical hours, degree-days, and their error."""

from siting.world.climate.estimate import Climate, climate_at
from siting.world.climate.shipped import USER_SET, ClimateHours, climate_rows, hours_of, summaries_of, user_place_id
from siting.world.climate.summary import climate_of_sites
from siting.world.climate.weather_files import read_epw, read_hours

__all__ = [
    "USER_SET",
    "Climate",
    "ClimateHours",
    "climate_at",
    "climate_of_sites",
    "climate_rows",
    "hours_of",
    "read_epw",
    "read_hours",
    "summaries_of",
    "user_place_id",
]
