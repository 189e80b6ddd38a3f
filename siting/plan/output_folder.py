"""Output folders: filled under a lock beside their place, checked, and moved there in one step.

A folder of results has a manifest with the name and digest of every file in it. Only a folder in which every file is listed
and unchanged is replaced; links are never followed.
"""

import contextlib
import errno
import hashlib
import itertools
import json
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from siting import __version__
from siting.errors import DataError, ScenarioError, listed
from siting.scenario.files import replace_file

MANIFEST = "manifest.json"
FORMAT = 1
"""Version of the layout of the manifest."""
MADE_BY_SYSTEMS = (".DS_Store", "Thumbs.db", "desktop.ini")
"""Files that file managers leave in any folder that they show."""
ELSEWHERE = "choose another folder"


class OutputFolder:
    """A folder that is filled as a whole; use it as a context manager, and write into `new`.

    Results that are there already are set aside when the work begins (`NAME-earlier-1`). They are deleted when the new
    folder is in its place, and stay under that name if the work fails, so that no older answer looks current; where the input is
    refused (`ScenarioError`) nothing was computed, and they are put back.

    Parameters
    ----------
    folder : str or pathlib.Path
        Its place; made with its parents.
    inputs : iterable of pathlib.Path
        Files that the work reads: a folder that holds one of them is refused.
    kind : str
        What it holds: results of another kind are not replaced.
    of : tuple of (str, str), optional
        Name and digest of what the results are of. Results of another name are kept under the name `NAME-earlier-1`.

    Attributes
    ----------
    earlier : pathlib.Path or None
        Where earlier results are kept.
    replaced : bool
        Whether results of the same name and another digest were replaced.

    Raises
    ------
    DataError
        Before the work: the folder holds other files, an input, or is a link, a mount point or the working folder; it
        cannot be written; another run writes to it. After it: the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     with OutputFolder(parent + "/out") as output:
    ...         _ = (output.new / "one.csv").write_text("id")
    ...     sorted(path.name for path in Path(parent, "out").iterdir())
    ['manifest.json', 'one.csv']
    """

    def __init__(
        self, folder: str | Path, inputs: Iterable[Path] = (), kind: str = "results", of: tuple[str, str] | None = None
    ) -> None:
        self._asked, self._inputs, self._kind, self._of = Path(folder), tuple(inputs), kind, of
        self.earlier: Path | None = None
        self.replaced = False

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as opened, self._translated():
            self.path = _place_of(self._asked)
            for file in self._inputs:
                if file.resolve().is_relative_to(self.path):
                    raise DataError(
                        f"{self._asked} holds {file.name}, a file that this run reads: {ELSEWHERE}, so that it is not "
                        "overwritten"
                    )
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._new = opened.enter_context(locked_beside(self.path)) / "new"
            if self._new.exists():  # left by a run that was killed
                shutil.rmtree(self._new)
            self._new.mkdir()
            opened.callback(shutil.rmtree, self._new, ignore_errors=True)
            self._set_aside()
            self._opened = opened.pop_all()
        return self

    @property
    def new(self) -> Path:
        """Folder to write into, until the work ends."""
        return self._new

    def _set_aside(self) -> None:
        """Give earlier results another name, and refuse a folder that has other files."""
        if not self.path.exists():
            return
        if strangers := files_of_others(self.path):
            raise DataError(
                f"{self._asked} contains files that siting did not write, or that were changed since: "
                f"{listed(strangers)}: {ELSEWHERE}, or move them away"
            )
        kind = _manifest(self.path).get("kind", self._kind)
        if kind != self._kind:
            raise DataError(f"{self._asked} holds a {kind}, which a {self._kind} does not replace: {ELSEWHERE}")
        if not os.access(self.path, os.W_OK):
            raise DataError(f"cannot write to {self._asked} (read-only): {ELSEWHERE}")
        if any(self.path.iterdir()):
            self.earlier = free_name(self.path, "earlier")
            self.path.rename(self.earlier)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        with self._translated(), self._opened:
            if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
                raise error
            if isinstance(error, ScenarioError) and self.earlier is not None and not self.path.exists():
                self.earlier.rename(self.path)
                self.earlier = None
            if error is None:
                _write_manifest(self._new, self._kind, self._of)
                self._move()

    def _move(self) -> None:
        """Move the new folder to its place, and delete the earlier results if nobody has touched them."""
        try:
            if self.path.exists():
                self.path.rmdir()
            self._new.rename(self.path)
        except OSError as error:
            kept = free_name(self.path, "new")
            self._new.rename(kept)
            raise DataError(
                f"{self._asked} was taken during the run ({error.strerror}): the results are in {kept}"
            ) from error
        before = None if self.earlier is None or self._of is None else _manifest(self.earlier).get("of")
        if not isinstance(before, list):
            before = []
        if before and self._of and before[:1] != [self._of[0]]:
            return
        self.replaced = bool(before) and before != [*(self._of or ())]
        if self.earlier is not None and not files_of_others(self.earlier):
            shutil.rmtree(self.earlier, ignore_errors=True)
        if self.earlier is not None and not self.earlier.exists():
            self.earlier = None

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """Translate errors of the file system."""
        try:
            yield
        except (OSError, sqlite3.Error, ValueError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise DataError(f"cannot write to {self._asked} ({reason}): {ELSEWHERE}, or make room there") from error


def write_file(path: Path, content: bytes) -> None:
    """Write one file whole or not at all; in a folder of results, which it joins, it replaces only a file of siting's.

    Raises
    ------
    DataError
        In a folder of results: another file has that name, or another run writes to the folder.
    OSError
        The file cannot be written, or is a link.
    """
    folder = path.parent.resolve()
    if not (folder / MANIFEST).is_file():
        replace_file(path, content)
        return
    with locked_beside(folder):
        known = _listed_files(folder)
        if path.exists() and known.get(path.name) != _digest(path):
            raise DataError(f"{path} exists, and siting did not write it: choose another name")
        replace_file(path, content)
        files = known | {path.name: hashlib.sha256(content).hexdigest()}
        old = _manifest(folder)
        _put_manifest(folder, files, str(old.get("kind")), old.get("of"))


def files_of_others(folder: Path) -> list[str]:
    """Return the names in a folder of what siting did not write, or what was changed since.

    A subfolder that is a folder of results itself has a manifest of its own, to which files may be added.
    """
    return list(_strangers(folder, folder, _listed_files(folder)))


def _strangers(top: Path, folder: Path, known: dict[str, str]) -> Iterator[str]:
    for entry in sorted(folder.iterdir()):
        name = entry.relative_to(top).as_posix()
        kind = entry.lstat().st_mode
        if stat.S_ISDIR(kind) and not entry.is_junction():
            if f"{name}/{MANIFEST}" in known:
                yield from (f"{name}/{other}" for other in files_of_others(entry))
            elif any(listed_name.startswith(f"{name}/") for listed_name in known):
                yield from _strangers(top, entry, known)
            else:
                yield f"{name}/"
        elif not (stat.S_ISREG(kind) and (name in (MANIFEST, *MADE_BY_SYSTEMS) or known.get(name) == _digest(entry))):
            yield name


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _manifest(folder: Path) -> dict[str, Any]:
    """Return the content of a manifest; nothing where there is none that can be read."""
    path = folder / MANIFEST
    try:
        found = {} if path.is_symlink() else json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _listed_files(folder: Path) -> dict[str, str]:
    """Return the digest of each file in the manifest by its name."""
    files = _manifest(folder).get("files")
    return {str(k): str(v) for k, v in files.items()} if isinstance(files, dict) else {}


def _write_manifest(folder: Path, kind: str, of: tuple[str, str] | None = None) -> None:
    """List every file of a folder with its digest, after its content has reached the disk."""
    files = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with path.open("r+b") as file:
            os.fsync(file.fileno())
            files[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    _put_manifest(folder, files, kind, of)


def start_manifest(folder: Path, kind: str) -> None:
    """Give a folder that is filled file by file a manifest, so that `write_file` replaces only files of siting's."""
    if not (folder / MANIFEST).exists():
        _put_manifest(folder, {}, kind)


def _put_manifest(folder: Path, files: dict[str, str], kind: str, of: Sequence[str] | None = None) -> None:
    plain: dict[str, Any] = {
        "format": FORMAT,
        "siting": __version__,
        "kind": kind,
        "files": dict(sorted(files.items())),
    }
    plain |= {"of": list(of)} if of else {}
    replace_file(folder / MANIFEST, json.dumps(plain, indent=1).encode())


def _place_of(folder: Path) -> Path:
    """Return the absolute path of a folder, and refuse one that cannot be replaced as a whole."""
    folder = folder.expanduser()
    if folder.is_symlink():
        raise DataError(f"{folder} is a link, which is not followed: {ELSEWHERE}")
    path = folder.resolve()
    if blocked := [p for p in (path, *path.parents) if p.exists() and not p.is_dir()]:
        raise DataError(f"cannot write to {folder} ({blocked[0]} is not a folder): {ELSEWHERE}")
    if path == Path.cwd().resolve() or os.path.ismount(path):
        raise DataError(
            f"{folder} is the working folder or a mount point, which cannot be replaced: give a folder in it, such as "
            f"{folder / 'plan'}"
        )
    return path


def free_name(path: Path, word: str) -> Path:
    """Return the first name that no file has of NAME-earlier-1, NAME-earlier-2, ..."""
    suffix = "" if path.is_dir() else path.suffix
    names = (path.with_name(f"{path.name.removesuffix(suffix)}-{word}-{n}{suffix}") for n in itertools.count(1))
    return next(name for name in names if not os.path.lexists(name))


@contextlib.contextmanager
def locked_beside(folder: Path) -> Iterator[Path]:
    """Lock a folder for one run, and yield a work folder beside it, which is removed when it is empty at the end.

    Raises
    ------
    DataError
        Another run holds the lock.
    """
    work = folder.with_name(f".{folder.name}.siting")
    file = work / "lock"
    if work.is_symlink():
        raise DataError(f"{work} is a link, which is not followed: remove it, or {ELSEWHERE}")
    while (lock := _lock_in(work, folder)) is None:
        pass  # a run that ended has removed the file in between
    try:
        yield work
    finally:
        try:
            file.unlink()
            lock.close()
        except OSError:  # Windows removes no open file
            lock.close()
            with contextlib.suppress(OSError):
                file.unlink()
        with contextlib.suppress(OSError):
            work.rmdir()


def _lock_in(work: Path, folder: Path) -> sqlite3.Connection | None:
    """Return a lock on the file `lock` of a work folder; None if that is another file by now."""
    file = work / "lock"
    work.mkdir(exist_ok=True)
    try:
        file.touch()
        before = file.stat().st_ino
        lock = exclusive_lock(file)
    except (OSError, sqlite3.Error) as error:
        if work.exists():
            raise OSError(
                getattr(error, "errno", errno.EIO), getattr(error, "strerror", str(error)), str(file)
            ) from error
        return None
    if lock is None:
        raise DataError(f"another run is writing to {folder}: wait until it ends, or {ELSEWHERE}")
    if file.exists() and file.stat().st_ino == before:
        return lock
    lock.close()
    return None


def exclusive_lock(file: Path) -> sqlite3.Connection | None:
    """Return a lock, held until it is closed or this process ends; None if another holds it.

    An open transaction on an empty database is a lock on every platform, which the system releases with its process.

    Raises
    ------
    sqlite3.Error
        The file cannot be written.
    """
    lock = sqlite3.connect(file, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        lock.close()
        if "locked" in str(error):
            return None
        raise
    return lock
