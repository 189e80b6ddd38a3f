"""Many runs: designs, the run store, worker processes and clusters."""
