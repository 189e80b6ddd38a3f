"""Analysis of a problem or plan: why it is infeasible, what each site is worth, which plans are nearly as good."""
