"""Maps: projections, regions, the basemap, layout, legends and labels."""
