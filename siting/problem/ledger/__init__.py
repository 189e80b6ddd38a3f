"""What an option costs and emits: ledger lines, capital, taxes and incentive offers."""
