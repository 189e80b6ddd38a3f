"""Solve by decomposition: LP relaxation, Lagrangian bounds and variable fixing before PuLP is given a small model."""
