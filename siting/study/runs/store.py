"""Run store: one SQLite file with one row per finished run, written by one study at a time.

A row is one transaction, so a process that is killed leaves a complete row or none. The `meta` table holds the header:
versions, settings, and the digests of the scenario and of all its input files. A study that would produce other rows is
refused, and the store is left unchanged; where only the content of input files differs, the rows are kept in a file beside and
all is run again. Other processes can read while a study writes (write-ahead log).
"""

import contextlib
import hashlib
import json
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from siting.errors import StudyError
from siting.plan.output_folder import exclusive_lock, free_name
from siting.world.user_files.guarded_files import json_object, read_json

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 2
"""Version of the file; format 1 was a folder of Parquet files beside `store.json`."""

FILE, LOCK, OLD_HEADER = "runs.sqlite", "lock", "store.json"

SQL_TYPES = {"text": "TEXT", "number": "REAL", "integer": "INTEGER", "texts": "TEXT", "numbers": "TEXT"}
"""SQL type of each column type; lists are stored as JSON text."""

NEW_FOLDER = "choose a new folder and run the study there; nothing was changed"


@dataclass(frozen=True)
class Header:
    """What produced the rows of a store; rows of two headers do not belong together.

    Attributes
    ----------
    kind : str
        `sweep` or `ensemble`.
    columns : mapping of str to str
        Column and its type (a key of `SQL_TYPES`), in order.
    settings : mapping of str to object
        Solver, gap and other options.
    versions : mapping of str to str
        siting, its data, the solver.
    inputs : mapping of str to str
        Digest of the scenario, of every file that it names and of every file that those name.
    """

    kind: str
    columns: Mapping[str, str]
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    inputs: Mapping[str, str]


class Store:
    """A store that is open for writing; use it as a context manager, or `close` it.

    Parameters
    ----------
    folder : str or pathlib.Path
        Its folder; made if it does not exist.
    header : Header
        What produces the rows.

    Attributes
    ----------
    earlier : pathlib.Path or None
        File with the rows that were found from input files of other content.

    Raises
    ------
    StudyError
        The folder cannot be written, has other files, is used by another study, or holds rows of another header.
    """

    def __init__(self, folder: str | Path, header: Header) -> None:
        self.folder, self.header = Path(folder), header
        self.earlier: Path | None = None
        _refuse_other_folders(self.folder)
        with contextlib.ExitStack() as opened:
            self._lock = opened.enter_context(contextlib.closing(_locked(self.folder)))
            found = _read_header(self.folder) if (self.folder / FILE).exists() else None
            if found is not None and _only_files_differ(found, header):
                found, self.earlier = None, _set_aside(self.folder)
            if found is not None:
                _refuse_other_headers(self.folder, found, header)
            with _writing(self.folder):
                self._rows = opened.enter_context(contextlib.closing(sqlite3.connect(self.folder / FILE)))
                self._rows.execute("PRAGMA journal_mode = WAL")
                if found is None:
                    self._create()
            self._opened = opened.pop_all()

    def _create(self) -> None:
        columns = ", ".join(f"{_quoted(c)} {SQL_TYPES[kind]}" for c, kind in self.header.columns.items())
        with self._rows:
            self._rows.execute("BEGIN")  # otherwise each CREATE would be a transaction of its own
            self._rows.execute("CREATE TABLE meta (format INTEGER, siting TEXT, header TEXT)")
            self._rows.execute(f"CREATE TABLE runs ({columns}, PRIMARY KEY (key))")
            meta = (FORMAT, self.header.versions.get("siting"), json.dumps(asdict(self.header)))
            self._rows.execute("INSERT INTO meta VALUES (?, ?, ?)", meta)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and release the lock."""
        with contextlib.suppress(sqlite3.OperationalError):  # a reader has the file open
            self._rows.execute("PRAGMA journal_mode = DELETE")  # one file, readable from a read-only disk too
        self._opened.close()

    def append(self, row: Mapping[str, Any]) -> None:
        """Write one run in one transaction; a key that is already there keeps its first row.

        Raises
        ------
        StudyError
            The disk is full or the folder is gone.
        """
        cells = [json.dumps(v) if isinstance(v, list) else v for v in map(row.get, self.header.columns)]
        marks = ", ".join("?" * len(cells))
        with _writing(self.folder), self._rows:
            self._rows.execute(f"INSERT OR IGNORE INTO runs VALUES ({marks})", cells)  # noqa: S608

    def keys(self) -> set[str]:
        """Return the keys of the finished runs."""
        with _reading(self.folder):
            return {key for (key,) in self._rows.execute("SELECT key FROM runs")}

    def rows(self) -> "pd.DataFrame":
        """Return the finished runs, in the order in which they were written."""
        with _reading(self.folder):
            return _table(self._rows, self.header)


def read_store(folder: str | Path) -> "tuple[Header, pd.DataFrame]":
    """Read a store without locking it; a study may still be writing to it.

    Raises
    ------
    StudyError
        No store there, one of another format, or a damaged file.
    """
    path = Path(folder)
    _refuse_old_layout(path)
    header = _read_header(path) if (path / FILE).exists() else None
    if header is None:
        raise StudyError(f"no run store at {path}: give the folder that a sweep wrote")
    with _reading(path), _connected_for_reading(path) as rows:
        return header, _table(rows, header)


def _connected_for_reading(folder: Path) -> "contextlib.closing[sqlite3.Connection]":
    return contextlib.closing(sqlite3.connect(f"{(folder / FILE).resolve().as_uri()}?mode=ro", uri=True))


@contextlib.contextmanager
def _reading(folder: Path) -> Iterator[None]:
    """Translate errors of reading."""
    try:
        yield
    except sqlite3.Error as error:
        raise StudyError(
            f"{folder / FILE} cannot be read ({error}): restore it from a copy, or delete it and run the study again"
        ) from error


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Translate errors of writing."""
    try:
        yield
    except sqlite3.Error as error:
        raise StudyError(f"cannot write to {folder} ({error}): rows written before are kept") from error


