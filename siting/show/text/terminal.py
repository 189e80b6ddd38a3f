"""A plan in words and tables for a terminal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich import box
from rich.table import Table

from siting.show.text.proof_text import gap_in_words

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.plan.proof import Proof
    from siting.study.todays_pattern import Today


LESSER_COLUMNS = ("country", "halls", "cooling", "PUE", "grid, price are")
"""Columns of the sites' table that a narrow terminal goes without; `sites.csv` has them."""


def sites_table(plan: "Plan", *, narrow: bool = False) -> Table:
    """Return the chosen sites as a table, largest first, with totals below; without the lesser columns where asked for."""
    table = Table(
        title=f"{plan.name}: {len(plan.sites)} sites, {plan.kpis['it_mw']:,.0f} MW",
        show_footer=True,
    )
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
        ("g/kWh (market)" if bought else "g/kWh", "", "right"),
        ("gCO2e/EFLOP", f"{k['emissions_g_per_eflop']:.2f}", "right"),
        ("USD/EFLOP", f"{k['cost_usd_per_eflop']:.3f}", "right"),
        ("renewable", f"{k['renewable_share']:.2f}", "right"),
        ("RTT ms" if narrow else "worst RTT ms", f"{k['rtt_p90_ms_max']:.0f}", "right"),
        ("grid, price are", "", "left"),
    )
    kept = [i for i, (head, _, _) in enumerate(columns) if not (narrow and head in LESSER_COLUMNS)]
    for head, foot, justify in (columns[i] for i in kept):
        table.add_column(head, footer=foot, justify=justify)  # type: ignore[arg-type]
    for cells in _site_cells(plan, with_incentives=not narrow, bought=bought):
        table.add_row(*(cells[i] for i in kept))
    return table


def _site_cells(plan: "Plan", *, with_incentives: bool, bought: bool) -> Iterator[tuple[str, ...]]:
    """Yield what the table says of each site, in the order of its columns."""
    rtt = plan.assignments.groupby("site")["rtt_p90_ms"].max()
    eflop_per_mw = plan.kpis["eflop_per_year"] / plan.kpis["it_mw"]
    for s in plan.sites.itertuples():
        yield (
            f"{s.name} ({s.incentives})" if s.incentives and with_incentives else str(s.name),
            str(s.country),
            f"{s.it_mw:,.0f}",
            f"{s.halls}",
            str(s.cooling).replace("_", " "),
            f"{s.pue:.3f}",
            f"{s.ci_g_per_kwh:.0f}" + (f" ({s.ci_market_g_per_kwh:.0f})" if bought and s.it_mw else ""),
            f"{s.emissions_g_per_eflop:.2f}",
            f"{s.cost_usd_per_year / (s.it_mw * eflop_per_mw):.3f}" if s.it_mw else "-",
            f"{s.renewable_share:.2f}",
            f"{rtt.get(s.id, float('nan')):.0f}",
            ", ".join(dict.fromkeys(str(getattr(s, c, "unknown")) for c in ("ci_quality", "price_quality"))),
        )


def proof_sentence(plan: "Plan") -> str:
    """Say what was proven, in one sentence."""
    p = plan.proof
    size = f"{p.rows:,} rows, {p.variables:,} variables, {p.seconds:.1f} s, {p.solver}"
    if p.objective is None:
        nothing = {
            "infeasible": "No plan meets all limits together",
            "unbounded": "The programme is unbounded: a limit is missing",
            "no_solution": "No plan was found within the time limit; whether one exists is not known",
        }
        return f"{nothing[p.status]} ({size}).{_way_out(plan) if p.status == 'infeasible' else ''}"
    if p.status == "optimal":
        beyond = "above" if plan.scenario.minimise.maximise else "below"
        return f"Proven optimal: no plan is {beyond} {p.bound:.4f} {p.unit}; this one has {_reached(p)} ({size})."
    gap = f"gap {p.gap:.2%} to the bound {p.bound:.4f}" if p.bound is not None else "the solver told no bound"
    return f"Feasible, NOT proven best: {p.objective:.4f} {p.unit}, {gap} ({size})."


def _reached(proof: "Proof") -> str:
    """Say what a plan has beside its bound."""
    gap = gap_in_words(proof.gap)
    return f"{proof.objective:.4f}" + ("" if gap == "none" else f", within {gap} of it")


def interval_sentence(plan: "Plan", draws: int = 200) -> str:
    """Say how far emissions per compute may be off."""
    row = plan.kpis_interval(draws).loc["emissions_g_per_eflop"]
    ends = f"{row['p05']:.1f} to {row['p95']:.1f} {row['unit']}"
    return f"90 % interval: {ends} ({draws} draws of the uncertain inputs; sites, halls, loads and MFU held)."


