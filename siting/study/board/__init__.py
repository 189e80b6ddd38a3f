"""What a board compares a plan with, and what it rests on."""
