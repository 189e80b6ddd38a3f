"""The symbols of the model: sets, variables and coefficients with their units, as the printed formulation names them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Symbol:
    """One symbol of the formulation.

    Parameters
    ----------
    name : str
        Name in code, with its indices: `load_mw[o]`.
    unit : str
        Unit; `-` for a pure number.
    kind : str
        Of a variable `binary`, `whole` or `continuous`; of a coefficient where it is computed, as a dotted name.
    what : str
        Its meaning.
    """

    name: str
    unit: str
    kind: str
    what: str

    @property
    def family(self) -> str:
        """Name without indices.

        Examples
        --------
        >>> Symbol("load_mw[o]", "MW", "continuous", "mean draw").family
        'load_mw'
        """
        return self.name.partition("[")[0]


SETS = (
    ("sites", "s", "candidate places that data, packs and filters admit"),
    ("options", "o", "a site with one cooling design; `o of s` are the options of site s"),
    ("hubs", "h", "places where demand arises"),
    ("classes", "k", "workload classes of the demand, each with its own limit on latency"),
    ("groups", "g", "hubs and classes that the very same sites may serve: a plan cannot tell them apart"),
    ("arcs", "a = (s, g)", "pairs that meet every limit on latency and residency; others do not exist"),
    ("programmes", "r", "tax programmes of the packs in force that an option may claim"),
    ("zones, jurisdictions", "J", "sites of one grid zone, country, state or union"),
)
"""Name, symbol and meaning of each set."""

VARIABLES = (
    Symbol("open[o]", "-", "binary", "the option is built"),
    Symbol("halls[o]", "halls", "whole", "halls of `hall_mw` MW IT; at most what caps and the whole demand allow"),
    Symbol("load_mw[o]", "MW", "continuous", "mean IT draw over the year at the option"),
    Symbol("serve_mw[s,g]", "MW", "continuous", "mean IT draw that a site gives to a group; arcs only"),
    Symbol("unmet_mw[g]", "MW", "continuous", "demand that is not served; only where `demand.elastic` is given"),
    Symbol("claim[o,r]", "-", "binary", "the programme is taken"),
    Symbol("benefit_usd[o,r]", "USD/year", "continuous", "what the programme pays; millions inside the solver"),
    Symbol("zone_mwh[z,i]", "MWh/year", "continuous", "facility energy on piece i of a zone's curve; by market only"),
    Symbol("zone_full[z,r]", "-", "binary", "run r of the curve's pieces is full; where a cheaper one follows"),
)
"""What is decided; all are 0 or more."""

TOTALS = (
    Symbol("site_open[s]", "-", "binary", "sum of `open[o]` over the options of the site"),
    Symbol("site_halls[s]", "halls", "whole", "sum of `halls[o]` over the options of the site"),
    Symbol("country_halls[c]", "halls", "whole", "sum of `site_halls[s]` over a country"),
    Symbol("total_halls", "halls", "whole", "sum of `site_halls[s]`"),
)
"""Sums that a solver may branch on; they decide nothing by themselves."""

COEFFICIENTS = (
    Symbol(
        "demand_mw[g]",
        "MW",
        "siting.problem.prepare.prepare",
        "mean IT draw wanted: weight of the hub, share of the class",
    ),
    Symbol(
        "rtt_p90_ms[s,h]",
        "ms",
        "siting.world.latency.round_trips.rtt_ms",
        "round trip, 90th percentile over pairs of places",
    ),
    Symbol("eflop_per_mwh_it", "EFLOP/MWh", "siting.physics.compute.eflop_per_mwh_it", "useful compute per IT energy"),
    Symbol(
        "PUE[o]", "-", "siting.physics.cooling.performance.pue", "facility over IT energy, mean of the typical year"
    ),
    Symbol("peak_PUE[o]", "-", "siting.physics.cooling.performance.pue", "facility over IT power in the worst hour"),
    Symbol(
        "WUE[o]",
        "L/kWh",
        "siting.physics.cooling.performance.wue_l_per_kwh",
        "fresh water per IT energy, mean of the typical year",
    ),
    Symbol(
        "CI[zone(o)]", "gCO2e/kWh", "siting.world.grid.zones.intensity_column", "carbon intensity by one named method"
    ),
    Symbol(
        "e_op[o]",
        "tCO2e per MW and year",
        "siting.physics.carbon.footprint.operational_t_per_mw_year",
        "operation: `8760 * PUE[o] * CI[zone(o)] / 1000`, times the covariance of both by the hour",
    ),
    Symbol(
        "e_halls[o]",
        "tCO2e per hall and year",
        "siting.physics.carbon.footprint.embodied_servers_t_per_mw_year",
        "embodied carbon of servers and building over their lives, charged on what stands and not on what runs",
    ),
    Symbol(
        "usd_load[o]",
        "USD per MW and year",
        "siting.problem.ledger.lines.ledger_lines",
        "lines of the ledger on the load",
    ),
    Symbol(
        "usd_halls[o]",
        "USD per hall and year",
        "siting.problem.ledger.lines.ledger_lines",
        "lines of the ledger on the halls",
    ),
    Symbol("hall_mw", "MW", "siting.scenario.scenario.Building", "IT power of a hall"),
    Symbol("utilisation_max", "-", "siting.scenario.scenario.Building", "largest mean draw over capacity [0-1]"),
    Symbol("min_halls", "halls", "siting.scenario.scenario.Building", "fewest halls of a built site"),
    Symbol(
        "max_halls[o]",
        "halls",
        "siting.problem.options.with_max_halls",
        "most halls: caps on facility power, whole demand",
    ),
)
"""What is given, and where it is computed."""

LINES = (
    ("energy", "load_mw", "`8760 * PUE * price`; its emissions are `e_op`"),
    ("electricity_tax", "load_mw", "tax on the electricity drawn, where a pack has one"),
    ("carbon_price", "load_mw", "price on direct emissions beyond what the tariff carries"),
    ("water", "load_mw", "`8760 * WUE` m3 at a price"),
    ("servers", "halls", "capital of the servers times its fixed charge rate; their embodied carbon"),
    ("facility", "halls", "power, cooling and fit-out; the building's embodied carbon"),
    ("shell", "halls", "the building's shell"),
    ("site_works", "halls", "site works"),
    ("land", "halls", "land, which does not wear out"),
    ("other_operation", "halls", "staff and upkeep"),
    ("sales_tax", "halls", "tax on what is bought, where a pack has one"),
    ("property_tax", "halls", "yearly tax on what is owned, where a pack has one"),
)
"""Lines of the ledger: name, variable that it is charged on, meaning. Benefits come off, unmet demand at a price on top."""
