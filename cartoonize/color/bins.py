"""The 313 ab bins of Zhang et al. 2016: encode colours as histograms and decode histograms to colours.

Bins lie every 10 units of a and b. The set is the published one. It cannot be derived from the sRGB gamut,
which contains only about 230 points of the grid.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

Decoding = Literal["expectation", "mode", "sample", "annealed", "hue-chroma"]
DECODINGS: tuple[str, ...] = get_args(Decoding)

#: First and last b for each a.
_B_RANGE = {
    -90: (50, 90), -80: (20, 90), -70: (0, 90), -60: (-20, 90), -50: (-30, 100), -40: (-40, 100),
    -30: (-50, 100), -20: (-50, 100), -10: (-60, 100), 0: (-70, 100), 10: (-80, 90), 20: (-80, 90),
    30: (-90, 90), 40: (-100, 90), 50: (-100, 80), 60: (-110, 80), 70: (-110, 80), 80: (-110, 70),
    90: (-110, 70), 100: (-90, 0),
}  # fmt: skip

#: (313, 2) float32: a and b of every bin.
AB_BINS: NDArray[np.float32] = np.array(
    [(a, b) for a, (first, last) in _B_RANGE.items() for b in range(first, last + 1, 10)], np.float32
)
N_BINS = len(AB_BINS)

N_NEIGHBORS = 5
SIGMA = 5.0
ANNEALED_TEMPERATURE = 0.38
#: Length of the mean unit vector of hue below which ``hue-chroma`` reduces chroma. Larsson et al. 2016 have
#: 0.03 after a division by their 32 bins.
_CERTAIN_HUE = 0.03 * 32

# Candidate table: for every 1-unit cell of the ab plane, the bins that can be among the five nearest to a
# point in the cell. A bin is excluded if five others are at least as near everywhere in the cell. The
# difference of two squared distances is linear in the point, so it is enough to compare at the four corners.
# Most cells have five candidates, and none has more than seven.
_REACH = 128
_N_CANDIDATES = 7


@cache
def _candidates() -> NDArray[np.int64]:
    """Return the candidates of all cells, shape (256 * 256, 7), from a = b = -128 on; b varies fastest."""
    sides = np.arange(-_REACH, _REACH, dtype=np.float32)
    cells = np.stack(np.meshgrid(sides, sides, indexing="ij"), -1).reshape(-1, 1, 2)
    corners = np.array([(0, 0), (0, 1), (1, 0), (1, 1)], np.float32)
    kept = np.empty((len(cells), _N_CANDIDATES), np.int64)
    for start in range(0, len(cells), 8192):
        cell = cells[start : start + 8192]
        # Points lie within sqrt(1/2) of the centre, so its sixteen nearest bins contain all candidates.
        near = np.argpartition(((cell + 0.5 - AB_BINS) ** 2).sum(-1), 16, 1)[:, :16]
        squared = ((AB_BINS[near][:, :, None] - (cell + corners)[:, None]) ** 2).sum(-1)
        n_nearer = (squared[:, :, None] <= squared[:, None]).all(-1).sum(1)
        kept[start : start + 8192] = np.take_along_axis(near, n_nearer.argsort(1)[:, :_N_CANDIDATES], 1)
    return kept


def _coordinates() -> NDArray[np.float32]:
    """Return the coordinates of the candidates of all cells, shape (256 * 256, 14): seven a, then seven b."""
    where = AB_BINS[_candidates()]
    return np.concatenate([where[..., 0], where[..., 1]], 1)


def soft_encode(ab: Tensor) -> tuple[Tensor, Tensor]:
    """Encode colours as sparse histograms over the bins (thesis 5.2; Zhang et al. 2016, section 2.2).

    A histogram has the five nearest bins, weighted by a Gaussian (sigma 5) of the ab distance. The thesis
    describes two steps instead: a convex combination of the five bins, then a Gaussian over all bins; see
    `cartoonize.learning.encodings`.

    Parameters
    ----------
    ab : Tensor, shape (..., 2)
        CIELAB a and b, about -110..110.

    Returns
    -------
    bins : Tensor of int64, shape (..., 5)
        The nearest bins, nearest first.
    weights : Tensor, shape (..., 5)
        Their weights, which sum to 1.
    """
    import torch

    points = ab.reshape(-1, 2).contiguous()
    side = 2 * _REACH
    cell = (points.floor() + _REACH).clamp_(0, side - 1).long()
    row = cell[:, 0] * side + cell[:, 1]
    # One look-up of coordinates is faster than a look-up of bins and then of their coordinates.
    away = _constant("coordinates", ab.device).index_select(0, row).view(-1, 2, _N_CANDIDATES)
    away = (away - points.unsqueeze(-1)).square_()
    squared, which = torch.topk(away[:, 0] + away[:, 1], N_NEIGHBORS, largest=False, sorted=True)
    bins = _constant("candidates", ab.device).index_select(0, row).gather(1, which)
    # A manual softmax, since torch's is slow on rows of five numbers.
    weights = ((squared[:, :1] - squared) / (2 * SIGMA**2)).exp_()
    weights /= weights.sum(1, keepdim=True)
    shape = (*ab.shape[:-1], N_NEIGHBORS)
    return bins.view(shape), weights.view(shape)


def soft_histogram(ab: Tensor) -> Tensor:
    """Encode colours (..., 2) as dense histograms (..., 313), as `soft_encode`."""
    bins, weights = soft_encode(ab)
    return weights.new_zeros(*bins.shape[:-1], N_BINS).scatter_(-1, bins, weights)


def nearest_bin(ab: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the index of the nearest bin for each colour, shape (..., 2) to (...)."""
    from scipy.spatial import cKDTree

    return cKDTree(AB_BINS).query(ab)[1]


