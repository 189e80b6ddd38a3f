"""Return the page on the command line: the text of `siting COMMAND --help` for every command."""

import typer

from siting.cli.main import app

HEAD = """# Command line

Every command and option, as printed by `siting COMMAND --help`. `siting --install-completion` installs completion for
your shell.

| exit code | meaning |
|---|---|
| 0 | proven, or done |
| 1 | no plan exists |
| 2 | bad input: one message that lists every error; or a file or an output that cannot be read or written |
| 3 | feasible, but not proven within the time limit |
| 70 | internal error: the message names a file with the details |

Every command fills its folder beside its place, under a lock, and moves it there in one step. `manifest.json` has the digest
of every file in it: a folder is replaced only if all its files are listed there and unchanged, and a folder with other files is
refused before the work begins. Results of an earlier run are renamed to `NAME-earlier-1` when a run begins, and deleted when it
succeeds; after an infeasible or failed run they stay under that name.

Long commands show their progress on a terminal, and nothing if their output is piped.
"""


def page() -> str:
    """Return the page: one section per command, in the order of `siting --help`."""
    group = typer.main.get_command(app)
    return HEAD + "".join(_sections(group, "siting"))


def _sections(group: object, path: str) -> list[str]:
    """Return a section for every command of a group, and for those of the groups in it."""
    found = []
    for name, command in getattr(group, "commands", {}).items():
        full_name = f"{path} {name}"
        if hasattr(command, "commands"):
            found += _sections(command, full_name)
        else:
            context = command.make_context(
                full_name, [], resilient_parsing=True, terminal_width=78, max_content_width=78
            )
            found.append(f"\n## `{full_name}`\n\n```text\n{command.get_help(context).strip()}\n```\n")
    return found
