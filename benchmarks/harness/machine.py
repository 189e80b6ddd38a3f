"""What a measurement was made on: the machine, its versions and the day, and nothing that tells whose it is."""

import os
import platform
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "scipy", "highspy", "pulp")
"""Packages whose version changes what is measured."""

MB = 1e6


def about(*, packages: Sequence[str] = PACKAGES) -> dict[str, Any]:
    """Tell machine, versions, day and how busy the machine was when the measurement began.

    Parameters
    ----------
    packages : sequence of str
        Packages whose versions are told; None stands for one that is not installed.

    Examples
    --------
    >>> sorted(about())[:4]
    ['cores', 'date', 'load_when_begun', 'memory_mb']
    """
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "processor": processor(),
        "cores": cores(),
        "memory_mb": memory_mb(),
        "load_when_begun": load(),
        "system": platform.system(),
        "python": platform.python_version(),
        "versions": {name: installed(name) for name in packages},
    }


def installed(package: str) -> str | None:
    """Tell the version of a package; None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def processor() -> str:
    """Tell the name of the processor, or of its kind where the system does not tell more."""
    listed = Path("/proc/cpuinfo")
    if listed.is_file():
        for line in listed.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return f"{line.partition(':')[2].strip()}, {platform.machine()}"
    return platform.processor() or platform.machine()


def cores() -> int | None:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def memory_mb() -> int | None:
    """Tell the machine's memory [MB]; None where the system does not tell."""
    try:
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / MB)
    except (AttributeError, ValueError, OSError):
        return None


def load() -> float | None:
    """Tell how many processes wanted a core in the last minute; above `cores` the machine was busy."""
    try:
        return round(os.getloadavg()[0], 1)
    except (AttributeError, OSError):
        return None


def process_mb(field: str) -> float | None:
    """Read a field of this process's memory, such as VmRSS or VmHWM [MB]; None where there is no /proc."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    for line in status.read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024 / MB
    return None
