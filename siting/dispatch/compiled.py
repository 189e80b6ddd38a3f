"""The functions of `value_curves`, compiled by numba where the extra `energy` is installed."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from siting.dispatch import value_curves


@dataclass(frozen=True)
class Kernel:
    """The compiled functions of `siting.dispatch.value_curves`."""

    write_steps: Callable[..., Any]
    backward: Callable[..., Any]
    forward: Callable[..., Any]
    write_cut: Callable[..., Any]
    write_outputs: Callable[..., Any]


def has_numba() -> bool:
    """Return whether the extra `energy` is installed."""
    return importlib.util.find_spec("numba") is not None


@cache
def kernel() -> Kernel:
    """Return the compiled functions; the first call of a function compiles it, and the result is cached on disk."""
    from numba import njit

    exact = njit(cache=True, nogil=True)
    sums = njit(cache=True, nogil=True, fastmath=True)  # sums of finite terms: their order may change
    return Kernel(
        exact(value_curves.write_steps),
        exact(value_curves.backward),
        exact(value_curves.forward),
        sums(value_curves.write_cut),
        exact(value_curves.write_outputs),
    )
