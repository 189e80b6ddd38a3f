"""One check of a plan: a value against a limit, with the place and the unit."""

RELATIVE_TOLERANCE = 1e-6
"""How far a sum may miss its limit, relative to the limit or to 1, whichever is larger."""

Check = tuple[str, str, float, float, str, bool]
"""check, where, value, limit, unit, whether it holds."""


def at_most(check: str, where: str, value: float, limit: float, unit: str) -> Check:
    """Check that a value is at most its limit."""
    return check, where, value, limit, unit, bool(value <= limit + RELATIVE_TOLERANCE * max(abs(limit), 1.0))


def at_least(check: str, where: str, value: float, limit: float, unit: str) -> Check:
    """Check that a value is at least its limit."""
    return check, where, value, limit, unit, bool(value >= limit - RELATIVE_TOLERANCE * max(abs(limit), 1.0))


def equal(check: str, where: str, value: float, limit: float, unit: str) -> Check:
    """Check that two values are the same."""
    close = abs(value - limit) <= RELATIVE_TOLERANCE * max(abs(value), abs(limit), 1.0)
    return check, where, value, limit, unit, bool(close)
