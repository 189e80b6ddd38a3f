"""Policy packs: taxes, incentives, duties, carbon prices and prohibitions, each entry with dates and source."""

from siting.world.policy.entries import Area, CarbonPrice, Duty, Entry, Stop
from siting.world.policy.pack import KINDS, Pack, read_pack
from siting.world.policy.programmes import Incentive, Programme
from siting.world.policy.shipped import (
    DATA_DATE,
    duties_at,
    entries_at,
    pack_table,
    packs,
    packs_in_force,
    selected_packs,
    tax_rate_only,
    unknown_starts,
)
from siting.world.policy.switches import Switches
from siting.world.policy.taxes import CorporateTax, ElectricityTax, Exchange, PropertyTax, SalesTax

__all__ = [
    "DATA_DATE",
    "KINDS",
    "Area",
    "CarbonPrice",
    "CorporateTax",
    "Duty",
    "ElectricityTax",
    "Entry",
    "Exchange",
    "Incentive",
    "Pack",
    "Programme",
    "PropertyTax",
    "SalesTax",
    "Stop",
    "Switches",
    "duties_at",
    "entries_at",
    "pack_table",
    "packs",
    "packs_in_force",
    "read_pack",
    "selected_packs",
    "tax_rate_only",
    "unknown_starts",
]
