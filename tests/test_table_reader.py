"""Tables as people have them: the value that was meant and what was assumed, or the cause and the remedy."""

import contextlib
import csv
import gzip
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from table_cases import Dialect, Place, dialects, names, places, written

from siting import ScenarioError
from siting.errors import DataError, SitingError
from siting.world.user_files import table_reader, text_file
from siting.world.user_files.cell_values import NotANumberError, degrees, number
from siting.world.user_files.table_reader import TextTable, read_table
from siting.world.user_files.user_places import read_hubs
from siting.world.user_files.user_tables import read_typed

COLUMNS = {"id": "text", "name": "text", "lon": "lon", "lat": "lat", "plants_mw_150km": "number", "weight": "number"}
SAME_FOLDER = [HealthCheck.function_scoped_fixture]


def table(folder: Path, content: str | bytes, **more: Any) -> TextTable:
    """Read the text or the bytes of a table."""
    path = folder / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, COLUMNS, **({"needed": ("lon", "lat")} | more))


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=SAME_FOLDER)
@given(places, dialects())
def test_every_dialect_gives_the_values_that_were_meant(tmp_path: Path, rows: list[Place], how: Dialect) -> None:
    content = written(rows, how)
    assume(content is not None)
    assert content is not None
    read = table(tmp_path, content)
    if how.comma and how.degrees == "dms" and re.fullmatch(r"`\d+,\d{3}` may be .*", "".join(read.faults)):
        return  # no other number shows the decimal mark
    assert read.faults == ()
    faults: list[str] = []
    assert [row["name"] for row in read.rows.values()] == [p.name for p in rows]
    for column, meant in (
        ("lon", [p.degrees[0] for p in rows]),
        ("lat", [p.degrees[1] for p in rows]),
        ("plants_mw_150km", [np.nan if p.plants_kw is None else p.plants_kw / 1000 for p in rows]),
    ):
        assert read.numbers(column, faults) == pytest.approx(meant, abs=2e-9, nan_ok=True)
    assert faults == []


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=SAME_FOLDER)
@given(places, dialects())
def test_what_is_assumed_is_stated(tmp_path: Path, rows: list[Place], how: Dialect) -> None:
    content = written(rows, how)
    assume(content is not None)
    notes = "\n".join(table(tmp_path, content or b"").notes)
    is_utf8 = how.encoding.startswith("utf-8") or (not how.encoding.startswith("utf-16") and (content or b"").isascii())
    assert ("is not UTF-8" in notes) is not is_utf8
    assert ("is separated by" in notes) is (how.separator != ",")
    assert ("index" in notes) is how.index
    assert ("comment" in notes) is how.comment
    assert ("is read as `lon`" in notes) is (how.lon_name != "lon")
    assert ("decimal commas" in notes) is (how.comma and (how.degrees != "dms" or any(p.plants_kw for p in rows)))


HOSTILE = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=300).map(lambda t: t.encode("utf-8", "replace")),
    st.text(st.sampled_from("name,lon;lat\t|\"'#0123456789.,-eE°NSEW\n\r \x00\x1b\u2212sep="), max_size=300).map(
        lambda t: t.encode()
    ),
    st.text(st.sampled_from("ab,;\t\"\n'#019.-eEW°"), max_size=200).map(lambda t: f"name,lon,lat\n{t}".encode()),
)


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=SAME_FOLDER)
@given(HOSTILE)
def test_hostile_tables_raise_an_error_of_the_package_or_are_read(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    for read in (read_hubs, lambda file: read_typed(file, COLUMNS)):
        with contextlib.suppress(SitingError):
            assert np.isfinite(read(path)[["lon", "lat"]].to_numpy(float)).all()


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=SAME_FOLDER)
@given(st.lists(names, min_size=2, max_size=5), st.data())
def test_a_quote_never_joins_two_rows(tmp_path: Path, given_names: list[str], data: st.DataObject) -> None:
    """A quote that is lost makes a cell of two rows for a reader that lets cells span lines."""
    lines = [f'"{name.replace(chr(34), "")}",{k},{k}' for k, name in enumerate(given_names)]
    lost = data.draw(st.integers(0, len(lines) - 1))
    lines[lost] = lines[lost][::-1].replace('"', "", 1)[::-1]
    read = table(tmp_path, "name,lon,lat\n" + "\n".join(lines) + "\n")
    assert any(f"row {lost + 2} has a quote that is not closed in its line" in fault for fault in read.faults)


