"""Contact sheet: pictures with captions in rows, as one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import make_folder, replacing
from cartoonize.report.lettering import Color, shortened, width_of, write_on

#: Width of a picture, and the space around it, in pixels.
_WIDTH, _GAP = 480, 20
#: Largest height of a picture as a multiple of its width.
_TALLEST = 1.0
_COLUMNS = 3
#: Size of the text and height of the two lines of a caption, in pixels.
_TEXT, _CAPTION = 17, 54
#: Height of the heading in pixels.
_HEADING = 52
#: sRGB.
_PAPER: Color = (24, 25, 28)
_INK: Color = (238, 238, 235)
_QUIET: Color = (168, 170, 176)
_BOX: Color = (255, 72, 196)


@dataclass(frozen=True)
class Thumbnail:
    """A picture with a caption of two lines."""

    picture: NDArray[np.uint8]
    """(height, width, 3) sRGB, at any size."""
    title: str
    """First line."""
    note: str
    """Text at the right end of the first line."""
    text: str
    """Second line."""
    box: tuple[float, float, float, float] | None = None
    """Left, top, right and bottom of a box on the picture, as shares of its width and height."""


def contact_sheet(thumbnails: Sequence[Thumbnail], heading: str) -> NDArray[np.uint8]:
    """Return a sheet of pictures with captions below a heading, (height, width, 3) sRGB, three in a row."""
    n_columns = min(_COLUMNS, len(thumbnails))
    cells = [_cell(thumbnail) for thumbnail in thumbnails]
    rows = [cells[k : k + n_columns] for k in range(0, len(cells), n_columns)]
    heights = [max(cell.shape[0] for cell in row) for row in rows]
    shape = (_HEADING + sum(heights) + _GAP * len(rows), n_columns * (_WIDTH + _GAP) + _GAP, 3)
    sheet = np.full(shape, _PAPER, np.uint8)
    line = shortened(heading, shape[1] - 2 * _GAP, size=_TEXT)
    write_on(sheet, line, _GAP, _HEADING - 18, size=_TEXT, color=_QUIET)
    top = _HEADING
    for row, height in zip(rows, heights, strict=True):
        for column, cell in enumerate(row):
            left = _GAP + column * (_WIDTH + _GAP)
            sheet[top : top + cell.shape[0], left : left + _WIDTH] = cell
        top += height + _GAP
    return sheet


def boxed(picture: NDArray[np.uint8], box: tuple[float, float, float, float]) -> NDArray[np.uint8]:
    """Return a copy of a picture with a box, whose line is visible on any colour.

    Parameters
    ----------
    picture : uint8 array, shape (height, width, 3)
        sRGB.
    box : (float, float, float, float)
        Left, top, right and bottom, as shares of the width and height.
    """
    height, width = picture.shape[:2]
    line = max(2, round(width / 130))
    left, top = (round(box[0] * width) - line, round(box[1] * height) - line)
    right, bottom = (round(box[2] * width) + line, round(box[3] * height) + line)
    first = (max(left, line), max(top, line))
    last = (min(right, width - 1 - line), min(bottom, height - 1 - line))
    out = np.ascontiguousarray(picture).copy()
    cv2.rectangle(out, first, last, (0, 0, 0), line * 2)
    cv2.rectangle(out, first, last, _BOX, line)
    return out


def scaled(picture: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """Return a picture at a width in pixels, with the same aspect ratio."""
    height = max(1, round(picture.shape[0] * width / picture.shape[1]))
    method = cv2.INTER_AREA if width <= picture.shape[1] else cv2.INTER_CUBIC
    return cv2.resize(picture, (width, height), interpolation=method).astype(np.uint8)


def write_png(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write a picture (height, width, 3), sRGB, as PNG.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    done, data = cv2.imencode(".png", picture[..., ::-1])
    assert done
    make_folder(path.parent)
    with replacing(path) as temporary:
        temporary.write_bytes(data.tobytes())


def _cell(thumbnail: Thumbnail) -> NDArray[np.uint8]:
    """Return a picture above its caption."""
    picture = _fitted(thumbnail.picture)
    if thumbnail.box is not None:
        picture = boxed(picture, thumbnail.box)
    height, width = picture.shape[:2]
    cell = np.full((height + _CAPTION, _WIDTH, 3), _PAPER, np.uint8)
    cell[:height, (_WIDTH - width) // 2 : (_WIDTH - width) // 2 + width] = picture
    first, second = height + 22, height + 46
    note_width = width_of(thumbnail.note, size=_TEXT)
    title = shortened(thumbnail.title, _WIDTH - note_width - 16, size=_TEXT, bold=True)
    write_on(cell, title, 0, first, size=_TEXT, color=_INK, bold=True)
    write_on(cell, thumbnail.note, _WIDTH - note_width - 2, first, size=_TEXT, color=_QUIET)
    write_on(cell, shortened(thumbnail.text, _WIDTH, size=_TEXT), 0, second, size=_TEXT, color=_INK)
    return cell


def _fitted(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture at the width of a cell, or narrower if it would be too tall."""
    height, width = picture.shape[:2]
    if height > _TALLEST * width:
        return scaled(picture, max(1, round(_WIDTH * _TALLEST * width / height)))
    return scaled(picture, _WIDTH)
