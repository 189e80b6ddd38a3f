"""The numbers of a scenario: candidates, options, arcs, ledger lines and the rows of every limit, as arrays."""
