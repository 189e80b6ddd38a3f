"""Electricity of a grid zone: carbon intensity by scope, signal and basis, its history, trend, hours, and prices."""

from siting.world.grid.prices import HIGH as HIGH
from siting.world.grid.prices import IMPUTED as IMPUTED
from siting.world.grid.prices import LOCAL as LOCAL
from siting.world.grid.prices import LOW as LOW
from siting.world.grid.prices import METHOD as METHOD
from siting.world.grid.prices import PRICE as PRICE
from siting.world.grid.prices import price_factor as price_factor
from siting.world.grid.prices import with_imputed_prices as with_imputed_prices
from siting.world.grid.prices import with_local_prices as with_local_prices
from siting.world.grid.zones import FACTORS as FACTORS
from siting.world.grid.zones import ZoneHours as ZoneHours
from siting.world.grid.zones import five_years as five_years
from siting.world.grid.zones import history as history
from siting.world.grid.zones import hours as hours
from siting.world.grid.zones import intensity as intensity
from siting.world.grid.zones import intensity_column as intensity_column
from siting.world.grid.zones import other_factors as other_factors
from siting.world.grid.zones import trend as trend
from siting.world.grid.zones import uncertainty as uncertainty
