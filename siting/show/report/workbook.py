"""A plan as a workbook: a sheet a table, with units in the heads, number formats, and text that is never a formula."""

import importlib.util
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.errors import DataError, SitingError, printable
from siting.kpis import Field, field
from siting.show.report.board_tables import TOTALS, columns_of
from siting.show.report.report_tables import LEAST_FLOW_MW, line_title, shown_sites, sources_table
from siting.show.text.answer import answer_sentences
from siting.show.text.board_text import EFLOP_MEANS, caveats
from siting.show.text.limit_text import programme_titles

if TYPE_CHECKING:
    from siting.study.story import Story

FORMATS = {
    ",.0f": "#,##0",
    ",.1f": "#,##0.0",
    ",.2f": "#,##0.00",
    ",.3f": "#,##0.000",
    ",.3g": "#,##0",
    ".2f": "0.00",
    ".3f": "0.000",
}
"""Format of a figure as Python writes it, and as a spreadsheet does."""
ANY_NUMBER, PER_CENT = "#,##0.###", "0.0 %"
WIDEST = 60
"""Widest column [characters]."""
SITE_COLUMNS = (
    "name", "country", "it_mw", "capacity_it_mw", "halls", "cooling", "pue", "wue_l_per_kwh", "ci_g_per_kwh", "price_usd_per_mwh",
    "emissions_g_per_eflop", "cost_usd_per_eflop", "emissions_t_per_year", "cost_usd_per_year", "capex_usd", "renewable_share",
    "cfe_share", "rtt_p90_ms_max", "jobs", "incentives", "export_control", "ci_quality", "price_quality",
)  # fmt: skip


def require_xlsx() -> None:
    """Refuse to write a workbook where the library for it is missing.

    Raises
    ------
    SitingError
        It is not installed.
    """
    if importlib.util.find_spec("xlsxwriter") is None:
        raise SitingError("a workbook needs the library XlsxWriter, which is not installed: pip install 'siting[xlsx]'")


def write_workbook(story: "Story", path: str | Path) -> Path:
    """Write a plan as a workbook; see `Plan.to_excel`."""
    require_xlsx()
    import xlsxwriter
    from xlsxwriter.exceptions import XlsxWriterException

    file = Path(path)
    if file.suffix.lower() != ".xlsx":
        raise SitingError(f"cannot write a workbook as {file.name!r}: end it in .xlsx")
    plain = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    book = xlsxwriter.Workbook(str(file), {**plain, "nan_inf_to_errors": False})
    try:
        for name, table, forms in _sheets(story):
            _write_sheet(book, name, table, forms)
        book.close()
    except (OSError, XlsxWriterException) as error:
        raise DataError(f"cannot write the workbook to {file} ({error}): choose another folder") from error
    return file


Sheet = tuple[str, pd.DataFrame, Sequence[str]]
"""Name of a sheet, its table with heads as they are written, and the format of each column."""


def _sheets(story: "Story") -> "list[Sheet]":
    plan = story.plan
    sentences = [*answer_sentences(story), *(caveats(story) if plan.kpis else ())]
    sheets: list[Sheet] = [("read first", pd.DataFrame({plan.name: [*sentences, EFLOP_MEANS]}), ("",))]
    if plan.kpis:
        sheets += [_summary(story), _sites(story), _flows(story), _ledger(story)]
    if story.assumed is not None:
        sheets.append(_assumed(story.assumed))
    if story.assumptions is not None:
        sheets.append(_fields("inputs", story.assumptions.reset_index()))
    if isinstance(scorecard := getattr(plan, "scorecard", None), pd.DataFrame):
        sheets.append(_fields("scorecard", pd.DataFrame(scorecard).drop(columns=["geometry", "id"], errors="ignore")))
    sources = sources_table(plan)
    rows = [[cell.text for cell in row.cells] for row in sources.rows]
    return [*sheets, ("sources", pd.DataFrame(rows, columns=list(sources.heads)), [""] * len(sources.heads))]


