"""The most probable colours of a whole picture, found by graph cuts (Charpiat et al. 2008, section 4).

The energy of a labelling c is the sum over pixels p of -log p(c_p | v_p) plus the sum over 4-neighbours p, q
of rho |c_p - c_q| / g_pq, where g_pq is the expected variation of colour between them. Alpha-expansion
(Boykov, Veksler, Zabih 2001) lowers it: for each colour in turn, a minimum cut finds the set of pixels whose
change to that colour lowers the energy most. Costs are integers, as `min_cut` requires.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cartoonize.methods.classical.common.minimum_cut import grid_edges, min_cut

#: Predictions and the cut use every STEP-th pixel along each axis.
STEP = 2

#: Weight of coherence.
RHO = 0.5
#: Integer cost of one nat, the natural unit of information.
UNIT = 256
#: Maximum number of expansions of each colour. After the second, little changes.
N_SWEEPS = 2
#: Only colours that reach this probability somewhere take part in the cut, and at most this number of them.
MIN_PROBABILITY, N_CANDIDATES = 0.1, 32
#: Difference of L x 0.01 that counts as much as a distance of one pixel when labels are upsampled.
TONE = 0.02


def choose_colors(
    probability: NDArray[np.floating], variation: NDArray[np.floating], palette: NDArray[np.floating]
) -> NDArray[np.intp]:
    """Choose the colours of all pixels together.

    Parameters
    ----------
    probability : ndarray, shape (h, w, colours)
        p(c | v); positive.
    variation : ndarray, shape (h, w)
        g, the expected variation of colour at each pixel, in ab; positive.
    palette : ndarray, shape (colours, 2)
        CIELAB a and b.

    Returns
    -------
    ndarray of int, shape (h, w)
        Indices into the palette.
    """
    candidates = _candidates(probability)
    chosen = alpha_expansion(
        unary_costs(probability[..., candidates]),
        color_distances(palette[candidates]),
        edge_weights(variation, RHO),
    )
    return candidates[chosen]


def unary_costs(probability: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return -log p as integers, `UNIT` to a nat; p must be positive."""
    return np.rint(-UNIT * np.log(probability)).astype(np.int64)


def color_distances(palette: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return the distances |c - c'| between colours (n, 2) in whole units of ab, (n, n).

    Distances are rounded up, which preserves the triangle inequality.
    """
    apart = np.linalg.norm(palette[:, None].astype(float) - palette[None], axis=-1)
    return np.ceil(apart - 1e-9).astype(np.int64)


def edge_weights(variation: NDArray[np.floating], rho: float) -> NDArray[np.int64]:
    """Return rho / g_pq for the edges of `grid_edges` as integers.

    Parameters
    ----------
    variation : ndarray, shape (h, w)
        g, the expected variation of colour at each pixel, in ab; positive. g_pq is the mean of g_p and g_q.
    rho : float
        Weight of coherence.
    """
    edges = grid_edges(*variation.shape)
    return np.rint(UNIT * rho / variation.ravel()[edges].mean(1)).astype(np.int64)


def energy(
    labels: NDArray[np.integer],
    unary: NDArray[np.integer],
    distances: NDArray[np.integer],
    weights: NDArray[np.integer],
) -> int:
    """Return the energy of a labelling (h, w); for the other parameters see `alpha_expansion`."""
    first, second = labels.ravel()[grid_edges(*labels.shape)].T
    own = np.take_along_axis(unary, labels[..., None], -1)
    return int(own.sum() + (weights * distances[first, second]).sum())


def alpha_expansion(
    unary: NDArray[np.integer],
    distances: NDArray[np.integer],
    weights: NDArray[np.integer],
    n_sweeps: int = N_SWEEPS,
) -> NDArray[np.intp]:
    """Find a labelling with a low energy, starting from the best label of each pixel alone.

    Parameters
    ----------
    unary : ndarray of int, shape (h, w, colours)
        Cost of each colour at each pixel.
    distances : ndarray of int, shape (colours, colours)
        Distances between colours; a metric.
    weights : ndarray of int, shape (edges,)
        Weight of the distance between the colours of the two pixels of each edge of `grid_edges`.
    n_sweeps : int
        Maximum number of expansions of each colour.

    Returns
    -------
    ndarray of int, shape (h, w)
        Indices of colours.
    """
    height, width, n_colors = unary.shape
    labels = unary.argmin(-1).ravel()
    edges = grid_edges(height, width)
    for _ in range(n_sweeps):
        before = labels
        for color in range(n_colors):
            takes = _best_expansion(labels, color, unary.reshape(-1, n_colors), distances, weights, edges)
            labels = np.where(takes, color, labels)
        if np.array_equal(labels, before):
            break
    return labels.reshape(height, width)


def upsample_labels(labels: NDArray[np.integer], luminance: NDArray[np.float32]) -> NDArray[np.integer]:
    """Extend the labels of every second pixel to all pixels, following the luminance.

    Each pixel takes the label of the nearest pixel in luminance and position, among the 3x3 labelled ones
    around it.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, columns)
        Labels of every second pixel along each axis.
    luminance : ndarray, shape (h, w)
        L x 0.01.

    Returns
    -------
    ndarray of int, shape (h, w)
        Labels of all pixels.
    """
    rows, columns = np.indices(luminance.shape)
    best, least = np.zeros(luminance.shape, labels.dtype), np.full(luminance.shape, np.inf)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            row = np.clip(rows // STEP + down, 0, labels.shape[0] - 1)
            column = np.clip(columns // STEP + right, 0, labels.shape[1] - 1)
            far = (STEP * row - rows) ** 2 + (STEP * column - columns) ** 2
            unlike = ((luminance[STEP * row, STEP * column] - luminance) / TONE) ** 2
            nearer = far + unlike < least
            least = np.where(nearer, far + unlike, least)
            best = np.where(nearer, labels[row, column], best)
    return best


def _best_expansion(
    labels: NDArray[np.intp],
    color: int,
    unary: NDArray[np.integer],
    distances: NDArray[np.integer],
    weights: NDArray[np.integer],
    edges: NDArray[np.intp],
) -> NDArray[np.bool_]:
    """Return which pixels change to a colour in the best expansion, (pixels,).

    Let x_p be 1 if pixel p changes and 0 if not. Then a pair of pixels p, q costs
    keep + (first - keep) x_p - first x_q + rest (1 - x_p) x_q. Here keep is the cost if neither changes,
    first if only p changes, second if only q changes, and rest = first + second - keep, which is at least 0
    because the distances are a metric.
    """
    ours, theirs = labels[edges].T
    keep, first, second = (
        weights * distances[pair] for pair in ((ours, theirs), (color, theirs), (ours, color))
    )
    gain = unary[:, color] - unary[np.arange(len(labels)), labels]  # cost of a change
    np.add.at(gain, edges[:, 0], first - keep)
    np.subtract.at(gain, edges[:, 1], first)
    rest = first + second - keep
    return min_cut(edges, np.zeros_like(rest), rest, np.maximum(-gain, 0), np.maximum(gain, 0))


def _candidates(probability: NDArray[np.floating]) -> NDArray[np.intp]:
    """Return the indices of the colours that are probable somewhere, at most the most frequent ones."""
    flat = probability.reshape(-1, probability.shape[-1])
    frequent = np.argsort(-flat.mean(0), kind="stable")[:N_CANDIDATES]
    return np.sort(frequent[flat[:, frequent].max(0) >= min(MIN_PROBABILITY, flat[:, frequent].max())])
