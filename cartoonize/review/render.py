"""Render: pictures of one frame as they are shown on the page, as arrays and as JPEG."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import OutputError
from cartoonize.frames import PlaneFormat, VideoFormat

Picture = NDArray[np.uint8]
Planes = tuple[NDArray[Any], NDArray[Any]]

#: Largest width of a picture in pixels.
MAX_WIDTH = 1280
#: Chroma codes that differ from grey by at most this have no colour.
_GREY_CODES = 1
#: At luma below and above these, no colour can be seen.
_DARKEST, _LIGHTEST = 16, 240
#: Colour, as blue, green and red, for places without a colour, and the share of it there.
_LOUD, _LOUD_SHARE = (255, 0, 255), 0.7
#: Colours, as blue, green and red, of places that are probably wrong and that may be wrong.
_WRONG_COLOR, _UNSURE_COLOR = (60, 80, 255), (40, 190, 255)
#: Width of the stripes on doubtful places, as a share of the width of the picture.
_STRIPE = 1 / 60


def shown_size(format: VideoFormat, width: int = MAX_WIDTH) -> tuple[int, int]:
    """Return width and height of shown pictures: square pixels, at most ``width`` wide."""
    aspect = format.width * float(format.sample_aspect_ratio) / format.height
    shown = min(width, round(format.height * aspect))
    return shown, max(1, round(shown / aspect))


def resized(picture: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Return a picture in another size (width, height)."""
    import cv2

    if picture.shape[1::-1] == size:
        return picture
    smaller = size[0] < picture.shape[1]
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)


def colored(grey: Picture, planes: Planes, format: PlaneFormat) -> Picture:
    """Return a picture in colour.

    Parameters
    ----------
    grey : uint8 array, shape (height, width)
        Luma in 0..255.
    planes : pair of arrays
        Cb and Cr codes, of any size.
    format : PlaneFormat
        Bit depth, range and matrix of the codes.

    Returns
    -------
    uint8 array, shape (height, width, 3)
        Blue, green and red, as OpenCV orders them.
    """
    import cv2

    from cartoonize.color.luma import LUMA_WEIGHTS

    size = grey.shape[1::-1]
    cb, cr = (resized(_eight_bits(plane, format), (size[0], size[1])) for plane in planes)
    kr, kb = LUMA_WEIGHTS[format.matrix]
    scale = 1.0 if format.full_range else 255 / 224
    red, blue = 2 * (1 - kr) * scale, 2 * (1 - kb) * scale
    green = np.array([-kb * blue, -kr * red]) / (1 - kr - kb)
    of_codes = np.array([[blue, 0], [green[0], green[1]], [0, red]])
    matrix = np.hstack([np.ones((3, 1)), of_codes, -128 * of_codes.sum(1, keepdims=True)])
    return np.asarray(cv2.transform(cv2.merge([grey, cb, cr]), matrix), np.uint8)


def with_loud_grey(picture: Picture, grey: Picture, planes: Planes, format: PlaneFormat) -> Picture:
    """Return a picture in which places without a colour have a loud one.

    Black and white places stay as they are, since no colour could be seen there.
    """
    import cv2

    cb, cr = (_eight_bits(plane, format).astype(np.int16) - 128 for plane in planes)
    neutral = ((abs(cb) <= _GREY_CODES) & (abs(cr) <= _GREY_CODES)).astype(np.uint8) * 255
    # Between two hues there are single pixels without a colour.
    neutral = np.asarray(cv2.morphologyEx(neutral, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    size = grey.shape[1::-1]
    mask = resized(neutral, (size[0], size[1])) > 127
    mask &= (grey > _DARKEST) & (grey < _LIGHTEST)
    loud = np.array(_LOUD, np.float32) * _LOUD_SHARE + (1 - _LOUD_SHARE) * grey[mask][:, None]
    out = picture.copy()
    out[mask] = loud.astype(np.uint8)
    return out


def with_doubt(grey: Picture, confidence: NDArray[np.float32]) -> Picture:
    """Return a dimmed grey picture with stripes on doubtful places.

    Places that are probably wrong have wide stripes to the right, those that may be wrong have narrow
    stripes to the left, so that they can be told apart without colours.

    Parameters
    ----------
    grey : uint8 array, shape (height, width)
    confidence : float32 array, shape (h, w)
        Confidence, 0..1.
    """
    height, width = grey.shape
    doubt = resized(confidence, (width, height))
    out = np.repeat((grey * 0.6 + 20).astype(np.uint8)[..., None], 3, 2)
    y, x = np.ogrid[:height, :width]
    step = max(4, round(width * _STRIPE))
    wide, narrow = (x + y) % step < step * 0.6, (x - y) % step < step * 0.3
    for places, color, share in (
        ((doubt < 0.5) & wide, _WRONG_COLOR, 0.85),
        ((doubt < 0.5) & ~wide, _WRONG_COLOR, 0.3),
        ((doubt >= 0.5) & (doubt < 0.75) & narrow, _UNSURE_COLOR, 0.85),
        ((doubt >= 0.5) & (doubt < 0.75) & ~narrow, _UNSURE_COLOR, 0.15),
    ):
        out[places] = (np.array(color) * share + out[places] * (1 - share)).astype(np.uint8)
    return out


def around(picture: Picture, box: tuple[int, int, int, int], factor: float, height: int) -> Picture:
    """Return what is around a box, enlarged or reduced.

    Parameters
    ----------
    picture : uint8 array, shape (h, w, 3)
        The picture.
    box : (int, int, int, int)
        Left, top, right and bottom, in pixels of a picture of 256x256.
    factor : float
        Size of what is shown, relative to the box.
    height : int
        Height of the result in pixels.
    """
    h, w = picture.shape[:2]
    left, top, right, bottom = np.array(box) * [w / 256, h / 256, w / 256, h / 256]
    half = max(right - left, bottom - top, 12) * factor / 2
    y, x = (top + bottom) / 2, (left + right) / 2
    rows = slice(max(int(y - half), 0), min(int(y + half) + 1, h))
    columns = slice(max(int(x - half), 0), min(int(x + half) + 1, w))
    cut = np.ascontiguousarray(picture[rows, columns])
    return resized(cut, (max(round(cut.shape[1] * height / cut.shape[0]), 1), height))


def jpeg(picture: Picture, quality: int = 92) -> bytes:
    """Return a picture (height, width) or (height, width, 3) as JPEG, without colour subsampling."""
    import cv2

    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    done, data = cv2.imencode(".jpg", picture, options)
    if not done:
        raise OutputError("a picture cannot be written as JPEG")
    return data.tobytes()


def _eight_bits(plane: NDArray[Any], format: PlaneFormat) -> NDArray[np.uint8]:
    """Return chroma codes with 8 bits."""
    if format.bit_depth == 8:
        return plane
    half = 1 << (format.bit_depth - 9)
    return np.minimum((plane + half) >> (format.bit_depth - 8), 255).astype(np.uint8)
