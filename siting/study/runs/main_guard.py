"""A script that starts processes without `if __name__ == "__main__":` is refused before any of them repeats it."""

import ast
import sys
from pathlib import Path

from siting.errors import StudyError

UNGUARDED = (
    'the call in line {line} of {path} is not below `if __name__ == "__main__":`, so each of the {workers} processes that it '
    "starts would run the script again: move it below that line, or run in this process with workers=1"
)

LEAVING = ("exit", "_exit", "quit")
"""Functions that end a script."""


def check_main_guard(workers: int) -> None:
    """Raise where the script that is run calls this from its top level and new processes would repeat the call.

    Raises
    ------
    StudyError
        The call is not below `if __name__ == "__main__":`.
    """
    main = sys.modules.get("__main__")
    path = getattr(main, "__file__", None)
    if path is None or getattr(main, "__spec__", None) is not None:  # a notebook, `-c`, or `python -m`
        return
    frame = sys._getframe()
    while frame.f_back is not None and not (frame.f_code.co_name == "<module>" and frame.f_globals is vars(main)):
        frame = frame.f_back
    if frame.f_globals is not vars(main) or frame.f_code.co_name != "<module>":
        return  # called from a thread
    try:
        tree = ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return  # not the text of a script
    if not _guarded(tree, frame.f_lineno):
        raise StudyError(UNGUARDED.format(line=frame.f_lineno, path=path, workers=workers))


def _guarded(tree: ast.Module, line: int) -> bool:
    """Return whether a line is reached only in the script itself: below a test of `__name__`, or of what is made of it."""
    names = {"__name__"}
    for statement in tree.body:
        if statement.lineno > line:
            break
        if isinstance(statement, ast.Assign) and _mentions(statement.value, names):
            names |= {target.id for target in statement.targets if isinstance(target, ast.Name)}
        for node in ast.walk(statement):
            if not isinstance(node, ast.If | ast.IfExp | ast.BoolOp | ast.Match | ast.While | ast.Assert):
                continue
            inside = node.lineno <= line <= (node.end_lineno or line)
            if (inside or _leaves(node)) and _mentions(_test_of(node), names):
                return True
    return False


def _test_of(node: ast.AST) -> ast.AST:
    """Return the condition of a statement."""
    found = getattr(node, "test", None) or getattr(node, "subject", None)
    return found if isinstance(found, ast.AST) else node


def _leaves(node: ast.AST) -> bool:
    """Return whether a statement may end the script: `assert`, or a branch that ends in `raise` or `sys.exit()`."""
    last = [
        branch[-1]
        for branch in (getattr(node, "body", None), getattr(node, "orelse", None))
        if isinstance(branch, list) and branch
    ]
    calls = [e.value.func for e in last if isinstance(e, ast.Expr) and isinstance(e.value, ast.Call)]
    return (
        isinstance(node, ast.Assert)
        or any(isinstance(e, ast.Raise) for e in last)
        or any(getattr(f, "attr", getattr(f, "id", "")) in LEAVING for f in calls)
    )


def _mentions(node: ast.AST, names: set[str]) -> bool:
    return any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(node))