# --- text files ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (gzip.compress(b"name,lon,lat\na,1,2\n", mtime=0), "t.csv is compressed (gzip), not text: unpack it first"),
        (b"PK\x03\x04rest", "a zip archive or a workbook (xlsx, ods), not text"),
        (b"\xd0\xcf\x11\xe0rest", "a workbook (xls), not text: save the sheet as CSV (UTF-8)"),
        (b"SQLite format 3\0rest", "give a GeoPackage the suffix .gpkg"),
        (b"name,lon,lat\na\x81,1,2\n", "is in an encoding that is not recognised"),
        (b"name,lon,lat\na\x00,1,2\n", "holds NUL characters"),
        (b"", "t.csv is empty: give a CSV file in UTF-8 with the columns id, name, lon, lat"),
        (b"\xef\xbb\xbf \n\n", "t.csv is empty"),
    ],
)
def test_a_file_that_is_not_text_is_named_and_its_bytes_are_not_shown(
    tmp_path: Path, content: bytes, cause: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        table(tmp_path, content)
    assert cause in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_file_beyond_the_stated_size_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_file, "MOST_BYTES", 20)
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read"))
    (tmp_path / "t.csv").write_text("name,lon,lat\naaaaaaaaaa,1,2\n")
    with pytest.raises(ScenarioError, match=r"t\.csv has 28 bytes, more than 20"):
        read_table(tmp_path / "t.csv", COLUMNS)


def test_more_rows_or_columns_than_stated_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_reader, "MOST_ROWS", 3)
    with pytest.raises(ScenarioError, match=r"has 4 rows, more than 3"):
        table(tmp_path, "name,lon,lat\n" + "a,1,2\n" * 3)
    monkeypatch.setattr(table_reader, "MOST_COLUMNS", 3)
    with pytest.raises(ScenarioError, match=r"has 4 columns, more than 3"):
        table(tmp_path, "name,lon,lat,id\n")


def test_what_is_not_a_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(DataError, match=r"pipe\.csv \(not a file\)"):
        read_table(tmp_path / "pipe.csv", COLUMNS, error=DataError)
    with pytest.raises(ScenarioError, match=r"\(not a file\)"):
        read_table(tmp_path, COLUMNS)
    with pytest.raises(ScenarioError, match=r"absent\.csv \(no such file\)"):
        read_table(tmp_path / "absent.csv", COLUMNS)


# --- headers and rows ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ("name,lon,lat,xyz\na,1,2,3\n", "unknown column `xyz`: known are id, name, lon, lat"),
        ("name,lon,lat,xyz\na,1,2,3\n", "weight: leave it out"),
        (
            "name,lon,lat,wieght\na,1,2,3\n",
            "unknown column `wieght`: did you mean `weight`? Rename it, or leave it out",
        ),
        ("name,lon,longitude,lat\na,1,1,2\n", "columns `lon`, `longitude` all mean `lon`: keep one of them"),
        ("name,lon,lat,lon\na,1,2,1\n", "column `lon` occurs twice"),
        (",lon,lat\nLuleå,1,2\n", "column 1 has no name in the header but holds `Luleå` in row 2: name it"),
        ("name,lon,lat,\na,1,2,x\n", "column 4 has no name in the header but holds `x` in row 2"),
        ("Luleå,22,65\nUmeå,20,63\n", "line 1 is not a header: write the names of the columns there"),
        ("Sites 2026;;\n\nname;lon;lat\na;1;2\n", "the header is in line 3, not in line 1: remove the lines above it"),
        ("name,lon,lat\na;1;2\n", "row 2 has 1 cells, the header 3: separate it like the header, not by semicolons"),
        ("name,lon,lat\n“a, b”,1,2\n", 'row 2 has 4 cells, the header 3: write straight quotes (")'),
        ("name,lon,lat\na,1,2,x\n", "row 2 has 4 cells, the header 3: write numbers with a decimal point"),
        ("name,lon,lat\n1,22,5,65\n", "row 2 has 4 cells, the header 3"),  # no index: a decimal comma
        ('name,lon,lat\n"a"b,1,2\n', "row 2 has text after a closing quote"),
        (f"name,lon,lat\n{'x' * 2_001},1,2\n", "row 2 has a cell of more than 2,000 characters"),
    ],
)
def test_each_cause_has_its_own_sentence(tmp_path: Path, content: str, cause: str) -> None:
    assert cause in "\n".join(table(tmp_path, content).faults)


def test_a_wide_header_of_unknown_columns_is_judged_quickly_and_shown_in_part(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("name,lon,lat," + ",".join(f"column_{k}" for k in range(900)) + "\n")
    with pytest.raises(ScenarioError, match="has 900 fault") as caught:
        read_typed(path, COLUMNS)
    assert len(str(caught.value)) < 4_000


def test_a_commented_header_and_a_line_of_the_separator_are_used(tmp_path: Path) -> None:
    assert table(tmp_path, "# name,lon,lat\na,1,2\n").rows == {2: {"name": "a", "lon": "1", "lat": "2"}}
    assert table(tmp_path, "sep=;\nname;lon;lat\na;1;2\n").rows == {3: {"name": "a", "lon": "1", "lat": "2"}}


def test_unknown_columns_are_left_out_with_a_note_where_the_caller_permits(tmp_path: Path) -> None:
    read = table(tmp_path, "name,lon,lat,population\na,1,2,3\n", extra="leave_out")
    assert read.rows == {2: {"name": "a", "lon": "1", "lat": "2"}}
    assert read.notes == ("t.csv: column(s) `population` are not used",)


# --- cells ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "comma", "value"),
    [
        ("\u22120.88", False, -0.88),
        ("\u20131", False, -1.0),
        ("+5", False, 5.0),
        ("1e3", False, 1000.0),
        (".5", False, 0.5),
        ("1 234,5", True, 1234.5),
        ("1\u202f234\u202f567", False, 1_234_567.0),
        ("1'234.5", False, 1234.5),
        ("0,5", True, 0.5),
    ],
)
def test_a_number_as_people_write_it_is_read(text: str, comma: bool, value: float) -> None:
    assert number(text, decimal_comma=comma) == value


