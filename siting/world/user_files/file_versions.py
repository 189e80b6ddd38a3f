"""Versions of user files: what identifies the content of a file, and its digest."""

import hashlib
from functools import lru_cache
from pathlib import Path

DIGITS = 24
"""Hexadecimal digits of a digest: 96 bits (our choice)."""

Version = tuple[Path, int, int, int, int]
"""Path, inode, size and times of change of a file."""


def version_of(path: Path) -> Version:
    """Return what identifies the content of a file: it is read again only when one of these differs.

    The time of the last change of its state is one of them, since the time of change of the content can be set back.
    """
    state = path.stat()
    return path.resolve(), state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns


def digest_of(path: Path) -> str:
    """Return the digest of a file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "one.csv")
    ...     _ = path.write_text("id")
    ...     digest_of(path)
    'a56145270ce6b3bebd1dd012'
    """
    return _digest(version_of(path))


@lru_cache(maxsize=4096)
def _digest(version: Version) -> str:
    return hashlib.sha256(version[0].read_bytes()).hexdigest()[:DIGITS]
