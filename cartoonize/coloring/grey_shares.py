"""Shares of grey in the training episodes, by lightness."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.unpainted import MAX_CHROMA
from cartoonize.frames import COLOR_SIZE, area_average
from cartoonize.workspace import Workspace

#: Part of the keys of results. Raise it when the same files yield other known colours.
VERSION = 1

#: Largest number of pictures that are read.
_MAX_PICTURES = 60
#: Deviation of the Gaussian over lightness, in CIE L.
_DEVIATION = 2.0
#: Share that is assumed without pictures, its value for black and white, and its weight in pixels of the
#: 256x256 grid.
_ASSUMED, _ASSUMED_EXTREME, _WEIGHT = 0.05, 0.5, 2000.0
#: Lightness of black and white, in CIE L: paints that are darker or lighter have nearly no chroma.
_BLACK, _WHITE = 5, 96


def grey_shares(workspace: Workspace) -> NDArray[np.float32]:
    """Return the share of grey in the training episodes of a workspace, by CIE L, (101,) in 0..1.

    Outlines do not count. Without training episodes, the share is 0.05, and 0.5 for black and white.
    """
    counts = np.zeros((2, 101))
    for path in workspace.some_pictures(workspace.training_episodes(workspace.load()), _MAX_PICTURES):
        counts += _counts(path)
    reach = np.arange(-8, 9)
    kernel = np.exp(-0.5 * (reach / _DEVIATION) ** 2)
    n_grey, n_all = (np.convolve(count, kernel / kernel.sum(), "same") for count in counts)
    assumed = np.full(101, _ASSUMED)
    assumed[:_BLACK] = assumed[_WHITE:] = _ASSUMED_EXTREME
    return np.asarray((n_grey + assumed * _WEIGHT) / (n_all + _WEIGHT), np.float32)


def _counts(path: Path) -> NDArray[np.float64]:
    """Return the numbers of grey pixels and of all pixels of a picture, by CIE L, (2, 101)."""
    from cartoonize.color.lab import lightness_on_grid, rgb_to_lab
    from cartoonize.tracking.parts import line_pixels
    from cartoonize.video.images import read_picture
    from cartoonize.video.planes import luma_of_rgb

    rgb = area_average(read_picture(path))
    lightness = lightness_on_grid(luma_of_rgb(rgb, "bt601"), COLOR_SIZE, COLOR_SIZE)
    a, b = np.moveaxis(rgb_to_lab(rgb)[..., 1:], -1, 0)
    free = ~line_pixels(lightness)
    levels = np.rint(lightness).clip(0, 100).astype(int)
    is_grey = np.hypot(a, b) < MAX_CHROMA
    return np.stack([np.bincount(levels[m], minlength=101) for m in (free & is_grey, free)]).astype(float)
