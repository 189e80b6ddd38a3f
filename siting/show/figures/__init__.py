"""Figures of matplotlib: plan maps, layer maps and charts."""
