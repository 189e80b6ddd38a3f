"""No number leaves the data package unchecked: a damaged table is named with its row and field."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from siting import DataError, place
from siting.world import catalogue, construction, places, policy, tables
from siting.world.latency import round_trips
from siting.world.tables import QUALITIES, read_geo, read_table, resource, resources, verify_all, worst

TABLES = [name for name, res in resources().items() if res.path.suffix == ".csv"]
Edit = Callable[[str], str]


def forget() -> None:
    """Empty every cache that holds what was read from the data package."""
    kept = (tables.resources, read_table, read_geo, policy.packs, round_trips.rtt_model, round_trips._measured)
    made = (places._shipped, policy.shipped._shipped_on, construction._markets, catalogue.cost, catalogue.accelerator)
    for cached in (*kept, *made):
        cached.cache_clear()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Copy the data package and let everything read the copy."""
    copy = tmp_path / "data"
    shutil.copytree(tables.data_dir(), copy, ignore=shutil.ignore_patterns("build"))
    monkeypatch.setattr(tables, "data_dir", lambda: copy)
    forget()
    yield copy
    forget()


def describe(package: Path, name: str, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change one table's descriptor."""
    path = package / "datapackage.json"
    whole = json.loads(path.read_text(encoding="utf-8"))
    change(next(r for r in whole["resources"] if r["name"] == name))
    path.write_text(json.dumps(whole), encoding="utf-8")
    forget()


def alter(package: Path, name: str, edit: Edit) -> None:
    """Change one table's text, and its hash with it, so that only the content is at fault."""
    path = resource(name).path
    text = edit(path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    describe(package, name, lambda r: r.update(hash=f"sha256:{sha256}"))


def cell(name: str, row: int, field: str, value: str) -> Edit:
    """Return what puts a value into one cell; rows are numbered as in the file, the header being row 1."""

    def edit(text: str) -> str:
        frame = pd.read_csv(resource(name).path, dtype=str, keep_default_na=False)
        frame.loc[row - 2, field] = value
        return frame.to_csv(index=False, lineterminator="\n")

    return edit


# --- the shipped package -------------------------------------------------------------------------


def test_the_shipped_package_is_whole() -> None:
    assert verify_all() == []


@pytest.mark.parametrize("name", list(resources()))
def test_every_table_says_source_year_licence_and_quality(name: str) -> None:
    said = resource(name).provenance()
    assert all(said[key].strip() for key in ("source", "year", "licence", "quality"))
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", resource(name).descriptor["hash"])


@pytest.mark.parametrize("name", TABLES)
def test_every_field_is_described_and_every_number_has_a_unit(name: str) -> None:
    """A yes or no (0 or 1) has no unit; `costs` has a unit a row."""
    fields = resource(name).fields
    row_by_row = any(f["name"] == "unit" for f in fields)
    numbers = [f for f in fields if f["type"] in ("number", "integer") and not row_by_row]
    yes_or_no = {f["name"] for f in numbers if f["type"] == "integer" and f.get("constraints", {}).get("maximum") == 1}
    assert [f["name"] for f in fields if not f.get("description")] == []
    assert [f["name"] for f in numbers if "unit" not in f and f["name"] not in yes_or_no] == []


@pytest.mark.parametrize("name", TABLES)
def test_every_quality_in_a_table_is_a_known_word(name: str) -> None:
    frame = read_table(name)
    words = {w for c in frame.columns if c == "quality" or c.endswith("_quality") for w in frame[c].dropna()}
    assert words <= set(QUALITIES)


def test_namibia_is_a_country_and_not_a_gap() -> None:
    """Its code, NA, is what pandas reads as missing."""
    assert read_table("countries").set_index("iso2").loc["NA", "name"] == "Namibia"
    assert read_table("zones").set_index("zone_id").loc["NA", "country_iso2"] == "NA"
    assert read_geo("ground").query("zone_id == 'NA'")["country_iso2"].tolist() == ["NA"]
    assert place(17.08, -22.56).set_index("fact").loc["country", "value"] == "Namibia"


def test_the_worst_quality_is_the_last_in_the_order_of_trust() -> None:
    assert worst(["observed", "assumption", "modelled"]) == "assumption"
    with pytest.raises(DataError, match=r"`guess` is not a quality word: use one of observed, derived, modelled"):
        worst(["observed", "guess"])


def test_a_table_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(
        DataError,
        match=r"there is no table `weather`: choose one of around, capacity_statements, ci_hours, cities, climate, climate_corr",
    ):
        read_table("weather")


# --- damage --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["zones", "ground", "policy-us-tx", "policy_rates"])
def test_one_altered_byte_is_found_by_its_hash(package: Path, name: str) -> None:
    path = resource(name).path
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    said = r"table `{}`: .* has sha256 [0-9a-f]{{12}}\.\.\., its descriptor has .*: the file was truncated or altered"
    reader = {"zones": read_table, "ground": read_geo}.get(name, lambda _: policy.packs())
    with pytest.raises(DataError, match=said.format(name)):
        reader(name)
    assert [table for table, _ in verify_all()] == [name]


@pytest.mark.parametrize("name", ["zones", "ground", "policy-us-tx", "policy_rates"])
def test_a_missing_file_is_named(package: Path, name: str) -> None:
    resource(name).path.unlink()
    reader = {"zones": read_table, "ground": read_geo}.get(name, lambda _: policy.packs())
    with pytest.raises(DataError, match=rf"table `{name}`: .* is missing; reinstall"):
        reader(name)


@pytest.mark.parametrize(
    ("name", "row", "field", "value", "message"),
    [
        ("zones", 3, "price_usd_per_mwh", "cheap", r"row 3, field `price_usd_per_mwh`: `cheap` is not a number"),
        ("zones", 3, "price_usd_per_mwh", "inf", r"row 3, field `price_usd_per_mwh`: `inf` is not a number"),
        ("zones", 3, "price_usd_per_mwh", "nan", r"row 3, field `price_usd_per_mwh`: `nan` is not a number"),
        (
            "zone_intensity",
            4,
            "renewable_share",
            "1.5",
            r"row 4, field `renewable_share`: 1\.5 .* beyond the maximum 1",
        ),
        (
            "zone_intensity",
            4,
            "ci_lifecycle_g_per_kwh",
            "-3",
            r"field `ci_lifecycle_g_per_kwh`: -3 .* beyond the minimum 0",
        ),
        ("zone_intensity", 5, "ci_lifecycle_g_per_kwh", "", r"row 5, field `ci_lifecycle_g_per_kwh`: is empty"),
        ("zone_intensity", 6, "year", "2024.5", r"row 6, field `year`: 2024\.5 is not an integer"),
        ("sites", 2, "lat", "95", r"row 2, field `lat`: 95 .* is beyond the maximum 90"),
        ("sites", 2, "id", "", r"row 2, field `id`: is empty"),
        ("sites", 2, "id", "Über Alles", r"row 2, field `id`: `Über Alles` does not match"),
        ("sites", 2, "kind", "village", r"row 2, field `kind`: `village` is not one of \['metro'"),
        ("hardware", 2, "quality", "rumour", r"row 2, field `quality`: `rumour` is not one of \['observed'"),
    ],
)
def test_a_bad_cell_is_named_with_table_row_and_field(
    package: Path, name: str, row: int, field: str, value: str, message: str
) -> None:
    alter(package, name, cell(name, row, field, value))
    with pytest.raises(DataError, match=rf"(?s)table `{name}` has \d+ faults:.*{message}"):
        read_table(name)
    assert [table for table, _ in verify_all()] == [name]


def test_a_key_that_stands_twice_is_named(package: Path) -> None:
    alter(package, "zones", lambda text: text + text.splitlines()[1] + "\n")
    again = len(pd.read_csv(resource("zones").path, dtype=str)) + 1
    with pytest.raises(DataError, match=rf"row {again}, field `zone_id`: `AD` occurs twice"):
        read_table("zones")


def test_all_faults_of_a_table_come_in_one_message(package: Path) -> None:
    alter(package, "sites", cell("sites", 2, "lat", "95"))
    alter(package, "sites", cell("sites", 3, "lon", "east"))
    alter(package, "sites", cell("sites", 4, "kind", "village"))
    with pytest.raises(DataError, match=r"table `sites` has 3 faults") as caught:
        read_table("sites")
    assert [f"row {n}" in str(caught.value) for n in (2, 3, 4)] == [True, True, True]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            lambda text: text.replace("price_usd_per_mwh", "price", 1),
            r"columns differ from the descriptor in price, price_usd",
        ),
        (lambda text: "\n".join(f"{line},1" for line in text.splitlines()), r"columns differ from the descriptor in 1"),
        (
            lambda text: text.replace("\n", ",1\n").replace(",1\n", "\n", 1),
            r"rows of zones\.csv have more cells than its header",
        ),
        (lambda text: text + 'AD,"Andorra\n', r"zones\.csv is not a CSV table"),
        (lambda text: text[:0], r"zones\.csv is not a CSV table"),
    ],
)
def test_a_file_with_other_columns_is_no_table(package: Path, edit: Edit, message: str) -> None:
    alter(package, "zones", edit)
    with pytest.raises(DataError, match=rf"table `zones`: {message}"):
        read_table("zones")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"datapackage\.json is not valid JSON"),
        ("[]", r"datapackage\.json is not a data package"),
        ('{"name": "siting-data"}', r"datapackage\.json is not a data package \(KeyError\('resources'\)\)"),
    ],
)
def test_a_damaged_descriptor_is_no_data_package(package: Path, content: str, message: str) -> None:
    (package / "datapackage.json").write_text(content, encoding="utf-8")
    forget()
    with pytest.raises(DataError, match=message):
        resources()


def test_a_truncated_descriptor_is_no_valid_json(package: Path) -> None:
    path = package / "datapackage.json"
    path.write_bytes(path.read_bytes()[:20_000])
    forget()
    with pytest.raises(DataError, match=r"datapackage\.json is not valid JSON .*restore it from the release"):
        resources()


def test_a_pack_that_breaks_the_rules_of_its_kind_is_named_with_file_and_field(package: Path) -> None:
    alter(package, "policy-us-tx", lambda text: text.replace("rate = 0.082", "rate = 8.2", 1))
    with pytest.raises(DataError, match=r"(?s)policy/us-tx\.toml:.*sales_taxes `us-tx-sales-tax`: `rate` is 8\.2"):
        policy.packs()


def test_a_row_of_the_table_of_rates_that_breaks_a_rule_is_named_by_its_pack(package: Path) -> None:
    alter(package, "policy_rates", lambda text: text.replace("FI FR DE", "FI XX DE").replace(",CN,", ",XC,"))
    said = r"(?s)table `policy_rates`, pack cn:.*jurisdiction `XC` is unknown.*pack eu:.*jurisdiction `XX` is unknown"
    with pytest.raises(DataError, match=said):
        policy.packs()
