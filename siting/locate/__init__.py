"""The textbook location problems on plain arrays, each with its proof."""

from siting.locate.location import Location as Location

__all__ = ["Location"]
