"""Every figure of a notebook is shown, the second like the first."""

import matplotlib as mpl
import pytest

from siting.show.cartography.own_style import own_style


@pytest.mark.parametrize("before", [False, True])
def test_what_the_first_figure_makes_interactive_stays_so(before: bool) -> None:
    """In a notebook the backend is chosen with the first figure, inside our style; without this no later one is shown."""
    earlier = mpl.is_interactive()
    try:
        mpl.interactive(before)
        with own_style():
            mpl.interactive(True)
        assert mpl.is_interactive()
        mpl.interactive(before)
        with own_style():
            pass
        assert mpl.is_interactive() is before
    finally:
        mpl.interactive(earlier)
