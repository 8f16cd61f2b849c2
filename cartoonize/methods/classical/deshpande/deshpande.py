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
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cartoonize.errors import UnknownNameError
from cartoonize.methods.classical.common.batches import answer_of, batch_of, pictures_of, to_numpy
from cartoonize.methods.classical.common.guides import Reference
from cartoonize.methods.classical.deshpande.filter_bank import LEVELS, N_FEATURES, pixel_features
from cartoonize.methods.classical.deshpande.histograms import HISTOGRAMS, Histograms, with_histogram
from cartoonize.methods.classical.deshpande.quadratic import N_FILTERS, Term, filter_matrix, minimum, pairs
from cartoonize.methods.classical.deshpande.regression_forest import Forest

#: Noise on the levels in training, the same on all of a pixel, in L x 0.01: prints are lighter or darker. On
#: another episode it took the mean ab error from 10.7 to 11.6, on a print 3 L darker from 19.1 to 14.7.
BLUR_OF_LEVELS = 0.015
#: Noise on x and y in training, as shares of the picture. Sharper, places are learned by heart: the error on
#: another episode was a twentieth higher.
BLUR_OF_POSITION = 0.25

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


def draw(
    picture: NDArray[np.float32], field: NDArray[np.floating], n: int, generator: np.random.Generator
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Yield for every filter descriptions (n, features) and answers to a field (n, 2) at random pixels."""
    answers = [field, *(there - here for here, there in (pairs(field, which) for which in (1, 2)))]
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
        here, there = pairs(features, which)
        step = there[..., :1] - here[..., :1]
        yield np.concatenate([here[..., :-2], step, np.abs(step)], -1)
