"""Known gaps of the shipped tables, as the page of the data lists them."""

HOLES = {
    "zones": (
        "No price: 118 zones, among them Nepal, Costa Rica, Bhutan, Namibia, the Democratic Republic of the Congo "
        "and most islands; `prices_imputed` has figures that a scenario may ask for. Hydro-Quebec's and MERALCO's tariffs "
        "stand only where they serve.",
        "The older Eurostat figures carry no year: their interval spans 2023 to 2025. Day-ahead means apart are not known "
        "for the zones of Italy and Denmark, nor prices of Chinese provinces, of Indian states but Kerala, of Russian, "
        "Brazilian, Chilean or Australian zones apart. 2026 is dearer in the Nordic zones than the years behind the prices.",
        "Average generation of parts of a country is low where plants are missing from the plant table: Denmark 58 %, "
        "Sweden 79 %, Italy 80 % and Chile 83 % of the nation are accounted for (wind above all, most in SE-SE2 and SE-SE4). "
        "Tasmania comes out near 0.8 GW, because Australia's hydropower runs less than Tasmania's.",
        "Unknown average: Svalbard, Antarctica, Nunavut, Magallanes, Kosovo and other small grids.",
        "US balancing authorities overlap on the ground: plants_mw counts the outline, not the owner.",
    ),
    "zone_intensity": (
        "No intensity: Andorra, Antarctica, Guernsey, Isle of Man, Jersey, Kaliningrad, Liechtenstein, Monaco, Svalbard, Ukraine.",
        "Estimates of Electricity Maps for zones without hourly data cannot be told from measured ones.",
        "Small differences mean nothing: two sources differ by a median 12 %.",
    ),
    "us_projection": (
        "Alaska and Hawaii are missing, and so is every other country; sums over states are not balancing authorities.",
        "Life-cycle emissions are not projected: what is not direct is held at today's.",
    ),
    "sites": (
        "A starter set, curated: neither complete nor a sample. Places below 15,000 people outside of 58 N and 45 S are "
        "missing from the gazetteer (Labrador City, Quincy, Boardman).",
        "Longyearbyen, Nuuk, McMurdo, Magadan, Hamina and Blonduos have the elevation of a quarter-degree cell "
        "(Longyearbyen stands near the shore, the cell at 244 m).",
        "plants_mw_150km is empty for Asuncion (Itaipu is farther), Hong Kong, Punta Arenas, Stanley, Nuuk, Ilulissat, Iqaluit, "
        "Inuvik, Tiksi and Longyearbyen: not known, not none. The plant table ends about 2020.",
        "Skelleftea, Umea, Gavle and other places near a bidding-zone border depend on an approximate outline.",
    ),
    "hubs": (
        "Some operators publish the middle of a state or country: azure eastus and eastus2, alibaba us-east-1 (Virginia), "
        "azure francecentral and francesouth stand there, and make hubs (Roanoke, Lynchburg, Montlucon, Albi) that no map of "
        "real buildings would show.",
        "Russia has no hub; China's are kept as demand, although programmes and export rules may forbid serving them.",
    ),
    "countries": (
        "Outage counts are missing for the USA, Canada, Norway, Iceland, Japan, Australia and about 90 more.",
        "Water stress is FAO's SDG 6.4.2, a mean of the country: no basin detail (the USA has 0.28, Arizona and Oregon alike). "
        "The screen on it is off unless asked for.",
        "Hong Kong, Greenland, Svalbard, the Falkland Islands and Taiwan have no water figure.",
        "The sanctions list is a starting point, second-hand, and not legal advice.",
    ),
    "hazard_grids": (
        "Best tracks give wind in some basins as ten-minute means: storms near 64 kt are counted with that doubt.",
        "The frost number is of the air: soil, snow and water decide whether the ground is frozen.",
    ),
    "volcanoes": ("A field of vents has one position; 90 entries are uncertain, and stand near few towns.",),
    "earthquakes": ("A count of a century is no hazard map: faults that were quiet since 1900 do not show.",),
    "hazard_classes": ("The worst class anywhere in a country; landslide, volcano and tsunami are missing for many.",),
    "export_countries": ("Groups before November 2023 and most changes before 2026 are not known.",),
    "export_rules": (
        "The text of 15 CFR 742.6(b)(10) as it stands, and rules after 25 September 2026, were not found.",
        "Whether a part is on sale in the United States, a condition of the case for China, is not in the catalogue.",
        "Before 17 November 2023 the class also hung on the bandwidth between chips, which the catalogue does not have.",
    ),
    "capacity_statements": (
        "Five operators only; a zone without a statement may be as full. Most were read second-hand.",
    ),
    "hardware": (
        "The draw in training was measured for H100, B200 and V100 only (TPU v4, TPU v7 and MI250X: published by their operators); "
        "all others are ratios of a rating, of AMD, Gaudi3 and Maia of an assumed rating.",
        "Embodied carbon is modelled for all; factors of DRAM and SSD differ tenfold between sources, so the host's share is the largest doubt.",
        "No power and no embodied carbon: P100, H800, B100, TPU v2, TPU v3, Gaudi2. No 16-bit rate: P100, MI455X, TPU 8t, Maia 200.",
        "Prices are not comparable: chips as sold (NVIDIA, AMD), racks over 72 (NVL72), modelled cost to the operator (TPU, Trainium).",
    ),
    "workloads": (
        "Rows marked unverified rest on a second-hand transcription, or on a figure that nobody checked.",
        "Most energies are rated power times hours: an upper estimate of the accelerators, without host or idle.",
    ),
    "mfu_runs": (
        "Mostly dense 16-bit runs of 2018 to 2025: of 8-bit runs and of the newest accelerators few are published.",
    ),
    "costs": (
        "Embodied carbon of the building per MW has no citable source: an assumption with a factor of 10 between its ends.",
        "Discount rate and remote uplift are assumptions; utilisation and headroom shares stand in the scenario.",
        "Water has no price and lines no rating in the source: the price of water is an assumption; a toy price of long-haul fibre is left out.",
    ),
    "ground": (
        "Small zones and islets are not drawn; a state that two grids share is drawn in the larger.",
        "Borders are Natural Earth's; Crimea is drawn as ISO 3166 has it.",
    ),
}
"""Known gaps by table."""
