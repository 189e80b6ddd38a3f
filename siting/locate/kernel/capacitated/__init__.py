"""Capacitated facility location: Lagrangian bounds, interchange, a tree and a restricted mixed-integer programme."""
