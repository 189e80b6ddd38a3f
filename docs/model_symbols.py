"""Symbols of the model: sets, variables, coefficients and ledger lines with their units, for the page on the model."""

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
        Of a variable `binary`, `integer` or `continuous`; of a coefficient the dotted name of the code that computes it.
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
    ("groups", "g", "hubs and classes that exactly the same sites can serve"),
    ("arcs", "a = (s, g)", "pairs that meet every limit on latency and residency; others are not variables"),
    ("programmes", "r", "tax programmes of the packs in force that an option may claim"),
    ("zones, jurisdictions", "J", "sites of one grid zone, country, state or union"),
)
"""Name, symbol and meaning of each set."""

VARIABLES = (
    Symbol("open[o]", "-", "binary", "the option is built"),
    Symbol(
        "halls[o]",
        "halls",
        "integer",
        "halls of `hall_mw` MW IT, nameplate; at most as many as caps and the entire demand allow",
    ),
    Symbol("load_mw[o]", "MW", "continuous", "mean IT draw over the year at the option"),
    Symbol("serve_mw[s,g]", "MW", "continuous", "mean IT draw that serves a group at a site; arcs only"),
    Symbol("unmet_mw[g]", "MW", "continuous", "unserved demand; only with `demand.elastic`"),
    Symbol("claim[o,r]", "-", "binary", "the programme is claimed"),
    Symbol("benefit_usd[o,r]", "USD/year", "continuous", "payment of the programme; in millions inside the solver"),
    Symbol("zone_mwh[z,i]", "MWh/year", "continuous", "facility energy on piece i of a zone's curve; by market only"),
    Symbol("zone_full[z,r]", "-", "binary", "run r of the curve's pieces is full; only where a cheaper run follows"),
)
"""Variables; all are 0 or more."""

TOTALS = (
    Symbol("site_open[s]", "-", "binary", "sum of `open[o]` over the options of the site"),
    Symbol("site_halls[s]", "halls", "integer", "sum of `halls[o]` over the options of the site"),
    Symbol("country_halls[c]", "halls", "integer", "sum of `site_halls[s]` over a country"),
    Symbol("total_halls", "halls", "integer", "sum of `site_halls[s]`"),
)
"""Sums on which a solver may branch."""

COEFFICIENTS = (
    Symbol(
        "demand_mw[g]",
        "MW",
        "siting.problem.prepare.prepare",
        "mean IT draw demanded: weight of the hub, share of the class",
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
        "embodied carbon of servers and building over their lives, charged on halls, not on load",
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
    Symbol(
        "hall_mw", "MW", "siting.scenario.building.Building", "IT power of a hall: the nameplate of its accelerators"
    ),
    Symbol(
        "usable_hall_mw",
        "MW",
        "siting.scenario.scenario.Scenario",
        "largest mean draw of a hall: `hall_mw * mean draw / nameplate * utilisation_max`",
    ),
    Symbol(
        "utilisation_max",
        "-",
        "siting.scenario.building.Building",
        "largest mean draw over the draw while all accelerators train [0-1]",
    ),
    Symbol(
        "utilisation_min",
        "-",
        "siting.scenario.building.Building",
        "least mean draw of a built site over the draw while all its accelerators train [0-1]",
    ),
    Symbol("min_halls", "halls", "siting.scenario.building.Building", "fewest halls of a built site"),
    Symbol(
        "max_halls[o]",
        "halls",
        "siting.problem.options.with_max_halls",
        "most halls: caps on facility power, entire demand",
    ),
)
"""Coefficients, and where they are computed."""

LINES = (
    ("energy", "load_mw", "`8760 * PUE * price`; its emissions are `e_op`"),
    ("electricity_tax", "load_mw", "tax on electricity, where a pack has one"),
    ("carbon_price", "load_mw", "price of direct emissions that the tariff does not include"),
    ("water", "load_mw", "`8760 * WUE` m3 at a price"),
    ("servers", "halls", "capital of the servers times its fixed charge rate; their embodied carbon"),
    ("facility", "halls", "power, cooling and fit-out; the building's embodied carbon"),
    ("shell", "halls", "the building's shell"),
    ("site_works", "halls", "site works"),
    ("land", "halls", "land, which does not wear out"),
    ("other_operation", "halls", "staff and upkeep"),
    ("sales_tax", "halls", "tax on purchases, where a pack has one"),
    ("property_tax", "halls", "annual tax on property, where a pack has one"),
)
"""Lines of the ledger: name, variable that it is charged on, meaning. Benefits are subtracted, unmet demand is added at its price."""
