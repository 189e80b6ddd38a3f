"""The scorecard on a terminal: a table of all candidates, and the reason of each."""

from typing import TYPE_CHECKING

import pandas as pd
from rich import box
from rich.table import Table

from siting.errors import listed
from siting.kpis import KPIS, field
from siting.show.text.proof_text import proven
from siting.show.text.site_text import counted

if TYPE_CHECKING:
    from siting.plan.plan import Plan

ROWS = 40
"""Candidates that the table names before it counts the rest."""
WITH_REASONS = 130
"""Width from which the table has a column of reasons [characters]; below it they follow as sentences."""
FIGURES = ("emissions_g_per_eflop", "cost_usd_per_eflop", "pue", "ci_g_per_kwh", "price_usd_per_mwh")
"""Figures of the table; the CSV file has more."""
EMISSIONS, COST = KPIS["emissions_g_per_eflop"].unit, KPIS["cost_usd_per_eflop"].unit
HEADS = {"emissions_g_per_eflop": EMISSIONS, "cost_usd_per_eflop": COST, "pue": "PUE", "ci_g_per_kwh": "g/kWh", "price_usd_per_mwh": "USD/MWh"}  # fmt: skip


def regret_words(row: "pd.Series[float]") -> str:
    """Return a regret as a cell: a number, a bound marked as such, or that there is no plan.

    Examples
    --------
    >>> import math, pandas as pd
    >>> regret_words(pd.Series({"regret_proof": "exact", "regret": 15.123, "regret_at_least": 15.1}))
    '15.1'
    >>> regret_words(pd.Series({"regret_proof": "at least", "regret": math.nan, "regret_at_least": 2.0}))
    '≥ 2.00'
    """
    proof = str(row["regret_proof"])
    if proof == "exact":
        return _three_digits(float(row["regret"]))
    if proof == "at least":
        return f"≥ {_three_digits(float(row['regret_at_least']))}"
    return proof if proof != "nan" else ""


def _three_digits(value: float) -> str:
    return "0" if value < 5e-4 else f"{value:,.0f}" if value >= 100 else f"{value:#.3g}"


def rank_table(table: pd.DataFrame, plan: "Plan", width: int) -> Table:
    """Return the candidates as a table, best first, its columns chosen by the width of the terminal.

    Parameters
    ----------
    table : pandas.DataFrame
        As `Plan.scorecard` returns it.
    plan : Plan
        Its plan.
    width : int
        Width of the terminal [characters].
    """
    unit = next((str(u) for u in table["regret_unit"] if u), plan.proof.unit)
    shown = Table(
        title=f"{plan.name}: {counted(len(table), 'candidate')}, best first", box=box.SIMPLE_HEAD, pad_edge=False
    )
    shown.caption = (
        f"regret [{unit}]: built, if it is left out; lost, if it is forced in; ≥ is a bound. Figures: alone, halls full"
    )
    shown.add_column("place", overflow="fold")
    shown.add_column("outcome")
    shown.add_column("regret", justify="right")
    figures = FIGURES if width >= WITH_REASONS else FIGURES[:2]
    for name in figures:
        shown.add_column(HEADS[name], justify="right")
    if width >= WITH_REASONS:
        shown.add_column("reason", overflow="fold")
    for _, row in table.head(ROWS).iterrows():
        load = f" {row['it_mw']:,.0f} MW" if row["outcome"] == "built" else ""
        cells = [str(row["name"]), f"{row['outcome']}{load}", regret_words(row)]
        cells += ["" if pd.isna(row[name]) else field(name).write(row[name]) for name in figures]
        shown.add_row(*cells, *([str(row["reason"])] if width >= WITH_REASONS else []))
    return shown


def rank_sentences(table: pd.DataFrame, plan: "Plan", width: int) -> list[str]:
    """Return what is proven, the reasons where the table has no room for them, and what it does not show."""
    head = [f"{proven(plan)}. 1 EFLOP is 10^18 operations."]
    reasons = (
        [f"{row['name']}: {row['reason']}" for _, row in table.head(ROWS).iterrows()] if width < WITH_REASONS else []
    )
    rest = table.iloc[ROWS:]
    more = [
        f"Not shown: {counted(len(some), 'candidate')} {outcome} ({listed(some['name'], most=4)}); --out FILE.csv has all."
        for outcome, some in rest.groupby("outcome", sort=False)
    ]
    return [*head, *reasons, *more]
