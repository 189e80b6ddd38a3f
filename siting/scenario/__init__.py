"""The scenario: what a planner specifies. Limits and objectives as values, contracts, policy; no data and no coefficients."""
