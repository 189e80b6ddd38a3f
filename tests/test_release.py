"""The habits of a release: one version everywhere, a released section, and hooks that run the linters of CI."""

import re
import runpy
import tomllib
from pathlib import Path

import yaml

import siting

ROOT = Path(__file__).parents[1]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_version_is_the_same_everywhere_and_has_a_section_of_the_changelog() -> None:
    assert tomllib.loads(text("pyproject.toml"))["tool"]["hatch"]["version"]["path"] == "siting/__init__.py"
    version = siting.__version__
    assert f"\nversion: {version}\n" in text("CITATION.cff")
    date = re.search(r"^date-released: (\S+)$", text("CITATION.cff"), re.MULTILINE)
    assert date is not None
    assert f"\n## {version} ({date[1]})\n" in text("CHANGELOG.md")


def test_sections_of_the_changelog_are_those_of_keep_a_changelog() -> None:
    released = re.split(r"^## ", text("CHANGELOG.md"), flags=re.MULTILINE)[1:]
    assert [part.split(maxsplit=1)[0] for part in released if "(" in part.splitlines()[0]] == [
        "0.4.0",
        "0.3.0",
        "0.2.0",
        "0.1.0",
    ]
    for part in released:
        heads = re.findall(r"^### (\w+)$", part, re.MULTILINE)
        assert [
            h for h in ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security") if heads.count(h) > 1
        ] == []
        assert set(heads) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_hooks_before_a_commit_run_the_linters_of_ci_and_fetch_nothing() -> None:
    recipe = text("Makefile").split("\nlint:")[1].split("\n\n")[0]
    linters = re.findall(r"^\t\$\(BIN\)/(.*)$", recipe, re.MULTILINE)
    (local,) = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
    assert local["repo"] == "local"
    assert {hook["language"] for hook in local["hooks"]} == {"system"}
    hooks = [hook["entry"].removeprefix(".venv/bin/") for hook in local["hooks"]]
    assert hooks == [re.sub(r" (\.|notebooks/\S+)$", "", line) for line in linters]


def test_every_package_that_the_wheel_promises_has_a_lowest_version() -> None:
    lowest = runpy.run_path(str(ROOT / ".ci" / "lowest_versions.py"))["lowest"]()
    project = tomllib.loads(text("pyproject.toml"))["project"]
    assert len(lowest) >= len(project["dependencies"])
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9.]+", line) for line in lowest)


def test_every_tool_and_dependency_is_pinned_for_the_tests() -> None:
    project = tomllib.loads(text("pyproject.toml"))["project"]
    wanted = [*project["dependencies"], *(r for extra in project["optional-dependencies"].values() for r in extra)]
    names = {re.split(r"[\[<>=]", r)[0].lower() for r in wanted} - {"siting"}
    pinned = {line.split("==")[0].lower() for line in text("constraints.txt").splitlines() if "==" in line}
    assert names - pinned <= {"jupyterlab"}, "add them to constraints.txt"
