"""The page on benchmarks is computed from the measurements, and marks a missed target as missed."""

import json
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BUILD = runpy.run_path(str(ROOT / "docs" / "build_benchmarks.py"))
TEXT = BUILD["page"]()


def test_every_picture_of_the_page_is_there() -> None:
    named = [part.partition(")")[0] for part in TEXT.split("](")[1:]]
    assert named
    assert all((ROOT / "docs" / name).is_file() for name in named)


@pytest.mark.parametrize("name", ["locate", "over_time", "rivals", "growth", "programme"])
def test_figures_carry_machine_versions_and_day_and_no_path(name: str) -> None:
    text = (ROOT / "benchmarks" / f"{name}.json").read_text(encoding="utf-8")
    machine = json.loads(text)["about"]
    assert {"date", "processor", "cores", "memory_mb", "python", "versions", "gap", "seconds_allowed"} <= set(machine)
    assert not any(root in text for root in ("/home", "/root", "/tmp", "/work"))  # noqa: S108


def test_no_published_optimum_is_contradicted() -> None:
    rows = BUILD["rows_of"](json.loads((ROOT / "benchmarks" / "locate.json").read_text(encoding="utf-8"))["rows"])
    assert [row.instance for row in rows if row.contradicted] == []
    assert "CONTRADICTED" not in TEXT


def one_run(case: str, *, sites: int, cpu_seconds: float, gap: float) -> dict[str, object]:
    numbers = {"sites": sites, "cpu_seconds": cpu_seconds, "gap": gap, "peak_memory_mb": 500}
    return {"case": case, "model": "restricted"} | numbers


def test_growth_is_reported_only_where_both_ends_are_proven() -> None:
    sizes = [one_run(str(n), sites=n, cpu_seconds=n / 500, gap=1e-5) for n in (1000, 10_000, 20_000)]
    powers = runpy.run_path(str(ROOT / "benchmarks" / "programme.py"))["powers"]
    assert powers(sizes)["cpu_seconds"] == pytest.approx(1.0)  # twenty times the time for twenty times the sites
    assert BUILD["_exponent"]({"runs": sizes, "powers": powers(sizes)}) == pytest.approx(1.0)
    sizes[-1]["gap"] = 0.02
    assert powers(sizes)["cpu_seconds"] is None  # two sizes always lie on a line
    assert BUILD["_exponent"]({"runs": sizes, "powers": {"cpu_seconds": 1.0}}) is None


def test_a_missed_target_is_shown_with_its_reason() -> None:
    runs = {"runs": [one_run("world", sites=3000, cpu_seconds=300.0, gap=0.02)]}
    world, large, growth = BUILD["_programme_targets"](runs)
    assert (world.met, large.met, growth.met) == (False, None, None)
    assert "gap 2 % at 300 s" in world.reached
    assert world.reason in BUILD["REASONS"]
