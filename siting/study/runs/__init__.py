"""Many runs: variations, the run store, worker processes and clusters."""
