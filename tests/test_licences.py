"""Every shipped file says under what terms it is passed on, is whole, fits, and reaches the wheel."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from siting import DataError
from siting.world import tables
from siting.world.tables import Resource, check_hash, read_npz_checked, resource, resources

ROOT = Path(__file__).parents[1]
DATA_BYTES = 20_000_000
KNOWN = {
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "MIT",
    "ODbL-1.0",
    "Apache-2.0",
    "Public domain",
    "Copernicus licence: free use with attribution",
    "Single published figures, cited row by row",
}
"""Terms under which a table may ship; a new one is added here when it has been read."""

ARRAYS = [name for name, res in resources().items() if res.path.suffix == ".npz"]


def licences(res: Resource) -> list[str]:
    """Return the terms of a table, by title where the short name says nothing."""
    said = res.descriptor.get("licenses", [])
    return [x["title"] if x["name"].startswith("other") else x["name"] for x in said]


def test_every_shipped_table_has_a_licence_and_a_source() -> None:
    without = [n for n, res in resources().items() if not licences(res) or not res.descriptor.get("sources")]
    assert without == []


@pytest.mark.parametrize("name", list(resources()))
def test_the_terms_of_a_table_are_known(name: str) -> None:
    assert set(licences(resource(name))) <= KNOWN


def test_share_alike_data_stand_in_files_of_their_own() -> None:
    """A file under ODbL or CC BY-SA has no other terms beside it."""
    for res in resources().values():
        terms = licences(res)
        if {"ODbL-1.0", "CC-BY-SA-4.0"} & set(terms):
            assert len(terms) == 1, res.name


def test_no_file_lies_in_the_data_folder_without_a_descriptor() -> None:
    data = ROOT / "data"
    described = {res.path for res in resources().values()} | {data / "datapackage.json", data / "README.md"}
    found = {p for p in data.rglob("*") if p.is_file() and not p.is_relative_to(data / "build")}
    assert found - described == set()


def test_the_data_fit_into_20_mb() -> None:
    files = [p for p in (ROOT / "data").rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    assert sum(p.stat().st_size for p in files) <= DATA_BYTES
    for res in resources().values():
        assert res.descriptor["bytes"] == res.path.stat().st_size


def test_every_table_reaches_the_wheel() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    included = [ROOT / path for path in wheel["wheel"]["force-include"]]
    missing = [r.name for r in resources().values() if not any(r.path.is_relative_to(folder) for folder in included)]
    assert missing == []


# --- damage to files of arrays -------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Resource:
    """Return the hazard grids, lying in a folder where they may be damaged."""
    real = resource("hazard_grids")
    target = tmp_path / str(real.descriptor["path"])
    target.parent.mkdir()
    target.write_bytes(real.path.read_bytes())
    monkeypatch.setattr(tables, "data_dir", lambda: tmp_path)
    return real


@pytest.mark.parametrize("name", ARRAYS)
def test_every_array_is_what_its_descriptor_says(name: str) -> None:
    res = resource(name)
    assert list(read_npz_checked(res.path, res)) == [a["name"] for a in res.descriptor["arrays"]]
    assert all(a["description"] and a["unit"] for a in res.descriptor["arrays"])


def test_a_truncated_file_of_arrays_is_refused(copy: Resource) -> None:
    copy.path.write_bytes(copy.path.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"table `hazard_grids`: .* the file was truncated or altered"):
        check_hash(copy)
    with pytest.raises(DataError, match=r"hazard_grids.npz is not an npz file of plain arrays"):
        read_npz_checked(copy.path, copy)


def test_one_altered_byte_of_a_file_of_arrays_is_seen(copy: Resource) -> None:
    whole = bytearray(copy.path.read_bytes())
    whole[len(whole) // 2] ^= 1
    copy.path.write_bytes(bytes(whole))
    with pytest.raises(DataError, match="the file was truncated or altered"):
        check_hash(copy)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dtype": "<f8"}, r"array `frost_number_x200` is \|u1 \[360, 720\], not <f8 \[360, 720\]"),
        ({"shape": [180, 360]}, r"array `frost_number_x200` is .*, not \|u1 \[180, 360\]"),
        ({"constraints": {"minimum": 0, "maximum": 100}}, r"array `frost_number_x200` is outside 0\.\.100"),
        ({"name": "frost"}, r"arrays differ from the descriptor in frost, frost_number_x200"),
    ],
)
def test_arrays_that_are_not_as_described_are_refused(copy: Resource, change: dict[str, Any], message: str) -> None:
    first, frost = copy.descriptor["arrays"]
    other = Resource(copy.name, {**copy.descriptor, "arrays": [first, {**frost, **change}]})
    with pytest.raises(DataError, match=message):
        read_npz_checked(copy.path, other)