def _locked(folder: Path) -> sqlite3.Connection:
    """Make the folder and lock it, by a file of its own: a lock on the rows' file would stop readers too."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = exclusive_lock(folder / LOCK)
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise StudyError(f"cannot write to {folder} ({reason}): choose another folder") from error
    if lock is None:
        raise StudyError(f"another study is writing to {folder}: wait until it ends, or use another folder")
    return lock


def _set_aside(folder: Path) -> Path:
    """Rename the rows' file, which is closed first so that it is one file."""
    kept = free_name(folder / FILE, "earlier")
    try:
        with contextlib.closing(sqlite3.connect(folder / FILE)) as rows:
            rows.execute("PRAGMA journal_mode = DELETE")
        (folder / FILE).rename(kept)
    except (OSError, sqlite3.Error) as error:
        raise StudyError(f"{folder / FILE} is of other input files and cannot be renamed ({error})") from error
    return kept


def _only_files_differ(found: Header, mine: Header) -> bool:
    """Return whether a store is of the same study, with input files of other content."""
    same = replace(found, inputs=mine.inputs) == mine
    return same and found.inputs != mine.inputs and found.inputs.get("scenario") == mine.inputs.get("scenario")


def _read_header(folder: Path) -> Header | None:
    """Return the header of a store; None for a file that a study was stopped before it could fill."""
    with _reading(folder), _connected_for_reading(folder) as rows:
        if not rows.execute("SELECT name FROM sqlite_master").fetchall():
            return None
        found, siting, text = rows.execute("SELECT format, siting, header FROM meta").fetchone() or (0, "unknown", "")
    if found != FORMAT:
        raise StudyError(
            f"{folder} is a run store of format {found}, written by siting {siting}; this version uses format "
            f"{FORMAT}: {NEW_FOLDER}"
        )
    try:
        return _header_of(json_object(text, "header", StudyError))
    except (StudyError, TypeError) as error:
        raise StudyError(f"{folder / FILE} has a damaged header ({error}): {NEW_FOLDER}") from error


def _header_of(raw: dict[str, Any]) -> Header:
    """Return a header, every part of the shape that its readers take for granted."""
    header = Header(**raw)
    parts = [getattr(header, part) for part in ("columns", "settings", "versions", "inputs")]
    if not isinstance(header.kind, str) or not all(isinstance(part, dict) for part in parts):
        raise StudyError("`kind` is not text, or another part is not a table")
    texts = [x for part in (header.columns, header.versions, header.inputs) for x in part.values()]
    if not all(isinstance(x, str) for x in texts) or not set(header.columns.values()) <= SQL_TYPES.keys():
        raise StudyError("`columns`, `versions` or `inputs` holds values of another type")
    return header


