"""Every shipped row has source, year, quality and licence; a table or row without them fails the build."""

from dataclasses import replace
from pathlib import Path

import package as pk
import pandas as pd
import pytest
from provenance import faults_of_rows, faults_of_table

from siting.world.tables import read_table, resources

TABLE = pk.Resource(
    name="prices",
    path="prices.csv",
    title="Prices",
    description="Prices of places.",
    year="2025",
    quality="price_quality, row by row",
    method="none",
    licenses=(pk.CC0,),
    sources=(pk.Source("a paper"),),
    citation="a paper",
    fields=(
        pk.Field("id", "string", "Place", required=True),
        pk.Field("price_usd_per_mwh", "number", "Price", "USD/MWh"),
        pk.Field("price_source", "string", "Source"),
        pk.Field("price_quality", "string", "Quality", enum=pk.QUALITY_WORDS),
    ),
    primary_key=("id",),
)
ROWS = pd.DataFrame(
    {
        "id": ["a", "b"],
        "price_usd_per_mwh": [50.0, None],
        "price_source": ["x", None],
        "price_quality": ["derived", None],
    }
)


def shipped(name: str) -> pk.Resource:
    """Return what a shipped table says of its origin and its columns."""
    said = resources()[name].descriptor
    fields = tuple(pk.Field(f["name"], f["type"], "") for f in said.get("schema", {}).get("fields", []))
    key = tuple(said.get("schema", {}).get("primaryKey", ()))
    return replace(
        TABLE,
        name=name,
        year=said["year"],
        quality=said["quality"],
        sources=tuple(pk.Source(s["title"]) for s in said["sources"]),
        licenses=tuple(said["licenses"]),
        fields=fields,
        primary_key=key,
    )


@pytest.mark.parametrize("name", sorted(resources()))
def test_every_shipped_file_says_where_it_comes_from(name: str) -> None:
    table = shipped(name)
    assert faults_of_table(table) == []
    if resources()[name].path.suffix == ".csv":
        assert faults_of_rows(read_table(name), table) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"sources": ()}, "no source"),
        ({"licenses": ()}, "no licence"),
        ({"year": "recent"}, "no year: `recent`"),
        ({"quality": "good"}, "no quality: `good`"),
        ({"year": "row by row"}, "its year is said to be row by row, and no column holds it"),
    ],
)
def test_a_table_without_one_of_them_is_refused(change: dict[str, object], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        replace(TABLE, **change)


def test_a_row_without_one_of_them_fails_the_build(tmp_path: Path) -> None:
    pk.write_table(ROWS, tmp_path, TABLE)
    for column in ("price_source", "price_quality"):
        with pytest.raises(ValueError, match=rf"prices: {column} is missing in 1 row\(s\), as a"):
            pk.write_table(ROWS.assign(**{column: None}), tmp_path, TABLE)


def test_only_an_assumption_needs_no_year() -> None:
    rows = pd.DataFrame({"id": ["a", "b"], "year": [None, None], "quality": ["assumption", "derived"]})
    assert faults_of_rows(rows, TABLE) == ["year is missing in 1 row(s), as b"]
