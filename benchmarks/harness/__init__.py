"""What the benchmark scripts share: instances, rivals, a runner in fresh processes, the machine."""
