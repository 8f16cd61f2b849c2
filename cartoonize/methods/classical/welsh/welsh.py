"""Transferring color to greyscale images (Welsh, Ashikhmin, Mueller 2002).

About 200 samples are taken of a coloured reference. Every pixel gets the colour of the sample that is most
similar in luminance and in the standard deviation of luminance around it (section 3.1). With swatches, it
gets the colour of the swatch pixel with the most similar texture (section 3.2).

Differences from the paper: colours are CIELAB, as everywhere in this program, instead of l-alpha-beta, and of
several references the most similar one is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cartoonize.annotations.references import Reference
from cartoonize.methods.classical.common.batches import ab_batch, batch_of, pictures_of, to_numpy
from cartoonize.methods.classical.common.frame_store import FrameStore

#: Samples along each side of a whole reference and of one swatch: 196 and 49 in all.
GRID, SWATCH_GRID = 14, 7
#: Side of the neighbourhood for standard deviations and textures.
WINDOW = 5
#: Maximum number of pixels of the swatches, evenly spaced, that the rest of the picture is compared with.
N_TEXTURES = 2048

Rectangle = tuple[float, float, float, float]
"""Left, top, width and height as shares of the picture, 0..1."""


class Palette(NamedTuple):
    """Samples of a picture, and statistics to match its luminance to that of another picture."""

    samples: NDArray[np.float32]
    """(n, 4) L, local standard deviation of L, a and b."""
    mean: float
    """Mean of L in the sampled part."""
    deviation: float
    """Standard deviation of L in the sampled part."""


class Welsh(FrameStore):
    """Colouring by the most similar of the given references or of the training frames.

    Parameters
    ----------
    references : sequence of Reference
        If empty, call `fit` or load a checkpoint.
    swatches : sequence of (Rectangle, Rectangle)
        Parts of the picture and the parts of the reference whose colours they get. There must be one
        reference.
    """

    samples: Tensor
    """(frames, 196, 4) samples: L, local standard deviation of L, a and b."""
    moments: Tensor
    """(frames, 2) mean and standard deviation of L."""

    def __init__(
        self, references: Sequence[Reference] = (), swatches: Sequence[tuple[Rectangle, Rectangle]] = ()
    ) -> None:
        super().__init__(samples=torch.empty(0, GRID * GRID, 4), moments=torch.empty(0, 2))
        self._references, self._swatches = references, swatches
        if references:
            self.fit(batch_of(r.luminance, r.ab) for r in references)

    def extract(self, luminance: Tensor, ab: Tensor) -> dict[str, Tensor]:
        """Return samples, and the mean and standard deviation of L."""
        palettes = [sample(picture * 100, colors) for picture, colors in pictures_of([(luminance, ab)])]
        return {
            "samples": torch.from_numpy(np.stack([p.samples for p in palettes])),
            "moments": torch.tensor([[p.mean, p.deviation] for p in palettes]),
        }

    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to ab (n, 2, h, w)."""
        colored = []
        for picture in luminance:
            lightness = to_numpy(picture[0]) * 100
            if self._swatches:
                (reference,) = self._references
                colored.append(transfer_swatches(lightness, reference, self._swatches))
            else:
                colored.append(transfer(lightness, self._nearest(picture)))
        return ab_batch(colored, luminance)

    def _nearest(self, picture: Tensor) -> Palette:
        row = int(self.find(picture[None])[0])
        mean, deviation = self.moments[row].tolist()
        return Palette(to_numpy(self.samples[row]), mean, deviation)


def sample(
    lightness: NDArray[np.float32],
    ab: NDArray[np.float32],
    part: tuple[slice, slice] = (slice(None), slice(None)),
    grid: int = GRID,
) -> Palette:
    """Take jittered samples of a picture: one random pixel of every cell of a grid.

    Parameters
    ----------
    lightness : ndarray, shape (h, w)
        CIE L, 0..100.
    ab : ndarray, shape (h, w, 2)
        CIELAB a and b.
    part : pair of slices
        Rows and columns to sample.
    grid : int
        Number of cells along each side.
    """
    luminance, deviation = lightness[part], local_deviation(lightness)[part]
    # The jitter is the same for every picture, so that a result does not depend on earlier pictures.
    jitter = np.random.default_rng(0).random((2, grid, grid))
    places = (np.indices((grid, grid)) + jitter) / grid
    rows, columns = ((places[axis].ravel() * luminance.shape[axis]).astype(int) for axis in range(2))
    features = np.stack([luminance, deviation, ab[part][..., 0], ab[part][..., 1]], -1)
    samples = features[rows, columns].astype(np.float32)
    return Palette(samples, float(luminance.mean()), float(luminance.std()))


