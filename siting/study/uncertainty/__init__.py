"""Uncertain inputs and what they do to a plan: intervals, ensembles, robust plans."""
