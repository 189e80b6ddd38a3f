"""Every candidate of a scenario in order: built, lost or excluded, with its own figures, its regret and the reason."""
