"""Description of the machine that a measurement was made on, without its name, and its speed."""

import os
import platform
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from siting.physics.air.psychrometrics import saturation_pressure_pa

PACKAGES = ("numpy", "scipy", "highspy", "pulp")
"""Packages whose version changes a measurement."""

MB = 1e6


def about(*, packages: Sequence[str] = PACKAGES) -> dict[str, Any]:
    """Return machine, versions, day and the load at the start of the measurement.

    Parameters
    ----------
    packages : sequence of str
        Packages whose versions are listed; None for one that is not installed.

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
    """Return the version of a package; None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def processor() -> str:
    """Return the name of the processor, or its architecture where the system lists no name."""
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
    """Return the memory of the machine [MB]; None where it is not known."""
    try:
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / MB)
    except (AttributeError, ValueError, OSError):
        return None


def load() -> float | None:
    """Return the load average of the last minute; above `cores` the machine was busy."""
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


def saturation_baseline_s() -> float:
    """Return the time of 50 million saturation pressures on one thread, the speed of this machine [s]."""
    hours = np.linspace(-40, 45, 500_000)
    began = time.perf_counter()
    for _ in range(100):
        saturation_pressure_pa(hours)
    return time.perf_counter() - began
