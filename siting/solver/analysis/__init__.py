"""Questions about an answer: why infeasible, why not this site, which plans are nearly as good."""
