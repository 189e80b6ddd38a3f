"""A new kind of decision is one part: here a one-off connection fee at every site, in this file alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from siting import Cost, Limit, Plan, Problem, Scenario, SiteCount, SitingError, UnprovenError, ensemble, prepare
from siting.problem.ledger.option_costs import OptionCosts
from siting.problem.part import Line, Part, PartInputs, part_rows, require_fitting_parts
from siting.problem.rows import Family, Rows, group_sum
from siting.problem.uncertain_input import UncertainInput
from siting.solver.solve import solve_with
from siting.solver.warm_start import start_values
from siting.units import Floats
from siting.verify import limit_check
from siting.verify.tolerances import Check, equal

FEE = "connection fee"


# --- the part and the limit that brings it: a planner's own module -----------------------------------------------


@dataclass(frozen=True)
class Connection(Part):
    """Pay once for the grid connection of every site: ``connection_mw[s] >= sum_{o of s} hall_mw peak_PUE[o] halls[o]``.

    ``connection_mw[s] <= most_mw[s] * sum_{o of s} open[o]``: a site that is not built has no connection.
    """

    name: ClassVar[str] = "connection"
    row_names: ClassVar[Mapping[str, str]] = MappingProxyType({"connection": "the connections of sites"})

    usd_per_mw_year: float
    factor: float = 1.0

    def _peak_mw(self, problem: Problem) -> Floats:
        return problem.scenario.building.hall_mw * problem.options["peak_pue"].to_numpy(float)

    def _most_mw(self, problem: Problem) -> Floats:
        most = np.zeros(len(problem.sites))
        at = problem.options["site"].to_numpy(np.intp)
        np.maximum.at(most, at, self._peak_mw(problem) * problem.options["max_halls"].to_numpy(float))
        return most

    def families(self, problem: Problem) -> tuple[Family, ...]:
        """Return its family."""
        n, most = len(problem.sites), self._most_mw(problem)
        ids = [str(s) for s in problem.sites["id"]]
        return (Family("connection_mw", ids, np.zeros(n), most, False, owner="site", owner_index=np.arange(n)),)

    def lines(self, problem: Problem) -> tuple[Line, ...]:
        """Return its line of the ledger."""
        n = len(problem.sites)
        return (Line(FEE, "connection_mw", np.full(n, self.factor * self.usd_per_mw_year), np.zeros(n)),)

    def rows(self, problem: Problem) -> list[Rows]:
        """Return its rows."""
        n, at = len(problem.sites), problem.options["site"].to_numpy(np.intp)
        ids, one, zero = [str(s) for s in problem.sites["id"]], sparse.eye_array(n, format="csr"), np.zeros(n)
        drawn, opened = (group_sum(at, x, n) for x in (self._peak_mw(problem), self._most_mw(problem)[at]))
        return [
            Rows("connection", ids, {"connection_mw": one, "halls": -drawn}, ">=", zero, "MW"),
            Rows("connection", ids, {"connection_mw": one, "open": -opened}, "<=", zero, "MW"),
        ]

    def settle(self, problem: Problem, values: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return the connection that the halls need."""
        site = problem.options["site"].to_numpy(np.intp)
        return {"connection_mw": np.bincount(site, self._peak_mw(problem) * values["halls"], len(problem.sites))}

    def kpis(self, problem: Problem, plan: Any) -> dict[str, float]:
        """Return the connections of all sites [MW]."""
        return {"connection_mw": float(plan.tables["connections"]["connection_mw"].sum())}

    def tables(self, problem: Problem, values: Mapping[str, Floats], sites: pd.DataFrame) -> Mapping[str, pd.DataFrame]:
        """Return the connection of each site [MW]."""
        mw = pd.Series(values["connection_mw"], index=problem.sites["id"]).loc[list(sites["id"])]
        return {"connections": pd.DataFrame({"site": list(mw.index), "connection_mw": mw.to_numpy()})}

    def uncertain_inputs(self, problem: Problem) -> tuple[UncertainInput, ...]:
        """Return a factor on the fee."""
        return (UncertainInput(FEE, "1", 0.5, 1.0, 2.0, "triangular", "all sites alike", "made up", "assumption"),)

    def drawn(self, costs: OptionCosts, at: Mapping[str, float]) -> Self:
        """Return the part at a drawn fee."""
        return replace(self, factor=at.get(FEE, 1.0))


