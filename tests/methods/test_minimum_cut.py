"""Minimum cuts, compared with all possible cuts."""

import itertools

import numpy as np

from cartoonize.methods.classical.common.minimum_cut import grid_edges, min_cut


def test_neighbours_are_paired_once():
    edges = grid_edges(2, 3)
    assert edges.tolist() == [[0, 1], [1, 2], [3, 4], [4, 5], [0, 3], [1, 4], [2, 5]]


def test_no_other_cut_costs_less():
    rng = np.random.default_rng(0)
    edges, n = grid_edges(2, 4), 8
    for _ in range(40):
        there, back = rng.integers(0, 9, (2, len(edges)))
        source, sink = rng.integers(0, 12, (2, n))

        def cost(inside):
            one, other = inside[edges[:, 0]], inside[edges[:, 1]]  # noqa: B023
            between = (there * (one & ~other)).sum() + (back * (other & ~one)).sum()  # noqa: B023
            return between + (source * ~inside).sum() + (sink * inside).sum()  # noqa: B023

        least = min(cost(np.array(inside, bool)) for inside in itertools.product([0, 1], repeat=n))
        assert cost(min_cut(edges, there, back, source, sink)) == least


def test_nodes_without_costs_are_on_the_sink_side():
    nothing = np.zeros(3, int)
    assert min_cut(grid_edges(1, 3), nothing[:2], nothing[:2], np.array([5, 0, 0]), nothing).tolist() == [
        True,
        False,
        False,
    ]
