"""Electricity contracts: what the load of a zone emits on the market basis."""
