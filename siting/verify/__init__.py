"""Independent re-check of a plan: every limit and the ledger recomputed by arithmetic of its own."""
