"""Run store: complete rows or none, one writer, and no rows of another version, setting or input."""

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from siting.errors import StudyError
from siting.study.runs.store import FILE, FORMAT, LOCK, Header, Store, read_store

COLUMNS = {"x": "number", "n": "integer", "key": "text", "sites": "texts", "mw": "numbers"}
HEADER = Header("sweep", COLUMNS, {"gap": 1e-4}, {"siting": "0", "data": "d"}, {"scenario": "a1"})


def row(key: str, x: float | None = 1.0) -> dict:
    return {"x": x, "n": 3, "key": key, "sites": ["lulea", key], "mw": [1.5, float("nan")]}


def content(folder: Path) -> dict[Path, bytes]:
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a store with one row."""
    with Store(tmp_path / "s", HEADER) as store:
        store.append(row("a", 2.5))
    return tmp_path / "s"


def test_rows_come_back_as_they_were_written_and_in_that_order(folder: Path) -> None:
    with Store(folder, HEADER) as store:
        store.append(row("0", None) | {"sites": None, "n": None})
    header, rows = read_store(folder)
    assert header == HEADER
    assert rows["key"].tolist() == ["a", "0"]
    assert rows["x"].iloc[0] == 2.5
    assert rows["x"].isna().tolist() == rows["n"].isna().tolist() == [False, True]
    assert list(rows["sites"][0]) == ["lulea", "a"]
    assert rows["mw"][0].dtype == float
    assert rows["sites"][1] is None


def test_integers_without_gaps_are_integers(folder: Path) -> None:
    assert read_store(folder)[1]["n"].dtype == "int64"


def test_a_closed_store_is_one_file_of_rows_and_an_empty_lock(folder: Path) -> None:
    assert sorted(p.name for p in folder.iterdir()) == [LOCK, FILE]
    assert (folder / LOCK).read_bytes() == b""


def test_a_key_has_one_row(folder: Path) -> None:
    with Store(folder, HEADER) as store:
        store.append(row("a", 9.0))
        assert store.keys() == {"a"}
    assert read_store(folder)[1]["x"].tolist() == [2.5]


def test_rows_can_be_read_while_a_study_writes(folder: Path) -> None:
    with Store(folder, HEADER) as store:
        store.append(row("b"))
        assert read_store(folder)[1]["key"].tolist() == ["a", "b"]


def test_two_studies_do_not_write_to_one_store(folder: Path) -> None:
    with Store(folder, HEADER), pytest.raises(StudyError, match="another study is writing to"):
        Store(folder, HEADER)
    Store(folder, HEADER).close()


def test_a_store_that_was_stopped_before_its_header_is_filled_by_the_next_study(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"")
    with pytest.raises(StudyError, match="no run store"):
        read_store(tmp_path)
    with Store(tmp_path, HEADER) as store:
        store.append(row("a"))
    assert len(read_store(tmp_path)[1]) == 1


def test_a_damaged_file_is_named_and_not_written_over(folder: Path) -> None:
    (folder / FILE).write_bytes(b"SQLite format 3 and then nothing" * 200)
    before = content(folder)
    for opens in (lambda: Store(folder, HEADER), lambda: read_store(folder)):
        with pytest.raises(StudyError, match=r"runs\.sqlite cannot be read .*: restore it from a copy, or delete it"):
            opens()
    assert content(folder) == before


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"versions": {"siting": "9"}}, r"written by siting 0, this is siting 9: choose a new folder"),
        ({"versions": {"siting": "0", "data": "e"}}, "versions data: d there, e now"),
        ({"settings": {"gap": 0.1}}, "settings gap: 0.0001 there, 0.1 now"),
        ({"columns": COLUMNS | {"y": "number"}}, "columns y: None there, number now"),
        ({"inputs": {"scenario": "a2", "hubs.csv": "b2"}}, "inputs hubs.csv: None there, b2 now"),
        ({"kind": "ensemble"}, "kind: sweep there, ensemble now"),
    ],
)
def test_a_store_of_another_header_is_left_unchanged(folder: Path, change: dict, word: str) -> None:
    before = content(folder)
    other = Header(**{k: getattr(HEADER, k) for k in Header.__dataclass_fields__} | change)
    with pytest.raises(StudyError, match=word):
        Store(folder, other)
    assert content(folder) == before


def test_a_store_of_another_format_names_the_version_that_wrote_it(folder: Path) -> None:
    with sqlite3.connect(folder / FILE) as rows:
        rows.execute("UPDATE meta SET format = ?, siting = '7.0'", (FORMAT + 1,))
    rows.close()
    for opens in (lambda: Store(folder, HEADER), lambda: read_store(folder)):
        with pytest.raises(StudyError, match=rf"format {FORMAT + 1}, written by siting 7\.0; .*choose a new folder"):
            opens()


def test_a_store_of_parquet_files_names_the_version_that_wrote_it(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "run-b.parquet.half").write_bytes(b"PAR1 and then nothing")
    (tmp_path / "store.json").write_text(json.dumps({"format": 1, "versions": {"siting": "0.1.0"}}))
    before = content(tmp_path)
    for opens in (lambda: Store(tmp_path, HEADER), lambda: read_store(tmp_path)):
        with pytest.raises(StudyError, match=r"format 1 \(Parquet\), written by siting 0\.1\.0; .*choose a new folder"):
            opens()
    (tmp_path / "store.json").write_text('{"format": 1, "ki')
    with pytest.raises(StudyError, match="written by siting of an unknown version"):
        read_store(tmp_path)
    (tmp_path / "store.json").unlink()
    assert content(tmp_path) == {p: b for p, b in before.items() if p.name != "store.json"}


def test_a_folder_of_other_files_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(StudyError, match=r"contains other files \(thesis.txt\)"):
        Store(tmp_path, HEADER)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_folder_that_cannot_be_written_is_refused_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudyError, match="cannot write to"):
        Store(tmp_path / "file" / "store", HEADER)


def test_a_store_that_does_not_exist_is_not_an_empty_table(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no run store"):
        read_store(tmp_path)


@pytest.mark.parametrize(
    "header",
    [
        "[" * 100_000,
        "[]",
        "{}",
        None,
        7,
        b"\xff",
        '{"kind": "sweep", "columns": [], "settings": {}, "versions": {}, "inputs": {}}',
        '{"kind": "sweep", "columns": {"x": "wide"}, "settings": {}, "versions": {}, "inputs": {}}',
        '{"kind": "sweep", "columns": {"x": []}, "settings": {}, "versions": {}, "inputs": {}}',
        '{"kind": "sweep", "columns": {}, "settings": {}, "versions": "0", "inputs": {}}',
        '{"kind": "sweep", "columns": {}, "settings": {"gap": NaN}, "versions": {}, "inputs": {}}',
    ],
)
def test_a_header_of_another_shape_is_named(folder: Path, header: object) -> None:
    with contextlib.closing(sqlite3.connect(folder / FILE)) as rows, rows:
        rows.execute("UPDATE meta SET header = ?", [header])
    with pytest.raises(StudyError, match=r"(?s)has a damaged header .*nothing was changed"):
        read_store(folder)


@pytest.mark.parametrize(("column", "cell"), [("mw", "[1"), ("mw", "[[1], 2]"), ("n", "x"), ("x", "x"), ("mw", 3)])
def test_a_cell_of_another_type_is_named(folder: Path, column: str, cell: object) -> None:
    with contextlib.closing(sqlite3.connect(folder / FILE)) as rows, rows:
        rows.execute(f"UPDATE runs SET {column} = ?", [cell])  # noqa: S608
    with pytest.raises(StudyError, match=rf"column `{column}` of .* holds a cell that is not a"):
        read_store(folder)
