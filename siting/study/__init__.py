"""Many plans, and plans against what is there today."""
