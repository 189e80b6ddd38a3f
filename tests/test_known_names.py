"""A name that no table has is an error in every limit, and a filter that excludes nothing is named."""

from pathlib import Path
from typing import Any

import pytest

from siting.errors import ScenarioError
from siting.problem.prepare import idle_filters, prepare
from siting.scenario.limit import Limit
from siting.scenario.scenario import Scenario

CODES = {"jurisdictions": "jurisdictions", "emissions_cap": "by_jurisdiction"}


def scenario(*limits: dict[str, Any], **parts: Any) -> Scenario:
    return Scenario(name="names", demand={"it_mw": 60}, limits=limits, **parts)


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        (
            {"kind": "moratorium", "admin1": ["Norbotten"]},
            r"limit `moratorium` names the first-level unit `Norbotten`, which no table has: did you mean `Norrbotten`\?",
        ),
        (
            {"kind": "moratorium", "zones": ["SE-SE9"]},
            r"the grid zone `SE-SE9`, which no table has: did you mean `SE-SE",
        ),
        (
            {"kind": "moratorium", "jurisdictions": ["SE-XX"]},
            r"the jurisdiction `SE-XX`, which no table has: name SE, or its units by `admin1`",
        ),
        (
            {"kind": "jurisdictions", "allowed": ["EU", "US-XX"]},
            r"limit `jurisdictions` names the jurisdiction `US-XX`, which no table has \(known are US-AK, US-AL, .* more\)",
        ),
        ({"kind": "carbon_free_share", "min": 0.5, "jurisdictions": ["CA-XX"]}, r"`CA-XX`, which .*CA-AB"),
        ({"kind": "renewable_share", "min": 0.5, "jurisdictions": ["CA-XX"]}, r"`CA-XX`, which"),
        ({"kind": "jobs", "min": 5, "jurisdictions": ["CN-XX"]}, r"`CN-XX`, which no table has: name CN"),
        ({"kind": "emissions_cap", "by_jurisdiction": {"DE-XX": 5e5}}, r"`DE-XX`, which no table has: name DE"),
    ],
)
def test_a_place_that_no_table_has_is_refused_with_the_nearest(limit: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        prepare(scenario(limit))


def test_every_field_of_a_limit_that_holds_codes_is_checked() -> None:
    for kind, limit in Limit.kinds().items():
        if not limit.__module__.startswith("siting."):
            continue
        coded = [n for n, f in limit.model_fields.items() if "known_code" in f"{f.annotation}{f.metadata}"]
        assert set(coded) <= {"jurisdictions", "allowed", "hub_countries", "by_jurisdiction"}, kind


def test_a_limit_of_ones_own_is_checked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Limit, "registry", dict(Limit.kinds()))

    class NotInZones(Limit):
        kind: str = "not_in_zones"
        zones: tuple[str, ...]

        def drop_sites(self, sites: Any) -> dict[str, str]:
            return dict.fromkeys(sites.loc[sites["zone_id"].isin(self.zones), "id"], "not here")

    with pytest.raises(ScenarioError, match=r"limit `not_in_zones` names the grid zone `SE-SE12`"):
        prepare(scenario({"kind": "not_in_zones", "zones": ["SE-SE12"]}))


def test_a_place_without_a_candidate_is_no_fault_and_the_filter_is_named_as_idle() -> None:
    problem = prepare(
        scenario(
            {"kind": "moratorium", "admin1": ["Andorra la Vella"]},
            {"kind": "moratorium", "jurisdictions": ["IE"]},
            {"kind": "max_latency", "batch_ms": 900},
            {"kind": "site_count", "max": 4},
        )
    )
    assert [line.split(":")[0] for line in idle_filters(problem)] == ["moratorium", "max_latency"]


def test_a_part_that_an_own_site_states_is_known(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("name,lon,lat,jurisdiction\nMunich,11.58,48.14,DE-BY\n", encoding="utf-8")
    file = tmp_path / "own.toml"
    file.write_text(
        '[demand]\nit_mw = 50\n[candidates]\nset = "own.csv"\n[[limits]]\nkind = "jurisdictions"\nallowed = ["DE-BY"]\n',
        encoding="utf-8",
    )
    assert prepare(Scenario.read(file)).sites["id"].tolist() == ["munich"]


def test_an_excluded_candidate_that_does_not_exist_gets_the_nearest() -> None:
    with pytest.raises(ScenarioError, match=r"names luela: no candidate has that id: did you mean `lulea`\?: correct"):
        prepare(scenario(candidates={"exclude": ["luela"]}))
