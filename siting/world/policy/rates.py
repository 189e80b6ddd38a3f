"""Packs with one rate only, a corporate tax or a carbon price: rows of the table `policy_rates`."""

from collections.abc import Iterator, Mapping
from typing import Any

from siting.world.tables import read_table

TABLE = "policy_rates"

_SHARED = ("title", "effective_from", "date_note", "source", "quality")


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
    for row in table.where(table.notna(), None).to_dict("records"):
        yield f"table `{TABLE}`, pack {row['pack_id']}", _as_pack(row)


def _as_pack(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row as a pack file would have it."""
    entry = {"id": row["entry_id"], **{k: row[k] for k in _SHARED if row[k] is not None}}
    if row["kind"] == "corporate_tax":
        rules = {"corporate_taxes": [entry | {"rate": row["rate_share"]}]}
    else:
        conditions = row["conditions_not_modelled"]
        price = {"usd_per_t": row["usd_per_t"], "on": "direct", "in_tariff": row["in_tariff"]}
        more = {"conditions_not_modelled": conditions.split(" | ")} if conditions else {}
        rules = {"carbon_prices": [entry | price | more]}
    return {"id": row["pack_id"], "title": row["pack_title"], "jurisdictions": row["jurisdictions"].split(" "), **rules}
