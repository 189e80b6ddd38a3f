"""Rows that several limits share: conflict cliques, failures as maximum flows, shares of energy."""
