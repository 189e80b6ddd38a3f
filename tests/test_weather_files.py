"""Weather files of the planner: time axis, place, units, codes of missing values and encodings."""

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import siting as st
from siting.errors import DataError
from siting.physics.geodesy import great_circle_km
from siting.world.climate import climate_of_sites
from siting.world.climate.estimate_inputs import DAYS_IN_MONTH
from siting.world.climate.weather_axis import hours_of_column, order_of, stamp_of

HEADER = {
    "LOCATION": "Lulea,-,SWE,made up,000000,65.58,22.15,1.0,20.0",
    "DESIGN CONDITIONS": "0",
    "TYPICAL/EXTREME PERIODS": "0",
    "GROUND TEMPERATURES": "0",
    "HOLIDAYS/DAYLIGHT SAVINGS": "No,0,0,0",
    "COMMENTS 1": "",
    "COMMENTS 2": "",
    "DATA PERIODS": "1,1,Data,Sunday,1/1,12/31",
}
STAMPS = [(m + 1, d + 1, h + 1) for m, n in enumerate(DAYS_IN_MONTH) for d in range(n) for h in range(24)]
LEAP_DAY = [(2, 29, h + 1) for h in range(24)]
SITE = ([22.15], [65.58], [20.0])


def epw(
    path: Path,
    stamps: list[tuple[int, int, int]] = STAMPS,
    *,
    header: dict[str, str] | None = None,
    encoding: str = "utf-8",
    **cells: Any,
) -> Path:
    """Write an EPW file of 5 C, 50 % and 101,325 Pa, with cells that differ as a value or a list of them."""
    lines = [f"{name},{rest}" for name, rest in (HEADER | (header or {})).items() if rest is not None]
    given = {"dry": 5.0, "dew": -4.6, "rh": 50, "pressure": 101325} | cells
    columns = [v if isinstance(v, list) else [v] * len(stamps) for v in given.values()]
    lines += [
        f"2001,{m},{d},{h},60,source,{','.join(map(str, row))},{','.join(['0'] * 25)}"
        for (m, d, h), *row in zip(stamps, *columns, strict=True)
    ]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
    return path


def refused(path: Path) -> str:
    """Return the message with which a weather file is refused."""
    with pytest.raises(DataError) as caught:
        (st.read_epw if path.suffix == ".epw" else st.read_hours)(path)
    text = str(caught.value)
    assert path.name in text
    assert len(text) < 4000
    return text


# --- EPW: what is read ---------------------------------------------------------------------------


def test_an_epw_file_has_the_wet_bulb_of_its_humidity_and_pressure(tmp_path: Path) -> None:
    climate = st.read_epw(epw(tmp_path / "a.epw", dry=20.0))
    assert climate.dry_bulb_c.tolist() == [20.0] * 8760
    assert climate.wet_bulb_c[0] == pytest.approx(13.78, abs=0.05)  # ASHRAE chart: 20 C, 50 %
    assert (climate.lon, climate.lat, climate.elevation_m, climate.pressure_pa) == (22.15, 65.58, 20.0, 101325.0)
    assert (climate.station, climate.quality) == ("Lulea", "unverified")