def _refuse_old_layout(folder: Path) -> None:
    if (folder / OLD_HEADER).is_file():
        try:
            raw = read_json(folder / OLD_HEADER, OLD_HEADER, advice=NEW_FOLDER, error=StudyError)
            siting = raw["versions"]["siting"]
        except (StudyError, LookupError, TypeError):
            siting = "of an unknown version"
        raise StudyError(
            f"{folder} is a run store of format 1 (Parquet), written by siting {siting}; this version uses format "
            f"{FORMAT} (SQLite): {NEW_FOLDER}"
        )


def _refuse_other_folders(folder: Path) -> None:
    """Raise for a folder that has files and is not a store."""
    _refuse_old_layout(folder)
    if folder.is_dir() and not (folder / FILE).exists():
        others = sorted(p.name for p in folder.iterdir() if p.name != LOCK)
        if others:
            raise StudyError(
                f"{folder} is not a run store and contains other files ({', '.join(others[:3])}): "
                "choose an empty or a new folder"
            )


def _refuse_other_headers(folder: Path, found: Header, mine: Header) -> None:
    """Raise for a store whose rows another header produced, naming each difference."""
    there, here = (h.versions.get("siting") for h in (found, mine))
    if there != here:
        raise StudyError(f"{folder} is a run store written by siting {there}, this is siting {here}: {NEW_FOLDER}")
    faults = [] if found.kind == mine.kind else [f"kind: {found.kind} there, {mine.kind} now"]
    for part in ("columns", "settings", "versions", "inputs"):
        old, new = getattr(found, part), getattr(mine, part)
        faults += [
            f"{part} {k}: {old.get(k)} there, {new.get(k)} now"
            for k in dict.fromkeys([*old, *new])
            if old.get(k) != new.get(k)
        ]
    if faults:
        raise StudyError.from_faults(f"{folder} holds other runs; {NEW_FOLDER}. Differences:", faults)


def _quoted(column: str) -> str:
    """Return a column name as SQL: paths have dots in them."""
    return '"' + column.replace('"', '""') + '"'


def _table(rows: sqlite3.Connection, header: Header) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    text = pd.Series(["any"]).dtype  # `str` or `object`, by the version of pandas
    arrays = {"texts": object, "numbers": np.float64}
    columns = ", ".join(map(_quoted, header.columns))
    cells = list(zip(*rows.execute(f"SELECT {columns} FROM runs ORDER BY rowid"), strict=True))  # noqa: S608
    out: dict[str, pd.Series[Any]] = {}
    for (name, kind), values in zip(header.columns.items(), cells or [()] * len(header.columns), strict=True):
        try:
            if kind in arrays:
                lists = [None if v is None else np.array([*json.loads(v)], dtype=arrays[kind]) for v in values]
                out[name] = pd.Series(lists, dtype=object)
            elif kind == "text":
                out[name] = pd.Series(values, dtype=text)
            else:
                whole = kind == "integer" and None not in values
                out[name] = pd.Series(values, dtype=np.int64 if whole else np.float64)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise StudyError(
                f"column `{name}` of {FILE} holds a cell that is not a {kind} ({error}): restore the store from a copy, "
                "or delete it and run the study again"
            ) from error
    return pd.DataFrame(out)


def solver_version(solver: str) -> dict[str, str]:
    """Return the version of a solver with a package of its own.

    Examples
    --------
    >>> solver_version("highs")
    {}
    """
    from importlib.metadata import PackageNotFoundError, version

    package = SOLVER_PACKAGES.get(solver.lower())
    try:
        return {package: version(package)} if package else {}
    except PackageNotFoundError:
        return {}


SOLVER_PACKAGES = {"scip": "pyscipopt", "cbc": "cbcbox"}
"""Packages of solvers beside HiGHS, which every store records."""


def versions() -> dict[str, str]:
    """Return the versions that the numbers depend on: siting, its data, the solver, Python.

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
