"""The command line: `siting --help`."""

import signal
import sys

from siting.cli.second_interrupt import EXIT_INTERRUPTED


def run() -> None:
    """Run the command line and end the process; Ctrl-C while modules are imported, or at the end, ends it quietly too."""
    try:
        from siting.cli.main import main

        main()
    except (KeyboardInterrupt, SystemExit) as end:
        if isinstance(end, SystemExit) and end.code != EXIT_INTERRUPTED:
            raise
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would only make the end untidy
        sys.exit(EXIT_INTERRUPTED)
