"""The result of a solve: a plan with its proof, tables and file format."""
