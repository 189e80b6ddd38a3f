"""Statements of operators on capacity: dated, in zones that exist, and beside the headroom in plan, text and place."""

from dataclasses import replace

import pytest
from test_verify import asked

from siting import Plan, UnprovenError, place
from siting.show.report.report_tables import sites_table
from siting.show.text.site_text import capacity_sentences, site_sentences
from siting.world.grid.capacity_statements import in_words, statements_of
from siting.world.tables import read_table

ZONES = {"NO-NO5": "Statnett", "CA-QC": "Hydro-Quebec", "CA-BC": "BC Hydro", "AU-TAS": "Tasmania", "IS": "Landsvirkjun"}


@pytest.mark.parametrize(("zone", "operator"), ZONES.items())
def test_each_zone_of_the_audit_has_a_dated_statement_with_its_source(zone: str, operator: str) -> None:
    found = statements_of(zone)
    assert operator in found[0].operator
    assert [s.date for s in found] == sorted((s.date for s in found), reverse=True)
    assert all(s.source and s.quality for s in found)


def test_a_zone_without_a_statement_has_none_and_every_named_zone_exists() -> None:
    assert statements_of("SE-SE2") == ()
    assert in_words("SE-SE2") == ""
    named = {zone for zones in read_table("capacity_statements")["zones"] for zone in zones.split()}
    assert named <= set(read_table("zones")["zone_id"])


def test_a_place_lists_the_statements_of_its_zone() -> None:
    facts = place(-123.12, 49.28).set_index("fact")
    line = facts.loc["capacity to connect, BC Hydro"]
    assert "400 MW in two years" in line["value"]
    assert (line["year"], line["quality"]) == ("2026-01-30", "observed")
    assert not place(22.15, 65.58)["fact"].str.startswith("capacity to connect").any()


def test_a_plan_shows_them_beside_the_headroom(texas_plan: Plan) -> None:
    assert set(texas_plan.sites["capacity_statements"]) == {""}
    assert capacity_sentences(texas_plan.sites) == []
    stated = texas_plan.sites.assign(zone_id="CA-BC", zone_headroom_mw=960.0, capacity_statements=in_words("CA-BC"))
    text = " ".join(site_sentences(replace(texas_plan, sites=stated)))
    assert "headroom of zone CA-BC in this plan 960 MW). BC Hydro, 2026-01-30: " in text
    assert "stated capacity to connect" in sites_table(replace(texas_plan, sites=stated)).heads
    no_limit = capacity_sentences(stated.assign(zone_headroom_mw=float("nan")))
    assert "headroom of zone CA-BC not limited in this plan" in no_limit[0]


def test_an_altered_statement_fails_the_second_opinion(texas_plan: Plan) -> None:
    altered = texas_plan.sites.assign(capacity_statements="there is room")
    with pytest.raises(UnprovenError, match="statements on the capacity of the zone"):
        asked()(replace(texas_plan, sites=altered)).verify()
