"""Values that a planner gives: strict models, and the range of each quantity."""
