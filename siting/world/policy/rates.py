"""Packs of rates only, taxes, their exemptions and carbon prices: rows of the table `policy_rates`."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from siting.world.tables import read_table

TABLE = "policy_rates"

_SHARED = ("title", "effective_from", "effective_to", "date_note", "source", "quality", "checked")

_CAPITAL_TAX = {"rate": "rate_share", "low": "low_share", "high": "high_share", "known": "known", "base": "base"}

LISTS: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        "corporate_tax": ("corporate_taxes", {"rate": "rate_share"}),
        "minimum_tax": ("minimum_taxes", {"rate": "rate_share"}),
        "depreciation": ("depreciations", {"base": "base", "schedule": "schedule"}),
        "carbon_price": ("carbon_prices", {"usd_per_t": "usd_per_t", "in_tariff": "in_tariff"}),
        "sales_tax": (
            "sales_taxes",
            _CAPITAL_TAX,
        ),
        "property_tax": (
            "property_taxes",
            _CAPITAL_TAX | {"assessed_share": "assessed_share"},
        ),
        "sales_tax_exemption": (
            "incentives",
            {"rate": "rate_share", "base": "base"} | {n: n for n in ("kind", "min_capex_usd", "min_jobs", "min_it_mw")},
        ),
    }
)
"""List of a pack that each kind of row belongs to, and its fields by column."""


def rate_packs() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each pack of the table as a pack file would have it, after the name that errors use for it.

    Raises
    ------
    DataError
        The table is missing or altered.

    Examples
    --------
    >>> [pack["carbon_prices"][0]["usd_per_t"] for _, pack in rate_packs() if pack["id"] == "eu"]
    [70.08]
    """
    table = read_table(TABLE).astype(object)
    packs: dict[str, dict[str, Any]] = {}
    for row in table.where(table.notna(), None).to_dict("records"):
        codes = row["jurisdictions"].split(" ")
        name = str(row["pack_id"])
        pack = packs.setdefault(name, {"id": name, "title": row["pack_title"], "jurisdictions": codes})
        pack.setdefault(LISTS[row["kind"]][0], []).append(_entry(row))
    for name, pack in packs.items():
        yield f"table `{TABLE}`, pack {name}", pack


def _entry(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the entry of a row as a pack file would have it."""
    fields = LISTS[row["kind"]][1]
    entry = {"id": row["entry_id"], **{k: row[k] for k in _SHARED if row[k] is not None}}
    entry |= {name: row[column] for name, column in fields.items() if row[column] is not None}
    if row["conditions_not_modelled"]:
        entry["conditions_not_modelled"] = row["conditions_not_modelled"].split(" | ")
    if row["kind"] == "depreciation" and " " in row["schedule"]:
        entry["schedule"] = tuple(float(share) for share in row["schedule"].split(" "))
    return entry | ({"on": "direct"} if row["kind"] == "carbon_price" else {})
