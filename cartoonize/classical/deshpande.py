"""Learning large-scale automatic image colorization (Deshpande, Rock, Forsyth 2015): a learned objective.

The colour field c of a picture minimises a quadratic objective, the sum over filters F and pixels x of
w_F(x) ((F c)(x) - t_F(x))^2. The filters are three: the colour itself, its difference to the right and its
difference to below. What they should answer, t_F(x), a regression forest tells from the picture's luminance,
with the variance v_F(x) of its answer; w_F(x) = 1 / (v_F(x) + floor). A sum of squares is never negative,
so the minimum is one sparse, symmetric, positive definite system. Within a paint the training frames' colours
never change, so the difference's weight is thousands of times that of the colour, and colours become even;
at outlines anything has been seen, and colours may jump.

LEARCH: the objective at the true colours shall not be above its minimum. The gradient of the one less the
other with respect to the targets is -2 w (F c_true - F c_min), so in a further round the minimiser c_min is
computed on training frames, and forests that learn F (c_true - c_min) from luminance are added to the
targets.

Where we differ. Ours are CIELAB, three filters (the paper has some for long distances too), and weights that
come from the forests' variance; 0.3 or 3 times that for differences brought nothing. LEARCH here has no
margin that grows with the loss. There is one forest for all scenes. On another episode of the same series,
without the objective, it had a mean ab error of about 15.2; forests for 2 and 4 clusters of the training
frames 15.5 and 16.6, for the 20, 80 and 160 frames most like the picture 18.9, 16.3 and 15.5; features of the
whole picture took it from 16.0 to 18.3 (when there was no noise on places). The wanted histogram is no part
of the objective, but a monotone map afterwards. It is for references of the same scene: with that of the
training frame that looks most like the picture, the mean ab error rose from 11.6 to 28.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cartoonize.classical.batches import answer_of, batch_of, pictures_of, to_numpy
from cartoonize.classical.forest import Forest
from cartoonize.classical.frame_store import FrameStore
from cartoonize.classical.guides import Reference
from cartoonize.errors import UnknownNameError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Deviations of the Gaussians of the filter bank, in pixels.
SCALES = (1.0, 2.0, 4.0, 8.0, 16.0)
#: Values of a pixel's description: L; smoothed L, its derivatives, band and texture at every scale; x, y.
N_FEATURES = 1 + 5 * len(SCALES) + 2
#: Which of them are levels of luminance.
LEVELS = [0, *range(1, 1 + 5 * len(SCALES), 5)]
#: Noise on the levels in training, the same on all of a pixel, in L x 0.01: prints are lighter or darker. On
#: another episode it took the mean ab error from 10.7 to 11.6, on a print 3 L darker from 19.1 to 14.7.
BLUR_OF_LEVELS = 0.015
#: Noise on x and y in training, as shares of the picture. Sharper, places are learned by heart: the error on
#: another episode was a twentieth higher.
BLUR_OF_POSITION = 0.25

#: The colour, its difference to the right, its difference to below.
N_FILTERS = 3
#: Pixels that training draws for each filter, in all; bounds for one frame.
N_PIXELS, FEWEST, MOST_OF_A_FRAME = 160_000, 300, 8000
#: Fewest training pixels of a leaf, by filter. Differences are nearly always 0: it takes many to see a jump.
LEAVES = (5, 40, 40)
#: The least variance: what differs by less than a third of a unit of ab is the same.
FLOOR = 0.1

#: Rounds of LEARCH after the first forests, and training frames whose minimum is computed in each. On another
#: episode a round took the mean ab error from 12.0 to 11.6.
N_ROUNDS, N_MINIMA = 1, 48
#: Step of a round, and the fewest pixels of a leaf in it.
STEP, LEAF_OF_ROUND = 1.0, 40

#: a and b of sRGB are never further from 0.
MOST = 110.0
#: Of the values of a and of b that are kept of a training frame's histogram, least and greatest included.
N_QUANTILES = 65
HISTOGRAMS = ("none", "reference")


class Term(NamedTuple):
    """A filter's part of the objective of a picture of n pixels."""

    filter: csr_array
    """(m, n): what is looked at of a colour field."""
    weights: NDArray[np.float64]
    """(m,)"""
    targets: NDArray[np.float64]
    """(m, 2): of a and of b."""


class Histograms(FrameStore):
    """Quantiles of the a and b of training frames, found by what the frames look like."""

    quantiles: Tensor
    """(frames, 2, 65): of a and of b, from the least to the greatest value."""

    def __init__(self) -> None:
        super().__init__(quantiles=torch.empty(0, 2, N_QUANTILES))

    def keep(self, luminance: Tensor, ab: Tensor) -> dict[str, Tensor]:
        """Keep the quantiles."""
        shares = torch.linspace(0, 1, N_QUANTILES)
        return {"quantiles": torch.quantile(ab.flatten(2).float(), shares, dim=2).permute(1, 2, 0)}

    def of(self, picture: Tensor) -> NDArray[np.float32]:
        """Return the quantiles (2, 65) of the frame that looks most like a picture, L x 0.01 (h, w)."""
        return to_numpy(self.quantiles[int(self.find(picture[None, None])[0])])


