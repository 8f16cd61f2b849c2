"""Conversion between sRGB and CIELAB (D65) for NumPy arrays and torch tensors (IEC 61966-2-1, CIE 15)."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

# Linear sRGB to XYZ, and the D65 white point of the 2-degree observer (IEC 61966-2-1).
_XYZ_FROM_RGB = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
_RGB_FROM_XYZ = np.linalg.inv(np.array(_XYZ_FROM_RGB)).tolist()
_WHITE = (0.95047, 1.0, 1.08883)


def _namespace(array: Any) -> Any:
    """Return the module (numpy or torch) of an array, without importing torch."""
    torch = sys.modules.get("torch")
    return torch if torch is not None and isinstance(array, torch.Tensor) else np


def _linear(matrix: Any, x: Any, y: Any, z: Any) -> Any:
    return (row[0] * x + row[1] * y + row[2] * z for row in matrix)


def srgb_to_linear(rgb: Any) -> Any:
    """Convert sRGB values in 0..1 to linear light."""
    xp = _namespace(rgb)
    return xp.where(rgb > 0.04045, ((xp.clip(rgb, 0.04045, None) + 0.055) / 1.055) ** 2.4, rgb / 12.92)


def linear_to_srgb(linear: Any) -> Any:
    """Convert linear light in 0..1 to sRGB values."""
    xp = _namespace(linear)
    curved = 1.055 * xp.clip(linear, 0.0031308, None) ** (1 / 2.4) - 0.055
    return xp.where(linear > 0.0031308, curved, 12.92 * linear)


_LINEAR_OF_BYTE: NDArray[np.float32] = srgb_to_linear(np.arange(256) / 255).astype(np.float32)
#: (3, 256) contribution of each red, green and blue code to Y.
_Y_OF_BYTE: NDArray[np.float32] = np.outer(_XYZ_FROM_RGB[1], _LINEAR_OF_BYTE).astype(np.float32)


def rgb_to_lab(rgb: Any) -> Any:
    """Convert sRGB to CIELAB.

    Parameters
    ----------
    rgb : array or tensor, shape (..., 3)
        sRGB: floating point in 0..1, or (NumPy only) ``uint8`` in 0..255.

    Returns
    -------
    array or tensor, shape (..., 3)
        L in 0..100, a and b about -110..110; ``float32`` for ``uint8`` input, else the input's type.
    """
    xp = _namespace(rgb)
    linear = _LINEAR_OF_BYTE[rgb] if rgb.dtype == np.uint8 else srgb_to_linear(rgb)
    xyz = _linear(_XYZ_FROM_RGB, linear[..., 0], linear[..., 1], linear[..., 2])
    fx, fy, fz = (_cube_root(xp, v / white) for v, white in zip(xyz, _WHITE, strict=True))
    return xp.stack([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)], -1)


def lab_to_rgb(lab: Any, *, clip: bool = True) -> Any:
    """Convert CIELAB to sRGB in 0..1.

    Parameters
    ----------
    lab : array or tensor, shape (..., 3)
        L in 0..100, a and b about -110..110.
    clip : bool
        Clip colours outside the gamut to 0..1, as in the thesis (5.1.1).

    Returns
    -------
    array or tensor, shape (..., 3)
        sRGB, in 0..1 if clipped.
    """
    xp = _namespace(lab)
    fy = (lab[..., 0] + 16) / 116
    f = (fy + lab[..., 1] / 500, fy, fy - lab[..., 2] / 200)
    xyz = [
        white * xp.where(v > 6 / 29, xp.clip(v, 0, None) ** 3, (v - 16 / 116) / 7.787)
        for v, white in zip(f, _WHITE, strict=True)
    ]
    rgb = linear_to_srgb(xp.stack(list(_linear(_RGB_FROM_XYZ, *xyz)), -1))
    return xp.clip(rgb, 0, 1) if clip else rgb


def _cube_root(xp: Any, t: Any) -> Any:
    root = np.cbrt(t) if xp is np else xp.clip(t, 0.008856, None) ** (1 / 3)
    return xp.where(t > 0.008856, root, 7.787 * t + 16 / 116)


def lightness(rgb: Any) -> Any:
    """Return CIE L of sRGB, as the first channel of `rgb_to_lab`.

    Parameters
    ----------
    rgb : array or tensor, shape (..., 3)
        sRGB: floating point in 0..1, or ``uint8`` in 0..255.

    Returns
    -------
    array or tensor, shape (...)
        L in 0..100; ``float32`` for ``uint8`` input, else the input's type.
    """
    xp = _namespace(rgb)
    if rgb.dtype == xp.uint8:
        byte = rgb if xp is np else rgb.int()
        tables = _Y_OF_BYTE if xp is np else xp.from_numpy(_Y_OF_BYTE).to(rgb.device)
        y = sum(table[byte[..., channel]] for channel, table in enumerate(tables))
    else:
        linear = srgb_to_linear(rgb)
        red, green, blue = _XYZ_FROM_RGB[1]
        y = red * linear[..., 0] + green * linear[..., 1] + blue * linear[..., 2]
    return 116 * _cube_root(xp, y) - 16


def lightness_of_grey(grey: Any) -> Any:
    """Return CIE L (0..100) of the grey colours R = G = B = ``grey``.

    Parameters
    ----------
    grey : array or tensor of any shape
        sRGB: floating point in 0..1, or (NumPy only) ``uint8`` in 0..255.
    """
    if grey.dtype == np.uint8:
        return _L_OF_GREY[grey]
    return 116 * _cube_root(_namespace(grey), srgb_to_linear(grey)) - 16


def lightness_on_grid(picture: NDArray[np.uint8], height: int, width: int) -> NDArray[np.float32]:
    """Return CIE L of a picture that is first reduced by area averaging.

    Parameters
    ----------
    picture : uint8 array, shape (h, w) or (h, w, 3)
        Grey or sRGB, 0..255.
    height, width : int
        Size of the result.

    Returns
    -------
    ndarray of float32, shape (height, width)
        L in 0..100.
    """
    import cv2

    small = cv2.resize(picture.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    of = lightness if small.ndim == 3 else lightness_of_grey
    return of(small / 255).astype(np.float32)


_L_OF_GREY: NDArray[np.float32] = lightness_of_grey(np.arange(256) / 255).astype(np.float32)


def quantize(rgb: NDArray[Any]) -> NDArray[np.uint8]:
    """Convert sRGB in 0..1 to ``uint8`` in 0..255, rounded."""
    return np.clip(np.rint(rgb * 255), 0, 255).astype(np.uint8)
