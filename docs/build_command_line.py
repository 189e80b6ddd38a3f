"""Write the page on the command line from the commands themselves: `siting COMMAND --help`, on paper."""

import typer

from siting.cli.main import app

HEAD = """# Command line

Every command and option, as `siting COMMAND --help` tells them. `siting --install-completion` teaches your shell to
complete them.

| exit code | says |
|---|---|
| 0 | proven, or done |
| 1 | no plan exists |
| 2 | bad input: one message that lists every fault |
| 3 | a plan, but not proven within the time |

Long work shows what it is doing on a terminal, and nothing when its output is piped.
"""


def page() -> str:
    """Return the page: one section a command, in the order of `siting --help`."""
    group = typer.main.get_command(app)
    return HEAD + "".join(_sections(group, "siting"))


def _sections(group: object, path: str) -> list[str]:
    """Return a section for every command of a group, and for those of the groups in it."""
    found = []
    for name, command in getattr(group, "commands", {}).items():
        told = f"{path} {name}"
        if hasattr(command, "commands"):
            found += _sections(command, told)
        else:
            context = command.make_context(told, [], resilient_parsing=True, terminal_width=78, max_content_width=78)
            found.append(f"\n## `{told}`\n\n```text\n{command.get_help(context).strip()}\n```\n")
    return found