class Deshpande(nn.Module):
    """Forests that write the objective of a picture; without a fit or references, all is grey.

    Parameters
    ----------
    references : sequence of Reference
        What to learn from, at once; none: `fit` or a checkpoint provides it.
    histogram : {"none", "reference"}
        With "reference" the result gets the histogram of the reference or training frame that looks most
        like the picture.
    seed : int
        Of the pixels drawn, and of the trees.
    """

    def __init__(self, references: Sequence[Reference] = (), histogram: str = "none", seed: int = 0) -> None:
        super().__init__()
        if histogram not in HISTOGRAMS:
            raise UnknownNameError("histogram", histogram, HISTOGRAMS)
        self._histogram, self._seed = histogram, seed
        self.histograms = Histograms()
        # Round by round. All rounds together tell the targets, the first one the weights.
        self.forests = nn.ModuleList(Forest(2, N_FEATURES) for _ in range(N_FILTERS * (1 + N_ROUNDS)))
        if references:
            self.fit(batch_of(r.luminance, r.ab) for r in references)

    def fit(self, batches: Iterable[tuple[Tensor, Tensor]]) -> None:
        """Learn from training frames.

        Parameters
        ----------
        batches : iterable of (luminance, ab)
            L x 0.01, (n, 1, h, w), and true CIELAB ab of the same size, (n, 2, h, w).
        """
        frames = list(pictures_of(batches))
        if not frames:
            return
        self.histograms.fit(batch_of(*frame) for frame in frames)
        self._grow(0, frames, len(frames))
        some = frames[:: -(-len(frames) // N_MINIMA)]
        for number in range(1, 1 + N_ROUNDS):
            self._grow(number, ((picture, ab - self._minimum(picture)) for picture, ab in some), len(some))

    def _grow(
        self, number: int, fields: Iterable[tuple[NDArray[np.float32], NDArray[np.floating]]], n_fields: int
    ) -> None:
        """Fit the forests of a round to pictures (h, w) and fields (h, w, 2), through the filters."""
        generator = np.random.default_rng((self._seed, number))
        n_pixels = min(max(N_PIXELS // n_fields, FEWEST), MOST_OF_A_FRAME)
        drawn = [list(draw(picture, field, n_pixels, generator)) for picture, field in fields]
        for which, forest in enumerate(self._of_round(number)):
            described, targets = (
                np.concatenate(rows) for rows in zip(*(d[which] for d in drawn), strict=True)
            )
            if len(targets):
                smallest = LEAF_OF_ROUND if number else LEAVES[which]
                forest.fit(described, targets, smallest=smallest, seed=self._seed + number)

    @torch.no_grad()
    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to ab (n, 2, h, w)."""
        if len(self.histograms.quantiles) == 0:
            return torch.zeros_like(luminance, dtype=torch.float32).repeat(1, 2, 1, 1)
        return answer_of([self._color(picture) for picture in luminance[:, 0]], luminance)

    def _color(self, picture: Tensor) -> NDArray[np.float32]:
        ab = self._minimum(to_numpy(picture)).clip(-MOST, MOST).astype(np.float32)
        return ab if self._histogram == "none" else with_histogram(ab, self.histograms.of(picture))

    def _of_round(self, number: int) -> list[Any]:
        return list(self.forests)[N_FILTERS * number : N_FILTERS * (number + 1)]

    def _minimum(self, picture: NDArray[np.float32]) -> NDArray[np.float64]:
        return minimum(self.objective(picture)).reshape(*picture.shape, 2)

    def objective(self, picture: NDArray[np.float32]) -> list[Term]:
        """Return the objective of a picture, L x 0.01 (h, w)."""
        terms = []
        for which, described in enumerate(descriptions(picture)):
            rows = described.reshape(-1, described.shape[-1])
            targets, variance = self._of_round(0)[which].predict(rows)
            for number in range(1, 1 + N_ROUNDS):
                targets = targets + STEP * self._of_round(number)[which].predict(rows)[0]
            terms.append(Term(filter_matrix(picture.shape, which), 1 / (variance + FLOOR), targets))
        return terms


def minimum(terms: Sequence[Term]) -> NDArray[np.float64]:
    """Return the field, (n, 2), at which an objective is least."""
    from scipy.sparse import diags_array
    from scipy.sparse.linalg import splu

    matrix = sum(term.filter.T @ diags_array(term.weights) @ term.filter for term in terms)
    wanted = sum(term.filter.T @ (term.weights[:, None] * term.targets) for term in terms)
    # Positive definite: no pivot is needed, and an ordering for symmetric patterns fills in least.
    factors = splu(
        matrix.tocsc(),
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    return factors.solve(wanted)


def filter_matrix(shape: tuple[int, ...], which: int) -> csr_array:
    """Return a filter as a matrix on the pixels in reading order: 0 is the identity, 1 right, 2 below."""
    from scipy.sparse import csr_array, eye_array

    pixels = np.arange(shape[0] * shape[1]).reshape(shape)
    if which == 0:
        return csr_array(eye_array(pixels.size))
    here, there = (part.ravel() for part in _pairs(pixels, which))
    rows = np.arange(len(here))
    places = np.tile(rows, 2), np.concatenate([here, there])
    return csr_array((np.repeat([-1.0, 1.0], len(here)), places), shape=(len(here), pixels.size))


def draw(
    picture: NDArray[np.float32], field: NDArray[np.floating], n: int, generator: np.random.Generator
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Yield for every filter descriptions (n, features) and answers to a field (n, 2) at random pixels."""
    answers = [field, *(there - here for here, there in (_pairs(field, which) for which in (1, 2)))]
    for which, (described, answer) in enumerate(zip(descriptions(picture), answers, strict=True)):
        n_drawn = n if answer.size else 0
        at = tuple(generator.integers(0, max(size, 1), n_drawn) for size in answer.shape[:2])
        rows = described[at]
        rows[:, LEVELS] += generator.normal(0, BLUR_OF_LEVELS, (n_drawn, 1)).astype(np.float32)
        if which == 0:
            rows[:, -2:] += generator.normal(0, BLUR_OF_POSITION, (n_drawn, 2)).astype(np.float32)
        yield rows, answer[at].astype(np.float32)


def descriptions(picture: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """Yield what the forest of every filter sees of a picture, L x 0.01 (h, w).

    For colours, the pixels' features. For differences, (h, w - 1, 28) and (h - 1, w, 28): the features of the
    first pixel without its place, for an outline is one anywhere, and the step of L to the second with and
    without its sign.
    """
    features = pixel_features(picture)
    yield features
    for which in (1, 2):
        here, there = _pairs(features, which)
        step = there[..., :1] - here[..., :1]
        yield np.concatenate([here[..., :-2], step, np.abs(step)], -1)


def pixel_features(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Describe every pixel of a picture by a bank of filters; the border is repeated outside.

    Parameters
    ----------
    picture : ndarray of float32, shape (h, w)
        L x 0.01.

    Returns
    -------
    ndarray of float32, shape (h, w, 28)
        L x 0.01. For every scale: smoothed L; its derivatives along x and y, per deviation of the Gaussian;
        its difference to the scale before, which is near a Laplacian; mean distance to it, which measures
        texture. At last x and y of the pixel's centre as shares of the picture, 0..1.
    """
    height, width = picture.shape
    features = np.empty((height, width, N_FEATURES), np.float32)
    features[..., 0] = finer = picture
    for number, scale in enumerate(SCALES):
        smooth = _smoothed(picture, scale)
        around = np.pad(smooth, 1, mode="edge")
        along_x = (around[1:-1, 2:] - around[1:-1, :-2]) * (scale / 2)
        along_y = (around[2:, 1:-1] - around[:-2, 1:-1]) * (scale / 2)
        texture = _smoothed(np.abs(picture - smooth), scale)
        first = 1 + 5 * number
        features[..., first : first + 5] = np.stack([smooth, along_x, along_y, smooth - finer, texture], -1)
        finer = smooth
    features[..., -2] = (np.arange(width) + 0.5) / width
    features[..., -1] = (np.arange(height)[:, None] + 0.5) / height
    return features


def with_histogram(ab: NDArray[np.float32], quantiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Map a and b, each by a curve that never falls, so that they have the given quantiles.

    Parameters
    ----------
    ab : ndarray, shape (h, w, 2)
    quantiles : ndarray, shape (2, k)
        Of a and of b at even steps, from the least to the greatest value.

    Returns
    -------
    ndarray of float32, shape (h, w, 2)
        Values that were equal stay equal: they get the quantile in the middle of their ranks.
    """
    shares = np.linspace(0, 1, quantiles.shape[1])
    mapped: NDArray[np.float32] = np.empty_like(ab)
    for channel, wanted in enumerate(quantiles):
        _, which, counts = np.unique(ab[..., channel], return_inverse=True, return_counts=True)
        ranks = (np.cumsum(counts) - counts / 2) / counts.sum()
        mapped[..., channel] = np.interp(ranks, shares, wanted)[which.reshape(ab.shape[:2])]
    return mapped


def _pairs(values: NDArray[Any], which: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the first and the second pixels of the pairs that filter 1 or 2 looks at."""
    return (values[:, :-1], values[:, 1:]) if which == 1 else (values[:-1], values[1:])


def _smoothed(picture: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
    import cv2

    side = 2 * round(3 * scale) + 1
    blurred = cv2.GaussianBlur(picture, (side, side), scale, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.float32)