def test_an_epw_file_is_read_as_pvlib_reads_it(tmp_path: Path) -> None:
    pvlib = pytest.importorskip("pvlib")
    values = np.random.default_rng(0).uniform(-30, 30, 8760).round(1).tolist()
    path = epw(tmp_path / "a.epw", dry=values)
    theirs, header = pvlib.iotools.read_epw(str(path))
    ours = st.read_epw(path)
    assert ours.dry_bulb_c.tolist() == theirs["temp_air"].tolist()
    assert (ours.lon, ours.lat, ours.elevation_m) == (header["longitude"], header["latitude"], header["altitude"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-16-le"])
def test_an_epw_file_may_have_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    location = HEADER["LOCATION"].replace("Lulea", "Québec")
    path = epw(tmp_path / "a.epw", header={"LOCATION": location}, encoding=encoding)
    assert st.read_epw(path).station == "Québec"


def test_29_february_is_left_out_where_the_header_observes_leap_years(tmp_path: Path) -> None:
    at = STAMPS.index((2, 28, 24)) + 1
    leap = [*STAMPS[:at], *LEAP_DAY, *STAMPS[at:]]
    observes = {"HOLIDAYS/DAYLIGHT SAVINGS": "Yes,0,0,0"}
    dry = [5.0] * at + [40.0] * 24 + [5.0] * (8760 - at)
    climate = st.read_epw(epw(tmp_path / "a.epw", leap, header=observes, dry=dry))
    assert climate.dry_bulb_c.max() == 5.0
    assert "29 February are left out" in climate.error
    text = refused(epw(tmp_path / "b.epw", leap))
    assert "line 1425 is an hour of 29 February" in text
    assert "8,784 hours, not 8,760: leave out 29 February" in text


@settings(max_examples=10, deadline=None)
@given(some.integers(0, 99), some.integers(0, 8760))
def test_hours_in_another_order_are_put_in_order(tmp_path_factory: Any, seed: int, turn: int) -> None:
    """A year from another month, or shuffled: the stamps decide."""
    folder = tmp_path_factory.mktemp("order")
    rows = list(enumerate(STAMPS))
    rows = rows[turn:] + rows[:turn]
    if turn % 2:
        rows = [rows[k] for k in np.random.default_rng(seed).permutation(len(rows))]
    climate = st.read_epw(epw(folder / "a.epw", [s for _, s in rows], dry=[k / 1000 for k, _ in rows], rh=100))
    assert climate.dry_bulb_c.tolist() == [k / 1000 for k in range(8760)]
    assert ("put in order" in climate.error) == ([k for k, _ in rows] != list(range(8760)))


@settings(max_examples=10, deadline=None)
@given(some.integers(0, 8759), some.integers(0, 8759), some.integers(1, 500))
def test_hours_that_are_missing_or_repeated_are_named(tmp_path_factory: Any, start: int, other: int, run: int) -> None:
    """Any run of hours replaced by another is a fault that names the first of both."""
    stamps = list(STAMPS)
    stamps[start : start + run] = [STAMPS[(other + k) % 8760] for k in range(len(STAMPS[start : start + run]))]
    if sorted(stamps) == sorted(STAMPS):
        return
    text = refused(epw(tmp_path_factory.mktemp("axis") / "a.epw", stamps))
    held = set(stamps)
    absent = next(k for k, s in enumerate(STAMPS) if s not in held)
    assert "missing (" + stamp_of(absent) in text
    assert "more than once" in text


@pytest.mark.parametrize("bad", [(1, 1, 0), (1, 1, 25), (13, 1, 1), (0, 1, 1), (4, 31, 1), (2, 30, 1), (1, 1, 1.5)])
def test_a_stamp_that_does_not_exist_is_named(tmp_path: Path, bad: Any) -> None:
    text = refused(epw(tmp_path / "a.epw", [*STAMPS[:9], bad, *STAMPS[10:]]))
    assert f"no such hour as month {bad[0]}, day {bad[1]}, hour {bad[2]:g} in line 18 (1 such)" in text


# --- EPW: what is refused ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"DATA PERIODS": "1,4,Data,Sunday,1/1,12/31"}, "DATA PERIODS in line 8 states 4 records an hour"),
        ({"LOCATION": "X"}, "LOCATION in line 1 has no latitude, its cell 7"),
        ({"LOCATION": "X,-,S,m,0,999,22.15,1,20"}, "LOCATION in line 1 has `999` as its latitude: give -90 to 90"),
        ({"LOCATION": "X,-,S,m,0,65.58,east,1,20"}, "LOCATION in line 1 has `east` as its longitude"),
        ({"LOCATION": "X,-,S,m,0,65.58,22.15,1,99999"}, r"has `99999` as its elevation [m]: give -500 to 9000"),
        ({"DATA PERIODS": None}, "no header line DATA PERIODS: an EPW file has 8 header lines"),
    ],
)
def test_a_header_that_cannot_be_is_refused(tmp_path: Path, header: Any, message: str) -> None:
    assert message in refused(epw(tmp_path / "a.epw", header=header))


