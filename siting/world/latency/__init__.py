"""Round-trip times between any two places, measured or modelled."""
