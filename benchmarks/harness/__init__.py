"""Shared parts of the benchmark scripts: instances, rivals, a runner in separate processes, the machine."""