def _summary(story: "Story") -> Sheet:
    """Return the figures of the plan and of those beside it; a figure a row, so its unit has a column."""
    columns = columns_of(story)
    rows: list[tuple[object, ...]] = [
        ("sites", "", *(", ".join(map(str, c.get("sites", ()))) for c in columns.values()))
    ]
    names = dict.fromkeys([*TOTALS, *(n for n, v in story.summary.items() if isinstance(v, float))])
    rows += [(field(n).label, field(n).unit, *(c.get(n) for c in columns.values())) for n in names]
    table = pd.DataFrame(rows, columns=["figure", "unit", *columns], dtype=object)
    return "summary", table, ["", "", *(ANY_NUMBER for _ in columns)]


def _sites(story: "Story") -> Sheet:
    sites = shown_sites(story.plan)
    sites = sites.assign(incentives=[programme_titles(str(ids), story.programmes) for ids in sites["incentives"]])
    return _fields("sites", sites[[c for c in SITE_COLUMNS if c in sites]])


def _flows(story: "Story") -> Sheet:
    flows = story.plan.assignments.query("it_mw >= @least", local_dict={"least": LEAST_FLOW_MW})
    named = flows.assign(**{c: [story.names.get(str(i), str(i)) for i in flows[c]] for c in ("site", "hub")})
    return _fields("who serves whom", named.sort_values(["site", "it_mw"], ascending=[True, False]))


def _ledger(story: "Story") -> Sheet:
    ledger = story.plan.ledger
    named = ledger.assign(
        site=[story.names.get(str(i), str(i)) for i in ledger["site"]],
        line=[line_title(str(line), story.programmes) for line in ledger["line"]],
    )
    return _fields("ledger", named)


def _assumed(assumed: pd.DataFrame) -> Sheet:
    heads = ("assumption", "value", "range", "emissions, 10 % more of it", "cost, 10 % more of it", "source")
    return "assumptions", assumed.set_axis(list(heads), axis=1), ["", "", "", PER_CENT, PER_CENT, ""]


def _fields(name: str, table: pd.DataFrame) -> Sheet:
    """Return a table with the labels and units of its columns."""
    known: list[Field] = [field(str(c)) for c in table.columns]
    heads = [f.heading() for f in known]
    return name, table.set_axis(heads, axis=1), [FORMATS.get(f.form, ANY_NUMBER) for f in known]


def _write_sheet(book: Any, name: str, table: pd.DataFrame, forms: Sequence[str]) -> None:
    sheet = book.add_worksheet(name)
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    numbers: Mapping[str, Any] = {f: book.add_format({"num_format": f, "valign": "top"}) for f in set(forms) if f}
    for column, title in enumerate(table.columns):
        sheet.write_string(0, column, printable(str(title)), head)
        values = table.iloc[:, column].tolist()
        for row, value in enumerate(values, start=1):
            _write_cell(sheet, row, column, value, text, numbers.get(forms[column]))
        longest = max([len(str(title)) / 2, *(len(_shown(v)) for v in values)], default=8)
        sheet.set_column(column, column, min(WIDEST if len(table.columns) > 1 else 2 * WIDEST, max(10, longest + 2)))
    sheet.freeze_panes(1, 1 if len(table.columns) > 1 else 0)
    if len(table.columns) > 1 and len(table):
        sheet.autofilter(0, 0, len(table), len(table.columns) - 1)


def _write_cell(sheet: Any, row: int, column: int, value: Any, text: Any, number: Any) -> None:
    """Write a number as a number and everything else as text: no text can become a formula."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        known = isinstance(value, str) or not pd.isna(value)
        sheet.write_string(row, column, printable(str(value)) if known else "", text)
    elif math.isfinite(value):
        sheet.write_number(row, column, value, number)
    else:
        sheet.write_string(row, column, "unknown" if math.isnan(value) else "none", text)


def _shown(value: Any) -> str:
    return f"{value:,.4g}" if isinstance(value, float) else str(value)
