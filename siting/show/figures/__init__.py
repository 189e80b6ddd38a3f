"""Figures of matplotlib: plan maps, layer maps and charts."""

import siting.show.cartography  # noqa: F401  (it imports matplotlib under any settings)
