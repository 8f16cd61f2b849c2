"""Learning large-scale automatic image colorization (Deshpande, Rock, Forsyth 2015): a learned objective.

The colour field c of a picture minimises a quadratic objective, the sum over filters F and pixels x of w_F(x)
((F c)(x) - t_F(x))^2. There are three filters: the colour itself, its difference to the right neighbour and
its difference to the neighbour below. For each filter, a regression forest predicts the target t_F(x) and the
variance v_F(x) of that prediction from luminance; w_F(x) = 1 / (v_F(x) + floor). The objective is a sum of
squares, so its minimum is the solution of one sparse, symmetric, positive definite system. Within a paint,
the colours of the training frames never change, so differences weigh thousands of times as much as colours,
and the result is even. At outlines differences vary, so colours may jump there.

LEARCH requires that the objective at the true colours is not above its minimum. The gradient of the
difference of these two values with respect to the targets is -2 w (F c_true - F c_min). Each round therefore
computes the minimiser c_min on training frames, fits forests that predict F (c_true - c_min) from luminance,
and adds their predictions to the targets.

Differences from the paper, with mean ab errors on another episode of the same series:

- Colours are CIELAB.
- There are three filters. The paper also has filters for long distances.
- Weights come from the variance of the forests. Weights of differences 0.3 or 3 times as large were no
  better.
- LEARCH has no margin that grows with the loss.
- One forest serves all scenes. Without the objective its error was about 15.2. Forests for 2 and 4 clusters
  of the training frames had 15.5 and 16.6; forests for the 20, 80 and 160 frames most similar to the picture
  had 18.9, 16.3 and 15.5. Features of the whole picture raised the error from 16.0 to 18.3 (measured without
  noise on positions).
- The histogram is not part of the objective. A monotone map imposes it afterwards. It is meant for references
  of the same scene: with the histogram of the training frame most similar to the picture, the error rose from
  11.6 to 28.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cartoonize.annotations.references import Reference
from cartoonize.errors import UnknownNameError
from cartoonize.methods.classical.common.batches import ab_batch, batch_of, pictures_of, to_numpy
from cartoonize.methods.classical.deshpande.filter_bank import LEVELS, N_FEATURES, pixel_features
from cartoonize.methods.classical.deshpande.histograms import HISTOGRAMS, Histograms, with_histogram
from cartoonize.methods.classical.deshpande.quadratic import N_FILTERS, Term, filter_matrix, minimum, pairs
from cartoonize.methods.classical.deshpande.regression_forest import Forest

#: Standard deviation of the noise on levels in training, L x 0.01. All levels of a pixel get the same noise,
#: because prints differ in brightness. It raised the mean ab error on another episode from 10.7 to 11.6, and
#: lowered it on a print that is 3 L darker from 19.1 to 14.7.
LEVEL_NOISE = 0.015
#: Standard deviation of the noise on x and y in training, as shares of the picture. With less noise,
#: positions are memorised: the error on another episode was a twentieth higher.
POSITION_NOISE = 0.25

#: Number of pixels that training draws for each filter, and bounds on the number drawn from one frame.
N_PIXELS, MIN_FRAME_PIXELS, MAX_FRAME_PIXELS = 160_000, 300, 8000
#: Minimum number of training pixels in a leaf, by filter. Differences are nearly always 0, so only many
#: pixels show a jump.
MIN_LEAF_PIXELS = (5, 40, 40)
#: Added to the variance: colours that differ by less than a third of a unit of ab are the same.
VARIANCE_FLOOR = 0.1

#: Number of rounds of LEARCH after the first forests, and of the training frames whose minimum each round
#: computes. On another episode, one round lowered the mean ab error from 12.0 to 11.6.
N_ROUNDS, N_MINIMA = 1, 48
#: Step size of a round, and the minimum number of pixels in a leaf of its forests.
STEP, MIN_ROUND_LEAF_PIXELS = 1.0, 40

#: Greatest |a| and |b| of the result; those of sRGB colours are never greater.
MAX_AB = 110.0


class Deshpande(nn.Module):
    """Forests that predict the objective of a picture. Returns grey before a fit and without references.

    Parameters
    ----------
    references : sequence of Reference
        If given, the module is fitted to them immediately. Otherwise call `fit` or load a checkpoint.
    histogram : {"none", "reference"}
        With "reference", the result gets the histogram of the reference or training frame that is most
        similar to the picture.
    seed : int
        Seed of the random choice of pixels and of the trees.

    Raises
    ------
    UnknownNameError
        For another ``histogram``.
    """

    def __init__(self, references: Sequence[Reference] = (), histogram: str = "none", seed: int = 0) -> None:
        super().__init__()
        if histogram not in HISTOGRAMS:
            raise UnknownNameError("histogram", histogram, HISTOGRAMS)
        self._histogram, self._seed = histogram, seed
        self.histograms = Histograms()
        # The forests of each round in turn. Targets are sums over all rounds; weights come from the first.
        self.forests = nn.ModuleList(Forest(2, N_FEATURES) for _ in range(N_FILTERS * (1 + N_ROUNDS)))
        if references:
            self.fit(batch_of(r.luminance, r.ab) for r in references)

    def fit(self, batches: Iterable[tuple[Tensor, Tensor]]) -> None:
        """Fit to training frames.

        Parameters
        ----------
        batches : iterable of (luminance, ab)
            L x 0.01, (n, 1, h, w), and true CIELAB ab of the same size, (n, 2, h, w).
        """
        frames = list(pictures_of(batches))
        if not frames:
            return
        self.histograms.fit(batch_of(*frame) for frame in frames)
        self._fit_round(0, frames, len(frames))
        some = frames[:: -(-len(frames) // N_MINIMA)]
        for number in range(1, 1 + N_ROUNDS):
            errors = ((picture, ab - self._minimum(picture)) for picture, ab in some)
            self._fit_round(number, errors, len(some))

    def _fit_round(
        self, number: int, fields: Iterable[tuple[NDArray[np.float32], NDArray[np.floating]]], n_fields: int
    ) -> None:
        """Fit the forests of a round to the filtered fields (h, w, 2) of pictures (h, w)."""
        generator = np.random.default_rng((self._seed, number))
        n_pixels = min(max(N_PIXELS // n_fields, MIN_FRAME_PIXELS), MAX_FRAME_PIXELS)
        drawn = [list(draw(picture, field, n_pixels, generator)) for picture, field in fields]
        for which, forest in enumerate(self._of_round(number)):
            described, targets = (
                np.concatenate(rows) for rows in zip(*(d[which] for d in drawn), strict=True)
            )
            if len(targets):
                min_rows = MIN_ROUND_LEAF_PIXELS if number else MIN_LEAF_PIXELS[which]
                forest.fit(described, targets, min_rows=min_rows, seed=self._seed + number)

    @torch.no_grad()
    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to ab (n, 2, h, w)."""
        if len(self.histograms.quantiles) == 0:
            return torch.zeros_like(luminance, dtype=torch.float32).repeat(1, 2, 1, 1)
        return ab_batch([self._color(picture) for picture in luminance[:, 0]], luminance)

    def _color(self, picture: Tensor) -> NDArray[np.float32]:
        ab = self._minimum(to_numpy(picture)).clip(-MAX_AB, MAX_AB).astype(np.float32)
        return ab if self._histogram == "none" else with_histogram(ab, self.histograms.of(picture))

    def _of_round(self, number: int) -> list[Any]:
        return list(self.forests)[N_FILTERS * number : N_FILTERS * (number + 1)]

    def _minimum(self, picture: NDArray[np.float32]) -> NDArray[np.float64]:
        return minimum(self.objective(picture)).reshape(*picture.shape, 2)

    def objective(self, picture: NDArray[np.float32]) -> list[Term]:
        """Return the objective of a picture, L x 0.01 (h, w)."""
        terms = []
        for which, described in enumerate(descriptors(picture)):
            rows = described.reshape(-1, described.shape[-1])
            targets, variance = self._of_round(0)[which].predict(rows)
            for number in range(1, 1 + N_ROUNDS):
                targets = targets + STEP * self._of_round(number)[which].predict(rows)[0]
            terms.append(Term(filter_matrix(picture.shape, which), 1 / (variance + VARIANCE_FLOOR), targets))
        return terms


