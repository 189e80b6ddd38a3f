"""Climate of any place on Earth: typical hours, degree-days, and their error."""

from siting.world.climate.estimate import Climate as Climate
from siting.world.climate.estimate import climate_at as climate_at
from siting.world.climate.shipped import USER_SET as USER_SET
from siting.world.climate.shipped import climate_rows as climate_rows
from siting.world.climate.shipped import hours_of as hours_of
from siting.world.climate.shipped import summaries_of as summaries_of
from siting.world.climate.shipped import user_place_id as user_place_id
from siting.world.climate.summary import climate_of_sites as climate_of_sites
from siting.world.climate.weather_files import read_epw as read_epw
from siting.world.climate.weather_files import read_hours as read_hours
