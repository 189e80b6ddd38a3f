"""Scorecard: every candidate of a scenario, best first, with its own figures, its regret and the reason in a sentence."""

import math
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.errors import listed
from siting.plan.files import flat, points_of
from siting.plan.plan import SCORECARD, Plan
from siting.problem.prepare import prepare
from siting.problem.problem import Problem
from siting.scenario.named_places import candidates_of
from siting.solver.analysis.regret import Explanation, explain
from siting.study.ranking.reasons import NEAR_TIE, Reasons, Regret, amount, excluded_sentence
from siting.units import Floats
from siting.world.outlook import with_outlook
from siting.world.user_files.own_columns import power_mw

COLUMNS = (
    *("id", "name", "country", "outcome", "reason", "it_mw", "emissions_g_per_eflop", "cost_usd_per_eflop", "pue"),
    *("wue_l_per_kwh", "ci_g_per_kwh", "price_usd_per_mwh", "headroom_mw", "rtt_p90_ms", "tax_known"),
    *("regret", "regret_at_least", "regret_unit", "regret_proof", "replaces", "lon", "lat"),
)
"""Columns of the scorecard before its points."""
CHEAP_CANDIDATES, CHEAP_S = 24, 10.0
"""Candidates up to which `siting plan` solves regrets, and its time for them [s] (our choice)."""
EXACT, BOUND, NO_PLAN, NOT_CANDIDATE = "exact", "at least", "no plan", ""
"""What is known of a regret: solved, bounded, that no plan exists, and nothing to know of an excluded place."""


def scorecard(
    plan: Plan,
    problem: Problem | None = None,
    *,
    explanation: Explanation | None = None,
    time_limit_s: float | None = 60.0,
) -> gpd.GeoDataFrame:
    """Return every candidate of a plan's scenario, best first.

    First the built sites, largest first; then those that lost, by regret; then those that were excluded before solving.

    Regrets take one solve a candidate (`siting.explain`): of up to 60 candidates all are solved, of more the most promising
    ones, as far as the time goes; the others have a proven lower bound from one LP relaxation, which takes less than a
    second on the 110 candidates of the baseline. `siting plan` therefore solves regrets where that is cheap
    (`with_scorecard`) and stores bounds elsewhere; `siting rank`, and `Plan.scorecard` of a plan without a stored scorecard,
    solve them.

    Parameters
    ----------
    plan : Plan
        A plan.
    problem : Problem or None, optional
        Its prepared problem; None to prepare it again.
    explanation : Explanation or None, optional
        Regrets that are known already; None to solve them.
    time_limit_s : float or None, optional
        Wall-clock limit of all regrets together [s]; 0 for bounds alone.

    Returns
    -------
    geopandas.GeoDataFrame
        `id`, `name`, `country`; `outcome` (`built`, `lost`, `excluded`); `reason`, a sentence; `it_mw` in the plan [MW];
        `emissions_g_per_eflop`, `cost_usd_per_eflop`, `pue`, `wue_l_per_kwh` of the candidate alone, as `own_best` defines
        them: its best design, halls in full use, at its own grid, whatever it serves in the plan; `ci_g_per_kwh`,
        `price_usd_per_mwh`; `headroom_mw` (largest facility power that limits allow, NaN without one); `rtt_p90_ms` (slowest
        hub that it serves, or may serve if it is not built); `tax_known` (whether the tax on servers there is known);
        `regret` (increase of the objective if a built site is left out, or a lost one forced in; NaN unless solved),
        `regret_at_least` (proven lower bound), `regret_unit`, `regret_proof` (`exact`, `at least`, `no plan`, or empty if
        excluded), `replaces` (names of sites that leave for a lost one, or take the place of a built one); `geometry`.

    Examples
    --------
    >>> import siting as st
    >>> scenario = st.Scenario(name="one", demand={"it_mw": 60}, limits=(st.SiteCount(max=1),))
    >>> table = scorecard(st.solve(st.prepare(scenario), gap=0.01), time_limit_s=0)
    >>> int((table["outcome"] == "built").sum())
    1
    """
    problem = prepare(plan.scenario) if problem is None else problem
    every = _places(plan, problem)
    names = dict(zip(every["id"].astype(str), _distinct(every), strict=True))
    parts = [_excluded(plan, every, names)]
    if plan.kpis:
        if explanation is None:
            explanation = regrets(problem, plan, time_limit_s)
        parts.insert(0, _prepared(problem, plan, explanation, names))
    table = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    return points_of(table.reindex(columns=list(COLUMNS)))


