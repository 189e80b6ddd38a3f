"""A store of runs: whole rows or none, one writer, and nothing of another version touched."""

import json
from pathlib import Path

import pytest

from siting.errors import StudyError
from siting.study.runs.store import FORMAT, Header, Store, read_store

HEADER = Header("sweep", {"x": "number", "key": "text", "sites": "texts"}, {"gap": 1e-4}, {"siting": "0"})


def row(key: str, x: float = 1.0) -> dict:
    return {"x": x, "key": key, "sites": ["lulea", key]}


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s", HEADER) as store:
        store.append(row("a", 2.5))
        store.append(row("b") | {"sites": None})
    header, rows = read_store(tmp_path / "s")
    assert header == HEADER
    assert rows["x"].tolist() == [2.5, 1.0]
    assert list(rows["sites"][0]) == ["lulea", "a"]
    assert rows["sites"][1] is None


def test_many_small_files_become_one_and_no_row_is_lost_or_doubled(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s", HEADER) as store:
        for i in range(9):
            store.append(row(f"k{i}"))
        store.merge()
        assert len(list((tmp_path / "s" / "runs").iterdir())) == 1
        store.append(row("k3"))  # as after a kill between the whole and the removal of its parts
        assert store.keys() == {f"k{i}" for i in range(9)}
    assert len(read_store(tmp_path / "s")[1]) == 9


def test_what_a_killed_process_left_half_is_no_row(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s", HEADER) as store:
        store.append(row("a"))
    (tmp_path / "s" / "runs" / "run-b.parquet.half").write_bytes(b"PAR1 and then nothing")
    with Store.open(tmp_path / "s", HEADER) as store:
        assert store.keys() == {"a"}


def test_a_damaged_file_is_named_and_nothing_is_run_over_it(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s", HEADER) as store:
        store.append(row("a"))
        broken = tmp_path / "s" / "runs" / "run-b.parquet"
        broken.write_bytes(b"PAR1 and then nothing")
        with pytest.raises(StudyError, match=r"(?s)damaged files; delete them.*run-b\.parquet"):
            store.keys()
    assert broken.exists()


def test_two_studies_do_not_write_into_one_store(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s", HEADER), pytest.raises(StudyError, match="another study writes into"):
        Store.open(tmp_path / "s", HEADER)
    Store.open(tmp_path / "s", HEADER).close()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"versions": {"siting": "9"}}, "versions siting: 0 there, 9 now"),
        ({"settings": {"gap": 0.1}}, "settings gap: 0.0001 there, 0.1 now"),
        ({"columns": {"y": "number", "key": "text", "sites": "texts"}}, "columns y: None there, number now"),
        ({"kind": "ensemble"}, "kind: sweep there, ensemble now"),
    ],
)
def test_a_store_of_another_kind_is_left_as_it_is(tmp_path: Path, change: dict, word: str) -> None:
    with Store.open(tmp_path / "s", HEADER) as store:
        store.append(row("a"))
    before = {p: p.read_bytes() for p in (tmp_path / "s").rglob("*") if p.is_file()}
    other = Header(**{k: getattr(HEADER, k) for k in Header.__dataclass_fields__} | change)
    with pytest.raises(StudyError, match=word):
        Store.open(tmp_path / "s", other)
    assert {p: p.read_bytes() for p in (tmp_path / "s").rglob("*") if p.is_file()} == before


def test_a_store_of_another_format_is_left_as_it_is(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s", HEADER):
        pass
    path = tmp_path / "s" / "store.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": FORMAT + 1}))
    with pytest.raises(StudyError, match=f"format {FORMAT + 1}, this version writes {FORMAT}"):
        Store.open(tmp_path / "s", HEADER)


def test_a_half_written_header_is_said(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s", HEADER):
        pass
    (tmp_path / "s" / "store.json").write_text('{"format": 1, "ki')
    with pytest.raises(StudyError, match="cannot be read"):
        Store.open(tmp_path / "s", HEADER)


def test_a_folder_of_other_files_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(StudyError, match=r"other files \(thesis.txt\)"):
        Store.open(tmp_path, HEADER)


def test_a_place_that_cannot_be_written_is_said_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudyError, match="cannot write into"):
        Store.open(tmp_path / "file" / "store", HEADER)


def test_no_store_is_no_empty_table(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no store of runs"):
        read_store(tmp_path)
