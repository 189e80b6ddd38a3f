"""The model of some options: all families and rows without the columns that are left out."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from siting.problem.rows import Family, Rows
from siting.solver.pulp_model import PulpModel
from siting.units import Bools, Floats, Ints

if TYPE_CHECKING:
    from siting.solver.decomposition.decomposed_model import DecomposedModel


class SubModel:
    """The families and rows of some options."""

    def __init__(self, of: "DecomposedModel", chosen: Bools) -> None:
        self._of, self.chosen = of, chosen
        sites = np.zeros(len(of.problem.sites), dtype=bool)
        sites[of.site[chosen]] = True
        self._sites = np.flatnonzero(sites)
        claimed = chosen[of.problem.claims["option"].to_numpy(np.intp)]
        which = {
            "open": chosen, "halls": chosen, "load_mw": chosen, "claim": claimed, "benefit_usd": claimed,
            "serve_mw": sites[of.problem.arcs.site], "site_open": sites, "site_halls": sites,
        }  # fmt: skip
        self._keep: dict[str, Ints] = {
            name: np.flatnonzero(which.get(name, np.ones(len(f), dtype=bool))) for name, f in of.families.items()
        }

    def programme(self) -> PulpModel:
        """Build the model."""
        of = self._of
        blocks = [self.rows(b) for b in [*of.rows, *of.extra, *self.lifted()]]
        cuts = self._cuts if of.cuts is not None else None
        return PulpModel(of.problem.scenario.name, self._narrow_families(), blocks, cuts=cuts)

    def _narrow_families(self) -> dict[str, Family]:
        """Return the families without the columns that are left out."""
        found = {}
        for name in self._keep:
            f = self._of.families[name]
            keep, upper = self._keep[name], f.upper
            if name in self._of.columns.families:
                upper = self._of.columns.of(name, self._of.upper) * f.solver_unit
            found[name] = replace(f.only(keep), upper=upper[keep])
        return found

    def rows(self, block: Rows) -> Rows:
        """Return a block without the columns that are left out."""
        terms = {n: sparse.csr_array(t[:, self._keep[n]]) for n, t in block.terms.items()}
        return Rows(block.limit, block.where, terms, block.sense, block.rhs, block.unit)

    def lifted(self) -> list[Rows]:
        """Return the rows that lifted the bound of the relaxation: strong links, and regions in whole halls."""
        of, found = self._of, []
        for name, lines in (("link", of.relaxation.links), ("region", of.relaxation.regions)):
            kept = np.ones(len(lines), dtype=bool) if name == "region" else np.isin(lines.site, self._sites)
            part = lines.only(kept)
            terms = {
                family: sparse.csr_array(part.matrix[:, start : start + len(of.columns.families[family])])
                for family, start in of.columns.start.items()
                if family in ("open", "halls", "serve_mw")
            }
            where = [f"{name} {i}" for i in range(len(part))]
            low = bool(len(part)) and bool(np.isfinite(part.low).all())
            found.append(Rows(name, where, terms, ">=" if low else "<=", part.low if low else part.high, "-"))
        return found

    def _cuts(self, values: Mapping[str, Floats]) -> list[Rows]:
        """Ask for rows that values break, over all columns, and keep them for the solves to come."""
        assert self._of.cuts is not None
        broken = self._of.cuts(self.wide(values))
        for block in broken:
            self._of.add_rows(block)
        self._of.cuts_added += broken
        return [self.rows(block) for block in broken]

    def narrow(self, values: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return the part of values by family that is in the model."""
        return {n: v[self._keep[n]] for n, v in values.items() if n in self._keep}

    def wide(self, values: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return values over all columns, 0 where they are left out."""
        found = {}
        for name, f in self._of.families.items():
            found[name] = np.zeros(len(f))
            if name in values:
                found[name][self._keep[name]] = values[name]
        return found
