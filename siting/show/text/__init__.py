"""Text: what the terminal prints and what the report says in sentences."""
