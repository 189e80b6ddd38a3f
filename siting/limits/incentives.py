"""A tax programme pays only where its thresholds are met, once where it excludes another, and no more than it has."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd
from scipy import sparse

from siting.problem.rows import Rows
from siting.scenario.limit import Limit

if TYPE_CHECKING:
    from siting.problem.problem import Problem

THRESHOLDS = (
    ("capex_usd_per_hall", "min_capex_usd", "USD"),
    ("jobs_per_hall", "min_jobs", "jobs"),
    ("it_mw_per_hall", "min_it_mw", "MW"),
    ("facility_mw_per_hall", "min_facility_mw", "MW"),
)
"""What a hall brings towards a threshold, the threshold, and their unit."""


class Incentives(Limit):
    """Claim the programmes of the packs in force where they can be had (always in force).

    ``claim[o,r] <= open[o]``; for investment, jobs, MW of IT and MW of the grid
    ``per_hall[o] * halls[o] >= min[r] * claim[o,r]``;
    ``benefit_usd[o,r] <= per_hall[o,r] * halls[o] + per_mw[o,r] * load_mw[o]`` and
    ``benefit_usd[o,r] <= max_benefit[o,r] * claim[o,r]``, where the last bound is what the largest site, the capital
    that counts or the programme's cap allows, never typed in;
    ``sum_r in group claim[o,r] <= 1`` where programmes exclude each other;
    ``sum_o benefit_usd[o,r] <= cap[r]`` over all sites that claim a programme with a cap.
    """

    in_files: ClassVar[bool] = False

    kind: Literal["incentives"] = "incentives"

    def rows(self, problem: "Problem", least_cost_usd_per_year: float | None = None) -> list[Rows]:
        """Return the rows of every claim; none where no pack in force offers a programme."""
        claims = problem.claims
        if claims.empty:
            return []
        return [
            self._only_where_open(claims, len(problem.options)),
            *self._thresholds(claims, len(problem.options)),
            *self._benefits(claims, len(problem.options)),
            *self._exclusive(claims),
            *self._capped(claims),
        ]

    def _only_where_open(self, claims: pd.DataFrame, n_options: int) -> Rows:
        ones = np.ones(len(claims))
        terms = {"claim": _diag(ones), "open": -_on(claims, ones, n_options)}
        return Rows(self.kind, list(claims["label"]), terms, "<=", np.zeros(len(claims)), "-")

    def _thresholds(self, claims: pd.DataFrame, n_options: int) -> list[Rows]:
        """Return a row for each threshold that a claim has."""
        blocks = []
        for per_hall, least, unit in THRESHOLDS:
            asking = np.flatnonzero(claims[least].to_numpy(float) > 0)
            if len(asking):
                some = claims.iloc[asking]
                claimed = sparse.csr_array(
                    (-some[least].to_numpy(float), (np.arange(len(some)), asking)), shape=(len(some), len(claims))
                )
                terms = {"halls": _on(some, some[per_hall].to_numpy(float), n_options), "claim": claimed}
                blocks.append(Rows(self.kind, list(some["label"]), terms, ">=", np.zeros(len(some)), unit))
        return blocks

    def _benefits(self, claims: pd.DataFrame, n_options: int) -> list[Rows]:
        """Return the two bounds of every benefit: what the base gives, and what the claim allows."""
        one, where, zero = _diag(np.ones(len(claims))), list(claims["label"]), np.zeros(len(claims))
        given = {
            "benefit_usd": one,
            "halls": -_on(claims, claims["benefit_usd_per_hall"].to_numpy(float), n_options),
            "load_mw": -_on(claims, claims["benefit_usd_per_mw"].to_numpy(float), n_options),
        }
        allowed = {"benefit_usd": one, "claim": -_diag(claims["max_benefit_usd"].to_numpy(float))}
        return [
            Rows(self.kind, where, {f: t for f, t in given.items() if t.nnz}, "<=", zero, "USD/year"),
            Rows(self.kind, where, allowed, "<=", zero, "USD/year"),
        ]

    def _exclusive(self, claims: pd.DataFrame) -> list[Rows]:
        """Return a row for each option and group that has more than one claim."""
        members: dict[tuple[int, str], list[int]] = {}
        for i, (option, groups) in enumerate(zip(claims["option"], claims["groups"], strict=True)):
            for group in groups:
                members.setdefault((int(option), group), []).append(i)
        rivals = {key: found for key, found in members.items() if len(found) > 1}
        if not rivals:
            return []
        where = [f"{claims['label'].iloc[found[0]].rsplit('__', 1)[0]} {group}" for (_, group), found in rivals.items()]
        terms = {"claim": _sums(list(rivals.values()), len(claims))}
        return [Rows(self.kind, where, terms, "<=", np.ones(len(rivals)), "programmes")]

    def _capped(self, claims: pd.DataFrame) -> list[Rows]:
        """Return a row for each programme with a cap, over all sites."""
        capped = claims[np.isfinite(claims["cap_usd_per_year"].to_numpy(float))]
        if capped.empty:
            return []
        cap = capped.groupby("programme", sort=True)["cap_usd_per_year"].first()
        members = [[int(i) for i in np.flatnonzero(claims["programme"] == name)] for name in cap.index]
        terms = {"benefit_usd": _sums(members, len(claims))}
        return [Rows(self.kind, [str(n) for n in cap.index], terms, "<=", cap.to_numpy(float), "USD/year")]


def _diag(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> sparse.csr_array:
    return sparse.csr_array(sparse.diags_array(values, format="csr"))


def _on(
    claims: pd.DataFrame, values: "np.ndarray[tuple[int], np.dtype[np.float64]]", n_options: int
) -> sparse.csr_array:
    """Return the matrix that puts a value a claim on the claim's option, without zeros."""
    option = claims["option"].to_numpy(dtype=np.intp)
    matrix = sparse.csr_array((values, (np.arange(len(claims)), option)), shape=(len(claims), n_options))
    matrix.eliminate_zeros()
    return matrix


def _sums(members: list[list[int]], n_claims: int) -> sparse.csr_array:
    row = np.repeat(np.arange(len(members)), [len(m) for m in members])
    return sparse.csr_array((np.ones(len(row)), (row, np.concatenate(members))), shape=(len(members), n_claims))
