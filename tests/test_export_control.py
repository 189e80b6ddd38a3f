"""US export control: the rule by part, place, owner and day; the limit that applies it, its switch and its re-check."""

import datetime as dt
import itertools
import math
from dataclasses import replace

import pytest
from test_verify import asked

from siting import (
    ExportControl,
    InfeasibleError,
    MaxLatency,
    Plan,
    Scenario,
    ScenarioError,
    UnprovenError,
    prepare,
    solve,
)
from siting.scenario.building import Hardware
from siting.scenario.named_places import candidates_of
from siting.show.text.answer import answer_sentences
from siting.show.text.site_text import export_counts, export_sentences
from siting.show.text.terminal import summary
from siting.study.story import story_of
from siting.verify.record import export_check
from siting.world.policy import export_control as rule
from siting.world.policy.export_control import BARRED, Chip, verdict
from siting.world.tables import read_table

NAN = math.nan
H200 = Chip("NVIDIA H200 SXM", 15832.0, 19.4, 4800.0)
GB200 = Chip("NVIDIA GB200 NVL72", 40000.0, 24.6, 8000.0)
H20 = Chip("NVIDIA H20", 2368.0, 2.9, 4000.0)
A30 = Chip("made up, class b", 3000.0, 4.0, 900.0)
ASCEND = Chip("Huawei Ascend 910C", 12480.0, 9.4, 3200.0)
NO_FIGURES = Chip("made up, unknown", NAN, NAN, NAN)
SUMMER = dt.date(2026, 7, 20)

FREE, CASE, DENIED, SHUT = "free", "licence_case_by_case", "presumption_of_denial", "prohibited"


@pytest.mark.parametrize(
    ("chip", "day", "policies"),
    [
        (H200, dt.date(2025, 12, 1), {"CN": DENIED, "AE": CASE, "SA": CASE, "NO": FREE}),
        (H200, SUMMER, {"CN": CASE, "AE": CASE, "SA": CASE, "NO": FREE}),
        (GB200, dt.date(2025, 12, 1), {"CN": DENIED, "AE": CASE, "SA": CASE, "NO": FREE}),
        (GB200, SUMMER, {"CN": DENIED, "AE": CASE, "SA": CASE, "NO": FREE}),
        (H20, dt.date(2025, 3, 1), {"CN": FREE, "AE": FREE, "SA": FREE, "NO": FREE}),
        (H20, SUMMER, {"CN": CASE, "AE": FREE, "SA": FREE, "NO": FREE}),
    ],
)
def test_three_parts_and_four_countries_at_two_dates(chip: Chip, day: dt.date, policies: dict[str, str]) -> None:
    assert {c: verdict(chip, c, day).policy for c in policies} == policies


@pytest.mark.parametrize(
    ("country", "last", "before", "first", "after"),
    [
        ("CN", "2026-01-14", DENIED, "2026-01-15", CASE),
        ("MO", "2026-01-14", DENIED, "2026-01-15", CASE),
        ("AE", "2023-11-16", FREE, "2023-11-17", CASE),
        ("KH", "2026-02-02", DENIED, "2026-02-03", CASE),
        ("RU", "2022-02-23", "unknown", "2022-02-24", SHUT),
        ("SE", "2022-10-06", "unknown", "2022-10-07", FREE),
    ],
)
def test_a_rule_holds_from_its_first_day(country: str, last: str, before: str, first: str, after: str) -> None:
    found = [verdict(H200, country, dt.date.fromisoformat(day)).policy for day in (last, first)]
    assert found == [before, after]


def test_the_emirates_are_open_to_the_listed_owners_since_july_2026() -> None:
    days = (dt.date(2026, 7, 9), dt.date(2026, 7, 10), dt.date(2027, 4, 7))
    assert [verdict(GB200, "AE", d, owner="Google").policy for d in days] == [CASE, FREE, FREE]
    assert [verdict(GB200, "AE", d, owner="G42").policy for d in days] == [CASE, FREE, CASE]
    assert [verdict(GB200, "AE", d).policy for d in days] == [CASE, CASE, CASE]


def test_an_owner_with_its_seat_in_group_d5_is_denied_anywhere_abroad() -> None:
    of = {"owner_country": "CN"}
    assert {c: verdict(H200, c, SUMMER, **of).policy for c in ("NO", "AE", "CN", "US")} == {
        "NO": DENIED, "AE": DENIED, "CN": CASE, "US": FREE,
    }  # fmt: skip
    assert verdict(H200, "NO", SUMMER, owner_country="IL").policy == FREE
    assert verdict(H20, "NO", SUMMER, **of).policy == FREE