@pytest.mark.parametrize(
    ("text", "comma", "remedy"),
    [
        ("1e999", False, "this is not a finite number: correct the exponent"),
        ("9" * 400, False, "this is not a finite number"),
        ("nan", False, "leave a cell blank where the value is unknown"),
        ("N/A", False, "leave a cell blank"),
        ("inf", False, "write a number with a decimal point"),
        ("12 MW", False, "write the number without `MW`"),
        ("12%", False, "write the number without `%`"),
        ("22,15", False, "write a number with a decimal point"),
        ("1.234,5", True, "write a number with a decimal point"),
        ("22.15", True, "this file has decimal commas: write one here too"),
        ("0x10", False, "write "),
        ("1_000", False, "write a number"),
        ("", False, "write a number"),
    ],
)
def test_a_cell_that_is_not_a_number_has_a_remedy(text: str, comma: bool, remedy: str) -> None:
    with pytest.raises(NotANumberError) as caught:
        number(text, decimal_comma=comma)
    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    ("text", "axis", "value"),
    [
        ("22.15°", "lon", 22.15),
        ("22.15E", "lon", 22.15),
        ("W 0.88", "lon", -0.88),
        ("22° 9' E", "lon", 22.15),
        ("22°09'00\"E", "lon", 22.15),
        ("22:09:00", "lon", 22.15),
        ("22d09m00s", "lon", 22.15),
        ("65 34 48 N", "lat", 65.58),
        ("-33° 30'", "lat", -33.5),
        ("33\u00ba30\u2032S", "lat", -33.5),
        ("22,15° E", "lon", 22.15),
    ],
)
def test_degrees_as_people_write_them_are_read(text: str, axis: str, value: float) -> None:
    assert degrees(text, axis) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "axis", "remedy"),
    [
        ("65.58 N", "lon", "this is a latitude (lon and lat look swapped)"),
        ("22.15E", "lat", "this is a longitude"),
        ("-0.88 W", "lon", "keep the sign or the letter W, not both"),
        ("22° 75'", "lon", "minutes and seconds are below 60"),
        ("22.5° 30'", "lon", "only the last part has decimals"),
        ("22 9 0", "lon", "write a number with a decimal point"),  # neither degrees nor a letter
        ("22.15 O", "lon", "write the number without `O`"),  # east in German, west in French
        ("N E", "lon", "write a number"),
        ("°", "lon", "write a number"),
        ("9" * 400 + "°", "lon", "this is not a finite number"),
    ],
)
def test_degrees_that_can_mean_two_things_have_a_remedy(text: str, axis: str, remedy: str) -> None:
    with pytest.raises(NotANumberError) as caught:
        degrees(text, axis)
    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    ("cells", "cause"),
    [
        (("1,050", "950"), "`1,050` may be 1.050 or 1050"),
        (("1.050", "950"), "`1.050` may be 1.050 or 1050"),
    ],
)
def test_a_mark_that_may_separate_thousands_is_refused(tmp_path: Path, cells: tuple[str, str], cause: str) -> None:
    read = table(tmp_path, f"name;lon;lat;weight\na;1;2;{cells[0]}\nb;3;4;{cells[1]}\n")
    assert cause in "\n".join(read.faults)


def test_two_decimal_marks_in_one_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("name;lon;lat;weight\na;22,15;65,58;1.5\nb;1,5;2,5;3\n")
    with pytest.raises(ScenarioError, match=r"row 2, `weight` is `1\.5`: this file has decimal commas"):
        read_hubs(path)


@pytest.mark.parametrize(
    ("weight", "cause"),
    [
        ("1e999", "this is not a finite number"),
        ("1e308", "`weight` is 1e308: give 0 to 1e\\+09"),
        ("1e-300", "`weight` is 1e-300: give 0, or 1e-09 or more"),
    ],
)
def test_weights_whose_sum_is_not_a_number_are_refused(tmp_path: Path, weight: str, cause: str) -> None:
    path = tmp_path / "h.csv"
    path.write_text(f"name,lon,lat,weight\na,1,2,{weight}\nb,3,4,{weight}\n")
    with pytest.raises(ScenarioError, match=cause):
        read_hubs(path)


def test_quoting_of_every_cell_is_read_like_none(tmp_path: Path) -> None:
    rows = [Place("Luleå; SE", 1, 2, 3)]
    how = Dialect("utf-8", ";", True, True, csv.QUOTE_ALL, False, False, "\n", "number", "lon", "lat")
    content = written(rows, how)
    assert content is not None
    assert [row["name"] for row in table(tmp_path, content).rows.values()] == ["Luleå; SE"]
