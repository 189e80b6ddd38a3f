"""The climate of any point: its hours, degree-days, limits, bad input, and the planner's own files."""

from pathlib import Path

import numpy as np
import pytest

import siting as st
from siting.errors import DataError
from siting.world.climate import USER_SET, climate_of_sites, hours_of, summaries_of, user_place_id
from siting.world.climate.estimate_inputs import DAYS_IN_MONTH, estimate_inputs
from siting.world.climate.months import months_at
from siting.world.climate.summary import hour_bins

HOBART = (147.3, -42.9)


def flat_year(dry_bulb_c: float, wet_bulb_c: float) -> st.Climate:
    """Return a year in which nothing changes."""
    return st.Climate(
        np.full(8760, dry_bulb_c), np.full(8760, wet_bulb_c), 101325.0, 0.0, 0.0, 0.0, "synthetic", "none"
    )


def hourly(path: Path, header: str, row: str, hours: int = 8760) -> Path:
    """Write a CSV file of equal hours."""
    path.write_text("\n".join([header, *[row] * hours]) + "\n")
    return path


def test_degree_days_integrate_the_daily_mean() -> None:
    year = np.tile(np.repeat([10.0, 22.0], 12), 365)  # the daily mean is 16 C
    climate = st.Climate(year, year - 1, 101325.0, 0.0, 0.0, 0.0, "synthetic", "none")
    assert climate.cdd(18.0) == 0.0
    assert climate.cdd(15.0) == 365.0
    assert climate.hdd(18.0) == 730.0


def test_hours_below_count_one_limit_or_both_at_once() -> None:
    climate = flat_year(18.0, 16.0)
    assert climate.hours_at_or_below(dry_bulb_c=18.0) == 8760
    assert climate.hours_at_or_below(wet_bulb_c=15.9) == 0
    assert climate.hours_at_or_below(dry_bulb_c=18.0, wet_bulb_c=15.9) == 0
    with pytest.raises(DataError, match="needs a limit"):
        climate.hours_at_or_below()
    with pytest.raises(DataError, match="nan: give a finite number"):
        climate.cdd(float("nan"))


def test_hours_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        st.climate_at(*HOBART).dry_bulb_c[0] = 0.0


def test_a_southern_place_is_warm_in_january() -> None:
    climate = st.climate_at(*HOBART, elevation_m=50.0)
    days = climate.dry_bulb_c.reshape(365, 24).mean(axis=1)
    assert climate.wet_bulb_c.shape == (8760,)
    assert (climate.wet_bulb_c <= climate.dry_bulb_c).all()
    assert days[:31].mean() - days[181:212].mean() > 6  # Hobart's seasons: about 18 against 9 C


def test_the_hours_have_the_estimated_months() -> None:
    at = [np.array([value]) for value in (*HOBART, 50.0)]
    months = months_at(estimate_inputs(), *at)
    days = st.climate_at(*HOBART, elevation_m=50.0).dry_bulb_c.reshape(365, 24).mean(axis=1)
    ends = np.cumsum(DAYS_IN_MONTH)
    found = [days[end - n : end].mean() for end, n in zip(ends, DAYS_IN_MONTH, strict=True)]
    assert found == pytest.approx(months.t_mean_c[0].tolist(), abs=0.01)


def test_an_offset_warms_the_year_and_keeps_its_relative_humidity() -> None:
    at = [np.array([value]) for value in (*HOBART, 50.0)]
    now, later = months_at(estimate_inputs(), *at), months_at(estimate_inputs(), *at, offset_k=2.0)
    assert later.t_mean_c == pytest.approx(now.t_mean_c + 2.0)
    # Clausius-Clapeyron: 6 to 8 % more vapour a kelvin between 5 and 20 C
    assert ((later.log_vapour - now.log_vapour) / 2.0).tolist()[0] == pytest.approx([0.067] * 12, abs=0.01)


def test_higher_ground_is_colder_and_thinner() -> None:
    low, high = (st.climate_at(-99.1, 19.4, elevation_m=metres) for metres in (1000.0, 2000.0))
    assert 4.0 <= low.dry_bulb_c.mean() - high.dry_bulb_c.mean() <= 6.5  # 5 K/km, and what stations teach of height
    assert low.pressure_pa > high.pressure_pa