class ConnectionFee(Limit):
    """Charge every built site for its connection to the grid."""

    in_files: ClassVar[bool] = False

    kind: Literal["connection_fee"] = "connection_fee"
    usd_per_mw: float
    years: float = 20.0

    def parts(self, inputs: PartInputs) -> tuple[Part, ...]:
        """Return the part."""
        return (Connection(self.usd_per_mw / self.years),)


def recheck(plan: Plan, limit: Any) -> list[Check]:
    """Compute the fee from sites, without the part."""
    paid = plan.ledger[plan.ledger["line"] == FEE].set_index("site")["usd_per_year"]
    due = plan.sites.set_index("id")["peak_facility_mw"] * limit.usd_per_mw / limit.years
    return [equal(FEE, str(s), float(paid.get(s, 0.0)), float(usd), "USD/year") for s, usd in due.items()]


# --- tests -------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _with_its_recheck() -> Iterator[None]:
    limit_check.add_recheck("connection_fee", recheck, (FEE,))
    yield
    del limit_check.RECHECK["connection_fee"], limit_check.OWN_LINES["connection_fee"]


@pytest.fixture(scope="module")
def charged(alone: Scenario) -> Scenario:
    """Return three sites of which two are chosen, with a fee that is worth avoiding."""
    limits = (SiteCount(min=2, max=2), ConnectionFee(usd_per_mw=4e7))
    return alone.model_copy(update={"limits": limits, "minimise": Cost()})


@pytest.fixture(scope="module")
def problem(charged: Scenario) -> Problem:
    return prepare(charged)


@pytest.fixture(scope="module")
def plan(problem: Problem) -> Plan:
    return solve_with(problem, [], gap=1e-7, decompose=False)


def test_the_decomposition_finds_the_plan_of_the_complete_model(problem: Problem, plan: Plan) -> None:
    decomposed = solve_with(problem, [], gap=1e-7, decompose=True)
    assert (plan.status, decomposed.status) == ("optimal", "optimal")
    assert decomposed.objective == pytest.approx(plan.objective, rel=1e-6)
    assert sorted(decomposed.sites["id"]) == sorted(plan.sites["id"])


def test_its_fee_is_in_cost_ledger_table_and_kpi(plan: Plan) -> None:
    connected = plan.tables["connections"].set_index("site")["connection_mw"]
    assert connected.to_dict() == pytest.approx(plan.sites.set_index("id")["peak_facility_mw"].to_dict())
    paid = plan.ledger[plan.ledger["line"] == FEE]
    assert paid["usd_per_year"].tolist() == pytest.approx((connected[paid["site"]] * 2e6).tolist())
    assert plan.kpis["connection_mw"] == pytest.approx(connected.sum())
    assert plan.kpis["cost_usd_per_year"] == pytest.approx(plan.ledger["usd_per_year"].sum())


def test_its_table_is_saved_with_the_plan(plan: Plan, tmp_path: Path) -> None:
    scenario = plan.scenario.model_copy(update={"limits": ()})  # the limit is of this file, not of scenario files
    again = Plan.load(replace(plan, scenario=scenario).save(tmp_path / "p"))
    pd.testing.assert_frame_equal(again.tables["connections"], plan.tables["connections"])


def test_a_plan_is_checked_again_by_its_own_function(plan: Plan) -> None:
    checks = plan.verify()
    assert (checks["check"] == FEE).sum() == 2
    free = plan.ledger.assign(usd_per_year=plan.ledger["usd_per_year"].where(plan.ledger["line"] != FEE, 1.0))
    with pytest.raises(UnprovenError, match=FEE):
        replace(plan, ledger=free).verify()


def test_a_warm_start_has_its_values(problem: Problem, plan: Plan) -> None:
    values = start_values(problem, plan)
    assert values["connection_mw"].sum() == pytest.approx(plan.kpis["connection_mw"])
    assert all((block.slack(values) >= -1e-6).all() for block in part_rows(problem))


def test_its_input_is_drawn_by_the_ensemble(charged: Scenario, tmp_path: Path) -> None:
    names = ("mfu", "discount-rate", "life-it-years")
    found = ensemble(charged, 3, seed=1, store=tmp_path / "s", workers=1, gap=1e-6, hold=names)
    drawn = found.draws.values[FEE]  # noqa: PD011 - not a frame
    assert np.ptp(drawn) > 0
    assert found.draws.arrays["connection_mw"][:, 0] == pytest.approx(2e6 * drawn)
    assert (found.table["regret"] >= -1e-5 * found.table["objective"]).all()


