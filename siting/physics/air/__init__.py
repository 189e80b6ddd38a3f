"""Moist air: psychrometrics, the outside air of a place, a warmer climate."""
