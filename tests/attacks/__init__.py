"""Attacks on the whole program, run by `make fuzz`: each class of attempts gives outcomes, right or with a fault."""
