"""Plans side by side: their KPIs, sites, binding limits, and the differences of their scenarios."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from siting.errors import ScenarioError, brief
from siting.kpis import KPIS
from siting.plan.plan import Plan
from siting.scenario.scenario import Scenario
from siting.study.changes.differences import NOT_GIVEN, differences_in_words
from siting.study.changes.plan_sentences import sentences_of

OWN_COLUMNS = frozenset({"kpi", "unit", "site", "name", "country", "in_plans", "limit", "where", "field"})
"""Columns of the tables that are not plans: no plan may have such a name."""


@dataclass(frozen=True)
class Comparison:
    """Plans side by side, one column each.

    Attributes
    ----------
    plans : tuple of Plan
        In the order given.
    names : tuple of str
        Names of the columns.
    kpis : pandas.DataFrame
        A row for each KPI, in `unit`; `status` and `gap` of each plan come first.
    sites : pandas.DataFrame
        A row for each site that any plan builds: its IT power in each plan [MW], NaN if it is not built (0 is built
        and idle); `in_plans`, the number of plans that build it.
    limits : pandas.DataFrame
        A row for each limit and place that binds in any plan: its slack, NaN in plans in which it does not bind.
    differences : pandas.DataFrame
        For programs (`in_words` is for people): a row for each field in which the scenarios differ, with its value in
        each, `-` if it is not given; empty if all plans have the same scenario.
    """

    plans: tuple[Plan, ...]
    names: tuple[str, ...]
    kpis: pd.DataFrame
    sites: pd.DataFrame
    limits: pd.DataFrame
    differences: pd.DataFrame

    def __repr__(self) -> str:
        return brief("Comparison", *self.names, f"{len(self.sites)} sites", f"{len(self.differences)} differences")

    def _repr_html_(self) -> str:
        from siting.show.notebook.cards import comparison_card

        return comparison_card(self)

    @property
    def in_words(self) -> pd.DataFrame:
        """Differences of the scenarios as a planner lists them: a row for each value or kind of limit, named by `what`."""
        scenarios = {name: plan.scenario for name, plan in zip(self.names, self.plans, strict=True)}
        return differences_in_words(scenarios, self.site_names)

    @property
    def site_names(self) -> dict[str, str]:
        """Names of the sites by id, in the order of `sites`."""
        return {str(i): str(name) for i, name in zip(self.sites.index, self.sites["name"], strict=True)}

    def __str__(self) -> str:
        """Return as sentences what each plan emits and costs against the first, its sites, and the limits that bind it."""
        return "\n".join(sentences_of(self))


def compare(plans: Sequence[Plan], names: Sequence[str] | None = None) -> Comparison:
    """Compare plans side by side.

    Parameters
    ----------
    plans : sequence of Plan
        Two or more; a plan without sites has a status only.
    names : sequence of str or None, optional
        Names of the columns; default the scenarios' names, numbered if they are equal.

    Returns
    -------
    Comparison
        KPIs, sites, binding limits and differences of the scenarios.

    Raises
    ------
    ScenarioError
        Fewer than two plans, a number of names that differs from that of plans, equal names, or a reserved one.

    Examples
    --------
    >>> import siting as st
    >>> scenario = [st.Scenario(name=f"{n} MW", demand={"it_mw": n}, limits=(st.SiteCount(max=1),)) for n in (60, 90)]
    >>> side = compare([st.solve(st.prepare(s), gap=0.01) for s in scenario])
    >>> side.kpis.loc["it_mw", ["60 MW", "90 MW"]].round().tolist()
    [60.0, 90.0]
    """
    own = [p.name for p in plans]
    numbered = (f"{name} {i + 1}" if own.count(name) > 1 else name for i, name in enumerate(own))
    called = tuple(numbered if names is None else names)
    if taken := sorted(set(called) & OWN_COLUMNS):
        raise ScenarioError(f"the name `{taken[0]}` is that of a column of the comparison: give other `names`")
    if len(plans) < 2 or len(called) != len(plans) or len(set(called)) < len(called):
        raise ScenarioError(
            f"{len(plans)} plan(s) with {len(called)} name(s) {list(called)}: give two or more plans, each with its own name"
        )
    by_name = dict(zip(called, plans, strict=True))
    tables = (table_of(by_name) for table_of in (_kpis, _sites, _limits, _differences))
    return Comparison(tuple(plans), called, *tables)


def _differences(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """Return the fields in which the scenarios differ, their names excepted."""
    fields = pd.DataFrame({name: _fields(plan.scenario) for name, plan in plans.items()}, dtype=object)
    filled = fields.fillna(NOT_GIVEN)
    return filled[filled.ne(filled.iloc[:, 0], axis=0).any(axis=1)].rename_axis("field")


def _fields(scenario: Scenario) -> dict[str, str]:
    """Return the fields of a scenario by dotted path, as `siting.sweep` names them: a limit by its kind."""
    plain = scenario.as_dict()
    plain.pop("name")
    kinds = [str(x["kind"]) for x in plain.pop("limits", ())]
    found = dict(_leaves("", plain))
    for i, limit in enumerate(scenario.as_dict().get("limits", ())):
        own = kinds[i] if kinds.count(kinds[i]) == 1 else str(i)
        found |= dict(_leaves(f"limits.{own}", limit))
    return found


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield the plain values below a path."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _leaves(f"{path}.{key}" if path else str(key), part)
    else:
        yield path, str(value)


def _kpis(plans: Mapping[str, Plan]) -> pd.DataFrame:
    proof = pd.DataFrame({n: {"status": p.status, "gap": p.gap} for n, p in plans.items()})
    kpis = pd.DataFrame({n: dict(p.kpis) for n, p in plans.items()}, dtype=object)
    table = pd.concat([proof, kpis])[list(plans)]
    return table.assign(unit=[KPIS[str(k)].unit if k in KPIS else "" for k in table.index]).rename_axis("kpi")


def _sites(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """Return the power of every site in every plan, those in most plans first."""
    power = pd.DataFrame({n: p.sites.set_index("id")["it_mw"] for n, p in plans.items()})
    power = power.astype(float).rename_axis("site")
    known = (
        pd.concat([p.sites[["id", "name", "country"]] for p in plans.values()]).drop_duplicates("id").set_index("id")
    )
    table = power.assign(in_plans=power.notna().sum(axis=1), total=power.sum(axis=1)).join(known)
    order = table.sort_values(["in_plans", "total"], ascending=[False, False], kind="stable")
    return order[["name", "country", *plans, "in_plans"]]


def _limits(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """Return the slack of every row that binds in any plan."""
    columns = {
        n: p.binding.drop_duplicates(["limit", "where"]).set_index(["limit", "where"])["slack"].astype(float)
        for n, p in plans.items()
    }
    return pd.DataFrame(columns).rename_axis(["limit", "where"]).sort_index()
