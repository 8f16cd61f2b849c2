"""Automatic image colorization via multimodal predictions (Charpiat, Hofmann, Schoelkopf 2008).

Colours are made discrete; for every pixel the probabilities of all of them are estimated by Parzen windows
from the colours of the training pixels that look alike (section 3), as is how much colour will vary there
(3.3); a graph cut chooses the colours of all pixels together (section 4, `charpiat_cut`).

Where this differs: the bins are clusters of k-means in CIELAB ab, where the paper bins its Lab space
adaptively. SURF, at three scales, is computed at every second pixel, upright and not normalised, since that
would blow up the grain of flat paints, and cut to 24 components. Luminance, contrast and the place in the
picture count besides, for in cartoons, where a level of grey is often one paint, they tell more. Windows are
as wide as the nearest pixels are far, and a little of every colour's overall share is added. The cut works
on every second pixel; the others take the colour of the neighbour of the most similar luminance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cartoonize.methods.classical.charpiat.graph_cut import STEP, choose, follow
from cartoonize.methods.classical.common.batches import answer_of, pictures_of, to_numpy
from cartoonize.methods.classical.common.fitted import Learned, check_range
from cartoonize.methods.classical.common.guides import Reference

#: At most so many training pixels are kept.
N_KEPT = 65536
#: At most so many colours, and rounds of k-means for them.
N_COLORS, N_ROUNDS = 64, 20

#: SURF's scales, in pixels; its 4x4 cells are five times as wide, and each has four sums.
SCALES = (1, 2, 4)
N_SURF = 64 * len(SCALES)
#: Of these, principal components.
N_COMPONENTS = 24
#: Deviations of the Gaussians that average luminance, and sides of the windows for contrast, in pixels.
BLURS, WINDOWS = (2.0, 5.0, 10.0), (3, 5)
#: Weights of SURF, luminance, its averages, contrast and place, chosen on frames of a validation episode.
#: With 10 for luminance the error there was 7% less, but on prints lighter or darker by 3 of 100 11% more.
WEIGHTS = (0.3, 5.0, 2.0, 6.0, 0.1)
N_EXTRA = 1 + len(BLURS) + len(WINDOWS) + 2

#: Of the training pixels, so many nearest count; the Gaussian window is as wide as the distance to the
#: nearest but so many, at least the last number.
N_NEAREST, RANK, NARROWEST = 32, 8, 0.02
#: How much farther a neighbour may be than a nearer one that the search overlooks, as a share.
SLACK = 1.0
#: Share of the probability that follows how frequent colours are anywhere.
PRIOR = 0.02
#: The least variation of colour that is expected anywhere, in ab.
LEAST_VARIATION = 2.0


class Pixels(NamedTuple):
    """Training pixels of a picture, in random order."""

    surf: NDArray[np.float16]
    """(n, 192)."""
    extra: NDArray[np.float16]
    """(n, 8): weighted already."""
    colors: NDArray[np.float32]
    """(n, 2): ab."""
    variation: NDArray[np.float16]
    """(n,): mean size of the differences of ab to the four neighbours."""


class Charpiat(Learned):
    """Colours by pixels that look alike, of references or of training frames; without them all is grey.

    Parameters
    ----------
    references : sequence of Reference
        With them, it learns from these alone, at once.
    seed : int
        Of the pixels drawn, and of the clusters of colours.
    """

    palette: Tensor
    """(colours, 2): mean ab of each."""
    center: Tensor
    """(192,): mean SURF."""
    basis: Tensor
    """(192, 24): its principal components."""
    described: Tensor
    """(pixels, 32) float16: components and the rest, weighted."""
    labels: Tensor
    """(pixels,) uint8: numbers of colours."""
    variation: Tensor
    """(pixels,) float16: size of the differences of colour, in ab."""

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
        """Learn from training frames.

        Parameters
        ----------
        batches : iterable of (luminance, ab)
            L x 0.01, (n, 1, h, w), and true CIELAB ab of the same size, (n, 2, h, w).
        """
        self._learn(pictures_of(batches))

    def _learn(self, pictures: Iterable[tuple[NDArray[np.float32], NDArray[np.float32]]]) -> None:
        """Keep pixels of pictures, L x 0.01 (h, w) and ab (h, w, 2), equally many of each."""
        generator = np.random.default_rng(self._seed)
        taken: list[Pixels] = []
        for luminance, ab in pictures:
            taken.append(_draw(luminance, ab, N_KEPT // (len(taken) + 1), generator))
        if not taken:
            return
        n_each = max(1, N_KEPT // len(taken))
        surf, extra, colors, variation = (
            np.concatenate([values[:n_each] for values in kind]) for kind in zip(*taken, strict=True)
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
        """Return descriptors (n, 32) of SURF (n, 192) and the rest (n, 8)."""
        components = (surf - to_numpy(self.center)) @ to_numpy(self.basis)
        return np.hstack([WEIGHTS[0] * components, extra]).astype(np.float32)

    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to ab (n, 2, h, w)."""
        if len(self.palette) == 0:
            return luminance.new_zeros((len(luminance), 2, *luminance.shape[2:]), dtype=torch.float32)
        return answer_of([self._color(picture) for picture in to_numpy(luminance[:, 0])], luminance)

    def _color(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return ab (h, w, 2)."""
        probability, variation = self.predict(picture)
        palette = to_numpy(self.palette)
        return palette[follow(choose(probability, variation, palette), picture)]

    def predict(self, picture: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Estimate what colours are probable, and how much colour varies, at every second pixel.

        Parameters
        ----------
        picture : ndarray, shape (h, w)
            L x 0.01.

        Returns
        -------
        probability : ndarray of float32, shape (rows, columns, colours)
            p(c | v), positive, summing to one.
        variation : ndarray of float32, shape (rows, columns)
            Expected size of the differences of ab to the neighbours.
        """
        from scipy.spatial import cKDTree

        if self._tree is None:
            self._tree = cKDTree(to_numpy(self.described))
        surf, extra = describe(picture)
        wanted = self._reduce(surf.reshape(-1, N_SURF), extra.reshape(-1, N_EXTRA))
        n = min(N_NEAREST, len(self.described))
        distances, found = self._tree.query(wanted, np.arange(1, n + 1), eps=SLACK)
        width = np.maximum(distances[:, [min(RANK, n) - 1]], NARROWEST)
        window = np.exp(-((distances / width) ** 2) / 2)
        window /= window.sum(1, keepdims=True)
        labels, n_colors = self.labels.cpu().numpy(), len(self.palette)
        cells = labels[found] + n_colors * np.arange(len(wanted))[:, None]
        density = np.bincount(cells.ravel(), window.ravel(), len(wanted) * n_colors)
        frequent = np.bincount(labels, minlength=n_colors) / len(labels)
        probability = (1 - PRIOR) * density.reshape(-1, n_colors) + PRIOR * frequent
        variation = np.maximum((window * to_numpy(self.variation)[found]).sum(1), LEAST_VARIATION)
        shape = surf.shape[:2]
        return (
            probability.reshape(*shape, n_colors).astype(np.float32),
            variation.reshape(shape).astype(np.float32),
        )

    def check(self) -> None:
        """Raise `ValueError` if pixels have colours that are none; forget the tree of others."""
        self._tree = None
        if not len(self.described) == len(self.labels) == len(self.variation):
            raise ValueError("buffers of different lengths")
        check_range(self.labels, 0, len(self.palette) - 1)
        if not self.described.isfinite().all():
            raise ValueError("descriptions that are no numbers")


def describe(luminance: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Describe every second pixel of a picture, L x 0.01 (h, w), which is mirrored at its border.

    Returns
    -------
    surf : ndarray of float32, shape (rows, columns, 192)
        Sums of dx, dy, |dx|, |dy| in 4x4 cells, at three scales.
    extra : ndarray of float32, shape (rows, columns, 8)
        Luminance, its averages, contrast (greatest less least in a window), x and y; weighted.
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
    """Draw at most n of every second pixel of a picture."""
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
    """Return at most 64 colours, (n, 2), and which of them each of these, (pixels, 2), is.

    They are those that differ in whole units of ab, if so few, else k-means' clusters; each is a mean.
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
    """Return the mean colour of each label; that of a label without any stays its centre."""
    counts = np.bincount(labels, minlength=len(centers))
    sums = np.stack([np.bincount(labels, channel, len(centers)) for channel in colors.T], 1)
    return np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centers)
