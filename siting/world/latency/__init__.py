"""Round-trip times between any two places, measured or modelled."""

from siting.world.latency.round_trips import QUANTILES, rtt_model, rtt_ms, rtt_quality

__all__ = ["QUANTILES", "rtt_model", "rtt_ms", "rtt_quality"]
