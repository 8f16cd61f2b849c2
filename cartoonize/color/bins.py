"""The 313 ab bins of Zhang et al. 2016: encoding colours as histograms and decoding histograms to colours.

Bins lie every 10 units of a and b. The set is the published one; it cannot be derived by counting in-gamut
grid points, which gives about 230.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

Decoding = Literal["expectation", "mode", "sample", "annealed"]
DECODINGS: tuple[str, ...] = get_args(Decoding)

#: For each a: the first and last b.
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

# Candidate table: for every 1-unit cell of the ab plane, the bins that can be among the five nearest of a
# point inside it. Any point is within sqrt(1/2) of its cell's centre, so bins farther from the centre than
# the fifth nearest plus twice that can be left out.
_REACH = 128
_N_CANDIDATES = 16


@cache
def _candidates() -> NDArray[np.int16]:
    centers = np.arange(-_REACH, _REACH + 1, dtype=np.float32)
    plane = np.stack(np.meshgrid(centers, centers, indexing="ij"), -1).reshape(-1, 1, 2)
    nearest = np.empty((len(plane), _N_CANDIDATES), np.int16)
    for start in range(0, len(plane), 8192):
        squared = ((plane[start : start + 8192] - AB_BINS) ** 2).sum(-1)
        nearest[start : start + 8192] = np.argpartition(squared, _N_CANDIDATES, 1)[:, :_N_CANDIDATES]
    return nearest


def soft_encode(ab: Tensor) -> tuple[Tensor, Tensor]:
    """Encode colours as sparse histograms over the bins (thesis 5.2; Zhang et al. 2016, section 2.2).

    The five nearest bins, weighted by a Gaussian (sigma 5) of the ab distance, normalised.

    Parameters
    ----------
    ab : Tensor, shape (..., 2)
        CIELAB a and b, about -110..110.

    Returns
    -------
    bins : Tensor of int64, shape (..., 5)
        The nearest bins, nearest first.
    weights : Tensor, shape (..., 5)
        Their shares; they sum to 1.
    """
    import torch

    table = _constant("candidates", ab.device)
    bins = _constant("bins", ab.device)
    side = 2 * _REACH + 1
    cell = (ab.round() + _REACH).clamp(0, side - 1).long()
    candidates = table[cell[..., 0] * side + cell[..., 1]].long()
    squared = (ab.unsqueeze(-2) - bins[candidates]).square().sum(-1)
    nearest, which = torch.topk(squared, N_NEIGHBORS, dim=-1, largest=False, sorted=True)
    weights = torch.softmax(nearest / (-2 * SIGMA**2), -1)
    return candidates.gather(-1, which), weights


def nearest_bin(ab: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the index of the nearest bin for colours of shape (..., 2)."""
    from scipy.spatial import cKDTree

    return cKDTree(AB_BINS).query(ab)[1]


def decode(histogram: Tensor, decoding: str = "expectation", *, seed: int = 0) -> Tensor:
    """Turn histograms into colours (thesis 5.2; annealed mean: Zhang et al. 2016, equation 5).

    Parameters
    ----------
    histogram : Tensor, shape (n, 313, h, w)
        Probabilities that sum to 1 over the bins.
    decoding : {"expectation", "mode", "sample", "annealed"}
        Equation 5.1; the most probable bin; a random draw; the expectation after sharpening with
        temperature 0.38.
    seed : int
        Of the draw; other decodings ignore it.

    Returns
    -------
    Tensor, shape (n, 2, h, w)
        CIELAB a and b.
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
    if decoding == "sample":
        n, n_bins, height, width = histogram.shape
        # Drawn on the CPU with its own generator: the same colours on every device.
        generator = torch.Generator().manual_seed(seed)
        rows = histogram.permute(0, 2, 3, 1).reshape(-1, n_bins).cpu()
        drawn = torch.multinomial(rows, 1, generator=generator).view(n, height, width)
        return bins[drawn.to(bins.device)].permute(0, 3, 1, 2)
    raise ValueError(f"decoding {decoding!r} is none of {DECODINGS}")


def rebalancing_weights(frequencies: NDArray[np.float64], mix: float = 0.5) -> NDArray[np.float32]:
    """Weigh rare colours up (thesis 5.4; Zhang et al. 2016, equation 4).

    Parameters
    ----------
    frequencies : ndarray, shape (313,)
        How often each bin occurs in the training frames.
    mix : float
        Share of the uniform distribution mixed in (lambda, 0.5 in the thesis).

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
    """Return a table as a tensor on a device, moved there once."""
    import torch

    key = (name, str(device))
    if key not in _constants:
        table = AB_BINS if name == "bins" else _candidates()
        _constants[key] = torch.from_numpy(table.copy()).to(torch.device(str(device)))
    return _constants[key]
