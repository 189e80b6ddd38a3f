"""Carbon: operational and embodied emissions, standard indicators, market-based accounting."""

from siting.physics.carbon.footprint import (
    G_PER_LB,
    EmbodiedInterval,
    embodied_interval_t_per_mw_year,
    embodied_servers_t_per_mw_year,
    embodied_shell_t_per_mw_year,
    emissions_t,
    operational_t_per_mw_year,
    transfer_kwh_per_gb,
    water_energy_mwh,
)

__all__ = [
    "G_PER_LB",
    "EmbodiedInterval",
    "embodied_interval_t_per_mw_year",
    "embodied_servers_t_per_mw_year",
    "embodied_shell_t_per_mw_year",
    "emissions_t",
    "operational_t_per_mw_year",
    "transfer_kwh_per_gb",
    "water_energy_mwh",
]
