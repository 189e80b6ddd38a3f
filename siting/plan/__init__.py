"""The answer: a plan with its proof, tables and file format."""
