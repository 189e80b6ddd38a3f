"""Print a constraint `name==version` for the lowest version of everything that the wheel promises to work with.

`.ci/lowest` installs these. The extras are those whose code a planner runs (`build`: pyarrow, for GeoParquet layers); the
tools of tests and pages are not promised to anybody, and are taken from constraints.txt.
"""

import re
import tomllib
from pathlib import Path

EXTRAS = ("study", "cluster", "solvers", "build", "energy")


def lowest() -> list[str]:
    """Return a line a package, in the order of pyproject.toml; a requirement without a lower bound is an error."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(line for name in EXTRAS for line in project["optional-dependencies"][name])]
    lines = []
    for requirement in wanted:
        name = re.split(r"[\[<>=]", requirement)[0]
        if name == project["name"] or requirement.startswith("pulp["):  # other extras, or bounded by a line above
            continue
        bound = re.search(r">=([0-9.]+)", requirement)
        if bound is None:
            raise SystemExit(f"pyproject.toml: `{requirement}` has no lower bound")
        lines.append(f"{name}=={bound[1]}")
    return list(dict.fromkeys(lines))


if __name__ == "__main__":
    print("\n".join(lowest()))
