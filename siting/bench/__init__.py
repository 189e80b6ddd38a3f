"""The benchmark of this machine: our answers beside those of a rival, on the same arrays in the same run."""
