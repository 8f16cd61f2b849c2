"""Minimum cuts of pictures' graphs, by the maximum flow of SciPy (Dinic's)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def grid_edges(height: int, width: int) -> NDArray[np.intp]:
    """Return the pairs of 4-neighbours of a picture, as row x width + column: (edges, 2), each once.

    First all to the right, (h, w - 1), then all below, (h - 1, w), in reading order.
    """
    pixels = np.arange(height * width).reshape(height, width)
    beside = np.stack([pixels[:, :-1].ravel(), pixels[:, 1:].ravel()], 1)
    below = np.stack([pixels[:-1].ravel(), pixels[1:].ravel()], 1)
    return np.concatenate([beside, below])


def min_cut(
    edges: NDArray[np.intp],
    there: NDArray[np.integer],
    back: NDArray[np.integer],
    source: NDArray[np.integer],
    sink: NDArray[np.integer],
) -> NDArray[np.bool_]:
    """Part nodes in two so that what is cut costs least.

    Parameters
    ----------
    edges : ndarray of int, shape (edges, 2)
        Pairs of nodes, each pair at most once.
    there, back : ndarray of int, shape (edges,)
        What it costs if the first of a pair is on the source's side and the second is not, and the other way
        round; not negative.
    source, sink : ndarray of int, shape (nodes,)
        What it costs if a node is not on the source's side, and if it is not on the sink's; not negative.
        All sums have to stay below 2^31.

    Returns
    -------
    ndarray of bool, shape (nodes,)
        Who is on the source's side. Of several least cuts it is the one nearest to the source: what
        costs nothing anywhere is with the sink.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    n = len(source)
    both = np.minimum(source, sink)  # flows through a node whatever the rest does
    tied = [np.flatnonzero(source > both), np.flatnonzero(sink > both)]
    rows = np.concatenate([edges[:, 0], edges[:, 1], np.full(len(tied[0]), n), tied[1]])
    columns = np.concatenate([edges[:, 1], edges[:, 0], tied[0], np.full(len(tied[1]), n + 1)])
    costs = np.concatenate([there, back, (source - both)[tied[0]], (sink - both)[tied[1]]]).astype(np.int32)
    graph = csr_array((costs, (rows, columns)), shape=(n + 2, n + 2))
    left = graph - maximum_flow(graph, n, n + 1).flow
    left.eliminate_zeros()
    reached = breadth_first_order(left, n, return_predecessors=False)
    inside = np.zeros(n + 2, bool)
    inside[reached] = True
    return inside[:n]


#: Pictures are halved until they have at most so many pixels; a cut is found there first.
_COARSE = 130 * 130
#: So far from a coarse cut, in pixels, the fine one may be.
_BAND = 8


def cut_out(
    costs: NDArray[np.integer],
    own: NDArray[np.integer],
    others: NDArray[np.integer],
    free: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Cut a part out of a picture where that costs least, from coarse to fine.

    The cut is the least one of a small copy of the picture, in which no line is lost, and then the least one
    near that of copies twice as large (banded graph cuts; Lombaert et al. 2005). Over wide even paints
    the flow of the whole picture takes many times as long.

    Parameters
    ----------
    costs : ndarray of int, shape (h, w)
        Of a step from each pixel to a neighbour; a step costs what the cheaper of the two says.
    own, others : ndarray of int, shape (h, w)
        What it costs if a pixel is not in the part, and if it is.
    free : ndarray of bool, shape (h, w)
        Pixels that are there at all.

    Returns
    -------
    ndarray of bool, shape (h, w)
        The part.
    """
    if costs.size <= _COARSE or min(costs.shape) < 2:
        return _cut_within(costs, own, others, free, free, np.zeros_like(free))
    far = np.iinfo(costs.dtype).max
    small = cut_out(
        2 * _blocks(np.where(free, costs, far), far).min((1, 3)).clip(0, far // 2),
        _blocks(own * free, 0).sum((1, 3)),
        _blocks(others * free, 0).sum((1, 3)),
        np.asarray(_blocks(free, False).any((1, 3))),
    )
    coarse = small.repeat(2, 0).repeat(2, 1)[: free.shape[0], : free.shape[1]] & free
    return _cut_within(costs, own, others, free, _band(coarse, free), coarse)


def _cut_within(
    costs: NDArray[np.integer],
    own: NDArray[np.integer],
    others: NDArray[np.integer],
    free: NDArray[np.bool_],
    band: NDArray[np.bool_],
    known: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Find the least cut if only pixels in the band may change sides; the others are where they are known."""
    edges = grid_edges(*costs.shape)
    edges = edges[free.flat[edges].all(1)]
    here, is_in = costs.flat[edges].min(1), band.flat[edges]
    source, sink = own.flatten(), others.flatten()
    for inner, outer in ((0, 1), (1, 0)):  # steps out of the band
        leaves = is_in[:, inner] & ~is_in[:, outer]
        to_part = known.flat[edges[leaves, outer]]
        np.add.at(source, edges[leaves, inner], here[leaves] * to_part)
        np.add.at(sink, edges[leaves, inner], here[leaves] * ~to_part)
    within = is_in.all(1)
    nodes = np.flatnonzero(band)
    number = np.full(costs.size, -1)
    number[nodes] = np.arange(len(nodes))
    result = known.flatten()
    result[nodes] = min_cut(number[edges[within]], here[within], here[within], source[nodes], sink[nodes])
    return result.reshape(costs.shape)


def _band(part: NDArray[np.bool_], free: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy.ndimage import maximum_filter

    side = 2 * _BAND + 1
    return maximum_filter(part, side) & maximum_filter(free & ~part, side) & free


def _blocks(values: NDArray[Any], outside: Any) -> NDArray[Any]:
    """Part (h, w) into blocks of 2x2: (h / 2, 2, w / 2, 2)."""
    padded = np.pad(values, [(0, side % 2) for side in values.shape], constant_values=outside)
    height, width = padded.shape
    return padded.reshape(height // 2, 2, width // 2, 2)
