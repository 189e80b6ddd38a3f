"""Return the page on the model, docs/model.md, from the docstrings of limits, objectives and solver."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from model_symbols import COEFFICIENTS, LINES, SETS, TOTALS, VARIABLES, Symbol

import siting.limits
import siting.objectives
import siting.solver
from siting.problem.parts import PARTS
from siting.scenario.limit import Limit
from siting.scenario.objective import Objective

HEAD = """# The model

**Choose where to build AI-training data centres, how large, with which cooling, and which hubs they serve, so that the
emissions per unit of training compute are as low as possible, within latency, budget, policy and grid limits, and
prove it.** This page is the complete formulation of the mixed-integer model, generated from the docstrings of the code.
[Limits](limits.md) has the keys of each limit in a scenario file, [methods](methods.md) the physics of the coefficients, and
[the algorithm](algorithm.md) the decomposition that solves large instances.
"""

DECIDED = """Demand arises at hubs, in classes. A class may only be served within its round-trip limit, so a hub and class reach some
sites and not others; those that reach exactly the same sites form one group g. An option is a site with one cooling design,
with its coefficients computed beforehand, so that no binary is multiplied by a load. Power and emissions of an option follow
from `load_mw[o]`, service from `serve_mw[s,g]`: one constraint per site links the two."""

OBJECTIVE_WORDS = """The first objective is minimised (or maximised); more may follow in lexicographic order with tolerances (section 6),
and cost is always the last, so that claims, designs and ties are not arbitrary. A ratio is minimised as a ratio. With

    N [tCO2e/year]  = sum_o e_op[o] load_mw[o] + sum_o e_halls[o] halls[o]
    C [USD/year]    = sum_o usd_load[o] load_mw[o] + sum_o usd_halls[o] halls[o] - sum_{o,r} benefit_usd[o,r] (+ unmet demand at its price)
    D [EFLOP/year]  = 8760 eflop_per_mwh_it (sum_g demand_mw[g] - sum_g unmet_mw[g])

the objectives are:"""

KINDS_WORDS = """A *filter* removes sites, designs or arcs before the model is built, and `plan.excluded` lists them with the reason; a
*cap* bounds the size of a site; *rows* are constraints of the model; *cuts* are constraints that are added when a solution
violates them.

