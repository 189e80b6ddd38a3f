"""Re-check of a stored scorecard: who is in it, with which outcome and facts; its regrets are the solver's."""

from typing import TYPE_CHECKING

import pandas as pd

from siting.plan.plan import SCORECARD
from siting.verify.question import candidates_again
from siting.verify.tolerances import Check, at_least, equal, equal_or_unknown, not_rechecked
from siting.world.outlook import with_outlook

if TYPE_CHECKING:
    from siting.plan.plan import Plan

FACTS = {"price_usd_per_mwh": ("electricity price", "USD/MWh"), "ci_g_per_kwh": ("grid intensity", "g/kWh")}
"""Facts of the places that the scorecard repeats."""


def scorecard(plan: "Plan") -> list[Check]:
    """Compare a stored scorecard with the sites and exclusions of the plan and with the candidates; nothing without one."""
    card = plan.tables.get(SCORECARD)
    if card is None:
        return []
    ids, outcome = card["id"].astype(str), card["outcome"].astype(str)
    listed = {word: set(ids[outcome == word]) for word in ("built", "lost", "excluded")}
    built, excluded = set(plan.sites["id"]), set(plan.excluded["site"])
    checks = [
        _none("places of the scorecard that are listed twice", set(ids[ids.duplicated()])),
        _none("outcomes of the scorecard that do not exist", set(outcome) - set(listed)),
        _none("places that the scorecard calls built, or the plan alone", listed["built"] ^ built),
        _none("places that the scorecard calls excluded and the plan does not", listed["excluded"] - excluded),
        _none(
            "places that the scorecard calls lost and the plan excludes or builds", listed["lost"] & (excluded | built)
        ),
    ]
    loads = plan.sites.set_index("id")["it_mw"]
    checks += [
        equal("IT power in the scorecard", s, float(mw), float(loads.get(s, 0.0)), "MW")
        for s, mw in zip(ids, card["it_mw"], strict=True)
    ]
    known = card[card["regret_at_least"].notna()]
    for s, regret, least in zip(known["id"], known["regret"], known["regret_at_least"], strict=True):
        checks.append(at_least("bound of a regret", str(s), float(least), 0.0, plan.proof.unit))
        if not pd.isna(regret):
            checks.append(
                at_least("regret at or above its bound", str(s), float(regret), float(least), plan.proof.unit)
            )
    note = not_rechecked("scorecard: regrets, figures of places alone, headroom, round trips and sentences")
    return [*checks, *_places(plan), note]


def _places(plan: "Plan") -> list[Check]:
    """Compare the places of the scorecard and their facts with the candidates."""
    known = candidates_again(plan)
    if known is None:
        return [not_rechecked(f"places of the scorecard: {plan.scenario.candidates.set} does not exist")]
    card, outlook = plan.tables[SCORECARD], plan.scenario.outlook
    facts = with_outlook(known.reset_index(), outlook.year, outlook.us_scenario, outlook.warming_k).set_index("id")
    facts = facts.rename(columns={plan.scenario.minimise.carbon.column: "ci_g_per_kwh"})
    checks = [_none("candidates that the scorecard lacks, or it alone has", set(facts.index) ^ set(card["id"]))]
    for column, (name, unit) in FACTS.items():
        theirs = facts[column].reindex(card["id"])
        checks += [
            equal_or_unknown(f"{name} in the scorecard", str(s), mine, other, unit)
            for s, mine, other in zip(card["id"], card[column], theirs, strict=True)
        ]
    return checks


def _none(check: str, found: set[str]) -> Check:
    return equal(check, ", ".join(sorted(found)[:3]) or "portfolio", float(len(found)), 0.0, "found")
