"""Dirt on a print: specks of dust and scratches, black and white."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.prints.presets import Print

#: What random numbers are for, so that specks stay where they are when scratches come.
_SPECKS, _SCRATCHES = 3, 4
#: Frames for which a scratch stays before others come.
_SCRATCH_FRAMES = 12
#: Dust on the negative is printed white, dust on the print is black; most of it is on the print.
_WHITE_SHARE = 0.35
_WHITE, _BLACK = 245.0, 18.0
#: Fixed-point bits of OpenCV's drawing functions.
_BITS = 4

Layer = NDArray[np.uint8]


def lay_dirt(grey: NDArray[np.float32], print_: Print, index: int, scale: float) -> NDArray[np.float32]:
    """Return a grey picture (h, w), 0..255, with dirt on it, which follows from (seed, index) alone."""
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
    """Draw crumbs, most of them small, some drawn out to hairs."""
    random = np.random.default_rng([print_.seed, _SPECKS, index])
    around = np.linspace(0, 2 * np.pi, 9, endpoint=False)
    for _ in range(random.poisson(print_.specks)):
        layer = white if random.random() < _WHITE_SHARE else black
        middle = random.random(2) * black.shape[::-1]
        radius = scale * min(0.9 + random.exponential(1.3), 8)
        stretch = 1 + random.exponential(0.5)
        rim = np.stack([stretch * np.cos(around), np.sin(around) / stretch], 1)
        rim *= random.uniform(0.6, 1.3, (9, 1))
        turn = random.random() * np.pi
        turned = rim @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        opacity = int(255 * random.uniform(0.6, 1))
        cv2.fillPoly(layer, [_fixed(middle + radius * turned)], opacity, cv2.LINE_AA, _BITS)


def _draw_scratches(black: Layer, white: Layer, print_: Print, index: int, scale: float) -> None:
    """Draw lines down the whole picture; while one stays it trembles and its strength changes."""
    height, width = black.shape
    stays = np.random.default_rng([print_.seed, _SCRATCHES, index // _SCRATCH_FRAMES])
    changes = np.random.default_rng([print_.seed, _SCRATCHES, index // _SCRATCH_FRAMES, index])
    for _ in range(stays.poisson(print_.scratches)):
        layer = white if stays.random() < _WHITE_SHARE else black
        x, lean = stays.random() * width, stays.normal(0, 4) * scale
        x += changes.normal(0, 0.7) * scale
        opacity = int(255 * stays.uniform(0.25, 0.7) * changes.uniform(0.6, 1))
        path = np.stack([x + np.linspace(0, lean, 9), np.linspace(-2, height + 2, 9)], 1)
        path[:, 0] += changes.normal(0, 0.4, 9) * scale
        cv2.polylines(layer, [_fixed(path)], False, opacity, max(1, round(scale)), cv2.LINE_AA, _BITS)


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.rint(points * (1 << _BITS)).astype(np.int32)
