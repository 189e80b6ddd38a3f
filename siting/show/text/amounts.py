"""Large amounts as a board reads them: three significant digits, in thousands, millions or billions."""

import math

SCALES = ((1e9, "bn"), (1e6, "M"))
DIGITS = 3


def rounded(value: float, digits: int = DIGITS) -> str:
    """Return a number with that many significant digits, thousands separated; `-0` is `0`.

    Examples
    --------
    >>> rounded(207643.1), rounded(25.798), rounded(0.75635), rounded(-3e-15, 2), rounded(float("nan"))
    ('208,000', '25.8', '0.756', '0', 'unknown')
    """
    if not math.isfinite(value):
        return "unknown"
    if abs(value) < 1e-9:
        return "0"
    decimals = max(digits - 1 - math.floor(math.log10(abs(value))), 0)
    return f"{float(f'{value:.{digits}g}'):,.{decimals}f}"


def amount(value: float, unit: str, digits: int = DIGITS) -> str:
    """Return an amount with its unit, in millions or billions where it is large.

    Examples
    --------
    >>> amount(4_424_850_773, "USD"), amount(3.7e6, "m3"), amount(161_644, "tCO2e"), amount(0.0, "m3")
    ('4.42 bn USD', '3.70 M m3', '162,000 tCO2e', '0 m3')
    """
    scale, word = next(((s, f"{w} ") for s, w in SCALES if abs(value) >= s), (1.0, ""))
    return f"{rounded(value / scale, digits)} {word}{unit}"
