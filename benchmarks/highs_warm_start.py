"""Show that HiGHS, started warm, can claim the optimum and return its start: plain highspy, for a report upstream.

Run `python benchmarks/highs_warm_start.py`. With highspy 1.16.0 it prints:

    HiGHS 1.16.0
    start, presolve on:      Optimal, claims 0, its values cost 5.6
    start, presolve off:     Optimal, claims 0, its values cost 0
    no start, presolve on:   Optimal, claims 0, its values cost 0

The start is feasible. Presolve reduces the model to nothing, and the solution that is handed back is the start, with the
objective, bound and status of the optimum. `siting.solver.pulp_model` and `siting.highs` compare the two after every
solve.
"""

import highspy
import numpy as np

COST = [0.0, 0.0, 0.0, 0.0, 0.4, 0.0, 0.0, 0.0]
UPPER = [1.0, 1.0, 11.0, 11.0, 14.4, 11.0, 11.0, 11.0]
INTEGER = [0, 1]
ROWS = [
    (0.0, np.inf, {0: -1.0, 2: 1.0}),
    (0.0, np.inf, {1: -1.0, 3: 1.0}),
    (-np.inf, 0.0, {0: -1.0, 2: 0.1}),
    (-np.inf, 0.0, {1: -1.0, 3: 0.1}),
    (0.0, 0.0, {2: 1.0, 6: -1.0}),
    (0.0, 0.0, {3: 1.0, 7: -1.0}),
    (12.0, 12.0, {5: 1.0, 6: 1.0, 7: 1.0}),
]
"""Lower and upper bound of each row, and its coefficients by column."""
START = [1.0, 0.0, 1.0, 0.0, 14.0, 11.0, 1.0, 0.0]


def solve(*, start: bool, presolve: str) -> tuple[str, float, float]:
    """Return the status, the objective that HiGHS claims, and the cost of the values that it returns."""
    highs = highspy.Highs()
    highs.silent()
    highs.setOptionValue("presolve", presolve)
    for cost, upper in zip(COST, UPPER, strict=True):
        highs.addCol(cost, 0.0, upper, 0, np.zeros(0, dtype=np.int32), np.zeros(0))
    for column in INTEGER:
        highs.changeColIntegrality(column, highspy.HighsVarType.kInteger)
    for lower, upper, terms in ROWS:
        highs.addRow(lower, upper, len(terms), np.array(list(terms), dtype=np.int32), np.array(list(terms.values())))
    if start:
        highs.setSolution(len(START), np.arange(len(START), dtype=np.int32), np.array(START))
    highs.run()
    values = np.array(highs.getSolution().col_value)
    status = highs.modelStatusToString(highs.getModelStatus())
    return status, highs.getInfo().objective_function_value, float(np.array(COST) @ values)


def main() -> None:
    """Print the three solves."""
    print(f"HiGHS {highspy.Highs().version()}")
    for start, presolve in ((True, "on"), (True, "off"), (False, "on")):
        how = f"{'start' if start else 'no start'}, presolve {presolve}:"
        status, claimed, cost = solve(start=start, presolve=presolve)
        print(f"{how:<24} {status}, claims {claimed:g}, its values cost {cost:g}")


if __name__ == "__main__":
    main()
