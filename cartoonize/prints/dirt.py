"""Dirt on a print: specks of dust and scratches, black and white."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.prints.presets import Print

#: Keys of the random generators. They differ so that adding scratches does not move the specks.
_SPECKS, _SCRATCHES = 3, 4
#: Number of frames for which the same scratches stay.
_SCRATCH_FRAMES = 12
#: Share of white dirt. Dust on the negative appears white, dust on the print black; most of it is on the
#: print.
_WHITE_SHARE = 0.35
#: Grey values of white and black dirt, 0..255.
_WHITE, _BLACK = 245.0, 18.0
#: Number of fractional bits in the coordinates of OpenCV's drawing functions.
_BITS = 4

Layer = NDArray[np.uint8]


def add_dirt(grey: NDArray[np.float32], print_: Print, index: int, scale: float) -> NDArray[np.float32]:
    """Add specks and scratches to a grey picture. They depend only on the seed and the frame index.

    Parameters
    ----------
    grey : ndarray of float32, shape (h, w)
        Grey, 0..255.
    print_ : Print
        Properties of the print.
    index : int
        Index of the frame in the film.
    scale : float
        Height of the picture as a multiple of 480 lines.

    Returns
    -------
    ndarray of float32, shape (h, w)
        Grey with dirt, 0..255.
    """
    if not print_.specks and not print_.scratches:
        return grey
    black, white = np.zeros(grey.shape, np.uint8), np.zeros(grey.shape, np.uint8)
    _draw_specks(black, white, print_, index, scale)
    _draw_scratches(black, white, print_, index, scale)
    for layer, tone in ((black, _BLACK), (white, _WHITE)):
        opacity = layer.astype(np.float32) / np.float32(255)
        grey = grey + (np.float32(tone) - grey) * opacity
    return grey


def _draw_specks(black: Layer, white: Layer, print_: Print, index: int, scale: float) -> None:
    """Draw specks. Most are small, some are stretched to hairs."""
    random = np.random.default_rng([print_.seed, _SPECKS, index])
    around = np.linspace(0, 2 * np.pi, 9, endpoint=False)
    for _ in range(random.poisson(print_.specks)):
        layer = white if random.random() < _WHITE_SHARE else black
        center = random.random(2) * black.shape[::-1]
        radius = scale * min(0.9 + random.exponential(1.3), 8)
        stretch = 1 + random.exponential(0.5)
        rim = np.stack([stretch * np.cos(around), np.sin(around) / stretch], 1)
        rim *= random.uniform(0.6, 1.3, (9, 1))
        angle = random.random() * np.pi
        turned = rim @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        opacity = int(255 * random.uniform(0.6, 1))
        cv2.fillPoly(layer, [_fixed(center + radius * turned)], opacity, cv2.LINE_AA, _BITS)


def _draw_scratches(black: Layer, white: Layer, print_: Print, index: int, scale: float) -> None:
    """Draw scratches down the whole picture. From frame to frame they tremble and change in strength."""
    height, width = black.shape
    constant = np.random.default_rng([print_.seed, _SCRATCHES, index // _SCRATCH_FRAMES])
    varying = np.random.default_rng([print_.seed, _SCRATCHES, index // _SCRATCH_FRAMES, index])
    for _ in range(constant.poisson(print_.scratches)):
        layer = white if constant.random() < _WHITE_SHARE else black
        x, lean = constant.random() * width, constant.normal(0, 4) * scale
        x += varying.normal(0, 0.7) * scale
        opacity = int(255 * constant.uniform(0.25, 0.7) * varying.uniform(0.6, 1))
        path = np.stack([x + np.linspace(0, lean, 9), np.linspace(-2, height + 2, 9)], 1)
        path[:, 0] += varying.normal(0, 0.4, 9) * scale
        cv2.polylines(layer, [_fixed(path)], False, opacity, max(1, round(scale)), cv2.LINE_AA, _BITS)


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    """Convert points to the fixed-point coordinates of OpenCV."""
    return np.rint(points * (1 << _BITS)).astype(np.int32)