def _way_out(plan: "Plan") -> str:
    """Return how to loosen each limit; which of them clash is not known here."""
    named = dict.fromkeys(f"`{x.name}`: {x.how_to_loosen()}" for x in plan.scenario.limits)
    tries = "; ".join(named) or "none but the demand and the sizes of sites"
    return f" Limits in force, and how to loosen each: {tries}; or lower `demand`, or add candidates."


def market_sentences(plan: "Plan") -> list[str]:
    """Say what the plan emits by location and by contract, side by side, and what each contract covers."""
    k = plan.kpis
    if "emissions_market_g_per_eflop" not in k:
        return []
    counted = plan.scenario.minimise.carbon.basis
    lines = [
        f"By location {k['emissions_location_g_per_eflop']:.2f} gCO2e/EFLOP (SCI counts this one), by market "
        f"{k['emissions_market_g_per_eflop']:.2f}; the plan is by {counted}. Contracts cover "
        f"{k['contract_share']:.1%} of the energy."
    ]
    return lines + [_contract_sentence(c) for c in plan.contracts.to_dict("records")]


def _contract_sentence(c: Mapping[Any, Any]) -> str:
    bought = f"  contract {c['contract']} ({c['zone']}, {c['matching']}, {c['g_per_kwh']:g} g/kWh): "
    if not c["matched_mwh"] > 0:
        none = f"{bought}covers none of its {c['mwh_per_year']:,.0f} MWh: "
        return f"{none}nothing is drawn in its zone that contracts before it leave"
    rest = f"the zone's other load counts {c['rest_g_per_kwh']:g} g/kWh ({c['rest']})"
    return f"{bought}covers {c['matched_mwh']:,.0f} of its {c['mwh_per_year']:,.0f} MWh; {rest}"


def policy_sentences(switched: Iterable[Iterable[str]]) -> list[str]:
    """Say which entries of packs a scenario switches or overrides: pack, entry, switch and what it means.

    Examples
    --------
    >>> policy_sentences([("us-tx", "us-tx-qdc", "off", "does not hold: an assumption")])
    ['us-tx-qdc (pack us-tx) off: does not hold: an assumption']
    """
    return [f"{entry} (pack {pack}) {switch}: {said}" for pack, entry, switch, said in switched]


def today_sentences(plan: "Plan", today: "Today") -> list[str]:
    """Say how the plan stands beside today's pattern, both by location."""
    k, theirs = plan.kpis, today.emissions_g_per_eflop
    mine = k.get("emissions_location_g_per_eflop", k["emissions_g_per_eflop"])
    by_location = ", both by location" if plan.scenario.minimise.carbon.basis == "market" else ""
    lines = [
        f"Today's pattern (each hub served by the cloud region next door): {theirs:.2f} gCO2e/EFLOP, "
        f"{today.cost_usd_per_eflop:.3f} USD/EFLOP, renewable {today.renewable_share:.2f}.",
        f"Ratio{by_location}: {_ratio(mine, theirs, k['cost_usd_per_eflop'], today.cost_usd_per_eflop)}",
    ]
    if today.unknown:
        lines.append(
            f"Today's pattern leaves out {1 - today.known_share:.1%} of the demand: "
            + "; ".join(f"{h} ({why})" for h, why in today.unknown.items())
        )
    return lines


def binding_sentences(plan: "Plan", most: int = 12) -> list[str]:
    """Say which limits leave no room, dearest first, and what one more unit of each is worth."""
    told = in_plain_units(plan.binding)
    if told.empty:
        return [
            "No limit that sums over the plan binds; those that leave out places or pairs, as a round trip does, act before "
            "and have no price here (plan.excluded)."
        ]
    lines = ["Limits that bind, and how much better the objective gets for one unit that they give way:"]
    dear = told[told["price"] > 0].sort_values("price", ascending=False)
    lines += [
        f"  {row['limit']}, {row['where']}: {row['price']:.3g} {row['price_unit']} ({row['priced_at']})"
        for row in dear.head(most).to_dict("records")
    ]
    lines += [f"  and {len(dear) - most} more (plan.binding)"] if len(dear) > most else []
    for words, some in (
        ("nothing by itself", told[told["price"] == 0]),
        ("not known, as whole halls and sites have no price", told[told["price"].isna()]),
    ):
        for limit, rows in some.groupby("limit", sort=False):
            where = list(dict.fromkeys(map(str, rows["where"])))
            more = f" and {len(where) - NAMED_PLACES} more" if len(where) > NAMED_PLACES else ""
            lines.append(f"  {limit}, {', '.join(where[:NAMED_PLACES])}{more}: {words}")
    return lines


NAMED_PLACES = 6
"""Places that a line about a limit names before it counts the rest."""
SMALL_UNIT, MILLION = "USD/year", 1e6


