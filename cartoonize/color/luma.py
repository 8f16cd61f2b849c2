"""Luma Y' and chroma Cb, Cr, the coding of video, and colours that keep the luma of the source.

A method predicts a and b, and the video supplies Y'. The displayed colour is the one with exactly these
three values. Its CIE L follows from them by bisection, since Y' grows with L. A video stores its Cb and Cr.
Using L of the *grey* picture instead would turn a correct (a, b) into a wrong colour: red has L 53, but its
grey copy has L 23.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cartoonize.color.lab import lab_to_rgb

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Red and blue weights of Y' (ITU-R BT.601, BT.709, BT.2020). The green weight is the rest to 1.
LUMA_WEIGHTS = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}

_N_LUMA = 65
_AB_LIMIT = 112
_AB_STEP = 4
_N_AB = 2 * _AB_LIMIT // _AB_STEP + 1


def luma_of_rgb(rgb: NDArray[np.uint8], matrix: str = "bt601") -> NDArray[np.uint8]:
    """Return full-range Y' (h, w) 0..255 of an sRGB picture (h, w, 3) 0..255."""
    kr, kb = LUMA_WEIGHTS[matrix]
    return np.rint(rgb.astype(np.float32) @ np.array([kr, 1 - kr - kb, kb], np.float32)).astype(np.uint8)


def chroma_of_ab(luma: NDArray[np.float32], ab: NDArray[np.float32], matrix: str) -> NDArray[np.float32]:
    """Return the chroma that shows a given CIELAB (a, b) at a given luma.

    A colour outside the sRGB gamut is moved straight towards grey until it is inside. The luma is kept.

    Parameters
    ----------
    luma : ndarray, shape (h, w)
        Y' in 0..1.
    ab : ndarray, shape (h, w, 2)
        CIELAB a and b; clamped to -112..112.
    matrix : {"bt601", "bt709", "bt2020"}
        Luma weights of the video.

    Returns
    -------
    ndarray of float32, shape (h, w, 2)
        Cb and Cr in -0.5..0.5.
    """
    out = np.empty((*luma.shape, 2), np.float32)
    _interpolate(
        np.ascontiguousarray(luma, np.float32).ravel(),
        np.ascontiguousarray(ab, np.float32).reshape(-1, 2),
        _chroma_table(matrix),
        np.array(LUMA_WEIGHTS[matrix], np.float32),
        out.reshape(-1, 2),
    )
    return out


def exact_chroma_of_ab(luma: NDArray, ab: NDArray, matrix: str) -> NDArray[np.float64]:
    """Return the chroma without gamut mapping, by bisection on L. Slow, in double precision.

    Parameters and result are as for `chroma_of_ab`.
    """
    kr, kb = LUMA_WEIGHTS[matrix]
    luma, ab = np.asarray(luma, np.float64), np.asarray(ab, np.float64)
    low, high = np.full(luma.shape, -60.0), np.full(luma.shape, 160.0)
    for _ in range(36):
        middle = (low + high) / 2
        rgb = lab_to_rgb(np.concatenate([middle[..., None], ab], -1), clip=False)
        too_bright = rgb @ np.array([kr, 1 - kr - kb, kb]) > luma
        low, high = np.where(too_bright, low, middle), np.where(too_bright, middle, high)
    rgb = lab_to_rgb(np.concatenate([((low + high) / 2)[..., None], ab], -1), clip=False)
    from_grey = rgb - luma[..., None]
    return np.stack([from_grey[..., 2] / (2 * (1 - kb)), from_grey[..., 0] / (2 * (1 - kr))], -1)


@cache
def _chroma_table(matrix: str) -> NDArray[np.float32]:
    """Tabulate `exact_chroma_of_ab` on a grid of (Y', a, b), for trilinear interpolation."""
    y = np.linspace(0, 1, _N_LUMA)
    ab = np.arange(-_AB_LIMIT, _AB_LIMIT + 1, _AB_STEP, dtype=np.float64)
    grid = np.stack(np.meshgrid(y, ab, ab, indexing="ij"), -1)
    return exact_chroma_of_ab(grid[..., 0], grid[..., 1:], matrix).astype(np.float32)


@njit(cache=True, nogil=True)
def _interpolate(luma, ab, table, weights, out):  # type: ignore[no-untyped-def]
    kr, kb = weights
    for i in range(luma.shape[0]):
        level = min(max(luma[i], np.float32(0)), np.float32(1))
        y = level * (_N_LUMA - 1)
        a = (min(max(ab[i, 0], -_AB_LIMIT), _AB_LIMIT) + _AB_LIMIT) / _AB_STEP
        b = (min(max(ab[i, 1], -_AB_LIMIT), _AB_LIMIT) + _AB_LIMIT) / _AB_STEP
        y0 = min(int(y), _N_LUMA - 2)
        a0 = min(int(a), _N_AB - 2)
        b0 = min(int(b), _N_AB - 2)
        fy, fa, fb = y - y0, a - a0, b - b0
        cb, cr = 0.0, 0.0
        for corner in range(8):
            dy, da, db = corner >> 2, (corner >> 1) & 1, corner & 1
            share = (fy if dy else 1 - fy) * (fa if da else 1 - fa) * (fb if db else 1 - fb)
            cb += share * table[y0 + dy, a0 + da, b0 + db, 0]
            cr += share * table[y0 + dy, a0 + da, b0 + db, 1]
        # Scale the colour difference so that the first of red, green and blue just reaches the gamut.
        red, blue = 2 * (1 - kr) * cr, 2 * (1 - kb) * cb
        green = -(kr * red + kb * blue) / (1 - kr - kb)
        scale = 1.0
        for v in (red, green, blue):
            room = 1 - level if v > 0 else level
            if abs(v) > room:
                scale = min(scale, room / abs(v))
        out[i, 0] = cb * scale
        out[i, 1] = cr * scale


def rgb_of_luma_chroma(
    luma: NDArray[np.float32], chroma: NDArray[np.float32], matrix: str
) -> NDArray[np.float32]:
    """Convert Y' (h, w) in 0..1 and Cb, Cr (h, w, 2) in -0.5..0.5 to sRGB (h, w, 3), clipped to 0..1."""
    kr, kb = LUMA_WEIGHTS[matrix]
    red = luma + 2 * (1 - kr) * chroma[..., 1]
    blue = luma + 2 * (1 - kb) * chroma[..., 0]
    green = (luma - kr * red - kb * blue) / (1 - kr - kb)
    return np.clip(np.stack([red, green, blue], -1), 0, 1)


def rgb_of_luma_ab(luma: NDArray[Any], ab: NDArray[np.float32], matrix: str = "bt601") -> NDArray[np.float32]:
    """Return the sRGB picture (h, w, 3), 0..1, with a given luma and given colours, as far as sRGB allows.

    Parameters
    ----------
    luma : ndarray, shape (h, w)
        Y' in 0..255.
    ab : ndarray, shape (h, w, 2)
        CIELAB a and b.
    matrix : {"bt601", "bt709", "bt2020"}
        Luma weights.
    """
    level = np.asarray(luma, np.float32) / np.float32(255)
    return rgb_of_luma_chroma(level, chroma_of_ab(level, ab, matrix), matrix)
