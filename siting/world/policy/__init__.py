"""Policy packs: taxes, incentives, duties, carbon prices and prohibitions, each entry with dates and source."""

from siting.world.policy.entries import Area as Area
from siting.world.policy.entries import CarbonPrice as CarbonPrice
from siting.world.policy.entries import Duty as Duty
from siting.world.policy.entries import Entry as Entry
from siting.world.policy.entries import Stop as Stop
from siting.world.policy.pack import Pack as Pack
from siting.world.policy.pack import read_pack as read_pack
from siting.world.policy.programmes import Incentive as Incentive
from siting.world.policy.shipped import DATA_DATE as DATA_DATE
from siting.world.policy.shipped import duties_at as duties_at
from siting.world.policy.shipped import entries_at as entries_at
from siting.world.policy.shipped import pack_table as pack_table
from siting.world.policy.shipped import packs as packs
from siting.world.policy.shipped import packs_in_force as packs_in_force
from siting.world.policy.shipped import selected_packs as selected_packs
from siting.world.policy.shipped import tax_rate_only as tax_rate_only
from siting.world.policy.shipped import unknown_starts as unknown_starts
from siting.world.policy.switches import Switches as Switches
from siting.world.policy.taxes import CapitalTax as CapitalTax
from siting.world.policy.taxes import CorporateTax as CorporateTax
from siting.world.policy.taxes import Depreciation as Depreciation
from siting.world.policy.taxes import ElectricityTax as ElectricityTax
from siting.world.policy.taxes import MinimumTax as MinimumTax
from siting.world.policy.taxes import PropertyTax as PropertyTax
from siting.world.policy.taxes import SalesTax as SalesTax
from siting.world.policy.taxes import acting_taxes as acting_taxes