def test_a_part_of_class_b_is_controlled_too_and_the_edges_belong_to_the_rule() -> None:
    assert verdict(A30, "SA", SUMMER).policy == CASE
    assert verdict(Chip("edge", 4800.0, 1.0, 1.0), "SA", SUMMER).policy == CASE
    assert verdict(Chip("below", 4799.9, 1.59, 1.0), "SA", SUMMER).policy == FREE
    assert [verdict(Chip("edge", t, 9.0, 1.0), "CN", SUMMER).policy for t in (20999.0, 21000.0)] == [CASE, DENIED]
    assert [verdict(Chip("edge", 9e3, 9.0, b), "CN", SUMMER).policy for b in (6499.0, 6500.0)] == [CASE, DENIED]


def test_israel_is_in_a6_and_needs_none_though_it_is_in_d4() -> None:
    assert verdict(GB200, "IL", SUMMER).policy == FREE


def test_ascend_is_used_at_risk_anywhere() -> None:
    found = {c: verdict(ASCEND, c, SUMMER) for c in ("CN", "NO", "US", "IR")}
    assert {c: v.policy for c, v in found.items()} == dict.fromkeys(("CN", "NO", "US"), "use_at_risk") | {"IR": SHUT}
    assert "General Prohibition 10" in found["NO"].words
    assert found["NO"].is_risk


def test_an_unknown_figure_is_said_where_it_decides_and_nowhere_else() -> None:
    found = {c: verdict(NO_FIGURES, c, SUMMER).policy for c in ("CN", "SA", "NO", "US", "IR")}
    assert found == {"CN": "unknown", "SA": "unknown", "NO": FREE, "US": FREE, "IR": SHUT}
    no_bandwidth = replace(H200, memory_bw_gb_s=NAN)
    assert [verdict(no_bandwidth, c, SUMMER).policy for c in ("CN", "SA")] == ["unknown", CASE]
    assert verdict(replace(GB200, memory_bw_gb_s=NAN), "CN", SUMMER).policy == DENIED
    assert "memory_bw_gb_s of NVIDIA H200 SXM unknown" in verdict(no_bandwidth, "CN", SUMMER).text


def test_figures_of_the_catalogue_are_those_of_the_vendors() -> None:
    assert [rule.chip_of(chip.name) for chip in (H200, GB200, H20, ASCEND)] == [H200, GB200, H20, ASCEND]
    assert math.isnan(rule.chip_of("NVIDIA P100").tpp)


def test_every_verdict_cites_its_rule() -> None:
    cited = set(read_table("export_rules")["rule_id"])
    for chip, country in itertools.product((H200, GB200, H20, ASCEND), read_table("countries")["iso2"]):
        found = verdict(chip, str(country), SUMMER)
        assert found.rule_id in cited
        assert found.cite in found.text


@pytest.mark.parametrize(
    ("hardware", "fault"),
    [
        (
            {"owner_country": "Swedn"},
            "`hardware.owner_country`: is `Swedn`: no country is called so: did you mean `Sweden`",
        ),
        ({"owner": "Gogle"}, "`hardware.owner`: is `Gogle`: did you mean `Google`.* leave out any other owner"),
    ],
)
def test_an_unknown_seat_or_owner_is_refused(hardware: dict[str, str], fault: str) -> None:
    with pytest.raises(ScenarioError, match=fault):
        Scenario(name="x", hardware=hardware)
    assert Scenario(name="x", hardware={"owner_country": "China"}).hardware.owner_country == "CN"


