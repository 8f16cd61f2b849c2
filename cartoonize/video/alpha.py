"""Opacity of pixels, of sources that have it."""

from __future__ import annotations

from typing import Any

import av
import numpy as np
from numpy.typing import NDArray


def has_alpha(picture: av.VideoFrame) -> bool:
    """Return whether the pixel format of a picture has an opacity."""
    return any(component.is_alpha for component in picture.format.components)


def alpha_plane(picture: av.VideoFrame) -> NDArray[Any] | None:
    """Return the opacity of the pixels of a picture, or None if it has none or all pixels are opaque.

    Returns
    -------
    array, shape (height, width), or None
        ``uint8`` in 0..255, or ``uint16`` in 0..65535 if the picture has more than 8 bits.
    """
    if not has_alpha(picture):
        return None
    bits = picture.format.components[-1].bits
    if not picture.format.name.startswith(("yuva", "gbrap")) or picture.format.is_big_endian:
        picture = picture.reformat(format="gbrap" if bits <= 8 else "gbrap16le")
        bits = 8 if bits <= 8 else 16
    plane: Any = picture.planes[3]
    kind = np.dtype(np.uint8 if bits == 8 else "<u2")
    lines = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    alpha = lines[: picture.height, : picture.width * kind.itemsize].view(kind).copy()
    return None if alpha.min() == (1 << bits) - 1 else scaled_alpha(alpha, bits, 8 if bits == 8 else 16)


def scaled_alpha(alpha: NDArray[Any], bits: int, wanted: int) -> NDArray[Any]:
    """Convert opacity from one number of bits to another."""
    if bits == wanted:
        return alpha
    factor = ((1 << wanted) - 1) / ((1 << bits) - 1)
    return np.rint(alpha.astype(np.float32) * np.float32(factor)).astype(
        np.uint8 if wanted == 8 else np.uint16
    )
