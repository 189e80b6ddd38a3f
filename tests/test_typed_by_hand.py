"""What a user types by hand: completion and help show our names, and every mistake is answered by the package's own error."""

import inspect
import pydoc
from typing import Literal

import pytest

import siting as st

LIMITS = sorted(st.Limit.kinds().items())
LONGEST_HELP = 260
"""Lines of `help` of a limit: it had 600 with the methods of the base class of another package."""


@pytest.mark.parametrize("kind", [*(c for _, c in LIMITS), st.Scenario, st.Cost, st.PowerContract])
def test_completion_and_help_show_our_names(kind: type) -> None:
    assert not [name for name in dir(kind) if name.startswith("model_") or name in {"parse_obj", "construct", "json"}]
    assert "pydantic_" not in " ".join(dir(kind))
    assert len(pydoc.render_doc(kind).splitlines()) < LONGEST_HELP


def test_completion_of_an_instance_shows_its_fields() -> None:
    names = dir(st.SiteCount(max=3))
    assert {"min", "max", "name", "rows"} <= set(names)
    assert "model_dump" not in names


@pytest.mark.parametrize("kind", [c for _, c in LIMITS])
def test_a_signature_has_every_value(kind: type[st.Limit]) -> None:
    signature = inspect.signature(kind)
    assert set(kind.model_fields) - {"kind"} <= set(signature.parameters)
    assert "kind" not in signature.parameters
    assert "FieldInfo" not in str(signature)


def test_the_signature_of_a_latency_limit_has_the_usual_classes() -> None:
    assert str(inspect.signature(st.MaxLatency)).startswith("(*, batch_ms: float | None = None, interactive_ms:")


def test_a_wrong_name_has_the_nearest_one() -> None:
    with pytest.raises(st.ScenarioError, match="unknown key `mx`: did you mean `max`") as caught:
        st.SiteCount(mx=2)
    assert "http" not in str(caught.value)


def test_a_value_without_a_name_is_answered() -> None:
    with pytest.raises(st.ScenarioError, match=r"`SiteCount` takes its values by name, .* `SiteCount\(min=\.\.\.\)`"):
        st.SiteCount(2)
    with pytest.raises(st.ScenarioError, match="`Scenario` takes its values by name, and got 'north'"):
        st.Scenario("north")


def test_one_limit_is_not_read_as_a_list_of_its_fields() -> None:
    with pytest.raises(st.ScenarioError, match="`limits`: give a list of limits, also where there is one") as caught:
        st.Scenario(name="x", limits=st.SiteCount(max=2))
    assert "'kind'" not in str(caught.value)


class Unfinished(st.Objective):
    """An objective without a quantity."""

    in_files = False
    objective: Literal["unfinished"] = "unfinished"


class Nameless(st.Limit):
    """A limit without a kind."""


def test_an_objective_of_your_own_without_a_quantity_says_what_is_missing(alone: st.Scenario) -> None:
    scenario = alone.model_copy(update={"minimise": Unfinished()})
    with pytest.raises(st.ScenarioError, match=r"give `Unfinished` a method `linear\(self, problem\)`"):
        st.solve(scenario)
    with pytest.raises(st.ScenarioError, match="give `Unfinished` a property `unit`"):
        _ = Unfinished().unit


def test_a_limit_of_your_own_without_a_kind_says_what_is_missing() -> None:
    with pytest.raises(st.ScenarioError, match="the class has no `kind`: give it the line `kind: Literal"):
        Nameless()