def transfer(
    lightness: NDArray[np.float32], palette: Palette, part: tuple[slice, slice] = (slice(None), slice(None))
) -> NDArray[np.float32]:
    """Give every pixel the colour of its best sample (section 3.1).

    The luminance of the samples is first shifted and scaled to the mean and standard deviation of the part of
    the picture. The best sample has the least Euclidean distance in luminance and local standard deviation,
    with equal weights.

    Parameters
    ----------
    lightness : ndarray, shape (h, w)
        CIE L, 0..100.
    palette : Palette
        Samples of a reference.
    part : pair of slices
        Rows and columns to colour.

    Returns
    -------
    ndarray of float32, shape (rows, columns, 2)
        CIELAB a and b of the part.
    """
    from scipy.spatial import cKDTree

    wanted = np.stack([lightness[part], local_deviation(lightness)[part]], -1)
    gain = wanted[..., 0].std() / palette.deviation if palette.deviation > 1e-3 else 1.0
    features = palette.samples[:, :2] * gain
    features[:, 0] += wanted[..., 0].mean() - palette.mean * gain
    best = cKDTree(features).query(wanted.reshape(-1, 2))[1]
    return palette.samples[best, 2:].reshape(*wanted.shape[:2], 2)


def transfer_swatches(
    lightness: NDArray[np.float32],
    reference: Reference,
    swatches: Sequence[tuple[Rectangle, Rectangle]],
) -> NDArray[np.float32]:
    """Colour swatches by parts of the reference, and the rest by the swatches (section 3.2).

    Parameters
    ----------
    lightness : ndarray, shape (h, w)
        CIE L, 0..100.
    reference : Reference
        The coloured picture.
    swatches : sequence of (Rectangle, Rectangle)
        Parts of the picture and of the reference.

    Returns
    -------
    ndarray of float32, shape (h, w, 2)
        CIELAB a and b.
    """
    ab = np.zeros((*lightness.shape, 2), np.float32)
    painted = np.zeros(lightness.shape, bool)
    for here, there in swatches:
        part, origin = _part(here, lightness.shape), _part(there, reference.lightness.shape)
        palette = sample(reference.lightness, reference.ab, origin, SWATCH_GRID)
        ab[part] = transfer(lightness, palette, part)
        painted[part] = True
    textures = _textures(lightness)
    sources = np.flatnonzero(painted)
    sources = sources[:: -(-len(sources) // N_TEXTURES)]
    rest = np.flatnonzero(~painted)
    flat = ab.reshape(-1, 2)
    flat[rest] = flat[sources[_nearest_rows(textures[rest], textures[sources])]]
    return ab


def local_deviation(lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the standard deviation in the 5x5 neighbourhood of every pixel."""
    import cv2

    exact = lightness.astype(np.float64)
    mean = cv2.blur(exact, (WINDOW, WINDOW))
    variance = cv2.blur(exact * exact, (WINDOW, WINDOW)) - mean * mean
    return np.sqrt(np.maximum(variance, 0)).astype(np.float32)


def _part(rectangle: Rectangle, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Return the rows and columns of a rectangle, at least one of each."""
    left, top, width, height = rectangle

    def span(start: float, length: float, n: int) -> slice:
        first = min(int(start * n), n - 1)
        return slice(first, max(first + 1, min(n, round((start + length) * n))))

    return span(top, height, shape[0]), span(left, width, shape[1])


def _textures(lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the 5x5 neighbourhood of every pixel, (h x w, 25). The picture is mirrored at its border."""
    padded = np.pad(lightness, WINDOW // 2, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (WINDOW, WINDOW))
    return windows.reshape(-1, WINDOW * WINDOW).astype(np.float32)


def _nearest_rows(wanted: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the index of the nearest known row for each wanted row."""
    center = known.mean(0)  # smaller numbers lose less to rounding
    towards = torch.from_numpy(known - center)
    halves = (towards * towards).sum(1) / 2
    blocks = torch.split(torch.from_numpy(wanted - center), 4096)
    found = [(halves - block @ towards.T).argmin(1).numpy() for block in blocks]
    return np.concatenate(found)
