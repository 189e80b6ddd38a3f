"""The fast location kernel on plain arrays: bounds, swaps, fixing, branch and bound; it knows nothing of scenarios."""
