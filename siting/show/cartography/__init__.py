"""Maps: projections, regions, the basemap, layout, legends and labels; matplotlib is first imported here."""

import contextlib
import locale
import os
import sys
import tempfile
from pathlib import Path


def _import_matplotlib() -> None:
    """Import matplotlib under any settings: it would fail with an unknown MPLBACKEND or locale, or a damaged matplotlibrc."""
    named = os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib as mpl
    except (OSError, ValueError, locale.Error):
        for name in [m for m in sys.modules if m.partition(".")[0] == "matplotlib"]:
            del sys.modules[name]  # half of it was imported
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            Path("matplotlibrc").touch()  # read in place of the user's
            import matplotlib as mpl
    finally:
        if named is not None:
            os.environ["MPLBACKEND"] = named
    if named:
        with contextlib.suppress(ValueError):  # figures are drawn without it
            mpl.rcParams["backend"] = named


if "matplotlib" not in sys.modules:
    _import_matplotlib()
