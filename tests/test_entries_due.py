"""Policy entries that are due for a new look are found and listed."""

import datetime as dt

import pytest
from typer.testing import CliRunner

from siting.cli.main import app
from siting.errors import DataError
from siting.world.policy import entries_due, packs, read_pack

ENTRY = 'id = "t"\ntitle = "x"\nrate = 0.05\nbase = "it_capex"\neffective_from = 2026-01-01\nsource = "x"\n'


def test_an_entry_is_due_a_year_after_it_was_checked() -> None:
    tax = packs()["us-tx"].sales_taxes[0]
    checked = tax.checked or packs()["us-tx"].checked
    assert checked is not None
    year = dt.timedelta(days=365)
    assert tax.id not in {e.id for _, _, e in entries_due(checked + year)}
    assert tax.id in {e.id for _, _, e in entries_due(checked + year + dt.timedelta(days=1))}


def test_what_had_ended_when_it_was_checked_is_never_due() -> None:
    due = entries_due(dt.date(2100, 1, 1))
    assert [after for after, _, _ in due] == sorted(after for after, _, _ in due)
    ended = {e.id for p in packs().values() for e in p.entries() if e.ended(e.checked or p.checked or dt.date.max)}
    assert ended
    assert not ended & {e.id for _, _, e in due}


def test_a_day_to_check_after_must_follow_the_check() -> None:
    days = 'quality = "observed"\nchecked = 2026-07-01\ncheck_after = 2026-06-01\n'
    head = 'id = "p"\ntitle = "x"\njurisdictions = ["DE"]\n'
    with pytest.raises(DataError, match=r"`check_after` 2026-06-01 is not after `checked` 2026-07-01"):
        read_pack(f"{head}[[sales_taxes]]\n{ENTRY}{days}", "p.toml")


def test_verify_lists_them_by_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siting.cli.data._today", lambda: dt.date(2029, 1, 1))
    monkeypatch.setattr("siting.world.tables.verify_all", list)
    said = CliRunner().invoke(app, ["data", "verify"]).output
    assert "policy entries are older than a year or their check_after date" in said
    assert "\npolicy-us-tx: " in said
    assert "\npolicy_rates: " in said
