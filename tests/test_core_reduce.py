"""Covering made small keeps its least cover."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siting.locate.kernel.cover_presolve import alike, contained, containing, reduce_cover

REACH = arrays(np.bool_, st.tuples(st.integers(1, 7), st.integers(1, 7)))


def least(reach: np.ndarray) -> int:
    for size in range(reach.shape[0] + 1):
        for picked in itertools.combinations(range(reach.shape[0]), size):
            if reach[list(picked)].any(axis=0).all() or reach.shape[1] == 0:
                return size
    raise AssertionError("no cover")


@settings(max_examples=200, deadline=None)
@given(REACH)
def test_forced_sites_and_the_rest_make_a_least_cover(reach):
    if not reach.any(axis=0).all():
        return
    reduced = reduce_cover(reach)
    left = reach[np.ix_(reduced.sites, reduced.customers)]
    assert reduced.forced.size + least(left) == least(reach)
    assert not reach[reduced.forced][:, reduced.customers].any()


@settings(max_examples=200, deadline=None)
@given(REACH)
def test_a_set_is_dropped_only_for_one_that_is_kept(sets):
    gone = contained(sets)
    for lost in np.flatnonzero(gone):
        assert any((sets[lost] <= sets[kept]).all() for kept in np.flatnonzero(~gone))
    for one, two in itertools.permutations(np.flatnonzero(~gone), 2):
        assert not (sets[one] <= sets[two]).all()
    gone = containing(sets)
    for lost in np.flatnonzero(gone):
        assert any((sets[kept] <= sets[lost]).all() for kept in np.flatnonzero(~gone))


def test_equal_rows_are_grouped():
    first, group = alike(np.array([[1, 0, 1], [0, 0, 1], [1, 0, 1]], dtype=bool))
    assert first.size == 2
    assert group[0] == group[2] != group[1]