Policy packs also apply by the scenario's date: a stop is a filter, a stop above a size a cap, taxes and carbon prices are
coefficients, programmes are claims, and duties apply where the scenario has `efficiency_duty`. A site for which a
needed fact is unknown is excluded."""

IN_ORDER = """Objectives `f_1, f_2, ...` are optimised one after the other. With `v_i` the best value that was found and
proven for `f_i` in its stage, every later stage keeps ``f_i <= v_i + tolerance_i * |v_i|`` (``f_i >= v_i - tolerance_i * |v_i|``
for a maximised objective; ``N - v_i (1 + tolerance_i) D <= 0`` for a ratio N/D): a constraint, not a weight. Cost is the last
stage; after an objective with few ties it is minimised on the chosen sites, else over all of them. A plan is `optimal` only if
every stage is proven to the requested gap, and, where a budget is relative to least cost, that least cost is proven too:
`plan.proof.stages` lists each."""


def page() -> str:
    """Return the page."""
    return "".join(f"{part.rstrip()}\n\n" for part in _parts()).rstrip() + "\n"


def _parts() -> Iterator[str]:
    yield HEAD
    yield "## 1. Sets"
    yield _table(("set", "symbol", "what"), SETS)
    yield "## 2. Variables"
    yield DECIDED
    yield _table(("variable", "unit", "kind", "what"), [(f"`{v.name}`", v.unit, v.kind, v.what) for v in VARIABLES])
    yield "All variables are 0 or more. Totals on which a solver may branch:"
    yield _table(("variable", "unit", "kind", "what"), [(f"`{v.name}`", v.unit, v.kind, v.what) for v in TOTALS])
    yield "## 3. Coefficients"
    yield _table(("symbol", "unit", "what", "computed in"), [_given(c) for c in COEFFICIENTS])
    yield "Cost and emissions are sums of the same ledger, so that objective and report agree:"
    yield _table(("line", "charged on", "what"), [(f"`{n}`", f"`{per}`", what) for n, per, what in LINES])
    yield "## 4. Objectives"
    yield OBJECTIVE_WORDS
    yield from (_objective(o) for o in _objectives())
    yield "## 5. Constraints"
    yield "### In every plan"
    yield from (f"#### `{x.name}`\n\n{_words(x)}" for x in PARTS)
    yield "### Limits of a scenario"
    yield KINDS_WORDS
    yield from (_limit(x) for x in _limits())
    yield "## 6. Solution and proof"
    yield "### Objectives in order"
    yield IN_ORDER
    yield from _proofs()


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines)


def _given(c: Symbol) -> tuple[str, str, str, str]:
    return f"`{c.name}`", c.unit, c.what, f"`{c.kind.removeprefix('siting.')}`"


def _objectives() -> list[type[Objective]]:
    return [getattr(siting.objectives, n) for n in siting.objectives.__all__]


def _limits() -> list[type[Limit]]:
    found = [getattr(siting.limits, n) for n in siting.limits.__all__]
    return sorted((c for c in found if c.in_files), key=lambda c: str(c.model_fields["kind"].default))


def _words(thing: Any) -> str:
    """Return a docstring without its lists of keys and examples; references stay."""
    text = inspect.getdoc(thing) or ""
    words, _, rest = text.partition("\nAttributes\n----------\n")
    for title in ("Examples", "References"):
        words, _, later = words.partition(f"\n{title}\n{'-' * len(title)}\n")
        rest = f"{rest}\n{title}\n{'-' * len(title)}\n{later}" if later else rest
    cited = rest.partition("\nReferences\n----------\n")[2].partition("\nExamples\n")[0].strip()
    return words.strip() + (f"\n\n{cited}" if cited else "")


def _objective(objective: type[Objective]) -> str:
    default = objective.model_fields["objective"].default
    unit = objective.model_construct().unit
    return f"### `{default}` [{unit}]\n\n{_words(objective)}"


def _limit(limit: type[Limit]) -> str:
    return f"#### `{limit.model_fields['kind'].default}` ({', '.join(_does(limit))})\n\n{_words(limit)}"


def _does(limit: type[Limit]) -> list[str]:
    """Return what a limit does, by the methods that it overrides."""
    by = {
        "filter": ("drop_sites", "drop_options", "keep_arcs", "keep_pairs"),
        "cap": ("facility_mw_cap",),
        "rows": ("rows",),
        "cuts": ("cuts",),
    }
    only_checks = {"required", "existing"} if limit.drop_sites is not Limit.drop_sites else set()
    kind = str(limit.model_fields["kind"].default)
    said = [word for word, names in by.items() if any(getattr(limit, n) is not getattr(Limit, n) for n in names)]
    filters = any(getattr(limit, n) is not getattr(Limit, n) for n in by["filter"] if n != "drop_sites")
    return [w for w in said if not (w == "filter" and kind in only_checks and not filters)]


TITLES = {
    "lexicographic": "Sums, ratios and the largest value in use",
    "valid_inequalities": "Valid inequalities",
    "infeasibility": "Conflicting limits of an infeasible scenario",
    "shadow_prices": "Shadow prices",
    "near_optimal": "Other plans that are nearly as good",
    "regret": "Regret of a site",
}
"""Titles of the solver's modules that explain a proof; others are titled by their first sentence."""
EXPLAINED_BY = {"near_optimal": "alternatives", "regret": "explain"}
"""Functions whose docstring has the mathematics of their module."""


def _proofs() -> Iterator[str]:
    """Yield the docstring of every solver module that states an equation, with that of the function that explains it."""
    paths = [m.name for m in pkgutil.walk_packages(siting.solver.__path__, "siting.solver.") if not m.ispkg]
    for path in sorted(paths, key=lambda p: _place(p.rpartition(".")[2])):
        name, module = path.rpartition(".")[2], importlib.import_module(path)
        text = inspect.getdoc(module) or ""
        explained = getattr(module, EXPLAINED_BY.get(name, name), None)
        if name in TITLES and "``" not in text and inspect.isfunction(explained):
            text = f"{text}\n\n{_before_parameters(explained)}"
        if "``" in text or name in TITLES:
            head, _, rest = text.partition("\n\n")
            yield f"### {TITLES.get(name, head.splitlines()[0].rstrip('.:'))}"
            yield f"{head}\n\n{rest}"


def _place(name: str) -> tuple[int, str]:
    return (list(TITLES).index(name) if name in TITLES else len(TITLES), name)


def _before_parameters(function: Any) -> str:
    return (inspect.getdoc(function) or "").partition("\nParameters\n----------\n")[0].strip()
