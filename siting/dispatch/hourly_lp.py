"""The same year as one linear programme in HiGHS: for places without the compiled dispatch, and as a check of it."""

import numpy as np
from scipy import sparse

from siting.dispatch.cut_pool import NO_SUPPLY
from siting.dispatch.supply_year import SupplyYear
from siting.errors import InfeasibleError, UnprovenError
from siting.highs import INFINITE, ArrayMip, solve_lp
from siting.units import Floats

USD_PER_UNIT = 1e3
"""Unit of cost in the LP [USD]."""


def hourly_model(year: SupplyYear, weights: Floats, limits: Floats | None = None) -> ArrayMip:
    """Return the LP: capacities, then by the hour the sources, unserved load, charge, discharge and stored energy."""
    hours, n, b = year.n_hours, len(year.names), len(year.sources)
    eye, none = sparse.eye_array(hours, format="csr"), sparse.csr_array((hours, hours))
    battery = year.battery

    def row(capacities: dict[int, Floats], **parts: sparse.csr_array) -> sparse.csr_array:
        fixed = np.zeros((hours, n))
        for j, values in capacities.items():
            fixed[:, j] = values
        names = [*(f"s{i}" for i in range(b)), "unserved", "charge", "discharge", "stored"]
        return sparse.hstack([sparse.csr_array(fixed), *(parts.get(name, none) for name in names)], format="csr")

    output = dict(zip(year.with_output, year.capacity_factor, strict=True))
    served = {f"s{i}": float(sign) * eye for i, sign in enumerate(year.sign.ravel())}
    rows = [row(output, **served, unserved=eye, charge=-eye, discharge=eye)]
    lower, upper = [year.load_mw], [np.full(hours, INFINITE)]
    below = [
        row({j: -s * year.availability[i] for j, s in enumerate(share) if s}, **{f"s{i}": eye})
        for i, share in enumerate(year.source_share)
    ]
    below += [row({n - 2: -np.ones(hours)}, **{name: eye}) for name in ("charge", "discharge")]
    below.append(row({n - 1: -np.ones(hours)}, stored=eye))
    rows += below
    lower += [np.full(hours, -INFINITE)] * len(below)
    upper += [np.zeros(hours)] * len(below)
    t = np.arange(hours)
    before = sparse.csr_array((np.ones(hours), (t, (t - 1) % hours)), shape=(hours, hours))
    ends = {"charge": -battery.charge_efficiency * eye, "discharge": eye / battery.discharge_efficiency}
    rows.append(row({}, **ends, stored=eye - before))
    lower.append(np.zeros(hours))
    upper.append(np.zeros(hours))
    width = rows[0].shape[1]
    size = np.zeros((1, width))
    size[0, n - 2], size[0, n - 1] = battery.max_hours, -1.0
    rows.append(sparse.csr_array(size))
    lower.append(np.zeros(1))
    upper.append(np.full(1, INFINITE))
    rest = np.zeros(3 * hours)
    quantities = np.array(
        [
            np.concatenate([a, m.ravel(), np.zeros(hours), rest])
            for a, m in zip(year.per_capacity, year.per_mwh, strict=True)
        ]
    ).reshape(len(year.quantities), width)
    if limits is not None:
        rows.append(sparse.csr_array(quantities))
        lower.append(np.full(len(limits), -INFINITE))
        upper.append(limits)
    unserved = np.full(hours, year.unserved_usd_per_mwh)
    usd = np.concatenate([year.usd_per_capacity, (year.sign * year.source_usd).ravel(), unserved, rest])
    return ArrayMip(
        cost=(usd + weights @ quantities) / USD_PER_UNIT,
        lower=np.concatenate([year.lower, np.zeros(width - n)]),
        upper=np.concatenate([year.upper, np.full(width - n, INFINITE)]),
        matrix=sparse.vstack(rows, format="csr"),
        row_lower=np.concatenate(lower),
        row_upper=np.concatenate(upper),
    )


def solve_hourly_lp(year: SupplyYear, weights: Floats, limits: Floats | None = None) -> tuple[float, Floats]:
    """Return the least weighted cost [USD/year] and its capacities, (n,), as HiGHS finds them.

    Raises
    ------
    siting.errors.InfeasibleError
        No supply keeps the limits.
    siting.errors.UnprovenError
        HiGHS does not solve the LP.
    """
    found = solve_lp(hourly_model(year, weights, limits))
    if found.status == "infeasible":
        raise InfeasibleError(NO_SUPPLY)
    if found.status != "optimal":
        raise UnprovenError(f"the hourly LP is {found.status}")
    return found.objective * USD_PER_UNIT, found.values[: len(year.names)]
