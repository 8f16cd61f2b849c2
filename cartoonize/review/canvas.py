"""Canvas: the grey frames on which a person paints in the page, and the pictures that come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import OutputError, UnknownNameError, UsageError

if TYPE_CHECKING:
    from cartoonize.review.films import ColoredFilm

#: Speed of PNG instead of size: frames are made while a person waits.
_COMPRESSION = 1


def grey_frame(film: ColoredFilm, index: int) -> NDArray[np.uint8]:
    """Return the black-and-white picture of a frame in the size in which the film stores it.

    It is the picture that `cartoonize.tasks.suggest` writes.

    Parameters
    ----------
    film : ColoredFilm
        The film.
    index : int
        Index of the frame in the film.

    Raises
    ------
    UnknownNameError
        If the film has no such frame.
    UsageError
        If its shot is not in the cache.
    SourceError
        If the film cannot be read.
    """
    shot = next((shot for shot in film.shots if shot.start <= index < shot.stop), None)
    if shot is None:
        raise UnknownNameError("frame", str(index), [f"0 to {film.shots[-1].stop - 1}"])
    cached = film.cached(shot)
    if cached is None:
        raise UsageError("the colours of this shot are not in the cache", "Colour the films again.")
    return next(film.frames(cached, range(index, index + 1))).grey


def with_frame_below(picture: NDArray[np.uint8], grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a painted picture with the grey frame in its transparent pixels, which stay transparent.

    A browser loses the colours of transparent pixels. With the frame below the paint, later colouring finds
    the frame, however little of it is painted.

    Parameters
    ----------
    picture : uint8 array, shape (height, width, 4)
        sRGB and alpha.
    grey : uint8 array, shape (height, width)
        The frame on which it was painted.

    Raises
    ------
    UsageError
        If the picture does not have the size of the frame.
    """
    if picture.shape[:2] != grey.shape:
        (height, width), (rows, columns) = picture.shape[:2], grey.shape
        raise UsageError(
            f"the picture has {width}x{height} pixels, but the frame has {columns}x{rows}",
            "Open the frame again, and paint on it.",
        )
    below = np.dstack([grey, grey, grey, np.zeros_like(grey)])
    return np.where(picture[..., 3:] > 0, picture, below)


def png(picture: NDArray[np.uint8]) -> bytes:
    """Return a picture as PNG: grey (height, width), or sRGB and alpha (height, width, 4)."""
    import cv2

    channels: Any = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGBA2BGRA)
    done, data = cv2.imencode(".png", channels, [cv2.IMWRITE_PNG_COMPRESSION, _COMPRESSION])
    if not done:
        raise OutputError("a picture cannot be written as PNG")
    return data.tobytes()
