"""Sample: draw the procedural series and film it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartoonize.sample.series import EpisodeSummary, SampleOptions


def sample(
    folder: Path,
    *,
    options: SampleOptions,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[EpisodeSummary]:
    """Write ``episode1.mkv``, ``episode2.mkv``, … with sound and subtitles into a folder.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    options : SampleOptions
    progress : callable
        Called with (frames drawn, frames in all).
    """
    from cartoonize.sample.series import draw_series
    from cartoonize.video import write_film

    return draw_series(folder, options=options, write=write_film, progress=progress)
