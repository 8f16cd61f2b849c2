"""One frame of a film."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def frame_at_share(film: Path, share: float) -> NDArray[np.uint8] | None:
    """Return a frame of a film, or None if the film has no frame at that place.

    Parameters
    ----------
    film : Path
        A video, a picture or a folder of stills.
    share : float
        Place of the frame as a share of the length of the film, 0..1.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3), or None
        sRGB, with square pixels.
    """
    from cartoonize.video import open_source
    from cartoonize.video.excerpts import frames_near

    with open_source(film, allow_damaged=True) as source:
        rate = float(source.format.frame_rate or 24)
        n_frames = source.format.n_frames
    frame = next(frames_near(film, [int(share * n_frames) / rate], squared=True))
    return None if frame is None else frame.rgb
