"""The summary of a plan on a terminal: the table of its sites, and sentences."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich import box
from rich.table import Table

from siting.errors import MOST_LISTED, listed
from siting.kpis import KPIS, site_kpis
from siting.show.text.board_text import EFLOP_MEANS, how_much, uncharged_sentences, why
from siting.show.text.limit_text import limit_name, programme_titles, spoken
from siting.show.text.proof_text import proof_sentence
from siting.show.text.site_text import carbon_sentences, counted, export_off_sentences, site_sentences

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.study.story import Story
    from siting.study.todays_pattern import Today


NO_NAMES: Mapping[str, str] = {}
"""Names by id where none are known: ids are then printed."""
LESSER_COLUMNS = ("country", "halls", "cooling", "PUE", "grid, price are")
"""Columns of the table of sites that a narrow terminal omits; `sites.csv` has them."""
EMISSIONS, COST = KPIS["emissions_g_per_eflop"].unit, KPIS["cost_usd_per_eflop"].unit


def summary(story: "Story") -> list[str]:
    """Return everything below the table of sites: proof, sites, accounting, today's pattern, limits, missing data."""
    plan = story.plan
    first = [
        *export_off_sentences(plan.scenario),
        proof_sentence(plan) + (how_to_loosen(plan) if plan.status == "infeasible" else ""),
    ]
    switched = [*unusual_sentences(plan.scenario.unusual), *policy_sentences(plan.policy.to_numpy())]
    last = excluded_sentences(plan.excluded, names=story.names) + (
        [unknowns_sentence(plan.unknowns)] if len(plan.unknowns) else []
    )
    if not plan.kpis:
        return [*first, *switched, *last]
    interval = [] if story.interval is None else [interval_sentence(story.interval)]
    today = [] if story.today is None else today_sentences(plan, story.today)
    return [
        *first, *board_sentences(story), *site_sentences(plan), *programme_sentences(plan, story.programmes),
        *carbon_sentences(plan, story.by_other_factors), *interval, *switched, *market_sentences(plan), *today,
        *binding_sentences(plan, names=story.names), *last,
    ]  # fmt: skip


def board_sentences(story: "Story") -> list[str]:
    """Return emissions, cost and capital in the units of a board, and why these sites."""
    return [how_much(story), why(story), *uncharged_sentences(story.plan), f"{EFLOP_MEANS}"]


def programme_sentences(plan: "Plan", programmes: Mapping[str, str]) -> list[str]:
    """Return the programmes that sites claim, by title; none where no site claims one."""
    claimed = [
        f"{name}: {programme_titles(str(ids), programmes)}"
        for name, ids in zip(plan.sites["name"], plan.sites["incentives"], strict=True)
        if ids
    ]
    return [f"Programmes claimed: {'; '.join(claimed)}."] if claimed else []


