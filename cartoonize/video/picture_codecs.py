"""Picture formats of stills: PNG, TIFF and OpenEXR."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import UnknownNameError


@dataclass(frozen=True)
class PictureCodec:
    """Properties of a picture format, for writers."""

    suffix: str
    """Suffix of its files."""
    suffixes: tuple[str, ...]
    """All suffixes by which it is known."""
    bit_depths: tuple[int, ...]
    """Bits per channel that it can store, ascending; the first that holds the source's luma is used."""
    is_linear: bool = False
    """True if numbers are proportional to light."""
    holds_alpha: bool = True
    """True if pictures can have an opacity that other programs understand."""


#: Picture formats by name. TIFF has an opacity, too, but OpenCV does not mark it as such.
PICTURE_CODECS = {
    "png": PictureCodec(".png", (".png",), (8, 16)),
    "tiff": PictureCodec(".tif", (".tif", ".tiff"), (8, 16), holds_alpha=False),
    "exr": PictureCodec(".exr", (".exr",), (16,), is_linear=True),
}
#: Length of the signature and the first chunk of a PNG file.
_PNG_HEADER = 33
#: All suffixes of pictures that can be written.
PICTURE_SUFFIXES = tuple(suffix for codec in PICTURE_CODECS.values() for suffix in codec.suffixes)


def picture_codec(name: str) -> PictureCodec:
    """Return a picture format by its name, or raise `UnknownNameError`."""
    if name not in PICTURE_CODECS:
        raise UnknownNameError("picture format", name, PICTURE_CODECS)
    return PICTURE_CODECS[name]


def codec_of_suffix(suffix: str) -> str | None:
    """Return the name of the picture format with a suffix; None if the suffix is unknown."""
    return next((name for name, codec in PICTURE_CODECS.items() if suffix.lower() in codec.suffixes), None)


def encoded_picture(codec: PictureCodec, picture: NDArray[Any], pixel_aspect: Fraction) -> bytes:
    """Return the file of a PNG or TIFF picture.

    Parameters
    ----------
    codec : PictureCodec
        Format.
    picture : array, shape (height, width, 3 or 4)
        R, G, B and maybe opacity, as ``uint8`` or ``uint16``.
    pixel_aspect : Fraction
        Width of a pixel over its height.
    """
    order = cv2.COLOR_RGB2BGR if picture.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
    across, down = pixel_aspect.denominator, pixel_aspect.numerator  # pixels in the same length
    options: list[int] = []
    if pixel_aspect != 1 and codec.suffix == ".tif":
        options = [cv2.IMWRITE_TIFF_RESUNIT, 1, cv2.IMWRITE_TIFF_XDPI, across, cv2.IMWRITE_TIFF_YDPI, down]
    done, encoded = cv2.imencode(codec.suffix, cv2.cvtColor(picture, order), options)
    assert done
    data = encoded.tobytes()
    if pixel_aspect != 1 and codec.suffix == ".png":
        content = b"pHYs" + struct.pack(">IIB", across, down, 0)
        chunk = struct.pack(">I", 9) + content + struct.pack(">I", zlib.crc32(content))
        data = data[:_PNG_HEADER] + chunk + data[_PNG_HEADER:]
    return data


def encoded_light(
    rgb: NDArray[np.float32], alpha: NDArray[np.float32] | None, pixel_aspect: Fraction
) -> bytes:
    """Return the file of an OpenEXR picture of half floats.

    Parameters
    ----------
    rgb : float32 array, shape (height, width, 3)
        Linear light. With an opacity it is multiplied by it, as the format demands.
    alpha : float32 array, shape (height, width), or None
        Opacity, 0..1.
    pixel_aspect : Fraction
        Width of a pixel over its height.
    """
    height, width = rgb.shape[:2]
    context: Any = av.CodecContext.create("exr", "w")
    context.width, context.height = width, height
    context.pix_fmt = "gbrpf32le" if alpha is None else "gbrapf32le"
    context.options = {"compression": "zip16", "format": "half"}
    context.time_base, context.sample_aspect_ratio = 1, pixel_aspect
    frame = av.VideoFrame(width, height, context.pix_fmt)
    channels = [rgb[..., 1], rgb[..., 2], rgb[..., 0]] + ([] if alpha is None else [alpha])
    for number, values in enumerate(channels):
        plane: Any = frame.planes[number]
        rows = np.frombuffer(plane, np.float32).reshape(-1, plane.line_size // 4)
        rows[:height, :width] = values
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])
