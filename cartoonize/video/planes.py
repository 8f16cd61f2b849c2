"""Planes of code values: luma and RGB of decoded frames, grey pictures, and conversion of Y'CbCr."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.frames import Matrix

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 2

#: Weights of R and B in Y' (ITU-R BT.601, BT.709, BT.2020). The weight of G is the rest to 1.
LUMA_WEIGHTS: dict[Matrix, tuple[float, float]] = {
    "bt601": (0.299, 0.114),
    "bt709": (0.2126, 0.0722),
    "bt2020": (0.2627, 0.0593),
}
#: Numbers of the matrices in swscale, which differ from those of AVCOL.
SWSCALE_MATRIX: dict[str, int] = {"bt601": 5, "bt709": 1, "bt2020": 9}
_SWS_BILINEAR, _SWS_FULL_CHROMA_OUT, _SWS_FULL_CHROMA_IN, _SWS_ACCURATE = 0x2, 0x2000, 0x4000, 0x40000
#: Flags of swscale for accurate conversions. Its defaults are up to 34 codes off at colour edges.
ACCURATE = _SWS_BILINEAR | _SWS_FULL_CHROMA_OUT | _SWS_FULL_CHROMA_IN | _SWS_ACCURATE

#: Planar format with the same luma for each packed format.
_PLANAR = {
    "yuyv422": "yuv422p",
    "uyvy422": "yuv422p",
    "yvyu422": "yuv422p",
    "ya8": "gray",
    "ya16le": "gray16le",
    "ya16be": "gray16le",
}


@lru_cache
def is_rgb(pix_fmt: str) -> bool:
    """Return whether frames of this format have no stored luma: RGB, palette, bitmap, XYZ or Bayer."""
    layout = av.VideoFormat(pix_fmt)
    return layout.is_rgb or layout.has_palette or layout.is_bit_stream or pix_fmt.startswith(("xyz", "bayer"))


@lru_cache
def luma_bits(pix_fmt: str) -> int:
    """Return the bits per luma sample. The luma of RGB is computed, with the bits that the RGB has."""
    layout = av.VideoFormat(pix_fmt)
    if layout.has_palette or layout.is_bit_stream:
        return 8
    if not is_rgb(pix_fmt):
        return max(8, layout.components[0].bits)
    deepest = max(component.bits for component in layout.components)
    return min(16, max(8, deepest))  # floats have 32


def luma_plane(frame: av.VideoFrame) -> NDArray[Any]:
    """Copy the stored Y' codes of a Y'CbCr or gray frame.

    Returns
    -------
    array, shape (height, width)
        ``uint8``, or above 8 bits per sample ``uint16`` with the value in the low bits.
    """
    name = frame.format.name
    if name in _PLANAR:
        frame = frame.reformat(format=_PLANAR[name])
    bits = frame.format.components[0].bits
    big_endian = frame.format.is_big_endian
    dtype = np.dtype(np.uint8) if bits <= 8 else np.dtype(">u2" if big_endian else "<u2")
    luma = plane_rows(frame.planes[0], dtype, frame.height, frame.width)
    if bits <= 8:
        return luma.copy()
    luma = luma.astype(np.uint16)
    return luma >> (16 - bits) if name.startswith(("p0", "p2", "p4")) else luma


def fill_plane(plane: Any, values: NDArray[Any], bit_depth: int) -> None:
    """Write code values into a plane of a frame; above 8 bits as little-endian 16-bit values."""
    height, width = values.shape
    dtype = np.dtype(np.uint8) if bit_depth == 8 else np.dtype("<u2")
    plane_rows(plane, dtype, height, width)[:] = values


def plane_rows(plane: Any, dtype: np.dtype[Any], height: int, width: int) -> NDArray[Any]:
    """Return a view of a plane without the padding of its lines."""
    lines = np.frombuffer(plane, np.uint8).reshape(-1, abs(plane.line_size))[:height]
    return lines[:, : width * dtype.itemsize].view(dtype)


def rgb_picture(frame: av.VideoFrame, matrix: Matrix, full_range: bool) -> NDArray[np.uint8]:
    """Convert a decoded frame to sRGB, (height, width, 3) in 0..255; alpha is dropped."""
    if frame.format.is_rgb or frame.format.has_palette:
        return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
    picture = frame.to_ndarray(
        format="rgb24",
        src_colorspace=SWSCALE_MATRIX[matrix],
        dst_colorspace=SWSCALE_MATRIX[matrix],
        src_color_range=2 if full_range else 1,
        dst_color_range=2,
        interpolation=ACCURATE,
    )
    return np.asarray(picture, np.uint8)


@lru_cache
def _grey_of_code(bit_depth: int, full_range: bool) -> NDArray[np.uint8]:
    codes = np.arange(1 << bit_depth, dtype=np.float64)
    if full_range:
        grey = codes * 255 / ((1 << bit_depth) - 1)
    else:
        grey = (codes / (1 << (bit_depth - 8)) - 16) * 255 / 219
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)


def grey_of_luma(luma: NDArray[Any], bit_depth: int, full_range: bool) -> NDArray[np.uint8]:
    """Convert luma codes of any depth and range to the grey picture R = G = B = Y', 0..255."""
    table = _grey_of_code(bit_depth, full_range)
    return cv2.LUT(luma, table).astype(np.uint8, copy=False) if bit_depth == 8 else table[luma]


