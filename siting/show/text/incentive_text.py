"""What programmes are worth, for the terminal."""

import math
from typing import TYPE_CHECKING, Any

from rich.table import Table

from siting.errors import listed

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 60
"""Rows that are printed; the CSV file has all."""
IN_PLAN = {"yes": "meets it", "no": "does not meet it", "not built": "not built"}
"""What the plan has to do with a programme, in words."""


def incentive_table(worth: "pd.DataFrame") -> Table:
    """Return the programmes that the plan counts, the most valuable first.

    Parameters
    ----------
    worth : pandas.DataFrame
        As `siting.incentives` returns it.
    """
    counted = worth[worth["met"] != "not counted"]
    table = Table(title="What programmes are worth, each alone, at full use")
    for name, justify in (
        ("place", "left"),
        ("programme", "left"),
        ("USD/MW a year", "right"),
        ("USD/EFLOP", "right"),
        ("needs", "left"),
        ("from MW of IT", "right"),
        ("the plan", "left"),
        ("pays, million USD a year", "right"),
    ):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    rows: Any = counted.head(MOST_ROWS).itertuples()
    for row in rows:
        plan = IN_PLAN[str(row.met)] + (f": {row.why}" if row.why else "")
        size = f"{row.least_it_mw:,.0f}" if math.isfinite(float(row.least_it_mw)) else "too large"
        paid = f"{row.usd_per_year / 1e6:,.1f}" if row.usd_per_year else ""
        table.add_row(
            f"{row.name}, {row.country}", str(row.title), f"{row.usd_per_mw_year:,.0f}", f"{row.usd_per_eflop:.4f}",
            _needs(str(row.needs), str(row.conditions)), size, plan, paid,
        )  # fmt: skip
    return table


def _needs(needs: str, conditions: str) -> str:
    """Return what a programme needs, and how many conditions are not counted."""
    if not conditions or conditions == "nan":
        return needs
    n = conditions.count("; ") + 1
    return f"{needs} (and {n} condition{'s' if n > 1 else ''} that {'are' if n > 1 else 'is'} not counted, see --out)"


def incentive_sentences(worth: "pd.DataFrame") -> list[str]:
    """Return what the table leaves out: further rows, places without a programme, and programmes that are not counted."""
    counted, others = worth[worth["met"] != "not counted"], worth[worth["met"] == "not counted"]
    found = []
    if counted.empty:
        found.append("No programme that the plan counts is in force at any candidate.")
    if len(counted) > MOST_ROWS:
        found.append(f"... and {len(counted) - MOST_ROWS} more rows: --out FILE.csv writes all.")
    if len(others):
        found.append("In force, but not counted:")
    for (title, why), here in others.groupby(["title", "why"], sort=False):
        found.append(f"  {title} ({listed(here['name'], most=4)}): {why}")
    return found