def test_an_elevation_that_was_not_given_is_the_grids_and_said() -> None:
    guessed = st.climate_at(-99.1, 19.4)
    assert 2000 < guessed.elevation_m < 3000
    assert "elevation that of the quarter-degree grid" in guessed.error
    assert "quarter-degree" not in st.climate_at(-99.1, 19.4, elevation_m=2240.0).error


def test_longitudes_meet_at_the_date_line() -> None:
    west, east = (st.climate_at(lon, 66.0, elevation_m=10.0) for lon in (-180.0, 180.0))
    assert west.dry_bulb_c == pytest.approx(east.dry_bulb_c, abs=1e-9)


@pytest.mark.parametrize("lat", [90.0, -90.0])
def test_the_poles_have_a_climate_and_say_that_nothing_was_measured(lat: float) -> None:
    climate = st.climate_at(0.0, lat)
    assert climate.cdd(18.0) == 0.0
    assert "error unmeasured" in climate.error


def test_longyearbyen_needs_no_cooling_and_the_continental_north_has_a_summer() -> None:
    assert st.climate_at(15.63, 78.22).cdd(18.0) == 0.0
    for lon, lat in ((129.73, 62.03), (-147.72, 64.84)):
        warm = 8760 - st.climate_at(lon, lat).hours_at_or_below(dry_bulb_c=18.0)
        assert 200 <= warm <= 2000


def test_no_humidity_comes_to_mcmurdo_from_across_an_ocean() -> None:
    said = st.climate_at(166.67, -77.85, elevation_m=10.0).error
    assert "humidity and daily range neutral (assumption): the nearest climate normal is" in said
    assert "error unmeasured" in said


def test_no_hour_is_beyond_the_records_of_the_earth() -> None:
    lat = np.array([-77.85, 62.03, 63.46, 25.2, 90.0, -80.0])
    rows, _ = climate_of_sites(np.array([166.67, 129.73, 142.77, 55.3, 0.0, 90.0]), lat, np.full(6, np.nan))
    assert rows["t_max_c"].max() < 56.7  # Death Valley, 1913 (WMO archive)
    assert rows["t_min_c"].min() > -89.2  # Vostok, 1983 (WMO archive)


def test_the_open_sea_has_a_climate_that_says_where_it_is() -> None:
    climate = st.climate_at(-140.0, 10.0)
    assert "open sea, more than 50 km from land" in climate.error
    assert "open sea" not in st.climate_at(4.9, 52.37).error


def test_places_that_cannot_be_are_refused_all_at_once() -> None:
    with pytest.raises(DataError, match=r"`lon` is 200(.|\n)*`lat` is 95: give a latitude(.|\n)*`offset_k` is 40"):
        st.climate_at(200.0, 95.0, offset_k=40.0)
    for bad in (float("nan"), float("inf")):
        with pytest.raises(DataError, match="`lat` is"):
            st.climate_at(10.0, bad)
    with pytest.raises(DataError, match="`elevation_m` is inf"):
        st.climate_at(10.0, 50.0, elevation_m=float("inf"))


def test_bins_hold_every_hour_once_around_whole_degrees() -> None:
    dry, wet, hours = hour_bins(np.repeat([20.4, 20.5], 4380), np.repeat([-0.5, 3.0], 4380))
    assert (dry.tolist(), wet.tolist(), hours.tolist()) == ([20, 21], [0, 3], [4380, 4380])


def test_many_places_are_each_as_alone() -> None:
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(-180, 180, 40), rng.uniform(-60, 70, 40)
    rows, _ = climate_of_sites(lon, lat, np.full(40, 100.0))
    alone = st.climate_at(lon[37], lat[37], elevation_m=100.0)
    assert rows.at[37, "cdd18_k_day"] == pytest.approx(alone.cdd(18.0))
    assert rows.at[37, "wet_bulb_le_16c_h"] == alone.hours_at_or_below(wet_bulb_c=16.0)


def test_own_places_are_mixed_with_shipped_ones_in_the_order_asked_for() -> None:
    own = (USER_SET, user_place_id(15.63, 78.22))
    asked = [("sites", "singapore"), own, ("sites", "lulea"), own]
    year, rows = hours_of(asked), summaries_of(asked)
    mean_c = year.mean(year.dry_bulb_c)
    assert mean_c[1] == mean_c[3] < mean_c[2] < mean_c[0]
    assert rows["t_min_c"].is_unique is False
    assert rows["id"].tolist() == [name for _, name in asked]


