"""Re-check of what a plan states beside its numbers: its proof, exclusions, unknowns, binding limits and sources."""
