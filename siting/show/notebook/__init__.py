"""What a notebook shows of a value: a card with a small map and a table, and an interactive map."""
