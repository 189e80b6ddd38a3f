"""A question changed is the same question but for what was said, and what cannot be is refused."""

from pathlib import Path

import pytest

from siting import Limit, MaxCi, Scenario, ScenarioError, SiteCount, change

ROOT = Path(__file__).parents[1]
BASELINE = Scenario.read(ROOT / "scenarios/baseline.toml")


def kinds(scenario: Scenario) -> list[str]:
    return [limit.name for limit in scenario.limits]


def test_nothing_said_changes_nothing() -> None:
    assert change(BASELINE) == BASELINE


def test_figures_limits_and_name_change_together_and_the_old_question_stays() -> None:
    before = BASELINE.as_dict()
    other = change(
        BASELINE,
        {"demand.it_mw": 60, "limits.site_count.max": 4, "policy.off": ["us-tx-qdc"]},
        name="other",
        add=[MaxCi(g_per_kwh=100)],
        without=["budget"],
    )
    assert (other.name, other.demand.it_mw, other.policy.off) == ("other", 60, ("us-tx-qdc",))
    assert kinds(other) == [k for k in kinds(BASELINE) if k != "budget"] + ["max_ci"]
    assert next(x.max for x in other.limits if isinstance(x, SiteCount)) == 4
    assert BASELINE.as_dict() == before


def test_a_kind_that_stands_twice_goes_whole_or_by_position() -> None:
    rules = Scenario.read(ROOT / "scenarios/data_residency.toml")
    assert kinds(rules)[:3] == ["jurisdictions"] * 3
    assert kinds(change(rules, without=["jurisdictions"])) == kinds(rules)[3:]
    assert change(rules, without=["0", "2"]).limits[0] == rules.limits[1]


def test_files_are_looked_for_where_they_were() -> None:
    assert change(BASELINE, name="other").folders == BASELINE.folders


@pytest.mark.parametrize(
    ("without", "said"),
    [(["budgte"], "`budgte`: did you mean `budget`?"), (["17"], "`17`"), (["budget", "moratorium"], "`moratorium`")],
)
def test_a_limit_that_is_not_there_is_refused_with_those_that_are(without: list[str], said: str) -> None:
    with pytest.raises(ScenarioError, match=r"no such limit to remove.*max_latency") as caught:
        change(BASELINE, without=without)
    assert said in str(caught.value)


def test_no_limit_can_be_left_out_where_there_is_none() -> None:
    with pytest.raises(ScenarioError, match="its limits are none"):
        change(Scenario(name="bare"), without=["budget"])


def test_figures_and_added_limits_are_checked_as_those_of_any_question() -> None:
    with pytest.raises(ScenarioError, match=r"demand\.it_mv"):
        change(BASELINE, {"demand.it_mv": 60})
    with pytest.raises(ScenarioError, match="max"):
        change(BASELINE, {"limits.site_count.max": 1})


def test_a_limit_of_a_notebook_is_kept() -> None:
    class Own(Limit):
        kind: str = "own"

    assert kinds(change(BASELINE, {"demand.it_mw": 60}, add=[Own()]))[-1] == "own"
    assert kinds(change(change(BASELINE, add=[Own()]), without=["own"])) == kinds(BASELINE)
