"""The recipe for a limit in CONTRIBUTING works: followed in a copy of the package, its limit is complete."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STEP = re.compile(
    r"^ +(?:New file `(?P<new>[^`]+)`|In `(?P<file>[^`]+)`, (?:before `(?P<before>[^`]+)`|at the end)):\n\n"
    r"```\w+\n(?P<text>.*?)```$",
    re.MULTILINE | re.DOTALL,
)
"""One step of the recipe: a new file, or lines in one that is there."""

USE = """
import json, runpy, sys
import siting as st
from lp_cases import LIMITS, limit_file
scenario = st.Scenario.read("small.toml")
plan = st.solve(st.prepare(scenario), gap=0.01)
checks = plan.verify()
print(json.dumps({
    "file": st.__file__,
    "public": "MaxHalls" in st.__all__,
    "limits": [x.name for x in scenario.limits],
    "advice": scenario.limits[0].how_to_loosen({"max": 9}),
    "halls": int(plan.sites["halls"].sum()),
    "checks": sorted(set(checks["check"])),
    "page": runpy.run_path("docs/build_limits.py")["page"](),
    "lp": limit_file("max_halls"),
    "kinds": [x.name for x in st.Scenario.read("scenarios/every_limit.toml").limits],
}))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the package in which the recipe was followed."""
    home = tmp_path_factory.mktemp("recipe")
    for folder in ("siting", "docs", "scenarios"):
        shutil.copytree(ROOT / folder, home / folder, ignore=shutil.ignore_patterns("__pycache__", "images", "_build"))
    (home / "data").symlink_to(ROOT / "data")
    (home / "tests").mkdir()
    for name in ("lp_cases.py", "instances.py"):
        shutil.copy(ROOT / "tests" / name, home / "tests" / name)
    shutil.copytree(ROOT / "tests" / "expected", home / "tests" / "expected")
    for step in STEP.finditer((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        follow(step, home)
    return home


def follow(step: re.Match[str], home: Path) -> None:
    """Write what one step of the recipe writes."""
    if step["new"]:
        assert not (home / step["new"]).exists()
        (home / step["new"]).write_text(step["text"], encoding="utf-8")
        return
    path = home / step["file"]
    there = path.read_text(encoding="utf-8")
    if step["before"] is None:
        path.write_text(there + step["text"], encoding="utf-8")
        return
    assert there.count(step["before"]) == 1, f"{step['file']}: `{step['before']}`"
    path.write_text(there.replace(step["before"], step["text"] + step["before"]), encoding="utf-8")


@pytest.mark.slow
def test_the_recipe_for_a_limit_gives_a_complete_limit(copy: Path) -> None:
    (copy / "sites.csv").write_text("name,lon,lat\nLulea,22.15,65.58\nOdense,10.38,55.39\n", encoding="utf-8")
    (copy / "small.toml").write_text(
        'name = "small"\n[demand]\nit_mw = 48\n[candidates]\nset = "sites.csv"\n[[limits]]\nkind = "max_halls"\nmax = 4\n',
        encoding="utf-8",
    )
    paths = os.pathsep.join([str(copy), str(copy / "tests")])
    done = subprocess.run(
        [sys.executable, "-c", USE],
        capture_output=True,
        text=True,
        cwd=copy,
        env=os.environ | {"PYTHONPATH": paths},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert Path(found["file"]).is_relative_to(copy)
    assert found["public"]
    assert found["limits"] == ["max_halls"]
    assert found["advice"] == "raise `max` to 9"
    assert found["halls"] == 4
    assert "halls" in found["checks"]
    assert "NOT RE-CHECKED" not in " ".join(found["checks"])
    assert "## `max_halls`\n\nBuild at most a number of halls over all sites" in found["page"]
    assert "halls [halls], 1 or more" in found["page"]
    assert "<= 3" in found["lp"]
    assert "max_halls" in found["kinds"]


def test_the_new_files_of_the_recipe_pass_the_linters(copy: Path) -> None:
    """The configuration of the repository judges the files as they are written."""
    changed = [s["new"] or s["file"] for s in STEP.finditer((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))]
    python = sorted({str(copy / name) for name in changed if name.endswith((".py", ".pyi"))})
    shutil.copy(ROOT / "pyproject.toml", copy / "pyproject.toml")
    ruff = Path(sys.executable).with_name("ruff")
    for command in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        done = subprocess.run([ruff, *command, *python], capture_output=True, text=True, cwd=copy, check=False)
        assert done.returncode == 0, done.stdout
