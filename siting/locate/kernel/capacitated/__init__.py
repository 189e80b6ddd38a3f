"""Capacitated facility location: Lagrangian bounds, interchange, a branch-and-bound tree and restricted MIPs."""
