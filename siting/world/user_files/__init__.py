"""User files: sites, hubs, tables and measured round trips."""