@pytest.mark.parametrize("hours", [0, 1, 8759, 8761, 35040])
def test_a_year_of_other_than_8760_hours_is_refused(tmp_path: Path, hours: int) -> None:
    stamps = (STAMPS * 5)[:hours]
    assert f"has {hours:,} hours, not 8,760" in refused(epw(tmp_path / "a.epw", stamps))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"dry": 99.9}, "`dry_bulb_c` is 99.9, a code of a missing value, in line 9 (8760 such)"),
        ({"dry": [5.0] * 10 + [-9999.0] + [5.0] * 8749}, "is -9999, a code of a missing value, in line 19 (1 such)"),
        ({"rh": 999}, "`relative_humidity` is 999, a code of a missing value"),
        ({"pressure": 999999}, "`pressure_pa` is 999999, a code of a missing value"),
        ({"dry": 278.15}, "`dry_bulb_c` is 278.15 in line 9 (8760 such): give -90 to 60 C; this looks like kelvin"),
        ({"dry": 77.0}, "this looks like degrees Fahrenheit"),
        ({"rh": 115}, "`relative_humidity` is 115 in line 9 (8760 such): give 0 to 110 %"),
        ({"rh": 0.5}, "`relative_humidity` is at most 0.5: give 0 to 110 %; this looks like a share of 0 to 1"),
        ({"pressure": 1013.25}, "this looks like hPa: multiply by 100"),
        ({"pressure": 101.325}, "this looks like kPa: multiply by 1000"),
        ({"dry": "warm"}, "`dry_bulb_c` is `warm` in line 9 (8760 such): give a number"),
        ({"dry": ""}, "`dry_bulb_c` is empty in line 9"),
        ({"dry": [5.0] * 8759 + [61.0]}, "`dry_bulb_c` is 61 in line 8768 (1 such): give -90 to 60 C"),
    ],
)
def test_values_that_cannot_be_are_named_in_the_unit_of_the_file(tmp_path: Path, cells: Any, message: str) -> None:
    text = refused(epw(tmp_path / "a.epw", **cells))
    assert message in text
    assert text.endswith("give -90 to 60 C") or message != "`dry_bulb_c` is 61 in line 8768 (1 such): give -90 to 60 C"


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\0" * 100, b"LOCATION\0,", b"\xff\xfe\x00", b"PK\x03\x04"])
def test_a_file_that_is_not_an_epw_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.epw").write_bytes(content)
    refused(tmp_path / "a.epw")
    with pytest.raises(DataError, match=r"cannot read .*absent\.epw \(no such file\)"):
        st.read_epw(tmp_path / "absent.epw")


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(some.binary(max_size=300), some.integers(0, 3000))
def test_no_bytes_give_an_error_of_another_library(tmp_path_factory: Any, noise: bytes, at: int) -> None:
    """Bytes written over the head of a file: read, or refused by an error of the package."""
    path = epw(tmp_path_factory.mktemp("bytes") / "a.epw")
    content = path.read_bytes()
    path.write_bytes(content[:at] + noise + content[at + len(noise) :])
    with contextlib.suppress(DataError):
        st.read_epw(path)


# --- the column `hour` of a CSV file ---------------------------------------------------------------


def hours_csv(path: Path, hour: Any) -> Path:
    """Write a CSV file whose dry bulb is the number of its row over 1000."""
    rows = [f"{h},{k / 1000},-5" for k, h in enumerate(hour)]
    path.write_text("\n".join(["hour,dry_bulb_c,dew_point_c", *rows]) + "\n")
    return path


@pytest.mark.parametrize(
    "hour",
    [range(8760), range(1, 8761), [h % 24 for h in range(8760)], [h % 24 + 1 for h in range(8760)]],
)
def test_hours_of_the_year_or_of_the_day_are_read(tmp_path: Path, hour: Any) -> None:
    climate = st.read_hours(hours_csv(tmp_path / "a.csv", hour))
    assert climate.dry_bulb_c[:3].tolist() == [0.0, 0.001, 0.002]


