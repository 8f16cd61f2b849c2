"""Augmentation: frames as other prints of the film would show them, rotated and zoomed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cartoonize.color.lab import lightness_of_grey
from cartoonize.learning.transfer import copied
from cartoonize.methods.networks.inputs import NETWORK_SIZE

#: Weights of red, green and blue in luma.
REC601 = (0.299, 0.587, 0.114)
#: Entries of the table of CIE L.
_N_LEVELS = 4096


@dataclass(frozen=True)
class Augmentation:
    """Strength of the random changes of each frame. All of them are centred on no change."""

    weights: float = 0.25
    """Standard deviation of the logarithms of the RGB-to-grey weights, around Rec. 601."""
    gamma: float = 0.1
    """Standard deviation of the logarithm of gamma."""
    contrast: float = 0.08
    """Standard deviation of the gain of grey in 0..1; that of its offset is half as large."""
    grain: float = 0.02
    """Largest standard deviation of the noise added to grey in 0..1."""
    rotation: float = 0.0
    """Standard deviation of the angle, in degrees."""
    zoom: float = 0.0
    """Standard deviation of the logarithm of the magnification."""

    @classmethod
    def of_prints(cls, variation: float = 1.0) -> Self:
        """Return the augmentation with its changes of grey multiplied by a factor.

        Parameters
        ----------
        variation : float
            1: prints from other laboratories; 0: the same print as the training frames.
        """
        return cls(
            weights=cls.weights * variation,
            gamma=cls.gamma * variation,
            contrast=cls.contrast * variation,
            grain=cls.grain * variation,
        )

    def draw_transforms(self, size: int, generator: torch.Generator) -> list[tuple[float, float]]:
        """Draw an angle in degrees and a magnification for each of ``size`` frames."""
        if not (self.rotation or self.zoom):
            return [(0.0, 1.0)] * size
        angle, zoom = torch.randn(2, size, generator=generator)
        return list(zip((self.rotation * angle).tolist(), (self.zoom * zoom).exp().tolist(), strict=True))

    def random_print(self, rgb: Tensor, generator: torch.Generator, grain: torch.Generator) -> Tensor:
        """Return L of black-and-white prints, each with its own grey weights, gamma, gain and grain.

        Parameters
        ----------
        rgb : Tensor of uint8, shape (n, h, w, 3)
        generator : torch.Generator
            On the CPU.
        grain : torch.Generator
            On the device of the frames.

        Returns
        -------
        Tensor, shape (n, h, w)
            CIE L, 0..100.
        """
        size, device = len(rgb), rgb.device
        of_weights = torch.randn(size, 3, generator=generator)
        of_tones = torch.randn(3, size, 1, 1, generator=generator)
        of_grain = torch.rand(size, 1, 1, generator=generator)
        weights = torch.softmax(torch.tensor(REC601).log() + self.weights * of_weights, 1) / 255
        # One copy to a GPU instead of four.
        numbers = copied(torch.cat([weights.T.flatten(), of_tones.flatten(), of_grain.flatten()]), device)
        red, green, blue, gamma, gain, offset, level = numbers.view(7, size, 1, 1)
        grey = rgb[..., 0] * red + rgb[..., 1] * green + rgb[..., 2] * blue
        grey = grey.clamp_(min=1e-4) ** torch.exp(self.gamma * gamma)
        grey = (grey - 0.5) * (1 + self.contrast * gain) + 0.5 + self.contrast / 2 * offset
        noise = torch.randn(grey.shape, generator=grain, device=device)
        return _lightness_by_table((grey + self.grain * level * noise).clamp_(0, 1))


def crop(
    picture: NDArray[np.uint8], top: int, left: int, transform: tuple[float, float]
) -> NDArray[np.uint8]:
    """Crop 224x224 pixels of a picture, rotated and magnified around the centre of the crop.

    Parameters
    ----------
    picture : ndarray of uint8, shape (256, 256, 3)
    top, left : int
        First row and column.
    transform : tuple of float
        Angle in degrees and magnification.
    """
    if transform == (0.0, 1.0):
        return picture[top : top + NETWORK_SIZE, left : left + NETWORK_SIZE]
    import cv2

    angle, zoom = transform
    center = (left + (NETWORK_SIZE - 1) / 2, top + (NETWORK_SIZE - 1) / 2)
    matrix = cv2.getRotationMatrix2D(center, angle, zoom) - np.array([[0, 0, left], [0, 0, top]])
    size, border = (NETWORK_SIZE, NETWORK_SIZE), cv2.BORDER_REFLECT_101
    return np.asarray(cv2.warpAffine(picture, matrix, size, borderMode=border), np.uint8)


def _lightness_by_table(grey: Tensor) -> Tensor:
    """Return CIE L of grey in 0..1 to within 0.02, five times as fast as two powers for each pixel."""
    positions = (grey * (_N_LEVELS - 1) + 0.5).int().view(-1)
    return _levels(grey.device).index_select(0, positions).view(grey.shape)


@lru_cache
def _levels(device: torch.device) -> Tensor:
    return lightness_of_grey(torch.linspace(0, 1, _N_LEVELS, device=device))