def in_plain_units(binding: pd.DataFrame) -> pd.DataFrame:
    """Return prices of limits by the million where one unit is a dollar a year: nobody moves a budget by a dollar.

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
    return binding.assign(
        price=(binding["price"] * MILLION).round(15).where(small, binding["price"]),
        price_unit=unit.where(small, binding["price_unit"]),
    )


def _ratio(mine_g: float, theirs_g: float, mine_usd: float, theirs_usd: float) -> str:
    """Say who emits more, and at what cost beside the other."""
    if theirs_g >= mine_g:
        return (
            f"today's pattern emits {theirs_g / mine_g:.1f} times as much per unit of compute, "
            f"at {theirs_usd / mine_usd:.2f} times the cost."
        )
    return (
        f"this plan emits {mine_g / theirs_g:.2f} times as much per unit of compute as today's pattern, "
        f"at {mine_usd / theirs_usd:.2f} times the cost."
    )


def excluded_sentences(excluded: pd.DataFrame, examples: int = 4) -> list[str]:
    """Say how many places each limit left out, with a few names."""
    lines = ["Left out before the search, and why:"] if len(excluded) else []
    for limit, group in excluded.groupby("limit", sort=False):
        names: Sequence[str] = list(dict.fromkeys(group["site"]))
        more = f" and {len(names) - examples} more" if len(names) > examples else ""
        lines.append(f"  {limit}: {len(names)} ({', '.join(names[:examples])}{more})")
    return lines


def unknowns_sentence(unknowns: pd.DataFrame) -> str:
    """Say how many places lack a fact that a limit or a line of the ledger asks for, and what each goes without."""
    places = unknowns.groupby("limit")["site"].nunique().sort_values(ascending=False)
    packs = places[places.index.str.startswith(PACK)]
    told = [
        f"{'a cost line' if limit == 'cost' else f'a fact for {limit}'} at {_places(int(n))}"
        for limit, n in places.drop(packs.index).items()
    ]
    if len(packs):
        of_packs = ", ".join(f"{str(pack).removeprefix(PACK)} {n}" for pack, n in packs.items())
        in_packs = unknowns[unknowns["limit"].str.startswith(PACK)]["site"].nunique()
        told.append(f"an entry of a policy pack at {_places(int(in_packs))} ({of_packs})")
    return f"Not known well enough to act, and not guessed: {'; '.join(told)}. `siting check` says which, and what is done without."


PACK = "policy "


def _places(number: int) -> str:
    return f"{number:,} {'candidate' if number == 1 else 'candidates'}"


def frame_table(frame: pd.DataFrame, title: str) -> Table:
    """Return a data frame as a table for the terminal."""
    table = Table(title=title)
    for column in frame.columns:
        numeric = pd.api.types.is_numeric_dtype(frame[column])
        table.add_column(str(column), justify="right" if numeric else "left", overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(
            *(
                "" if not isinstance(v, str) and pd.isna(v) else f"{v:.6g}" if isinstance(v, float) else str(v)
                for v in row
            )
        )
    return table


RUN_GROUPS = (
    ("Energy was measured", ("measured",)),
    ("Energy is a measured power times hours: ours agrees by construction", ("measured power x hours",)),
    ("Energy is rated power times hours: ours agrees by construction", ("rated power x hours",)),
    ("Energy is an estimate", ("estimate",)),
    ("No energy published; ours from power and hours", ("none",)),
)
"""Published runs by what their energy rests on."""


def runs_tables(runs: pd.DataFrame) -> list[Table]:
    """Return published training runs as tables, one for each thing their energy rests on, and what was not computed.

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
    for column in (
        "run",
        "MWh published",
        "ours",
        "error",
        "tCO2e published",
        "ours",
        "error",
        "basis",
        "lb (ours)",
        "notes",
    ):
        table.add_column(column, justify="left" if column in ("run", "basis", "notes") else "right", overflow="fold")
    for row in runs.to_dict("records"):
        market = row["our_market_tco2e"]
        notes = (
            row["note"],
            row["why_not"],
            "grid factor circular: tonnes agree by construction" if row["grid_factor"] == "circular" else "",
            "" if pd.isna(market) else f"market-based {market:.0f} t (published {row['published_market_tco2e']:.0f})",
        )
        table.add_row(
            row["id"],
            _figure(row["published_mwh"]),
            _figure(row["our_mwh"]),
            _percent(row["error_mwh"]),
            _figure(row["published_tco2e"]),
            _figure(row["our_tco2e"]),
            _percent(row["error_tco2e"]),
            row["basis"],
            "" if pd.isna(row["our_lb"]) else f"{row['published_lb']:,.0f} ({row['our_lb']:,.0f})",
            "; ".join(n for n in notes if n),
        )
    return table


def _figure(value: float) -> str:
    return "" if pd.isna(value) else f"{value:,.4g}" if value < 100 else f"{value:,.0f}"


def _percent(value: float) -> str:
    return "" if pd.isna(value) else f"{value:+.1%}".replace("-0.0%", "+0.0%").replace("%", " %")
