"""Data of places: shipped tables, checked when read, with source and quality of every value."""