def regrets(problem: Problem, plan: Plan, time_limit_s: float | None = 60.0) -> Explanation:
    """Return the regrets of all candidates, as far as the time goes; bounds alone if there is none."""
    return explain(
        problem, plan, [] if time_limit_s == 0 else None, time_limit_s=time_limit_s, gap=plan.proof.gap_asked
    )


def with_scorecard(plan: Plan, problem: Problem, *, time_limit_s: float | None = CHEAP_S) -> Plan:
    """Return the plan with its scorecard stored, so that it is saved and loaded with it.

    Regrets are solved where that is cheap: of at most `CHEAP_CANDIDATES` candidates, within `CHEAP_S` seconds. Otherwise the
    bounds of the LP relaxation are stored. Measured on one core: 1 s for 12 candidates under three limits, all exact; 0.5 s
    for the bounds of the baseline's 110 candidates, whose exact regrets take minutes.
    """
    if not plan.sites["id"].isin(problem.sites["id"]).all():
        return plan  # of other candidates than those of this problem
    cheap = len(problem.sites) <= CHEAP_CANDIDATES
    return stored(plan, scorecard(plan, problem, time_limit_s=time_limit_s if cheap else 0.0))


def stored(plan: Plan, table: gpd.GeoDataFrame) -> Plan:
    """Return the plan with a scorecard among its tables."""
    return replace(plan, tables={**plan.tables, SCORECARD: flat(table)})


def near_ties(plan: Plan, table: pd.DataFrame) -> list[str]:
    """Return the candidates that could replace chosen sites within 1 % of the objective, each as a sentence.

    Those whose regret is not solved and may be as small are counted.
    """
    if plan.objective is None or "regret" not in table:
        return []
    lost, value = table[table["outcome"] == "lost"], abs(plan.objective)
    within, sentences = NEAR_TIE * value, []
    for row in lost[lost["regret"] <= within].to_dict("records"):
        how = f"replace {row['replaces']}" if row["replaces"] else "be added"
        share = f" ({row['regret'] / value:.2%} of the objective)" if value and row["regret"] > 0 else ""
        sentences.append(f"Near tie: {row['name']} could {how} for {amount(row['regret'], row['regret_unit'])}{share}.")
    unsolved = lost[(lost["regret_proof"] == BOUND) & (lost["regret_at_least"] <= within)]
    if len(unsolved):
        which = listed(unsolved["name"], most=4)
        sentences.append(f"Not solved, and perhaps as near: {which}.")
    return sentences


def built_and_excluded(plan: Plan) -> pd.DataFrame:
    """Return what the tables of a plan alone know of its candidates: the built sites, and the excluded ones with reasons."""
    sites = pd.DataFrame(plan.sites).sort_values("it_mw", ascending=False) if len(plan.sites) else pd.DataFrame()
    built = sites.reindex(columns=["id", "name", "country", "it_mw", "ci_g_per_kwh", "price_usd_per_mwh"])
    serves = [f"It serves {mw:,.0f} MW." for mw in built["it_mw"]]
    built = built.assign(outcome="built", reason=serves)
    nowhere = pd.DataFrame(columns=["id", "name", "country_iso2", "lon", "lat"])
    return pd.concat([built, _excluded(plan, nowhere, {})], ignore_index=True).reindex(columns=list(COLUMNS))


def _places(plan: Plan, problem: Problem) -> pd.DataFrame:
    """Return every candidate with its facts, the excluded ones too."""
    if plan.excluded["site"].isin(problem.sites["id"]).all():
        return problem.sites
    outlook = plan.scenario.outlook
    return with_outlook(candidates_of(plan.scenario), outlook.year, outlook.us_scenario, outlook.warming_k)


def _distinct(places: pd.DataFrame) -> list[str]:
    """Return the names of places, with the country where two share a name, and the id where that does not tell them apart."""
    name = places["name"].astype(str)
    with_country = name + ", " + places.get("country", places["country_iso2"]).astype(str)
    called = name.where(~name.duplicated(keep=False), with_country)
    return list(called.where(~called.duplicated(keep=False), called + " (" + places["id"].astype(str) + ")"))


