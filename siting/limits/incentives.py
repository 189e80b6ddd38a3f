"""A tax programme pays only where its thresholds of investment and jobs are met."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from scipy import sparse

from siting.model.limit import Limit
from siting.model.rows import Rows

if TYPE_CHECKING:
    from siting.model.problem import Problem


class Incentives(Limit):
    """Claim the programmes of the packs in force where they can be had (always in force).

    ``claim[o,r] <= open[o]``, ``capex[o] >= min_capex[r] * claim[o,r]``,
    ``jobs[o] >= min_jobs[r] * claim[o,r]``, ``benefit_usd[o,r] <= rate[r] * base[o]`` and
    ``benefit_usd[o,r] <= (rate[r] * base[o] at max_halls[o]) * claim[o,r]``: the last bound is
    computed from the largest base, never typed in.
    """

    in_files: ClassVar[bool] = False

    kind: Literal["incentives"] = "incentives"

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return five rows a claim; none where no pack in force offers a programme."""
        claims, n_options = problem.claims, len(problem.options)
        m = len(claims)
        if not m:
            return []
        option = claims["option"].to_numpy(dtype=np.intp)

        def on(family_column: str | float) -> sparse.csr_array:
            values = (
                np.full(m, family_column) if isinstance(family_column, float) else claims[family_column].to_numpy(float)
            )
            return sparse.csr_array((values, (np.arange(m), option)), shape=(m, n_options))

        def diag(column: str | float) -> sparse.csr_array:
            values = np.full(m, column) if isinstance(column, float) else claims[column].to_numpy(float)
            return sparse.csr_array(sparse.diags_array(values, format="csr"))

        where, zero = list(claims["label"]), np.zeros(m)
        return [
            Rows(self.kind, where, {"claim": diag(1.0), "open": -on(1.0)}, "<=", zero, "-"),
            Rows(
                self.kind,
                where,
                {"halls": on("capex_usd_per_hall"), "claim": -diag("min_capex_usd")},
                ">=",
                zero,
                "USD",
            ),
            Rows(self.kind, where, {"halls": on("jobs_per_hall"), "claim": -diag("min_jobs")}, ">=", zero, "jobs"),
            Rows(
                self.kind,
                where,
                {"benefit_usd": diag(1.0), "halls": -on("benefit_usd_per_hall")},
                "<=",
                zero,
                "USD/year",
            ),
            Rows(
                self.kind, where, {"benefit_usd": diag(1.0), "claim": -diag("max_benefit_usd")}, "<=", zero, "USD/year"
            ),
        ]