def test_an_own_place_at_a_shipped_one_has_its_climate() -> None:
    site = st.climate_at(103.82, 1.35, elevation_m=15.0)
    rows = summaries_of([(USER_SET, user_place_id(103.82, 1.35, 15.0))])
    assert rows.at[0, "cdd18_k_day"] == pytest.approx(site.cdd(18.0))


@pytest.mark.parametrize(
    ("header", "row", "wet_bulb_c"),
    [
        ("dry_bulb_c,wet_bulb_c", "20,14", 14.0),
        ("dry_bulb_c,relative_humidity", "20,0.5", 13.78),
        ("dry_bulb_c,dew_point_c", "20,9.27", 13.78),
    ],
)
def test_a_csv_of_hours_may_tell_humidity_in_three_ways(
    tmp_path: Path, header: str, row: str, wet_bulb_c: float
) -> None:
    climate = st.read_hours(hourly(tmp_path / "hours.csv", header, row))
    assert climate.wet_bulb_c[0] == pytest.approx(wet_bulb_c, abs=0.05)
    assert "pressure 101325 Pa (assumption)" in climate.error


@pytest.mark.parametrize(
    ("header", "row", "hours", "faults"),
    [
        (
            "dry_bulb_c,wet_bulb_c",
            '"20,5",14',
            8760,
            "`20,5` in line 2 \\(8760 such\\): write a number with a decimal point",
        ),
        (
            "dry_bulb_c,wet_bulb_c",
            "20,5,14",
            8760,
            "row 2 has 3 cells, the header 2: write numbers with a decimal point",
        ),
        ("dry_bulb_c;wet_bulb_c", "20,5;21", 8760, "`wet_bulb_c` is above `dry_bulb_c` in line 2"),
        ("dry_bulb_c,wet_bulb_c", "20,", 8760, "`wet_bulb_c` is blank in line 2"),
        ("dry_bulb_c,wet_bulb_c", "20,14", 8759, "8,759 hours, not 8,760"),
        ("dry_bulb_c,wet_bulb_c", "20,14", 8784, "leave out 29 February"),
        ("dry_bulb_c,wet_bulb_c", "20,25", 8760, "`wet_bulb_c` is above `dry_bulb_c` in line 2"),
        (
            "dry_bulb_c,relative_humidity",
            "20,50",
            8760,
            "`relative_humidity` is 50 in line 2 .* per cent: divide by 100",
        ),
        ("dry_bulb_c,wet_bulb_c", "nan,14", 8760, "`dry_bulb_c` is `nan` in line 2"),
        (
            "temp,wet_bulb_c,dew_point_c",
            "x,14,9",
            8759,
            "`temp`(.|\\n)*`dry_bulb_c` is missing(.|\\n)*exactly one of",
        ),
    ],
)
def test_faults_of_a_csv_of_hours_are_named_together(
    tmp_path: Path, header: str, row: str, hours: int, faults: str
) -> None:
    with pytest.raises(DataError, match=faults):
        st.read_hours(hourly(tmp_path / "hours.csv", header, row, hours))


def test_an_empty_or_absent_csv_of_hours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(DataError, match=r"empty\.csv is empty"):
        st.read_hours(tmp_path / "empty.csv")
    with pytest.raises(DataError, match="cannot read"):
        st.read_hours(tmp_path / "absent.csv")


def test_a_weather_file_replaces_the_estimate_of_its_place(tmp_path: Path) -> None:
    file = hourly(tmp_path / "hours.csv", "dry_bulb_c,wet_bulb_c", "28,20")
    rows, bins = climate_of_sites([15.63, 15.63], [78.22, 78.22], [10.0, 10.0], [None, file])
    assert rows["cdd18_k_day"].tolist() == [0.0, 3650.0]
    assert rows["quality"].tolist() == ["modelled", "unverified"]
    assert [int(values[0]) for values in bins[1]] == [28, 20, 8760]


def test_faults_of_two_weather_files_are_raised_together(tmp_path: Path) -> None:
    bad = [hourly(tmp_path / f"{name}.csv", "dry_bulb_c,wet_bulb_c", "20,14", 10) for name in ("one", "two")]
    with pytest.raises(DataError, match=r"one\.csv(.|\n)*two\.csv"):
        climate_of_sites([1.0, 2.0], [3.0, 4.0], [0.0, 0.0], bad)
    with pytest.raises(DataError, match=r"neither \.epw nor \.csv"):
        climate_of_sites([1.0], [3.0], [0.0], [tmp_path / "x.txt"])
