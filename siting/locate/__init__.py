"""The textbook location problems on plain arrays, each with its proof."""

from siting.locate.facility_location import facility_location as facility_location
from siting.locate.location import Location as Location
from siting.locate.p_median import p_median as p_median
from siting.locate.p_median_points import p_median_points as p_median_points

__all__ = ["Location", "facility_location", "p_median", "p_median_points"]
