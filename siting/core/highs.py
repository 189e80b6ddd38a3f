"""HiGHS without its banner."""

from functools import cache


@cache
def hush_highs() -> None:
    """Let HiGHS spend its banner where nobody reads it.

    highspy prints one to stdout, once a process, when the first `Highs` is made and before an option
    can be set, so PuLP's `msg=False` comes too late (HiGHS 1.16, ERGO-Code/HiGHS#2749) and
    `siting plan --json` would not be JSON. Its bare class takes the option first.
    """
    from highspy import _core

    silent = _core._Highs()
    silent.setOptionValue("log_to_console", False)
    silent.run()
