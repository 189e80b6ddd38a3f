"""The page of the data, docs/data.md, written from the descriptors: `python data/build/docs_data.py`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from holes import HOLES

HERE = Path(__file__).parent
DATA, DOCS = HERE.parent, HERE.parents[1] / "docs"
PREFACE = """\
# The data

Written by `make docs` from the descriptors in `data/datapackage.json`; edit those, not this page. At the command
line, use `siting data list`, `siting data show TABLE` and `siting data verify`.

An empty cell is **unknown**: never zero, never a default. Quality words, best first: `observed`, `derived`, `modelled`
(error known, or stated to be unmeasured), `assumption`, `unverified` (second-hand), `synthetic`.
"""


def read_package() -> dict[str, Any]:
    """Return the descriptor of the data package."""
    package: dict[str, Any] = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
    return package


def page(package: Mapping[str, Any], figures: Mapping[str, str], holes: Mapping[str, tuple[str, ...]]) -> str:
    """Return the page.

    Parameters
    ----------
    package : mapping
        The descriptor of the data package.
    figures : mapping of str to str
        File below ``docs/`` to caption.
    holes : mapping of str to tuple of str
        Known gaps, by table.

    Returns
    -------
    str
        Markdown.
    """
    tables = package["resources"]
    index = ["## Tables", "", "| table | file | year | licence | bytes |", "|---|---|---|---|---:|"]
    for table in tables:
        licences = ", ".join(_licence(licence) for licence in table["licenses"])
        index.append(
            f"| [`{table['name']}`](#{table['name'].lower()}) | `{table['path']}` | {_cell(table['year'])} | {licences} "
            f"| {table['bytes']:,} |"
        )
    total = sum(table["bytes"] for table in tables)
    index += ["", f"{len(tables)} files, {total / 1e6:.1f} MB."]
    pictures = ["## Coverage", ""]
    for path, caption in figures.items():
        pictures += [f"![{caption.split('.')[0]}]({path})", "", f"*{caption}*", ""]
    parts = [PREFACE, "\n".join(index) + "\n", "\n".join(pictures)]
    return "\n".join([*parts, *(section(table, holes.get(table["name"], ())) for table in tables)])


def section(table: Mapping[str, Any], holes: tuple[str, ...]) -> str:
    """Return the section of one table.

    Parameters
    ----------
    table : mapping
        Its descriptor.
    holes : tuple of str
        Known gaps.

    Returns
    -------
    str
        Markdown.
    """
    lines = [f"## {table['name']}", "", f"**{table['title']}.** {table['description']}", ""]
    lines += [f"- Year: {table['year']}.", f"- Quality: {table['quality']}.", f"- Method: {table['method']}"]
    for word, key in (("Licence", "licenses"), ("Source", "sources")):
        lines += [f"- {word}: {x['title']}" + (f" <{x['path']}>" if x.get("path") else "") for x in table[key]]
    lines += [f"- Missing: {hole}" for hole in holes]
    columns = table.get("schema", {}).get("fields", [])
    if columns:
        lines += ["", "| field | type | unit | range | meaning |", "|---|---|---|---|---|"]
        lines += [_field_row(column) for column in columns]
    if table.get("arrays"):
        lines += ["", "| array | type | shape | unit | range | meaning |", "|---|---|---|---|---|---|"]
        lines += [_array_row(array) for array in table["arrays"]]
    return "\n".join(lines) + "\n"


def _field_row(column: Mapping[str, Any]) -> str:
    cells = (f"`{column['name']}`", column["type"], column.get("unit", ""), _range(column), column["description"])
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _array_row(array: Mapping[str, Any]) -> str:
    shape = " x ".join(str(n) for n in array["shape"])
    cells = (f"`{array['name']}`", array["dtype"], shape, array["unit"], _range(array), array["description"])
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _range(described: Mapping[str, Any]) -> str:
    """Return the values allowed: ends, words, or empty."""
    rules = described.get("constraints", {})
    if "enum" in rules:
        return ", ".join(map(str, rules["enum"]))
    ends = [f"{rules[end]:g}" if end in rules else "" for end in ("minimum", "maximum")]
    return " to ".join(ends) if all(ends) else f"from {ends[0]}" if ends[0] else f"to {ends[1]}" if ends[1] else ""


def _licence(licence: Mapping[str, str]) -> str:
    """Return the short name of a licence, or its title where the short name is not specific."""
    return licence["title"] if licence["name"].startswith("other") else licence["name"]


def _cell(text: str) -> str:
    """Return text that does not end a cell of a Markdown table."""
    return str(text).replace("|", "\\|")


def main() -> None:
    """Draw the figures and write the page."""
    from docs_figures import CAPTIONS, draw_all

    draw_all(DOCS)
    target = DOCS / "data.md"
    target.write_text(page(read_package(), CAPTIONS, HOLES), encoding="utf-8", newline="")
    print(f"{target.relative_to(DOCS.parent)}, {len(CAPTIONS)} figures")


if __name__ == "__main__":
    main()
