"""Money: capital charges, prices of one year and currency."""