def _prepared(problem: Problem, plan: Plan, explanation: Explanation, names: dict[str, str]) -> pd.DataFrame:
    """Return the built and the lost candidates, best first."""
    reasons = Reasons(problem, plan, names)
    known, unsolved = _regrets(explanation, plan), Regret(math.nan, 0.0, math.nan)
    ids = problem.sites["id"].astype(str)
    of = {s: known.get(s, unsolved) for s in ids}
    own = reasons.own
    built = own["it_mw"].index.isin(plan.sites["id"])
    unsure = problem.unknowns[problem.unknowns["limit"] == "cost"]
    untaxed = set(unsure.loc[unsure["unknown"].str.contains("tax on servers|sales tax"), "site"])
    table = pd.DataFrame(
        {
            "id": ids,
            "name": [names[s] for s in ids],
            "country": problem.sites.get("country", problem.sites["country_iso2"]),
            "outcome": np.where(built, "built", "lost"),
            "reason": [(reasons.built if b else reasons.lost)(s, of[s]) for s, b in zip(ids, built, strict=True)],
            **{c: own[c].to_numpy() for c in COLUMNS if c in own},
            "headroom_mw": _headroom_mw(problem),
            "rtt_p90_ms": _slowest_ms(problem, plan, reasons),
            "tax_known": pd.Series([s not in untaxed for s in ids], dtype=object),
            "regret": [r.exact if math.isfinite(r.exact) else np.nan for r in of.values()],
            "regret_at_least": [r.at_least if math.isfinite(r.at_least) else np.nan for r in of.values()],
            "regret_unit": explanation.unit,
            "regret_proof": [
                NO_PLAN if math.isinf(r.exact) else EXACT if math.isfinite(r.exact) else BOUND for r in of.values()
            ],
            "replaces": [", ".join(names[s] for s in r.instead) for r in of.values()],
            "lon": problem.sites["lon"],
            "lat": problem.sites["lat"],
        }
    )
    no_plan = table["regret_proof"] == NO_PLAN
    rank = table.assign(
        _built=~built,
        _mw=-table["it_mw"],
        _no=no_plan & ~built,
        _least=table["regret"].fillna(table["regret_at_least"]),
    )
    order = rank.sort_values(["_built", "_mw", "_no", "_least", "id"]).index
    return table.loc[order]


def _regrets(explanation: Explanation, plan: Plan) -> dict[str, Regret]:
    """Return what is known of each regret; a bound within the gap of the plan's own proof is none."""
    value, found = abs(plan.objective or 0.0), {}
    for row in explanation.regret.to_dict("records"):
        exact, at_least = float(row["regret"]), float(row["regret_at_least"])
        at_least = at_least if at_least > plan.proof.gap_asked * value else 0.0
        instead = tuple(x for x in str(row.get("instead", "")).split(", ") if x)
        found[str(row["site"])] = Regret(exact, at_least, exact / value if value else math.nan, instead)
    return found


def _headroom_mw(problem: Problem) -> Floats:
    """Return the largest facility power that limits and the planner's own figure allow each site [MW], NaN where none does."""
    of_limits = (x.facility_mw_cap(problem.sites) for x in problem.scenario.limits)
    caps = [*(cap for cap in of_limits if cap is not None), power_mw(problem.sites)]
    least = np.min([np.full(len(problem.sites), np.inf), *(np.asarray(cap, dtype=float) for cap in caps)], axis=0)
    return np.where(np.isfinite(least), least, np.nan)


def _slowest_ms(problem: Problem, plan: Plan, reasons: Reasons) -> Floats:
    """Return the p90 round trip to the slowest hub that a built site serves, or that another one may serve [ms]."""
    served = plan.assignments.groupby("site")["rtt_p90_ms"].max()
    may = np.where(reasons.within_reach, problem.rtt_p90_ms, -np.inf).max(axis=1)
    return np.asarray(served.reindex(problem.sites["id"]).fillna(pd.Series(may, index=problem.sites["id"])))


def _excluded(plan: Plan, every: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Return the candidates that were excluded before solving, with the facts that are known of them."""
    why: dict[str, list[tuple[str, str]]] = {}
    for row in plan.excluded.itertuples():  # designs that are excluded at a candidate that stays have no row there
        why.setdefault(str(row.site), []).append((str(row.limit), str(row.reason)))
    known = set(every["id"])
    strangers = [s for s in why if s not in known and s.partition("__")[0] not in known]  # of a plan from elsewhere
    gone = pd.concat(
        [every[every["id"].isin(why)], pd.DataFrame({"id": strangers, "name": strangers})], ignore_index=True
    )
    ids = gone["id"].astype(str)
    return pd.DataFrame(
        {
            "id": ids,
            "name": [names.get(s, s) for s in ids],
            "country": gone.get("country", gone["country_iso2"]),
            "outcome": "excluded",
            "reason": [excluded_sentence(why[s], plan.scenario) for s in ids],
            "it_mw": 0.0,
            "tax_known": pd.Series([None] * len(ids), index=gone.index, dtype=object),
            "ci_g_per_kwh": gone.get(plan.scenario.minimise.carbon.column, np.nan),
            "price_usd_per_mwh": gone.get("price_usd_per_mwh", np.nan),
            "regret_unit": "",
            "regret_proof": NOT_CANDIDATE,
            "replaces": "",
            "lon": gone["lon"],
            "lat": gone["lat"],
        }
    ).sort_values("name")
