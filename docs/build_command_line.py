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
| 2 | bad input: one message that lists every error |
| 3 | feasible, but not proven within the time limit |

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
