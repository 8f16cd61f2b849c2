"""Minimum cuts of the pixel graph of a picture, computed by SciPy's maximum flow (Dinic's algorithm)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def grid_edges(height: int, width: int) -> NDArray[np.intp]:
    """Return the pairs of 4-neighbours of a picture, each pair once.

    Returns
    -------
    ndarray of int, shape (edges, 2)
        Pixels as row x width + column: first all pairs of a pixel and its right neighbour, (h, w - 1), then
        all pairs of a pixel and the one below, (h - 1, w), each in reading order.
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
    """Divide nodes into a source side and a sink side at the least cost.

    Parameters
    ----------
    edges : ndarray of int, shape (edges, 2)
        Pairs of nodes, each pair at most once.
    there, back : ndarray of int, shape (edges,)
        Costs, at least 0, if only the first node of a pair is on the source side, and if only the second is.
    source, sink : ndarray of int, shape (nodes,)
        Costs, at least 0, if a node is not on the source side, and if it is not on the sink side. All sums
        must stay below 2^31.

    Returns
    -------
    ndarray of bool, shape (nodes,)
        True for nodes on the source side. Of several minimum cuts, the one nearest to the source is returned,
        so a node without any cost is on the sink side.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    n = len(source)
    both = np.minimum(source, sink)  # this part is paid in any case
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


#: A picture is halved until it has at most this number of pixels. The first cut is computed at that size.
_COARSE = 130 * 130
#: Greatest distance of a fine cut from the coarse one, in pixels.
_BAND = 8


def cut_out(
    costs: NDArray[np.integer],
    own: NDArray[np.integer],
    others: NDArray[np.integer],
    free: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Cut a part out of a picture at the least cost, from coarse to fine.

    The first cut is the minimum of a small copy of the picture, in which no line is lost. Each further cut is
    the minimum near the previous one in a copy twice as large (banded graph cuts; Lombaert et al. 2005). On
    large even areas the flow of the whole picture takes many times as long.

    Parameters
    ----------
    costs : ndarray of int, shape (h, w)
        Cost of a boundary at each pixel. A boundary between two neighbours costs the smaller of their values.
    own, others : ndarray of int, shape (h, w)
        Costs if a pixel is not in the part, and if it is.
    free : ndarray of bool, shape (h, w)
        Pixels that take part in the cut.

    Returns
    -------
    ndarray of bool, shape (h, w)
        True for pixels in the part.
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
    """Find the minimum cut if only pixels in the band may change sides; ``known`` fixes the others."""
    edges = grid_edges(*costs.shape)
    edges = edges[free.flat[edges].all(1)]
    here, is_in = costs.flat[edges].min(1), band.flat[edges]
    source, sink = own.flatten(), others.flatten()
    for inner, outer in ((0, 1), (1, 0)):  # edges that leave the band
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
    """Divide (h, w) into blocks of 2x2: (h / 2, 2, w / 2, 2)."""
    padded = np.pad(values, [(0, side % 2) for side in values.shape], constant_values=outside)
    height, width = padded.shape
    return padded.reshape(height // 2, 2, width // 2, 2)
