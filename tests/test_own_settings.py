"""The user's settings are not ours: matplotlibrc, backend, terminal width, time zone and locale change no number and no figure."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest
from map_cases import a_plan, outcomes
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from siting.cli.common import LEAST_WIDTH, console
from siting.show.cartography.own_style import new_axes
from siting.show.figures.comparison import draw_heat
from siting.show.figures.maps import draw_plan
from siting.show.figures.waterfall_chart import draw_waterfall
from siting.show.report.html_page import drawn_picture
from siting.show.text.terminal import frame_table
from siting.study.map_data import ground_of
from siting.study.training_setting import patterson_waterfall

ROOT = Path(__file__).parents[1]
THEIRS = {
    "text.usetex": True,
    "font.family": ["Nowhere Sans"],
    "font.size": 30.0,
    "lines.linewidth": 9.0,
    "axes.formatter.use_locale": True,
    "axes.unicode_minus": False,
    "figure.facecolor": "red",
    "savefig.dpi": 17.0,
    "savefig.transparent": True,
    "savefig.bbox": "tight",
    "hatch.linewidth": 7.0,
}


def waterfall(ax: Axes) -> Axes:
    """Draw a chart with a name that mathematics would break."""
    return draw_waterfall(patterson_waterfall(), "A$\\frac$B", ax)


def test_a_figure_is_the_same_whatever_the_users_style_is() -> None:
    plain = drawn_picture(waterfall, inches=(5.0, 3.0), place=(0.1, 0.2, 0.8, 0.7))
    with mpl.rc_context(THEIRS):
        assert drawn_picture(waterfall, inches=(5.0, 3.0), place=(0.1, 0.2, 0.8, 0.7)) == plain
        assert mpl.rcParams["font.family"] == ["Nowhere Sans"], "the user's settings hold again afterwards"


def test_a_map_on_the_users_axes_needs_neither_latex_nor_the_users_font() -> None:
    with mpl.rc_context(THEIRS):
        figure = Figure(figsize=(11.69, 8.27))
        axes = figure.add_axes((0, 0, 1, 1))
        before = set(figure.findobj(Text))
        draw_plan(a_plan(), axes, "pacific", ground=ground_of(), candidates=outcomes(a_plan()))
        ours = [t for t in figure.findobj(Text) if t not in before and t.get_text()]
        assert len(ours) > 20
        assert not any(t.get_usetex() or t.get_parse_math() for t in ours)
        assert {tuple(t.get_fontfamily()) for t in ours} == {("DejaVu Sans",)}


def test_new_axes_are_drawn_without_the_backend_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise ImportError("Cannot load backend 'TkAgg' which requires the 'tk' interactive framework")

    monkeypatch.setattr("matplotlib.pyplot.figure", nowhere)
    axes = draw_heat(pd.DataFrame({"lulea": [60.0]}, index=["near"]))
    axes.figure.canvas.draw()
    assert new_axes((2.0, 1.0), full=True).get_position().bounds == (0.0, 0.0, 1.0, 1.0)


SCRIPT = """
from siting.show.figures.waterfall_chart import draw_waterfall
from siting.show.report.html_page import drawn_picture
from siting.study.training_setting import patterson_waterfall
table = patterson_waterfall()
print(drawn_picture(lambda ax: draw_waterfall(table, "a $b", ax), inches=(5.0, 3.0)), table.to_csv())
draw_waterfall(table, "new axes").figure.canvas.draw()
"""


def printed(folder: Path, **env: str) -> str:
    """Return what the script prints in a process of its own."""
    folder.mkdir()
    if env:
        rc = "".join(f"{k}: {v if isinstance(v, str) else str(v).strip('[]')}\n" for k, v in THEIRS.items())
        (folder / "matplotlibrc").write_text(rc.replace("'", "") + "backend: tkagg\n", encoding="utf-8")
    kept = {k: v for k, v in os.environ.items() if k not in ("MPLBACKEND", "COLUMNS", "TZ", "LC_ALL")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=folder, env=kept | {"PYTHONPATH": str(ROOT)} | env, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_settings_of_the_environment_change_nothing(tmp_path: Path) -> None:
    theirs = printed(tmp_path / "theirs", MPLBACKEND="nonsense", TZ="Asia/Kathmandu", LC_ALL="de_DE.UTF-8")
    assert theirs == printed(tmp_path / "plain")


def test_a_matplotlibrc_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_bytes(b"\xff\xfe font.size: 30")
    code = "import siting.show.cartography, matplotlib as m; print(m.rcParams['font.size'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "10.0\n"), done.stderr


@pytest.mark.parametrize(("columns", "width"), [("", 170), ("80", 80), ("x", 170), ("3", LEAST_WIDTH)])
def test_a_piped_table_is_as_wide_as_columns_says(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    monkeypatch.setattr(sys, "stdout", StringIO())
    monkeypatch.setenv("COLUMNS", columns)
    assert console().width == width


@pytest.mark.parametrize("columns", ["0", "1", "-5", "x", "20", "100000"])
def test_a_table_prints_in_a_terminal_of_any_width(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("COLUMNS", columns)
    out = console()
    assert out.width >= LEAST_WIDTH
    out.print(frame_table(pd.DataFrame({"site": ["Lulea"], "it_mw": [60.0]}), "sites"))
    assert "Lulea" in sys.stdout.getvalue()  # type: ignore[attr-defined]