def luma_of_rgb(rgb: NDArray[np.uint8], matrix: Matrix) -> NDArray[np.uint8]:
    """Return full-range Y' of an sRGB picture, (height, width) in 0..255."""
    red, blue = LUMA_WEIGHTS[matrix]
    weights = np.array([[red, 1 - red - blue, blue]], np.float32)
    return np.rint(cv2.transform(rgb.astype(np.float32), weights)).astype(np.uint8)


def luma_of_rgb_frame(frame: av.VideoFrame, matrix: Matrix) -> NDArray[Any]:
    """Return full-range Y' of a frame of RGB with the bits of the frame, shape (height, width).

    Returns
    -------
    array
        ``uint8``, or above 8 bits per sample ``uint16`` with the value in the low bits.
    """
    bits = luma_bits(frame.format.name)
    if bits == 8:
        return luma_of_rgb(rgb_picture(frame, matrix, True), matrix)
    red, blue = LUMA_WEIGHTS[matrix]
    weights = np.array([1 - red - blue, blue, red], np.float32)  # planes are stored as G, B, R
    green, *others = (plane.astype(np.float32) for plane in _deep_planes(frame, bits))
    luma = weights[0] * green
    for weight, plane in zip(weights[1:], others, strict=True):
        luma += weight * plane
    return np.clip(np.rint(luma), 0, (1 << bits) - 1).astype(np.uint16)


def _deep_planes(frame: av.VideoFrame, bits: int) -> Iterator[NDArray[Any]]:
    """Yield the G, B and R codes of a frame of RGB with more than 8 bits."""
    name = frame.format.name
    if "f16" in name or "f32" in name:
        frame = frame.reformat(format="gbrpf32le")
        for plane in frame.planes:
            values = np.nan_to_num(plane_rows(plane, np.dtype("<f4"), frame.height, frame.width))
            yield values * ((1 << bits) - 1)
        return
    if name.removesuffix("le").removesuffix("be") not in (f"gbrp{bits}", f"gbrap{bits}"):
        frame = frame.reformat(format=f"gbrp{bits}le")
    dtype = np.dtype(">u2" if frame.format.is_big_endian else "<u2")
    for plane in frame.planes[:3]:
        yield plane_rows(plane, dtype, frame.height, frame.width)


def rgb_of_planes(
    luma: NDArray[np.uint8], cb: NDArray[np.uint8], cr: NDArray[np.uint8], matrix: Matrix
) -> NDArray[np.uint8]:
    """Convert full-range 8-bit Y'CbCr 4:4:4 to RGB, (height, width, 3) in 0..255 (ITU-T T.871).

    Parameters
    ----------
    luma, cb, cr : uint8 arrays, shape (height, width)
        Code values 0..255. Chroma 128 is grey.
    matrix : {"bt601", "bt709", "bt2020"}
        Luma weights.
    """
    red, blue = LUMA_WEIGHTS[matrix]
    green = 1 - red - blue
    y, u, v = (plane.astype(np.float32) for plane in (luma, cb, cr))
    u -= 128
    v -= 128
    r = y + 2 * (1 - red) * v
    b = y + 2 * (1 - blue) * u
    g = y - (2 * blue * (1 - blue) * u + 2 * red * (1 - red) * v) / green
    return np.clip(np.rint(np.stack([r, g, b], -1)), 0, 255).astype(np.uint8)
