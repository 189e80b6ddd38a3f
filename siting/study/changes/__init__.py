"""Changes of a scenario, and what they do to its plan, in a planner's words."""
