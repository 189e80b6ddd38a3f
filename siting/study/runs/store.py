"""A folder of finished runs: each row whole or not there, one study at a time, nothing of another version touched.

A run is a Parquet file of one row, written beside its place and moved there in one step, so that a process that is
killed leaves a whole row or none. When many have gathered they are put together into one file, in the same way; the
parts go afterwards, and rows that stand twice count once. `store.json` says which versions and settings made the rows.
"""

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from siting.errors import StudyError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from filelock import FileLock

FORMAT = 1
"""Version of the store's files."""

PARTS_BEFORE_MERGE = 256
"""Files of one row that are put together into one: a folder of thousands of files is slow to read (our choice)."""

NEEDS = "a store of runs needs pyarrow and filelock: install `siting[study]`"


@dataclass(frozen=True)
class Header:
    """What made the rows of a store; rows of two headers do not belong together.

    Attributes
    ----------
    kind : str
        `sweep` or `ensemble`.
    columns : mapping of str to str
        Column and its Parquet type, in order.
    settings : mapping of str to object
        Solver, gap and the like.
    versions : mapping of str to str
        siting, its data, the solver.
    """

    kind: str
    columns: Mapping[str, str]
    settings: Mapping[str, Any]
    versions: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {"format": FORMAT, **{k: _plain(getattr(self, k)) for k in self.__dataclass_fields__}}


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


@dataclass(frozen=True)
class Store:
    """A locked store; use it as a context, or `close` it.

    Attributes
    ----------
    folder : pathlib.Path
        Where the rows lie.
    header : Header
        What makes them.
    """

    folder: Path
    header: Header
    _lock: "FileLock"

    @classmethod
    def open(cls, folder: str | Path, header: Header) -> Self:
        """Lock a store, and make it if it is not there.

        Raises
        ------
        StudyError
            It cannot be written, another study writes into it, it is none, or it has another header.
        """
        path = Path(folder)
        lock = _locked(path)
        try:
            found = path / "store.json"
            if found.exists():
                _refuse_others(path, _read_header(found), header.as_dict())
            else:
                _write(found, json.dumps(header.as_dict(), indent=1).encode())
                (path / "runs").mkdir(exist_ok=True)
        except BaseException:
            lock.release()
            raise
        for left in (path / "runs").glob("*.half"):
            left.unlink()
        return cls(path, header, lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let another study in."""
        self._lock.release()

    def append(self, row: Mapping[str, Any]) -> None:
        """Write one run; it is there as a whole, or not at all.

        Raises
        ------
        StudyError
            The disk is full or the folder gone.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        schema = _schema(self.header.columns)
        table = pa.Table.from_pylist([{c: row.get(c) for c in self.header.columns}], schema=schema)
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink)
        _write(self.folder / "runs" / f"run-{row['key']}.parquet", sink.getvalue().to_pybytes())

    def keys(self) -> set[str]:
        """Return the keys of the runs that are there; files that are put together often enough."""
        self.merge(at_least=PARTS_BEFORE_MERGE)
        return set(read_rows(self.folder, self.header, columns=["key"])["key"])

    def merge(self, at_least: int = 2) -> None:
        """Put the files of one row together, when there are so many."""
        import pyarrow.parquet as pq

        parts = sorted((self.folder / "runs").glob("run-*.parquet"))
        if len(parts) < at_least:
            return
        table = _read_parts(parts, self.header)
        name = hashlib.sha256("".join(p.name for p in parts).encode()).hexdigest()[:16]
        whole = self.folder / "runs" / f"runs-{name}.parquet"
        half = whole.with_suffix(".half")
        pq.write_table(table, half)
        half.replace(whole)
        for part in parts:
            part.unlink()


def read_store(folder: str | Path) -> "tuple[Header, pd.DataFrame]":
    """Read a store without locking it; it may still be written.

    Raises
    ------
    StudyError
        No store there, or a file of it is damaged.
    """
    path = Path(folder)
    if not (path / "store.json").exists():
        raise StudyError(f"no store of runs at {path}: give the folder that a sweep wrote")
    raw = _read_header(path / "store.json")
    header = Header(**{k: raw[k] for k in Header.__dataclass_fields__})
    return header, read_rows(path, header)


def read_rows(folder: Path, header: Header, columns: list[str] | None = None) -> "pd.DataFrame":
    """Return the rows of a store, each run once."""
    files = sorted((folder / "runs").glob("run*.parquet"))
    table = _read_parts(files, header, columns)
    frame: pd.DataFrame = table.to_pandas()
    return frame.drop_duplicates("key", ignore_index=True)


