"""Colours of coloured frames as numbers: precise R'G'B', light, and a layer of colour with opacity."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.frames import Frame, PlaneFormat, VideoFormat
from cartoonize.video.planes import LUMA_WEIGHTS

Floats = NDArray[np.float32]


#: Opacity below which a pixel counts as grey.
_LEAST_OPACITY = 1e-6


def luma_share(luma: NDArray[Any], format: VideoFormat) -> Floats:
    """Return Y' of a frame: 0 is black and 1 is white, values outside are kept."""
    codes = luma.astype(np.float32)
    if format.full_range:
        return codes / np.float32((1 << format.bit_depth) - 1)
    return (codes / np.float32(1 << (format.bit_depth - 8)) - 16) / np.float32(219)


def rgb_share(frame: Frame, format: VideoFormat, planes: PlaneFormat) -> Floats:
    """Return R'G'B' of a frame, (height, width, 3): 0 is black and 1 is white.

    Parameters
    ----------
    frame : Frame
        With ``chroma`` of the size of its luma; None: grey.
    format : VideoFormat
        Format of its luma.
    planes : PlaneFormat
        Format of its chroma.
    """
    y = luma_share(frame.luma, format)
    if frame.chroma is None:
        return np.repeat(y[..., None], 3, -1)
    middle, span = _chroma_scale(planes)
    cb, cr = ((plane.astype(np.float32) - middle) / span for plane in frame.chroma)
    red, blue = LUMA_WEIGHTS[planes.matrix]
    r, b = y + 2 * (1 - red) * cr, y + 2 * (1 - blue) * cb
    return np.stack([r, (y - red * r - blue * b) / (1 - red - blue), b], -1).astype(np.float32)


def planes_of_rgb(rgb: Floats, planes: PlaneFormat) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the codes of Y', Cb and Cr of R'G'B', in the size of the picture."""
    red, blue = LUMA_WEIGHTS[planes.matrix]
    y = red * rgb[..., 0] + (1 - red - blue) * rgb[..., 1] + blue * rgb[..., 2]
    cb, cr = (rgb[..., 2] - y) / (2 * (1 - blue)), (rgb[..., 0] - y) / (2 * (1 - red))
    middle, span = _chroma_scale(planes)
    scale, largest = 1 << (planes.bit_depth - 8), (1 << planes.bit_depth) - 1
    luma = y * largest if planes.full_range else (16 + 219 * y) * scale
    kind = np.uint8 if planes.bit_depth == 8 else np.uint16
    codes = [
        np.clip(np.rint(c), 0, largest).astype(kind) for c in (luma, middle + span * cb, middle + span * cr)
    ]
    return codes[0], codes[1], codes[2]


def light_of(rgb: Floats) -> Floats:
    """Return linear light of R'G'B' by the curve of sRGB (IEC 61966-2-1); values beyond 1 go on."""
    low = rgb <= 0.04045
    return np.where(low, rgb / np.float32(12.92), ((np.maximum(rgb, 0) + 0.055) / 1.055) ** 2.4).astype(
        np.float32
    )


def color_layer(grey: Floats, rgb: Floats) -> tuple[Floats, Floats]:
    """Return the layer of colour that turns a grey picture into a coloured one.

    The layer has as little opacity as possible: where there is no colour it is transparent, and the grey
    picture below shows untouched. ``layer * opacity + grey * (1 - opacity)``, which is how programs lay one
    picture above another, is the coloured picture.

    Parameters
    ----------
    grey : float32 array, shape (height, width)
        Grey picture below, 0..1.
    rgb : float32 array, shape (height, width, 3)
        Coloured picture, 0..1.

    Returns
    -------
    layer : float32 array, shape (height, width, 3)
        Colours, not multiplied by the opacity.
    opacity : float32 array, shape (height, width)
        0..1.
    """
    below, rgb = np.clip(grey, 0, 1)[..., None], np.clip(rgb, 0, 1)
    rise = np.maximum(rgb - below, 0) / np.maximum(1 - below, _LEAST_OPACITY)
    fall = np.maximum(below - rgb, 0) / np.maximum(below, _LEAST_OPACITY)
    opacity = np.clip(np.maximum(rise, fall).max(-1), 0, 1)
    shown = below + (rgb - below) / np.maximum(opacity, _LEAST_OPACITY)[..., None]
    layer = np.where(opacity[..., None] > 0, np.clip(shown, 0, 1), rgb)
    return layer.astype(np.float32), opacity.astype(np.float32)


def _chroma_scale(planes: PlaneFormat) -> tuple[float, float]:
    """Return the code of grey, and the codes from one end of chroma to the other."""
    span = (1 << planes.bit_depth) - 1 if planes.full_range else 224 << (planes.bit_depth - 8)
    return float(1 << (planes.bit_depth - 1)), float(span)
