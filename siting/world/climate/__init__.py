"""The climate of any place on Earth: typical hours, degree-days, and how far they may be off."""

from siting.world.climate.estimate import Climate, climate_at
from siting.world.climate.shipped import OWN_SET, ClimateHours, climate_rows, hours_of, own_id, summaries_of
from siting.world.climate.summary import climate_of_sites
from siting.world.climate.weather_files import read_epw, read_hours

__all__ = [
    "OWN_SET",
    "Climate",
    "ClimateHours",
    "climate_at",
    "climate_of_sites",
    "climate_rows",
    "hours_of",
    "own_id",
    "read_epw",
    "read_hours",
    "summaries_of",
]