def test_hours_backwards_are_put_in_order(tmp_path: Path) -> None:
    climate = st.read_hours(hours_csv(tmp_path / "a.csv", range(8760, 0, -1)))
    assert climate.dry_bulb_c[:2].tolist() == [8.759, 8.758]
    assert "put in the order of the column `hour`" in climate.error


@pytest.mark.parametrize(
    ("hour", "message"),
    [
        ([0] * 8760, "column `hour`:\n  - 8759 hours are missing (1 January hour 2"),
        ([*range(8759), 8758], "column `hour`:\n  - 1 hour is missing (31 December hour 24)"),
        (range(5, 8765), "`hour` runs from 5 to 8764"),
        ([*range(8759), "noon"], "`hour` is `noon` in line 8761"),
        ([k + 0.5 for k in range(8760)], "`hour` runs from 0.5 to 8759.5"),
        ([(h + 6) % 24 for h in range(8760)], "`hour` counts the hours of the day from 0, but is 6 in line 2"),
    ],
)
def test_a_column_of_hours_that_is_no_year_is_refused(tmp_path: Path, hour: Any, message: str) -> None:
    assert message in refused(hours_csv(tmp_path / "a.csv", hour))


@settings(max_examples=50, deadline=None)
@given(some.permutations(list(range(40))), some.integers(0, 8720), some.sampled_from([0, 1]))
def test_any_order_of_the_hours_of_a_year_is_found(mixed: list[int], at: int, first: int) -> None:
    """Sorting by the column gives the hours of the year."""
    hour = np.arange(8760)
    hour[at : at + 40] = at + np.array(mixed)
    order, faults = order_of(hours_of_column(hour + float(first), hour)[0], hour)
    assert not faults
    assert hour[order].tolist() == list(range(8760))


# --- the place of the file -------------------------------------------------------------------------


def test_a_file_of_the_site_adds_nothing(tmp_path: Path) -> None:
    rows, _ = climate_of_sites(*SITE, [epw(tmp_path / "a.epw", dry=2.0)])
    assert rows["error"].tolist() == ["hours of the user's file a.epw, with the error of that file"]


@settings(max_examples=10, deadline=None)
@given(some.floats(-180, 180), some.floats(-90, 90))
def test_a_station_is_compared_with_the_site_in_km(tmp_path_factory: Any, lon: float, lat: float) -> None:
    """Near: nothing; farther: stated; far: refused with the distance."""
    location = f"There,-,X,m,0,{lat},{lon},1,20"
    path = epw(tmp_path_factory.mktemp("place") / "a.epw", header={"LOCATION": location})
    km = float(great_circle_km(22.15, 65.58, lon, lat))
    if km > 500:
        with pytest.raises(DataError, match=rf"a\.epw: LOCATION is There at .*, {km:,.0f} km from its site"):
            climate_of_sites(*SITE, [path])
    else:
        rows, _ = climate_of_sites(*SITE, [path])
        assert (f", {km:,.0f} km from the site" in rows["error"][0]) == (km > 25)


@pytest.mark.parametrize(
    ("place", "hint"),
    [("65.58,-22.15", "a missing minus"), ("22.15,65.58", "latitude and longitude swapped"), ("1.37,103.98", "km, or")],
)
def test_a_slip_in_location_is_named(tmp_path: Path, place: str, hint: str) -> None:
    path = epw(tmp_path / "a.epw", header={"LOCATION": f"X,-,S,m,0,{place},1,20"})
    with pytest.raises(DataError, match=hint):
        climate_of_sites(*SITE, [path])


def test_elevation_and_mean_are_compared_with_the_site(tmp_path: Path) -> None:
    path = epw(tmp_path / "a.epw", header={"LOCATION": "X,-,S,m,0,65.58,22.15,1,420"}, dry=27.0)
    rows, _ = climate_of_sites(*SITE, [path])
    assert "LOCATION is 400 m higher than the site" in rows["error"][0]
    assert "annual mean of 27.0 C is 23.9 K above the estimate" in rows["error"][0]
