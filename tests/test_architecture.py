"""Imports point downwards as the contracts of pyproject.toml require, and `import siting` loads nothing heavy."""

import json
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

import siting

ROOT = Path(__file__).parents[1]
HEAVY = (
    "numpy",
    "scipy",
    "pandas",
    "geopandas",
    "shapely",
    "pyproj",
    "matplotlib",
    "pulp",
    "highspy",
    "pydantic",
    "typer",
    "rich",
)
CONTRACT = {
    "Scenario",
    "prepare",
    "solve",
    "Plan",
    "today",
    "place",
    "rtt_ms",
    "rtt_quality",
    "Problem",
    "Limit",
    "Objective",
    "SitingError",
    "DataError",
    "ScenarioError",
    "InfeasibleError",
    "UnprovenError",
}
"""Names that every version has to keep."""


def fresh(code: str) -> object:
    """Run code in a process that has imported nothing yet, and return the JSON it prints."""
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=env, check=True)
    return json.loads(done.stdout)


def test_rooms_import_downwards_only() -> None:
    """The contracts are in pyproject.toml; import-linter reads them."""
    code = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_importing_siting_loads_nothing_heavy() -> None:
    loaded = fresh(f"import sys, json, siting; print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))")
    assert loaded == []


def test_the_command_line_loads_neither_tables_nor_maps_nor_solvers_before_a_command_needs_them() -> None:
    heavy = [m for m in HEAVY if m not in ("typer", "rich")]
    loaded = fresh(f"import sys, json, siting.cli.main; print(json.dumps([m for m in {heavy!r} if m in sys.modules]))")
    assert loaded == []


def test_preparing_and_solving_load_no_maps() -> None:
    loaded = fresh(
        "import sys, json, siting as st; st.prepare, st.solve, st.Plan, st.today; "
        "print(json.dumps([m for m in ('matplotlib', 'siting.show') if m in sys.modules]))"
    )
    assert loaded == []


def test_every_public_name_resolves_and_lives_in_the_package() -> None:
    for name in siting.__all__:
        value = getattr(siting, name)
        assert name == "__version__" or value.__module__.startswith("siting."), name
    assert set(siting.__all__) >= CONTRACT
    assert dir(siting) == sorted(siting.__all__)


@pytest.mark.parametrize("name", sorted(set(siting.__all__) - {"__version__"}))
def test_every_public_name_is_documented(name: str) -> None:
    assert (getattr(siting, name).__doc__ or "").strip()


@pytest.mark.slow
def test_every_public_name_resolves_first_in_a_fresh_process(tmp_path: Path) -> None:
    """A name may not depend on another having been used before; those of one module are imported together."""
    code = (
        "import sys, json, importlib, siting\n"
        f"sys.dont_write_bytecode, sys.pycache_prefix = False, {str(tmp_path)!r}\n"
        "def first(names):\n"
        "    for m in [m for m in sys.modules if m.startswith('siting')]: del sys.modules[m]\n"
        "    fresh = importlib.import_module('siting')\n"
        "    return [n for n in names if getattr(fresh, n) is None]\n"
        "homes = {}\n"
        "for name in siting.__all__: homes.setdefault(siting._MODULE_OF.get(name), []).append(name)\n"
        "print(json.dumps([n for names in homes.values() for n in first(names)]))"
    )
    assert fresh(code) == []


def test_a_name_that_is_not_public_is_refused_with_the_nearest() -> None:
    with pytest.raises(AttributeError, match=r"module `siting` has no `sovle`: did you mean `solve`\?"):
        siting.sovle  # noqa: B018


def test_solve_stays_the_function_whatever_is_imported() -> None:
    """The room is called `solver` so that no module hides `st.solve`."""
    code = (
        "import json, siting as st\n"
        "import siting.solver.solve, siting.verify.plan_check, siting.problem.prepare, siting.study.todays_pattern\n"
        "names = ('solve', 'prepare', 'today')\n"
        "print(json.dumps([type(getattr(st, n)).__name__ for n in names]))"
    )
    assert fresh(code) == ["function", "function", "function"]


def test_solve_stays_the_function_after_a_plan_was_verified(texas_plan: siting.Plan) -> None:
    texas_plan.verify()
    assert isinstance(siting.solve, types.FunctionType)


def test_a_saved_plan_and_a_scenario_are_read_whatever_was_imported_before(small: Path, tmp_path: Path) -> None:
    """The kinds of limits and objectives do not depend on which public name was used first."""
    siting.solve(siting.prepare(siting.Scenario.read(small))).save(tmp_path / "plan")
    loads = f"from siting.plan.plan import Plan; print(json.dumps(Plan.load({str(tmp_path / 'plan')!r}).status))"
    reads = f"from siting.scenario.scenario import Scenario; print(json.dumps(Scenario.read({str(small)!r}).name))"
    assert fresh(f"import json; {loads}") == "optimal"
    assert fresh(f"import json; {reads}") == "small"


def test_every_limit_and_objective_of_a_file_is_known() -> None:
    code = (
        "import json\n"
        "from siting.scenario.limit import Limit\n"
        "from siting.scenario.objective import Objective\n"
        "print(json.dumps([sorted(Limit.kinds()), sorted(Objective.kinds())]))"
    )
    limits, objectives = fresh(code)
    assert {"budget", "grid_headroom", "max_latency", "renewable_share", "screen", "site_count"} <= set(limits)
    assert set(objectives) == {
        "cost",
        "cost_per_compute",
        "covered_demand",
        "emissions",
        "emissions_per_compute",
        "mean_latency",
        "sites",
        "water",
        "worst_latency",
    }


def test_physics_reads_no_file() -> None:
    """Pure formulas: numpy in, numpy out."""
    rooms = sorted((ROOT / "siting" / "physics").rglob("*.py"))
    assert len(rooms) > 15
    assert [
        p.name
        for p in rooms
        if "siting.world" in p.read_text(encoding="utf-8") or "open(" in p.read_text(encoding="utf-8")
    ] == []


def test_the_formulas_are_imported_by_the_names_of_the_api() -> None:
    code = "from siting.physics import carbon, compute, cooling, finance; from siting.world import grid; "
    code += "import json; print(json.dumps([callable(f) for f in (carbon.operational_t_per_mw_year, "
    code += "compute.eflop_per_mwh_it, cooling.pue, finance.capital_recovery_factor, grid.intensity, grid.trend)]))"
    assert fresh(code) == [True] * 6
