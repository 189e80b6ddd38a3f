"""Files of a saved plan with one value changed: each is loaded and verified, or refused with a sentence."""

import copy
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import siting
from attacks import question
from attacks.outcome import Outcome, fault_of, run
from siting.errors import SitingError

ODD: tuple[Any, ...] = (
    None,
    True,
    "",
    "x",
    0,
    -1,
    1e308,
    float("nan"),
    float("inf"),
    10**400,
    [],
    {},
    [[]],
    [1, "a"],
    "\x1b[31m",
)


def nodes_of(value: Any) -> Iterator[tuple[Any, str | int]]:
    """Yield every container of a tree with every one of its keys."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, key
        yield from nodes_of(inner)


def tampered(rng: random.Random, whole: Any) -> tuple[str, Any]:
    """Change, drop, rename or double one value."""
    changed = copy.deepcopy(whole)
    deep = list(nodes_of(changed))
    shallow = [(changed, key) for key in changed]
    node, key = rng.choice(shallow if rng.random() < 0.2 else deep)
    way = rng.choice(["odd", "odd", "drop", "double"])
    if way == "drop":
        del node[key]
    elif way == "double" and isinstance(node, list):
        node.append(copy.deepcopy(node[key]))
    elif way == "double":
        node[f"{key}_"] = node[key]
    else:
        node[key] = rng.choice(ODD)
    return f"{way} {key}", changed


def used(folder: Path) -> str | None:
    """Load and verify a plan, and make its report; return what went wrong."""
    from siting.show.report.report import write_report
    from siting.study.story import story_of

    try:
        plan = siting.Plan.load(folder)
        plan.verify()
        write_report(story_of(plan), folder / "again.html")
    except SitingError as refused:
        return None if len(str(refused).encode()) <= 4096 else f"a message of {len(str(refused).encode())} bytes"
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:300]
    return None


def attempts(seed: int, n: int, folder: Path) -> Iterator[Outcome]:
    """Tamper with `n` copies of a saved plan; every tenth by bytes, not by values."""
    rng = random.Random(seed)  # noqa: S311 (no secret: a seed that repeats)
    scenario = question.write(folder / "question")
    first = fault_of(run(["plan", scenario.name, "--out", "plan", "--no-report"], scenario.parent))
    if first is not None:
        yield Outcome("plan file", "the plan itself", first)
        return
    saved = scenario.parent / "plan"
    text = (saved / "plan.json").read_text(encoding="utf-8")
    whole = json.loads(text)
    for i in range(n):
        here = folder / f"{seed}-{i}"
        shutil.copytree(saved, here)
        if i % 10:
            what, changed = tampered(rng, whole)
            damaged = json.dumps(changed)
        else:
            at = rng.randrange(len(text))
            what, damaged = (
                "bytes",
                text[:at] + rng.choice(["", "\x00", "[" * 3000, "9" * 5000]) + text[at + rng.randint(0, 50) :],
            )
        (here / "plan.json").write_text(damaged, encoding="utf-8")
        fault = used(here)
        yield Outcome("plan file", f"{here.name} {what}", fault)
        if fault is None:
            shutil.rmtree(here)
