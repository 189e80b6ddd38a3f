"""The location kernel on plain arrays: bounds, interchange, variable fixing and branch and bound; no scenario in it."""
