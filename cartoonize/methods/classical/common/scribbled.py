"""What methods have in common that spread scribbles: a user's, or a network's where none serve."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from cartoonize.frames import COLOR_SIZE, Place
from cartoonize.methods.classical.common.batches import answer_of
from cartoonize.methods.classical.common.guides import Scribbles


class Scribbled(nn.Module):
    """A method that colours one picture after the other by scribbles; subclasses say how.

    Parameters
    ----------
    scribbles : Scribbles, optional
    """

    takes_to_the_letter = False
    """Whether all scribbles are conditions, and not only the hard ones."""

    def __init__(self, scribbles: Scribbles | None = None) -> None:
        super().__init__()
        self.scribbles = scribbles

    @property
    def guided_at(self) -> frozenset[int]:
        """Numbers of frames from which on other scribbles serve."""
        return self.scribbles.begin_at if self.scribbles else frozenset()

    def hard_at(self, index: int) -> NDArray[np.bool_]:
        """Return which pixels (256, 256) of a frame, one of `guided_at`, keep their scribble's colour."""
        assert self.scribbles is not None
        marks = self.scribbles.marks[index]
        hard = np.zeros(COLOR_SIZE * COLOR_SIZE, bool)
        hard[marks.positions] = self.takes_to_the_letter | np.asarray(marks.is_hard)
        return hard.reshape(COLOR_SIZE, COLOR_SIZE)

    @abstractmethod
    def color(
        self, picture: NDArray[np.float32], place: Place | None, histogram: NDArray[np.float32] | None
    ) -> NDArray[np.float32] | None:
        """Return ab (256, 256, 2) of a picture, L x 0.01; None if there is no scribble for it."""

    def forward(
        self, luminance: Tensor, *, places: Sequence[Place] = (), histogram: Tensor | None = None
    ) -> Tensor:
        """Colour pictures; those for which there is no scribble stay grey.

        Parameters
        ----------
        luminance : Tensor, shape (n, 1, 256, 256)
            L x 0.01.
        places : sequence of Place
            Of the pictures in the film; none: the first scribbles serve.
        histogram : Tensor, shape (n, 313, h, w), optional
            A network's probabilities.

        Returns
        -------
        Tensor, shape (n, 2, 256, 256)
            CIELAB a and b.
        """
        colored = []
        for number, picture in enumerate(luminance[:, 0].cpu().numpy()):
            hints = histogram[number].cpu().numpy() if histogram is not None else None
            ab = self.color(picture, places[number] if places else None, hints)
            colored.append(np.zeros((*picture.shape, 2), np.float32) if ab is None else ab)
        return answer_of(colored, luminance)
