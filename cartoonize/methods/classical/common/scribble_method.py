"""Base of the methods that spread scribbles, which come from a user or, where there are none, a network."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from cartoonize.annotations.scribbles import Scribbles
from cartoonize.frames import COLOR_SIZE, Place
from cartoonize.methods.classical.common.batches import ab_batch


class ScribbleMethod(nn.Module):
    """Base of methods that colour pictures one by one from scribbles; subclasses implement `color`.

    Parameters
    ----------
    scribbles : Scribbles, optional
        A user's scribbles.
    """

    keeps_all_scribbles = False
    """True if every scribbled pixel keeps its colour, False if only the hard ones do."""

    def __init__(self, scribbles: Scribbles | None = None) -> None:
        super().__init__()
        self.scribbles = scribbles

    @property
    def guided_at(self) -> frozenset[int]:
        """Indices of the frames at which other scribbles come into effect."""
        return self.scribbles.begin_at if self.scribbles else frozenset()

    def hard_at(self, index: int) -> NDArray[np.bool_]:
        """Return which pixels (256, 256) of a frame of `guided_at` keep the colour of their scribble."""
        assert self.scribbles is not None
        positions, _, exact = self.scribbles.hints[index].pixels()
        hard = np.zeros(COLOR_SIZE * COLOR_SIZE, bool)
        hard[positions] = self.keeps_all_scribbles | exact
        return hard.reshape(COLOR_SIZE, COLOR_SIZE)

    @abstractmethod
    def color(
        self, picture: NDArray[np.float32], place: Place | None, histogram: NDArray[np.float32] | None
    ) -> NDArray[np.float32] | None:
        """Return ab (256, 256, 2) of a picture, L x 0.01; None if there is no scribble for it."""

    def forward(
        self, luminance: Tensor, *, places: Sequence[Place] = (), histogram: Tensor | None = None
    ) -> Tensor:
        """Colour pictures. Pictures without a scribble stay grey.

        Parameters
        ----------
        luminance : Tensor, shape (n, 1, 256, 256)
            L x 0.01.
        places : sequence of Place
            Places of the pictures in the film. If empty, the first scribbles apply to all pictures.
        histogram : Tensor, shape (n, 313, h, w), optional
            A network's probabilities of the ab bins.

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
        return ab_batch(colored, luminance)
