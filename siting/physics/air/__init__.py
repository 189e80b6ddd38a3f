"""Moist air: psychrometrics, outside air, a warmer climate."""
