"""Shipped values agree with facts that they do not rest on, and old facts are listed."""

from datetime import date
from pathlib import Path

import facts as audit
import package as pk
import pytest
from typer.testing import CliRunner

from siting.cli.main import app
from siting.world.tables import facts_due, read_table

FACTS = audit.read_facts()


def test_every_fact_agrees_with_what_is_shipped() -> None:
    seen = audit.compared(FACTS)
    odd = seen[~seen["agrees"]]
    assert odd.empty, odd[["table", "key", "field", "expected", "tolerance", "shipped"]].to_string()


def test_the_shipped_facts_are_those_that_were_collected() -> None:
    shipped = read_table("facts")
    assert set(shipped["table"] + shipped["key"] + shipped["field"]) == set(
        FACTS["table"] + FACTS["key"] + FACTS["field"]
    )
    assert (FACTS["checked"] < FACTS["check_after"]).all()


def test_a_value_that_differs_or_is_absent_does_not_agree() -> None:
    one = FACTS[FACTS["tolerance"].notna()].head(1)
    far = one.assign(expected=[str(float(one["expected"].iloc[0]) + 2 * one["tolerance"].iloc[0] + 1)])
    assert audit.compared(one)["agrees"].all()
    assert not audit.compared(far)["agrees"].any()
    assert not audit.compared(one.assign(key=["atlantis"]))["agrees"].any()


def test_a_fact_without_source_or_tolerance_fails_the_build(tmp_path: Path) -> None:
    head, row, *_ = (audit.FOLDER / "climate.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "climate.csv").write_text(f"{head}\n{row.replace(',2.0,', ',,')}\n")
    with pytest.raises(ValueError, match="facts without a tolerance: "):
        audit.read_facts(tmp_path)
    with pytest.raises(ValueError, match="source"):
        pk.write_table(FACTS.assign(source=None), tmp_path, audit.FACTS)


def test_values_older_than_their_date_are_listed() -> None:
    first = date.fromisoformat(FACTS["check_after"].min())
    assert facts_due(first).empty
    due = facts_due(date(2100, 1, 1))
    assert len(due) == len(FACTS)
    assert due["check_after"].is_monotonic_increasing


@pytest.mark.slow
def test_verify_lists_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siting.cli.data._today", lambda: date(2028, 1, 1))
    said = CliRunner().invoke(app, ["data", "verify"])
    assert said.exit_code == 0
    assert "values are older than their check_after date" in said.output
    assert "hubs, frankfurt, zone.ci_direct_g_per_kwh: 275.82 g/kWh (check_after 2027-06-30; " in said.output