def decode(histogram: Tensor, decoding: str = "expectation", *, seed: int = 0) -> Tensor:
    """Decode histograms to colours (thesis 5.2; annealed mean: Zhang et al. 2016, equation 5).

    Parameters
    ----------
    histogram : Tensor, shape (n, 313, h, w)
        Probabilities that sum to 1 over the bins.
    decoding : {"expectation", "mode", "sample", "annealed", "hue-chroma"}
        ``expectation``: the mean (equation 5.1). ``mode``: the most probable bin. ``sample``: a random draw.
        ``annealed``: the mean after sharpening with temperature 0.38. ``hue-chroma``: the circular mean of
        hue and the median of chroma, less of it where the hue is uncertain (Larsson et al. 2016).
    seed : int
        Seed of the random draw; other decodings ignore it.

    Returns
    -------
    Tensor, shape (n, 2, h, w)
        CIELAB a and b.

    Raises
    ------
    ValueError
        If ``decoding`` is unknown.
    """
    import torch

    histogram = histogram.float()
    bins = _constant("bins", histogram.device)
    if decoding == "annealed":
        histogram = torch.softmax(histogram.clamp_min(1e-12).log() / ANNEALED_TEMPERATURE, 1)
    if decoding in ("expectation", "annealed"):
        return torch.nn.functional.linear(histogram.permute(0, 2, 3, 1), bins.T).permute(0, 3, 1, 2)
    if decoding == "mode":
        return bins[histogram.argmax(1)].permute(0, 3, 1, 2)
    if decoding == "hue-chroma":
        return _hue_and_chroma(histogram.permute(0, 2, 3, 1), bins).permute(0, 3, 1, 2)
    if decoding == "sample":
        n, n_bins, height, width = histogram.shape
        # Draw on the CPU with a generator of its own, so that the colours are the same on every device.
        generator = torch.Generator().manual_seed(seed)
        rows = histogram.permute(0, 2, 3, 1).reshape(-1, n_bins).cpu()
        drawn = torch.multinomial(rows, 1, generator=generator).view(n, height, width)
        return bins[drawn.to(bins.device)].permute(0, 3, 1, 2)
    raise ValueError(f"decoding must be one of {DECODINGS}, got {decoding!r}")


def _hue_and_chroma(histogram: Tensor, bins: Tensor) -> Tensor:
    """Decode histograms (..., 313) to the circular mean of hue and the median of chroma, (..., 2)."""
    chroma, order = bins.norm(dim=1).sort()
    sorted_bins, shares = bins[order], histogram[..., order]
    below = (shares.cumsum(-1) < 0.5).sum(-1).clamp(max=N_BINS - 1)
    directions = sorted_bins / chroma.clamp_min(1).unsqueeze(1)  # grey has no hue
    mean = (shares @ directions) / shares[..., chroma > 0].sum(-1, keepdim=True).clamp_min(1e-6)
    length = mean.norm(dim=-1, keepdim=True)
    fade = (length / _CERTAIN_HUE).clamp(max=1)
    return mean / length.clamp_min(1e-6) * fade * chroma[below].unsqueeze(-1)


def rebalancing_weights(frequencies: NDArray[np.float64], mix: float = 0.5) -> NDArray[np.float32]:
    """Return weights that emphasise rare colours (thesis 5.4; Zhang et al. 2016, equation 4).

    Parameters
    ----------
    frequencies : ndarray, shape (313,)
        Number of occurrences of each bin in the training frames.
    mix : float
        Share of the uniform distribution that is mixed in (lambda; 0.5 in the thesis).

    Returns
    -------
    ndarray of float32, shape (313,)
        w ~ 1 / ((1 - mix) r + mix / 313), scaled so that sum(r w) = 1.
    """
    r = frequencies / frequencies.sum()
    w = 1 / ((1 - mix) * r + mix / N_BINS)
    return (w / (r * w).sum()).astype(np.float32)


_constants: dict[tuple[str, str], Tensor] = {}


def _constant(name: str, device: object) -> Tensor:
    """Return a table as a cached tensor on a device."""
    import torch

    key = (name, str(device))
    if key not in _constants:
        made: dict[str, Callable[[], NDArray]] = {
            "bins": AB_BINS.copy,
            "candidates": _candidates,
            "coordinates": _coordinates,
        }
        _constants[key] = torch.from_numpy(made[name]()).to(torch.device(str(device)))
    return _constants[key]
