"""What a planner asks (scenario), the numbers it rests on (problem), and the answer (plan)."""