def _read_parts(files: list[Path], header: Header, columns: list[str] | None = None) -> "pa.Table":
    """Read files into one table; all that are damaged are named."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema({c: t for c, t in header.columns.items() if columns is None or c in columns})
    tables, faults = [schema.empty_table()], []
    for file in files:
        try:
            tables.append(pq.ParquetFile(file).read(columns=columns).cast(schema))
        except FileNotFoundError:  # a part that another process has just put together
            continue
        except (pa.ArrowInvalid, pa.ArrowTypeError, OSError, ValueError) as error:
            faults.append(f"{file.name}: {str(error).splitlines()[0]}")
    if faults:
        raise StudyError.from_faults(
            f"{files[0].parent} has damaged files; delete them, and their runs are run again:", faults
        )
    return pa.concat_tables(tables)


def _schema(columns: Mapping[str, str]) -> "pa.Schema":
    import pyarrow as pa

    kinds = {
        "text": pa.string(),
        "number": pa.float64(),
        "whole": pa.int64(),
        "texts": pa.list_(pa.string()),
        "numbers": pa.list_(pa.float64()),
    }
    return pa.schema([(name, kinds[kind]) for name, kind in columns.items()])


def _locked(path: Path) -> "FileLock":
    """Make the folder and lock it; the lock ends with the process, however that ends."""
    try:
        import pyarrow as _  # noqa: F401, ICN001  (said here, before anything is made)
        from filelock import FileLock, Timeout
    except ImportError as error:
        raise StudyError(NEEDS) from error
    lock = None
    _refuse_strangers(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path / "lock", timeout=0)
        lock.acquire()
        (path / ".writable.half").write_bytes(b"")
        (path / ".writable.half").unlink()
    except Timeout as error:
        raise StudyError(f"another study writes into {path}: wait for it, or choose another folder") from error
    except OSError as error:
        if lock is not None:
            lock.release()
        raise StudyError(f"cannot write into {path} ({error.strerror}): choose another folder") from error
    return lock


def _refuse_strangers(path: Path) -> None:
    """Leave a folder alone that has files of something else."""
    if path.is_dir() and not (path / "store.json").exists():
        strangers = sorted(p.name for p in path.iterdir() if p.name not in ("lock", "runs", "store.json.half"))
        if strangers:
            raise StudyError(
                f"{path} is no store of runs and has other files ({', '.join(strangers[:3])}): "
                "choose an empty or a new folder"
            )


def _read_header(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StudyError(f"{path} cannot be read ({error}): choose another folder, or delete this one") from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT or not set(Header.__dataclass_fields__) <= set(raw):
        made = raw.get("format") if isinstance(raw, dict) else None
        raise StudyError(
            f"{path.parent} is a store of format {made}, this version writes {FORMAT}: choose another folder; "
            "nothing was changed"
        )
    return raw


def _refuse_others(path: Path, found: Mapping[str, Any], mine: Mapping[str, Any]) -> None:
    """Refuse a store whose rows were made in another way, naming each difference."""
    faults = []
    for part in mine:
        if isinstance(mine[part], Mapping):
            keys = dict.fromkeys([*found[part], *mine[part]])
            faults += [
                f"{part} {k}: {found[part].get(k)} there, {mine[part].get(k)} now"
                for k in keys
                if found[part].get(k) != mine[part].get(k)
            ]
        elif found[part] != mine[part]:
            faults.append(f"{part}: {found[part]} there, {mine[part]} now")
    if faults:
        raise StudyError.from_faults(
            f"{path} holds runs of another kind; choose another folder (nothing was changed):", faults
        )


def _write(path: Path, content: bytes) -> None:
    """Write a file in one step."""
    half = path.with_name(f"{path.name}.half")
    try:
        with half.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError as error:
        raise StudyError(f"cannot write {path} ({error.strerror}): what was finished before is kept") from error


def versions() -> dict[str, str]:
    """Return what numbers depend on beside the question: siting, its data, the solver, Python.

    Examples
    --------
    >>> sorted(versions())
    ['data', 'highspy', 'pulp', 'python', 'siting']
    """
    from importlib.metadata import version

    from siting.world.tables import data_dir

    data = hashlib.sha256((data_dir() / "datapackage.json").read_bytes()).hexdigest()[:16]
    return {
        "siting": version("siting"),
        "data": data,
        "highspy": version("highspy"),
        "pulp": version("pulp"),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
    }
