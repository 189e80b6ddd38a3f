"""Carbon: operational and embodied emissions, standard indicators, market-based accounting."""

from siting.physics.carbon.footprint import G_PER_LB as G_PER_LB
from siting.physics.carbon.footprint import EmbodiedInterval as EmbodiedInterval
from siting.physics.carbon.footprint import embodied_interval_t_per_mw_year as embodied_interval_t_per_mw_year
from siting.physics.carbon.footprint import embodied_servers_t_per_mw_year as embodied_servers_t_per_mw_year
from siting.physics.carbon.footprint import embodied_shell_t_per_mw_year as embodied_shell_t_per_mw_year
from siting.physics.carbon.footprint import emissions_t as emissions_t
from siting.physics.carbon.footprint import operational_t_per_mw_year as operational_t_per_mw_year
from siting.physics.carbon.footprint import transfer_kwh_per_gb as transfer_kwh_per_gb
from siting.physics.carbon.footprint import water_energy_mwh as water_energy_mwh
