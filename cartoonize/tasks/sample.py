"""Sample: draw the procedural series and film it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize.errors import OutputError

if TYPE_CHECKING:
    from cartoonize.sample.series import EpisodeSummary, SampleOptions


def sample(
    folder: Path,
    *,
    options: SampleOptions,
    force: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[EpisodeSummary]:
    """Write ``episode1.mkv``, ``episode2.mkv``, … with sound and subtitles into a folder.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    options : SampleOptions
    force : bool
        Replace episodes that are there.
    progress : callable
        Called with (frames drawn, frames in all).

    Raises
    ------
    OutputError
        If the folder cannot be written, or holds such files already.
    """
    from cartoonize.sample.series import draw_series
    from cartoonize.video import write_film

    there = sorted(folder.glob("episode*.mkv")) if folder.is_dir() else []
    if there and not force:
        raise OutputError(f"{there[0]}: exists already", "Choose another folder, or --force to replace it.")
    return draw_series(folder, options=options, write=write_film, progress=progress)
