"""The textbook location problems on plain arrays, each with its proof."""

from siting.locate.covering import cover_all as cover_all
from siting.locate.covering import max_cover as max_cover
from siting.locate.facility_location import facility_location as facility_location
from siting.locate.labelled_tables import distance_km as distance_km
from siting.locate.location import Location as Location
from siting.locate.p_center import p_center as p_center
from siting.locate.p_median import p_median as p_median
from siting.locate.p_median_points import p_median_points as p_median_points

__all__ = [
    "Location",
    "cover_all",
    "distance_km",
    "facility_location",
    "max_cover",
    "p_center",
    "p_median",
    "p_median_points",
]
