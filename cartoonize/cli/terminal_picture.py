"""Pictures in the terminal, from half blocks of two colours."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Largest width of a picture, in columns.
_MAX_WIDTH = 110
#: Place in the film of the frame that is shown, as a share of its length.
_SHARE = 0.62


def shows_pictures() -> bool:
    """Return whether standard output is a terminal that shows colours (see https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def show_frame(video: Path) -> None:
    """Print a frame of a video, if the terminal shows colours.

    Raises
    ------
    SourceError
        If the video cannot be read.
    """
    if not shows_pictures():
        return
    from cartoonize.tasks.one_frame import frame_at_share

    rgb = frame_at_share(video, _SHARE)
    if rgb is not None:
        click.echo(half_blocks(rgb, min(shutil.get_terminal_size().columns, _MAX_WIDTH)), color=True)


def half_blocks(rgb: NDArray[np.uint8], width: int) -> str:
    """Return a picture as text: each character shows two pixels, one above the other.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
        sRGB.
    width : int
        Width in columns.

    Returns
    -------
    str
        Lines with ANSI escape codes for 24-bit colours.
    """
    import cv2

    height = max(1, round(rgb.shape[0] / rgb.shape[1] * width / 2))
    small = cv2.resize(rgb, (width, 2 * height), interpolation=cv2.INTER_AREA).tolist()
    lines = []
    for upper, lower in zip(small[::2], small[1::2], strict=True):
        cells = (
            f"\x1b[38;2;{a[0]};{a[1]};{a[2]};48;2;{b[0]};{b[1]};{b[2]}m\u2580"
            for a, b in zip(upper, lower, strict=True)
        )
        lines.append("".join(cells) + "\x1b[0m")
    return "\n".join(lines)
