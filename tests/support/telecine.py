"""Telecined film: pictures of film as the fields of interlaced frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

#: Fields that each picture of film is shown for, in turn.
PATTERNS = {"3:2": (2, 3), "2:3:3:2": (2, 3, 3, 2), "2:2": (2,)}


def telecined(
    pictures: Iterable[NDArray[np.uint8]], pattern: Sequence[int], *, first: str = "top", shift: int = 0
) -> Iterator[NDArray[np.uint8]]:
    """Yield the interlaced frames of a film.

    Parameters
    ----------
    pictures : iterable of arrays, shape (height, width, ...)
        Pictures of the film.
    pattern : sequence of int
        Fields that each picture is shown for, in turn.
    first : str
        Field that comes first: ``top`` or ``bottom``.
    shift : int
        Fields that are left out at the start.
    """
    begin = 0 if first == "top" else 1
    fields: list[NDArray[np.uint8]] = []
    n = 0
    for k, picture in enumerate(pictures):
        for _ in range(pattern[k % len(pattern)]):
            if n >= shift:
                fields.append(picture)
            n += 1
        while len(fields) >= 2:
            frame = fields[0].copy()
            frame[1 - begin :: 2] = fields[1][1 - begin :: 2]
            yield frame
            del fields[:2]


def film_numbers(n_pictures: int, pattern: Sequence[int], shift: int = 0) -> list[tuple[int, int]]:
    """Return the pictures that the two fields of each frame show."""
    shown = [k for k in range(n_pictures) for _ in range(pattern[k % len(pattern)])][shift:]
    return list(zip(shown[::2], shown[1::2], strict=False))
