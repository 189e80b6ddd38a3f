"""No text of a planner's TOML or JSON file ends in an exception of a parser: file, place and value are named."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.errors import DataError, ScenarioError, SitingError
from siting.problem.prepare import prepare
from siting.scenario.scenario import Scenario
from siting.world.policy.pack import read_pack
from siting.world.user_files import guarded_files
from siting.world.user_files.guarded_files import json_object, read_json, read_text, read_toml, toml_table

DIGITS = "9" * 5000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = " + "[" * 3000 + "]" * 3000, r"^x\.toml: tables and lists lie more than 32 deep"),
        ("a = " + "{b = " * 40 + "1" + "}" * 40, r"^x\.toml: tables and lists lie more than 32 deep"),
        ("a." * 40 + "a = 1", r"^x\.toml: line 1 has a key of more than 32 parts"),
        ("\n[" + '"a" . ' * 50_000 + "a]", r"^x\.toml: line 2 has a key of more than 32 parts"),
        (f"a = 1\nb = {DIGITS}", r"^x\.toml: line 2 has a number of more than 4,000 digits \(99999"),
        (f"a = -{DIGITS[:399]}", r"`a` is a number of 400 digits: give an integer of at most"),
        ("b = [1, { c = 0x" + "f" * 5000 + " }]", r"`b\[1\]\.c` is a number of 6021 digits"),
        ('[candidates]\nset = "a\\u0000b"', r"`candidates\.set` is 'a\\x00b', with a NUL character"),
        ('"a\\u0000" = 1', r"key 'a\\x00' has a NUL character"),
        ("a = ", r"^x\.toml is not valid TOML: .*document.*correct that line"),
    ],
)
def test_toml_that_no_scenario_needs_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        toml_table(text, "x.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, r"^x\.json: tables and lists lie more than 32 deep"),
        ('{"a": ' + "[" * 40 + "]" * 40 + "}", r"^x\.json: tables and lists lie more than 32 deep"),
        (f'{{"a": {DIGITS}}}', r"^x\.json: line 1 has a number of more than 4,000 digits"),
        ('{"a": [0, NaN], "b": -Infinity}', r"(?s)`a\[1\]` is nan.*`b` is -inf"),
        ('{"a": "\\ud800"}', r"`a` is '\\ud800', with a NUL character or half of a surrogate pair"),
        ("[]", r"^cannot read x\.json \(it holds \[\], not a JSON object\): restore it"),
        ('{"a": 1', r"^cannot read x\.json \(not valid JSON: .*line 1 .*\): restore it"),
    ],
)
def test_json_that_no_plan_needs_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        json_object(text, "x.json", DataError)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_left_out(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes('name = "Łódź"'.encode(encoding))
    assert read_toml(file, "x", advice="") == {"name": "Łódź"}


def test_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes("a = 1\nname = 'Québec'".encode("latin-1"))
    with pytest.raises(ScenarioError, match=r"^scenario x is not in UTF-8 \(line 2\): save it"):
        read_toml(file, "scenario x", advice="")


@pytest.mark.parametrize("name", ["nowhere", ".", "a\0b", "x" * 5000])
def test_what_is_no_regular_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=r"cannot read plan x \(.+\): give another"):
        read_text(tmp_path / name, "plan x", advice="give another", error=DataError)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded_files, "MOST_JSON_BYTES", 100)
    file = tmp_path / "x.json"
    file.write_text("[" + " " * 100, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"^x has 101 bytes: at most 100 are read"):
        read_json(file, "x", advice="")


@given(st.text(alphabet=st.sampled_from("ab=.[]{}\"'\n #0x9einf_,-:\0\\u"), max_size=60))
@settings(max_examples=50, deadline=None)
def test_no_text_raises_anything_but_an_error_of_the_package(text: str) -> None:
    for read in (toml_table, json_object):
        try:
            read(text, "x")
        except SitingError as error:
            assert len(str(error)) < 4096  # noqa: PT017


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text("abc", max_size=3), plain, max_size=4))
@settings(deadline=None)
def test_json_that_can_be_used_is_read_as_it_is(values: dict[str, object]) -> None:
    assert json_object(json.dumps(values), "x") == values


def test_a_scenario_may_have_a_key_called_self(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text("self = 1", encoding="utf-8")
    with pytest.raises(ScenarioError, match="unknown key `self`"):
        Scenario.read(file)


def test_a_pack_is_read_by_the_same_reader() -> None:
    with pytest.raises(DataError, match=r"^own\.toml: line 1 has a number of more than 4,000 digits"):
        read_pack(f"a = {DIGITS}", "own.toml")


@pytest.mark.parametrize("name", ["a\0b.csv", "x" * 300 + ".csv", "d/" * 600 + "x.csv", "\ud800.csv"])
@pytest.mark.parametrize("folder", [None, "here"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, folder: str | None, name: str) -> None:
    scenario = Scenario(name="x", candidates={"set": name})
    with pytest.raises(ScenarioError, match=r"is not the name of a file: give at most 255 bytes"):
        (scenario.with_folder(tmp_path) if folder else scenario).file(name)


def test_a_path_with_backslashes_gets_the_advice_to_use_slashes(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text("[candidates]\nset = 'data\\places.csv'", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"with a slash \(/\) between folders \(looked for /.*places\.csv\)"):
        prepare(Scenario.read(file))