def in_world(chip: Chip, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every accelerator of the catalogue the figures of one part."""
    monkeypatch.setattr("siting.limits.export_control.chip_of", lambda _: chip)
    monkeypatch.setattr(export_check, "chip_of", lambda _: chip)
    figures = (chip.tpp, chip.performance_density, chip.memory_bw_gb_s)
    monkeypatch.setattr(export_check, "_figures", lambda _: figures)


def test_places_under_denial_are_excluded_and_case_by_case_is_not(
    baseline: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The excluded candidates are those that trying each of them by the second opinion finds."""
    in_world(GB200, monkeypatch)
    question = baseline.model_copy(update={"limits": ()})
    candidates = candidates_of(question)
    pairs = zip(candidates["id"], candidates["country_iso2"], strict=True)
    one_by_one = {str(s) for s, c in pairs if export_check.is_barred(question, str(c))}
    excluded = prepare(question).excluded.query("limit == 'export_control'").set_index("site")["reason"]
    assert set(excluded.index) == one_by_one
    assert {"beijing", "shanghai", "moscow"} <= one_by_one
    assert excluded["beijing"].startswith("presumption of denial (88 FR 73458): ")
    in_world(H200, monkeypatch)
    left = set(candidates.loc[~candidates["country_iso2"].isin(["CN", "HK", "MO"]), "id"])
    assert set(ExportControl().bound_to(question).drop_sites(candidates)) == one_by_one & left


def test_an_unknown_part_is_listed_and_not_excluded(baseline: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    in_world(NO_FIGURES, monkeypatch)
    problem = prepare(baseline.model_copy(update={"limits": ()}))
    unknown = problem.unknowns.query("limit == 'export_control'").set_index("site")["unknown"]
    assert unknown["beijing"].startswith("UNKNOWN whether a licence is needed: ")
    assert "oslo" not in unknown.index


def test_the_switch_takes_the_limit_out_and_is_said_first(texas_plan: Plan) -> None:
    on = texas_plan.scenario
    off = on.model_copy(update={"policy": on.policy.model_copy(update={"off": ("export_control",)})})
    assert [x.name for x in on.acting_limits if x.by_default] == ["export_control"]
    assert not any(x.by_default for x in off.acting_limits)
    plan = solve(prepare(off), gap=0.1)
    assert set(plan.sites["export_control"]) == {"not checked"}
    assert ("export rules", "export_control", "off") in set(
        plan.policy[["pack", "entry", "switch"]].itertuples(index=False, name=None)
    )
    plan.verify()
    story = story_of(plan)
    for first in (answer_sentences(story)[0], summary(story)[0]):
        assert first.startswith("Export control is switched off: ")
    assert not export_sentences(plan)
    with pytest.raises(ScenarioError, match=r"`policy.off`: no entry `export_contrl`.*did you mean `export_control`"):
        prepare(on.model_copy(update={"policy": on.policy.model_copy(update={"off": ("export_contrl",)})}))


def test_named_in_the_scenario_it_acts_once() -> None:
    scenario = Scenario(name="x", limits=(ExportControl(),))
    assert [x.name for x in scenario.acting_limits] == ["export_control"]
    with pytest.raises(ScenarioError, match=r"`policy.off` switches it off: take it out of one of the two"):
        Scenario(name="x", limits=(ExportControl(),), policy={"off": ("export_control",)})


def test_a_case_by_case_site_is_marked_in_plan_and_text(texas_plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(texas_plan.sites["export_control"]) == {"free"}
    marked = replace(texas_plan, sites=texas_plan.sites.assign(country_iso2="SA"))
    in_world(H200, monkeypatch)
    text = " ".join(export_sentences(marked))
    assert "Export control, a risk at " in text
    assert "licence needed, case by case (88 FR 73458). country groups D:1 and D:4" in text


def test_the_second_opinion_agrees_with_the_rule_everywhere(
    baseline: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [dt.date.fromisoformat(d) for d in ("2022-01-01", "2022-12-01", "2024-06-01", "2026-01-31", "2026-07-20")]
    places = ["AE", "AF", "AM", "BY", "CN", "HK", "IL", "IN", "IR", "KH", "MO", "NO", "RU", "SA", "SY", "US"]
    for chip, day, seat in itertools.product((H200, GB200, A30, NO_FIGURES), days, ("US", "CN", "KH")):
        in_world(chip, monkeypatch)
        hardware = baseline.hardware.model_copy(update={"owner_country": seat, "accelerator": chip.name})
        policy = baseline.policy.model_copy(update={"date": day})
        question = baseline.model_copy(update={"hardware": hardware, "policy": policy})
        for country in places:
            mine = verdict(chip, country, day, owner_country=seat).policy in BARRED
            assert export_check.is_barred(question, country) == mine, (chip, country, day, seat)


def test_a_site_that_would_be_denied_fails_the_second_opinion(
    texas_plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_world(H200, monkeypatch)
    for country, holds in (("NO", True), ("RU", False)):
        moved = replace(texas_plan, sites=texas_plan.sites.assign(country_iso2=country))
        assert {c[-1] for c in export_check.export_control(moved, ExportControl())} == {holds}
    changed = asked()(replace(texas_plan, sites=texas_plan.sites.assign(export_control="licence needed")))
    with pytest.raises(UnprovenError, match="export control of the site"):
        changed.verify()


def test_the_check_counts_the_candidates_at_risk(baseline: Scenario) -> None:
    baseline = baseline.model_copy(update={"hardware": Hardware(accelerator="NVIDIA H100 SXM5")})
    counts = export_counts(baseline, candidates_of(baseline))
    assert any(x.startswith("Export control: licence needed, case by case (91 FR 1684) at ") for x in counts)
    off = baseline.model_copy(update={"policy": baseline.policy.model_copy(update={"off": ("export_control",)})})
    assert export_counts(off, candidates_of(off)) == []


def test_hubs_out_of_reach_of_what_is_left_name_the_limits_that_excluded_the_rest(baseline: Scenario) -> None:
    hardware = baseline.hardware.model_copy(update={"accelerator": "NVIDIA GB200 NVL72"})
    with pytest.raises(InfeasibleError, match=r"relax the limits that excluded some \(`export_control`\)"):
        prepare(
            baseline.model_copy(update={"hardware": hardware, "limits": (MaxLatency(batch_ms=30, interactive_ms=30),)})
        )