def draw(
    picture: NDArray[np.float32], field: NDArray[np.floating], n: int, generator: np.random.Generator
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Yield, for each filter, descriptors (n, features) and the filtered field (n, 2) at random pixels."""
    filtered = [field, *(there - here for here, there in (pairs(field, which) for which in (1, 2)))]
    for which, (described, values) in enumerate(zip(descriptors(picture), filtered, strict=True)):
        n_drawn = n if values.size else 0
        at = tuple(generator.integers(0, max(size, 1), n_drawn) for size in values.shape[:2])
        rows = described[at]
        rows[:, LEVELS] += generator.normal(0, LEVEL_NOISE, (n_drawn, 1)).astype(np.float32)
        if which == 0:
            rows[:, -2:] += generator.normal(0, POSITION_NOISE, (n_drawn, 2)).astype(np.float32)
        yield rows, values[at].astype(np.float32)


def descriptors(picture: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """Yield, for each filter, the input of its forest.

    Parameters
    ----------
    picture : ndarray of float32, shape (h, w)
        L x 0.01.

    Yields
    ------
    ndarray of float32
        For colours, (h, w, 28): the features of the pixels. For differences, (h, w - 1, 28) and
        (h - 1, w, 28): the features of the first pixel without its position, because outlines look the same
        anywhere, and the difference of L to the second pixel, signed and absolute.
    """
    features = pixel_features(picture)
    yield features
    for which in (1, 2):
        here, there = pairs(features, which)
        step = there[..., :1] - here[..., :1]
        yield np.concatenate([here[..., :-2], step, np.abs(step)], -1)
