"""Electricity of a grid zone: carbon intensity by scope, signal and basis, its history, trend and hours."""

from siting.world.grid.zones import ZoneHours as ZoneHours
from siting.world.grid.zones import history as history
from siting.world.grid.zones import hours as hours
from siting.world.grid.zones import intensity as intensity
from siting.world.grid.zones import intensity_column as intensity_column
from siting.world.grid.zones import trend as trend
from siting.world.grid.zones import uncertainty as uncertainty
