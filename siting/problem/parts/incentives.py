"""A tax programme pays only where its thresholds are met, once where it excludes another, and no more than it has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar, Self

import numpy as np
import pandas as pd
from scipy import sparse

from siting.problem.ledger.incentive_offers import THRESHOLDS, incentive_offers
from siting.problem.ledger.lines import TAX_COLUMNS, unknown_taxes
from siting.problem.part import Decisions, LedgerRow, Line, Part, PartInputs
from siting.problem.problem import Problem
from siting.problem.rows import Family, Rows, member_sum
from siting.units import Bools, Floats

THRESHOLD_UNITS = frozenset(unit for _, _, unit in THRESHOLDS)

INCENTIVE = "incentive "
"""First word of the ledger's lines of benefits."""


@dataclass(frozen=True)
class Incentives(Part):
    """Claim the programmes of the packs in force where they are offered.

    ``claim[o,r] <= open[o]``; for investment, jobs, MW of IT and MW of the grid
    ``per_hall[o] * halls[o] >= min[r] * claim[o,r]``;
    ``benefit_usd[o,r] <= per_hall[o,r] * halls[o] + per_mw[o,r] * load_mw[o]`` and
    ``benefit_usd[o,r] <= max_benefit[o,r] * claim[o,r]``, where the last bound follows from the largest site, the
    capital that counts or the programme's cap, and is not a chosen big-M;
    ``sum_r in group claim[o,r] <= 1`` where programmes exclude each other;
    ``sum_o benefit_usd[o,r] <= cap[r]`` over all sites that claim a programme with a cap.

    Attributes
    ----------
    offers : pandas.DataFrame
        A row per option and programme that it may claim; see `ledger.incentive_offers`.
    unknown : pandas.DataFrame
        A row per option and tax that no law was read of; see `ledger.lines.unknown_taxes`.
    """

    name: ClassVar[str] = "incentives"
    row_names: ClassVar[Mapping[str, str]] = MappingProxyType({"incentives": "the thresholds of programmes"})
    column_rank: ClassVar[int] = 4

    offers: pd.DataFrame
    unknown: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(TAX_COLUMNS)))

    @classmethod
    def prepare(cls, inputs: PartInputs) -> Self:
        """Return the part with the offers and the unknown taxes of the packs in force."""
        return cls(incentive_offers(inputs.costs), unknown_taxes(inputs.costs))

    def families(self, problem: Problem) -> tuple[Family, ...]:
        """Return for each offer whether it is claimed, and what it pays [USD/a]."""
        n, labels, zero = len(self.offers), list(self.offers["label"]), np.zeros(len(self.offers))
        option, most = self.offers["option"].to_numpy(np.intp), self.offers["max_benefit_usd"].to_numpy(float)
        return (
            Family("claim", labels, zero, np.ones(n), True, owner="option", owner_index=option),
            Family("benefit_usd", labels, zero, most, False, solver_unit=1e6, owner="option", owner_index=option),
        )

    def lines(self, problem: Problem) -> tuple[Line, ...]:
        """Return the benefits as negative cost."""
        n = len(self.offers)
        return (Line("incentives", "benefit_usd", -np.ones(n), np.zeros(n)),) if n else ()

    def rows(self, problem: Problem) -> list[Rows]:
        """Return the rows of every claim; none where no pack in force offers a programme."""
        offers, n_options = self.offers, len(problem.options)
        if offers.empty:
            return []
        one, where, zero = _diag(np.ones(len(offers))), list(offers["label"]), np.zeros(len(offers))
        is_open = _on(offers, np.ones(len(offers)), n_options)
        # a benefit is at most what its base gives, and what the claim allows
        given = {
            "benefit_usd": one,
            "halls": -_on(offers, offers["benefit_usd_per_hall"].to_numpy(float), n_options),
            "load_mw": -_on(offers, offers["benefit_usd_per_mw"].to_numpy(float), n_options),
        }
        allowed = {"benefit_usd": one, "claim": -_diag(offers["max_benefit_usd"].to_numpy(float))}
        return [
            Rows(self.name, where, {"claim": one, "open": -is_open}, "<=", zero, "-"),
            *self._thresholds(offers, n_options),
            Rows(self.name, where, {f: t for f, t in given.items() if t.nnz}, "<=", zero, "USD/year"),
            Rows(self.name, where, allowed, "<=", zero, "USD/year"),
            *self._exclusive(offers),
            *self._capped(offers),
        ]

    def may_bind(self, block: Rows) -> bool:
        """Return whether a block has the thresholds or caps of programmes, and does not define a claim or a benefit."""
        return bool(block.rhs.any()) or block.unit in THRESHOLD_UNITS

    def start(self, problem: Problem, plan: Decisions, values: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return the programmes that a plan claims, where their option is open."""
        lines = plan.ledger[plan.ledger["line"].str.startswith(INCENTIVE)]
        paid = {
            (str(s), str(line).removeprefix(INCENTIVE)): -float(usd)
            for s, line, usd in zip(lines["site"], lines["line"], lines["usd_per_year"], strict=True)
        }
        ids = problem.sites["id"].to_numpy(str)[problem.options["site"]]
        claim, benefit_usd = np.zeros((2, len(self.offers)))
        for i, (o, programme) in enumerate(zip(self.offers["option"], self.offers["programme"], strict=True)):
            usd = paid.get((str(ids[o]), str(programme)))
            if usd is not None and values["open"][o] > 0:
                claim[i], benefit_usd[i] = 1.0, min(usd, float(self.offers["max_benefit_usd"].iloc[i]))
        return {"claim": claim, "benefit_usd": benefit_usd}

    def in_use(self, problem: Problem, values: Mapping[str, Floats]) -> dict[str, Bools]:
        """Return the benefits of what is claimed."""
        return {"benefit_usd": values["claim"] > 0.5}

    def ledger(self, problem: Problem, values: Mapping[str, Floats]) -> list[LedgerRow]:
        """Return a row for each claim, with the name of its programme."""
        ids = problem.sites["id"].to_numpy(str)[problem.options["site"]]
        option, programme = (self.offers[c].to_numpy() for c in ("option", "programme"))
        return [
            (str(ids[option[i]]), f"{INCENTIVE}{programme[i]}", -float(values["benefit_usd"][i]), 0.0)
            for i in np.flatnonzero(values["claim"] > 0.5)
        ]

    def tables(self, problem: Problem, values: Mapping[str, Floats], sites: pd.DataFrame) -> Mapping[str, pd.DataFrame]:
        """Return what each unknown tax costs the built sites [USD/a], and the jobs that their programmes require."""
        site = problem.sites["id"].to_numpy(str)[problem.options["site"]]
        unknown = self.unknown[values["open"][self.unknown["option"].to_numpy(np.intp)] > 0.5]
        option = unknown["option"].to_numpy(np.intp)
        charged = unknown["charged_usd_per_hall"].to_numpy(float) * values["halls"][option]
        ends = {"low": "low", "mid": "rate", "high": "high"}
        named = {"site": site[option]} | {name: unknown[name].to_numpy(str) for name in ("entry", "tax")}
        taxes = pd.DataFrame(named).assign(
            **{f"{end}_usd_per_year": unknown[column].to_numpy(float) * charged for end, column in ends.items()}
        )
        claims = self.offers[values["claim"] > 0.5]
        claims = claims[claims["committed_jobs"] > 0] if "committed_jobs" in claims else claims[:0]
        option = claims["option"].to_numpy(np.intp)
        jobs = pd.DataFrame({"site": site[option], "programme": claims["programme"].to_numpy(str)})
        if len(jobs):
            by_rate = claims["jobs_per_hall"].to_numpy(float) * values["halls"][option]
            jobs = jobs.assign(committed_jobs=claims["committed_jobs"].to_numpy(float), jobs=by_rate)
        found = {"unknown_taxes": taxes, "committed_jobs": jobs}
        return {name: table for name, table in found.items() if len(table)}

    def _thresholds(self, offers: pd.DataFrame, n_options: int) -> list[Rows]:
        """Return a row for each threshold that a claim has."""
        blocks = []
        for per_hall, least, unit in THRESHOLDS:
            asking = np.flatnonzero(offers[least].to_numpy(float) > 0)
            if len(asking):
                some = offers.iloc[asking]
                claimed = -_diag(offers[least].to_numpy(float))[asking]
                terms = {"halls": _on(some, some[per_hall].to_numpy(float), n_options), "claim": claimed}
                blocks.append(Rows(self.name, list(some["label"]), terms, ">=", np.zeros(len(some)), unit))
        return blocks

    def _exclusive(self, offers: pd.DataFrame) -> list[Rows]:
        """Return a row for each option and group that has more than one claim."""
        members: dict[tuple[int, str], list[int]] = {}
        for i, (option, groups) in enumerate(zip(offers["option"], offers["groups"], strict=True)):
            for group in groups:
                members.setdefault((int(option), group), []).append(i)
        rivals = {key: found for key, found in members.items() if len(found) > 1}
        if not rivals:
            return []
        where = [f"{offers['label'].iloc[found[0]].rsplit('__', 1)[0]} {group}" for (_, group), found in rivals.items()]
        terms = {"claim": member_sum(list(rivals.values()), len(offers))}
        return [Rows(self.name, where, terms, "<=", np.ones(len(rivals)), "programmes")]

    def _capped(self, offers: pd.DataFrame) -> list[Rows]:
        """Return a row for each programme with a cap, over all sites."""
        capped = offers[np.isfinite(offers["cap_usd_per_year"].to_numpy(float))]
        if capped.empty:
            return []
        cap = capped.groupby("programme", sort=True)["cap_usd_per_year"].first()
        members = [np.flatnonzero(offers["programme"] == name) for name in cap.index]
        terms = {"benefit_usd": member_sum(members, len(offers))}
        return [Rows(self.name, [str(n) for n in cap.index], terms, "<=", cap.to_numpy(float), "USD/year")]


def _diag(values: Floats) -> sparse.csr_array:
    return sparse.csr_array(sparse.diags_array(values, format="csr"))


def _on(offers: pd.DataFrame, values: Floats, n_options: int) -> sparse.csr_array:
    """Return the matrix that puts a value a claim on the claim's option, without zeros."""
    option = offers["option"].to_numpy(dtype=np.intp)
    matrix = sparse.csr_array((values, (np.arange(len(offers)), option)), shape=(len(offers), n_options))
    matrix.eliminate_zeros()
    return matrix
