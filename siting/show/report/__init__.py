"""Reports: one HTML page that needs only a browser."""

import siting.show.cartography  # noqa: F401  (it imports matplotlib under any settings)
