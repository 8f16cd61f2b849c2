"""Making of a print: converts a coloured picture to the grey picture of a worn black-and-white film."""

from __future__ import annotations

from math import pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.prints.dirt import add_dirt
from cartoonize.prints.presets import Print

#: Rows down and columns to the right by which a picture is shifted.
Shift = tuple[int, int]
Grey = NDArray[np.float32]

#: Height of the picture that the lengths of a `Print` refer to.
_HEIGHT = 480
#: Keys of the random generators. They differ so that adding dirt does not change the grain.
_GRAIN, _WEAVE = 1, 2
#: Periods in frames and amplitudes of the two oscillations of the gate. The amplitudes sum to 1.
_OSCILLATIONS = ((7.3, 0.55), (23.9, 0.45))


def strike_print(rgb: NDArray[np.uint8], print_: Print, index: int) -> tuple[NDArray[np.uint8], Shift]:
    """Make the print of one picture.

    The order is: weights, softness, gamma, contrast, grain, dirt, weave. Random values depend only on the
    seed and the frame index, so frames may be made in any order.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (h, w, 3)
        sRGB 0..255.
    print_ : Print
        Properties of the print.
    index : int
        Index of the frame in the film, from 0.

    Returns
    -------
    grey : ndarray of uint8, shape (h, w)
        Full range, 0..255.
    shift : (int, int)
        Rows down and columns to the right by which the gate shifts the picture; see `shifted`.
    """
    scale = rgb.shape[0] / _HEIGHT
    grey: Grey = rgb.astype(np.float32) @ np.array(print_.weights, np.float32)
    if print_.softness:
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), print_.softness * scale), np.float32)
    grey = _toned(grey, print_)
    if print_.grain:
        grey = _grainy(grey, print_, index, scale)
    grey = add_dirt(grey, print_, index, scale)
    shift = weave_shift(print_, index, scale)
    return shifted(np.rint(np.clip(grey, 0, 255)).astype(np.uint8), shift), shift


def weave_shift(print_: Print, index: int, scale: float) -> Shift:
    """Return the shift of a frame in the gate: a slow and a fast oscillation of at most ``weave`` in sum."""
    if not print_.weave:
        return (0, 0)
    phases = np.random.default_rng([print_.seed, _WEAVE]).random((2, len(_OSCILLATIONS))).tolist()
    down, right = (
        sum(
            amplitude * sin(2 * pi * (index / period + phase))
            for (period, amplitude), phase in zip(_OSCILLATIONS, axis, strict=True)
        )
        for axis in phases
    )
    return round(print_.weave * scale * down), round(print_.weave * scale * right)


def shifted(picture: NDArray[np.uint8], shift: Shift) -> NDArray[np.uint8]:
    """Shift a picture, (h, w) or (h, w, 3), by whole pixels, repeating its border."""
    down, right = shift
    rows = np.clip(np.arange(picture.shape[0]) - down, 0, picture.shape[0] - 1)
    columns = np.clip(np.arange(picture.shape[1]) - right, 0, picture.shape[1] - 1)
    return picture[rows[:, None], columns]


def _toned(grey: Grey, print_: Print) -> Grey:
    """Apply gamma, gain and offset. The defaults do not change the picture."""
    white, gamma, gain = np.float32(255), np.float32(print_.gamma), np.float32(print_.gain)
    if gamma != 1:
        grey = white * (grey / white) ** gamma
    if gain != 1:
        grey = (grey - white / 2) * gain + white / 2
    return grey + white * np.float32(print_.offset)


def _grainy(grey: Grey, print_: Print, index: int, scale: float) -> Grey:
    """Add noise that is blurred to the size of the grain. There is none in pure black and white."""
    random = np.random.default_rng([print_.seed, _GRAIN, index])
    sigma = max(print_.grain_size * scale, 0.3)
    kernel = cv2.getGaussianKernel(2 * max(1, round(3 * sigma)) + 1, sigma, cv2.CV_32F)
    noise = cv2.sepFilter2D(random.standard_normal(grey.shape, np.float32), -1, kernel, kernel)
    tone = np.clip(grey / np.float32(255), 0, 1)
    deviation = np.float32(255 * print_.grain) * 2 * np.sqrt(tone * (1 - tone))
    return np.asarray(grey + deviation * noise / np.float32((kernel**2).sum()), np.float32)
