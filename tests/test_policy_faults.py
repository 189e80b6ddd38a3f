"""A pack that is not whole is refused, with every fault of it and the entry each is in."""

import datetime as dt
import re
from pathlib import Path

import pytest

from siting import DataError, ScenarioError
from siting.problem.policy_rules import date_notes
from siting.scenario.policy import Policy
from siting.world.policy import packs_in_force, read_pack

HEAD = 'id = "x"\ntitle = "X"\njurisdictions = ["DE"]\n'
TAIL = 'source = "made up"\nquality = "assumption"\n'


def incentive(name: str, more: str) -> str:
    return (
        f'[[incentives]]\nid = "{name}"\ntitle = "t"\nkind = "sales_tax_exemption"\nrate = 0.05\n'
        f'base = "it_capex"\n{TAIL}{more}\n'
    )


def stop(name: str, more: str) -> str:
    return f'[[stops]]\nid = "{name}"\ntitle = "t"\n{TAIL}{more}\n'


def duty(name: str, more: str) -> str:
    return f'[[duties]]\nid = "{name}"\ntitle = "t"\ntext = "t"\napplies_to = "new"\n{TAIL}{more}\n'


START = "effective_from = 2020-01-01\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            HEAD + incentive("a", START + "min_capex = 200"),
            r"x\.toml:\n  - incentives `a`: unknown key `min_capex`: a threshold carries its unit in its name, write "
            r"`min_capex_usd`",
        ),
        (HEAD + duty("d", START + 'kind = "pue"\nmax_pu = 1.2'), r"duties `d`: unknown key `max_pu`: did you mean `max_pue`"),
        (HEAD + stop("s", START + "efective_to = 2021-01-01"), r"stops `s`: unknown key `efective_to`: did you mean `effec"),
        (
            HEAD + stop("s", START + "effective_to = 2019-01-01"),
            r"stops `s`: `effective_to` 2019-01-01 is before `effective_from` 2020-01-01",
        ),
        (HEAD + stop("s", ""), r"stops `s`: give `effective_from`, or state in `date_unknown` why the first day is unknown"),
        (HEAD + stop("s", START + 'date_unknown = "?"'), r"stops `s`: `date_unknown` is for an unknown first day"),
        (
            HEAD + incentive("a", START) + incentive("b", "effective_from = 2021-01-01"),
            r"`a` and `b` are the same rule with overlapping dates 2020-01-01 to open and 2021-01-01 to open",
        ),
        (
            HEAD + incentive("a", START) + incentive("a", "effective_from = 2021-01-01"),
            r"entry id `a` occurs twice with overlapping dates 2020-01-01 to open and 2021-01-01 to open",
        ),
        (HEAD.replace("DE", "DX"), r"jurisdiction `DX` is unknown: write an ISO 3166-1 alpha-2 code like `DE`"),
        (HEAD.replace("DE", "Germany"), r"jurisdiction `Germany` is unknown: did you mean `DE`\? write"),
        (HEAD.replace("DE", "US-TEX"), r"jurisdiction `US-TEX` is unknown: did you mean `US-TX`"),
        (
            HEAD + incentive("a", START).replace("sales_tax_exemption", "sales_tax_exempton"),
            r"incentives `a`: `kind` is 'sales_tax_exempton': .*: did you mean `sales_tax_exemption`",
        ),
        (
            HEAD + f'[[electricity_taxes]]\nid = "e"\ntitle = "t"\nper_mwh = 5\ncurrency = "EURO"\n{TAIL}{START}',
            r"electricity_taxes `e`: `currency` is 'EURO': .*: did you mean `EUR`",
        ),
        (
            HEAD + f'[[electricity_taxes]]\nid = "e"\ntitle = "t"\nper_kwh = 0.05\n{TAIL}{START}',
            r"electricity_taxes `e`: unknown key `per_kwh`: did you mean `per_mwh`",
        ),
        (
            HEAD + incentive("a", START).replace("rate = 0.05", "rate = 6.25"),
            r"incentives `a`: `rate` is 6\.25: .*\(a share: 6\.25 % is 0\.0625\)",
        ),
        (HEAD + duty("d", START + 'kind = "pue"'), r"duties `d`: a duty of kind `pue` needs `max_pue`"),
        (
            HEAD + duty("d", START + 'kind = "pue"\nmax_pue = 1.2\nmin_heat_reuse_share = 0.1'),
            r"duties `d`: a duty of kind `pue` has no `min_heat_reuse_share`: make an entry for each kind",
        ),
        (HEAD + duty("d", START + 'kind = "heat_reuse"\nmin_heat_reuse_share = 10'), r"`min_heat_reuse_share` is 10: should be"),
        (HEAD + "[[stopps]]\n", r"unknown key `stopps`: did you mean `stops`"),
        ("id = ", r"x\.toml is not valid TOML"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_file_entry_value_and_way_out(text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_pack(text, "x.toml")


def test_all_faults_of_one_pack_come_together() -> None:
    text = HEAD.replace("DE", "DX") + incentive("a", START + "min_capex = 200\nmin_job = 5") + stop("s", "")
    with pytest.raises(DataError) as caught:
        read_pack(text, "x.toml")
    said = str(caught.value)
    assert said.count("\n  - ") == 4
    for part in ("`min_capex_usd`", "did you mean `min_jobs`", "stops `s`", "jurisdiction `DX`"):
        assert part in said


def test_a_rule_may_follow_itself() -> None:
    text = HEAD + incentive("a", START + "effective_to = 2020-12-31") + incentive("b", "effective_from = 2021-01-01")
    assert [e.id for e in read_pack(text, "x.toml").incentives] == ["a", "b"]


def test_two_packs_of_one_id_and_two_entries_of_one_id_are_refused(tmp_path: Path) -> None:
    price = f'[[stops]]\nid = "aq-treaty"\ntitle = "t"\n{START}{TAIL}'
    own = tmp_path / "own.toml"
    own.write_text(HEAD.replace('"x"', '"eu"') + price, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        packs_in_force(dt.date(2026, 7, 1), ("eu", "aq", str(own)))
    assert "pack id `eu` is also used in eu" in str(caught.value)
    assert "entry id `aq-treaty` is also used in aq" in str(caught.value)


def test_an_own_pack_that_is_missing_or_broken_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text(HEAD + stop("s", ""), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        packs_in_force(dt.date(2026, 7, 1), ("nowhere.toml", str(broken)))
    assert "cannot read policy pack nowhere.toml" in str(caught.value)
    assert "stops `s`: give `effective_from`" in str(caught.value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("min_facility_mw = '20'", r"duties `d`: `min_facility_mw` is '20': give a number, without quotes"),
        ("min_it_mw = true", r"duties `d`: `min_it_mw` is True: give a number, without quotes"),
        ("min_it_mw = inf", r"duties `d`: `min_it_mw` is inf: should be a finite number"),
        ("additional = 'no'", r"duties `d`: `additional` is 'no': give true or false, without quotes"),
        ("additional = 1", r"duties `d`: `additional` is 1: give true or false, without quotes"),
        ("effective_to = 0", r"duties `d`: `effective_to` is 0: give a date like 2026-07-01"),
        ("effective_to = '86400'", r"duties `d`: `effective_to` is '86400': give a date like 2026-07-01"),
        ("effective_to = 2101-01-01", r"`effective_to` is 2101-01-01: give a date between 1990-01-01 and 2100-12-31"),
        ("area = { name = 'x', lon = 0, lat = 0, radius_km = inf }", r"`radius_km` is inf: should be a finite number"),
    ],
)
def test_a_pack_is_as_strict_as_a_scenario(value: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_pack(HEAD + duty("d", START + f'kind = "reporting"\n{value}'), "x.toml")


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("1995-01-01", r"is before the oldest entry of the packs, 1998-01-14: policies are UNKNOWN then"),
        ("2030-01-01", r"is after the last check of the packs, 2026-11-28: changes since are UNKNOWN"),
        ("2026-07-01", ""),
    ],
)
def test_a_date_before_the_oldest_entry_or_after_the_last_check_says_so(day: str, said: str) -> None:
    policy = Policy(date=dt.date.fromisoformat(day))
    found = date_notes(policy, policy.asked(Path))
    assert len(found) == bool(said)
    assert not found or re.search(said, found[0])
