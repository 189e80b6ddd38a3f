"""Files of the planner: sites, hubs, tables and measured round trips."""
