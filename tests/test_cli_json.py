"""`--json` prints JSON with a status on stdout whatever happens, and the message for people on stderr."""

import json
import sys
from pathlib import Path

import pytest

from siting.cli.main import main

FAR = '[[limits]]\nkind = "max_latency"\nbatch_ms = 1\n'


@pytest.mark.parametrize(
    ("command", "added", "code", "status"),
    [
        ("plan", FAR, 1, "infeasible"),
        ("check", FAR, 1, "infeasible"),
        ("frontier", FAR, 1, "infeasible"),
        ("check", '[[limits]]\nkind = "nonsense"\n', 2, "error"),
    ],
)
def test_a_refusal_is_json_too(
    command: str, added: str, code: int, status: str, small: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    small.write_text(small.read_text(encoding="utf-8") + added, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["siting", command, str(small), "--json"])
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        main()
    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert (end.value.code, answer["status"]) == (code, status)
    assert answer["message"] in printed.err