@dataclass(frozen=True)
class Wrong(Part):
    """A part with one mistake."""

    name: ClassVar[str] = "wrong"
    row_names: ClassVar[Mapping[str, str]] = MappingProxyType({"wrong": "wrong"})

    family: Family | None = None
    line: Line | None = None
    row: Rows | None = None

    def families(self, problem: Problem) -> tuple[Family, ...]:
        """Return its family."""
        return () if self.family is None else (self.family,)

    def lines(self, problem: Problem) -> tuple[Line, ...]:
        """Return its line of the ledger."""
        return () if self.line is None else (self.line,)

    def rows(self, problem: Problem) -> list[Rows]:
        """Return its rows."""
        return [] if self.row is None else [self.row]


def family(name: str, owner: Any = "site", index: int = 0) -> Family:
    return Family(name, ["x"], np.zeros(1), np.ones(1), False, owner=owner, owner_index=np.array([index]))


def line(on: str, n: int = 1) -> Line:
    return Line("fee", on, np.ones(n), np.zeros(n))


def row(name: str, on: str, n: int = 1) -> Rows:
    return Rows(name, ["x"], {on: sparse.csr_array(np.ones((1, n)))}, "<=", np.ones(1), "-")


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (Wrong(family("halls")), "part `wrong` names family `halls`, which exists already"),
        (Wrong(family("mine", index=99)), "family `mine`: site 99 does not exist, there are 3"),
        (Wrong(line=line("hallz")), "ledger line `fee` is charged on unknown family `hallz`: did you mean `halls`"),
        (Wrong(family("mine"), line("mine", 2)), "ledger line `fee` needs 1 charges"),
    ],
)
def test_a_part_that_does_not_fit_is_refused_when_the_problem_is_prepared(
    problem: Problem, part: Part, message: str
) -> None:
    with pytest.raises(SitingError, match=message):
        require_fitting_parts(replace(problem, parts=(*problem.parts, part)))


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (Wrong(row=row("other", "halls")), "part `wrong` writes rows `other`: add the names to its `row_names`"),
        (Wrong(row=row("wrong", "hallz")), "part `wrong` writes rows that do not fit:\n  - unknown family `hallz`"),
    ],
)
def test_rows_of_a_part_that_do_not_fit_are_refused(problem: Problem, part: Part, message: str) -> None:
    with pytest.raises(SitingError, match=message):
        part_rows(replace(problem, parts=(*problem.parts, part)))


@pytest.mark.parametrize(
    ("owner", "index", "message"),
    [
        ("planet", np.zeros(1, int), "owner `planet` does not exist"),
        ("site", None, "owner `site` needs an `owner_index`"),
        ("none", np.zeros(1, int), "owner `none` has no `owner_index`"),
        ("site", np.zeros(2, int), "needs 1 positions"),
    ],
)
def test_a_family_names_an_owner_that_exists(owner: Any, index: Any, message: str) -> None:
    with pytest.raises(SitingError, match=message):
        Family("mine", ["x"], np.zeros(1), np.ones(1), False, owner=owner, owner_index=index)


def test_integer_variables_are_counted_in_their_own_unit() -> None:
    with pytest.raises(SitingError, match="family `crates`: integer variables need `solver_unit` 1, not 2"):
        Family("crates", ["x"], np.zeros(1), np.ones(1), integer=True, solver_unit=2.0)


@dataclass(frozen=True)
class Shed(Part):
    """A part that leaves demand unserved, or takes the name of rows of another part."""

    name: ClassVar[str] = "shed"
    row_names: ClassVar[Mapping[str, str]] = MappingProxyType({"capacity": "a name that is taken"})

    def families(self, problem: Problem) -> tuple[Family, ...]:
        """Return what is shed of each group [MW]."""
        n = len(problem.groups.demand_mw)
        return (Family("shed_mw", [f"g{g}" for g in range(n)], np.zeros(n), problem.groups.demand_mw, False),)

    def unserved(self, problem: Problem) -> Mapping[str, sparse.csr_array]:
        """Return the demand that is shed."""
        return {"shed_mw": sparse.eye_array(len(problem.groups.demand_mw), format="csr")}


def test_a_part_neither_sheds_demand_unasked_nor_takes_the_rows_of_another(problem: Problem) -> None:
    """Bounds assume the demand that the scenario states, and rows of the model are known by their names."""
    with pytest.raises(SitingError) as refused:
        require_fitting_parts(replace(problem, parts=(*problem.parts, Shed())))
    assert refused.value.faults == (
        "rows `capacity` are named by two parts",
        "part `shed` leaves demand unserved: the scenario has no `demand.elastic` to state how much may be",
    )
