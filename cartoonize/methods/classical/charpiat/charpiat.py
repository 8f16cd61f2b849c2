"""Automatic image colorization via multimodal predictions (Charpiat, Hofmann, Schoelkopf 2008).

Colours are discrete. For every pixel, Parzen windows estimate the probability of each colour from the
training pixels that look similar (section 3). They also estimate how much colour varies there (section 3.3).
A graph cut then chooses the colours of all pixels together (section 4, `graph_cut`).

Differences from the paper:

- The colours are k-means clusters in CIELAB ab. The paper bins its Lab space adaptively.
- SURF is computed at three scales at every second pixel, upright, and reduced to 24 principal components.
  It is not normalised, because that would amplify the grain of flat paints.
- Luminance, contrast and position are further features. In cartoons, where one level of grey is often one
  paint, they are more informative than SURF.
- The width of a window is the distance to the eighth nearest training pixel. A small share of each colour's
  overall frequency is added to the probabilities.
- The cut works on every second pixel. Each other pixel takes the colour of the neighbour that is nearest in
  luminance and position.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cartoonize.annotations.references import Reference
from cartoonize.methods.classical.charpiat.graph_cut import STEP, choose_colors, upsample_labels
from cartoonize.methods.classical.common.batches import ab_batch, pictures_of, to_numpy
from cartoonize.methods.classical.common.fitted_module import FittedModule, check_range

#: Maximum number of training pixels stored.
N_STORED = 65536
#: Maximum numbers of colours and of k-means iterations that find them.
N_COLORS, N_ROUNDS = 64, 20

#: Scales of SURF in pixels. Each of the 4x4 cells is five times as wide and has four sums.
SCALES = (1, 2, 4)
N_SURF = 64 * len(SCALES)
#: Number of principal components of SURF.
N_COMPONENTS = 24
#: Standard deviations of the Gaussians that average luminance, and sides of the contrast windows, in pixels.
BLURS, WINDOWS = (2.0, 5.0, 10.0), (3, 5)
#: Weights of SURF, luminance, its averages, contrast and position, chosen on frames of a validation episode.
#: A weight of 10 for luminance lowered the error there by 7 %, but raised it by 11 % on prints that are
#: lighter or darker by 3 of 100.
WEIGHTS = (0.3, 5.0, 2.0, 6.0, 0.1)
N_EXTRA = 1 + len(BLURS) + len(WINDOWS) + 2

#: Number of nearest training pixels that are used, rank of the one whose distance is the width of the
#: Gaussian window, and minimum width.
N_NEAREST, RANK, MIN_WIDTH = 32, 8, 0.02
#: Tolerance of the approximate nearest-neighbour search: a result may be (1 + SLACK) times as far as the
#: true neighbour.
SLACK = 1.0
#: Share of the probability that is given to the overall frequencies of the colours.
PRIOR = 0.02
#: Minimum of the expected variation of colour, in ab.
MIN_VARIATION = 2.0


class Pixels(NamedTuple):
    """Training pixels of one picture, in random order."""

    surf: NDArray[np.float16]
    """(n, 192) SURF at three scales."""
    extra: NDArray[np.float16]
    """(n, 8) weighted luminance, averages, contrast and position."""
    colors: NDArray[np.float32]
    """(n, 2) CIELAB a and b."""
    variation: NDArray[np.float16]
    """(n,) mean norm of the differences of ab to the four neighbours."""


class Charpiat(FittedModule):
    """Colouring of pixels by similar ones of references or training frames; grey without any.

    Parameters
    ----------
    references : sequence of Reference
        If given, the module is fitted to these alone, immediately.
    seed : int
        Seed of the random choice of pixels and of the clustering of colours.
    """

    palette: Tensor
    """(colours, 2) mean ab of each colour."""
    center: Tensor
    """(192,) mean SURF."""
    basis: Tensor
    """(192, 24) principal components of SURF."""
    described: Tensor
    """(pixels, 32) float16, weighted: principal components and further features."""
    labels: Tensor
    """(pixels,) uint8 indices into the palette."""
    variation: Tensor
    """(pixels,) float16 mean norm of the differences of ab to the four neighbours."""

    def __init__(self, references: Sequence[Reference] = (), seed: int = 0) -> None:
        super().__init__()
        self._seed = seed
        self._tree: Any = None
        self.register_buffer("palette", torch.empty(0, 2))
        self.register_buffer("center", torch.zeros(N_SURF))
        self.register_buffer("basis", torch.zeros(N_SURF, N_COMPONENTS))
        self.register_buffer("described", torch.empty(0, N_COMPONENTS + N_EXTRA, dtype=torch.float16))
        self.register_buffer("labels", torch.empty(0, dtype=torch.uint8))
        self.register_buffer("variation", torch.empty(0, dtype=torch.float16))
        self._learn((reference.luminance, reference.ab) for reference in references)

    def fit(self, batches: Iterable[tuple[Tensor, Tensor]]) -> None:
        """Fit to training frames.

        Parameters
        ----------
        batches : iterable of (luminance, ab)
            L x 0.01, (n, 1, h, w), and true CIELAB ab of the same size, (n, 2, h, w).
        """
        self._learn(pictures_of(batches))

    def _learn(self, pictures: Iterable[tuple[NDArray[np.float32], NDArray[np.float32]]]) -> None:
        """Store pixels of pictures, L x 0.01 (h, w) and ab (h, w, 2), the same number of each."""
        generator = np.random.default_rng(self._seed)
        drawn: list[Pixels] = []
        for luminance, ab in pictures:
            drawn.append(_draw(luminance, ab, N_STORED // (len(drawn) + 1), generator))
        if not drawn:
            return
        n_each = max(1, N_STORED // len(drawn))
        surf, extra, colors, variation = (
            np.concatenate([values[:n_each] for values in kind]) for kind in zip(*drawn, strict=True)
        )
        self.palette, self.labels = map(torch.from_numpy, _discretize(colors, self._seed))
        center = surf.mean(0, dtype=np.float32)
        spread = np.cov(surf.T.astype(np.float64))
        basis = np.linalg.eigh(np.atleast_2d(spread))[1][:, : -N_COMPONENTS - 1 : -1]
        self.center, self.basis = torch.from_numpy(center), torch.from_numpy(basis.astype(np.float32))
        self.described = torch.from_numpy(self._reduce(surf, extra).astype(np.float16))
        self.variation = torch.from_numpy(variation)
        self._tree = None

    def _reduce(self, surf: NDArray[Any], extra: NDArray[Any]) -> NDArray[np.float32]:
        """Return descriptors (n, 32) from SURF (n, 192) and the further features (n, 8)."""
        components = (surf - to_numpy(self.center)) @ to_numpy(self.basis)
        return np.hstack([WEIGHTS[0] * components, extra]).astype(np.float32)

    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to ab (n, 2, h, w)."""
        if len(self.palette) == 0:
            return luminance.new_zeros((len(luminance), 2, *luminance.shape[2:]), dtype=torch.float32)
        return ab_batch([self._color(picture) for picture in to_numpy(luminance[:, 0])], luminance)

    def _color(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return ab (h, w, 2)."""
        probability, variation = self.predict(picture)
        palette = to_numpy(self.palette)
        return palette[upsample_labels(choose_colors(probability, variation, palette), picture)]

    def predict(self, picture: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Estimate the probabilities of the colours and the variation of colour at every second pixel.

        Parameters
        ----------
        picture : ndarray, shape (h, w)
            L x 0.01.

        Returns
        -------
        probability : ndarray of float32, shape (rows, columns, colours)
            p(c | v): positive, with sum 1 at each pixel.
        variation : ndarray of float32, shape (rows, columns)
            Expected norm of the differences of ab to the neighbours.
        """
        from scipy.spatial import cKDTree

        if self._tree is None:
            self._tree = cKDTree(to_numpy(self.described))
        surf, extra = describe(picture)
        wanted = self._reduce(surf.reshape(-1, N_SURF), extra.reshape(-1, N_EXTRA))
        n = min(N_NEAREST, len(self.described))
        distances, found = self._tree.query(wanted, np.arange(1, n + 1), eps=SLACK)
        width = np.maximum(distances[:, [min(RANK, n) - 1]], MIN_WIDTH)
        window = np.exp(-((distances / width) ** 2) / 2)
        window /= window.sum(1, keepdims=True)
        labels, n_colors = self.labels.cpu().numpy(), len(self.palette)
        cells = labels[found] + n_colors * np.arange(len(wanted))[:, None]
        density = np.bincount(cells.ravel(), window.ravel(), len(wanted) * n_colors)
        frequent = np.bincount(labels, minlength=n_colors) / len(labels)
        probability = (1 - PRIOR) * density.reshape(-1, n_colors) + PRIOR * frequent
        variation = np.maximum((window * to_numpy(self.variation)[found]).sum(1), MIN_VARIATION)
        shape = surf.shape[:2]
        return (
            probability.reshape(*shape, n_colors).astype(np.float32),
            variation.reshape(shape).astype(np.float32),
        )

    def check(self) -> None:
        """Raise `ValueError` if the buffers do not fit together; discard the search tree of earlier ones."""
        self._tree = None
        if not len(self.described) == len(self.labels) == len(self.variation):
            raise ValueError("buffers have different lengths")
        check_range(self.labels, 0, len(self.palette) - 1)
        if not self.described.isfinite().all():
            raise ValueError("descriptors are not finite")


def describe(luminance: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Describe every second pixel of a picture.

    SURF continues the picture beyond its border by mirroring it.

    Parameters
    ----------
    luminance : ndarray, shape (h, w)
        L x 0.01.

    Returns
    -------
    surf : ndarray of float32, shape (rows, columns, 192)
        Sums of dx, dy, |dx| and |dy| in 4x4 cells, at three scales.
    extra : ndarray of float32, shape (rows, columns, 8)
        Weighted luminance, its averages, contrast (maximum minus minimum in a window), x and y.
    """
    import cv2

    picture = np.ascontiguousarray(luminance, np.float32)
    height, width = picture.shape
    _, tone, average, contrast, place = WEIGHTS
    maps = [tone * picture]
    maps += [average * cv2.GaussianBlur(picture, (0, 0), blur) for blur in BLURS]
    maps += [
        contrast * cv2.morphologyEx(picture, cv2.MORPH_GRADIENT, np.ones((side, side), np.uint8))
        for side in WINDOWS
    ]
    y, x = np.indices(picture.shape)
    maps += [place * (x + 0.5) / width, place * (y + 0.5) / height]
    extra = np.stack([one[::STEP, ::STEP] for one in maps], -1)
    return np.concatenate([_surf(picture, scale) for scale in SCALES], -1), extra.astype(np.float32)


def _surf(picture: NDArray[np.float32], scale: int) -> NDArray[np.float32]:
    """Return SURF at one scale, (rows, columns, 64)."""
    import cv2

    height, width = picture.shape
    cell = 5 * scale
    margin = 2 * cell + scale
    around = cv2.blur(np.pad(picture, margin, mode="symmetric"), (scale, scale))
    dx, dy = np.zeros_like(around), np.zeros_like(around)
    dx[:, scale:-scale] = around[:, 2 * scale :] - around[:, : -2 * scale]
    dy[scale:-scale] = around[2 * scale :] - around[: -2 * scale]
    sums = cv2.blur(np.dstack([dx, dy, np.abs(dx), np.abs(dy)]), (cell, cell))
    at = [margin + round(share * cell) for share in (-1.5, -0.5, 0.5, 1.5)]
    return np.concatenate(
        [sums[top : top + height : STEP, left : left + width : STEP] for top in at for left in at], -1
    )


def _draw(
    luminance: NDArray[np.float32], ab: NDArray[np.float32], n: int, generator: np.random.Generator
) -> Pixels:
    """Draw at most n pixels at random from every second pixel of a picture."""
    surf, extra = describe(luminance)
    colors = ab[::STEP, ::STEP]
    around = np.pad(colors, ((1, 1), (1, 1), (0, 0)), mode="edge")
    neighbors = (around[1:-1, 2:], around[1:-1, :-2], around[2:, 1:-1], around[:-2, 1:-1])
    variation = np.mean([np.linalg.norm(colors - other, axis=-1) for other in neighbors], 0)
    some = generator.permutation(variation.size)[: max(1, n)]
    return Pixels(
        surf.reshape(-1, N_SURF)[some].astype(np.float16),
        extra.reshape(-1, N_EXTRA)[some].astype(np.float16),
        colors.reshape(-1, 2)[some].astype(np.float32),
        variation.ravel()[some].astype(np.float16),
    )


def _discretize(colors: NDArray[np.float32], seed: int) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Reduce colours, (pixels, 2), to a palette of at most 64.

    Colours that round to the same whole units of ab are one. If there are more than 64, k-means clusters are
    used instead. Every entry of the palette is the mean of its pixels.

    Returns
    -------
    palette : ndarray of float32, shape (n, 2)
        CIELAB a and b.
    labels : ndarray of uint8, shape (pixels,)
        Index of each pixel's colour.
    """
    from scipy.cluster.vq import vq
    from sklearn.cluster import kmeans_plusplus

    colors = colors.astype(np.float64)
    centers, labels = np.unique(colors.round(), axis=0, return_inverse=True)
    if len(centers) <= N_COLORS:
        return _means(colors, labels, centers).astype(np.float32), labels.astype(np.uint8)
    centers, _ = kmeans_plusplus(colors, N_COLORS, random_state=seed)
    for _ in range(N_ROUNDS):
        labels = vq(colors, centers)[0]
        centers = _means(colors, labels, centers)
    return centers.astype(np.float32), labels.astype(np.uint8)


def _means(
    colors: NDArray[np.floating], labels: NDArray[np.integer], centers: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Return the mean colour of each label; a label without pixels keeps its centre."""
    counts = np.bincount(labels, minlength=len(centers))
    sums = np.stack([np.bincount(labels, channel, len(centers)) for channel in colors.T], 1)
    return np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centers)