def sites_table(plan: "Plan", *, narrow: bool = False) -> Table:
    """Return the built sites as a table, largest first, with totals below; without the lesser columns if `narrow`."""
    table = Table(title=f"{plan.name}: {len(plan.sites)} sites, {plan.kpis['it_mw']:,.0f} MW", show_footer=True)
    if narrow:
        table.box, table.collapse_padding, table.pad_edge = box.SIMPLE_HEAD, True, False
        table.caption = f"{', '.join(LESSER_COLUMNS)}: sites.csv, or a wider terminal"
    k = plan.kpis
    bought = "emissions_market_t_per_year" in k
    columns = (
        ("site", "all", "left"),
        ("country", "", "left"),
        ("MW IT", f"{k['it_mw']:,.0f}", "right"),
        ("halls", f"{int(plan.sites['halls'].sum())}", "right"),
        ("cooling", "", "left"),
        ("PUE", f"{k['pue']:.3f}", "right"),
        ("gCO2e/kWh (market)" if bought else "gCO2e/kWh", "", "right"),
        (EMISSIONS, f"{k['emissions_g_per_eflop']:.2f}", "right"),
        (COST, f"{k['cost_usd_per_eflop']:.3f}", "right"),
        ("renewable", f"{k['renewable_share']:.2f}", "right"),
        ("RTT ms" if narrow else "worst RTT ms", f"{k['rtt_p90_ms_max']:.0f}", "right"),
        ("grid, price are", "", "left"),
    )
    kept = [i for i, (head, _, _) in enumerate(columns) if not (narrow and head in LESSER_COLUMNS)]
    for head, foot, justify in (columns[i] for i in kept):
        table.add_column(head, footer=foot, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for cells in _site_cells(plan, bought=bought):
        table.add_row(*(cells[i] for i in kept))
    return table


def _site_cells(plan: "Plan", *, bought: bool) -> Iterator[tuple[str, ...]]:
    """Yield the cells of each site, in the order of the columns."""
    for s in site_kpis(plan.sites, plan.assignments, plan.kpis).itertuples():
        yield (
            str(s.name),
            str(s.country),
            f"{s.it_mw:,.0f}",
            f"{s.halls}",
            str(s.cooling).replace("_", " "),
            f"{s.pue:.3f}",
            f"{s.ci_g_per_kwh:.0f}" + (f" ({s.ci_market_g_per_kwh:.0f})" if bought and s.it_mw else ""),
            f"{s.emissions_g_per_eflop:.2f}" if s.it_mw else "-",
            f"{s.cost_usd_per_eflop:.3f}" if s.it_mw else "-",
            f"{s.renewable_share:.2f}",
            f"{s.rtt_p90_ms_max:.0f}",
            ", ".join(dict.fromkeys(str(getattr(s, c, "unknown")) for c in ("ci_quality", "price_quality"))),
        )


def interval_sentence(interval: pd.DataFrame) -> str:
    """Return the 90 % interval of emissions per compute."""
    row = interval.loc["emissions_g_per_eflop"]
    ends = f"{row['p05']:.1f} to {row['p95']:.1f} {row['unit']}"
    fixed = listed(["sites", "halls", "loads", *(x for x in interval.attrs["held_fixed"] if ": " not in x)])
    return (
        f"90 % interval: {ends} ({interval.attrs['draws']} draws of the uncertain inputs), {row['low']:.1f} to {row['high']:.1f} over "
        f"all combinations of their ends. Held fixed: {fixed}."
    )


def how_to_loosen(plan: "Plan") -> str:
    """Return how to relax each limit of a plan; which of them conflict is not known here."""
    named = dict.fromkeys(f"`{x.name}`: {x.how_to_loosen()}" for x in plan.scenario.acting_limits)
    tries = "; ".join(named) or "none but the demand and the sizes of sites"
    return f" Limits in force, and how to loosen each: {tries}; or lower `demand`, or add candidates."


def market_sentences(plan: "Plan") -> list[str]:
    """Return emissions by location and by market side by side, and what each contract covers."""
    k = plan.kpis
    if "emissions_market_g_per_eflop" not in k:
        return []
    lines = [
        f"By location {k['emissions_location_g_per_eflop']:.2f} {EMISSIONS} (the basis of SCI), by market "
        f"{k['emissions_market_g_per_eflop']:.2f}; this plan counts by {plan.scenario.minimise.carbon.basis}. "
        f"Contracts cover {k['contract_share']:.1%} of the energy."
    ]
    return lines + [_contract_sentence(c) for c in plan.contracts.to_dict("records")]


def _contract_sentence(c: Mapping[Any, Any]) -> str:
    bought = f"  contract {c['contract']} ({c['zone']}, {c['matching']}, {c['g_per_kwh']:g} gCO2e/kWh): "
    if not c["matched_mwh"] > 0:
        return f"{bought}covers none of its {c['mwh_per_year']:,.0f} MWh: earlier contracts cover all load in its zone"
    rest = f"the zone's other load counts {c['rest_g_per_kwh']:g} gCO2e/kWh ({c['rest']})"
    return f"{bought}covers {c['matched_mwh']:,.0f} of its {c['mwh_per_year']:,.0f} MWh; {rest}"


def policy_sentences(switched: Iterable[Iterable[str]]) -> list[str]:
    """Return the pack entries that a scenario switches or overrides: pack, entry, switch and meaning.

    Examples
    --------
    >>> policy_sentences([("us-tx", "us-tx-qdc", "off", "does not hold: an assumption")])
    ['us-tx-qdc (pack us-tx) off: does not hold: an assumption']
    """
    return [f"{entry} (pack {pack}) {switch}: {meaning}" for pack, entry, switch, meaning in switched]


def today_sentences(plan: "Plan", today: "Today") -> list[str]:
    """Return today's pattern and its ratio to the plan, both by location and of the scenario's year."""
    k, theirs = plan.kpis, today.emissions_g_per_eflop
    mine = k.get("emissions_location_g_per_eflop", k["emissions_g_per_eflop"])
    by_location = ", both by location" if plan.scenario.minimise.carbon.basis == "market" else ""
    year = plan.scenario.outlook.year
    of_year = "" if year is None else f", both at the grid of {year}"
    lines = [
        f"Today's pattern (each hub served by the cloud region in its own metro): {theirs:.2f} {EMISSIONS}, "
        f"{today.cost_usd_per_eflop:.3f} {COST}, renewable {today.renewable_share:.2f}.",
        f"Ratio{by_location}{of_year}: {_ratio(mine, theirs, k['cost_usd_per_eflop'], today.cost_usd_per_eflop)}",
    ]
    if today.unknown:
        lines.append(
            f"Today's pattern leaves out {1 - today.known_share:.1%} of the demand: "
            + listed([f"{h} ({why})" for h, why in today.unknown.items()], "; ")
        )
    return lines


def _ratio(mine_g: float, theirs_g: float, mine_usd: float, theirs_usd: float) -> str:
    """Return the ratio of emissions above 1, and the ratio of costs the same way round."""
    if theirs_g >= mine_g:
        return (
            f"today's pattern emits {theirs_g / mine_g:.1f} times as much per unit of compute, "
            f"at {theirs_usd / mine_usd:.2f} times the cost."
        )
    return (
        f"this plan emits {mine_g / theirs_g:.2f} times as much per unit of compute as today's pattern, "
        f"at {mine_usd / theirs_usd:.2f} times the cost."
    )


def binding_sentences(plan: "Plan", most: int = MOST_LISTED, names: Mapping[str, str] = NO_NAMES) -> list[str]:
    """Return the binding limits, the largest shadow price first."""
    table = in_plain_units(plan.binding)
    if table.empty:
        return [
            "No limit on the plan as a whole is binding; limits that exclude candidates or pairs, such as latency, act "
            "before solving and have no shadow price (plan.excluded)."
        ]
    lines = ["Binding limits and shadow prices (objective improvement per unit relaxed):"]
    priced = table[table["price"] > 0].sort_values("price", ascending=False)
    lines += [
        f"  {limit_name(row['limit'])}, {spoken(str(row['where']), names)}: {row['price']:.3g} {row['price_unit']} ({row['priced_at']})"
        for row in priced.head(most).to_dict("records")
    ]
    lines += [f"  and {len(priced) - most} more (plan.binding)"] if len(priced) > most else []
    for meaning, some in (
        ("shadow price 0", table[table["price"] == 0]),
        ("no shadow price (integer limit)", table[table["price"].isna()]),
    ):
        for limit, rows in some.groupby("limit", sort=False):
            where = list(dict.fromkeys(spoken(str(w), names) for w in rows["where"]))
            lines.append(f"  {limit_name(str(limit))}, {listed(where, most=NAMED_PLACES)}: {meaning}")
    return lines


NAMED_PLACES = 6
"""Places that a line about a limit names before it counts the rest."""
SMALL_UNIT, MILLION = "USD/year", 1e6


def in_plain_units(binding: pd.DataFrame) -> pd.DataFrame:
    """Return shadow prices per million where the unit is one dollar a year, which is too small to relax by.

    Examples
    --------
    >>> table = pd.DataFrame({"price": [2e-9], "price_unit": ["gCO2e/EFLOP per USD/year"]})
    >>> in_plain_units(table).to_dict("records")
    [{'price': 0.002, 'price_unit': 'gCO2e/EFLOP per million USD/year'}]
    """
    if "price_unit" not in binding:
        return binding
    small = binding["price_unit"].astype(str).str.endswith(f"per {SMALL_UNIT}")
    unit = binding["price_unit"].astype(str).str.replace(f"per {SMALL_UNIT}", f"per million {SMALL_UNIT}")
    unit = unit.str.replace(r"(?<=per )(site|hall|job)s$", r"\1", regex=True)
    return binding.assign(
        price=(binding["price"] * MILLION).round(15).where(small, binding["price"]),
        price_unit=unit,
    )


def excluded_sentences(excluded: pd.DataFrame, examples: int = 4, names: Mapping[str, str] = NO_NAMES) -> list[str]:
    """Return the number of candidates that each limit excluded, with a few names."""
    lines = ["Candidates excluded before solving:"] if len(excluded) else []
    for limit, group in excluded.groupby("limit", sort=False):
        places = list(dict.fromkeys(map(str, group["site"])))
        named = listed((names.get(p, p) for p in places), most=examples)
        lines.append(f"  {limit_name(str(limit))}: {len(places)} ({named})")
    return lines


def idle_sentences(idle: Sequence[str]) -> list[str]:
    """Return the limits that exclude nothing in this scenario: a name or a number in them may not be the one meant."""
    return [f"Limits that exclude nothing here: {listed(idle, '; ')}"] if idle else []


def unusual_sentences(unusual: Mapping[str, str]) -> list[str]:
    """Return the quantities outside their usual range that the scenario lists as meant so."""
    return [f"Assumptions outside the usual range: {listed(unusual.values(), '; ')}."] if unusual else []


def unknowns_sentence(unknowns: pd.DataFrame) -> str:
    """Return the number of candidates that lack a fact, for each limit or ledger line that needs one."""
    places = unknowns.groupby("limit")["site"].nunique().sort_values(ascending=False)
    packs = places[places.index.str.startswith(PACK)]
    missing = [
        f"{'a cost component' if limit == 'cost' else f'a fact for {limit}'} at {counted(int(n), 'candidate')}"
        for limit, n in places.drop(packs.index).items()
    ]
    if len(packs):
        of_packs = ", ".join(f"pack {str(pack).removeprefix(PACK)} at {n}" for pack, n in packs.items())
        in_packs = unknowns[unknowns["limit"].str.startswith(PACK)]["site"].nunique()
        missing.append(f"an entry of a policy pack at {counted(int(in_packs), 'candidate')} ({of_packs})")
    return (
        f"Missing data, not imputed: {'; '.join(missing)}. `siting check` lists what is missing and how it is handled."
    )


PACK = "policy "


def frame_table(frame: pd.DataFrame, title: str) -> Table:
    """Return a data frame as a table for the terminal."""
    table = Table(title=title)
    for column in frame.columns:
        numeric = pd.api.types.is_numeric_dtype(frame[column])
        table.add_column(str(column), justify="right" if numeric else "left", overflow="fold")
    for row in frame.itertuples(index=False):
        known = [v if isinstance(v, str) or not pd.isna(v) else "" for v in row]
        table.add_row(*(f"{v:.6g}" if isinstance(v, float) else str(v) for v in known))
    return table


RUN_GROUPS = (
    ("Energy was measured", ("measured",)),
    ("Energy is measured power times hours: ours agrees by construction", ("measured power x hours",)),
    ("Energy is rated power times hours: ours agrees by construction", ("rated power x hours",)),
    ("Energy is an estimate", ("estimate",)),
    ("No published energy; ours is from power and hours", ("none",)),
)
"""Titles of the groups of published runs, by the basis of their energy."""
RUN_COLUMNS = (
    "run", "MWh published", "ours", "error", "tCO2e published", "ours", "error", "basis", "lb (ours)", "notes",
)  # fmt: skip


def runs_tables(runs: pd.DataFrame) -> list[Table]:
    """Return published training runs as tables, one for each basis of their energy, and the runs not computed.

    Parameters
    ----------
    runs : pandas.DataFrame
        As `published_runs` returns them.

    Returns
    -------
    list of rich.table.Table
        Energy [MWh] and emissions [tCO2e], theirs, ours and the error.

    Examples
    --------
    >>> from siting.study.training_runs import published_runs
    >>> [table.row_count for table in runs_tables(published_runs())]
    [6, 7, 14, 3, 1, 12]
    """
    ours = runs[runs["our_mwh"].notna()]
    tables = [_runs_table(title, ours[ours["energy_basis"].isin(bases)]) for title, bases in RUN_GROUPS]
    left = runs.loc[runs["our_mwh"].isna(), ["id", "published_mwh", "published_tco2e", "why_not"]]
    return [*(t for t in tables if t.row_count), frame_table(left, "Not computed")]


def _runs_table(title: str, runs: pd.DataFrame) -> Table:
    """Return one group of runs."""
    table = Table(title=title)
    for column in RUN_COLUMNS:
        table.add_column(column, justify="left" if column in ("run", "basis", "notes") else "right", overflow="fold")
    for row in runs.to_dict("records"):
        market = row["our_market_tco2e"]
        notes = (
            row["note"],
            row["why_not"],
            "grid factor circular: tonnes agree by construction" if row["grid_factor"] == "circular" else "",
            "" if pd.isna(market) else f"market-based {market:.0f} t (published {row['published_market_tco2e']:.0f})",
        )
        energy, emissions = (
            (_figure(row[f"published_{unit}"]), _figure(row[f"our_{unit}"]), _percent(row[f"error_{unit}"]))
            for unit in ("mwh", "tco2e")
        )
        pounds = "" if pd.isna(row["our_lb"]) else f"{row['published_lb']:,.0f} ({row['our_lb']:,.0f})"
        table.add_row(row["id"], *energy, *emissions, row["basis"], pounds, "; ".join(n for n in notes if n))
    return table


def _figure(value: float) -> str:
    return "" if pd.isna(value) else f"{value:,.4g}" if value < 100 else f"{value:,.0f}"


def _percent(value: float) -> str:
    return "" if pd.isna(value) else f"{value:+.1%}".replace("-0.0%", "+0.0%").replace("%", " %")
