"""From the values of the variables to the tables of a plan: sites, binding limits, shadow prices, provenance."""
