"""Proof: rows become a PuLP model, a solver answers, and what it proved becomes a plan."""
